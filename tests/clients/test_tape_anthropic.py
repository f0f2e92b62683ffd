"""anthropic-python streams from a tape what the tape holds, by every way it has to stream."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from anthropic import Anthropic, AsyncAnthropic

from tests.clients.taped import (
    MESSAGES,
    TOKENS,
    Json,
    Said,
    from_live,
    from_streams,
    number_of,
    said,
)
from tests.clients.trying import Client, tries
from tests.corpus import streams

pytestmark = pytest.mark.clients

ANTHROPIC = Client("anthropic", "PyPI", "`ANTHROPIC_BASE_URL`, `base_url=`")
WAYS = "Messages: `create(stream=True)`, `with_raw_response`, `messages.stream()`, sync and async"

OPTIONS: Any = {"api_key": "any", "max_retries": 0, "timeout": 30}


def asked(question: str) -> Json:
    turns = [{"role": "user", "content": question}]
    return {"model": "m", "messages": turns, "max_tokens": TOKENS}


def shown(events: Iterable[Any]) -> Said:
    return said(MESSAGES, [one.model_dump(mode="json", exclude_unset=True) for one in events])


def plain(client: Anthropic, question: str) -> Said:
    return shown(client.messages.create(**asked(question), stream=True))


def raw(client: Anthropic, question: str) -> Said:
    response = client.messages.with_raw_response.create(**asked(question), stream=True)
    assert response.headers["content-type"].startswith("text/event-stream")
    return shown(response.parse())


def put_together(client: Anthropic, question: str) -> Said:
    """By the SDK itself."""
    with client.messages.stream(**asked(question)) as stream:
        return of_message(stream.get_final_message())


async def awaited(client: AsyncAnthropic, question: str) -> Said:
    stream = await client.messages.create(**asked(question), stream=True)
    return shown([event async for event in stream])


async def put_together_async(client: AsyncAnthropic, question: str) -> Said:
    async with client.messages.stream(**asked(question)) as stream:
        return of_message(await stream.get_final_message())


def of_message(message: Any) -> Said:
    blocks, usage = message.content, message.usage
    cached = (usage.cache_read_input_tokens or 0) + (usage.cache_creation_input_tokens or 0)
    return Said(
        "".join(one.text for one in blocks if one.type == "text"),
        "".join(one.thinking for one in blocks if one.type == "thinking"),
        tuple((one.name, one.input) for one in blocks if one.type == "tool_use"),
        usage.input_tokens + cached,
        usage.output_tokens,
    )


async def ask(url: str, questions: Iterable[str]) -> list[Said]:
    found = []
    with Anthropic(base_url=url, **OPTIONS) as client:
        async with AsyncAnthropic(base_url=url, **OPTIONS) as asynchronous:
            for question in questions:
                match number_of(question) % 5:
                    case 0 | 1 | 2 as way:
                        use = (plain, raw, put_together)[way]
                        found.append(await asyncio.to_thread(use, client, question))
                    case 3:
                        found.append(await awaited(asynchronous, question))
                    case _:
                        found.append(await put_together_async(asynchronous, question))
    return found


@tries(ANTHROPIC, WAYS, "corpus")
@pytest.mark.corpus
async def test_recorded_streams(tmp_path: Path, record_property: Any) -> None:
    recorded = [one for one in streams() if one.api == MESSAGES.corpus]
    played = await from_streams(tmp_path / "a.tape.zst", MESSAGES, recorded, ask)
    record_property("streams", played)


@tries(ANTHROPIC, WAYS, "live")
async def test_a_real_server(llama_url: str, tmp_path: Path, record_property: Any) -> None:
    played = await from_live(tmp_path / "a.tape.zst", MESSAGES, llama_url, ask)
    record_property("streams", played)
