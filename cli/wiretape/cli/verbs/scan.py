"""`wiretape scan`: secrets that redaction may have missed."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from wiretape.cli.console import say, working
from wiretape.cli.options import TapePath, json_option
from wiretape.cli.rules_option import read_rules, rules_option

if TYPE_CHECKING:
    from wiretape.cassettes.redaction import Suspicion

CONFIDENCES = ("low", "medium", "high")


@click.command("scan")
@click.argument("files", nargs=-1, required=True, type=TapePath(), metavar="FILE...")
@click.option(
    "--confidence",
    type=click.Choice(CONFIDENCES),
    default="medium",
    show_default=True,
    help="The least that is told of and counts for the exit code.",
)
@rules_option
@json_option
def command(
    files: tuple[Path, ...], confidence: str, rules_file: Path | None, as_json: bool
) -> int:
    """Look for secrets on cassettes, also in assembled text and in base64.

    Says where, never what. Exit code 1 where something is found, or where a cassette is not sound
    and so cannot be read whole: for CI.
    """
    import msgspec

    from wiretape.cassettes.checkup import check_up
    from wiretape.cassettes.redaction import scan_interaction
    from wiretape.cli.tapes import has_journal, open_tape, say_of_damaged_journals
    from wiretape.cli.units import counted

    rules = read_rules(rules_file)
    least = CONFIDENCES.index(confidence)
    total, unread = 0, False
    for path in files:
        with open_tape(path) as tape, working(f"scanning {path}"):
            found = [
                (interaction.number, suspicion)
                for interaction in tape
                for suspicion in scan_interaction(interaction, rules)
                if CONFIDENCES.index(suspicion.confidence) >= least
            ]
        total += len(found)
        problems = check_up(path).problems if tape.whole else ()
        unread = unread or bool(problems) or not tape.whole
        for problem in problems:
            say(f"{path}: not all of it was looked at: {problem}")
        for number, suspicion in found:
            row = {"file": str(path), "number": number, **msgspec.to_builtins(suspicion)}
            click.echo(msgspec.json.encode(row) if as_json else _line(path, number, suspicion))
        what = counted(len(found), "possible secret") if found else "no secret found"
        say(f"{path}: {what} in {counted(len(tape), 'interaction')}")
        if has_journal(path):
            say(f"{path}: its journal was not looked at; 'wiretape recover {path}' comes first")
        say_of_damaged_journals(path)
    return 1 if total or unread else 0


def _line(path: Path, number: int, found: "Suspicion") -> str:
    from wiretape.cli.views.terminal import harmless_line

    excerpt = harmless_line(found.excerpt)
    return (
        f"{path}: {number}, {found.side}, {found.where}: {found.rule} "
        f"({found.confidence}): {excerpt}"
    )
