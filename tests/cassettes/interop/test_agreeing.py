"""Heads that agree with their bytes, case by case; the bytes are never touched."""

import gzip
import zlib

import brotli  # type: ignore[import-untyped]  # it has no annotations of its own
import pytest
import zstandard

from wiretape.cassettes.interop.agreeing import agreed_request, agreed_response
from wiretape.cassettes.interop.exchange import Refused
from wiretape.cassettes.model import Headers

TEXT = b'{"object":"list","data":[]}'
CODED = {
    "gzip": gzip.compress(TEXT),
    "x-gzip": gzip.compress(TEXT),
    "deflate": zlib.compress(TEXT),
    "br": brotli.compress(TEXT),
    "zstd": zstandard.ZstdCompressor().compress(TEXT),
}


def response(
    headers: Headers, body: bytes, method: str = "GET", status: int = 200, version: str = "1.1"
) -> tuple[Headers, list[str]]:
    remarks: list[str] = []
    return agreed_response(method, status, version, headers, body, remarks), remarks


@pytest.mark.parametrize("coding", CODED)
def test_a_coding_that_is_there_stays(coding: str) -> None:
    body = CODED[coding]
    headers = (("Content-Encoding", coding), ("Content-Length", str(len(body))))
    assert response(headers, body) == (headers, [])


@pytest.mark.parametrize("coding", CODED)
@pytest.mark.parametrize("body", [TEXT, b"data: x\n\n" * 50, b"hello", b"<html>"])
def test_a_coding_that_is_not_there_goes(coding: str, body: bytes) -> None:
    found, remarks = response((("Content-Encoding", coding),), body)
    assert found == (("Content-Length", str(len(body))),)
    assert coding in remarks[0]


def test_a_coding_that_broke_off_stays() -> None:
    coded = gzip.compress(TEXT * 100)[:-12]
    headers = (("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked"))
    assert response(headers, coded) == (headers, [])


def test_a_coding_that_nobody_knows_is_believed() -> None:
    headers = (("Content-Encoding", "dcb"), ("Content-Length", "2"))
    assert response(headers, b"xx") == (headers, [])


CHUNKED = ("Transfer-Encoding", "chunked")
SSE = ("Content-Type", "text/event-stream")
FIVE = ("Content-Length", "5")


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ((CHUNKED, FIVE), (CHUNKED,)),
        ((), (FIVE,)),
        ((SSE,), (SSE, CHUNKED)),
        ((("content-length", "9"), ("A", "b")), (("A", "b"), FIVE)),
        ((SSE, FIVE), (SSE, FIVE)),
        ((SSE, ("Content-Length", "9")), (SSE, FIVE)),
    ],
)
def test_one_framing(given: Headers, found: Headers) -> None:
    assert response(given, b"hello")[0] == found


CODING = ("Transfer-Encoding", "gzip")


def test_of_transfer_codings_only_chunked_is_played() -> None:
    found, remarks = response((CODING,), b"hello")
    assert found == (FIVE,)
    assert "Transfer-Encoding (gzip) was taken off" in remarks[0]
    assert response((CODING, CHUNKED), b"hello")[0] == (CHUNKED,)
    assert response((("Transfer-Encoding", "identity"),), b"hello") == ((FIVE,), [])
    for coded in (CODED["gzip"], CODED["gzip"][:-9]):
        with pytest.raises(Refused, match="in a transfer coding"):
            response((CODING,), coded)
    assert response((CHUNKED, FIVE), b"", status=204) == ((), [])
    assert response((FIVE, FIVE), b"hello")[0] == (FIVE,)
    asked = agreed_request((("Host", "h"), CODING), b"hello", "h", [])
    assert asked == (("Host", "h"), FIVE)


def test_where_there_is_no_body_nothing_is_said_of_one() -> None:
    length = (("Content-Length", "900"),)
    assert response(length, b"", method="HEAD") == (length, [])
    assert response(length, b"", status=304) == (length, [])
    assert response((), b"", status=204) == ((), [])
    assert response((), b"") == ((("Content-Length", "0"),), [])
    assert response((), b"hello", version="1.0") == ((), [])


def test_requests() -> None:
    def request(headers: Headers, body: bytes) -> tuple[Headers, list[str]]:
        remarks: list[str] = []
        return agreed_request(headers, body, "h:1", remarks), remarks

    host = ("Host", "h:1")
    assert request((), b"") == ((host,), [])
    assert request((), b"hello") == ((host, FIVE), [])
    assert request((("host", "x"), FIVE), b"hello") == ((("host", "x"), FIVE), [])
    assert request((host, CHUNKED, FIVE), b"hello") == ((host, CHUNKED), [])
    found, remarks = request(((":authority", "a"), (":path", "/")), b"")
    assert found == (("Host", "a"),)
    assert remarks == ["it was HTTP/2"]
    found, remarks = request((host, ("Content-Length", "4")), b"hello")
    assert found == (host, FIVE)
    assert remarks == ["the request's Content-Length was 4"]
