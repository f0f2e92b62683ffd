"""`wiretape record --mode`: each mode with and without a tape, with and without its upstream."""

import asyncio
import json
import shlex
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.cli.processes import Running, cut_index, make_tape, names_in, run
from tests.interactions import JSON_HEADERS, make_interaction, make_request
from tests.raw_http import RawClient, RawResponse, fetch
from tests.scripted_upstream import (
    LAST_CHUNK,
    RESET,
    Gate,
    Script,
    ScriptedUpstream,
    chunk,
    chunked_head,
)
from wiretape.cassettes.journal import journal_path
from wiretape.cassettes.store import Cassette
from wiretape.cli.verbs import record
from wiretape.testing import settings

LIVE = (chunked_head(), chunk(b"data: live\n\n"), LAST_CHUNK)
KNOWN = b'{"model":"m","input":"hi","stream":true}'
NEW = b'{"model":"m","input":"other","stream":true}'
TAPED = b"data: one\n\ndata: two\n\n"


@dataclass(frozen=True)
class Case:
    """A mode before a tape and an upstream, and what comes of a request that may be on the tape
    (a body, or a status) and of one that is not.
    """

    mode: str
    """Empty for none of them."""
    tape: bool
    up: bool
    known: bytes | int
    new: bytes | int
    left: tuple[bytes, ...]
    """Bodies of the answers on the tape afterwards."""
    code: int

    def __str__(self) -> str:
        tape, up = "tape" if self.tape else "no tape", "up" if self.up else "down"
        return f"{self.mode or 'no mode'}, {tape}, {up}"


L, T = b"data: live\n\n", TAPED
CASES = (
    Case("", False, True, L, L, (L, L), 0),
    Case("", False, False, 502, 502, (), 0),
    Case("", True, True, L, L, (T, L, L), 0),
    Case("", True, False, 502, 502, (T,), 0),
    Case("all", False, True, L, L, (L, L), 0),
    Case("all", False, False, 502, 502, (), 1),
    Case("all", True, True, L, L, (L, L), 0),
    Case("all", True, False, 502, 502, (T,), 1),
    Case("once", False, True, L, L, (L, L), 0),
    Case("once", False, False, 502, 502, (), 1),
    Case("once", True, True, T, 503, (T,), 1),
    Case("once", True, False, T, 503, (T,), 1),
    Case("new_episodes", False, True, L, L, (L, L), 0),
    Case("new_episodes", False, False, 502, 502, (), 1),
    Case("new_episodes", True, True, T, L, (T, L), 0),
    Case("new_episodes", True, False, T, 502, (T,), 1),
    Case("none", True, True, T, 503, (T,), 1),
    Case("none", True, False, T, 503, (T,), 1),
    Case("rewrite", False, True, L, L, (L, L), 0),
    Case("rewrite", False, False, 502, 502, (), 1),
    Case("rewrite", True, True, L, L, (L, L), 0),
    Case("rewrite", True, False, 502, 502, (T,), 1),
    Case("verify", True, True, L, L, (T,), 2),
    Case("verify", True, False, 502, 502, (T,), 2),
)


def unused_port() -> int:
    """Of nobody who listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def recording(folder: Path, mode: str, upstream: str, *more: str) -> Running:
    return Running(
        *("record", "--to", "t.tape.zst", "--port", "0", "--speed", "instant"),
        *(("--mode", mode) if mode else ()),
        *("--upstream", f"up={upstream}", *more),
        cwd=folder,
    )


async def ask(process: Running, body: bytes) -> RawResponse:
    return await fetch(process.url, "POST", "/up/v1/responses", JSON_HEADERS, body)


def of(response: RawResponse) -> bytes | int:
    return response.body if response.status == 200 else response.status


def taped(folder: Path) -> list[bytes]:
    """Bodies of the answers on the tape."""
    path = folder / "t.tape.zst"
    if not path.exists():
        return []
    with Cassette.open(path) as tape:
        return [one.response.body for one in tape if one.response is not None]


def tape_in(folder: Path, upstream: str = "up") -> Path:
    """A tape with an answer to KNOWN."""
    return make_tape(folder / "t.tape.zst", [make_interaction(upstream=upstream)])


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_each_mode(tmp_path: Path, case: Case) -> None:
    if case.tape:
        tape_in(tmp_path)
    async with ScriptedUpstream(LIVE) as upstream:
        url = upstream.url if case.up else f"http://127.0.0.1:{unused_port()}"
        async with recording(tmp_path, case.mode, url) as process:
            assert of(await ask(process, KNOWN)) == case.known
            assert of(await ask(process, NEW)) == case.new
            assert await process.stop() == case.code, process.said
    assert tuple(taped(tmp_path)) == case.left
    assert names_in(tmp_path) == (["t.tape.zst"] if case.left else [])
    if case.known == T and case.new != L:
        assert upstream.connections == 0


@pytest.mark.parametrize(("mode", "code"), [("none", 1), ("verify", 2)])
def test_without_a_tape_there_is_nothing_to_play_or_verify(
    tmp_path: Path, mode: str, code: int
) -> None:
    ended = run("record", "--to", "t.tape.zst", "--mode", mode, "--port", "0", cwd=tmp_path)
    assert ended.returncode == code
    assert ended.stderr.count(b"\n") == 1
    assert b"t.tape.zst" in ended.stderr
    assert names_in(tmp_path) == []


async def test_once_twice_needs_its_upstream_once(tmp_path: Path) -> None:
    async with ScriptedUpstream(LIVE) as upstream:
        async with recording(tmp_path, "once", upstream.url) as process:
            assert of(await ask(process, KNOWN)) == L
            assert await process.stop() == 0
        url = upstream.url
    before = (tmp_path / "t.tape.zst").read_bytes()
    async with recording(tmp_path, "once", url) as process:
        assert process.said == [
            "wiretape: playing 1 interaction from t.tape.zst, and recording nothing, "
            f"at {process.url} (up)"
        ]
        assert of(await ask(process, KNOWN)) == L
        assert await process.stop() == 0
    assert process.said[1:] == ["wiretape: played 1 time, all of the tape, 0 misses"]
    assert (tmp_path / "t.tape.zst").read_bytes() == before


async def test_a_miss_is_told_as_replay_tells_it(tmp_path: Path) -> None:
    tape_in(tmp_path)
    async with recording(tmp_path, "once", "http://127.0.0.1:9") as process:
        response = await ask(process, NEW)
        said = json.loads(response.body)["error"]
        assert (response.status, said["code"]) == (503, "no_recording")
        # Played once, it is used up.
        assert of(await ask(process, KNOWN)) == T
        again = await ask(process, KNOWN)
        assert json.loads(again.body)["error"]["code"] == "recordings_used_up"
        assert await process.stop() == 1
    assert process.said[1:] == [
        "wiretape: miss: POST /up/v1/responses: nearest is 1, which differs in $.input: "
        'asked "other", recorded "hi"',
        "wiretape: miss: POST /up/v1/responses: all its recordings were played, the last is 1",
        "wiretape: played 1 time, all of the tape, 2 misses",
    ]


async def test_after_the_last_it_may_repeat(tmp_path: Path) -> None:
    tape_in(tmp_path)
    more = ("--after-last", "repeat")
    async with recording(tmp_path, "new_episodes", "http://127.0.0.1:9", *more) as process:
        for _ in range(2):
            assert of(await ask(process, KNOWN)) == T
        assert await process.stop() == 0
    assert process.said[1:] == ["wiretape: answered 2 requests from the tape"]


async def test_a_reset_on_the_tape_is_a_reset_beside_what_is_recorded(tmp_path: Path) -> None:
    make_tape(tmp_path / "t.tape.zst", [make_interaction(upstream="up", ending="reset")])
    script = (chunked_head(), chunk(b"data: half\n\n"), RESET)
    async with (
        ScriptedUpstream(script) as upstream,
        recording(tmp_path, "new_episodes", upstream.url) as process,
    ):
        for body in (KNOWN, NEW):
            response = await ask(process, body)
            assert (response.complete, response.ended) == (False, "reset")
        assert await process.stop() == 0
    assert "kept 1 interaction (1 reset)" in process.said[1]
    assert process.said[2] == "wiretape: answered 1 request from the tape"
    with Cassette.open(tmp_path / "t.tape.zst") as tape:
        assert [(one.session, one.ending) for one in tape.index] == [(1, "reset"), (2, "reset")]


@pytest.mark.parametrize("mode", ["once", "new_episodes"])
async def test_what_an_interrupted_recording_left_is_played(tmp_path: Path, mode: str) -> None:
    async with ScriptedUpstream(LIVE) as upstream:
        async with recording(tmp_path, "once", upstream.url) as process:
            await ask(process, KNOWN)
            await process.stop(signal.SIGKILL)
        assert journal_path(tmp_path / "t.tape.zst").exists()
        async with recording(tmp_path, mode, upstream.url) as process:
            assert of(await ask(process, KNOWN)) == L
            assert await process.stop() == 0
    assert "recovered 1 interaction" in process.said[0]
    assert upstream.connections == 1


# rewrite


async def test_the_old_tape_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    before = tape_in(tmp_path).read_bytes()
    gate = Gate()
    async with (
        ScriptedUpstream((chunked_head(), chunk(b"data: half\n\n"), gate)) as upstream,
        recording(tmp_path, "rewrite", upstream.url) as process,
        await RawClient.connect(process.url) as client,
    ):
        client.send_request("POST", "/up/v1/responses", JSON_HEADERS, KNOWN)
        await client.read_head()
        assert (tmp_path / "t.tape.zst").read_bytes() == before
        # Nobody else may record to it meanwhile.
        other = run("record", "--to", "t.tape.zst", "--port", "0", cwd=tmp_path)
        assert (other.returncode, b"another process" in other.stderr) == (1, True), other.stderr
        await process.stop(signal.SIGKILL)
    assert (tmp_path / "t.tape.zst").read_bytes() == before
    assert [name for name in names_in(tmp_path) if "rewrite" in name] == [
        ".t.tape.zst.rewrite.journal"
    ]
    async with (
        ScriptedUpstream(LIVE) as upstream,
        recording(tmp_path, "rewrite", upstream.url) as process,
    ):
        await ask(process, KNOWN)
        assert await process.stop() == 0
    # The killed attempt is no part of it.
    assert (taped(tmp_path), names_in(tmp_path)) == ([L], ["t.tape.zst"])


def failing(code: int) -> list[str]:
    """A command that asks once, and fails."""
    program = (
        "import os, sys, urllib.request as u;"
        "h = {'Content-Type': 'application/json'};"
        "u.urlopen(u.Request(os.environ['OPENAI_BASE_URL'] + '/responses', "
        f"{KNOWN!r}, h)).read(); sys.exit({code})"
    )
    return [sys.executable, "-c", program]


async def in_thread(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    return await asyncio.to_thread(run, *arguments, cwd=cwd)


@pytest.mark.parametrize("mode", ["rewrite", "all"])
@pytest.mark.parametrize("code", [0, 3])
async def test_a_command_that_fails_rewrites_nothing(tmp_path: Path, code: int, mode: str) -> None:
    tape_in(tmp_path, "openai")
    async with ScriptedUpstream(LIVE) as upstream:
        ended = await in_thread(
            *("record", "--mode", mode, "--to", "t.tape.zst", "--port", "0"),
            *("--upstream", f"openai={upstream.url}", "--", *failing(code)),
            cwd=tmp_path,
        )
    assert ended.returncode == code, ended.stderr
    assert taped(tmp_path) == ([T] if code else [L])
    if code:
        assert ended.stderr.decode().splitlines()[-1] == (
            "wiretape: t.tape.zst stays as it was: the command ended with exit code 3; "
            "what came of it is in .t.tape.zst.rewrite"
        )


async def test_all_keeps_what_was_not_asked_for_with_its_session(tmp_path: Path) -> None:
    others = [make_interaction(request=make_request(body=body)) for body in (NEW, KNOWN, KNOWN)]
    make_tape(tmp_path / "t.tape.zst", [replace(one, upstream="up") for one in others])
    async with (
        ScriptedUpstream(LIVE) as upstream,
        recording(tmp_path, "all", upstream.url) as process,
    ):
        await ask(process, KNOWN)
        assert await process.stop() == 0, process.said
    with Cassette.open(tmp_path / "t.tape.zst") as tape:
        assert [one.request.body for one in tape] == [NEW, KNOWN]
        old, new = tape.sessions
        assert [one.session for one in tape] == [old.number, new.number]
        assert old.started < new.started
    assert taped(tmp_path) == [T, L]
    assert names_in(tmp_path) == ["t.tape.zst"]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (("--record-mode", "once"), "played 0 times"),
        (("--mode", "new-episodes"), "recording what is not there"),
        (("--mode", "record-on-miss"), "recording what is not there"),
        (("--mode", "record"), "recording t.tape.zst anew"),
        (("--mode", "replay"), "replaying 1 interaction"),
    ],
)
def test_what_a_mode_is_called_elsewhere(tmp_path: Path, said: tuple[str, str], meant: str) -> None:
    tape_in(tmp_path)
    ended = run("record", *said, "--to", "t.tape.zst", "--port", "0", "--", "true", cwd=tmp_path)
    assert meant in ended.stderr.decode()


def test_the_words_are_those_of_the_plugin() -> None:
    assert set(record.MODES) == set(settings.MODES)
    assert record.ALIASES == settings.ALIASES


def test_a_mode_that_is_none(tmp_path: Path) -> None:
    ended = run("record", "--mode", "some", "--to", "t.tape.zst", cwd=tmp_path)
    assert ended.returncode == 2
    assert b"'some' is not one of 'once', 'new_episodes', 'all'," in ended.stderr


@pytest.mark.parametrize("mode", ["rewrite", "all"])
def test_what_is_no_tape_is_not_rewritten(tmp_path: Path, mode: str) -> None:
    (tmp_path / "t.tape.zst").write_text("my notes")
    ended = run("record", "--mode", mode, "--to", "t.tape.zst", "--port", "0", cwd=tmp_path)
    assert ended.returncode == 1
    assert (tmp_path / "t.tape.zst").read_text() == "my notes"


# verify


def sse(document: str) -> bytes:
    return f"data: {document}\n\n".encode()


@pytest.mark.parametrize(
    ("now", "code", "words"),
    [
        ('{"type":"a","n":1}', 0, "no drift in 1 pair"),
        ('{"type":"a","n":1,"m":1}', 1, "1 added in 1 pair"),
        ('{"type":"a"}', 3, "1 removed in 1 pair"),
        ('{"type":"a","n":"1"}', 4, "1 changed in 1 pair"),
    ],
)
async def test_verify_ends_with_the_codes_of_drift(
    tmp_path: Path, now: str, code: int, words: str
) -> None:
    before = sse('{"type":"a","n":1}')
    taped_one = make_interaction(((10, before),), upstream="openai")
    path = make_tape(tmp_path / "t.tape.zst", [taped_one])
    bytes_before = path.read_bytes()
    script: Script = (chunked_head(), chunk(sse(now)), LAST_CHUNK)
    async with ScriptedUpstream(script) as upstream:
        ended = await in_thread(
            *("record", "--mode", "verify", "--to", "t.tape.zst", "--port", "0"),
            *("--upstream", f"openai={upstream.url}", "--", *failing(0)),
            cwd=tmp_path,
        )
    assert ended.returncode == code, ended
    assert ended.stdout.decode().splitlines()[0] == f"t.tape.zst -> now: {words}"
    assert path.read_bytes() == bytes_before
    assert names_in(tmp_path) == ["t.tape.zst"]


async def test_verify_says_when_it_compared_nothing(tmp_path: Path) -> None:
    tape_in(tmp_path)
    async with ScriptedUpstream(LIVE) as upstream:
        async with recording(tmp_path, "verify", upstream.url) as process:
            assert await process.stop() == 2
        assert process.said[-1] == "wiretape: t.tape.zst: not verified, no request came through"
        async with recording(tmp_path, "verify", upstream.url) as process:
            await ask(process, NEW)
            assert await process.stop() == 2
    assert process.said[-1] == "wiretape: t.tape.zst: not verified, none of the requests is on it"


async def test_verify_does_not_take_a_broken_answer_for_the_same(tmp_path: Path) -> None:
    tape_in(tmp_path)
    script = (chunked_head(), chunk(b"data: one\n\n"), RESET)
    async with (
        ScriptedUpstream(script) as upstream,
        recording(tmp_path, "verify", upstream.url) as process,
    ):
        assert (await ask(process, KNOWN)).ended == "reset"
        assert await process.stop() == 2
    assert "not verified, interaction 1 of the new side broke off" in process.said[-1]


async def test_verify_of_a_part_is_not_verified(tmp_path: Path) -> None:
    other = make_interaction(request=make_request(body=NEW), upstream="up")
    make_tape(tmp_path / "t.tape.zst", [make_interaction(upstream="up"), other])
    async with (
        ScriptedUpstream(LIVE) as upstream,
        recording(tmp_path, "verify", upstream.url) as process,
    ):
        await ask(process, KNOWN)
        assert await process.stop() == 2


# damage


@pytest.mark.parametrize("mode", ["once", "new_episodes", "all", "verify"])
def test_a_tape_of_which_a_part_is_missing_is_told(tmp_path: Path, mode: str) -> None:
    path = make_tape(tmp_path / "t.tape.zst", [make_interaction(), make_interaction()])
    cut_index(path)
    before = path.read_bytes()
    ended = run("record", "--mode", mode, "--to", "t.tape.zst", "--", "true", cwd=tmp_path)
    assert ended.returncode == (2 if mode == "verify" else 1)
    assert ended.stderr.decode() == (
        f"wiretape: t.tape.zst: damaged at byte {len(before)}: the file ends without an index, so "
        "that some of it is missing (2 whole interactions before it); "
        "'wiretape recover t.tape.zst' keeps what is whole\n"
    )
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("replay t.tape.zst --port 0", 1),
        ("record --mode none --to t.tape.zst -- true", 1),
        # 1 would be its verdict on a client.
        ("torture t.tape.zst -- true", 2),
    ],
)
def test_a_tape_of_which_nothing_is_left_is_refused(
    tmp_path: Path, command: str, code: int
) -> None:
    path = make_tape(tmp_path / "t.tape.zst", [make_interaction()])
    with Cassette.open(path) as tape:
        end = tape.index[0].offset
    path.write_bytes(path.read_bytes()[:end])
    ended = run(*command.split(), cwd=tmp_path)
    assert ended.returncode == code
    assert f"damaged at byte {end}: the file ends without an index" in ended.stderr.decode()
    assert "no whole interaction" in ended.stderr.decode()


# offline


@pytest.mark.parametrize("mode", ["none", "once"])
def test_no_client_of_a_command_is_left_to_its_provider(tmp_path: Path, mode: str) -> None:
    """What is not on the tape is a miss too, and not a call to a provider."""
    tape_in(tmp_path, "openai")
    program = "import os; print(os.environ['AZURE_OPENAI_ENDPOINT'], os.environ['OLLAMA_HOST'])"
    ended = run(
        *("record", "--mode", mode, "--to", "t.tape.zst", "--port", "0", "--"),
        *(sys.executable, "-c", program),
        cwd=tmp_path,
    )
    assert ended.returncode == 0, ended.stderr
    azure, ollama = shlex.split(ended.stdout.decode())
    assert azure.startswith("http://127.0.0.1:")
    assert ollama.startswith("http://127.0.0.1:")
