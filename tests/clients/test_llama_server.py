"""A real server and real clients: from the tape they get what they got live, object by object.

What the server says is random, and differs in every run: each replay is compared with the very
run it was recorded from.
"""

import asyncio
from pathlib import Path

import pytest

from tests.clients.calls import (
    DIALECTS,
    KINDS,
    Arguments,
    Bases,
    ClientKind,
    Dialect,
    Seen,
    arguments,
    call,
    final_message,
)
from tests.clients.tape import live_and_replayed

pytestmark = pytest.mark.clients

WEATHER: Arguments = {
    "name": "weather",
    "description": "The weather of a city",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}

NOT_UTF8 = 148
"""A token of the tiny model that is a lone continuation byte."""
LIKELY = 36
"""Lifts that token, which the model else never says, among the others."""


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("kind", KINDS)
async def test_objects_are_equal(
    llama_url: str, tmp_path: Path, kind: ClientKind, dialect: Dialect, stream: bool
) -> None:
    asked = arguments(dialect, "Tell me of é and 😀", stream=stream)
    live, replayed = await live_and_replayed(
        tmp_path / "a.tape.zst", llama_url, lambda bases: call(kind, dialect, bases, asked)
    )
    assert live.error is None
    assert len(live.objects) >= (10 if stream else 1)
    assert replayed == live


@pytest.mark.parametrize("dialect", ["chat", "messages"])
async def test_final_messages_are_equal(llama_url: str, tmp_path: Path, dialect: Dialect) -> None:
    # Not `responses`: openai's helper needs the output_index that llama-server never sends.
    asked = arguments(dialect, "Say it all", stream=True)
    if dialect == "chat":  # its helper wants an answer that ended by itself
        asked |= {"stop": ["é"], "max_completion_tokens": 2000}
    live, replayed = await live_and_replayed(
        tmp_path / "a.tape.zst", llama_url, lambda bases: final_message(dialect, bases, asked)
    )
    assert live.error is None
    assert len(live.objects) > 1
    assert replayed == live


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("kind", KINDS)
async def test_a_refused_request_is_refused_again(
    llama_url: str, tmp_path: Path, kind: ClientKind, dialect: Dialect, stream: bool
) -> None:
    asked = arguments(dialect, "too long " * 2000, stream=stream)
    live, replayed = await live_and_replayed(
        tmp_path / "a.tape.zst", llama_url, lambda bases: call(kind, dialect, bases, asked)
    )
    if kind == "aiohttp":
        assert live.objects[0] == 400
    else:
        assert live.error is not None
        assert live.error["status"] == 400
        assert "context size" in live.error["message"]
    assert replayed == live


@pytest.mark.parametrize("dialect", ["chat", "responses"])
@pytest.mark.parametrize("kind", KINDS)
async def test_an_error_in_mid_stream_comes_again(
    llama_url: str, tmp_path: Path, kind: ClientKind, dialect: Dialect
) -> None:
    """HTTP 200, good events, then `data: {"error": ...}` and no end mark."""
    asked = arguments(dialect, "What is the weather?", stream=True)
    function = {"function": WEATHER} if dialect == "chat" else WEATHER
    asked["tools"] = [{"type": "function", **function}]
    asked["extra_body"] = {"logit_bias": [[NOT_UTF8, LIKELY]], "seed": 1}
    live, replayed = await live_and_replayed(
        tmp_path / "a.tape.zst", llama_url, lambda bases: call(kind, dialect, bases, asked)
    )
    if kind == "aiohttp":
        assert '"error"' in "".join(live.objects[3:])
    else:
        assert len(live.objects) > 1
        assert live.error is not None
        assert "does not match" in live.error["message"]
    assert replayed == live


async def test_streams_at_the_same_time_keep_apart(llama_url: str, tmp_path: Path) -> None:
    async def ask_all(bases: Bases) -> list[Seen]:
        return await asyncio.gather(
            *(
                call("async", dialect, bases, arguments(dialect, f"I am {number}", stream=True))
                for number in range(4)
                for dialect in DIALECTS
            )
        )

    live, replayed = await live_and_replayed(tmp_path / "a.tape.zst", llama_url, ask_all)
    assert [seen.error for seen in live] == [None] * 12
    assert replayed == live


async def test_the_same_question_twice_is_answered_in_order(llama_url: str, tmp_path: Path) -> None:
    asked = arguments("chat", "Again", stream=True)

    async def ask_twice(bases: Bases) -> list[Seen]:
        return [await call("async", "chat", bases, asked) for _ in range(2)]

    live, replayed = await live_and_replayed(tmp_path / "a.tape.zst", llama_url, ask_twice)
    assert live[0] != live[1]
    assert replayed == live
