"""Responses meant to put lines of their own on the client's wire, or to be read in two ways."""

from pathlib import Path

import pytest

from tests.raw_http import fetch
from tests.recorder.recording import recording
from tests.scripted_upstream import (
    CLOSE,
    RESET,
    Act,
    ScriptedUpstream,
    chunk,
    chunked_head,
    length_head,
)

INJECTED = b"Set-Cookie: injected=1\r\n"
START = b"HTTP/1.1 200 OK\r\n"
END = b"Content-Length: 2\r\n\r\nok"
BROKEN = {
    "bare CR in a value": START + b"X: a\r" + INJECTED + END,
    "bare LF in a value": START + b"X: a\n" + INJECTED + END,
    "NUL in a value": START + b"X: a\x00" + INJECTED + END,
    "NUL in a name": START + b"X\x00: a\r\n" + END,
    "a space before the colon": START + b"X : a\r\n" + END,
    "a folded header": START + b"X: a\r\n " + INJECTED + END,
    "CR in the reason": b"HTTP/1.1 200 O\r" + INJECTED + b"\r\n" + END,
    "LF in the reason": b"HTTP/1.1 200 O\n" + INJECTED + b"\r\n" + END,
    "NUL in the reason": b"HTTP/1.1 200 O\x00K\r\n" + END,
    "a status below 100": b"HTTP/1.1 099 X\r\n" + END,
    "a status of nothing": b"HTTP/1.1 000 X\r\n" + END,
    "HTTP/0.9 with a status": b"HTTP/0.9 200 OK\r\n" + END,
    "HTTP/2.0 in words": b"HTTP/2.0 200 OK\r\n" + END,
    "two lengths": START + b"Content-Length: 1\r\n" + END,
    "a list of lengths": START + b"Content-Length: 2, 3\r\n\r\nok",
    "length and chunks": START + b"Transfer-Encoding: chunked\r\n" + END,
    "a signed length": START + b"Content-Length: -2\r\n\r\nok",
    "a huge length": START + b"Content-Length: 99999999999999999999999\r\n\r\nok",
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_head_that_is_not_clean_ends_the_exchange(tmp_path: Path, name: str) -> None:
    """Nothing of it reaches the client, as nothing of it can be told apart."""
    async with (
        ScriptedUpstream([BROKEN[name]]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send_request("GET", "/up/")
        seen, how = await client.read_end()
        kept = await session.only()
    assert (seen, how) == (b"", "eof")
    assert kept.response is None
    assert kept.timeline.ending.kind == "cut"
    assert "broken response" in kept.timeline.ending.detail
    assert "injected" not in kept.timeline.ending.detail


async def test_a_trailer_that_is_not_clean(tmp_path: Path) -> None:
    script = [chunked_head() + chunk(b"one") + b"0\r\nX: a\r" + INJECTED + b"\r\n"]
    async with (
        ScriptedUpstream(script) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send_request("GET", "/up/")
        response = await client.read_response()
        kept = await session.only()
    assert (response.body, response.complete, response.trailers) == (b"one", False, ())
    assert kept.timeline.ending.kind == "cut"


async def test_a_chunk_extension_stays_behind(tmp_path: Path) -> None:
    script = [chunked_head() + b"3;x=injected\r\none\r\n0\r\n\r\n"]
    async with (
        ScriptedUpstream(script) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send_request("GET", "/up/")
        response = await client.read_response()
    assert (response.chunks, response.complete) == ((b"one",), True)


async def test_bytes_behind_a_response_are_nobodys(tmp_path: Path) -> None:
    """A second response that nobody asked for never answers the next request."""
    queued = length_head(2) + b"ok" + length_head(4) + b"evil"
    async with (
        ScriptedUpstream([queued], [length_head(4) + b"next"]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        for body in (b"ok", b"next"):
            client.send_request("GET", "/up/")
            assert (await client.read_response()).body == body
        kept = await session.close()
    assert upstream.connections == 2
    assert kept.by_ending == {"complete": 2}


async def test_no_redirect_is_followed(tmp_path: Path) -> None:
    head = length_head(0, "text/plain", "Location: http://evil.test/", status="307 Temporary")
    async with ScriptedUpstream([head]) as upstream, recording(tmp_path, upstream) as session:
        response = await fetch(session.proxy.url, "POST", "/up/", (), b"key")
    assert (response.status, response.head.get("location")) == (307, "http://evil.test/")
    assert len(upstream.asked) == 1


SURPLUS = "4 bytes stood behind the Content-Length, not passed on"
LENGTHS: dict[str, tuple[list[bytes | Act], bytes, str, str]] = {
    "short": ([length_head(9) + b"one", CLOSE], b"one", "cut", "closed after 3 of 9 body bytes"),
    "short, reset": ([length_head(9) + b"one", RESET], b"one", "reset", "Connection reset by peer"),
    "long": ([length_head(3) + b"onetwo!"], b"one", "complete", SURPLUS),
    "long, closing": ([length_head(3) + b"onetwo!", CLOSE], b"one", "complete", SURPLUS),
    "long, blank": ([length_head(3) + b"one\r\n\r\n"], b"one", "complete", SURPLUS),
}


@pytest.mark.parametrize("name", LENGTHS)
async def test_a_length_that_is_wrong(tmp_path: Path, name: str) -> None:
    script, body, ending, detail = LENGTHS[name]
    async with (
        ScriptedUpstream(script) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send_request("GET", "/up/")
        response = await client.read_response()
        assert response.body == body
        assert client.received == (b"" if response.complete else body)
        kept = await session.only()
    assert response.complete == (ending == "complete")
    assert (kept.timeline.ending.kind, kept.timeline.ending.offset) == (ending, 3)
    assert kept.timeline.ending.detail == detail


async def test_a_length_that_is_too_small_ends_one_connection_only(tmp_path: Path) -> None:
    """The client's goes on; the upstream's is used no more, also where llhttp sees no fault."""
    script = [length_head(3) + b"one\r\n"]
    async with (
        ScriptedUpstream(script) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        for _ in range(3):
            client.send_request("GET", "/up/")
            response = await client.read_response()
            assert (response.body, response.complete, response.ended) == (b"one", True, None)
            assert client.received == b""
    assert [asked.connection for asked in upstream.asked] == [1, 2, 3]
