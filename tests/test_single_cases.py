"""Responses and requests that stand outside the matrix, from the upstream to the replay.

Real sockets; what the live client sees, what the tape holds and what a client of the replay
sees are the same, or the refusal says why not.
"""

import asyncio
import os
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.processes import ROOT, environment
from tests.raw_http import RawClient, RawResponse
from tests.recorder.recording import recorded, recording
from tests.scripted_upstream import (
    LAST_CHUNK,
    Script,
    ScriptedUpstream,
    chunk,
    chunked_head,
    length_head,
)
from wiretape.cassettes.http1 import encode_last_chunk
from wiretape.cassettes.model import Headers, Interaction
from wiretape.replay import Pace, Player, ReplayServer

MIB = 1024 * 1024
INSTANT = Pace(instant=True)

TRAILERS: Headers = (("X-Checksum", "1"), ("X-Checksum", "2"))
DUPLICATES: Headers = (("X-A", "1"), ("x-b", "2"), ("X-a", "3"), ("X-A", ""), ("x-B", "a, b"))
RATE_LIMITS: Headers = (
    ("Retry-After", "7"),
    ("x-ratelimit-remaining-tokens", "0"),
    ("anthropic-ratelimit-requests-reset", "2026-11-22T00:00:00Z"),
)


def head(status: str, *pairs: tuple[str, str]) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *map(": ".join, pairs), "", ""]).encode()


@dataclass(frozen=True)
class Case:
    """A script, how it is asked for, and what must be seen."""

    script: Script
    status: int
    body: bytes = b""
    method: str = "GET"
    headers: Headers | None = None
    """None where the script's own are not looked at one by one."""
    trailers: Headers = ()


ERROR = b'{"error":{"message":"slow down"}}'

CASES = {
    "204": Case([head("204 No Content", ("X-A", "1"))], 204, headers=(("X-A", "1"),)),
    "304": Case([head("304 Not Modified", ("ETag", '"x"'), ("Content-Length", "9"))], 304),
    "HEAD with a length": Case([length_head(1_000_000)], 200, method="HEAD"),
    "HEAD with chunks": Case([chunked_head()], 200, method="HEAD"),
    "trailers": Case(
        [chunked_head("a/b", "Trailer: X-Checksum"), chunk(b"data"), encode_last_chunk(TRAILERS)],
        200,
        b"data",
        trailers=TRAILERS,
    ),
    "duplicate headers": Case(
        [head("200 OK", *DUPLICATES, ("Content-Length", "2")), b"ok"],
        200,
        b"ok",
        headers=(*DUPLICATES, ("Content-Length", "2")),
    ),
    "429": Case(
        [head("429 Too Many Requests", *RATE_LIMITS, ("Content-Length", str(len(ERROR)))), ERROR],
        429,
        ERROR,
        headers=(*RATE_LIMITS, ("Content-Length", str(len(ERROR)))),
    ),
    "empty chunked": Case([chunked_head(), LAST_CHUNK], 200),
    "Content-Length 0": Case([length_head(0)], 200),
    "100 before 200": Case([head("100 Continue"), length_head(2), b"ok"], 200, b"ok"),
    "a word of its own": Case([head("299 Fine, Thanks", ("Content-Length", "0"))], 299),
    "no word": Case([b"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n"], 200),
}


async def ask_twice(url: str, method: str) -> list[RawResponse]:
    """The same request again over one connection: the first left it in order."""
    async with await RawClient.connect(url) as client:
        answers = []
        for _ in range(2):
            client.send_request(method, "/up/v1/x")
            answers.append(await client.read_response(method))
    return answers


async def replay(tape: list[Interaction], method: str) -> list[RawResponse]:
    server = ReplayServer(Player(tape), pace=INSTANT)
    await server.start()
    try:
        return await ask_twice(server.url, method)
    finally:
        await server.close()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_single_case(case: Case, tmp_path: Path) -> None:
    async with ScriptedUpstream(case.script) as upstream, recording(tmp_path, upstream) as session:
        live = await ask_twice(session.proxy.url, case.method)
        kept = await session.close()
    assert (kept.by_ending, kept.lost, kept.problem) == ({"complete": 2}, 0, "")
    tape = recorded(session.proxy.cassette)
    assert await replay(tape, case.method) == live
    for seen, interaction in zip(live, tape, strict=True):
        response = interaction.response
        assert response is not None
        assert (seen.status, seen.body, seen.complete) == (case.status, case.body, True)
        assert case.headers is None or seen.headers == case.headers
        assert seen.trailers == case.trailers == response.trailers
        assert seen.headers == response.headers
        assert (response.status, response.reason, response.body) == (
            seen.status,
            seen.head.reason,
            seen.body,
        )


async def test_expect_100_continue(tmp_path: Path) -> None:
    body = b'{"model":"m"}'
    expecting = (
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Expect", "100-continue"),
    )

    async def upload(url: str) -> bytes:
        async with await RawClient.connect(url) as client:
            client.send_request("POST", "/up/v1/x", expecting)
            assert (await client.read_head()).status == 100
            client.send(body)
            return (await client.read_response()).body

    script: Script = [length_head(2), b"ok"]
    async with ScriptedUpstream(script) as upstream, recording(tmp_path, upstream) as session:
        assert await upload(session.proxy.url) == b"ok"
        assert upstream.asked[0].body == body
        assert upstream.asked[0].get("expect") is None
        kept = await session.only()
    assert kept.request.body == body
    assert kept.request.headers[-1] == ("Expect", "100-continue")
    server = ReplayServer(Player([kept]), pace=INSTANT)
    await server.start()
    assert await upload(server.url) == b"ok"
    await server.close()


async def test_ten_thousand_headers_from_an_upstream(tmp_path: Path) -> None:
    script: Script = [head("200 OK", *[("X-A", str(n)) for n in range(10_000)])]
    async with ScriptedUpstream(script) as upstream, recording(tmp_path, upstream) as session:
        async with await session.client() as client:
            client.send_request("GET", "/up/")
            assert await client.read_end() == (b"", "eof")
        kept = await session.only()
    assert kept.response is None
    assert kept.timeline.ending.kind == "cut"
    assert "more than 1,000 headers" in kept.timeline.ending.detail


async def test_ten_thousand_headers_from_a_client(tmp_path: Path) -> None:
    many = tuple(("X-A", str(n)) for n in range(10_000))

    async def refused(url: str) -> int:
        async with await RawClient.connect(url) as client:
            client.send_request("GET", "/up/", many)
            return (await client.read_head()).status

    script: Script = [length_head(2), b"ok"]
    async with ScriptedUpstream(script) as upstream, recording(tmp_path, upstream) as session:
        assert await refused(session.proxy.url) in (400, 431)
        assert upstream.asked == []
    server = ReplayServer(Player([]), pace=INSTANT)
    await server.start()
    assert await refused(server.url) in (400, 431)
    await server.close()


BLOCK = bytes(range(256)) * (MIB // 256)
BLOCKS = 64
FLAT = 16 * MIB
"""What may be added while 64 MiB pass: the buffers of four sockets and some reads."""
SEALED = 5 * BLOCKS * MIB
"""What may be added while they are sealed and played: an interaction is put together whole."""


def test_a_large_body_in_flat_memory(tmp_path: Path) -> None:
    """In a process of its own, whose memory is measured."""
    path = f"{environment()['PYTHONPATH']}{os.pathsep}{ROOT}"
    program = "from tests.test_single_cases import pass_a_large_body; pass_a_large_body()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=environment(PYTHONPATH=path),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    passed, played = map(int, done.stdout.split())
    assert passed < FLAT, f"{passed:,} bytes more while passing"
    assert played < SEALED, f"{played:,} bytes more while sealing and playing"


def pass_a_large_body() -> None:
    """Record and replay it here; prints by how much the peak of memory rose, twice."""
    asyncio.run(_pass_a_large_body(Path.cwd()))


async def _pass_a_large_body(folder: Path) -> None:
    small = [chunked_head("a/b"), chunk(BLOCK), LAST_CHUNK]
    large = [chunked_head("a/b"), *[chunk(BLOCK)] * BLOCKS, LAST_CHUNK]
    async with ScriptedUpstream(small, large) as upstream, recording(folder, upstream) as session:
        assert await read_body(session.proxy.url) == MIB
        before = peak()
        assert await read_body(session.proxy.url) == BLOCKS * MIB
        passed = peak() - before
        kept = await session.close()
    assert (kept.by_ending, kept.lost) == ({"complete": 2}, 0)
    tape = recorded(session.proxy.cassette)[1:]
    server = ReplayServer(Player(tape), pace=INSTANT)
    await server.start()
    assert await read_body(server.url) == BLOCKS * MIB
    await server.close()
    print(passed, peak() - before)


async def read_body(url: str) -> int:
    """Its length; it is the block again and again, and nothing of it is kept."""
    size = 0
    async with await RawClient.connect(url) as client:
        client.send_request("GET", "/up/large")
        await client.read_head()
        while data := await client.read_chunk():
            at = size % len(BLOCK)
            assert (BLOCK * 2)[at : at + len(data)] == data
            size += len(data)
    return size


def peak() -> int:
    """The most memory this process has had, in bytes.

    Of Linux's two answers the one that does not begin with the memory of whoever started us.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024
