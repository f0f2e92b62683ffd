"""Files that go while a recorder writes to them, and a recorder that is there already."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.processes import names_in, run
from tests.disks.recording import SCRIPT, ask, is_whole, kept, recorder, says
from tests.disks.small_disk import WITHOUT_RIGHTS, read_only
from tests.scripted_upstream import ScriptedUpstream
from wiretape.cassettes.journal import journal_path


@pytest.fixture
def cassette(tmp_path: Path) -> Path:
    folder = tmp_path / "tapes"
    folder.mkdir()
    return folder / "t.tape.zst"


VANISH: dict[str, Callable[[Path], object]] = {
    "removed": Path.unlink,
    "moved away": lambda path: path.rename(path.with_name("elsewhere")),
    "another in its place": lambda path: path.with_name("new").replace(path),
}


@pytest.mark.parametrize("vanish", VANISH.values(), ids=VANISH)
async def test_a_journal_that_vanishes(cassette: Path, vanish: Callable[[Path], object]) -> None:
    cassette.with_name("new").touch(mode=0o600)
    async with ScriptedUpstream(SCRIPT) as upstream, recorder(cassette, upstream) as process:
        await ask(process)
        vanish(journal_path(cassette))
        await ask(process)
        assert await process.stop() == 1
    assert says(process, "the journal vanished while recording, and was written anew")
    assert [is_whole(one) for one in kept(cassette)] == [True, True]


async def test_a_journal_that_vanishes_behind_the_last_stream(cassette: Path) -> None:
    async with ScriptedUpstream(SCRIPT) as upstream, recorder(cassette, upstream) as process:
        await ask(process)
        journal_path(cassette).unlink()
        assert await process.stop() == 1
    assert [is_whole(one) for one in kept(cassette)] == [True]


async def test_a_cassette_that_vanishes(cassette: Path) -> None:
    async with ScriptedUpstream(SCRIPT) as upstream:
        async with recorder(cassette, upstream) as process:
            await ask(process)
            assert await process.stop() == 0
        async with recorder(cassette, upstream) as process:
            VANISH["removed"](cassette)
            await ask(process)
            assert await process.stop() == 1
    assert says(process, "the cassette vanished while recording, with what it held before")
    assert [is_whole(one) for one in kept(cassette)] == [True]


async def test_a_cassette_that_is_damaged_meanwhile(cassette: Path) -> None:
    async with ScriptedUpstream(SCRIPT) as upstream:
        async with recorder(cassette, upstream) as process:
            await ask(process)
            assert await process.stop() == 0
        async with recorder(cassette, upstream) as process:
            spoil(cassette)
            await ask(process)
            assert await process.stop() == 1
    assert says(process, "not sealed", "not a cassette", "wiretape recover")
    assert is_spoilt(cassette)
    assert journal_path(cassette).exists()


async def test_a_folder_that_is_removed(cassette: Path) -> None:
    async with ScriptedUpstream(SCRIPT) as upstream, recorder(cassette, upstream) as process:
        await ask(process)
        shutil.rmtree(cassette.parent)
        await ask(process)
        assert await process.stop() == 1
    assert says(process, "the journal vanished", "could not be written anew (No such file")
    assert says(process, "something is missing of 2 interactions")


async def test_a_folder_that_is_read_only(cassette: Path) -> None:
    with read_only(cassette.parent):
        refused = run(
            *("record", "--to", cassette, "--port", "0"),
            cwd=cassette.parents[1],
            prefix=WITHOUT_RIGHTS,
        )
    assert refused.returncode == 1
    (line,) = refused.stderr.decode().splitlines()
    assert f"{cassette.parent}: cannot be written to" in line
    assert names_in(cassette.parent) == []


async def test_a_folder_that_becomes_read_only(cassette: Path) -> None:
    async with (
        ScriptedUpstream(SCRIPT) as upstream,
        recorder(cassette, upstream, prefix=WITHOUT_RIGHTS) as process,
    ):
        await ask(process)
        with read_only(cassette.parent):
            await ask(process)
            assert await process.stop() == 1
    assert says(process, "not sealed", "Permission denied", "wiretape recover")
    assert run("recover", cassette, cwd=cassette.parent).returncode == 0
    assert [is_whole(one) for one in kept(cassette)] == [True, True]


async def test_a_recorder_that_is_there_already(cassette: Path) -> None:
    async with ScriptedUpstream(SCRIPT) as upstream, recorder(cassette, upstream) as process:
        await ask(process)
        second = run("record", "--to", cassette, "--port", "0", cwd=cassette.parent)
        assert second.returncode == 1
        (line,) = second.stderr.decode().splitlines()
        assert "another process is recording to this cassette" in line
        recovering = run("recover", cassette, cwd=cassette.parent)
        assert recovering.returncode == 1
        await ask(process)
        assert await process.stop() == 0
    assert [is_whole(one) for one in kept(cassette)] == [True, True]


def spoil(cassette: Path) -> None:
    cassette.write_bytes(b"something else")


def is_spoilt(cassette: Path) -> bool:
    return cassette.read_bytes() == b"something else"
