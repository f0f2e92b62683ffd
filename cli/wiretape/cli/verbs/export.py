"""`wiretape export`: a cassette as other tools' recordings."""

import sys
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
    help="The new file; - is the standard output.",
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

    printed = target == Path("-")
    if not printed and target.exists():
        raise CassetteError(target, "exists already; name a file that does not")
    choice = Choice(keep=keep)
    named = "standard output" if printed else str(target)
    with open_tape(file) as tape, working(f"writing {named}"):
        if keep is not None:
            choice.check(tape.path, tape.index)
        sessions = {session.number: session for session in tape.sessions}
        chosen = (tape.read(entry.number) for entry in tape.index if choice.keeps(entry))
        write = export_har if kind == "har" else export_vcr
        export = write(chosen, sessions, f"wiretape {tool_version()}")
        if not printed:
            replace_file(target, lambda opened: opened.write(export.data))
    if printed:
        sys.stdout.buffer.write(export.data)
    for line in by_cause(export.remarks):
        say(f"{file}: {line.removeprefix('left out ')}")
    bare = f", {export.decoded:,} with the content coding off" if export.decoded else ""
    say(f"{named}: {counted(export.written, 'interaction')}{bare}")
    return 1 if export.remarks else 0
