"""langchain-openai streams from a tape what the tape holds."""

import asyncio
from collections.abc import Iterable
from functools import partial, reduce
from operator import add
from pathlib import Path
from typing import Any

import pytest
from langchain_openai import ChatOpenAI

from tests.clients.taped import (
    CHAT,
    RESPONSES,
    TOKENS,
    Api,
    Said,
    each_of,
    from_live,
    from_streams,
    number_of,
)
from tests.clients.trying import Client
from tests.corpus import streams

pytestmark = pytest.mark.clients

LANGCHAIN = Client(
    "langchain-openai",
    "PyPI",
    "`OPENAI_BASE_URL`, `OPENAI_API_BASE`, `base_url=`",
    "Traces go to LangSmith where `LANGSMITH_TRACING` is `true`. Off: `LANGSMITH_TRACING=false`.",
)
WAYS = "`ChatOpenAI.stream`, `astream`"


def shown(chunks: list[Any]) -> Said:
    message = reduce(add, chunks)
    counts = message.usage_metadata or {}
    return Said(
        str(message.text),
        reasoning(message),
        tuple((call["name"], call["args"]) for call in message.tool_calls),
        counts.get("input_tokens"),
        counts.get("output_tokens"),
    )


def reasoning(message: Any) -> str:
    blocks = [block for block in message.content_blocks if block["type"] == "reasoning"]
    return "".join(block.get("reasoning", "") for block in blocks)


async def ask(api: Api, url: str, questions: Iterable[str]) -> list[Said]:
    found = []
    model = ChatOpenAI(
        model="m",
        base_url=f"{url}/v1",
        api_key="any",
        max_retries=0,
        max_tokens=TOKENS,
        stream_usage=True,
        use_responses_api=api is RESPONSES,
    )
    for question in questions:
        if number_of(question) % 2:
            found.append(shown([chunk async for chunk in model.astream(question)]))
        else:
            found.append(shown(await asyncio.to_thread(list, model.stream(question))))
    return found


@each_of(LANGCHAIN, WAYS, "corpus", CHAT, RESPONSES)
@pytest.mark.corpus
async def test_recorded_streams(tmp_path: Path, record_property: Any, api: Api) -> None:
    recorded = [
        one for one in streams() if one.api == api.corpus and one.provider_host == "api.openai.com"
    ][::3]
    played = await from_streams(tmp_path / "a.tape.zst", api, recorded, partial(ask, api))
    record_property("streams", played)


@each_of(LANGCHAIN, WAYS, "live", CHAT, RESPONSES)
async def test_a_real_server(
    llama_url: str, tmp_path: Path, record_property: Any, api: Api
) -> None:
    played = await from_live(tmp_path / "a.tape.zst", api, llama_url, partial(ask, api))
    record_property("streams", played)
