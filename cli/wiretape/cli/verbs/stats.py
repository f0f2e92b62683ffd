"""`wiretape stats`: pace and usage, an interaction a line and all of them together."""

import sys
from pathlib import Path

import click

from wiretape.cli.choosing import Choice, Numbers
from wiretape.cli.options import TapePath, json_option


@click.command("stats")
@click.argument("files", nargs=-1, required=True, type=TapePath(), metavar="FILE...")
@click.option(
    "--only",
    "numbers",
    type=Numbers(),
    metavar="NUMBERS",
    help="These interactions of each cassette: 3, 1-5,8 or 10-.",
)
@json_option
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, times in milliseconds.")
def command(
    files: tuple[Path, ...], numbers: Numbers.Chosen | None, as_json: bool, as_csv: bool
) -> None:
    """Show how fast the answers of cassettes came, and what they cost.

    Times count from the moment when the request had been passed on. Tokens are the provider's own
    numbers, made inclusive: input with what was cached, output with the reasoning.
    """
    if as_json and as_csv:
        raise click.UsageError("--json and --csv are two formats: give one of them")
    from wiretape.cassettes.meaning import read_meaning
    from wiretape.cassettes.measuring import measure, summed
    from wiretape.cli.console import working
    from wiretape.cli.tapes import open_tape
    from wiretape.cli.views.stats_rows import StatsRow

    choice = Choice(keep=numbers)
    rows = []
    for path in files:
        with open_tape(path) as tape, working(f"reading {path}"):
            if numbers is not None:
                choice.check(path, tape.index)
            for entry in filter(choice.keeps, tape.index):
                interaction = tape.read(entry.number)
                rows.append(StatsRow(str(path), measure(interaction, read_meaning(interaction))))
    total = summed([row.measured for row in rows])
    if as_json:
        from wiretape.cli.views.stats_rows import stats_json

        click.echo(stats_json(rows, total), nl=False)
    elif as_csv:
        from wiretape.cli.views.stats_rows import stats_csv

        click.echo(stats_csv(rows, total), nl=False)
    else:
        from rich.console import Console

        from wiretape.cli.views.stats_table import stats_plain, stats_table

        if sys.stdout.isatty():
            console = Console()
            console.print(stats_table(rows, total, console.width))
        else:
            click.echo(stats_plain(rows, total), nl=False)
