"""A disk that fails stops no traffic, and the tape says what it lacks."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.raw_http import RawClient
from tests.recorder.recording import recorded, recording
from tests.scripted_upstream import (
    LAST_CHUNK,
    Gate,
    Script,
    ScriptedUpstream,
    chunk,
    chunked_head,
    length_head,
)
from wiretape.cassettes.folding import fold
from wiretape.cassettes.journal import journal_path

BODY = bytes(range(256)) * 128


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file of this process may grow beyond `size` bytes: writing fails with EFBIG."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_what_was_kept_before_the_disk_failed_stays(tmp_path: Path) -> None:
    async with (
        ScriptedUpstream([length_head(5), b"small"], [length_head(len(BODY)), BODY]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        with largest_file(8 * 1024):
            assert await _get(client) == b"small"
            assert await _get(client) == BODY
            assert await _get(client) == BODY
        # There is room again: what comes now is kept whole.
        assert await _get(client) == BODY
        kept = await session.close()
    assert "File too large" in kept.problem
    assert (kept.interactions, kept.lost) == (4, 2)
    first, second, third, fourth = recorded(tmp_path / "t.tape.zst")
    assert (first.lost, fourth.lost) == ("", "")
    assert first.response is not None
    assert first.response.body == b"small"
    assert fourth.response is not None
    assert fourth.response.body == BODY
    for broken in (second, third):
        assert broken.response is not None
        assert BODY.startswith(broken.response.body)
        assert broken.timeline.ending.kind == "complete"
        assert broken.timeline.ending.offset == len(BODY)
        assert "File too large" in broken.lost


async def test_a_stream_keeps_what_came_before(tmp_path: Path) -> None:
    gates = [Gate(), Gate()]
    script: Script = [chunked_head(), gates[0], chunk(BODY), gates[1], chunk(b"later"), LAST_CHUNK]
    async with (
        ScriptedUpstream(script) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send_request("GET", "/up/")
        await client.read_head()
        gates[0].open()
        got = await client.read_chunk()
        while len(got) < len(BODY):
            got += await client.read_chunk()
        with largest_file(journal_path(session.proxy.cassette).stat().st_size + 10):
            gates[1].open()
            assert await client.read_chunk() == b"later"
            assert await client.read_chunk() == b""  # the terminator comes all the same
        kept = await session.only()
    assert kept.response is not None
    assert kept.response.body == BODY
    assert kept.lost


async def test_a_cassette_that_cannot_be_sealed(tmp_path: Path) -> None:
    async with (
        ScriptedUpstream([length_head(5), b"small"]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        assert await _get(client) == b"small"
        with largest_file(10):
            kept = await session.close()
    assert "not sealed" in kept.problem
    assert kept.interactions == 0
    folded = fold(tmp_path / "t.tape.zst")
    assert folded is not None
    assert (folded.interactions, folded.cut) == (1, 0)


async def _get(client: RawClient) -> bytes:
    client.send_request("GET", "/up/")
    return (await client.read_response()).body


async def test_a_disk_that_fails_to_the_end_is_told_on_the_tape(tmp_path: Path) -> None:
    async with (
        ScriptedUpstream([chunked_head(), chunk(b"a" * 6000), chunk(BODY), LAST_CHUNK]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        with largest_file(8 * 1024):
            assert await _get(client) == b"a" * 6000 + BODY
            kept = await session.close()
    assert (kept.interactions, kept.lost, kept.by_ending) == (1, 1, {"complete": 1})
    [one] = recorded(tmp_path / "t.tape.zst")
    assert one.timeline.ending.kind == "complete"
    assert "File too large" in one.lost
