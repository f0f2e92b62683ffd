"""huggingface_hub's InferenceClient streams from a tape what the tape holds."""

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import AsyncInferenceClient, InferenceClient

from tests.clients.taped import TOKENS, Api, Json, Said, from_live, from_streams, number_of, said
from tests.clients.trying import Client, tries
from tests.corpus import streams

pytestmark = pytest.mark.clients

HF = Client(
    "huggingface_hub", "PyPI", "`base_url=`", "Telemetry off: `HF_HUB_DISABLE_TELEMETRY=1`."
)
WAYS = "`chat_completion(stream=True)` of `InferenceClient` and `AsyncInferenceClient`"
API = Api("hf", "chat-completions")


def asked(question: str) -> Json:
    turns = [{"role": "user", "content": question}]
    usage = {"stream_options": {"include_usage": True}}
    return {"messages": turns, "max_tokens": TOKENS, "stream": True, **usage}


def shown(chunks: Iterable[Any]) -> Said:
    return said(API, [json.loads(json.dumps(chunk)) for chunk in chunks])


def blocking(client: InferenceClient, question: str) -> Said:
    return shown(client.chat_completion(**asked(question)))


async def ask(url: str, questions: Iterable[str]) -> list[Said]:
    found = []
    client = InferenceClient(base_url=f"{url}/v1", api_key="any", timeout=30)
    async with AsyncInferenceClient(base_url=f"{url}/v1", api_key="any", timeout=30) as other:
        for question in questions:
            if number_of(question) % 2:
                stream = await other.chat_completion(**asked(question))
                found.append(shown([chunk async for chunk in stream]))
            else:
                found.append(await asyncio.to_thread(blocking, client, question))
    return found


@tries(HF, WAYS, "corpus")
@pytest.mark.corpus
async def test_recorded_streams(tmp_path: Path, record_property: Any) -> None:
    # Not DeepSeek: the client has `reasoning`, and lets `reasoning_content` fall.
    hosts = ("openrouter.ai", "api.groq.com", "ollama.com")
    recorded = [one for one in streams() if one.provider_host in hosts and one.api == API.corpus]
    record_property("streams", await from_streams(tmp_path / "a.tape.zst", API, recorded, ask))


@tries(HF, WAYS, "live")
async def test_a_real_server(llama_url: str, tmp_path: Path, record_property: Any) -> None:
    record_property("streams", await from_live(tmp_path / "a.tape.zst", API, llama_url, ask))
