"""A client program and the commands, each a process of its own: nothing but the base URL
changes between a recording and a replay, and the program prints the same.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.clients.calls import every_call
from tests.clients.commands import PROGRAM, WIRETAPE, run, run_program, serving, upstreams
from tests.clients.scripted_provider import scripted_provider
from wiretape.cassettes import Cassette

Record = Callable[[str, Path], Awaitable[str]]


@pytest.fixture(params=["scripted", pytest.param("llama", marks=pytest.mark.clients)])
async def provider(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    if request.param == "llama":
        yield request.getfixturevalue("llama_url")
        return
    async with scripted_provider() as url:
        yield url


async def record_a_command(provider: str, cassette: Path) -> str:
    """`wiretape record ... -- COMMAND`, which sets the base URLs itself."""
    options = ("--to", str(cassette), "--port", "0", *upstreams(provider))
    return await run((*WIRETAPE, "record", *options, "--", *PROGRAM))


async def record_a_client(provider: str, cassette: Path) -> str:
    """`wiretape record`, and a client that is told its URL."""
    async with serving("record", "--to", str(cassette), *upstreams(provider)) as bases:
        return await run_program(bases)


@pytest.mark.parametrize("record", [record_a_command, record_a_client])
async def test_the_program_prints_the_same(provider: str, tmp_path: Path, record: Record) -> None:
    cassette = tmp_path / "a.tape.zst"
    live = await record(provider, cassette)
    lines = [json.loads(line) for line in live.splitlines()]
    assert [line["error"] for line in lines] == [None] * len(list(every_call()))
    with Cassette.open(cassette) as tape:
        assert tape.whole
        assert [entry.ending for entry in tape.index] == ["complete"] * len(lines)
    async with serving("replay", str(cassette)) as bases:
        replayed = await run_program(bases)
    assert replayed.splitlines() == live.splitlines()
