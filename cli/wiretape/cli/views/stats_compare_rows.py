"""Compared distributions for programs: JSON Lines and CSV. Pure."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import msgspec

from wiretape.cassettes.bootstrap import CONFIDENCE, REPLICATES, Interval
from wiretape.cassettes.spreads import SEED, Distribution, Estimate, SideSpread
from wiretape.cli.units import NS_PER_MS


def compare_json(sides: Sequence[SideSpread]) -> str:
    """JSON Lines: an object of `row` `side` each, with the names of SideSpread, then one of `row`
    `intervals` that says how they were made. Times are nanoseconds."""
    objects: list[dict[str, Any]] = [{"row": "side", **msgspec.to_builtins(side)} for side in sides]
    objects.append(
        {
            "row": "intervals",
            "method": "bootstrap, percentile",
            "resampled": "interactions",
            "confidence": CONFIDENCE,
            "replicates": REPLICATES,
            "seed": SEED,
        }
    )
    return "".join(f"{msgspec.json.encode(one).decode()}\n" for one in objects)


_ESTIMATES = ("p50", "p95", "p99", "mean")

CSV_COLUMNS = (
    "side",
    "measure",
    "unit",
    "interactions",
    "values",
    *(f"{name}{end}" for name in _ESTIMATES for end in ("", "_low", "_high")),
    *(f"{name}{end}" for name in ("difference", "ratio") for end in ("", "_low", "_high")),
    "verdict",
)


def compare_csv(sides: Sequence[SideSpread]) -> str:
    """A header, and a line for each measure of each side. Times are milliseconds; a field is empty
    where there is no such number."""
    out = io.StringIO()
    writer = csv.DictWriter(out, CSV_COLUMNS, lineterminator="\n")
    writer.writeheader()
    for side in sides:
        for one in side.distributions:
            writer.writerow({"side": side.label, **_cells(one)})
    return out.getvalue()


def _cells(one: Distribution) -> dict[str, Any]:
    in_ms = one.measure.endswith("_ns")
    cells: dict[str, Any] = {
        "measure": one.measure.removesuffix("_ns"),
        "unit": "ms" if in_ms else _UNITS[one.measure],
        "interactions": one.interactions,
        "values": one.values,
    }
    for name in _ESTIMATES:
        estimate: Estimate | None = getattr(one, name)
        if estimate is not None:
            cells |= _with_ends(name, estimate.value, estimate.interval, in_ms)
    if shift := one.shift:
        cells |= _with_ends("difference", shift.difference, shift.difference_interval, in_ms)
        if shift.ratio is not None:
            cells |= _with_ends("ratio", shift.ratio, shift.ratio_interval, False)
        cells["verdict"] = shift.verdict
    return cells


_UNITS = {
    "decode_tokens_s": "tokens/s",
    "e2e_tokens_s": "tokens/s",
    "stalls": "stalls",
    "output_tokens": "tokens",
}


def _with_ends(name: str, value: float, interval: Interval | None, in_ms: bool) -> dict[str, float]:
    per = NS_PER_MS if in_ms else 1
    cells = {name: round(value / per, 6)}
    if interval is not None:
        cells[f"{name}_low"] = round(interval.low / per, 6)
        cells[f"{name}_high"] = round(interval.high / per, 6)
    return cells
