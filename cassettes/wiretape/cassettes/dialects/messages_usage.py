"""The token counts of Anthropic's Messages, whose input leaves out what was cached.

Knows nothing of the rest of a message.
"""

from typing import Final, Literal

from wiretape.cassettes.dialects.delta import Json, Meta, Usage
from wiretape.cassettes.dialects.payload import object_of
from wiretape.cassettes.dialects.reading import Reading, whole_number

_KEYS: Final = frozenset(
    {
        "input_tokens",
        "output_tokens",
        "cache_creation_input_tokens",
        "cache_read_input_tokens",
        "output_tokens_details",
        # What follows says where it ran, or repeats the counts in finer parts.
        "cache_creation",
        "service_tier",
        "inference_geo",
        "speed",
    }
)
_TOLD: Final = frozenset({"server_tool_use", "iterations", "fallback_credit"})
"""No tokens of the answer, but what it cost besides."""


def merged(old: dict[str, Json], new: dict[str, Json]) -> dict[str, Json]:
    """Counts of a `message_delta` are cumulative: they overwrite, and what they leave out stays."""
    return old | {key: value for key, value in new.items() if value is not None}


def tell_usage(
    r: Reading, counts: dict[str, Json], raw_type: str, mode: Literal["running", "final"]
) -> None:
    """All counts that are known so far, as inclusive totals."""
    plain = whole_number(counts.get("input_tokens"))
    read = whole_number(counts.get("cache_read_input_tokens"))
    written = whole_number(counts.get("cache_creation_input_tokens"))
    given = [count for count in (plain, read, written) if count is not None]
    details = object_of(counts.get("output_tokens_details"))
    r.add(
        Usage(
            *r.at(raw_type),
            input=sum(given) if given else None,
            input_cached=read,
            input_cache_write=written,
            output=whole_number(counts.get("output_tokens")),
            reasoning=whole_number(details.get("thinking_tokens")),
            mode=mode,
        )
    )


def tell_rest(r: Reading, usage: dict[str, Json], raw_type: str, path: str) -> None:
    """What stands beside the counts."""
    if len(usage) > len(_KEYS) or not _KEYS.issuperset(usage):
        for key in _TOLD.intersection(usage):
            if usage[key] is not None:
                r.add(Meta(*r.at(raw_type), what=key, value=usage[key]))
        r.only(usage, _KEYS | _TOLD, path)
