"""The measures by name: what `--tolerance` can hold sides to, and how a reader sees them.

Knows what was measured; compares nothing.
"""

from collections.abc import Callable
from typing import Literal

import msgspec

from wiretape.cassettes.measuring import Measured
from wiretape.cassettes.model import Timing

NS_IN_MS = 1_000_000
MS_IN_S = 1000


class Measure(msgspec.Struct, frozen=True):
    """One number of an interaction."""

    name: str
    """As `Tolerance` has it."""
    words: str
    aspect: Literal["usage", "pace"]
    unit: Literal["ns", "tokens", "tokens/s", "count"]
    of: Callable[[Measured], float | None]
    """None where the side has none."""
    none_is_zero: bool = False
    """Whether a provider that does not tell it may as well tell 0."""

    def untaken(self, measured: Measured) -> str:
        """Why there is no value although there may have been such a moment; empty where there is
        one, or was no such moment."""
        if self.of(measured) is not None:
            return ""
        if self.aspect == "pace" and measured.pace.timing != "reads":
            return _UNTIMED[measured.pace.timing]
        return "usage not told" if self.of_tokens and measured.tokens.output is None else ""

    @property
    def of_tokens(self) -> bool:
        """Whether tokens are in it."""
        return self.unit in ("tokens", "tokens/s")

    def told(self, value: float | None) -> str:
        """The value with its unit; empty where there is none."""
        if value is None:
            return ""
        match self.unit:
            case "ns":
                return duration(value)
            case "tokens/s":
                return f"{value:.1f}"
            case _:
                return f"{value:,.0f}"


_UNTIMED: dict[Timing, str] = {
    "ends": "imported with no times but of its ends",
    "head": "imported with no time but of its head",
    "none": "imported without times",
    "given": "its times were made up at import",
}


def duration(ns: float) -> str:
    """`870 ms`, `1.24 s`."""
    ms = ns / NS_IN_MS
    return f"{ms:.0f} ms" if ms < MS_IN_S else f"{ms / MS_IN_S:.2f} s"


TOKENS = (
    Measure("input_tokens", "input tokens", "usage", "tokens", lambda one: one.tokens.input),
    Measure("output_tokens", "output tokens", "usage", "tokens", lambda one: one.tokens.output),
    Measure(
        "reasoning_tokens",
        "reasoning tokens",
        "usage",
        "tokens",
        lambda one: one.tokens.reasoning,
        none_is_zero=True,
    ),
    Measure(
        "cached_tokens",
        "tokens from a cache",
        "usage",
        "tokens",
        lambda one: one.tokens.input_cached,
        none_is_zero=True,
    ),
)

MEASURES = (
    Measure("ttft", "first token", "pace", "ns", lambda one: one.pace.ttft_ns),
    Measure(
        "visible_ttft", "first visible token", "pace", "ns", lambda one: one.pace.visible_ttft_ns
    ),
    Measure("gap_p50", "median gap", "pace", "ns", lambda one: one.pace.gap_p50_ns),
    Measure("gap_max", "longest gap", "pace", "ns", lambda one: one.pace.gap_max_ns),
    Measure("tokens_s", "tokens/s", "pace", "tokens/s", lambda one: one.pace.decode_tokens_s),
    Measure("duration", "duration", "pace", "ns", lambda one: one.pace.end_ns),
    Measure("stalls", "stalls", "pace", "count", lambda one: one.pace.stalls),
)

NAMES = tuple(measure.name for measure in (*TOKENS, *MEASURES))
"""What a tolerance can be given for."""
