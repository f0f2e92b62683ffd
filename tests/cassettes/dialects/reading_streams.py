"""Short streams made by hand, read by a dialect; and streams broken at random."""

import copy
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from hypothesis import strategies as st

from wiretape.cassettes.dialects.answer import Answer
from wiretape.cassettes.dialects.answering import answer_of
from wiretape.cassettes.dialects.delta import Delta, Unknown
from wiretape.cassettes.dialects.dialect import Dialect
from wiretape.cassettes.framing.decoding import frames_in
from wiretape.cassettes.framing.frame import Frame, Framing, Malformed

Json = Any


def frame(number: int, data: bytes, name: str = "", **headers: str) -> Frame:
    """A data frame that came at a microsecond of its own."""
    told = {f":{key.replace('_', '-')}": value for key, value in headers.items()}
    return Frame(number, "data", name, data, data, 0, number * 1000, number * 1000, told)


def sse(*events: dict[str, Json]) -> list[Frame]:
    """Frames of events whose name is their `type`."""
    return [
        frame(number, msgspec.json.encode(event), str(event.get("type", "")))
        for number, event in enumerate(events, 1)
    ]


def lines(*values: Json) -> list[Frame]:
    """Frames without a name."""
    return [frame(number, msgspec.json.encode(value)) for number, value in enumerate(values, 1)]


def named(*events: tuple[str, Json]) -> list[Frame]:
    """Frames with a name and a payload, as eventstream has them."""
    return [
        frame(number, msgspec.json.encode(value), name)
        for number, (name, value) in enumerate(events, 1)
    ]


def read(dialect: Dialect, frames: Iterable[Frame]) -> list[Delta]:
    """All deltas, the end included."""
    deltas = [delta for one in frames for delta in dialect.read(one)]
    return [*deltas, *dialect.finish(99_000)]


def read_body(dialect: Dialect, framing: Framing, body: bytes) -> list[Delta]:
    """The same of a body; all of its bytes are frames."""
    frames = list(frames_in(framing, [(body, 1)]))
    assert b"".join(one.raw for one in frames) == body
    assert not any(isinstance(one, Malformed) for one in frames)
    return read(dialect, (one for one in frames if isinstance(one, Frame)))


def read_whole(dialect: Dialect, value: Json) -> list[Delta]:
    """The deltas of one JSON value."""
    return list(dialect.read_whole(msgspec.json.encode(value), 99_000))


def only(kind: type[Delta], deltas: Sequence[Delta]) -> list[Any]:
    """The deltas of one kind."""
    return [delta for delta in deltas if type(delta) is kind]


def unknown_paths(deltas: Sequence[Delta]) -> list[str]:
    """Where something was not known."""
    return [delta.path for delta in only(Unknown, deltas)]


def meaning(deltas: Sequence[Delta]) -> Answer:
    """The answer without what a stream and a whole answer must differ in: places, provider's
    names of events, the spelling of arguments, and whether counts were running."""
    answer = answer_of(deltas)

    def bare(delta: Any) -> Any:
        return msgspec.structs.replace(delta, frame=0, at_ns=0, raw_type="")

    def bare_choice(choice: Any) -> Any:
        return msgspec.structs.replace(
            choice,
            opaque=tuple(map(bare, choice.opaque)),
            citations=tuple(map(bare, choice.citations)),
            media=tuple(map(bare, choice.media)),
            tool_calls=tuple(
                msgspec.structs.replace(call, args_raw="") for call in choice.tool_calls
            ),
            finish=choice.finish and bare(choice.finish),
        )

    return msgspec.structs.replace(
        answer,
        choices=tuple(map(bare_choice, answer.choices)),
        usage=answer.usage and msgspec.structs.replace(bare(answer.usage), mode="final"),
        errors=tuple(map(bare, answer.errors)),
    )


any_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def broken(draw: st.DrawFn, events: Sequence[Json]) -> Json:
    """One of the events, with members missing or replaced by any JSON."""
    event = copy.deepcopy(draw(st.sampled_from(list(events))))
    for _ in range(draw(st.integers(0, 3))):
        places = list(_places(event))
        if not places:
            break
        holder, key = draw(st.sampled_from(places))
        if isinstance(holder, dict) and draw(st.booleans()):
            del holder[key]
        else:
            holder[key] = draw(any_json)
    return event


def _places(value: Json) -> Iterable[tuple[Any, Any]]:
    keys = value if isinstance(value, dict) else range(len(value))
    for key in list(keys) if isinstance(value, dict | list) else ():
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _places(value[key])


def broken_frames(
    events: Sequence[Json], names: Sequence[str], wrap: Callable[[Json], Json] = lambda value: value
) -> st.SearchStrategy[list[Frame]]:
    """Any sequence of frames: broken events, any JSON, any bytes; under any of the names."""
    payload = (
        (broken(events).map(wrap) | any_json).map(_encoded)
        | st.binary(max_size=20)
        | st.just(b"[DONE]")
    )
    headers = st.sampled_from([{}, {"message_type": "exception"}, {"message_type": "error"}])
    parts = st.tuples(payload, st.sampled_from(list(names)), headers)
    return st.lists(parts, max_size=8).map(
        lambda found: [
            frame(number, data, name, **told) for number, (data, name, told) in enumerate(found, 1)
        ]
    )


def _encoded(value: Json) -> bytes:
    try:
        return msgspec.json.encode(value)
    except (OverflowError, UnicodeEncodeError):  # integers of more than 64 bits, lone surrogates
        return repr(value).encode("utf-8", "surrogatepass")
