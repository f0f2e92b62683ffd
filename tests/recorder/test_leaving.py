"""Clients that leave or break off, and what becomes of their responses."""

import asyncio
import contextlib
import fcntl
import socket
import struct
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tests.loop_time import LoopTime
from tests.raw_http import RawClient
from tests.recorder.recording import recording, until, until_stuck
from tests.scripted_upstream import (
    CLOSE,
    DEAF,
    EARLY,
    LAST_CHUNK,
    LEFT,
    RESET,
    Act,
    Gate,
    ScriptedUpstream,
    chunk,
    chunked_head,
    close_head,
    length_head,
)
from wiretape.recorder import Limits

UPLOAD = (("Transfer-Encoding", "chunked"), ("Content-Type", "audio/wav"))


def reset(client: RawClient) -> None:
    """Leave with a reset."""
    client.transport.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )
    client.transport.abort()


def untaken(client: RawClient) -> int:
    """Bytes the client has sent that are not with the recorder's system yet."""
    descriptor = client.transport.get_extra_info("socket").fileno()
    queued = fcntl.ioctl(descriptor, termios.TIOCOUTQ, bytes(4))
    return client.transport.get_write_buffer_size() + int.from_bytes(queued, sys.byteorder)


@pytest.mark.parametrize("leave", [RawClient.close, reset])
async def test_a_client_that_leaves_while_its_upload_is_held_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, leave: Callable[[RawClient], None]
) -> None:
    """Nothing is read from it then, so that no event loop tells of its end."""
    time, gate, sent = LoopTime(monkeypatch), Gate(), 0
    async with (
        ScriptedUpstream([DEAF, gate]) as upstream,
        recording(tmp_path, upstream) as session,
    ):
        client = await session.client()
        headers = (("Content-Length", str(1 << 30)), ("Content-Type", "audio/wav"))
        client.send_request("POST", "/up/", headers)
        await until(lambda: session.proxy.live)
        (connection,) = session.proxy._crowd.connections
        proxy_side = connection._transport
        assert proxy_side is not None
        while proxy_side.is_reading():
            client.send(bytes(64 * 1024))
            sent += 64 * 1024
            await until(lambda: not (proxy_side.is_reading() and untaken(client)))
        await until(lambda: not untaken(client))
        leave(client)
        await time.advance(0.3)
        await until(lambda: not session.proxy.live)
        kept = await session.only()
        gate.open()
    assert kept.timeline.ending.kind == "client_left"
    assert "while its upload waited" in kept.timeline.ending.detail
    assert 0 < len(kept.request.body) < sent


BREAKS = [b"zz\r\n", b"3 \r\nabc\r\n", b"fffffffffffffffff\r\n", b"3\r\nabcd\r\n", b"-1\r\n"]


@pytest.mark.parametrize("broken", BREAKS)
async def test_an_upload_with_a_broken_chunk(tmp_path: Path, broken: bytes) -> None:
    """Told at once, though the client goes on waiting."""
    async with (
        ScriptedUpstream([EARLY, LEFT]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send_request("POST", "/up/", UPLOAD)
        client.send(chunk(b"one"))
        await until(lambda: upstream.asked and upstream.asked[0].pieces)
        client.send(broken)
        response = await client.read_response()
        assert await client.read_end() == (b"", "eof")
        await upstream.left.wait()
        kept = await session.only()
    assert response.status == 400
    assert msgspec.json.decode(response.body)["error"]["code"] == "bad_request"
    assert kept.response is None
    assert kept.request.body == b"one"
    assert kept.timeline.ending.kind == "client_left"
    assert "framing" in kept.timeline.ending.detail
    assert len(upstream.asked) == 1


async def test_an_upload_that_breaks_behind_the_head_of_the_response(tmp_path: Path) -> None:
    async with (
        ScriptedUpstream([EARLY, chunked_head() + chunk(b"two"), LEFT]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send_request("POST", "/up/", UPLOAD)
        await client.read_head()
        assert await client.read_chunk() == b"two"
        client.send(b"zz\r\n")
        assert await client.read_end() == (b"", "eof")
        kept = await session.only()
    assert (kept.timeline.ending.kind, kept.timeline.ending.offset) == ("client_left", 3)


@pytest.mark.parametrize("last", [CLOSE, RESET])
async def test_both_sides_leave_at_once(tmp_path: Path, last: Act) -> None:
    """Whichever is seen first is the ending; there is one, and it is on the tape."""
    gate = Gate()
    async with (
        ScriptedUpstream([chunked_head() + chunk(b"one"), gate, last]) as upstream,
        recording(tmp_path, upstream) as session,
    ):
        client = await session.client()
        client.send_request("GET", "/up/")
        await client.read_head()
        await client.read_chunk()
        gate.open()
        client.close()
        await until(lambda: not session.proxy.live)
        kept = await session.only()
    assert kept.timeline.ending.kind in ("client_left", "cut" if last is CLOSE else "reset")
    assert kept.timeline.ending.offset == 3


REST: dict[str, tuple[bytes, list[bytes | Act]]] = {
    "complete": (chunked_head(), [chunk(b"two"), LAST_CHUNK]),
    "cut": (chunked_head(), [chunk(b"two"), CLOSE]),
    "reset": (close_head(), [b"two", RESET]),
}


@pytest.mark.parametrize("kind", REST)
async def test_drained_is_as_the_provider_ended_it(tmp_path: Path, kind: str) -> None:
    head, rest = REST[kind]
    one = chunk(b"one") if head == chunked_head() else b"one"
    gate = Gate()
    async with (
        ScriptedUpstream([head + one, gate, *rest]) as upstream,
        recording(tmp_path, upstream, drain=True) as session,
    ):
        client = await session.client()
        client.send_request("GET", "/up/")
        await client.read_exactly(len(head + one))
        client.close()
        await until(lambda: not session.proxy.connections)
        assert session.proxy.live == 1
        gate.open()
        await until(lambda: not session.proxy.live)
        kept = await session.only()
    assert kept.response is not None
    assert kept.response.body == b"onetwo"
    assert (kept.timeline.ending.kind, kept.timeline.ending.offset) == (kind, 6)
    assert "the client left after 3 body bytes" in kept.timeline.ending.detail


async def test_drained_from_before_the_head_and_past_a_full_buffer(tmp_path: Path) -> None:
    """The client was being waited for when it left."""
    size, gates = 32 * 1024 * 1024, (Gate(), Gate())
    async with (
        ScriptedUpstream(
            [gates[0], length_head(2) + b"ab"], [length_head(size), bytes(size)]
        ) as upstream,
        recording(tmp_path, upstream, drain=True) as session,
    ):
        silent = await session.client()
        silent.send_request("GET", "/up/")
        await gates[0].reached.wait()
        silent.close()
        await until(lambda: not session.proxy.connections)
        full = await session.client()
        full.transport.pause_reading()
        full.send_request("GET", "/up/")
        await until_stuck(upstream)
        full.transport.abort()
        gates[0].open()
        await until(lambda: not session.proxy.live)
        kept = await session.close()
    assert (kept.by_ending, kept.bytes) == ({"complete": 2}, size + 2)


async def test_half_a_request_is_not_drained(tmp_path: Path) -> None:
    async with (
        ScriptedUpstream([EARLY, LEFT]) as upstream,
        recording(tmp_path, upstream, drain=True) as session,
    ):
        client = await session.client()
        client.send_request("POST", "/up/", (("Content-Length", "10"),), b"half")
        await until(lambda: upstream.asked)
        client.close()
        await upstream.left.wait()
        assert (await session.only()).timeline.ending.kind == "client_left"


async def test_a_drained_stream_ends_with_the_recorder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a stall timeout, or as cut when the recorder stops."""
    time = LoopTime(monkeypatch)
    async with (
        ScriptedUpstream([chunked_head(), LEFT]) as upstream,
        recording(tmp_path, upstream, drain=True, limits=Limits(stall_seconds=10)) as session,
    ):
        for stalled in (True, False):
            client = await session.client()
            client.send_request("GET", "/up/")
            await client.read_head()
            client.close()
            await until(lambda: not session.proxy.connections)
            if stalled:
                await time.advance(10.1)
                assert session.proxy.live == 0
        kept = await session.close()
    assert kept.by_ending == {"timeout": 1, "cut": 1}


async def test_what_is_open_may_end_by_itself(tmp_path: Path) -> None:
    gate = Gate()
    async with (
        ScriptedUpstream([chunked_head(), gate, chunk(b"one"), LAST_CHUNK]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
        await session.client() as other,
    ):
        other.send_request("GET", "/up/none")
        await other.read_head()
        client.send_request("GET", "/up/")
        await client.read_head()
        finishing = asyncio.create_task(session.proxy.finish(60))
        await until(lambda: session.proxy.stopping)
        with pytest.raises(ConnectionRefusedError):
            await session.client()
        gate.open()
        assert await client.read_chunk() == b"one"
        assert await client.read_chunk() == b""
        await client.read_trailers()
        await finishing
        client.send_request("GET", "/up/")
        refused = await client.read_response()
        kept = await session.close()
    assert refused.status == 503
    assert msgspec.json.decode(refused.body)["error"]["code"] == "stopping"
    assert kept.by_ending == {"complete": 2}


async def test_what_is_still_open_then_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = LoopTime(monkeypatch)
    async with (
        ScriptedUpstream([chunked_head(), LEFT]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send_request("GET", "/up/")
        await client.read_head()
        finishing = asyncio.create_task(session.proxy.finish(60))
        await until(lambda: session.proxy.stopping)
        await time.advance(59)
        assert not finishing.done()
        await time.advance(2)
        await finishing
        kept = await session.close()
        with contextlib.suppress(ConnectionError):
            assert await client.read_end() == (b"", "eof")
    assert kept.by_ending == {"cut": 1}
