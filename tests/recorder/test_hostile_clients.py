"""Requests meant to be read in two ways, or to go where none should: seen from both sides.

Every case asserts what arrived at the upstream: nothing, or the one request that was meant.
"""

from pathlib import Path

import msgspec
import pytest

from tests.raw_http import fetch
from tests.recorder.recording import recording, until
from tests.scripted_upstream import Gate, ScriptedUpstream, length_head

OK = length_head(2) + b"ok"
HOST = b"Host: localhost\r\n"
POST = b"POST /up/v1 HTTP/1.1\r\n" + HOST
SMUGGLED = b"GET /up/smuggled HTTP/1.1\r\n" + HOST + b"\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"

REFUSED = {
    "length and chunks": POST + b"Content-Length: 6\r\n" + CHUNKED + b"\r\n0\r\n\r\n" + SMUGGLED,
    "chunks and length": POST + CHUNKED + b"Content-Length: 6\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "two lengths": POST + b"Content-Length: 0\r\nContent-Length: 40\r\n\r\n" + SMUGGLED,
    "two equal lengths": POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nab" + SMUGGLED,
    "a list of lengths": POST + b"Content-Length: 2, 2\r\n\r\nab" + SMUGGLED,
    "a signed length": POST + b"Content-Length: +2\r\n\r\nab" + SMUGGLED,
    "a length in hex": POST + b"Content-Length: 0x2\r\n\r\nab" + SMUGGLED,
    "a huge length": POST + b"Content-Length: 99999999999999999999999\r\n\r\nab",
    "an unknown coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "chunked not last": POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "chunked twice": POST + CHUNKED + CHUNKED + b"\r\n0\r\n\r\n" + SMUGGLED,
    "a space before the colon": POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "a folded header": POST + b"X: 1\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "a folded first line": b"GET /up/ HTTP/1.1\r\n X: 1\r\n" + HOST + b"\r\n",
    "bare LF": b"GET /up/ HTTP/1.1\n" + HOST.replace(b"\r", b"") + b"\n" + SMUGGLED,
    "bare LF in a head": POST + b"X: 1\nContent-Length: 40\r\n\r\n" + SMUGGLED,
    "bare CR": POST + b"X: 1\rY: 2\r\n\r\n" + SMUGGLED,
    "NUL in a value": POST + b"X: a\x00b\r\n\r\n",
    "NUL in a name": POST + b"X\x00: a\r\n\r\n",
    "a name with a space": POST + b"X Y: a\r\n\r\n",
    "an empty name": POST + b": a\r\n\r\n",
    "a chunk size in words": POST + CHUNKED + b"\r\nzz\r\n" + SMUGGLED,
    "a chunk size with 0x": POST + CHUNKED + b"\r\n0x2\r\nab\r\n0\r\n\r\n" + SMUGGLED,
    "a chunk size that is too large": POST + CHUNKED + b"\r\n" + b"f" * 17 + b"\r\n" + SMUGGLED,
    "a chunk with LF": POST + CHUNKED + b"\r\n2\nab\n0\n\n" + SMUGGLED,
    "chunk data without CRLF": POST + CHUNKED + b"\r\n2\r\nabXX0\r\n\r\n" + SMUGGLED,
    "chunks in HTTP/1.0": POST.replace(b"1.1", b"1.0") + CHUNKED + b"\r\n0\r\n\r\n" + SMUGGLED,
    "HTTP/0.9": b"GET /up/\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "two hosts": b"GET /up/ HTTP/1.1\r\n" + HOST + HOST + b"\r\n",
    "a tab in the target": b"GET /up/\tx HTTP/1.1\r\n" + HOST + b"\r\n",
    "a NUL in the target": b"GET /up/\x00x HTTP/1.1\r\n" + HOST + b"\r\n",
    "two spaces before the target": b"GET  /up/x HTTP/1.1\r\n" + HOST + b"\r\n",
    "two spaces behind the target": b"GET /up/x  HTTP/1.1\r\n" + HOST + b"\r\n",
    "a fragment": b"GET /up/x#y HTTP/1.1\r\n" + HOST + b"\r\n",
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_can_be_read_in_two_ways_is_refused(tmp_path: Path, name: str) -> None:
    async with (
        ScriptedUpstream([OK]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send(REFUSED[name])
        response = await client.read_response()
        client.close()
        kept = await session.close()
    assert response.status == 400
    assert msgspec.json.decode(response.body)["error"]["code"] == "bad_request"
    assert b"smuggled" not in response.body
    assert upstream.asked == []
    assert kept.interactions == 0


async def test_one_byte_at_a_time_is_refused_just_as_well(tmp_path: Path) -> None:
    """A request that was whole before the other began is served; the other is not."""
    async with (
        ScriptedUpstream([OK]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send(POST + b"Content-Length: 2\r\n\r\nab")
        assert (await client.read_response()).body == b"ok"
        for byte in REFUSED["chunks and length"]:
            client.send(bytes((byte,)))
        assert (await client.read_response()).status == 400
    assert [asked.body for asked in upstream.asked] == [b"ab"]


async def test_garbage_behind_a_request_that_is_being_answered(tmp_path: Path) -> None:
    """The answer comes whole, then the connection goes; nothing of the garbage is passed on."""
    gate = Gate()
    async with (
        ScriptedUpstream([gate, OK]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send(POST + b"Content-Length: 2\r\n\r\nab")
        await until(lambda: upstream.asked)
        client.send(b"\x00\r\n\r\n" + SMUGGLED)
        gate.open()
        response = await client.read_response()
        assert response.body == b"ok"
        assert await client.read_end() == (b"", "eof")
        kept = await session.close()
    assert len(upstream.asked) == 1
    assert kept.by_ending == {"complete": 1}


async def test_requests_that_follow_each_other(tmp_path: Path) -> None:
    async with (
        ScriptedUpstream([OK]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        one = POST + CHUNKED + b"\r\n2\r\nab\r\n0\r\nTrailer: dropped\r\n\r\n"
        client.send(one + POST + b"Content-Length: 2\r\n\r\ncd" + one)
        for _ in range(3):
            assert (await client.read_response()).body == b"ok"
        kept = await session.close()
    assert [asked.body for asked in upstream.asked] == [b"ab", b"cd", b"ab"]
    assert kept.by_ending == {"complete": 3}


async def test_an_offer_of_http_2_changes_nothing(tmp_path: Path) -> None:
    """Java's client makes it with every first request."""
    headers = (("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"))
    async with (
        ScriptedUpstream([OK]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        for body in (b"one", b"two"):
            client.send_request("POST", "/up/v1", headers, body)
            assert (await client.read_response()).body == b"ok"
    assert [asked.body for asked in upstream.asked] == [b"one", b"two"]
    assert upstream.asked[0].get("upgrade") is None


LEAVING = {
    "connect": b"CONNECT evil.test:443 HTTP/1.1\r\n" + HOST + b"\r\n",
    "websocket": POST + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
}


@pytest.mark.parametrize("name", LEAVING)
async def test_nothing_follows_what_leaves_http(tmp_path: Path, name: str) -> None:
    async with (
        ScriptedUpstream([OK]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send(LEAVING[name] + SMUGGLED)
        assert (await client.read_response()).status in (400, 501)
        client.send(SMUGGLED)
        assert await client.read_end() == (b"", "eof")
    assert upstream.asked == []


PASSED = {
    "/up/v1/../../etc/passwd": "/v1/../../etc/passwd",
    "/up//evil.test/v1": "//evil.test/v1",
    "/up/%2e%2e/%2fv1": "/%2e%2e/%2fv1",
    "/up/http://evil.test/": "/http://evil.test/",
    "/up/@evil.test/": "/@evil.test/",
    "/up?x=http://evil.test": "/?x=http://evil.test",
    "/up/a\\b": "/a\\b",
}
UNKNOWN = [
    "//evil.test/up/",
    "/..",
    "/../up/",
    "/%75p/",
    "/UP/",
    "/up%2fv1",
    "/up@evil.test/",
    "/.",
]


@pytest.mark.parametrize("target", PASSED)
async def test_the_path_never_names_another_host(tmp_path: Path, target: str) -> None:
    """It goes on as it came, to the host of the upstream."""
    async with ScriptedUpstream([OK]) as upstream, recording(tmp_path, upstream) as session:
        headers = (("Host", "localhost"), ("X-Forwarded-Host", "evil.test"))
        assert (await fetch(session.proxy.url, "GET", target, headers)).status == 200
    (asked,) = upstream.asked
    assert asked.target == PASSED[target]
    assert asked.get("host") == f"localhost:{upstream.port}"


@pytest.mark.parametrize("target", UNKNOWN)
async def test_a_path_that_names_no_upstream(tmp_path: Path, target: str) -> None:
    async with ScriptedUpstream([OK]) as upstream, recording(tmp_path, upstream) as session:
        response = await fetch(session.proxy.url, "GET", target)
    assert (response.status, upstream.connections) == (404, 0)


async def test_bytes_of_a_header_stay_in_it(tmp_path: Path) -> None:
    """What is no ASCII goes on byte by byte, and no byte of it becomes a line end."""
    value = bytes(range(0x80, 0x100)).decode("latin-1") + "ü\x85\xa0"
    async with ScriptedUpstream([OK]) as upstream, recording(tmp_path, upstream) as session:
        headers = (("Host", "localhost"), ("X-Odd", value), ("X-After", "1"))
        await fetch(session.proxy.url, "GET", "/up/", headers)
        kept = await session.only()
    (asked,) = upstream.asked
    assert asked.get("x-odd") == value.strip("\x85\xa0")
    assert asked.get("x-after") == "1"
    assert ("X-Odd", value) in kept.request.headers


PAGES = {
    "rebound": (("Host", "evil.test:8787"),),
    "cross origin": (("Host", "localhost"), ("Origin", "https://evil.test")),
    "an image": (("Host", "localhost"), ("Sec-Fetch-Site", "cross-site")),
    "bracketed": (("Host", "[::1].evil.test"),),
    "with user information": (("Host", "evil.test@localhost"),),
    "two origins": (
        ("Host", "localhost"),
        ("Origin", "http://localhost"),
        ("Origin", "https://evil.test"),
    ),
    "in capitals": (("Host", "localhost"), ("Sec-Fetch-Site", "CROSS-SITE")),
}


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_of_elsewhere(tmp_path: Path, name: str) -> None:
    async with ScriptedUpstream([OK]) as upstream, recording(tmp_path, upstream) as session:
        for target in ("/up/v1", "/__wiretape/health", "/nope"):
            response = await fetch(session.proxy.url, "GET", target, PAGES[name])
            assert response.status in (403, 421)
            assert response.head.get("access-control-allow-origin") is None
    assert upstream.connections == 0


TOKEN = "a-token-of-24-characters"


async def test_the_token(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    echo = length_head(2, "application/json", "X-Wiretape-Token: theirs") + b"ok"
    async with (
        ScriptedUpstream([echo]) as upstream,
        recording(tmp_path, upstream, host="0.0.0.0", token=TOKEN) as session,
    ):
        url = session.proxy.url.replace("0.0.0.0", "127.0.0.1")
        for target in ("/up/v1", "/__wiretape/health"):
            none = await fetch(url, "POST", target, body=b"{}")
            wrong = await fetch(url, "POST", target, (("X-Wiretape-Token", TOKEN[1:]),), b"{}")
            both = (("X-Wiretape-Token", TOKEN), ("X-Wiretape-Token", TOKEN[1:]))
            unsure = await fetch(url, "POST", target, both, b"{}")
            for refused, code in (
                (none, "token_missing"),
                (wrong, "token_wrong"),
                (unsure, "token_wrong"),
            ):
                assert refused.status == 401
                assert msgspec.json.decode(refused.body)["error"]["code"] == code
                assert TOKEN.encode() not in refused.body
        assert upstream.asked == []
        headers = (("Host", "box.lan"), ("x-wiretape-token", TOKEN))
        careless = b'{"token_too":"%b"}' % TOKEN.encode()
        assert (await fetch(url, "POST", f"/up/v1?t={TOKEN}", headers, careless)).status == 200
        journal = session.journal()
        kept = await session.only()
    assert upstream.asked[0].get("x-wiretape-token") is None
    assert TOKEN not in repr(kept) + repr(journal) + caplog.text
