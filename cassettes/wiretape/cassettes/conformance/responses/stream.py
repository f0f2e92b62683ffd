"""The events of a Responses stream, read from its frames, and what cannot be read as one.

Gives each event its frame and its decoded body; a stream of a WebSocket is divided into one for
each response. Knows nothing of what events mean.
"""

from collections.abc import Iterator

import msgspec

from wiretape.cassettes.conformance.objects import kind_of
from wiretape.cassettes.conformance.responses.profiles import ALL, WIRE
from wiretape.cassettes.conformance.rule import Exchange, Finding, Rule, found
from wiretape.cassettes.dialects.delta import Json
from wiretape.cassettes.dialects.payload import NotJson
from wiretape.cassettes.framing.frame import Frame, Malformed

NOT_JSON = Rule(
    "responses.not-json", "error", "prose", "The data of every event is JSON, or `[DONE]`.", ALL
)
NOT_AN_OBJECT = Rule(
    "responses.not-an-object", "error", "prose", "The data of every event is one JSON object.", ALL
)
TYPE_MISSING = Rule(
    "responses.type-missing", "error", "schema", "Every event has a `type`, a string.", ALL
)
NAME_MISSING = Rule(
    "responses.event-line-missing",
    "error",
    "prose",
    "Every event has an `event:` line.",
    WIRE,
)
NAME_DIFFERS = Rule(
    "responses.event-line-differs",
    "error",
    "prose",
    "The `event:` line is equal to the `type` of the body.",
    WIRE,
)
ID_LINE = Rule(
    "responses.id-line", "warning", "prose", "Events have no `id:` line (SHOULD NOT).", WIRE
)

RULES = (NOT_JSON, NOT_AN_OBJECT, TYPE_MISSING, NAME_MISSING, NAME_DIFFERS, ID_LINE)

DONE = b"[DONE]"


class Event(msgspec.Struct, frozen=True):
    """One event."""

    frame: Frame
    type: str
    """Of the body; where it has none, the `event:` line, or `error` where it has that; else
    empty."""
    body: dict[str, Json]


class Stream(msgspec.Struct, frozen=True):
    """The events of one response."""

    events: tuple[Event, ...]
    done: tuple[Frame, ...]
    """Frames that are `[DONE]`."""
    last: Frame | None
    """The last frame with data, of whatever kind."""
    whole: bool
    """Whether it came to its end: nothing that is missing was cut off on the way."""
    resumed: bool = False
    """Whether it goes on from the middle of an answer (`starting_after`)."""
    socket: bool = False
    late: Frame | None = None
    """The first frame with data that follows `[DONE]`."""


def read_events(exchange: Exchange) -> tuple[tuple[Stream, ...], tuple[Finding, ...]]:
    """The streams of an exchange (one, but for WebSockets), and what is wrong with its frames."""
    events: list[Event] = []
    done: list[Frame] = []
    findings: list[Finding] = []
    frames = [
        frame
        for frame in exchange.frames
        if isinstance(frame, Frame) and frame.kind == "data" and not frame.sent
    ]
    for frame in frames:
        if frame.data.strip() == DONE:
            done.append(frame)
            continue
        if done and exchange.framing == "sse":
            continue  # one finding says that there is something
        body = exchange.decode(frame.data)
        findings.extend(_unreadable(frame, body))
        if isinstance(body, dict):
            events.append(_event(frame, body))
            findings.extend(_line_problems(events[-1], exchange))
    whole = exchange.interaction.timeline.ending.kind == "complete" and not any(
        isinstance(frame, Malformed) for frame in exchange.frames
    )
    last = frames[-1] if frames else None
    resumed = "starting_after=" in exchange.interaction.request.target
    socket = exchange.framing == "websocket"
    late = next((frame for frame in frames if done and frame.number > done[0].number), None)
    stream = Stream(tuple(events), tuple(done), last, whole, resumed, socket, late)
    return (tuple(_divided(stream)) if socket else (stream,)), tuple(findings)


def _event(frame: Frame, body: dict[str, Json]) -> Event:
    kind = body.get("type")
    if not isinstance(kind, str):  # llama-server ends a stream with nothing but an `error`
        kind = frame.name or ("error" if "error" in body else "")
    return Event(frame, kind, body)


def _unreadable(frame: Frame, body: Json | NotJson) -> Iterator[Finding]:
    if isinstance(body, NotJson):
        yield found(NOT_JSON, f"the data is no JSON: {body.words}", frame)
    elif not isinstance(body, dict):
        yield found(NOT_AN_OBJECT, f"the data is {kind_of(body)}, not an object", frame)
    elif not isinstance(body.get("type"), str):
        has = f"is {kind_of(body['type'])}" if "type" in body else "is missing"
        yield found(TYPE_MISSING, f"`type` {has}", frame, "$.type")


def _line_problems(event: Event, exchange: Exchange) -> Iterator[Finding]:
    if exchange.framing != "sse":
        return
    frame = event.frame
    if not frame.name and "type" in event.body:
        yield found(NAME_MISSING, f"no `event:` line; the type is {event.type!r}", frame)
    elif frame.name and frame.name != event.type:
        yield found(
            NAME_DIFFERS, f"`event:` says {frame.name!r}, `type` says {event.type!r}", frame
        )
    if "id" in frame.headers:
        yield found(ID_LINE, f"an `id:` line, {frame.headers['id']!r}", frame)


def _divided(stream: Stream) -> Iterator[Stream]:
    """One stream for each `response.created`: a socket carries responses one after the other."""
    starts = [n for n, event in enumerate(stream.events) if event.type == "response.created"]
    ends = [*starts[1:], len(stream.events)]
    for start, end in zip([0, *starts[1:]], ends, strict=False):
        events = stream.events[start:end]
        if events:
            yield msgspec.structs.replace(
                stream,
                events=events,
                done=(),
                last=events[-1].frame,
                whole=stream.whole or end < len(stream.events),
            )


def whole_number(value: Json) -> int | None:
    """The value where it is an integer, else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None
