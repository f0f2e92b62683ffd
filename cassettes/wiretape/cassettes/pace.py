"""How fast an answer came: numbers out of the times of frames and deltas.

All times are nanoseconds from the moment when the request had been passed on whole. Knows the
timeline, frames and deltas; what a provider says of its own speed is not mixed in.
"""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TypeVar

import msgspec

from wiretape.cassettes.dialects.counting import can_be_meant
from wiretape.cassettes.dialects.delta import (
    Delta,
    Keepalive,
    Media,
    Reasoning,
    Refusal,
    Text,
    ToolArgs,
    Transcript,
)
from wiretape.cassettes.framing.frame import Frame, Malformed
from wiretape.cassettes.model import Timeline, Timing

STALL_NS = 1_000_000_000
"""A gap beyond this is a stall."""

SECOND_NS = 1_000_000_000

_VISIBLE = (Text, Refusal, Transcript)
_SPOKEN = (Text, Refusal, Transcript, Reasoning, ToolArgs)


class Pace(msgspec.Struct, frozen=True):
    """Times in nanoseconds, rates in tokens a second; None where there was no such moment, or
    where it was not measured."""

    head_ns: int | None
    """The head of the response."""
    ttfb_ns: int | None
    """The first byte of the body."""
    ttfe_ns: int | None
    """The first frame that is no keepalive."""
    ttft_ns: int | None
    """The first text, reasoning, tool arguments, refusal, transcript or media."""
    visible_ttft_ns: int | None
    """The first text, refusal or transcript."""
    last_ns: int | None
    """The last of what `ttft_ns` is the first of."""
    end_ns: int | None
    gaps: int | None
    """Silences between the moments at which something was said."""
    gap_p50_ns: int | None
    gap_p95_ns: int | None
    gap_p99_ns: int | None
    gap_max_ns: int | None
    stalls: int | None
    """Gaps beyond a second, the wait for the first word not counted."""
    stalled_ns: int | None
    """What those gaps add up to."""
    tpot_ns: int | None
    """Time per output token after the first: (last - ttft) / (output - 1)."""
    decode_tokens_s: float | None
    """(output - 1) / (last - ttft)."""
    e2e_tokens_s: float | None
    """output / end."""
    coalesced_ratio: float | None
    """Of the frames that are no keepalive, the share that came in one read with another."""
    timing: Timing = "reads"
    """What was measured at all."""


def pace_of(
    timeline: Timeline,
    frames: Iterable[Frame | Malformed],
    deltas: Iterable[Delta],
    output_tokens: int | None,
) -> Pace:
    """The pace of an interaction. `output_tokens` is the inclusive total, where it is told."""
    deltas = tuple(deltas)
    if not can_be_meant(output_tokens):
        output_tokens = None
    if timeline.timing != "reads":
        return _known_ends(timeline, output_tokens)
    kept_alive = {delta.frame for delta in deltas if isinstance(delta, Keepalive)}
    data_ns = [
        frame.last_ns
        for frame in frames
        if isinstance(frame, Frame) and frame.kind == "data" and frame.number not in kept_alive
    ]
    said = [delta for delta in deltas if _is_said(delta)]
    moments = sorted({delta.at_ns for delta in said})
    gaps = sorted(later - earlier for earlier, later in pairwise(moments))
    first, last = (moments[0], moments[-1]) if moments else (None, None)
    spread = last - first if first is not None and last is not None else 0
    end_ns = timeline.ending.at_ns
    stalls = [gap for gap in gaps if gap > STALL_NS]
    later_tokens = (output_tokens or 0) - 1
    return Pace(
        head_ns=timeline.head_ns,
        ttfb_ns=timeline.received[0].at_ns if timeline.received else None,
        ttfe_ns=min(data_ns, default=None),
        ttft_ns=first,
        visible_ttft_ns=min((d.at_ns for d in said if isinstance(d, _VISIBLE)), default=None),
        last_ns=last,
        end_ns=end_ns,
        gaps=len(gaps),
        gap_p50_ns=percentile(gaps, 50),
        gap_p95_ns=percentile(gaps, 95),
        gap_p99_ns=percentile(gaps, 99),
        gap_max_ns=gaps[-1] if gaps else None,
        stalls=len(stalls),
        stalled_ns=sum(stalls),
        tpot_ns=spread // later_tokens if later_tokens > 0 and spread else None,
        decode_tokens_s=later_tokens * SECOND_NS / spread if later_tokens > 0 and spread else None,
        e2e_tokens_s=output_tokens * SECOND_NS / end_ns if output_tokens and end_ns > 0 else None,
        coalesced_ratio=_coalesced(data_ns),
    )


def _known_ends(timeline: Timeline, output_tokens: int | None) -> Pace:
    """What can be said where not every read was timed: at most the head and the end."""
    head_ns = timeline.head_ns if timeline.timing in ("ends", "head") else None
    end_ns = timeline.ending.at_ns if timeline.timing == "ends" else None
    return Pace(
        head_ns=head_ns,
        ttfb_ns=None,
        ttfe_ns=None,
        ttft_ns=None,
        visible_ttft_ns=None,
        last_ns=None,
        end_ns=end_ns,
        gaps=None,
        gap_p50_ns=None,
        gap_p95_ns=None,
        gap_p99_ns=None,
        gap_max_ns=None,
        stalls=None,
        stalled_ns=None,
        tpot_ns=None,
        decode_tokens_s=None,
        e2e_tokens_s=output_tokens * SECOND_NS / end_ns if output_tokens and end_ns else None,
        coalesced_ratio=None,
        timing=timeline.timing,
    )


def said_moments(deltas: Iterable[Delta]) -> list[int]:
    """The moments at which something was said, in rising order, each once; nanoseconds."""
    return sorted({delta.at_ns for delta in deltas if _is_said(delta)})


def gaps_of(deltas: Iterable[Delta]) -> list[int]:
    """The silences between the moments at which something was said, in the order of time."""
    return [later - earlier for earlier, later in pairwise(said_moments(deltas))]


def _is_said(delta: Delta) -> bool:
    """Whether something came with it that a reader of the stream was waiting for."""
    if isinstance(delta, _SPOKEN):
        return bool(delta.delta)
    return isinstance(delta, Media)


def _coalesced(data_ns: Sequence[int]) -> float | None:
    """Frames whose last byte came in one read with that of a neighbour, of all frames."""
    if not data_ns:
        return None
    if len(set(data_ns)) == len(data_ns):
        return 0.0
    shared = 0
    for index, at_ns in enumerate(data_ns):
        before = index > 0 and data_ns[index - 1] == at_ns
        behind = index + 1 < len(data_ns) and data_ns[index + 1] == at_ns
        shared += before or behind
    return shared / len(data_ns)


Number = TypeVar("Number", int, float)


def percentile(ordered: Sequence[Number], percent: float) -> Number | None:
    """The nearest-rank percentile of values in rising order: always one of them."""
    if not ordered:
        return None
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]
