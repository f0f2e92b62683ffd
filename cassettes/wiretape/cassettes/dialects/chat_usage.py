"""Usage as OpenAI and those who followed give it, told in inclusive totals.

Knows the vendors' names for the same count; no frame, no state.
"""

from typing import Literal

from wiretape.cassettes.dialects.chat_stream import Told
from wiretape.cassettes.dialects.delta import Json, Usage
from wiretape.cassettes.dialects.reading import whole_number

Counts = dict[str, Json]

_TIMES = frozenset(
    {
        "queue_time",
        "prompt_time",
        "completion_time",
        "total_time",
        "prompt_tokens_per_second",
        "tokens_per_second",
        "time_per_output_token_ms",
        "time_to_first_token_ms",
        "total_latency",
        "time_to_first_token",
    }
)
"""What Groq, GPUStack and others measured themselves: kept apart from our own times."""

_INPUT_DETAILS = (
    "prompt_tokens_details",
    "prompt_token_details",  # Assistants, Writer
    "input_tokens_details",
    "input_token_details",  # transcriptions
)
_OUTPUT_DETAILS = ("completion_tokens_details", "output_tokens_details")

_TICKS_PER_DOLLAR = 10_000_000_000
"""docs.x.ai, cost tracking."""


def tell_usage(
    told: Told, value: Json, mode: Literal["running", "final"] = "final", raw_type: str = "usage"
) -> None:
    """A `Usage`, and what is odd about it; nothing where there are no counts."""
    if not isinstance(value, dict):
        if value is not None:
            told.unknown(f"$.{raw_type}", value, raw_type)
        return
    inputs, outputs = _details(value, _INPUT_DETAILS), _details(value, _OUTPUT_DETAILS)
    taken = _first(value, "prompt_tokens", "input_tokens")
    given = _first(value, "completion_tokens", "output_tokens")
    reasoning = _first(outputs, "reasoning_tokens")
    if reasoning is None:
        reasoning = _first(value, "reasoning_tokens")  # Perplexity
    if given is not None and reasoning and _excludes_reasoning(value, taken, given, reasoning):
        given += reasoning
    usage = Usage(
        told.frame,
        told.at_ns,
        raw_type,
        input=taken,
        input_cached=_cached(value, inputs),
        input_cache_write=_first(
            inputs, "cache_write_tokens", "cache_creation_tokens", "cache_creation_input_tokens"
        ),
        output=given,
        reasoning=reasoning,
        total=_first(value, "total_tokens"),
        audio_in=_first(inputs, "audio_tokens"),
        audio_out=_first(outputs, "audio_tokens"),
        image_in=_first(inputs, "image_tokens"),
        image_out=_first(outputs, "image_tokens"),
        cost=_cost(value),
        mode=mode,
    )
    _tell_kept(told, value, usage, raw_type)


def _tell_kept(told: Told, value: Counts, usage: Usage, raw_type: str) -> None:
    if (usage.input, usage.output, usage.total) == (None, None, None):
        if value:
            told.meta("usage", value, raw_type)  # Whisper's bill is in seconds
        return
    told.deltas.append(usage)
    if not _TIMES.isdisjoint(value):
        times = {key: value[key] for key in value if key in _TIMES}
        told.meta("provider_times", times, raw_type)
    parts = (usage.input or 0) + (usage.output or 0)
    if usage.total is not None and usage.total != parts:
        counts = {"input": usage.input, "output": usage.output, "total": usage.total}
        told.meta("usage_inconsistent", counts, raw_type)


def _excludes_reasoning(value: Counts, taken: int | None, given: int, reasoning: int) -> bool:
    """xAI counts reasoning beside the completion; its totals give it away, or its own keys do, or
    that there is more of it than of the completion."""
    total = _first(value, "total_tokens")
    if total is None or taken is None:
        its_own = "cost_in_usd_ticks" in value or "num_sources_used" in value
        return its_own or reasoning > given
    return total == taken + given + reasoning


def _cached(value: Counts, inputs: Counts) -> int | None:
    """OpenAI; DeepSeek; Mistral; Moonshot."""
    cached = _first(inputs, "cached_tokens")
    if cached is not None:
        return cached
    return _first(value, "prompt_cache_hit_tokens", "num_cached_tokens", "cached_tokens")


def _cost(value: Counts) -> float | None:
    """US dollars: OpenRouter's number, Perplexity's object, xAI's ticks."""
    cost = value.get("cost")
    dollars = _number(cost.get("total_cost") if isinstance(cost, dict) else cost)
    ticks = _number(value.get("cost_in_usd_ticks"))
    return ticks / _TICKS_PER_DOLLAR if dollars is None and ticks is not None else dollars


def _number(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def _details(value: Counts, names: tuple[str, ...]) -> Counts:
    return next((value[name] for name in names if isinstance(value.get(name), dict)), {})


def _first(value: Counts, *names: str) -> int | None:
    for name in names:
        count = whole_number(value.get(name))
        if count is not None:
            return count
    return None
