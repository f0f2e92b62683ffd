"""Starting and stopping: what must hold before anything listens."""

import asyncio
import socket
import stat
from pathlib import Path

import pytest

from tests.interactions import make_interaction
from tests.raw_http import fetch
from tests.recorder.recording import files_in, recorded, recording, until
from tests.scripted_upstream import Gate, Script, ScriptedUpstream, chunk, chunked_head, length_head
from wiretape.cassettes.errors import (
    CassetteCorrupt,
    CassetteError,
    CassetteLocked,
    NotACassette,
)
from wiretape.cassettes.journal import Opened, SessionOpened, encode_entry, journal_path
from wiretape.cassettes.model import Session
from wiretape.cassettes.store import append
from wiretape.recorder import PortTaken, RecorderError, RecordingProxy, UnusableFolder, Upstream


async def refused(proxy: RecordingProxy, error: type[Exception]) -> str:
    """Why it does not start, in one line."""
    with pytest.raises(error) as caught:
        await proxy.start()
    assert "\n" not in str(caught.value)
    return str(caught.value)


async def test_files_are_for_their_owner(tmp_path: Path) -> None:
    async with ScriptedUpstream([length_head(0)]) as up, recording(tmp_path, up) as session:
        await fetch(session.proxy.url, "GET", "/up/")
        journal = journal_path(session.proxy.cassette)
        assert stat.S_IMODE(journal.stat().st_mode) == 0o600
    assert not journal.exists()
    assert stat.S_IMODE(session.proxy.cassette.stat().st_mode) == 0o600


async def test_nothing_recorded_leaves_nothing(tmp_path: Path) -> None:
    async with recording(tmp_path, "http://localhost:1") as session:
        kept = await session.close()
    assert (kept.interactions, kept.by_ending, kept.problem) == (0, {}, "")
    assert files_in(tmp_path) == []


async def test_a_second_session_is_appended(tmp_path: Path) -> None:
    async with ScriptedUpstream([length_head(0)]) as up:
        for _ in range(2):
            async with recording(tmp_path, up) as session:
                await fetch(session.proxy.url, "GET", "/up/")
    first, second = recorded(tmp_path / "t.tape.zst")
    assert (first.number, first.session, second.number, second.session) == (1, 1, 2, 2)


async def test_the_journal_of_an_interrupted_session_is_recovered(tmp_path: Path) -> None:
    cassette = tmp_path / "t.tape.zst"
    entries = (
        SessionOpened(Session(0, "2026-01-01T00:00:00.000000Z", "wiretape")),
        Opened(1, 5, "up", "http://up", "GET", "/", "1.1", ()),
    )
    journal_path(cassette).write_bytes(b"".join(encode_entry(entry) for entry in entries))
    async with recording(tmp_path, "http://localhost:1") as session:
        assert session.proxy.recovered is not None
        assert (session.proxy.recovered.interactions, session.proxy.recovered.cut) == (1, 1)
    (kept,) = recorded(cassette)
    assert kept.timeline.ending.kind == "cut"


async def test_two_recorders_of_one_cassette(tmp_path: Path) -> None:
    async with recording(tmp_path, "http://localhost:1") as session:
        second = RecordingProxy(session.proxy.cassette, {})
        assert "another process" in await refused(second, CassetteLocked)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", int(second.url.rpartition(":")[2]))


@pytest.mark.parametrize("exists", [True, False])
async def test_two_names_of_one_cassette(tmp_path: Path, exists: bool) -> None:
    """A link leads to the cassette and its journal, also while there is no cassette yet."""
    real, first, second = (tmp_path / name for name in ("real.tape.zst", "first", "second"))
    first.symlink_to("real.tape.zst")
    second.symlink_to(first)
    if exists:
        append(real, Session(1, "2026-01-01T00:00:00Z", "wiretape"), [make_interaction()])
    async with ScriptedUpstream([length_head(0)]) as up:
        upstreams = {"up": Upstream("up", up.url)}
        async with RecordingProxy(second, upstreams) as proxy:
            assert journal_path(real).exists()
            for name in (real, first, second):
                assert "another process" in await refused(RecordingProxy(name, {}), CassetteLocked)
            await fetch(proxy.url, "GET", "/up/")
    assert len(recorded(real)) == 1 + exists
    assert second.is_symlink()
    assert first.is_symlink()
    assert files_in(tmp_path) == ["first", "real.tape.zst", "second"]


async def test_links_that_lead_nowhere(tmp_path: Path) -> None:
    circle, away = tmp_path / "circle", tmp_path / "away"
    circle.symlink_to("circle")
    away.symlink_to(tmp_path / "nope" / "t.tape.zst")
    assert "circle" in await refused(RecordingProxy(circle, {}), CassetteError)
    assert "no such folder" in await refused(RecordingProxy(away, {}), UnusableFolder)


async def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        proxy = RecordingProxy(tmp_path / "t.tape.zst", {}, port=port)
        message = await refused(proxy, PortTaken)
    assert f"127.0.0.1:{port}" in message
    assert "already in use" in message
    assert files_in(tmp_path) == []


async def test_a_host_that_is_not_ours(tmp_path: Path) -> None:
    host, token = "nope.invalid", "0123456789abcdef"
    await refused(RecordingProxy(tmp_path / "t.tape.zst", {}, host=host, token=token), PortTaken)
    await refused(RecordingProxy(tmp_path / "t.tape.zst", {}, port=70_000), PortTaken)


async def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    proxy = RecordingProxy(tmp_path / "nope" / "t.tape.zst", {})
    assert "no such folder" in await refused(proxy, UnusableFolder)
    assert issubclass(UnusableFolder, RecorderError)


async def test_a_file_that_is_no_cassette(tmp_path: Path) -> None:
    path = tmp_path / "t.tape.zst"
    path.write_bytes(b"notes of mine")
    await refused(RecordingProxy(path, {}), NotACassette)
    assert path.read_bytes() == b"notes of mine"
    await refused(RecordingProxy(tmp_path, {}), CassetteError)


async def test_a_damaged_cassette(tmp_path: Path) -> None:
    path = tmp_path / "t.tape.zst"
    append(path, Session(1, "2026-01-01T00:00:00Z", "wiretape"), [make_interaction()])
    damaged = bytearray(path.read_bytes())
    damaged[-20] ^= 1
    path.write_bytes(damaged)
    assert "byte" in await refused(RecordingProxy(path, {}), CassetteCorrupt)
    assert path.read_bytes() == damaged


@pytest.mark.parametrize("size", [5_000, 5])
async def test_what_arrived_is_in_the_journal_while_the_stream_is_open(
    tmp_path: Path, size: int
) -> None:
    """4 KiB at once, less when the writer's timer rings."""
    never = Gate()
    script: Script = [chunked_head() + chunk(b"x" * size), never]
    async with (
        ScriptedUpstream(script) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send_request("GET", "/up/")
        await client.read_head()
        await client.read_chunk()
        await until(lambda: len(session.journal()) == 5)
        kinds = [type(entry).__name__ for entry in session.journal()]
        never.open()
    assert kinds == ["SessionOpened", "Opened", "PassedOn", "Answered", "Received"]


async def test_durable_on_demand(tmp_path: Path) -> None:
    async with (
        ScriptedUpstream([length_head(0)]) as up,
        recording(tmp_path, up, fsync=True) as session,
    ):
        await fetch(session.proxy.url, "GET", "/up/")
        kept = await session.close()
    assert (kept.interactions, kept.problem) == (1, "")


async def test_an_ipv6_address(tmp_path: Path) -> None:
    if not socket.has_ipv6:
        pytest.skip("this system has no IPv6")
    async with (
        ScriptedUpstream([length_head(0)]) as up,
        recording(tmp_path, up, host="::1") as session,
    ):
        assert session.proxy.url.startswith("http://[::1]:")
        assert (await fetch(session.proxy.url, "GET", "/up/")).status == 200


async def test_a_connection_that_was_told_to_close_carries_no_other_request(
    tmp_path: Path,
) -> None:
    async with (
        ScriptedUpstream([length_head(2) + b"ok"]) as upstream,
        recording(tmp_path, upstream) as session,
    ):
        for _ in range(3):
            async with await session.client() as client:
                client.send_request("GET", "/up/", (("Connection", "close"),))
                assert (await client.read_response()).body == b"ok"
    assert [asked.connection for asked in upstream.asked] == [1, 2, 3]
