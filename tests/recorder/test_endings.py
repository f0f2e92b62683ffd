"""How an interaction stops: the client sees what it would have seen, the tape says which."""

import asyncio
from pathlib import Path

import pytest

from tests.raw_http import ConnectionEnded
from tests.recorder.recording import recording, until, until_stuck
from tests.scripted_upstream import (
    CLOSE,
    EARLY,
    LAST_CHUNK,
    LEFT,
    RESET,
    Gate,
    ScriptedUpstream,
    chunk,
    chunked_head,
    close_head,
    length_head,
)

STARTS = {
    "chunked": chunked_head() + chunk(b"one"),
    "length": length_head(9) + b"one",
    "close": close_head() + b"one",
}


@pytest.mark.parametrize("framing", STARTS)
async def test_a_reset_is_a_reset(tmp_path: Path, framing: str) -> None:
    gate = Gate()
    async with (
        ScriptedUpstream([STARTS[framing], gate, RESET]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send_request("GET", "/up/")
        seen = await client.read_exactly(len(STARTS[framing]))
        gate.open()
        assert await client.read_end() == (b"", "reset")
        kept = await session.only()
    assert seen == STARTS[framing]
    assert (kept.timeline.ending.kind, kept.timeline.ending.offset) == ("reset", 3)
    assert kept.response is not None
    assert kept.response.body == b"one"


async def test_a_reset_comes_behind_what_a_slow_client_has_not_read_yet(tmp_path: Path) -> None:
    block, blocks = bytes(range(256)) * 1024, 64
    data, gate = block * blocks, Gate()
    async with (
        ScriptedUpstream(
            [length_head(len(data) + 1, "audio/mpeg"), *[block] * 8, gate, *[block] * 56, RESET]
        ) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.transport.pause_reading()
        client.send_request("GET", "/up/")
        await gate.reached.wait()
        gate.open()
        await until_stuck(upstream)
        client.transport.resume_reading()
        response = await client.read_response()
        kept = await session.only()
    assert (len(response.body), response.ended) == (kept.timeline.ending.offset, "reset")
    assert data.startswith(response.body)
    assert kept.timeline.ending.kind == "reset"


@pytest.mark.parametrize("framing", ["chunked", "length"])
async def test_a_cut_is_a_close_without_the_end(tmp_path: Path, framing: str) -> None:
    async with (
        ScriptedUpstream([STARTS[framing], CLOSE]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send_request("GET", "/up/")
        response = await client.read_response()
        kept = await session.only()
    assert (response.body, response.complete, response.ended) == (b"one", False, "eof")
    assert (kept.timeline.ending.kind, kept.timeline.ending.offset) == ("cut", 3)
    assert "closed after 3" in kept.timeline.ending.detail


BROKEN = {
    "chunk head": (chunked_head() + chunk(b"one"), b"zz\r\n", "chunk size"),
    "chunk too long": (chunked_head() + chunk(b"one"), b"2\r\nabc\r\n", "chunk data"),
    "status line": (b"", b"SSH-2.0-x\r\n", "Expected HTTP/"),
    "length and chunks": (
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        "Transfer-Encoding",
    ),
    "upgrade": (
        b"",
        b"HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
        "101",
    ),
    "head without end": (b"", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 600_000, "262,144"),
    "too many headers": (b"", b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 10_000, "1,000"),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_broken_framing_ends_at_once(tmp_path: Path, name: str) -> None:
    start, broken, words = BROKEN[name]
    gate, never = Gate(), Gate()  # after it the upstream keeps the connection open
    async with (
        ScriptedUpstream([start, gate, broken, never]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send_request("GET", "/up/")
        assert await client.read_exactly(len(start)) == start
        gate.open()
        _, how = await client.read_end()
        kept = await session.only()
        never.open()
    assert how == "eof"
    assert kept.timeline.ending.kind == "cut"
    assert words in kept.timeline.ending.detail


@pytest.mark.parametrize("last", [CLOSE, RESET])
async def test_no_answer_at_all(tmp_path: Path, last: object) -> None:
    assert last in (CLOSE, RESET)
    async with (
        ScriptedUpstream([CLOSE if last is CLOSE else RESET]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send_request("POST", "/up/", body=b"x")
        assert await client.read_end() == (b"", "eof" if last is CLOSE else "reset")
        kept = await session.only()
    assert kept.response is None
    assert kept.timeline.head_ns is None
    assert kept.timeline.ending.kind == ("cut" if last is CLOSE else "reset")


@pytest.mark.parametrize("start", [b"", chunked_head(), chunked_head() + chunk(b"one")])
async def test_a_client_that_leaves_takes_the_upstream_along(tmp_path: Path, start: bytes) -> None:
    async with (
        ScriptedUpstream([start, LEFT]) as upstream,
        recording(tmp_path, upstream) as session,
    ):
        client = await session.client()
        client.send_request("GET", "/up/")
        await client.read_exactly(len(start))
        await until(lambda: upstream.asked)
        client.close()
        await upstream.left.wait()
        kept = await session.only()
    assert kept.timeline.ending.kind == "client_left"
    assert kept.timeline.ending.offset == (3 if start.endswith(b"one\r\n") else 0)


async def test_a_client_that_leaves_while_it_uploads(tmp_path: Path) -> None:
    async with (
        ScriptedUpstream([EARLY, LEFT]) as upstream,
        recording(tmp_path, upstream) as session,
    ):
        client = await session.client()
        headers = (("Content-Length", "10"), ("Content-Type", "application/json"))
        client.send_request("POST", "/up/", headers, b'{"a"')
        await until(lambda: upstream.asked)
        client.close()
        await upstream.left.wait()
        kept = await session.only()
    assert kept.timeline.ending.kind == "client_left"
    # Half a document is redacted as far as it goes.
    assert kept.request.body == b'{"a"'
    assert kept.lost == ""


async def test_a_request_with_broken_framing(tmp_path: Path) -> None:
    headers = (("Transfer-Encoding", "chunked"), ("Content-Type", "audio/wav"))
    async with (
        ScriptedUpstream([EARLY, LEFT]) as upstream,
        recording(tmp_path, upstream) as session,
    ):
        client = await session.client()
        client.send_request("POST", "/up/", headers)
        client.send(chunk(b"one"))
        await until(lambda: upstream.asked and upstream.asked[0].pieces)
        client.send(b"sk-secret\r\n")
        client.close()
        await upstream.left.wait()
        kept = await session.only()
    assert kept.timeline.ending.kind == "client_left"
    assert kept.request.body == b"one"
    assert "secret" not in kept.timeline.ending.detail


async def test_a_response_that_begins_before_the_request_is_whole(tmp_path: Path) -> None:
    whole = Gate()
    async with (
        ScriptedUpstream(
            [EARLY, chunked_head(), chunk(b"one"), whole, chunk(b"two"), LAST_CHUNK]
        ) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send_request("POST", "/up/", (("Content-Length", "6"),), b"abc")
        await client.read_head()
        assert await client.read_chunk() == b"one"
        client.send(b"def")
        await until(lambda: upstream.asked[0].body == b"abcdef")
        whole.open()
        assert await client.read_chunk() == b"two"
        assert await client.read_chunk() == b""
        kept = await session.only()
    assert kept.request.body == b"abcdef"
    assert kept.timeline.received[0].at_ns < 0 < kept.timeline.received[1].at_ns


@pytest.mark.parametrize("last", [CLOSE, RESET])
async def test_an_upload_that_is_refused_early(tmp_path: Path, last: object) -> None:
    answer = length_head(2, "application/json", status="413 Too Large") + b"{}"
    size = 4 * 1024 * 1024
    async with (
        ScriptedUpstream([EARLY, answer, CLOSE if last is CLOSE else RESET]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send_request("POST", "/up/", (("Content-Length", str(size)),), bytes(size))
        response = await client.read_response()
        client.close()
        kept = await session.only()
    assert (response.status, response.body, response.complete) == (413, b"{}", True)
    assert kept.response is not None
    assert kept.response.status == 413
    assert kept.timeline.ending.kind == "complete"


@pytest.mark.parametrize(
    "answer",
    [
        length_head(2, "application/json", "Connection: close", status="413 Too Large") + b"{}",
        close_head("application/json") + b"{}",
    ],
)
async def test_a_refusal_that_closes_is_seen_to_close_while_the_upload_goes_on(
    tmp_path: Path, answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not only once the recorder has stopped to wait for the rest of the upload."""
    monkeypatch.setattr("wiretape.recorder.proxy._LINGER_SECONDS", 3600.0)
    async with (
        ScriptedUpstream([EARLY, answer, CLOSE]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send_request("POST", "/up/", (("Content-Length", "900"),), b"some")
        async with asyncio.timeout(20):
            seen, how = await client.read_end()
        client.close()
        kept = await session.only()
    assert (seen[-2:], how) == (b"{}", "eof")
    assert (kept.timeline.ending.kind, kept.request.body) == ("complete", b"some")


async def test_stopping_ends_what_is_open_as_cut(tmp_path: Path) -> None:
    never = Gate()
    async with (
        ScriptedUpstream([chunked_head() + chunk(b"one"), never]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send_request("GET", "/up/")
        await client.read_head()
        assert await client.read_chunk() == b"one"
        assert session.proxy.live == 1
        kept = await session.only()
        with pytest.raises(ConnectionEnded):
            await client.read_chunk()
        never.open()
    assert session.proxy.live == 0
    assert kept.timeline.ending.kind == "cut"
    assert "stopped" in kept.timeline.ending.detail
    assert kept.response is not None
    assert kept.response.body == b"one"
    assert session.kept is not None
    assert (session.kept.interactions, session.kept.by_ending) == (1, {"cut": 1})
    assert (session.kept.bytes, session.kept.lost, session.kept.problem) == (3, 0, "")
