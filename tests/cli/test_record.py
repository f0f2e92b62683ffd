"""`wiretape record` as a process: real sockets, real signals."""

import asyncio
import json
import os
import signal
import ssl
import sys
from pathlib import Path

import pytest
import trustme

from tests.cli.processes import Running, environment, names_in, run
from tests.raw_http import RawClient, fetch
from tests.scripted_upstream import LAST_CHUNK, Gate, ScriptedUpstream, chunk, chunked_head
from wiretape.cassettes.journal import journal_path
from wiretape.cassettes.store import Cassette
from wiretape.cli.recording import kept_lines
from wiretape.recorder import Kept

STREAM = (chunked_head(), chunk(b"data: one\n\n"), chunk(b"data: two\n\n"), LAST_CHUNK)
BODY = b"data: one\n\ndata: two\n\n"
ASK = ("POST", "/up/v1/responses", (("Content-Type", "application/json"),), b'{"model":"m"}')


def recording(folder: Path, upstream: ScriptedUpstream, *command: str) -> Running:
    return Running(
        *("record", "--to", "t.tape.zst", "--port", "0", "--upstream", f"up={upstream.url}"),
        *command,
        cwd=folder,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_ends_it_in_order(tmp_path: Path, number: signal.Signals) -> None:
    async with ScriptedUpstream(STREAM) as upstream, recording(tmp_path, upstream) as process:
        assert process.said == [
            f"wiretape: recording to t.tape.zst at {process.url} "
            "(up, openai, anthropic, gemini and 9 more)"
        ]
        assert (await fetch(process.url, *ASK)).body == BODY
        assert await process.stop(number) == 0
    size = (tmp_path / "t.tape.zst").stat().st_size
    assert process.said[1:] == [
        f"wiretape: kept 1 interaction (1 complete), 22 B received, in t.tape.zst ({size} B)"
    ]
    assert names_in(tmp_path) == ["t.tape.zst"]


async def test_what_is_open_is_kept_as_cut(tmp_path: Path) -> None:
    gate = Gate()
    script = (chunked_head(), chunk(b"data: one\n\n"), gate)
    async with ScriptedUpstream(script) as upstream, recording(tmp_path, upstream) as process:
        client = await RawClient.connect(process.url)
        client.send_request(*ASK)
        await client.read_head()
        assert await client.read_chunk() == b"data: one\n\n"
        assert await process.stop() == 0
        client.close()
    assert "kept 1 interaction (1 cut), 11 B received" in process.said[1]


async def test_nothing_recorded_leaves_no_file(tmp_path: Path) -> None:
    async with ScriptedUpstream(STREAM) as upstream, recording(tmp_path, upstream) as process:
        assert await process.stop() == 0
    assert process.said[1:] == ["wiretape: kept nothing: no request came through"]
    assert names_in(tmp_path) == []


async def test_a_killed_recorder_is_recovered_by_the_next(tmp_path: Path) -> None:
    async with ScriptedUpstream(STREAM) as upstream:
        async with recording(tmp_path, upstream) as process:
            await fetch(process.url, *ASK)
            assert await process.stop(signal.SIGKILL) == -signal.SIGKILL
        assert journal_path(tmp_path / "t.tape.zst").exists()
        async with recording(tmp_path, upstream) as process:
            assert process.said[0] == (
                "wiretape: t.tape.zst: recovered 1 interaction from a journal (1 complete)"
            )
            assert await process.stop() == 0


async def test_two_signals_at_once_lose_nothing(tmp_path: Path) -> None:
    async with ScriptedUpstream(STREAM) as upstream, recording(tmp_path, upstream) as process:
        await fetch(process.url, *ASK)
        os.kill(process.pid, signal.SIGTERM)
        os.kill(process.pid, signal.SIGTERM)
        await process.end()
    # Whichever came first, the end of sealing or the second signal.
    run("recover", "t.tape.zst", cwd=tmp_path)
    with Cassette.open(tmp_path / "t.tape.zst") as tape:
        assert [entry.ending for entry in tape.index] == ["complete"]


async def test_appends_to_a_cassette(tmp_path: Path) -> None:
    async with ScriptedUpstream(STREAM) as upstream:
        for _ in range(2):
            async with recording(tmp_path, upstream) as process:
                await fetch(process.url, *ASK)
                assert await process.stop() == 0
    with Cassette.open(tmp_path / "t.tape.zst") as tape:
        assert [entry.session for entry in tape.index] == [1, 2]


CLIENT = """
import json, os, sys, urllib.request
asked = urllib.request.Request(os.environ["OPENAI_BASE_URL"] + "/responses", b"{}")
print(urllib.request.urlopen(asked).read().decode())
print(sys.stdin.read(), file=sys.stderr)
sys.exit(7)
"""


async def test_a_command_is_recorded_with_its_own_streams_and_exit_code(tmp_path: Path) -> None:
    async with ScriptedUpstream(STREAM) as upstream:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "wiretape.cli", "record", "--to", "t.tape.zst"),
            *("--port", "0", "--upstream", f"openai={upstream.url}", "--"),
            *(sys.executable, "-c", CLIENT),
            cwd=tmp_path,
            env=environment(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, said = await process.communicate(b"typed")
        assert upstream.asked[0].target == "/v1/responses"
    assert process.returncode == 7
    assert out.decode() == BODY.decode() + "\n"
    ready, typed, kept = said.decode().splitlines()
    assert ready.startswith("wiretape: recording to t.tape.zst at http://127.0.0.1:")
    assert typed == "typed"
    assert kept.startswith("wiretape: kept 1 interaction (1 complete)")


@pytest.mark.parametrize(
    ("command", "code"),
    [("true", 0), ("exit 3", 3), ("kill -9 $$", 137), ("kill -TERM $$", 143)],
)
async def test_exit_codes_of_a_command(tmp_path: Path, command: str, code: int) -> None:
    arguments = ("record", "--to", "t.tape.zst", "--port", "0", "--", "sh", "-c", command)
    assert run(*arguments, cwd=tmp_path).returncode == code


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_signals_are_the_commands_while_it_runs(
    tmp_path: Path, number: signal.Signals
) -> None:
    """It ends when the command does, not when the signal comes."""
    command = (
        "import signal, sys, time\n"
        f"signal.signal({int(number)}, lambda *_: sys.exit(5))\n"
        "print('up at http://command', file=sys.stderr, flush=True)\n"
        # signal.pause would wait for ever where the signal came just before it.
        "while True: time.sleep(0.02)"
    )
    async with (
        ScriptedUpstream(STREAM) as upstream,
        recording(tmp_path, upstream, sys.executable, "-c", command) as process,
    ):
        await process.until("http://command")
        assert await process.stop(number) == 5
    assert process.said[-1] == "wiretape: kept nothing: no request came through"


async def test_a_command_that_cannot_be_run(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for command, code, why in (
        ("no-such-command", 127, "no such command"),
        ("./file", 126, "not an executable file"),
    ):
        result = run("record", "--to", "t.tape.zst", "--", command, cwd=tmp_path)
        assert (result.returncode, result.stderr.decode()) == (
            code,
            f"wiretape: cannot run {command!r}: {why}\n",
        )
    assert names_in(tmp_path) == ["file"]


async def test_an_upstream_that_refuses_is_told_to_the_client_and_at_the_end(
    tmp_path: Path,
) -> None:
    async with ScriptedUpstream(STREAM) as gone:
        pass
    async with recording(tmp_path, gone) as process:
        answer = await fetch(process.url, *ASK)
        assert answer.status == 502
        assert "Connection refused" in json.loads(answer.body)["error"]["message"]
        assert await process.stop() == 0
    assert process.said[1:] == [
        "wiretape: kept nothing: no request came through",
        "wiretape: 1 request got a 502: the upstream could not be reached "
        "(the client was told why)",
    ]


async def test_a_certificate_that_nobody_vouches_for(tmp_path: Path) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    async with (
        ScriptedUpstream(STREAM, tls=context) as upstream,
        recording(tmp_path, upstream) as process,
    ):
        answer = await fetch(process.url, *ASK)
        assert answer.status == 502
        assert "certificate" in json.loads(answer.body)["error"]["message"].lower()
        assert await process.stop() == 0
        assert upstream.asked == []


async def test_an_unknown_upstream_is_told_to_the_client(tmp_path: Path) -> None:
    async with ScriptedUpstream(STREAM) as upstream, recording(tmp_path, upstream) as process:
        answer = await fetch(process.url, "GET", "/nobody/v1/models")
        assert answer.status == 404
        assert "unknown upstream 'nobody'" in json.loads(answer.body)["error"]["message"]
        assert await process.stop() == 0


LIMITED = (
    "import os, resource, sys\n"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
    "os.execv(sys.executable, [sys.executable, '-m', 'wiretape.cli', *sys.argv[1:]])"
)
"""A disk that is full after 4 KiB."""


async def test_a_full_disk_stops_no_client_and_shows_in_the_exit_code(tmp_path: Path) -> None:
    body = b"data: " + b"x" * 20_000 + b"\n\n"
    client = (
        "import os, urllib.request; "
        'print(len(urllib.request.urlopen(os.environ["OPENAI_BASE_URL"] + "/x").read()))'
    )
    async with ScriptedUpstream((chunked_head(), chunk(body), LAST_CHUNK)) as upstream:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", LIMITED, "record", "--to", "t.tape.zst", "--port", "0"),
            *("--upstream", f"openai={upstream.url}", "--", sys.executable, "-c", client),
            cwd=tmp_path,
            env=environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, said = await process.communicate()
    assert int(out) == len(body)
    assert process.returncode == 1
    assert b"wiretape: something is missing of 1 interaction\n" in said
    assert b"the journal could not be written (File too large)" in said


@pytest.mark.parametrize(
    ("kept", "lines"),
    [
        (Kept(0, {}, 0, 0, ""), ["kept nothing: no request came through"]),
        (
            Kept(12, {"complete": 11, "cut": 1}, 1_200_000, 2, "the disk is full", 3),
            [
                "kept 12 interactions (11 complete, 1 cut), 1.2 MB received, "
                "in t.tape.zst (93.0 kB)",
                "3 requests got a 502: the upstream could not be reached (the client was told why)",
                "something is missing of 2 interactions",
                "t.tape.zst: the disk is full",
            ],
        ),
        (Kept(0, {}, 0, 0, "not sealed"), ["t.tape.zst: not sealed"]),
    ],
)
def test_what_was_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: Kept, lines: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.tape.zst").write_bytes(b"x" * 93_000)
    assert kept_lines(Path("t.tape.zst"), kept) == lines
