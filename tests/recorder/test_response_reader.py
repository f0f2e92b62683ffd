"""Bytes of a response to what each read brought, wherever the reads split."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiretape.recorder.response_reader import Brought, ResponseEnd, ResponseReader

CHUNKED = (
    b"HTTP/1.1 200 OK\r\nA: 1\r\na:  2\r\nE:\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nX-T: 9\r\n\r\n"
)
LENGTH = b"HTTP/1.0 404 Not  Here\r\nContent-Length: 5\r\n\r\nabcde"
AFTER_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: l\r\n\r\nHTTP/1.1 100 \r\n\r\n" + LENGTH
WHOLE = {"chunked": CHUNKED, "length": LENGTH, "after 1xx": AFTER_HINTS}


def summary(brought: list[Brought]) -> tuple[object, ...]:
    """Everything that does not depend on where reads split."""
    heads = [one.head for one in brought if one.head]
    ends = [one.end for one in brought if one.end]
    return heads, b"".join(one.body for one in brought), ends


@pytest.mark.parametrize("name", WHOLE)
@given(data=st.data())
def test_the_same_wherever_the_reads_split(name: str, data: st.DataObject) -> None:
    raw = WHOLE[name]
    cuts = data.draw(st.sets(st.integers(1, len(raw) - 1), max_size=12))
    bounds = [0, *sorted(cuts), len(raw)]
    reader = ResponseReader("GET")
    brought = [reader.feed(raw[a:b]) for a, b in pairwise(bounds)]
    assert summary(brought) == summary([ResponseReader("GET").feed(raw)])
    assert brought[-1].end is not None
    assert brought[-1].end.kind == "complete"


def test_everything_of_one_read() -> None:
    reader = ResponseReader("GET")
    brought = reader.feed(CHUNKED)
    assert brought.head is not None
    assert brought.head.headers == (
        ("A", "1"),
        ("a", "2"),
        ("E", ""),
        ("Transfer-Encoding", "chunked"),
    )
    assert brought.body == b"abcde"
    assert brought.end == ResponseEnd("complete", trailers=(("X-T", "9"),))
    assert reader.reusable


REUSE = {
    "kept": (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", True),
    "close": (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", False),
    "1.0": (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", False),
    "1.0 kept": (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", True),
    "excess": (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nmore", False),
    "second": (b"HTTP/1.1 204 N\r\n\r\nHTTP/1.1 204 N\r\n\r\n", False),
}


@pytest.mark.parametrize("name", REUSE)
def test_whether_a_connection_is_used_again(name: str) -> None:
    raw, reusable = REUSE[name]
    reader = ResponseReader("GET")
    brought = reader.feed(raw)
    assert brought.end is not None
    assert brought.end.kind == "complete"
    assert brought.body == b""
    assert reader.reusable is reusable


@pytest.mark.parametrize("status", ["200 OK", "404 N"])
def test_head_has_no_body_whatever_its_headers_say(status: str) -> None:
    reader = ResponseReader("HEAD")
    brought = reader.feed(f"HTTP/1.1 {status}\r\nContent-Length: 5\r\n\r\n".encode())
    assert brought.end == ResponseEnd("complete")
    assert reader.reusable
    reader = ResponseReader("HEAD")
    brought = reader.feed(f"HTTP/1.1 {status}\r\nContent-Length: 5\r\n\r\nabcde".encode())
    remark = "5 bytes stood behind a head that has no body, not passed on"
    assert (brought.body, brought.end) == (b"", ResponseEnd("complete", remark))
    assert not reader.reusable


NOTHING = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
SURPLUS = {
    "many": (LENGTH, b"x" * 1234, "1,234 bytes stood behind the Content-Length, not passed on"),
    "one": (LENGTH, b"\n", "1 byte stood behind the Content-Length, not passed on"),
    "a response": (LENGTH, LENGTH, "50 bytes stood behind the Content-Length, not passed on"),
    "after 1xx": (AFTER_HINTS, b"xyz", "3 bytes stood behind the Content-Length, not passed on"),
    "no bytes": (NOTHING, b"ab", "2 bytes stood behind the Content-Length, not passed on"),
    "204": (
        b"HTTP/1.1 204 N\r\nContent-Length: 9\r\n\r\n",
        b"ab",
        "2 bytes stood behind a head that has no body, not passed on",
    ),
    "304": (b"HTTP/1.1 304 N\r\nContent-Length: 9\r\n\r\n", b"", ""),
    "chunked": (CHUNKED, b"xyz", "bytes stood behind the last chunk, not passed on"),
    "chunked, a response": (CHUNKED, LENGTH, "bytes stood behind the last chunk, not passed on"),
}


@pytest.mark.parametrize("name", SURPLUS)
def test_what_stands_behind_the_end_is_told(name: str) -> None:
    """Wherever the read begins that brings the end."""
    response, surplus, remark = SURPLUS[name]
    body = b"abcde" if response in WHOLE.values() else b""
    for cut in range(len(response)):
        reader = ResponseReader("GET")
        brought = [reader.feed(response[:cut]), reader.feed(response[cut:] + surplus)]
        end = brought[-1].end
        assert b"".join(one.body for one in brought) == body
        assert end is not None
        assert (end.kind, end.detail) == ("complete", remark)
        if response is not LENGTH and response is not AFTER_HINTS:  # those are of HTTP/1.0
            assert reader.reusable == (not surplus)


def test_a_close_means_what_the_framing_says() -> None:
    closes = {
        b"": "before the head",
        b"HTTP/1.1 200 OK\r\nConte": "before the head",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab": "2 of 5",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n": "before the last",
    }
    for raw, words in closes.items():
        reader = ResponseReader("GET")
        reader.feed(raw)
        end = reader.feed_eof()
        assert end.kind == "cut"
        assert words in end.detail
    reader = ResponseReader("GET")
    assert reader.feed(b"HTTP/1.1 200 OK\r\n\r\nab").body == b"ab"
    assert reader.feed_eof() == ResponseEnd("complete")


def test_what_was_right_before_the_break_is_kept() -> None:
    reader = ResponseReader("GET")
    brought = reader.feed(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n"
    )
    assert brought.head is not None
    assert brought.body == b"abc"
    assert brought.end is not None
    assert brought.end.kind == "cut"
    assert "broken response" in brought.end.detail


def test_endless_trailers_meet_a_limit() -> None:
    reader = ResponseReader("GET")
    reader.feed(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ")
    for _ in range(5):
        brought = reader.feed(b"x" * 60_000)
    assert brought.end is not None
    assert "trailers" in brought.end.detail


def test_a_long_stream_of_small_reads_meets_none() -> None:
    reader = ResponseReader("GET")
    reader.feed(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(3_000):
        assert reader.feed(b"80\r\n" + b"x" * 128 + b"\r\n").end is None
