"""What all decoders promise, on any bytes in any reads; and what each gives back of good input."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cassettes.framing.accounting import account, cut, decoded, decoder_named, in_any_reads
from tests.cassettes.framing.archives import vectors
from tests.wire_bodies import eventstream_message
from wiretape.cassettes.errors import FedAfterEnd
from wiretape.cassettes.framing.base import is_json
from wiretape.cassettes.framing.decoding import frames_in
from wiretape.cassettes.framing.frame import NEED_DATA, Frame, Malformed

FRAMINGS = (
    *("sse", "ndjson", "eventstream", "json_array", "json", "websocket", "websocket sent"),
    *("websocket deflate", "websocket sent deflate no_takeover"),
)

BODIES = {
    framing: [vector.body for vector in vectors() if vector.framing.split()[0] == framing]
    for framing in ("sse", "ndjson", "eventstream", "json_array", "json", "websocket")
}

every_framing = pytest.mark.parametrize("framing", FRAMINGS)

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
blanks = st.text(" \t\r\n", max_size=3).map(str.encode)
ascii_text = st.text(st.characters(codec="ascii"), max_size=9)
places = st.lists(st.integers(0, 10_000), max_size=6)


@st.composite
def damaged(draw: st.DrawFn, framing: str) -> bytes:
    """Good and bad bodies of a framing joined, cut and with bytes changed."""
    known = BODIES[framing.split()[0]]
    body = bytearray(b"".join(draw(st.lists(st.sampled_from(known), max_size=3))))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(body)))
        body[at : at + draw(st.integers(0, 2))] = draw(st.binary(max_size=2))
    return bytes(body[: draw(st.integers(0, len(body)))])


@every_framing
@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_any_bytes_in_any_reads(framing: str, data: st.DataObject) -> None:
    body = data.draw(st.binary(max_size=80) | damaged(framing))
    in_any_reads(framing, body, [place % (len(body) + 1) for place in data.draw(places)])


@every_framing
def test_no_bytes_no_frames(framing: str) -> None:
    assert decoded(framing, []) == decoded(framing, [b"", b""]) == []


@every_framing
def test_a_decoder_is_for_one_body(framing: str) -> None:
    decoder = decoder_named(framing)
    assert decoder.next_frame() is NEED_DATA
    decoder.feed_eof()
    assert decoder.next_frame() is NEED_DATA
    with pytest.raises(FedAfterEnd, match="make a new decoder"):
        decoder.feed(b"x", 1)


def test_frames_come_as_soon_as_they_are_whole() -> None:
    """`frames_in` asks for no read before it has given what the last one made whole."""
    taken: list[int] = []

    def reads() -> Any:
        for number, data in enumerate([b"data: 1\n\nda", b"ta: 2\n\n", b"data: 3\n"], 1):
            taken.append(number)
            yield data, number

    frames = frames_in("sse", reads())
    assert taken == []
    for number, expected in ((1, b"1"), (2, b"2")):
        frame = next(frames)
        assert isinstance(frame, Frame)
        assert (frame.data, taken[-1]) == (expected, number)
    assert isinstance(next(frames), Malformed)
    assert next(frames, None) is None


@settings(deadline=None)
@given(st.lists(values, max_size=5), st.sampled_from(["\n", "\r\n"]), st.booleans(), places)
def test_lines_come_back(elements: list[Any], end: str, lf_last: bool, cuts: list[int]) -> None:
    body = "".join(json.dumps(element) + end for element in elements).encode()
    body = body if lf_last else body.removesuffix(b"\n")
    frames = in_any_reads("ndjson", body, [place % (len(body) + 1) for place in cuts])
    assert [json.loads(frame.data) for frame in frames if isinstance(frame, Frame)] == elements
    assert len(frames) == len(elements)


@settings(deadline=None)
@given(st.lists(st.tuples(values, blanks, blanks), max_size=5), st.booleans(), places)
def test_elements_come_back(
    elements: list[tuple[Any, bytes, bytes]], escaped: bool, cuts: list[int]
) -> None:
    inner = b",".join(
        before + json.dumps(value, ensure_ascii=escaped).encode("utf-8", "surrogatepass") + after
        for value, before, after in elements
    )
    body = b" [" + inner + b"]\n"
    frames = in_any_reads("json_array", body, [place % (len(body) + 1) for place in cuts])
    assert [(frame.kind, frame.data) for frame in frames if isinstance(frame, Frame)] == [
        *(
            ("data", json.dumps(value, ensure_ascii=escaped).encode("utf-8", "surrogatepass"))
            for value, _, _ in elements
        ),
        ("empty", b""),
        ("empty", b""),
    ]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.dictionaries(ascii_text, ascii_text), st.binary()),
        max_size=4,
    ),
    places,
)
def test_messages_come_back(messages: list[tuple[dict[str, str], bytes]], cuts: list[int]) -> None:
    body = b"".join(eventstream_message(headers, payload) for headers, payload in messages)
    frames = in_any_reads("eventstream", body, [place % (len(body) + 1) for place in cuts])
    assert [(f.headers, f.data) for f in frames if isinstance(f, Frame)] == messages


def test_a_message_with_any_bit_flipped_is_no_frame() -> None:
    """Lengths, checksums, headers or payload: the checksums see it."""
    message = eventstream_message({":event-type": "a"}, b"{}")
    for at in range(len(message) * 8):
        body = bytearray(message)
        body[at // 8] ^= 1 << at % 8
        items = decoded("eventstream", [bytes(body), message])
        account(items, [bytes(body), message])
        assert isinstance(items[0], Malformed)
        assert items[0].cause == "bad_crc"
        assert len(items) == (1 if at < 12 * 8 else 2)


def test_every_place_in_one_body_of_all_line_ends() -> None:
    """Three reads, cut at every pair of places."""
    body = b"\xef\xbb\xbf: c\r\n\r\ndata: 1\r\r\ndata:2\n\n: d\r\r\nid: 3\r\n\n"
    expected = [item.raw for item in decoded("sse", [body])]
    for first in range(len(body)):
        for second in range(first, len(body)):
            pieces = cut(body, [first, second])
            items = decoded("sse", pieces)
            account(items, pieces)
            assert [item.raw for item in items] == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"{}", True),
        (b' {"a": "\xff"} ', True),
        (b"{", False),
        (b"", False),
        (b'"\xc3', False),
        (b"[" * 100_000, True),
        (b'"\xff' + b"[" * 10, False),
        (b'"\\ud83d"', True),  # half a pair, which JSON allows
        (b'["\xff",' + b"[" * 100_000, True),
    ],
)
def test_is_json(data: bytes, expected: bool) -> None:
    assert is_json(data) is expected
