"""Endings on the wire: FIN is FIN, RST is RST, a stall is a stall."""

import socket

import pytest

from tests.interactions import SSE_CHUNKED, make_interaction, make_unanswered, with_length
from tests.raw_http import RawClient
from tests.replay.serving import ASKED, serving
from wiretape.cassettes.model import EndingKind, Headers
from wiretape.replay import Pace

BY_CLOSING: Headers = (("Content-Type", "text/event-stream"),)


@pytest.mark.parametrize("ending", ["cut", "client_left"])
@pytest.mark.parametrize("headers", [SSE_CHUNKED, with_length(SSE_CHUNKED, 900), BY_CLOSING])
async def test_a_cut_is_a_fin_at_its_time_with_no_terminator(
    ending: EndingKind, headers: Headers
) -> None:
    recorded = make_interaction(
        [(10, b"one")], head_ms=0, headers=headers, ending=ending, end_ms=40
    )
    async with serving([recorded]) as served, await served.ask() as client:
        await client.read_head()
        await served.advance(39)
        assert not client.has_ended
        assert client.received == (b"3\r\none\r\n" if headers is SSE_CHUNKED else b"one")
        await served.advance(1)
        rest, how = await client.read_end()
        assert how == "eof"
        assert b"0\r\n\r\n" not in rest


async def test_a_reset_is_a_rst_after_the_bytes_before_it() -> None:
    recorded = make_interaction([(10, b"one")], head_ms=0, ending="reset", end_ms=40)
    async with serving([recorded]) as served, await served.ask() as client:
        await client.read_head()
        await served.advance(39)
        assert not client.has_ended
        await served.advance(1)
        assert await client.read_end() == (b"3\r\none\r\n", "reset")
        assert served.server.playing == 0


async def test_an_instant_reset_loses_nothing_before_it() -> None:
    body = bytes(5_000_000)
    recorded = make_interaction([(10, body)], ending="reset")
    async with (
        serving([recorded], pace=Pace(instant=True)) as served,
        await served.ask() as client,
    ):
        await client.read_head()
        assert len(await client.read_chunk()) == len(body)
        assert await client.read_end() == (b"", "reset")


async def test_a_reset_waits_for_a_client_that_reads_late() -> None:
    body = bytes(20_000_000)
    recorded = make_interaction([(10, body)], ending="reset")
    async with (
        serving([recorded], pace=Pace(instant=True)) as served,
        await served.ask() as client,
    ):
        client.transport.pause_reading()
        await served.playing(1)
        await served.settle()
        client.transport.resume_reading()
        await client.read_head()
        assert len(await client.read_chunk()) == len(body)
        assert await client.read_end() == (b"", "reset")


async def test_a_stall_stays_silent_until_the_client_leaves() -> None:
    recorded = make_interaction([(10, b"one")], head_ms=0, ending="timeout", end_ms=40)
    async with serving([recorded]) as served, await served.ask() as client:
        await client.read_head()
        await served.advance(10)
        assert await client.read_chunk() == b"one"
        await served.advance(1_000_000)
        assert client.received == b""
        assert not client.has_ended
        assert served.server.playing == 1
        client.close()
        await served.playing(0)


@pytest.mark.parametrize(("ending", "seen"), [("cut", "eof"), ("reset", "reset")])
async def test_no_answer_at_all(ending: EndingKind, seen: str) -> None:
    async with (
        serving([make_unanswered(ending=ending, end_ms=20)]) as served,
        await served.ask() as client,
    ):
        await served.playing(1)
        await served.advance(19)
        assert not client.has_ended
        await served.advance(1)
        assert await client.read_end() == (b"", seen)


async def test_a_body_delimited_by_closing_ends_at_its_time() -> None:
    recorded = make_interaction([(10, b"one")], head_ms=0, headers=BY_CLOSING, end_ms=40)
    async with serving([recorded]) as served, await served.ask() as client:
        await client.read_head()
        await served.advance(39)
        assert client.received == b"one"
        assert not client.has_ended
        await served.advance(1)
        assert await client.read_end() == (b"one", "eof")


async def test_a_client_that_leaves_is_forgotten() -> None:
    recorded = make_interaction([(10, b"one"), (1_000_000, b"two")], head_ms=0)
    async with serving([recorded]) as served, await served.ask() as client:
        await client.read_head()
        client.close()
        await served.playing(0)
        await served.advance(2_000_000)


async def test_a_client_that_does_not_read_holds_up_nobody_and_gets_every_byte() -> None:
    piece = bytes(range(256)) * 256
    recorded = make_interaction([(n, piece) for n in range(1, 400)], head_ms=0)
    async with (
        serving([recorded]) as served,
        await served.ask() as slow,
        await served.ask() as quick,
    ):
        await slow.read_head()
        await quick.read_head()
        slow.transport.pause_reading()
        for _ in range(1, 400):
            await served.advance(1)
            assert await quick.read_chunk() == piece
        slow.transport.resume_reading()
        for _ in range(1, 400):
            assert await slow.read_chunk() == piece
        assert await slow.read_chunk() == b""


@pytest.mark.parametrize("pieces", [[30_000_000], [1_000_000] * 30])
async def test_memory_stays_flat_for_a_client_that_does_not_read(pieces: list[int]) -> None:
    recorded = make_interaction([(n, bytes(size)) for n, size in enumerate(pieces, 1)], head_ms=0)
    async with serving([recorded]) as served:
        with socket.create_connection(served.address) as sock:
            request = (
                b"POST /v1/responses HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%b"
            )
            sock.sendall(request % (len(ASKED), ASKED))
            await served.playing(1)
            for _ in pieces:
                await served.advance(1)
            (playing,) = served.server._playing
            assert playing._transport.get_write_buffer_size() <= 1 << 20
            assert playing._sent < 30_000_000
        await served.playing(0)


async def test_closing_leaves_a_client_that_does_not_read_behind() -> None:
    recorded = make_interaction([(1, bytes(30_000_000))], head_ms=0)
    async with serving([recorded], pace=Pace(instant=True)) as served:
        client = await RawClient.connect(served.url)
        client.transport.pause_reading()
        client.send_request("POST", "/v1/responses", (), ASKED)
        await served.playing(1)
        await served.settle()
    assert served.server.playing == 0
    client.close()
