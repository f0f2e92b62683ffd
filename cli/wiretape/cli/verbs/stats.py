"""`wiretape stats`: pace and usage, an interaction a line and all of them together; or sides of
many interactions, compared."""

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from wiretape.cli.choosing import Choice, Numbers
from wiretape.cli.options import TapePath, json_option

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wiretape.cassettes.meaning import Meaning
    from wiretape.cassettes.model import Interaction
    from wiretape.cassettes.spreads import SideSpread

By = Literal["upstream", "model"]


@click.command("stats")
@click.argument("files", nargs=-1, required=True, type=TapePath(), metavar="FILE...")
@click.option(
    "--only",
    "numbers",
    type=Numbers(),
    metavar="NUMBERS",
    help="These interactions of each cassette: 3, 1-5,8 or 10-.",
)
@click.option(
    "--compare",
    "comparing",
    is_flag=True,
    help="Compare the cassettes: distributions with 95% intervals, each against the first.",
)
@click.option(
    "--by",
    type=click.Choice(["upstream", "model"]),
    help="With --compare: compare the upstreams, or the models, of all cassettes together.",
)
@json_option
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, times in milliseconds.")
def command(
    files: tuple[Path, ...],
    numbers: Numbers.Chosen | None,
    comparing: bool,
    by: By | None,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Show how fast the answers of cassettes came, and what they cost.

    Times count from the moment when the request had been passed on. Tokens are the provider's own
    numbers, made inclusive: input with what was cached, output with the reasoning.

    With --compare, p50, p95 and p99 of many interactions for each side, and whether it is faster
    or slower than the first: said only where the interactions are enough to show it. Exit code 2
    where a side has no answer that could be compared.
    """
    if as_json and as_csv:
        raise click.UsageError("--json and --csv are two formats: give one of them")
    if by and not comparing:
        raise click.UsageError("--by says what --compare compares: give both")
    if comparing and not by and len(files) < 2:
        raise click.UsageError("--compare needs two cassettes, or --by upstream or --by model")
    read = _read(files, numbers)
    if comparing:
        _compare(files, read, by, as_json, as_csv)
    else:
        _print_measured(files, read, as_json, as_csv)


def _read(
    files: "Sequence[Path]", numbers: Numbers.Chosen | None
) -> "Iterator[tuple[int, Interaction, Meaning]]":
    """Every interaction that is meant, with the place of its file."""
    from wiretape.cassettes.meaning import read_meaning
    from wiretape.cli.console import working
    from wiretape.cli.tapes import open_tape

    choice = Choice(keep=numbers)
    for place, path in enumerate(files):
        with open_tape(path) as tape, working(f"reading {path}"):
            if numbers is not None:
                choice.check(path, tape.index)
            for entry in filter(choice.keeps, tape.index):
                interaction = tape.read(entry.number)
                yield place, interaction, read_meaning(interaction)


def _print_measured(
    files: "Sequence[Path]",
    read: "Iterator[tuple[int, Interaction, Meaning]]",
    as_json: bool,
    as_csv: bool,
) -> None:
    from wiretape.cassettes.measuring import measure, summed
    from wiretape.cli.views.stats_rows import StatsRow, stats_csv, stats_json

    table = not as_json and not as_csv
    names = _labels(files) if table else [str(path) for path in files]
    rows = [
        StatsRow(names[place], measure(interaction, meaning))
        for place, interaction, meaning in read
    ]
    total = summed([row.measured for row in rows])
    if as_json:
        click.echo(stats_json(rows, total), nl=False)
    elif as_csv:
        click.echo(stats_csv(rows, total), nl=False)
    else:
        from rich.console import Console

        from wiretape.cli.views.stats_table import stats_plain, stats_table

        if sys.stdout.isatty():
            console = Console()
            console.print(stats_table(rows, total, console.width))
        else:
            click.echo(stats_plain(rows, total), nl=False)


def _compare(
    files: "Sequence[Path]",
    read: "Iterator[tuple[int, Interaction, Meaning]]",
    by: By | None,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Raises what has the exit code of a comparison that was not made."""
    from wiretape.cassettes.errors import CassetteError
    from wiretape.cli.console import say
    from wiretape.cli.errors import NotCompared, NothingChosen, NothingToCompare
    from wiretape.cli.views.stats_compare import answers_of

    if not by:
        for path, count in Counter(files).items():
            if count > 1:
                say(f"{path} is given {count} times: it is compared with itself")
    try:
        sides = _compared(files, read, by)
    except (CassetteError, NothingChosen) as error:
        raise NotCompared(str(error)) from error
    _print_compared(sides, as_json, as_csv)
    if lacking := [side.label for side in sides if not answers_of(side)]:
        raise NothingToCompare(f"nothing to compare: no answer in {', '.join(lacking)}")


def _compared(
    files: "Sequence[Path]",
    read: "Iterator[tuple[int, Interaction, Meaning]]",
    by: By | None,
) -> "Sequence[SideSpread]":
    """The sides, in the order of the files, or in that of their first interactions."""
    from wiretape.cassettes.spreads import Observed, compare_spreads, observe
    from wiretape.cli.errors import OneSideOnly

    labels = _labels(files)
    sides: dict[str, list[Observed]] = {} if by else {label: [] for label in labels}
    for place, interaction, meaning in read:
        seen = observe(interaction, meaning)
        label = getattr(seen.measured, by) or "unknown" if by else labels[place]
        sides.setdefault(label, []).append(seen)
    if by and len(sides) < 2:
        raise OneSideOnly(by, next(iter(sides), ""))
    return compare_spreads(sides)


def _labels(files: "Sequence[Path]") -> list[str]:
    """The names of the files; one that was given before, with its place."""
    names = [str(path) for path in files]
    return [
        f"{name} ({place})" if name in names[: place - 1] else name
        for place, name in enumerate(names, 1)
    ]


def _print_compared(sides: "Sequence[SideSpread]", as_json: bool, as_csv: bool) -> None:
    from wiretape.cli.views.stats_compare_rows import compare_csv, compare_json

    if as_json:
        click.echo(compare_json(sides), nl=False)
    elif as_csv:
        click.echo(compare_csv(sides), nl=False)
    else:
        from rich.console import Console

        from wiretape.cli.views.stats_compare import compare_plain, compare_table

        if sys.stdout.isatty():
            console = Console()
            console.print(compare_table(sides, console.width))
        else:
            click.echo(compare_plain(sides), nl=False)
