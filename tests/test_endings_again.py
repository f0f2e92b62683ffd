"""Every way a response can end, seen live through the recorder and again from the tape.

A raw client asks twice, and both times sees the same bytes and the same end of the connection.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.raw_http import RawClient
from tests.recorder.recording import recording, until
from tests.scripted_upstream import (
    CLOSE,
    LAST_CHUNK,
    LEFT,
    RESET,
    Gate,
    Script,
    ScriptedUpstream,
    chunk,
    chunked_head,
    close_head,
    length_head,
)
from wiretape.cassettes import Cassette
from wiretape.recorder import Limits
from wiretape.replay import Pace, Player, ReplayServer

ONE = chunk(b"one")
CLOSING = ("text/event-stream", "Connection: close")
SCRIPTS: dict[str, tuple[Script, str]] = {
    "complete, chunked": ([chunked_head(*CLOSING), ONE, LAST_CHUNK], "complete"),
    "complete, length": ([length_head(3, *CLOSING) + b"one"], "complete"),
    "complete, close": ([close_head() + b"one", CLOSE], "complete"),
    "trailers": ([chunked_head(*CLOSING), ONE, b"0\r\nX: y\r\n\r\n"], "complete"),
    "nothing": ([CLOSE], "cut"),
    "nothing, reset": ([RESET], "reset"),
    "no body": ([chunked_head(), CLOSE], "cut"),
    "early close, chunked": ([chunked_head(), ONE, CLOSE], "cut"),
    "early close, within a chunk": ([chunked_head(), b"9\r\none", CLOSE], "cut"),
    "length too long": ([length_head(9), b"one", CLOSE], "cut"),
    "length too short": ([length_head(2, *CLOSING) + b"one"], "complete"),
    "broken chunk head": ([chunked_head(), ONE, b"zz\r\n", LEFT], "cut"),
    "broken head": ([b"HTTP/1.1 OK\r\n\r\n", LEFT], "cut"),
    "reset, chunked": ([chunked_head(), ONE, RESET], "reset"),
    "reset, length": ([length_head(9), b"one", RESET], "reset"),
    "reset, close": ([close_head(), b"one", RESET], "reset"),
}


@asynccontextmanager
async def replaying(cassette: Path) -> AsyncIterator[str]:
    with Cassette.open(cassette) as tape:
        player = Player(tape)
    server = ReplayServer(player, pace=Pace(instant=True))
    await server.start()
    try:
        yield server.url
    finally:
        await server.close()


async def seen(url: str) -> tuple[bytes, str]:
    """All that a client sees, and how its connection ends."""
    async with await RawClient.connect(url) as client:
        client.send_request("GET", "/up/v1", (("Connection", "close"),))
        return await client.read_end()


@pytest.mark.parametrize("name", SCRIPTS)
async def test_as_the_upstream_ended_it(tmp_path: Path, name: str) -> None:
    script, ending = SCRIPTS[name]
    async with ScriptedUpstream(script) as upstream, recording(tmp_path, upstream) as session:
        live = await seen(session.proxy.url)
        kept = await session.only()
    async with replaying(session.proxy.cassette) as url:
        again = await seen(url)
    assert kept.timeline.ending.kind == ending
    assert again == live
    assert live[1] == ("reset" if ending == "reset" else "eof")


async def test_a_stall_is_a_stall(tmp_path: Path) -> None:
    """Live it lasted until the recorder gave up; on the tape the upstream says no more."""
    script: Script = [chunked_head(), ONE, LEFT]
    async with (
        ScriptedUpstream(script) as upstream,
        recording(tmp_path, upstream, limits=Limits(stall_seconds=0.01)) as session,
    ):
        live, how = await seen(session.proxy.url)
        assert (await session.only()).timeline.ending.kind == "timeout"
    assert (live, how) == (chunked_head() + ONE, "eof")
    async with replaying(session.proxy.cassette) as url, await RawClient.connect(url) as client:
        client.send_request("GET", "/up/v1")
        assert await client.read_exactly(len(live)) == live
        for _ in range(50):
            await asyncio.sleep(0)
        assert (client.received, client.has_ended) == (b"", False)


@pytest.mark.parametrize("drain", [False, True])
async def test_a_client_that_left(tmp_path: Path, drain: bool) -> None:
    """The next client gets what there is on the tape: as far as it went, or all of it."""
    gate = Gate()
    rest: Script = [gate, chunk(b"two"), LAST_CHUNK] if drain else [LEFT]
    async with (
        ScriptedUpstream([chunked_head(), ONE, *rest]) as upstream,
        recording(tmp_path, upstream, drain=drain) as session,
    ):
        client = await RawClient.connect(session.proxy.url)
        client.send_request("GET", "/up/v1")
        await client.read_head()
        await client.read_chunk()
        client.close()
        await until(lambda: not session.proxy.connections)
        gate.open()
        await until(lambda: not session.proxy.live)
        kept = await session.only()
    async with replaying(session.proxy.cassette) as url, await RawClient.connect(url) as client:
        client.send_request("GET", "/up/v1")
        again = await client.read_response()
    assert kept.timeline.ending.kind == ("complete" if drain else "client_left")
    assert (again.body, again.complete) == ((b"onetwo", True) if drain else (b"one", False))
