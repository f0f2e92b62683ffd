"""A hundred streams at a time, and a disk that fails in the middle of them."""

import asyncio

import msgspec

from tests.disks.recording import BODY, kept
from tests.disks.small_disk import SmallDisk
from tests.raw_http import RawClient, fetch
from tests.recorder.recording import recording
from tests.scripted_upstream import (
    LAST_CHUNK,
    Gate,
    Script,
    ScriptedUpstream,
    chunk,
    chunked_head,
)

STREAMS = 100
EVENTS = [BODY[at : at + 200] for at in range(0, 2_000, 200)]
"""Small ones, so that the disk takes some of each stream before it is full."""

SMALL = b"".join(EVENTS)


async def test_no_client_loses_a_byte(disk: SmallDisk) -> None:
    full, room = Gate(), Gate()
    pieces = [chunk(event) for event in EVENTS]
    script: Script = [chunked_head("a/b"), *pieces[:3], full, *pieces[3:6], room, *pieces[6:]]
    async with (
        ScriptedUpstream([*script, LAST_CHUNK]) as upstream,
        recording(disk.folder, upstream) as session,
    ):
        clients = [await RawClient.connect(session.proxy.url) for _ in range(STREAMS)]
        for client in clients:
            client.send_request("GET", "/up/v1/x")
        await asyncio.gather(*(client.read_head() for client in clients))
        await read_all(clients, SMALL[:600])
        with disk.full():
            full.open()
            await read_all(clients, SMALL[600:1200])
            await until_failing(session.proxy.url)
        room.open()
        await read_all(clients, SMALL[1200:])
        assert [await client.read_chunk() for client in clients] == [b""] * STREAMS
        await asyncio.gather(*(client.read_trailers() for client in clients))
        # What is asked for now is kept whole.
        clients[0].send_request("GET", "/up/v1/x")
        assert (await clients[0].read_response()).body == SMALL
        closed = await session.close()
        for client in clients:
            client.close()
    assert closed.problem
    assert closed.by_ending == {"complete": STREAMS + 1}
    tape = kept(session.proxy.cassette)
    lacking = [one for one in tape if one.lost]
    # Not of all: what waits to be written may wait until there is room again.
    assert closed.lost == len(lacking) > 0
    for one in tape:
        assert one.response is not None
        assert SMALL.startswith(one.response.body)
        assert (one.response.body == SMALL) == (not one.lost)
        assert one.timeline.ending.offset == len(SMALL)
    assert tape[-1].lost == ""


async def until_failing(url: str) -> None:
    """The recorder has met the full disk."""
    problem = ""
    while not problem:
        page = await fetch(url, "GET", "/__wiretape/health")
        problem = msgspec.json.decode(page.body)["problem"]


async def read_all(clients: list[RawClient], expected: bytes) -> None:
    """Every client gets the same next bytes."""

    async def read(client: RawClient) -> None:
        found = b""
        while len(found) < len(expected):
            found += await client.read_chunk()
        assert found == expected

    await asyncio.gather(*map(read, clients))
