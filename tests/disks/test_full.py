"""A disk without room: the traffic goes on, the tape says what it lacks, the exit code is 1."""

from tests.cli.processes import names_in, run
from tests.disks.recording import BODY, PIECES, SCRIPT, ask, is_whole, kept, recorder, says
from tests.disks.small_disk import SmallDisk
from tests.raw_http import RawClient, fetch
from tests.recorder.recording import until
from tests.scripted_upstream import (
    LAST_CHUNK,
    Gate,
    Script,
    ScriptedUpstream,
    chunk,
    chunked_head,
)
from wiretape.cassettes.journal import journal_path

HEALTH = "/__wiretape/health"


async def test_it_stays_full(disk: SmallDisk) -> None:
    cassette = disk.folder / "t.tape.zst"
    async with ScriptedUpstream(SCRIPT) as upstream, recorder(cassette, upstream) as process:
        await ask(process)
        with disk.full(process.pid):
            await ask(process)
            await ask(process)
            assert await process.stop() == 1
    assert says(process, "something is missing of 2 interactions")
    assert says(process, "not sealed", "wiretape recover", f"{cassette}.journal")
    assert run("recover", cassette, cwd=disk.folder).returncode == 0
    (only,) = kept(cassette)
    assert is_whole(only)
    assert names_in(disk.folder) == [cassette.name]


async def test_there_is_room_again(disk: SmallDisk) -> None:
    cassette = disk.folder / "t.tape.zst"
    async with ScriptedUpstream(SCRIPT) as upstream, recorder(cassette, upstream) as process:
        await ask(process)
        with disk.full(process.pid):
            await ask(process)
        await ask(process)
        assert await process.stop() == 1
    assert says(process, "something is missing of 1 interaction")
    before, meanwhile, after = kept(cassette)
    assert is_whole(before)
    assert is_whole(after)
    assert meanwhile.lost
    assert meanwhile.timeline.ending.offset == len(BODY)
    assert meanwhile.response is not None
    assert BODY.startswith(meanwhile.response.body)
    assert names_in(disk.folder) == [cassette.name]


async def test_within_one_stream(disk: SmallDisk) -> None:
    cassette = disk.folder / "t.tape.zst"
    first, second, third = PIECES
    full, room = Gate(), Gate()
    script: Script = [chunked_head("a/b"), chunk(first), full, chunk(second), room, chunk(third)]
    async with (
        ScriptedUpstream([*script, LAST_CHUNK]) as upstream,
        recorder(cassette, upstream) as process,
        await RawClient.connect(process.url) as client,
    ):
        client.send_request("GET", "/up/v1/x")
        await client.read_head()
        await read(client, first)
        await until(lambda: journal_path(cassette).stat().st_size > len(first))
        with disk.full(process.pid):
            full.open()
            await read(client, second)
            # The client has its bytes before the disk is asked to take them.
            while b'"failing"' not in (await fetch(process.url, "GET", HEALTH)).body:
                pass
        room.open()
        await read(client, third)
        assert await client.read_chunk() == b""
        assert await process.stop() == 1
    (only,) = kept(cassette)
    assert only.response is not None
    assert only.response.body == first
    assert only.timeline.ending.kind == "complete"
    assert "after the disk failed" in only.lost


async def test_full_only_while_sealing(disk: SmallDisk) -> None:
    cassette = disk.folder / "t.tape.zst"
    async with ScriptedUpstream(SCRIPT) as upstream, recorder(cassette, upstream) as process:
        await ask(process)
        await ask(process)
        with disk.full(process.pid):
            assert await process.stop() == 1
            still_full = run("recover", cassette, cwd=disk.folder)
    assert says(process, "not sealed", "wiretape recover", f"{cassette}.journal")
    assert not says(process, "something is missing")
    assert still_full.returncode == 1
    (line,) = still_full.stderr.decode().splitlines()
    assert "cannot be written" in line
    assert names_in(disk.folder) == [f"{cassette.name}.journal"]
    recovered = run("recover", cassette, cwd=disk.folder)
    assert recovered.returncode == 0
    assert b"recovered 2 interactions from a journal (2 complete)" in recovered.stderr
    assert all(map(is_whole, kept(cassette)))
    assert names_in(disk.folder) == [cassette.name]


async def test_full_while_appending(disk: SmallDisk) -> None:
    """The cassette that was there stays as it was until the new one is whole."""
    cassette = disk.folder / "t.tape.zst"
    async with ScriptedUpstream(SCRIPT) as upstream:
        async with recorder(cassette, upstream) as process:
            await ask(process)
            assert await process.stop() == 0
        before = cassette.read_bytes()
        async with recorder(cassette, upstream) as process:
            await ask(process)
            with disk.full(process.pid):
                assert await process.stop() == 1
        assert cassette.read_bytes() == before
        async with recorder(cassette, upstream) as process:
            assert says(process, "recovered 1 interaction from a journal (1 complete)")
            assert await process.stop() == 0
    assert [is_whole(one) for one in kept(cassette)] == [True, True]


async def test_full_before_it_starts(disk: SmallDisk) -> None:
    cassette = disk.folder / "t.tape.zst"
    async with ScriptedUpstream(SCRIPT) as upstream, recorder(cassette, upstream) as process:
        await ask(process)
        with disk.full(process.pid):
            assert await process.stop() == 1
            refused = run("record", "--to", cassette, "--port", "0", cwd=disk.folder)
    assert refused.returncode == 1
    (line,) = refused.stderr.decode().splitlines()
    assert "cannot be written" in line


async def read(client: RawClient, piece: bytes) -> None:
    """The next bytes of a chunked body, in whatever chunks."""
    found = b""
    while len(found) < len(piece):
        found += await client.read_chunk()
    assert found == piece
