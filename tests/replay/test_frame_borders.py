"""Where frames end."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wiretape.replay.frame_borders import (
    borders_for,
    eventstream_borders,
    ndjson_borders,
    sse_borders,
)


def cut(body: bytes, borders: list[int]) -> list[bytes]:
    starts = [0, *borders]
    return [body[a:b] for a, b in zip(starts, [*borders, len(body)], strict=True)]


@pytest.mark.parametrize("eol", [b"\n", b"\r\n", b"\r"])
def test_sse_with_every_line_ending(eol: bytes) -> None:
    one = b"event: x" + eol + b"data: 1" + eol + eol
    two = b": ping" + eol + eol
    assert cut(one + two + b"data: tail" + eol, sse_borders(one + two + b"data: tail" + eol)) == [
        one,
        two,
        b"data: tail" + eol,
    ]


def test_sse_with_mixed_line_endings() -> None:
    assert cut(b"a\r\n\nb\n\r\nc\r\r\n", sse_borders(b"a\r\n\nb\n\r\nc\r\r\n")) == [
        b"a\r\n\n",
        b"b\n\r\n",
        b"c\r\r\n",
        b"",
    ]


def test_sse_further_blank_lines_open_the_next_frame() -> None:
    assert cut(b"a\n\n\nb\n\n", sse_borders(b"a\n\n\nb\n\n")) == [b"a\n\n", b"\nb\n\n", b""]


def test_ndjson_ends_at_lf_only() -> None:
    body = b'{"a":"\xe2\x80\xa8"}\r\n\n{"b"\r:1}\n{"c"'
    assert cut(body, ndjson_borders(body)) == [
        b'{"a":"\xe2\x80\xa8"}\r\n',
        b"\n",
        b'{"b"\r:1}\n',
        b'{"c"',
    ]


def message(payload: bytes) -> bytes:
    return (16 + len(payload)).to_bytes(4, "big") + bytes(8) + payload + bytes(4)


def test_eventstream_by_its_lengths() -> None:
    body = message(b"") + message(b"hello") + message(b"cut")[:-1]
    assert cut(body, eventstream_borders(body)) == [
        message(b""),
        message(b"hello"),
        message(b"cut")[:-1],
    ]


@pytest.mark.parametrize("size", [0, 15])
def test_eventstream_stops_at_a_length_no_message_has(size: int) -> None:
    body = message(b"x") + size.to_bytes(4, "big") + bytes(40)
    assert eventstream_borders(body) == [17]


def test_types_without_frames() -> None:
    assert borders_for(None) is None
    assert borders_for("application/json") is None
    assert borders_for("Text/Event-Stream; charset=utf-8") is sse_borders


@settings(deadline=None)  # machines are slow at times
@given(st.lists(st.sampled_from([b"\r", b"\n", b"data: x", b"\0\0\0\x10", b"\0" * 12])))
def test_borders_rise_and_stay_within_the_body(parts: list[bytes]) -> None:
    body = b"".join(parts)
    for find in (sse_borders, ndjson_borders, eventstream_borders):
        borders = find(body)
        assert borders == sorted(set(borders))
        assert all(0 < border <= len(body) for border in borders)
