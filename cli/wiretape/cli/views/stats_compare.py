"""Compared distributions for a person: a table on a terminal, aligned text in a pipe, and below
it what differs, in words. Pure."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table
from rich.text import Text

from wiretape.cassettes.bootstrap import CONFIDENCE, FEWEST, Interval
from wiretape.cassettes.spreads import Distribution, Estimate, MeasureName, Shift, SideSpread
from wiretape.cli.units import counted, human_time
from wiretape.cli.views.terminal import harmless_line

WORDS: dict[MeasureName, str] = {
    "ttft_ns": "first token",
    "visible_ttft_ns": "visible",
    "gap_ns": "gaps",
    "decode_tokens_s": "decode tokens/s",
    "e2e_tokens_s": "tokens/s",
    "stalls": "stalls",
    "end_ns": "duration",
    "output_tokens": "output tokens",
}
"""As `wiretape stats` has them; `tokens/s` is by the whole duration, `decode` from the first word
to the last."""

COLUMNS = ("measure", "side", "n", "p50", "p95", "p99")
DROPPED = ("p99", "p95")
"""Left out one after the other until the rest fits; `--json` and `--csv` have them all."""
GAP = 2

Cells = dict[str, str]


def compare_plain(sides: Sequence[SideSpread]) -> str:
    """Every column whole; then the verdicts."""
    rows = [dict(zip(COLUMNS, COLUMNS, strict=True)), *_cells(sides)]
    widths = {name: max(len(row[name]) for row in rows) for name in COLUMNS}
    lines = [
        "  ".join(
            row[name].rjust(widths[name]) if name == "n" else row[name].ljust(widths[name])
            for name in COLUMNS
        ).rstrip()
        for row in rows
    ]
    return "\n".join([*lines, "", *verdict_lines(sides)]) + "\n"


def compare_table(sides: Sequence[SideSpread], width: int) -> Group:
    """A table no wider than `width` columns where that can be, and the verdicts beneath it."""
    rows = _cells(sides)
    names = fitting(rows, width)
    table = Table(box=SIMPLE_HEAD, padding=(0, GAP - 1, 0, 0), pad_edge=False, show_edge=False)
    for name in names:
        justify = "right" if name == "n" else "left"
        table.add_column(name, justify=justify, no_wrap=True, overflow="ellipsis")  # type: ignore[arg-type]
    for row in rows:
        table.add_row(*(Text(row[name]) for name in names))
    return Group(table, Text(""), *(Text(line) for line in verdict_lines(sides)))


def fitting(rows: Sequence[Cells], width: int) -> tuple[str, ...]:
    """The columns that fit."""
    kept = list(COLUMNS)
    for dropped in DROPPED:
        wide = sum(max([len(name), *(len(row[name]) for row in rows)]) for name in kept)
        if wide + GAP * (len(kept) - 1) <= width:
            break
        kept.remove(dropped)
    return tuple(kept)


def verdict_lines(sides: Sequence[SideSpread]) -> list[str]:
    """Each side in words, a line a measure; how the intervals are made."""
    first = harmless_line(sides[0].label)
    lines = [line for side in sides if (line := _remark(side))]
    for side in sides[1:]:
        shifts = [(one.measure, one.shift) for one in side.distributions if one.shift]
        said = {shift.words for _, shift in shifts}
        against = f"{harmless_line(side.label)} against {first}:"
        if lacking := [harmless_line(one.label) for one in (sides[0], side) if not answers_of(one)]:
            lines.append(f"{against} nothing to compare, no answer in {' or '.join(lacking)}")
            continue
        if len(said) == 1 and all(shift.verdict == "too few" for _, shift in shifts):
            lines.append(f"{against} {said.pop()}")
            continue
        lines.append(against)
        lines += [f"  {WORDS[name]}: {verdict(shift, name)}" for name, shift in shifts]
        lines += [f"  {line}" for line in _untaken(sides[0], side)]
    if not any(map(answers_of, sides)):
        return lines
    lines.append(
        f"in brackets: {CONFIDENCE:.0%} intervals, bootstrap by interaction (percentile method); "
        "of stalls, by dealing them anew to the sides; none where there are too few to tell"
    )
    if any(one.measure == "gap_ns" and one.values for side in sides for one in side.distributions):
        lines.append(
            "gaps: p50, p95 and p99 of each interaction by itself, and the median of those"
        )
    return lines


def _untaken(first: SideSpread, side: SideSpread) -> list[str]:
    """What could not be compared, as no answer of a side has it."""
    lacking: dict[str, list[str]] = {}
    for here, there in zip(first.distributions, side.distributions, strict=True):
        on = [one.label for one, of in ((first, here), (side, there)) if not of.values]
        if on:
            where = " and ".join(map(harmless_line, on))
            lacking.setdefault(where, []).append(WORDS[here.measure])
    return [
        f"{', '.join(names)}: not compared, not measured in {where}"
        for where, names in lacking.items()
    ]


def _remark(side: SideSpread) -> str:
    """What a reader should know of the side before the numbers."""
    said = []
    label, answers = harmless_line(side.label), counted(side.interactions, "interaction")
    if not side.interactions:
        return f"{label}: no interactions"
    if side.failed == side.interactions:
        return f"{label}: {answers}, all failed and left out"
    if side.failed:
        said.append(f"{side.failed:,} failed and left out")
    if side.unanswered:
        said.append(f"{side.unanswered:,} without an answer and left out")
    if not answers_of(side):
        return f"{label}: {answers}, {', '.join(said)}"
    if side.unstreamed:
        said.append(f"{side.unstreamed:,} not streamed, so the first token is the last")
    if answers_of(side) < FEWEST:
        said.append(f"too few for intervals, {FEWEST} are needed")
    return f"{label}: {answers}, {', '.join(said)}" if said else ""


def answers_of(side: SideSpread) -> int:
    """Answers that are in the distributions."""
    return side.interactions - side.failed - side.unanswered


def _cells(sides: Sequence[SideSpread]) -> list[Cells]:
    rows = []
    for measures in zip(*(side.distributions for side in sides), strict=True):
        if not any(one.values for one in measures):
            continue
        for place, (side, one) in enumerate(zip(sides, measures, strict=True)):
            rows.append(_row("" if place else WORDS[one.measure], side.label, one))
    return rows


def _row(words: str, label: str, one: Distribution) -> Cells:
    return {
        "measure": words,
        "side": harmless_line(label),
        "n": f"{one.interactions:,}",
        "p50": _estimate(one.p50, one.measure),
        "p95": _estimate(one.p95, one.measure),
        "p99": _estimate(one.p99, one.measure),
    }


def _estimate(one: Estimate | None, measure: MeasureName) -> str:
    if one is None:
        return "-"
    return f"{number(one.value, measure)}{_between(one.interval, measure)}"


def _between(interval: Interval | None, measure: MeasureName) -> str:
    if interval is None:
        return ""
    return f" [{number(interval.low, measure)}, {number(interval.high, measure)}]"


def verdict(shift: Shift, measure: MeasureName) -> str:
    """`faster, 0.75 times [0.60, 0.87]`."""
    if shift.ratio is not None and shift.ratio_interval is not None:
        ends = shift.ratio_interval
        low, high = (_beside(end, 1, shift) for end in (ends.low, ends.high))
        return f"{shift.words}, {shift.ratio:.2f} times [{low}, {high}]{_hint(shift)}"
    if shift.difference_interval is not None:
        sign = "+" if shift.difference > 0 else ""
        by = f"{sign}{number(shift.difference, measure)}"
        mean = " in the mean" if measure == "stalls" else ""
        return f"{shift.words}, {by}{_between(shift.difference_interval, measure)}{mean}"
    return shift.words


def _beside(end: float, nothing: float, shift: Shift) -> str:
    """With as many digits as it takes to see that it is not what a verdict says it leaves out."""
    digits = 2
    while (
        shift.verdict != "no difference"
        and end != nothing
        and digits < MOST_DIGITS
        and float(f"{end:.{digits}f}") == nothing
    ):
        digits += 1
    return f"{end:.{digits}f}"


MOST_DIGITS = 6


def _hint(shift: Shift) -> str:
    return f"; but {shift.hint}" if shift.hint else ""


def number(value: float, measure: MeasureName) -> str:
    """Nanoseconds as people say them; rates and means with one decimal, counts with none."""
    if measure.endswith("_ns"):
        return human_time(round(value))
    if float(value).is_integer() and not measure.endswith("_s"):
        return f"{value:,.0f}"
    return f"{value:,.2f}" if measure == "stalls" else f"{value:,.1f}"
