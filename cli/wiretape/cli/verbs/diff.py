"""`wiretape diff`: what two or more providers said, set side by side."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from wiretape.cli.diff_options import (
    SEVERITIES,
    Asked,
    Names,
    Side,
    Tolerated,
    Typed,
    asked,
    fractions,
)
from wiretape.cli.diff_output import is_misplaced, written

if TYPE_CHECKING:
    from wiretape.cassettes.diff.pairing import PairBy
    from wiretape.cli.diff_sides import By
    from wiretape.cli.views.diff_total import View

Format = Literal["terminal", "json", "markdown", "html"]
FORMATS: tuple[Format, ...] = ("terminal", "json", "markdown", "html")
PAIRINGS = ("prompt", "order", "name")


@click.command("diff")
@click.argument("typed", nargs=-1, required=True, type=Side(), metavar="TAPE[:NUMBER]...")
@click.option(
    "--pair",
    "pairing",
    type=click.Choice(PAIRINGS),
    help="Which interactions belong together: those of the same prompt (the default), the first "
    "with the first, or those of cassettes of the same name in two folders.",
)
@click.option(
    "--by",
    type=click.Choice(("upstream", "model")),
    help="The sides of a single cassette; by default its upstreams or, where it has one alone, "
    "its models.",
)
@click.option("--only", multiple=True, type=Names(), help="Compare this alone; repeatable.")
@click.option("--ignore", multiple=True, type=Names(), help="Do not compare this; repeatable.")
@click.option(
    "--tolerance",
    "tolerances",
    multiple=True,
    type=Tolerated(),
    help="Hold a measure to the first side's, within so much of it: ttft=20%; repeatable. Pace "
    "and tokens make sides different nowhere else.",
)
@click.option(
    "--fail-on",
    multiple=True,
    type=Names("any", "none", *SEVERITIES),
    help="What makes the exit code 1; by default any difference. Repeatable. With --drift: added, "
    "removed or changed, and what is weightier.",
)
@click.option(
    "--drift",
    "drifting",
    is_flag=True,
    help="Compare not answers but their shape, in an older and a newer recording of the same "
    "requests: events, keys, types, headers.",
)
@click.option("--format", "form", type=click.Choice(FORMATS), help="terminal is the default.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the report to a file; - is standard output.",
)
def command(
    typed: tuple[Typed, ...],
    pairing: "PairBy | None",
    by: "By | None",
    only: tuple[tuple[str, ...], ...],
    ignore: tuple[tuple[str, ...], ...],
    tolerances: tuple[tuple[str, float], ...],
    fail_on: tuple[tuple[str, ...], ...],
    drifting: bool,
    form: Format | None,
    as_json: bool,
    output: Path | None,
) -> int:
    """Show what differs between the answers of providers, routers or models.

    The first cassette is compared with each of the others; a single one is split into its
    upstreams. Of two sides, the words that differ are marked in the text; of more, a matrix has
    a column each. Ids, times of creation, signatures and the like never count. Exit code 0 where
    nothing differs, 1 where something does, 2 where it could not be compared.

    \b
    wiretape diff openai.tape.zst groq.tape.zst
    wiretape diff today.tape.zst:1 today.tape.zst:4
    wiretape diff many-providers.tape.zst --only text,tools,finish
    wiretape diff before/ after/ --pair name --fail-on tools
    wiretape diff --drift last-month.tape.zst today.tape.zst --fail-on removed

    With --drift the exit code is 1 where something was only added, 3 where something was removed,
    4 where a type, an order or a status changed.

    ASPECT is one of status, ending, streaming, text, reasoning, tools, citations, refusal, media,
    finish, errors, usage, grammar, extensions, findings, pace; or unpaired, for what only some
    sides have. MEASURE is one of ttft, visible_ttft, gap_p50, gap_max, tokens_s, duration,
    stalls, input_tokens, output_tokens, reasoning_tokens, cached_tokens.
    """
    output = None if output == Path("-") else output
    if output is not None and (problem := is_misplaced(output, [one.path for one in typed])):
        raise click.UsageError(f"--output {output}{problem}")
    if drifting:
        from wiretape.cli.drifting import drift_verb

        others = any((pairing, by, only, ignore, tolerances)) or form in FORMATS[2:]
        return drift_verb(typed, fail_on, as_json or form == "json", others, output)
    wanted = asked(only, ignore, fail_on, tolerances)
    tolerated = dict(fractions(tolerances))
    form = _format(form, as_json)
    if by and len(typed) > 1:
        raise click.UsageError("--by splits a single cassette: give one")
    from wiretape.cassettes.errors import CassetteError
    from wiretape.cli.errors import NotCompared, NothingChosen

    try:
        return _diff(typed, pairing, by, tolerated, wanted, form, output)
    except (CassetteError, NothingChosen) as error:
        raise NotCompared(str(error)) from error
    except BrokenPipeError:
        raise  # whoever read has read enough
    except OSError as error:
        raise NotCompared(f"{error.filename or 'output'}: {error.strerror or error}") from error


def _diff(
    typed: tuple[Typed, ...],
    pairing: "PairBy | None",
    by: "By | None",
    tolerated: dict[str, float],
    wanted: Asked,
    form: Format,
    output: Path | None,
) -> int:
    from wiretape.cassettes.diff.comparison import Tolerance
    from wiretape.cassettes.diff.passing import compare_tapes
    from wiretape.cli.diff_sides import Shelf, pairing_of, sources, unpaired_words
    from wiretape.cli.errors import NothingToCompare
    from wiretape.cli.views.diff_total import Total, narrowed

    pairing = pairing or pairing_of(typed)
    total = Total(wanted)
    view = _view(form, output is None and sys.stdout.isatty())
    with Shelf() as shelf:
        sides = sources(typed, by, shelf)
        labels = [side.label for side in sides]
        compared = compare_tapes(
            [side.parts for side in sides], pairing, Tolerance(tolerated), labels
        )
        with written(output) as write:
            for number, one in enumerate(compared, 1):
                comparison = narrowed(one, wanted)
                total.add(comparison)
                write(view.add(number, comparison))
            write(view.end(total))
    if not total.compared:
        why = ", ".join(total.uncompared)
        raise NothingToCompare(
            f"nothing to compare: {why}" if why else unpaired_words(sides, pairing)
        )
    return 1 if total.failed else 0


def _view(form: Format, on_terminal: bool) -> "View":
    if form == "json":
        from wiretape.cli.views.diff_json import JsonView

        return JsonView()
    if form == "markdown":
        from wiretape.cli.views.diff_markdown import MarkdownView

        return MarkdownView()
    if form == "html":
        from wiretape.cli.views.diff_html import HtmlView

        return HtmlView()
    from rich.console import Console

    from wiretape.cli.views.diff_terminal import TerminalView

    columns = os.environ.get("COLUMNS", "")
    return TerminalView(
        Console() if on_terminal else None, int(columns) if columns.isdecimal() else None
    )


def _format(form: Format | None, as_json: bool) -> Format:
    if as_json and form not in (None, "json"):
        raise click.UsageError(f"--json and --format {form} are two formats: give one of them")
    return "json" if as_json else form or "terminal"
