"""What interactions cost and how fast they were: a row each, and one for all of them.

Knows interactions, meaning and pace. Pure.
"""

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Literal

import msgspec

from wiretape.cassettes.meaning import Meaning
from wiretape.cassettes.model import Interaction
from wiretape.cassettes.pace import Pace, pace_of, percentile


class Tokens(msgspec.Struct, frozen=True):
    """Inclusive totals, as `Usage` has them; None where the provider did not say."""

    input: int | None = None
    input_cached: int | None = None
    input_cache_write: int | None = None
    output: int | None = None
    reasoning: int | None = None
    cost: float | None = None


class Measured(msgspec.Struct, frozen=True):
    """The measures of one interaction."""

    number: int
    upstream: str
    api: str
    """Empty where it is unknown."""
    model: str
    status: int | None
    ending: str
    streamed: bool
    finish: str
    """The common word, empty where none was told; `error` where the answer is one."""
    tool_calls: int
    text_chars: int
    reasoning_chars: int
    tokens: Tokens
    pace: Pace


class Spread(msgspec.Struct, frozen=True):
    """A distribution in four numbers; nanoseconds, or tokens a second."""

    count: int
    p50: float
    p95: float
    max: float


class Sum(msgspec.Struct, frozen=True):
    """The measures of many interactions together."""

    interactions: int
    with_error: int
    tool_calls: int
    stalls: int | None
    """None where no interaction was timed."""
    tokens: Tokens
    """Sums over the interactions that told them; None where none did."""
    told_usage: int
    """Interactions whose provider told its usage."""
    ttfb_ns: Spread | None
    ttft_ns: Spread | None
    visible_ttft_ns: Spread | None
    gap_max_ns: Spread | None
    end_ns: Spread | None
    decode_tokens_s: Spread | None
    e2e_tokens_s: Spread | None
    untimed: int = 0
    """Interactions that were imported, and whose reads nobody timed."""


def measure(interaction: Interaction, meaning: Meaning) -> Measured:
    """The measures of an interaction that has been read."""
    answer = meaning.answer
    usage = answer.usage
    output = usage.output if usage else None
    finish = next((choice.finish for choice in answer.choices if choice.finish), None)
    return Measured(
        number=interaction.number,
        upstream=interaction.upstream,
        api=meaning.api,
        model=answer.model or interaction.notes.model_answered or interaction.notes.model_asked,
        status=interaction.response.status if interaction.response else None,
        ending=interaction.timeline.ending.kind,
        streamed=meaning.streamed,
        finish="error" if answer.errors else finish.reason if finish else "",
        tool_calls=sum(len(choice.tool_calls) for choice in answer.choices),
        text_chars=sum(len(choice.text) for choice in answer.choices),
        reasoning_chars=sum(
            len(part.text) for choice in answer.choices for part in choice.reasoning
        ),
        tokens=Tokens(
            usage.input,
            usage.input_cached,
            usage.input_cache_write,
            usage.output,
            usage.reasoning,
            usage.cost,
        )
        if usage
        else Tokens(),
        pace=pace_of(interaction.timeline, meaning.frames, meaning.deltas, output),
    )


def summed(rows: Sequence[Measured]) -> Sum:
    """All of them together."""
    return Sum(
        interactions=len(rows),
        with_error=sum(row.finish == "error" for row in rows),
        tool_calls=sum(row.tool_calls for row in rows),
        stalls=_total(row.pace.stalls for row in rows),
        tokens=_tokens([row.tokens for row in rows]),
        told_usage=sum(row.tokens != Tokens() for row in rows),
        ttfb_ns=_spread(rows, "ttfb_ns"),
        ttft_ns=_spread(rows, "ttft_ns"),
        visible_ttft_ns=_spread(rows, "visible_ttft_ns"),
        gap_max_ns=_spread(rows, "gap_max_ns"),
        end_ns=_spread(rows, "end_ns"),
        decode_tokens_s=_spread(rows, "decode_tokens_s"),
        e2e_tokens_s=_spread(rows, "e2e_tokens_s"),
        untimed=sum(row.pace.timing != "reads" for row in rows),
    )


_Spreadable = Literal[
    "ttfb_ns",
    "ttft_ns",
    "visible_ttft_ns",
    "gap_max_ns",
    "end_ns",
    "decode_tokens_s",
    "e2e_tokens_s",
]


def _tokens(told: Sequence[Tokens]) -> Tokens:
    costs = [tokens.cost for tokens in told if tokens.cost is not None]
    return Tokens(
        input=_total(tokens.input for tokens in told),
        input_cached=_total(tokens.input_cached for tokens in told),
        input_cache_write=_total(tokens.input_cache_write for tokens in told),
        output=_total(tokens.output for tokens in told),
        reasoning=_total(tokens.reasoning for tokens in told),
        cost=sum(costs) if costs else None,
    )


def _total(counts: Iterable[int | None]) -> int | None:
    told = [count for count in counts if count is not None]
    return sum(told) if told else None


def _spread(rows: Sequence[Measured], name: _Spreadable) -> Spread | None:
    values: list[float] = sorted(
        value for row in rows if (value := getattr(row.pace, name)) is not None
    )
    if not values:
        return None
    return Spread(len(values), median(values), percentile(values, 95) or 0, values[-1])
