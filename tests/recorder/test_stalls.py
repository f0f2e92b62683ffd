"""An upstream that goes silent: waited for as long as the client does, or up to a timeout."""

from pathlib import Path

import pytest

from tests.loop_time import LoopTime
from tests.recorder.recording import recording, until, until_still, until_stuck
from tests.scripted_upstream import (
    DEAF,
    LAST_CHUNK,
    LEFT,
    Gate,
    ScriptedUpstream,
    chunk,
    chunked_head,
    length_head,
)
from wiretape.recorder import Limits

TEN = Limits(stall_seconds=10)


async def test_without_a_timeout_silence_is_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    time, gate = LoopTime(monkeypatch), Gate()
    async with (
        ScriptedUpstream([chunked_head() + chunk(b"one"), gate, LAST_CHUNK]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send_request("GET", "/up/")
        await client.read_head()
        await client.read_chunk()
        await time.advance(100_000)
        assert not client.has_ended
        gate.open()
        assert await client.read_chunk() == b""
        assert (await session.only()).timeline.ending.kind == "complete"


@pytest.mark.parametrize("start", [b"", chunked_head(), chunked_head() + chunk(b"one")])
async def test_past_the_timeout_both_sides_are_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: bytes
) -> None:
    time = LoopTime(monkeypatch)
    async with (
        ScriptedUpstream([start, LEFT]) as upstream,
        recording(tmp_path, upstream, limits=TEN) as session,
        await session.client() as client,
    ):
        client.send_request("GET", "/up/")
        await client.read_exactly(len(start))
        await until(lambda: upstream.asked)
        await time.advance(9)
        assert not client.has_ended
        assert session.proxy.live == 1
        await time.advance(1.1)
        assert await client.read_end() == (b"", "eof")
        await upstream.left.wait()
        kept = await session.only()
    ending = kept.timeline.ending
    assert (ending.kind, ending.detail) == ("timeout", "nothing came for 10 s (--stall-timeout)")
    assert ending.offset == (3 if start.endswith(b"one\r\n") else 0)


async def test_every_read_begins_the_wait_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    time, gates = LoopTime(monkeypatch), [Gate() for _ in range(3)]
    script = [chunked_head(), *(step for gate in gates for step in (gate, chunk(b"x")))]
    async with (
        ScriptedUpstream([*script, LAST_CHUNK]) as upstream,
        recording(tmp_path, upstream, limits=TEN) as session,
        await session.client() as client,
    ):
        client.send_request("GET", "/up/")
        await client.read_head()
        for gate in gates:
            await time.advance(9)
            gate.open()
            assert await client.read_chunk() == b"x"
        assert await client.read_chunk() == b""
        assert (await session.only()).timeline.ending.kind == "complete"


async def test_a_client_that_is_slow_is_no_stall(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    time, size = LoopTime(monkeypatch), 32 * 1024 * 1024
    async with (
        ScriptedUpstream([length_head(size), bytes(size)]) as upstream,
        recording(tmp_path, upstream, limits=TEN) as session,
        await session.client() as client,
    ):
        client.transport.pause_reading()
        client.send_request("POST", "/up/", (("Content-Length", "2"),), b"a")
        await until(lambda: session.proxy.live)
        await time.advance(60)  # more of the request has to come
        client.send(b"b")
        await until(lambda: upstream.asked and upstream.asked[0].body == b"ab")
        for _ in range(3):  # more of the response has to be taken
            await until_stuck(upstream) if upstream.written else None
            await time.advance(60)
        client.transport.resume_reading()
        assert len((await client.read_response()).body) == size
        assert (await session.only()).timeline.ending.kind == "complete"


async def test_an_upstream_that_stops_reading_an_upload(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    time, gate, size = LoopTime(monkeypatch), Gate(), 64 * 1024 * 1024
    async with (
        ScriptedUpstream([DEAF, gate]) as upstream,
        recording(tmp_path, upstream, limits=TEN) as session,
        await session.client() as client,
    ):
        headers = (("Content-Length", str(size)), ("Content-Type", "audio/wav"))
        client.send_request("POST", "/up/", headers, bytes(size))
        await gate.reached.wait()
        await until_still(client.transport.get_write_buffer_size)
        await time.advance(10.1)
        kept = await session.only()
        gate.open()
    assert kept.timeline.ending.kind == "timeout"
    assert 0 < len(kept.request.body) < size
