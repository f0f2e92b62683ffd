"""HTTP/1.1 as bytes."""

import pytest

from wiretape.cassettes.http1 import (
    BodyFraming,
    encode_chunk,
    encode_last_chunk,
    encode_request_head,
    encode_response_head,
    header,
    keeps_alive,
    response_framing,
    tokens,
)
from wiretape.cassettes.model import Headers

CHUNKED: Headers = (("transfer-encoding", "gzip, Chunked"),)
LENGTH: Headers = (("Content-Length", "5"),)


@pytest.mark.parametrize(
    ("method", "status", "headers", "framing"),
    [
        ("POST", 200, CHUNKED, "chunked"),
        ("POST", 200, (*LENGTH, *CHUNKED), "chunked"),
        ("POST", 200, LENGTH, "length"),
        ("POST", 200, (), "close"),
        ("HEAD", 200, LENGTH, "none"),
        ("GET", 204, (), "none"),
        ("GET", 304, LENGTH, "none"),
    ],
)
def test_framing(method: str, status: int, headers: Headers, framing: BodyFraming) -> None:
    assert response_framing(method, status, headers) == framing


@pytest.mark.parametrize(
    ("version", "connection", "kept"),
    [
        ("1.1", None, True),
        ("1.1", "close", False),
        ("1.1", "Keep-Alive, Close", False),
        ("1.0", None, False),
        ("1.0", "Keep-Alive", True),
    ],
)
def test_keep_alive(version: str, connection: str | None, kept: bool) -> None:
    headers = () if connection is None else (("Connection", connection),)
    assert keeps_alive(version, headers) is kept


def test_headers_are_found_whatever_their_case() -> None:
    headers = (("X-A", "1, 2"), ("x-a", "3"))
    assert header(headers, "x-a") == "1, 2"
    assert header(headers, "x-b") is None
    assert tokens(headers, "x-a") == {"1", "2", "3"}


def test_heads_keep_order_case_and_bytes() -> None:
    headers = (("B", "\xe9"), ("a", ""), ("B", "2"))
    expected = b"B: \xe9\r\na: \r\nB: 2\r\n\r\n"
    assert encode_response_head("1.1", 200, "", headers) == b"HTTP/1.1 200 \r\n" + expected
    assert encode_request_head("POST", "/x?y", headers) == b"POST /x?y HTTP/1.1\r\n" + expected


def test_chunks() -> None:
    assert encode_chunk(b"x" * 26) == b"1a\r\n" + b"x" * 26 + b"\r\n"
    assert encode_last_chunk() == b"0\r\n\r\n"
    assert encode_last_chunk((("X-Sum", "1"),)) == b"0\r\nX-Sum: 1\r\n\r\n"
