"""`wiretape import`: a cassette out of other tools' recordings."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wiretape.cli.console import say, working
from wiretape.cli.options import TapePath
from wiretape.cli.rules_option import read_rules, rules_option

if TYPE_CHECKING:
    from wiretape.cassettes.interop import Asked, Imported

SOURCES = ("vcrpy", "cassetter", "ruby-vcr", "go-vcr", "har", "mitmproxy", "aimock")

STDIN = Path("standard input")
"""What `-` is called, where something is said of it."""


class Pace(click.ParamType[Any]):
    """`ttft=300ms,tokens/s=50`."""

    name = "pace"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "PACE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from wiretape.cassettes.interop import BadPace, parse_pace

        try:
            return parse_pace(value)
        except BadPace as error:
            self.fail(str(error), param, ctx)


@click.command("import")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(dir_okay=False, path_type=Path),
)
@click.option("-o", "--output", "target", required=True, type=TapePath(), help="The new cassette.")
@click.option(
    "--model",
    default="",
    metavar="NAME",
    help="The model that is asked, for fixtures of aimock that name none.",
)
@click.option(
    "--from",
    "source",
    type=click.Choice(SOURCES),
    help="What the files are; without it, each is known by its content.",
)
@click.option(
    "--pace",
    type=Pace(),
    help="Times for what has none, such as ttft=300ms,tokens/s=50 or ttft=0.3s,gap=20ms.",
)
@click.option(
    "--upstream",
    "upstreams",
    multiple=True,
    metavar="NAME=URL",
    help="The name of a host, besides the usual providers'. May be repeated.",
)
@rules_option
def command(
    files: tuple[Path, ...],
    target: Path,
    source: str | None,
    model: str,
    pace: Any,
    upstreams: tuple[str, ...],
    rules_file: Path | None,
) -> int:
    """Make a cassette of recordings of VCR.py, cassetter, Ruby VCR, go-vcr, mitmproxy and aimock,
    or of HARs. FILE may be - for the standard input.

    Secrets are replaced as a recording would. What cannot be taken is said, and the exit code is
    then 1.
    """
    from wiretape.cassettes.editing import write_sessions
    from wiretape.cassettes.errors import NotImportable
    from wiretape.cli.units import counted

    if target == Path("-"):
        raise click.BadParameter("a cassette is written to a file; name it", param_hint="--output")
    asked = _asked(source, pace, model, upstreams, rules_file)
    imported: list[Imported] = []
    whole = True
    for given in files:
        file = STDIN if given == Path("-") else given
        with working(f"reading {file}"):
            try:
                found = _imported(file, asked)
            except NotImportable as error:
                say(str(error))
                whole = False
                continue
        imported.append(found)
        whole = _say(file, found) and whole
    sessions = [(one.session, one.interactions) for one in imported if one.interactions]
    if not sessions:
        say(f"{target}: nothing was imported, so it is not written")
        return 1
    with working(f"writing {target}"):
        count = write_sessions(target, sessions)
    say(f"{target}: {counted(count, 'interaction')} of {counted(len(sessions), 'file')}")
    return 0 if whole else 1


def _asked(
    source: Any, pace: Any, model: str, upstreams: tuple[str, ...], rules_file: Path | None
) -> "Asked":
    from datetime import UTC, datetime

    from wiretape.cassettes.interop import Asked
    from wiretape.cli.version import tool_version
    from wiretape.recorder import BUILT_IN, BadUpstream, parse_upstream

    named = {name: upstream.base for name, upstream in BUILT_IN.items()}
    for text in upstreams:
        try:
            upstream = parse_upstream(text)
        except BadUpstream as error:
            raise click.BadParameter(str(error), param_hint="--upstream") from error
        named[upstream.name] = upstream.base
    now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    tool = f"wiretape {tool_version()}"
    return Asked(named, tool, now, source, pace, model, read_rules(rules_file))


def _imported(file: Path, asked: "Asked") -> "Imported":
    """Raises NotImportable."""
    from wiretape.cassettes.errors import NotImportable
    from wiretape.cassettes.interop import MOST_BYTES, Unreadable, import_bytes

    try:
        if file is STDIN:
            return import_bytes(sys.stdin.buffer.read(MOST_BYTES + 1), asked)
        if file.exists() and not file.is_file():
            raise NotImportable(file, "no regular file")
        with file.open("rb") as opened:
            data = opened.read(MOST_BYTES + 1)
        return import_bytes(data, asked)
    except OSError as error:
        raise NotImportable(file, f"cannot be read ({error.strerror})") from error
    except Unreadable as error:
        raise NotImportable(file, str(error)) from error


def _say(file: Path, found: "Imported") -> bool:
    """Tell of a file, and whether all of it was taken."""
    from wiretape.cassettes.interop import by_cause
    from wiretape.cli.units import counted
    from wiretape.cli.views.terminal import harmless_line

    untimed = sum(one.timeline.timing in ("none", "head") for one in found.interactions)
    partly = sum(one.timeline.timing == "ends" for one in found.interactions)
    words = [counted(len(found.interactions), "interaction")]
    words += [f"{untimed:,} without timing"] if untimed else []
    words += [f"{partly:,} with the times of head and end alone"] if partly else []
    say(harmless_line(f"{file} ({found.told}): {', '.join(words)}"))
    mended = sum(";" in one.imported for one in found.interactions)
    if mended:
        say(
            f"{file}: {counted(mended, 'interaction')} not quite as on the wire; "
            "'wiretape show' says how (imported)"
        )
    for line in by_cause(found.left):
        say(harmless_line(f"{file}: {line}"))
    return not found.left
