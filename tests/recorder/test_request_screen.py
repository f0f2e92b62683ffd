"""What a client may send, and in how many reads it may come."""

import pytest

from wiretape.recorder.request_screen import RequestScreen

HEAD = b"POST / HTTP/1.1\r\nHost: a\r\n"
UPGRADE = HEAD + b"Connection: Upgrade\r\nUpgrade: h2c\r\n"
NEXT = b"GET /2 HTTP/1.1\r\nHost: a\r\n\r\n"
GOOD = {
    "no body": (HEAD + b"\r\n" + NEXT, 2),
    "length": (HEAD + b"Content-Length: 3\r\n\r\nabc" + NEXT, 2),
    "chunks": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: t\r\n\r\n" + NEXT,
        2,
    ),
    "behind blank lines": (b"\r\n\r\n" + HEAD + b"Content-Length: 0\r\n\r\n\r\n" + NEXT, 2),
    "1.0": (b"GET / HTTP/1.0\r\n\r\n", 1),
    "upgrade": (UPGRADE + b"\r\n" + NEXT, 2),
    "upgrade, length": (UPGRADE + b"Content-Length: 3\r\n\r\nabc" + NEXT, 2),
    "upgrade, none": (UPGRADE + b"Content-Length: 0\r\n\r\n" + NEXT, 2),
    "upgrade, chunks": (
        UPGRADE + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" + NEXT,
        2,
    ),
    "a large body": (HEAD + b"Content-Length: 600000\r\n\r\n" + bytes(600_000) + NEXT, 2),
    "a large body, upgrade": (
        UPGRADE + b"Content-Length: 600000\r\n\r\n" + bytes(600_000) + NEXT,
        2,
    ),
}
BAD = {
    "broken chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400, 1),
    "broken chunk, upgrade": (UPGRADE + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400, 1),
    "0.9": (b"GET /\r\n\r\n", 400, 0),
    "2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, 0),
    "chunks in 1.0": (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400, 0),
    "two spaces": (b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400, 0),
    "two spaces, the second": (HEAD + b"\r\n" + NEXT.replace(b" H", b"  H"), 400, 1),
    "two spaces, behind a body": (
        HEAD + b"Content-Length: 3\r\n\r\nabc" + NEXT.replace(b" /", b"  /"),
        400,
        1,
    ),
    "two spaces, behind an upgrade": (UPGRADE + b"\r\n" + NEXT.replace(b" /", b"  /"), 400, 1),
    "a fragment": (b"GET /A#x HTTP/1.1\r\nHost: a\r\n\r\n", 400, 0),
    "tls": (b"\x16\x03\x01\x02\x00", 400, 0),
    "many headers": (HEAD + b"a: b\r\n" * 10_000, 431, 0),
    "a long header": (HEAD + b"a: " + b"b" * 300_000, 431, 0),
    "a long target": (b"GET /" + b"a" * 300_000, 431, 0),
    "many trailers": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"a: b\r\n" * 1_001,
        431,
        1,
    ),
}


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
@pytest.mark.parametrize("name", GOOD)
def test_good(name: str, size: int) -> None:
    data, requests = GOOD[name]
    if len(data) > 100_000 and size < 1000:
        size *= 100
    screen = RequestScreen()
    found = {screen.feed(data[at : at + size]) for at in range(0, len(data), size)}
    assert found == {None}
    assert (screen.heads, screen.last, screen.in_head) == (requests, False, True)


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
@pytest.mark.parametrize("name", BAD)
def test_bad(name: str, size: int) -> None:
    data, status, requests = BAD[name]
    screen = RequestScreen()
    refusals = (screen.feed(data[at : at + size]) for at in range(0, len(data), size))
    refusal = next(filter(None, refusals))
    assert (refusal.status, screen.heads) == (status, requests)
    assert "\n" not in refusal.message


@pytest.mark.parametrize(
    "head",
    [
        b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
        HEAD + b"Connection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n",
    ],
)
def test_what_leaves_http_is_the_last(head: bytes) -> None:
    screen = RequestScreen()
    assert screen.feed(head + b"\x81\x00") is None
    assert screen.last
