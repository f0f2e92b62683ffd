"""The events of a stream, and a stream put together again from changed ones.

An event is a frame that carries something: neither a comment nor an empty frame, nor a keepalive
(`ping` of Anthropic, `keepalive` of OpenAI). `[DONE]` is one. Events are counted from 1. A content
coding is taken off first, since nobody can change one event of a compressed body. Pure.
"""

import random
from collections.abc import Callable, Iterable, Sequence

import msgspec

from wiretape.cassettes.dialects.delta import End, Finish
from wiretape.cassettes.dialects.detection import api_of, api_of_path, framing_of
from wiretape.cassettes.framing.decoding import frames_in
from wiretape.cassettes.framing.frame import Frame, Framing, Malformed
from wiretape.cassettes.framing.sse import BOM
from wiretape.cassettes.http1 import header
from wiretape.cassettes.model import Interaction
from wiretape.replay.faults.fault import DoesNotApply, NoEvents
from wiretape.replay.faults.message import with_payload
from wiretape.replay.faults.runs import (
    Run,
    answered,
    runs_of,
    split_runs,
    with_runs,
    without_coding,
)

_STREAMED = frozenset[Framing]({"sse", "ndjson", "eventstream", "json_array"})
_KEEPALIVES = (
    b'{"type": "ping"',
    b'{"type":"ping"',
    b'{"type":"keepalive"',
    b'{"type": "keepalive"',
)
_SEPARATOR = b",\n"


class Event(msgspec.Struct, frozen=True):
    """A frame, or bytes between frames."""

    frame: Frame | Malformed
    runs: tuple[Run, ...]
    """The bytes of the wire, cut where the reads were."""
    counts: bool
    """Whether it carries something."""

    @property
    def raw(self) -> bytes:
        return b"".join(run.data for run in self.runs)

    def with_raw(self, raw: bytes) -> "Event":
        """Other bytes, which come when the last of these came."""
        return msgspec.structs.replace(self, runs=(self.runs[-1]._replace(data=raw),))


class Stream(msgspec.Struct, frozen=True):
    """A response in frames, content coding removed."""

    interaction: Interaction
    framing: Framing
    api: str
    frames: tuple[Event, ...]
    """All of them in order; their runs are the body."""

    @property
    def places(self) -> list[int]:
        """Where among the frames the events stand."""
        return [place for place, event in enumerate(self.frames) if event.counts]

    def with_frames(self, frames: Iterable[Event]) -> Interaction:
        """The interaction with other frames, or the same in another order."""
        kept = _joined(self.framing, self.frames, list(frames))
        return with_runs(self.interaction, [run for event in kept for run in event.runs])

    def ends(self) -> list[int]:
        """The events, by place among the frames, that say the answer is over: the sentinel or the
        terminal event; of an API that has none, all from the one with the finish reason on."""
        named = self._saying(lambda delta: isinstance(delta, End))
        # Some send it behind a terminal event, where a dialect has no more to say.
        named = sorted({*named, *filter(self._is_sentinel, self.places)})
        if named:
            return named
        finish = self._saying(lambda delta: isinstance(delta, Finish))
        return [place for place in self.places if finish and place >= finish[0]]

    def _is_sentinel(self, place: int) -> bool:
        frame = self.frames[place].frame
        return isinstance(frame, Frame) and frame.data.strip() == b"[DONE]"

    def _saying(self, wanted: Callable[[object], bool]) -> list[int]:
        # Every dialect there is: only for the faults that look for the end of an answer.
        from wiretape.cassettes.dialects.registry import DIALECTS

        make = DIALECTS.get(self.api)
        if make is None:
            return []
        dialect = make()
        found: list[int] = []
        for place, event in enumerate(self.frames):
            if isinstance(event.frame, Frame) and any(map(wanted, dialect.read(event.frame))):
                found.append(place)
        return found


def stream_of(interaction: Interaction) -> Stream:
    """Raises NoEvents where the response is no stream, DoesNotApply where it cannot be read."""
    plain = without_coding(interaction)
    response = answered(plain)
    framing = framing_of(header(response.headers, "content-type") or "", response.body).framing
    if framing not in _STREAMED:
        raise NoEvents("the response is no stream of events")
    runs = runs_of(plain)
    frames = list(frames_in(framing, ((run.data, run.at_ns) for run in runs)))
    parts = split_runs(runs, [len(frame.raw) for frame in frames])
    events = [
        Event(frame, tuple(part), _counts(frame))
        for frame, part in zip(frames, parts, strict=False)
        if part
    ]
    named = api_of_path(plain.request.target)
    api = api_of(named, (frame for frame in frames if isinstance(frame, Frame))).api
    return Stream(plain, framing, api, tuple(events))


def some_at_least(count: int) -> None:
    """Raises ValueError for no event at all."""
    if count < 1:
        raise ValueError("count is at least 1")


def chosen(
    stream: Stream, n: int, every: int, count: int, rng: random.Random, last: int = 0
) -> list[int]:
    """Places among the frames of the events meant: the `n`-th, or `every` so many (from the `n`-th
    on where both are said), or `count` of them by the seed. The last `last` are not eligible."""
    places = stream.places
    eligible = places[: len(places) - last]
    if n:
        if n > len(eligible):
            raise DoesNotApply(f"the stream has no event {n} to do it to, only {len(eligible)}")
        return eligible[n - 1 :: every or len(eligible)]
    if every:
        meant = eligible[every - 1 :: every]
        if not meant:
            raise DoesNotApply(f"the stream has {len(eligible)} events to do it to, not {every}")
        return meant
    if not eligible:
        raise DoesNotApply("the stream has no event to do it to")
    return sorted(rng.sample(eligible, min(count, len(eligible))))


def with_data(stream: Stream, event: Event, data: bytes) -> Event:
    """The event with another payload, in the same wrapping. Raises DoesNotApply where its payload
    stands on several lines."""
    assert isinstance(event.frame, Frame)
    raw = event.raw
    if stream.framing == "eventstream":
        return event.with_raw(with_payload(raw, data))
    start = raw.find(event.frame.data)
    if start < 0:
        raise DoesNotApply("the data of the event stand on several lines")
    return event.with_raw(raw[:start] + data + raw[start + len(event.frame.data) :])


def _counts(frame: Frame | Malformed) -> bool:
    if isinstance(frame, Malformed) or frame.kind != "data":
        return False
    return frame.name not in ("ping", "keepalive") and not frame.data.startswith(_KEEPALIVES)


def _joined(framing: Framing, before: Sequence[Event], after: list[Event]) -> list[Event]:
    """What stands between frames by their place, not by what they are: put back in its place."""
    if framing == "json_array":
        return _as_array(after)
    if framing == "ndjson":
        return [
            event
            if place == len(after) - 1 or event.raw.endswith(b"\n")
            else event.with_raw(event.raw + b"\n")
            for place, event in enumerate(after)
        ]
    if framing == "sse" and before and after and before[0].raw.startswith(BOM):
        bare = [
            event.with_raw(event.raw.removeprefix(BOM)) if event.raw.startswith(BOM) else event
            for event in after
        ]
        return [bare[0].with_raw(BOM + bare[0].raw), *bare[1:]]
    return after


def _as_array(events: list[Event]) -> list[Event]:
    """The bracket before the first element, a comma before each other one."""
    if not any(isinstance(one.frame, Frame) and one.frame.kind == "data" for one in events):
        return [one.with_raw(b"[]") if one.raw.strip() == b"]" else one for one in events]
    joined: list[Event] = []
    first = True
    for event in events:
        if not isinstance(event.frame, Frame) or event.frame.kind != "data":
            joined.append(event)
            continue
        raw = event.raw
        bare = raw.lstrip(b"[, \t\r\n")
        if raw.startswith(b"{"):
            bare = raw
        opens = raw.lstrip().startswith(b"[")
        right = opens if first else raw.lstrip().startswith(b",")
        joined.append(event if right else event.with_raw((b"[" if first else _SEPARATOR) + bare))
        first = False
    return joined
