"""Measures for a person: a table on a terminal, aligned text in a pipe. Pure."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table
from rich.text import Text

from wiretape.cassettes.measuring import Measured, Spread, Sum
from wiretape.cli.units import counted, ending_name, human_time
from wiretape.cli.views.stats_rows import StatsRow
from wiretape.cli.views.terminal import harmless_line

COLUMNS = (
    "#",
    "upstream",
    "api",
    "model",
    "finish",
    "in",
    "cached",
    "out",
    "reasoning",
    "first byte",
    "first token",
    "visible",
    "gap p50",
    "gap p95",
    "gap max",
    "stalls",
    "tokens/s",
    "duration",
)
LEFT = frozenset({"file", "upstream", "api", "model", "finish"})

DROPPED = (
    "first byte",
    "gap p95",
    "cached",
    "upstream",
    "visible",
    "reasoning",
    "stalls",
    "api",
    "gap p50",
    "in",
    "model",
)
"""Left out one after the other until the rest fits; `--json` and `--csv` have them all."""

GAP = 2


def cells(row: StatsRow) -> dict[str, str]:
    """Column to text. Foreign text is made harmless."""
    one, pace, tokens = row.measured, row.measured.pace, row.measured.tokens
    return {
        "file": harmless_line(row.file),
        "#": str(one.number),
        "upstream": harmless_line(one.upstream),
        "api": one.api or "unknown",
        "model": harmless_line(one.model) or "-",
        "finish": _finish(one),
        "in": _count(tokens.input),
        "cached": _count(tokens.input_cached),
        "out": _count(tokens.output),
        "reasoning": _count(tokens.reasoning),
        "first byte": _time(pace.ttfb_ns),
        "first token": _time(pace.ttft_ns),
        "visible": _time(pace.visible_ttft_ns),
        "gap p50": _time(pace.gap_p50_ns),
        "gap p95": _time(pace.gap_p95_ns),
        "gap max": _time(pace.gap_max_ns),
        "stalls": "-" if pace.stalls is None else str(pace.stalls),
        "tokens/s": "-" if pace.e2e_tokens_s is None else f"{pace.e2e_tokens_s:.1f}",
        "duration": _time(pace.end_ns),
    }


def stats_plain(rows: Sequence[StatsRow], total: Sum) -> str:
    """Every column whole, the file's name first where there are several; then the sum."""
    several = len({row.file for row in rows}) > 1
    names = ("file", *COLUMNS) if several else COLUMNS
    table = [dict(zip(names, names, strict=True)), *(cells(row) for row in rows)]
    widths = {name: max(len(line[name]) for line in table) for name in names}
    lines = [
        "  ".join(
            line[name].ljust(widths[name]) if name in LEFT else line[name].rjust(widths[name])
            for name in names
        ).rstrip()
        for line in table
    ]
    return "\n".join([*lines, "", *sum_lines(total)]) + "\n"


def stats_table(rows: Sequence[StatsRow], total: Sum, width: int) -> Group:
    """A table no wider than `width` columns, and the sum beneath it."""
    lines = [cells(row) for row in rows]
    several = len({row.file for row in rows}) > 1
    names = fitting(lines, ("file", *COLUMNS) if several else COLUMNS, width)
    table = Table(box=SIMPLE_HEAD, padding=(0, GAP - 1, 0, 0), pad_edge=False, show_edge=False)
    for name in names:
        justify = "left" if name in LEFT else "right"
        table.add_column(name, justify=justify, no_wrap=True, overflow="ellipsis")  # type: ignore[arg-type]
    for line in lines:
        table.add_row(*(Text(line[name]) for name in names))
    return Group(table, Text(""), *(Text(line) for line in sum_lines(total)))


def fitting(lines: Sequence[dict[str, str]], names: Sequence[str], width: int) -> tuple[str, ...]:
    """The columns that fit."""
    kept = list(names)
    for dropped in DROPPED:
        wide = (max(len(name), *(len(line[name]) for line in lines), 0) for name in kept)
        if sum(wide) + GAP * (len(kept) - 1) <= width:
            break
        kept.remove(dropped)
    return tuple(kept)


def sum_lines(total: Sum) -> list[str]:
    """The sum in words, a line a thought."""
    answers = counted(total.interactions, "interaction")
    errors = f", {total.with_error:,} with an error" if total.with_error else ""
    lines = [f"{answers}{errors}, {counted(total.tool_calls, 'tool call')}"]
    if total.told_usage:
        tokens = total.tokens
        told = [
            f"{_count(tokens.input)} in ({_count(tokens.input_cached)} cached)",
            f"{_count(tokens.output)} out ({_count(tokens.reasoning)} reasoning)",
        ]
        if tokens.cost is not None:
            told.append(f"cost {tokens.cost:g}")
        of = "" if total.told_usage == total.interactions else f" (told by {total.told_usage:,})"
        lines.append(f"tokens: {', '.join(told)}{of}")
    for name, spread in (
        ("first byte", total.ttfb_ns),
        ("first token", total.ttft_ns),
        ("longest gap", total.gap_max_ns),
        ("duration", total.end_ns),
    ):
        if spread is not None:
            lines.append(f"{name}: {_spread(spread)}")
    if total.e2e_tokens_s is not None:
        rate = total.e2e_tokens_s
        lines.append(f"tokens/s: median {rate.p50:.1f}, p95 {rate.p95:.1f}, max {rate.max:.1f}")
    if total.untimed:
        lines.append(f"{counted(total.untimed, 'interaction')} imported without the times of reads")
    if total.stalls:
        lines.append(f"{counted(total.stalls, 'stall')} of more than a second")
    return lines


def _spread(spread: Spread) -> str:
    return (
        f"median {human_time(round(spread.p50))}, p95 {human_time(round(spread.p95))}, "
        f"max {human_time(round(spread.max))}"
    )


def _finish(one: Measured) -> str:
    finish = one.finish.replace("_", " ") or "-"
    return finish if one.ending == "complete" else f"{finish} ({ending_name(one.ending)})"


def _count(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _time(ns: int | None) -> str:
    return "-" if ns is None else human_time(ns)
