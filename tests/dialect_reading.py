"""For tests of dialects: bodies made of JSON, read through the real decoders; and bodies that no
provider would send."""

import copy
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from hypothesis import strategies as st

from wiretape.cassettes.dialects.answer import Answer
from wiretape.cassettes.dialects.answering import answer_of
from wiretape.cassettes.dialects.delta import Delta, End
from wiretape.cassettes.dialects.dialect import Dialect
from wiretape.cassettes.framing.decoding import frames_in
from wiretape.cassettes.framing.frame import Frame, Framing

Json = Any

json_values: st.SearchStrategy[Json] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def sse(*payloads: Json, named: str = "") -> bytes:
    """A body of events: bytes as they are, else as JSON; `event:` lines of the member `named`."""
    lines = []
    for payload in payloads:
        data = payload if isinstance(payload, bytes) else msgspec.json.encode(payload)
        name = payload.get(named) if named and isinstance(payload, dict) else None
        event = b"event: %b\n" % name.encode() if isinstance(name, str) else b""
        lines.append(event + b"data: " + data + b"\n\n")
    return b"".join(lines)


def read(dialect: Dialect, body: bytes, framing: Framing = "sse") -> list[Delta]:
    """The deltas of a stream, its end included."""
    deltas: list[Delta] = []
    for frame in frames_in(framing, [(body, 1000)]):
        if isinstance(frame, Frame):
            deltas.extend(dialect.read(frame))
    deltas.extend(dialect.finish(2000))
    return deltas


def read_whole(dialect: Dialect, value: Json) -> list[Delta]:
    """The deltas of an answer that is one JSON value."""
    return list(dialect.read_whole(msgspec.json.encode(value), 1000))


def said(answer: Answer) -> Json:
    """An answer without frame numbers, times and the provider's names for things."""
    return _bare(msgspec.to_builtins(answer))


_OF_THE_STREAM = ("frame", "at_ns", "raw_type", "mode", "partial_index")


def _bare(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _bare(said) for key, said in value.items() if key not in _OF_THE_STREAM}
    if isinstance(value, list | tuple):
        return [_bare(one) for one in value]
    return value


def answer(dialect: Dialect, body: bytes, framing: Framing = "sse") -> Answer:
    """What a stream says."""
    return answer_of(read(dialect, body, framing))


def whole_answer(dialect: Dialect, value: Json) -> Answer:
    """What an answer says that is one JSON value."""
    return answer_of(read_whole(dialect, value))


@st.composite
def garbled(draw: st.DrawFn, events: Sequence[Json]) -> bytes:
    """A body of some of the events, in any order, with members missing or replaced by any JSON;
    between them any JSON, and any bytes."""
    payloads: list[bytes] = []
    for _ in range(draw(st.integers(1, 6))):
        kind = draw(st.integers(0, 9))
        if kind == 0:
            payloads.append(msgspec.json.encode(draw(json_values)))
        elif kind == 1:
            payloads.append(draw(st.binary(max_size=20)).replace(b"\n", b"").replace(b"\r", b""))
        else:
            event = copy.deepcopy(draw(st.sampled_from(events)))
            for _ in range(draw(st.integers(0, 3))):
                event = _replaced(draw, event)
            payloads.append(msgspec.json.encode(event))
    return b"".join(b"data: " + payload + b"\n\n" for payload in payloads)


def _replaced(draw: st.DrawFn, value: Json) -> Json:
    """The value with one member, anywhere in it, gone or another."""
    if isinstance(value, dict) and value and draw(st.integers(0, 4)):
        key = draw(st.sampled_from(sorted(value)))
        if draw(st.integers(0, 5)) == 0:
            del value[key]
        else:
            value[key] = _replaced(draw, value[key])
        return value
    if isinstance(value, list) and value and draw(st.integers(0, 4)):
        place = draw(st.integers(0, len(value) - 1))
        value[place] = _replaced(draw, value[place])
        return value
    return draw(json_values)


def never_raises(make: Callable[[], Dialect], body: bytes) -> None:
    """Reads the body as a stream and as a whole: deltas that can be written down, one `End` that
    comes from the stream, an answer."""
    deltas = read(make(), body)
    assert sum(isinstance(delta, End) for delta in deltas) == 1
    msgspec.json.encode(deltas)
    answer_of(deltas)
    for payload in body.split(b"\n\n"):
        whole = make().read_whole(payload.removeprefix(b"data: "), 1000)
        assert isinstance(whole[-1], End)
        answer_of(whole)
