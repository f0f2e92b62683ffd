"""`record` and `replay` where others could reach them, and what they give up for nobody."""

import os
import signal
from pathlib import Path

import click
import pytest

from tests.cli.processes import Running, make_tape, three_interactions
from tests.raw_http import RawClient, fetch
from tests.scripted_upstream import (
    LAST_CHUNK,
    LEFT,
    Gate,
    Script,
    ScriptedUpstream,
    chunk,
    chunked_head,
    length_head,
)
from wiretape.cassettes.store import Cassette
from wiretape.cli.options import Size

TOKEN = "a-token-of-24-characters"
OK = length_head(2) + b"ok"
WITH = (("X-Wiretape-Token", TOKEN), ("Host", "box.lan"))
OPEN = ("--host", "0.0.0.0")


def local(url: str) -> str:
    return url.replace("0.0.0.0", "127.0.0.1")


def recording(folder: Path, upstream: str, *options: str, **variables: str) -> Running:
    return Running(
        *("record", "--to", "t.tape.zst", "--port", "0", "--upstream", f"up={upstream}", *options),
        cwd=folder,
        **variables,
    )


@pytest.mark.parametrize("by_variable", [True, False])
async def test_recording_with_a_token(tmp_path: Path, by_variable: bool) -> None:
    options = OPEN if by_variable else (*OPEN, "--token", TOKEN)
    variables = {"WIRETAPE_TOKEN": TOKEN} if by_variable else {}
    async with (
        ScriptedUpstream([OK]) as upstream,
        recording(tmp_path, upstream.url, *options, **variables) as process,
    ):
        assert (await fetch(local(process.url), "GET", "/up/")).status == 401
        assert (await fetch(local(process.url), "GET", "/up/", WITH)).status == 200
        assert await process.stop() == 0
    assert "kept 1 interaction" in process.said[-1]
    assert "0.0.0.0 is open to the network, in plain http" in process.said[1]
    assert TOKEN not in "".join(process.said)
    with Cassette.open(tmp_path / "t.tape.zst") as cassette:
        assert TOKEN.encode() not in b"".join(cassette.text())


async def test_replaying_with_a_token(tmp_path: Path) -> None:
    make_tape(tmp_path / "t.tape.zst", three_interactions())
    arguments = ("replay", "t.tape.zst", "--port", "0", *OPEN)
    async with Running(*arguments, cwd=tmp_path, WIRETAPE_TOKEN=TOKEN) as process:
        target = "/openai/v1/files/1"
        assert (await fetch(local(process.url), "GET", target)).status == 401
        assert (await fetch(local(process.url), "GET", target, WITH)).status == 200
        assert await process.stop() == 0
    assert TOKEN not in "".join(process.said)


async def test_a_command_is_given_the_token(tmp_path: Path) -> None:
    async with recording(
        tmp_path,
        "http://localhost:1",
        "--token",
        TOKEN,
        "--",
        "sh",
        "-c",
        "echo $WIRETAPE_TOKEN >&2",
    ) as process:
        assert await process.end() == 0
    assert TOKEN in process.said


async def test_a_plain_upstream_elsewhere_is_warned_of(tmp_path: Path) -> None:
    async with recording(tmp_path, "http://models.lan:8000/v1") as process:
        await process.until("kept nothing") if await process.stop() else None
    assert "warning: http://models.lan:8000/v1 of 'up' is plain http" in process.said[1]
    async with recording(tmp_path, "http://localhost:1") as process:
        await process.stop()
    assert not any("warning" in line for line in process.said)


async def test_open_streams_may_end_by_themselves(tmp_path: Path) -> None:
    gate = Gate()
    script: Script = [chunked_head(), gate, chunk(b"one"), LAST_CHUNK]
    async with (
        ScriptedUpstream(script) as upstream,
        recording(tmp_path, upstream.url, "--grace", "600") as process,
    ):
        client = await RawClient.connect(process.url)
        client.send_request("GET", "/up/")
        await client.read_head()
        os.kill(process.pid, signal.SIGTERM)
        line = await process.until("finishing")
        gate.open()
        assert await client.read_chunk() == b"one"
        client.close()
        assert await process.end() == 0
    assert "finishing 1 open stream, for 600 s at most; stop again" in line
    assert "kept 1 interaction (1 complete)" in process.said[-1]


async def test_a_second_signal_cuts_them_off_in_order(tmp_path: Path) -> None:
    async with (
        ScriptedUpstream([chunked_head(), LEFT]) as upstream,
        recording(tmp_path, upstream.url, "--grace", "600") as process,
    ):
        client = await RawClient.connect(process.url)
        client.send_request("GET", "/up/")
        await client.read_head()
        os.kill(process.pid, signal.SIGTERM)
        await process.until("finishing")
        assert await process.stop() == 0
        client.close()
    assert "kept 1 interaction (1 cut)" in process.said[-1]


async def test_drained(tmp_path: Path) -> None:
    gate = Gate()
    async with (
        ScriptedUpstream([chunked_head(), gate, chunk(b"rest"), LAST_CHUNK]) as upstream,
        recording(tmp_path, upstream.url, "--drain", "--grace", "600") as process,
    ):
        client = await RawClient.connect(process.url)
        client.send_request("GET", "/up/")
        await client.read_head()
        client.close()
        os.kill(process.pid, signal.SIGTERM)
        await process.until("finishing 1 open stream")
        gate.open()
        assert await process.end() == 0
    assert "kept 1 interaction (1 complete), 4 B received" in process.said[-1]


async def test_stalled_and_limited(tmp_path: Path) -> None:
    """The options reach the recorder."""
    options = ("--stall-timeout", "0.05", "--max-body", "1K", "--max-connections", "2")
    async with (
        ScriptedUpstream([chunked_head(), LEFT]) as upstream,
        recording(tmp_path, upstream.url, *options) as process,
    ):
        too_long = await fetch(process.url, "POST", "/up/", (), bytes(1001))
        stalled = await fetch(process.url, "GET", "/up/")
        first, second = [await RawClient.connect(process.url) for _ in range(2)]
        crowded = await fetch(process.url, "GET", "/up/")
        first.close()
        second.close()
        assert await process.stop() == 0
    assert (too_long.status, crowded.status) == (413, 503)
    assert (stalled.complete, stalled.ended) == (False, "eof")
    assert "kept 1 interaction (1 timeout)" in process.said[-1]


@pytest.mark.parametrize(
    ("text", "size"),
    [("1", 1), ("1000000", 10**6), ("64M", 64 * 10**6), ("1.5 k", 1500), ("1GiB", 1 << 30),
     ("2KiB", 2048), ("3GB", 3 * 10**9), ("7B", 7)],
)  # fmt: skip
def test_sizes(text: str, size: int) -> None:
    assert Size().convert(text, None, None) == size


@pytest.mark.parametrize("text", ["", "0", "-1", "1T", "1e9", "K", "0x10", "1iB"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(click.BadParameter):
        Size().convert(text, None, None)
