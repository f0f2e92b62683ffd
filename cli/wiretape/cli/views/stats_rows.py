"""Measures for programs: JSON Lines and CSV. Pure."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import msgspec

from wiretape.cassettes.measuring import Measured, Sum, Tokens
from wiretape.cassettes.pace import Pace
from wiretape.cli.units import NS_PER_MS


class StatsRow(msgspec.Struct, frozen=True):
    """One interaction of one file."""

    file: str
    measured: Measured


def stats_json(rows: Sequence[StatsRow], total: Sum) -> str:
    """JSON Lines: an object of `row` `interaction` each, with the names of Measured, and one of
    `row` `sum` at the end, with those of Sum. Times are nanoseconds."""
    objects: list[dict[str, Any]] = [
        {"row": "interaction", "file": row.file, **msgspec.to_builtins(row.measured)}
        for row in rows
    ]
    objects.append({"row": "sum", **msgspec.to_builtins(total)})
    return "".join(f"{msgspec.json.encode(one).decode()}\n" for one in objects)


_PLAIN = (
    "number",
    "upstream",
    "api",
    "model",
    "status",
    "ending",
    "streamed",
    "finish",
    "tool_calls",
    "text_chars",
    "reasoning_chars",
)
_TOKENS = Tokens.__struct_fields__
_PACE = Pace.__struct_fields__

CSV_COLUMNS = (
    "row",
    "file",
    *_PLAIN,
    *(name if name == "cost" else f"{name}_tokens" for name in _TOKENS),
    *(name.replace("_ns", "_ms") for name in _PACE),
)


def stats_csv(rows: Sequence[StatsRow], total: Sum) -> str:
    """A header, a line an interaction, and a line `sum` with what can be added up, and medians
    of the times. Times are milliseconds; a field is empty where there is no such number."""
    out = io.StringIO()
    writer = csv.DictWriter(out, CSV_COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        measured = row.measured
        writer.writerow(
            {
                "row": "interaction",
                "file": row.file,
                **{name: getattr(measured, name) for name in _PLAIN},
                **_token_cells(measured.tokens),
                **_pace_cells(measured.pace),
            }
        )
    writer.writerow(_sum_cells(total))
    return out.getvalue()


def _token_cells(tokens: Tokens) -> dict[str, Any]:
    return {name if name == "cost" else f"{name}_tokens": getattr(tokens, name) for name in _TOKENS}


def _pace_cells(pace: Pace) -> dict[str, Any]:
    return {
        name.replace("_ns", "_ms"): _in_ms(name, value)
        for name in _PACE
        if (value := getattr(pace, name)) is not None
    }


def _in_ms(name: str, value: float) -> float:
    return round(value / NS_PER_MS, 3) if name.endswith("_ns") else value


def _sum_cells(total: Sum) -> dict[str, Any]:
    medians = {
        name.replace("_ns", "_ms"): _in_ms(name, spread.p50)
        for name in _PACE
        if (spread := getattr(total, name, None)) is not None and hasattr(spread, "p50")
    }
    return {
        "row": "sum",
        "number": total.interactions,
        "tool_calls": total.tool_calls,
        "stalls": total.stalls,
        **_token_cells(total.tokens),
        **medians,
    }
