"""mistralai streams from a tape what the tape holds."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from mistralai.client import Mistral

from tests.clients.taped import TOKENS, Api, Json, Said, from_live, from_streams, number_of, said
from tests.clients.trying import Client, tries
from tests.corpus import streams

pytestmark = pytest.mark.clients

MISTRALAI = Client("mistralai", "PyPI", "`server_url=`")
WAYS = "`chat.stream`, `chat.stream_async`"
API = Api("mistral", "chat-completions")


def asked(question: str) -> Json:
    turns = [{"role": "user", "content": question}]
    return {"model": "m", "messages": turns, "max_tokens": TOKENS}


def shown(events: Iterable[Any]) -> Said:
    dumped = [one.data.model_dump(mode="json", by_alias=True, exclude_unset=True) for one in events]
    return said(API, dumped)


def blocking(client: Mistral, question: str) -> Said:
    return shown(client.chat.stream(**asked(question)))


async def ask(url: str, questions: Iterable[str]) -> list[Said]:
    found = []
    async with Mistral(server_url=url, api_key="any", timeout_ms=30_000) as client:
        for question in questions:
            if number_of(question) % 2:
                stream = await client.chat.stream_async(**asked(question))
                found.append(shown([event async for event in stream]))
            else:
                found.append(await asyncio.to_thread(blocking, client, question))
    return found


@tries(MISTRALAI, WAYS, "corpus")
@pytest.mark.corpus
async def test_recorded_streams(tmp_path: Path, record_property: Any) -> None:
    recorded = [one for one in streams() if one.provider_host == "api.mistral.ai"]
    record_property("streams", await from_streams(tmp_path / "a.tape.zst", API, recorded, ask))


@tries(MISTRALAI, WAYS, "live")
async def test_a_real_server(llama_url: str, tmp_path: Path, record_property: Any) -> None:
    record_property("streams", await from_live(tmp_path / "a.tape.zst", API, llama_url, ask))
