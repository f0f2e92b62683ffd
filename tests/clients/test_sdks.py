"""The official SDKs and aiohttp before a scripted provider, live through the recorder and from
the tape: equal objects, equal final messages, equal exceptions.

What this cannot show, and `test_llama_server.py` can: a server that nobody here wrote.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.clients.calls import (
    DIALECTS,
    KEY,
    KINDS,
    Bases,
    ClientKind,
    Dialect,
    Seen,
    arguments,
    call,
    final_message,
)
from tests.clients.scripted_provider import scripted_provider
from tests.clients.tape import live_and_replayed
from wiretape.cassettes import Cassette


@pytest.fixture
async def provider() -> AsyncIterator[str]:
    async with scripted_provider() as url:
        yield url


@pytest.fixture
def cassette(tmp_path: Path) -> Path:
    return tmp_path / "a.tape.zst"


every_client = pytest.mark.parametrize("kind", KINDS)
every_dialect = pytest.mark.parametrize("dialect", DIALECTS)
streamed_and_whole = pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])


@streamed_and_whole
@every_dialect
@every_client
async def test_objects_are_equal(
    provider: str, cassette: Path, kind: ClientKind, dialect: Dialect, stream: bool
) -> None:
    asked = arguments(dialect, "Hello", stream=stream, model="good")
    live, replayed = await live_and_replayed(
        cassette, provider, lambda bases: call(kind, dialect, bases, asked)
    )
    assert live.error is None
    assert "Orl" in str(live.objects)
    assert replayed == live


@every_dialect
async def test_final_messages_are_equal(provider: str, cassette: Path, dialect: Dialect) -> None:
    asked = arguments(dialect, "Hello", stream=True, model="good")
    live, replayed = await live_and_replayed(
        cassette, provider, lambda bases: final_message(dialect, bases, asked)
    )
    assert live.error is None
    assert "Orléans" in str(live.objects[-1])
    assert replayed == live


@streamed_and_whole
@every_dialect
@every_client
async def test_a_rate_limit_and_its_headers_come_again(
    provider: str, cassette: Path, kind: ClientKind, dialect: Dialect, stream: bool
) -> None:
    asked = arguments(dialect, "Hello", stream=stream, model="limited")
    live, replayed = await live_and_replayed(
        cassette, provider, lambda bases: call(kind, dialect, bases, asked)
    )
    if kind == "aiohttp":
        assert live.objects[0] == 429
        assert ("Retry-After", "1") in live.objects[2]
    else:
        assert live.error is not None
        assert live.error["type"].endswith("RateLimitError")
    assert replayed == live


@streamed_and_whole
@every_dialect
@every_client
@pytest.mark.parametrize("model", ["down", "breaks", "cut"])
async def test_failures_come_again(
    provider: str, cassette: Path, kind: ClientKind, dialect: Dialect, stream: bool, model: str
) -> None:
    asked = arguments(dialect, "Hello", stream=stream, model=model)
    live, replayed = await live_and_replayed(
        cassette, provider, lambda bases: call(kind, dialect, bases, asked)
    )
    assert live.error is not None or kind == "aiohttp"
    assert replayed == live


@every_dialect
async def test_a_client_that_retries_gets_both_answers_in_order(
    provider: str, cassette: Path, dialect: Dialect
) -> None:
    asked = arguments(dialect, "Hello", stream=False, model="limited")

    async def ask(bases: Bases) -> Seen:
        return await call("async", dialect, bases, asked, retries=1)

    live, replayed = await live_and_replayed(cassette, provider, ask)
    with Cassette.open(cassette) as tape:
        assert [entry.status for entry in tape.index] == [429, 200]
    assert live.error is None
    assert replayed == live


@every_dialect
@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_a_client_key_is_not_on_the_tape(
    provider: str, cassette: Path, kind: ClientKind, dialect: Dialect
) -> None:
    asked = arguments(dialect, f"My key is {KEY}", stream=True, model="good")
    await live_and_replayed(cassette, provider, lambda bases: call(kind, dialect, bases, asked))
    with Cassette.open(cassette) as tape:
        text = b"".join(tape.text())
    assert b"My key is" in text
    assert KEY.encode() not in text
