"""The shape of an answer: what stays the same when a provider gives another answer of its kind.

Names of headers and events, which event follows which, the keys and types of their JSON: never
what was said. A shape is a set of facts, each with the first frame that shows it, so that shapes
add up. Knows interactions, frames and their JSON; nothing of what they mean.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from wiretape.cassettes.dialects.delta import End
from wiretape.cassettes.dialects.payload import NotJson, decode_json, unwrapped_base64
from wiretape.cassettes.diff.headers import header_names
from wiretape.cassettes.diff.json_shape import Json, json_facts, word_of
from wiretape.cassettes.framing.frame import Frame
from wiretape.cassettes.http1 import header
from wiretape.cassettes.meaning import HTTP_ERROR, Meaning
from wiretape.cassettes.model import Interaction

FactKind = Literal["header", "event", "follows", "key", "value"]


class Fact(msgspec.Struct, frozen=True, order=True, gc=False):
    """One thing about an answer."""

    kind: FactKind
    event: str = ""
    """Name of the event; for `follows`, of the later one."""
    place: str = ""
    """JSON place, SSE field (`event:`), or header; for `follows`, the kind of part that both are
    in, empty for the stream as a whole."""
    what: str = ""
    """Type, word, or for `follows` the earlier event."""


class Head(msgspec.Struct, frozen=True):
    """What an answer has one of."""

    status: str
    """Empty where no response came."""
    content_type: str
    """Without its parameters."""
    api: str
    framing: str


class Shape(msgspec.Struct, frozen=True):
    """What an answer looks like."""

    number: int
    """Of the interaction."""
    head: Head
    failed: bool
    """Whether it is an HTTP error, or no answer at all."""
    finished: bool
    """Whether it came to its end: what another lacks can only be told then."""
    half: bool
    """Whether nothing in it says so: where others of its kind say it, it broke off."""
    content: frozenset[str]
    """What kinds of content it has: `text`, `tool_start`, ..."""
    facts: dict[Fact, int]
    """Each with the first frame that shows it; 0 for the head."""
    shown_by: int = 0
    """Number of the interaction with those frames."""


START, STOP = "(start)", "(end)"
UNNAMED = "(data)"
DONE = "[DONE]"
_QUIET = frozenset({"ping", "keepalive"})
"""Events that come at any time, or never."""


def shape_of(interaction: Interaction, meaning: Meaning) -> Shape:
    """The shape of an interaction that has been read."""
    response = interaction.response
    if response is None:
        head = Head("", "", "", "")
        return Shape(interaction.number, head, True, False, False, frozenset(), {})
    facts = {Fact("header", place=name): 0 for name in header_names(response.headers)}
    events = [_event(frame) for frame in meaning.frames if _says(frame)]
    for event in events:
        _add_event(facts, event)
    finished = _is_finished(interaction, meaning)
    if meaning.streamed:
        _add_order(facts, events, finished)
    content_type = (header(response.headers, "content-type") or "").partition(";")[0]
    return Shape(
        interaction.number,
        Head(str(response.status), content_type.strip().lower(), meaning.api, meaning.framing),
        response.status >= HTTP_ERROR,
        finished,
        _is_half(meaning),
        _CONTENT & {delta.__struct_config__.tag for delta in meaning.deltas},
        facts,
        interaction.number,
    )


_CONTENT = frozenset({"text", "reasoning", "tool_start", "refusal", "citation", "media"})


class _Event(msgspec.Struct, frozen=True):
    """A frame, named."""

    frame: Frame
    name: str
    value: Json | NotJson


def _says(frame: object) -> bool:
    return isinstance(frame, Frame) and frame.kind == "data" and not frame.sent


def _event(frame: object) -> _Event:
    assert isinstance(frame, Frame)
    if frame.data.strip() == DONE.encode():
        return _Event(frame, DONE, NotJson(""))
    value = decode_json(frame.data)
    if frame.name == "chunk" and isinstance(value, dict) and isinstance(value.get("bytes"), str):
        inner = unwrapped_base64(value["bytes"])  # Bedrock's InvokeModel, the model's own event
        value = value if inner is None else decode_json(inner)
    return _Event(frame, _name(frame, value), value)


_SAYS_NOTHING = frozenset({"", "message", "chunk", "data"})
"""Names of frames that do not tell one event from another."""


def _name(frame: Frame, value: Json | NotJson) -> str:
    """What the event is called: by its frame, or by itself."""
    if frame.name not in _SAYS_NOTHING:
        return frame.name
    if isinstance(value, dict):
        named = (word_of(value.get(key)) for key in ("type", "event_type", "method", "object"))
        own = next(filter(None, named), "")
        return own or ("error" if value.get("error") else frame.name or UNNAMED)
    return frame.name or UNNAMED


def _add_event(facts: dict[Fact, int], event: _Event) -> None:
    number, name = event.frame.number, event.name
    facts.setdefault(Fact("event", name), number)
    for field in _fields(event.frame):
        facts.setdefault(Fact("key", name, field, "line"), number)
    if name == DONE:
        return
    if isinstance(event.value, NotJson):
        facts.setdefault(Fact("key", name, "$", "no JSON"), number)
        return
    for kind, place, what in json_facts(event.value):
        fact = Fact("key" if kind == "key" else "value", name, place, what)
        if fact not in facts and (kind == "key" or what != name):
            facts[fact] = number


def _fields(frame: Frame) -> Iterator[str]:
    """The SSE fields beside `data`."""
    if frame.raw.startswith(b"event:") or b"\nevent:" in frame.raw:
        yield "event:"
    yield from (f"{name}:" for name in ("id", "retry") if name in frame.headers)


def _is_finished(interaction: Interaction, meaning: Meaning) -> bool:
    """Whether the body is whole; or a client left, or a server broke off, behind the last word."""
    if interaction.timeline.ending.kind == "complete":
        return True
    return any(isinstance(d, End) and d.clean and d.via != "eof" for d in meaning.deltas)


def _is_half(meaning: Meaning) -> bool:
    """Whether a stream neither says that it is over nor how it finished. A proxy that lost its
    upstream may end the body as if nothing were."""
    answer = meaning.answer
    return (
        meaning.streamed
        and meaning.api != ""
        and not answer.ended
        and not any(choice.finish for choice in answer.choices)
    )


_PARTS = ("output_index", "item_id", "contentBlockIndex", "index")
_PART_STARTS = ("item", "content_block", "part", "delta")


def _add_order(facts: dict[Fact, int], events: Iterable[_Event], finished: bool) -> None:
    """Which event follows which: in the stream, where a part counts as one, and in each kind of
    part. How many parts there are, and how many deltas, is of no weight, nor are pings."""
    last: dict[tuple[str, str], tuple[str, str]] = {}
    """Part to its kind, and the last event in it."""
    before = START
    number = 0
    for event in events:
        if event.name in _QUIET:
            continue
        number = event.frame.number
        name = event.name
        if part := _part(event.value):
            kind, earlier = last.get(part) or (_part_kind(event), START)
            _follows(facts, kind, earlier, name, number)
            last[part] = (kind, name)
            name = "(part)"
        _follows(facts, "", before, name, number)
        before = name
    if finished:
        _follows(facts, "", before, STOP, number)
        for kind, name in last.values():
            _follows(facts, kind, name, STOP, number)


def _follows(facts: dict[Fact, int], part: str, earlier: str, later: str, number: int) -> None:
    if earlier != later:
        facts.setdefault(Fact("follows", later, part, earlier), number)


def _part(value: Json | NotJson) -> tuple[str, str] | None:
    """Which part of the answer an event is about; None where it is about all of it."""
    if isinstance(value, dict):
        for key in _PARTS:
            if isinstance(value.get(key), int | str):
                return key, str(value[key])
    return None


def _part_kind(event: _Event) -> str:
    """`message`, `tool_use`, ...; else the event that opens it."""
    for key in _PART_STARTS:
        value = event.value.get(key) if isinstance(event.value, dict) else None
        if isinstance(value, dict) and (kind := word_of(value.get("type"))):
            return kind
    return event.name
