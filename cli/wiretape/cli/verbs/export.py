"""`wiretape export`: a cassette as other tools' recordings."""

from pathlib import Path

import click

from wiretape.cli.choosing import Choice, Numbers
from wiretape.cli.console import say, working
from wiretape.cli.options import TapePath


@click.command("export")
@click.argument("file", type=TapePath())
@click.option(
    "--to", "kind", required=True, type=click.Choice(("har", "vcr")), help="What to write."
)
@click.option(
    "-o",
    "--output",
    "target",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The new file.",
)
@click.option("--keep", type=Numbers(), help="Numbers to write: 3, 1-5,8 or 10-.")
def command(file: Path, kind: str, target: Path, keep: Numbers.Chosen | None) -> int:
    """Write a cassette as a HAR, or as a cassette of VCR.py.

    Both lose the times of chunks, and how an answer broke off; what does is said, and the exit
    code is then 1.
    """
    from wiretape.cassettes.errors import CassetteError
    from wiretape.cassettes.interop.har_export import export_har
    from wiretape.cassettes.interop.importing import by_cause
    from wiretape.cassettes.interop.vcr_export import export_vcr
    from wiretape.cassettes.store import replace_file
    from wiretape.cli.tapes import open_tape
    from wiretape.cli.units import counted
    from wiretape.cli.version import tool_version

    if target.exists():
        raise CassetteError(target, "exists already; name a file that does not")
    choice = Choice(keep=keep)
    with open_tape(file) as tape, working(f"writing {target}"):
        if keep is not None:
            choice.check(tape.path, tape.index)
        sessions = {session.number: session for session in tape.sessions}
        chosen = (tape.read(entry.number) for entry in tape.index if choice.keeps(entry))
        write = export_har if kind == "har" else export_vcr
        export = write(chosen, sessions, f"wiretape {tool_version()}")
        replace_file(target, lambda opened: opened.write(export.data))
    for line in by_cause(export.remarks):
        say(f"{file}: {line.removeprefix('left out ')}")
    say(f"{target}: {counted(export.written, 'interaction')}")
    return 1 if export.remarks else 0
