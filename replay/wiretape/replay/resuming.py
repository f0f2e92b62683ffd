"""Streams taken up again behind an event, out of the recording of the whole stream.

A client whose stream broke asks for what is behind the last event it saw:

    GET /v1/responses/ID?stream=true&starting_after=N    `sequence_number` of OpenAI's Responses
    GET /v1beta/interactions/ID?stream=true&last_event_id=E    `event_id` of Gemini's Interactions
    GET with Last-Event-ID: E    `id` of server-sent events (WHATWG HTML, section 9.2; MCP)

Where it breaks depends on the run, so the tape seldom has that very request. Pure; knows
recordings and their frames, nothing of what was played.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Literal
from urllib.parse import parse_qs

import msgspec
from msgspec.structs import replace

from wiretape.cassettes.framing.frame import Frame
from wiretape.cassettes.http1 import header, tokens
from wiretape.cassettes.model import Chunk, Interaction, Request, Timeline
from wiretape.replay.derived import Derived
from wiretape.replay.faults.fault import DoesNotApply
from wiretape.replay.faults.frames import Event, Stream, stream_of

_LONGEST_NUMBER = 18
"""Digits of a sequence number."""


class Mark(msgspec.Struct, frozen=True):
    """The last event that a client says it saw."""

    kind: Literal["sequence_number", "event_id", "id"]
    value: str


class _Marked(msgspec.Struct, gc=False):
    """What events carry to be found by; whatever types a provider gives them."""

    sequence_number: Any = None
    event_id: Any = None


_decoder = msgspec.json.Decoder(_Marked)


def mark_of(request: Request) -> Mark | None:
    """Behind which event a request wants to go on; None where it is no resume."""
    if request.method != "GET":
        return None
    last = header(request.headers, "last-event-id")
    if last is not None:
        return Mark("id", last)
    query = request.target.partition("?")[2]
    if "stream=" not in query:
        return None
    asked = parse_qs(query)
    if asked.get("stream") != ["true"]:
        return None
    if "starting_after" in asked:
        return Mark("sequence_number", asked["starting_after"][-1])
    return Mark("event_id", asked["last_event_id"][-1]) if "last_event_id" in asked else None


class Resumes:
    """The streams of a tape, to be taken up again anywhere."""

    def __init__(self, tape: Iterable[Interaction]) -> None:
        self._by_path: defaultdict[tuple[str, str], list[Interaction]] = defaultdict(list)
        for one in tape:
            path = one.request.target.partition("?")[0]
            self._by_path[one.upstream, path].append(one)
        self._derived = Derived()

    def on_tape(self, mark: Mark, upstream: str, request: Request) -> bool:
        """Whether a recording with the key of this request is of this very resume: the key has the
        query in it, but no header."""
        if mark.kind != "id":
            return True
        path = request.target.partition("?")[0]
        return any(
            header(one.request.headers, "last-event-id") == mark.value
            for one in self._by_path.get((upstream, path), ())
            if one.request.method == "GET"
        )

    def behind(self, mark: Mark, upstream: str, request: Request) -> Interaction | None:
        """What is behind the event in the recording that has most behind it, those first that came
        to their end. None where no recording has the event."""
        best: tuple[tuple[bool, int], Stream, int] | None = None
        for stream in self._streams(mark, upstream, request):
            place = _place_of(mark, stream)
            if place is None:
                continue
            whole = stream.interaction.timeline.ending.kind == "complete"
            rank = (whole, len(stream.frames) - place)
            if best is None or rank > best[0]:
                best = rank, stream, place
        if best is None:
            return None
        _, found, at = best
        key = (found.interaction.number, id(found.interaction.request), at)
        return self._derived.get(key, lambda: _from(found, at))

    def _streams(self, mark: Mark, upstream: str, request: Request) -> Iterator[Stream]:
        """Those that may be meant: of the same path, and of the path under which the stream was
        made, if its id is in there."""
        path = request.target.partition("?")[0]
        parent, _, name = path.rpartition("/")
        for one in self._by_path.get((upstream, path), ()):
            yield from _stream(one, mark.value if mark.kind == "id" else "")
        if mark.kind != "id" and name:
            for one in self._by_path.get((upstream, parent), ()):
                yield from _stream(one, name)


def _stream(interaction: Interaction, mentions: str) -> Iterator[Stream]:
    """The stream of an interaction, if it is one and a text is in it."""
    response = interaction.response
    text = mentions.encode("utf-8", "replace")
    if response is None:
        return
    coded = tokens(response.headers, "content-encoding") - {"identity"}
    if text not in response.body and not coded:
        return  # before it is taken apart, which takes a thousand times as long
    try:
        stream = stream_of(interaction)
    except DoesNotApply:
        return
    if not coded or any(text in event.frame.raw for event in stream.frames):
        yield stream


def _place_of(mark: Mark, stream: Stream) -> int | None:
    """The place among the frames of the event that a client saw last."""
    if mark.kind == "sequence_number":
        return _place_of_number(mark.value, stream)
    for place, event in enumerate(stream.frames):
        frame = event.frame
        if not isinstance(frame, Frame):
            continue
        if mark.kind == "id":
            if frame.headers.get("id") == mark.value:
                return place
        elif _marked(event).event_id == mark.value:
            return place
    return None


def _place_of_number(value: str, stream: Stream) -> int | None:
    """The last frame up to a sequence number; the stream must reach that far, and begin there."""
    if not value.isascii() or not value.isdecimal() or len(value) > _LONGEST_NUMBER:
        return None
    number = int(value)
    last, highest = None, -1
    for place, event in enumerate(stream.frames):
        found = _marked(event).sequence_number
        if type(found) is int:
            highest = max(highest, found)
            if found <= number:
                last = place
    return last if highest >= number else None


def _marked(event: Event) -> _Marked:
    if not isinstance(event.frame, Frame) or not event.frame.data.startswith(b"{"):
        return _Marked()
    try:
        return _decoder.decode(event.frame.data)
    except ValueError:
        return _Marked()


def _from(stream: Stream, place: int) -> Interaction:
    """The frames behind one, as far apart as they were, from the moment when that one was there."""
    zero_ns = stream.frames[place].frame.last_ns
    rest = stream.with_frames(stream.frames[place + 1 :])
    return replace(rest, timeline=_since(rest.timeline, zero_ns))


def _since(timeline: Timeline, zero_ns: int) -> Timeline:
    ending = timeline.ending
    return Timeline(
        sent=(),
        head_ns=0,
        received=tuple(Chunk(max(0, one.at_ns - zero_ns), one.size) for one in timeline.received),
        ending=replace(ending, at_ns=max(0, ending.at_ns - zero_ns)),
    )
