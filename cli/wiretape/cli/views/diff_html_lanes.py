"""What is drawn of a stream: when what kind of thing came, the silences, and where it stopped.

Numbers only; drawing them is `diff_html_streams`. Pure.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from wiretape.cassettes.dialects.delta import (
    Delta,
    Error,
    Media,
    Reasoning,
    Refusal,
    Text,
    ToolArgs,
    ToolEnd,
    ToolOutput,
    ToolStart,
    ToolStatus,
    Transcript,
)
from wiretape.cassettes.diff.comparison import Side
from wiretape.cassettes.model import EndingKind
from wiretape.cassettes.pace import STALL_NS, said_moments
from wiretape.cli.units import counted, ending_name, human_time
from wiretape.cli.views.diff_total import place_words

TRACKS = ("text", "reasoning", "tools", "refusal", "media", "other")
"""The kinds that are told apart, in the order they are drawn."""

_TOOLS = (ToolStart, ToolArgs, ToolEnd, ToolStatus, ToolOutput)


class Moment(NamedTuple):
    """When a delta came."""

    at_ns: int
    size: int
    """Characters."""
    order: int
    """Place among the deltas of the stream, from 1."""


class Track(msgspec.Struct, frozen=True):
    """The deltas of one kind."""

    name: str
    moments: tuple[Moment, ...]
    """In the order they came."""

    @property
    def deltas(self) -> int:
        return len(self.moments)

    @property
    def characters(self) -> int:
        return sum(moment.size for moment in self.moments)


class Lane(msgspec.Struct, frozen=True):
    """One side's stream."""

    label: str
    place: str
    """File and number."""
    tracks: tuple[Track, ...]
    first_ns: int | None
    """The first token."""
    stalls: tuple[tuple[int, int], ...]
    """From and to, each."""
    errors_ns: tuple[int, ...]
    """Of those that the provider sent; how the connection ended is `ending`."""
    end_ns: int
    ending: EndingKind
    streamed: bool
    timed: bool = True
    """Whether its reads were timed; what is imported from other tools was not."""


def lane_of(side: Side, label: str) -> Lane:
    """The lane of a side."""
    meaning, timeline = side.meaning, side.interaction.timeline
    timed = timeline.timing == "reads"
    moments = said_moments(meaning.deltas) if timed else []
    stalls = tuple(pair for pair in pairwise(moments) if pair[1] - pair[0] > STALL_NS)
    return Lane(
        label=label,
        place=place_words(side),
        tracks=_tracks(meaning.deltas),
        first_ns=moments[0] if moments else None,
        stalls=stalls,
        errors_ns=tuple(delta.at_ns for delta in meaning.deltas if _is_error(delta)),
        end_ns=timeline.ending.at_ns,
        ending=timeline.ending.kind,
        streamed=meaning.streamed,
        timed=timed,
    )


def _tracks(deltas: Sequence[Delta]) -> tuple[Track, ...]:
    moments: dict[str, list[Moment]] = {name: [] for name in TRACKS}
    for order, delta in enumerate(deltas, 1):
        moments[_track(delta)].append(Moment(delta.at_ns, _size(delta), order))
    return tuple(Track(name, tuple(found)) for name, found in moments.items() if found)


def _track(delta: Delta) -> str:
    if isinstance(delta, Text | Transcript):
        return "text"
    if isinstance(delta, Reasoning):
        return "reasoning"
    if isinstance(delta, _TOOLS):
        return "tools"
    if isinstance(delta, Refusal):
        return "refusal"
    return "media" if isinstance(delta, Media) else "other"


def _is_error(delta: Delta) -> bool:
    return isinstance(delta, Error) and delta.origin != "transport"


def _size(delta: Delta) -> int:
    if isinstance(delta, Text | Transcript | Reasoning | ToolArgs | Refusal):
        return len(delta.delta)
    return 0


def has_pace(lane: Lane) -> bool:
    """Whether its deltas came at more than one moment."""
    return len({moment.at_ns for track in lane.tracks for moment in track.moments}) > 1


def in_order(lane: Lane) -> Lane:
    """The lane with places in the order of its deltas in the stead of times: what can be drawn
    where a tape has no times."""
    moments = [moment for track in lane.tracks for moment in track.moments]
    said = (moment.order for moment in moments if moment.size)
    return replace(
        lane,
        tracks=tuple(
            replace(track, moments=tuple(one._replace(at_ns=one.order) for one in track.moments))
            for track in lane.tracks
        ),
        first_ns=None if lane.first_ns is None else min(said, default=1),
        stalls=(),
        errors_ns=(),
        end_ns=len(moments),
    )


def spoken(lane: Lane) -> str:
    """The lane in words, for whoever does not see it."""
    return f"{lane.label}: " + "; ".join(_facts(lane)) + "."


def _facts(lane: Lane) -> Iterator[str]:
    if not lane.streamed:
        yield "one answer, not streamed"
    elif not lane.timed:
        yield "no timing"
    elif lane.tracks and not has_pace(lane):
        yield "everything came at one moment"
    if lane.first_ns is not None:
        yield f"first token after {human_time(lane.first_ns)}"
    for track in lane.tracks:
        first, last = track.moments[0].at_ns, track.moments[-1].at_ns
        size = f" ({counted(track.characters, 'character')})" if track.characters else ""
        yield (
            f"{track.name}: {counted(track.deltas, 'delta')}{size}, "
            f"{human_time(first)} to {human_time(last)}"
        )
    for start, stop in lane.stalls:
        yield f"silent for {human_time(stop - start)} from {human_time(start)} on"
    for at_ns in lane.errors_ns:
        yield f"error after {human_time(at_ns)}"
    yield f"{ending_name(lane.ending)} after {human_time(lane.end_ns)}"


Measure = Callable[[Lane], str]
"""A cell of the table that says what is drawn."""


def drawn_measures(lanes: Sequence[Lane]) -> Iterator[tuple[str, Measure]]:
    """The numbers of the drawing, named: a row each."""
    yield "interaction", lambda lane: lane.place
    yield "first token", lambda lane: "" if lane.first_ns is None else human_time(lane.first_ns)
    for name in TRACKS:
        if any(track.name == name for lane in lanes for track in lane.tracks):
            yield f"{name} deltas", _track_measure(name)
    yield "stalls", _stalls_text
    yield "end", lambda lane: f"{ending_name(lane.ending)}, {human_time(lane.end_ns)}"


def _track_measure(name: str) -> Measure:
    def cell(lane: Lane) -> str:
        found = next((track for track in lane.tracks if track.name == name), None)
        if found is None:
            return ""
        size = f", {counted(found.characters, 'character')}" if found.characters else ""
        first, last = found.moments[0].at_ns, found.moments[-1].at_ns
        when = human_time(first) if first == last else f"{human_time(first)} to {human_time(last)}"
        return f"{found.deltas:,}{size}, {when}"

    return cell


MOST_STALLS = 5
"""Named one by one; the rest is counted."""


def _stalls_text(lane: Lane) -> str:
    named = [
        f"{human_time(stop - start)} from {human_time(start)}"
        for start, stop in lane.stalls[:MOST_STALLS]
    ]
    if len(lane.stalls) > MOST_STALLS:
        named.append(f"{len(lane.stalls) - MOST_STALLS:,} more")
    return "; ".join(named) or "none"
