"""How much of anything is taken on: each limit has an ending, or an answer, that says so."""

from pathlib import Path

import msgspec
import pytest

from tests.loop_time import LoopTime
from tests.raw_http import RawResponse, fetch
from tests.recorder.recording import recording, until, until_still
from tests.scripted_upstream import (
    CLOSE,
    DEAF,
    EARLY,
    LAST_CHUNK,
    LEFT,
    Act,
    Gate,
    ScriptedUpstream,
    chunk,
    chunked_head,
    close_head,
    length_head,
)
from wiretape.recorder import Limits
from wiretape.recorder.limits import MAX_CONNECTIONS

OK = length_head(2) + b"ok"
KB = 1024
SMALL = Limits(body=10 * KB)


def code_of(response: RawResponse) -> str:
    code: str = msgspec.json.decode(response.body)["error"]["code"]
    return code


@pytest.mark.parametrize(
    "headers",
    [
        tuple(("X", "1") for _ in range(10_000)),
        (("X", "x" * 300_000),),
        tuple((f"X{number}", "x" * 20_000) for number in range(20)),
    ],
)
async def test_a_head_that_is_too_large(
    tmp_path: Path, headers: tuple[tuple[str, str], ...]
) -> None:
    async with ScriptedUpstream([OK]) as upstream, recording(tmp_path, upstream) as session:
        response = await fetch(session.proxy.url, "GET", "/up/", headers)
        kept = await session.close()
    assert (response.status, code_of(response)) == (431, "head_too_large")
    assert response.head.get("connection") == "close"
    assert (upstream.connections, kept.interactions) == (0, 0)


async def test_a_head_that_is_as_large_as_may_be(tmp_path: Path) -> None:
    headers = tuple((f"X{number}", "x" * 200) for number in range(990))
    async with ScriptedUpstream([OK]) as upstream, recording(tmp_path, upstream) as session:
        assert (await fetch(session.proxy.url, "GET", "/up/", headers)).status == 200
        kept = await session.only()
    assert [pair for pair in kept.request.headers if pair[0] != "Host"] == list(headers)
    assert set(headers) <= set(upstream.asked[0].headers)


async def test_a_request_that_says_it_is_too_long(tmp_path: Path) -> None:
    async with (
        ScriptedUpstream([OK]) as upstream,
        recording(tmp_path, upstream, limits=SMALL) as session,
        await session.client() as client,
    ):
        headers = (("Content-Length", str(10 * KB + 1)), ("Expect", "100-continue"))
        client.send_request("POST", "/up/", headers)
        response = await client.read_response()
        client.close()
        assert (await fetch(session.proxy.url, "POST", "/up/", (), bytes(10 * KB))).status == 200
        kept = await session.close()
    assert (response.status, code_of(response)) == (413, "body_too_large")
    assert len(upstream.asked) == kept.interactions == 1


async def test_a_request_that_becomes_too_long(tmp_path: Path) -> None:
    """It was under way already: the tape has what the provider got."""
    async with (
        ScriptedUpstream([EARLY, LEFT]) as upstream,
        recording(tmp_path, upstream, limits=SMALL) as session,
        await session.client() as client,
    ):
        headers = (("Transfer-Encoding", "chunked"), ("Content-Type", "audio/wav"))
        client.send_request("POST", "/up/", headers)
        client.send(chunk(bytes(10 * KB)))
        await until(lambda: upstream.asked and upstream.asked[0].body)
        client.send(chunk(b"x"))
        response = await client.read_response()
        client.close()
        await upstream.left.wait()
        kept = await session.only()
    assert (response.status, code_of(response)) == (413, "body_too_large")
    assert kept.timeline.ending.kind == "cut"
    assert "--max-body" in kept.timeline.ending.detail
    assert len(kept.request.body) == 10 * KB


async def test_the_refusal_reaches_a_client_that_goes_on_sending(tmp_path: Path) -> None:
    """A close over what it sends meanwhile would be a reset, and could take the answer along."""
    async with (
        ScriptedUpstream([EARLY, LEFT]) as upstream,
        recording(tmp_path, upstream, limits=SMALL) as session,
        await session.client() as client,
    ):
        headers = (("Transfer-Encoding", "chunked"), ("Content-Type", "audio/wav"))
        client.send_request("POST", "/up/", headers)
        client.send(chunk(bytes(8 * KB * KB)))
        client.send(LAST_CHUNK)
        response = await client.read_response()
        assert await client.read_end() == (b"", "eof")
    assert (response.status, code_of(response)) == (413, "body_too_large")


async def test_a_request_that_becomes_too_long_behind_the_head_of_its_response(
    tmp_path: Path,
) -> None:
    async with (
        ScriptedUpstream([EARLY, chunked_head(), LEFT]) as upstream,
        recording(tmp_path, upstream, limits=SMALL) as session,
        await session.client() as client,
    ):
        client.send_request("POST", "/up/", (("Transfer-Encoding", "chunked"),))
        await client.read_head()
        client.send(chunk(bytes(20 * KB)))
        assert (await client.read_end())[0] == b""
        assert (await session.only()).timeline.ending.kind == "cut"


LONG = bytes(range(256)) * 80
PIECES = [LONG[at : at + KB] for at in range(0, 20 * KB, KB)]
RESPONSES: dict[str, list[bytes | Act]] = {
    "chunked": [chunked_head(), *map(chunk, PIECES), LAST_CHUNK],
    "length": [length_head(20 * KB), *PIECES],
    "close": [close_head(), *PIECES, CLOSE],
}


@pytest.mark.parametrize("framing", RESPONSES)
async def test_a_response_that_is_too_long_goes_on_unrecorded(tmp_path: Path, framing: str) -> None:
    async with (
        ScriptedUpstream(RESPONSES[framing]) as upstream,
        recording(tmp_path, upstream, limits=SMALL) as session,
        await session.client() as client,
    ):
        client.send_request("GET", "/up/")
        response = await client.read_response()
        kept = await session.only()
    assert (response.body, response.complete) == (LONG, True)
    assert (kept.timeline.ending.kind, kept.timeline.ending.offset) == ("complete", 20 * KB)
    assert kept.response is not None
    assert LONG.startswith(kept.response.body)
    assert len(kept.response.body) <= 10 * KB
    assert "rest of the response's body" in kept.lost
    assert "--max-body" in kept.lost
    assert session.kept is not None
    assert session.kept.lost == 1


async def test_connections_up_to_the_limit(tmp_path: Path) -> None:
    async with (
        ScriptedUpstream([OK]) as upstream,
        recording(tmp_path, upstream, limits=Limits(connections=2)) as session,
    ):
        first, second = await session.client(), await session.client()
        await until(lambda: session.proxy.connections == 2)
        async with await session.client() as third:
            third.send_request("POST", "/up/", (), b"{}")
            response = await third.read_response()
            assert await third.read_end() == (b"", "eof")
        second.close()
        await until(lambda: session.proxy.connections == 1)
        async with await session.client() as fourth:
            fourth.send_request("GET", "/up/")
            assert (await fourth.read_response()).body == b"ok"
        first.send_request("GET", "/up/")
        assert (await first.read_response()).body == b"ok"
        first.close()
        kept = await session.close()
    assert (response.status, code_of(response)) == (503, "too_many_connections")
    assert kept.interactions == 2


async def test_a_surplus_connection_that_asks_nothing_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = LoopTime(monkeypatch)
    limits = Limits(connections=1)
    async with recording(tmp_path, "http://localhost:1", limits=limits) as session:
        first, second = await session.client(), await session.client()
        await until(lambda: session.proxy.connections == 2)
        await time.advance(3)
        await until(lambda: second.has_ended)
        assert session.proxy.connections == 1
        first.close()


def test_as_many_connections_as_there_are_files(monkeypatch: pytest.MonkeyPatch) -> None:
    for files, most in ((1024, 480), (64, 1), (1 << 20, MAX_CONNECTIONS), (-1, MAX_CONNECTIONS)):
        monkeypatch.setattr("resource.getrlimit", lambda _, files=files: (files, files))
        assert Limits().most_connections == most
    assert Limits(connections=7).most_connections == 7


@pytest.mark.parametrize("sent", [b"", b"GET /up/ HTTP/1.1\r\nHost: loc"])
async def test_a_head_that_does_not_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    """A byte now and then buys no time."""
    time = LoopTime(monkeypatch)
    async with (
        recording(tmp_path, "http://localhost:1", limits=Limits(idle_seconds=60)) as session,
        await session.client() as client,
    ):
        client.send(sent)
        await until(lambda: session.proxy.connections)
        for _ in range(5):
            await time.advance(10)
            client.send(b"a" if sent else b"")
        assert not client.has_ended
        await time.advance(11)
        assert await client.read_end() == (b"", "eof")


async def test_an_idle_connection_goes_a_live_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    time, gate = LoopTime(monkeypatch), Gate()
    async with (
        ScriptedUpstream([OK], [chunked_head(), gate, LAST_CHUNK]) as upstream,
        recording(tmp_path, upstream, limits=Limits(idle_seconds=60)) as session,
        await session.client() as idle,
        await session.client() as live,
    ):
        idle.send_request("GET", "/up/")
        await idle.read_response()
        live.send_request("GET", "/up/")
        await live.read_head()
        await time.advance(61)
        assert await idle.read_end() == (b"", "eof")
        await time.advance(600)
        gate.open()
        assert await live.read_chunk() == b""


async def test_a_client_that_stops_reading_costs_no_memory(tmp_path: Path) -> None:
    """What it does not take stays with the upstream."""
    size = 128 * KB * KB
    async with (
        ScriptedUpstream([length_head(size, "audio/mpeg"), bytes(size)]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.transport.pause_reading()
        client.send_request("GET", "/up/")
        await until(lambda: session.proxy.live)
        (connection,) = session.proxy._crowd.connections
        assert connection._transport is not None
        await until_still(connection._transport.get_write_buffer_size)
        # Two reads of asyncio at most: the one that filled the buffer and the one under way.
        assert connection._transport.get_write_buffer_size() <= 2 * 256 * KB
        assert session.proxy.live == 1
        client.transport.abort()
        kept = await session.only()
    assert kept.timeline.ending.kind in ("client_left", "cut")
    assert kept.timeline.ending.offset < size // 4


async def test_an_upload_that_is_not_taken_costs_no_memory(tmp_path: Path) -> None:
    """What the upstream does not take stays with the client."""
    size, gate = 128 * KB * KB, Gate()
    async with (
        ScriptedUpstream([DEAF, gate]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        headers = (("Content-Length", str(size)), ("Content-Type", "audio/wav"))
        client.send_request("POST", "/up/", headers, bytes(size))
        await gate.reached.wait()
        untaken = await until_still(client.transport.get_write_buffer_size)
        kept = await session.only()
        gate.open()
    assert untaken > size // 2
    # In the recorder: what has gone to the upstream's system, and what aiohttp and asyncio hold.
    assert len(kept.request.body) <= size - untaken
