"""google-genai streams from a tape what the tape holds."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from google import genai

from tests.clients.taped import Api, Said, from_streams, number_of, said, written
from tests.clients.trying import Client, tries
from tests.corpus import streams
from tests.dialect_reading import sse

pytestmark = pytest.mark.clients

GENAI = Client("google-genai", "PyPI", "`GOOGLE_GEMINI_BASE_URL`, `HttpOptions(base_url=)`")
WAYS = "`models.generate_content_stream`, `aio.models.generate_content_stream`"
API = Api("gemini", "gemini-generate")
MODEL = "gemini-2.5-flash"

CHUNKS: Any = (
    {"candidates": [{"content": {"parts": [{"text": "Hm.", "thought": True}], "role": "model"}}]},
    {"candidates": [{"content": {"parts": [{"text": "It is "}], "role": "model"}}]},
    {
        "candidates": [
            {
                "content": {
                    "parts": [
                        {"text": "warm é 😀."},
                        {"functionCall": {"name": "weather", "args": {"city": "Orléans"}}},
                    ],
                    "role": "model",
                },
                "finishReason": "STOP",
            }
        ],
        "usageMetadata": {
            "promptTokenCount": 7,
            "candidatesTokenCount": 5,
            "thoughtsTokenCount": 2,
            "totalTokenCount": 14,
        },
    },
)


def shown(chunks: Iterable[Any]) -> Said:
    dumped = [one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in chunks]
    return said(API, dumped)


def blocking(client: genai.Client, question: str) -> Said:
    return shown(client.models.generate_content_stream(model=MODEL, contents=question))


async def ask(url: str, questions: Iterable[str]) -> list[Said]:
    found = []
    client = genai.Client(api_key="any", http_options=genai.types.HttpOptions(base_url=url))
    for question in questions:
        if number_of(question) % 2:
            stream = await client.aio.models.generate_content_stream(model=MODEL, contents=question)
            found.append(shown([chunk async for chunk in stream]))
        else:
            found.append(await asyncio.to_thread(blocking, client, question))
    await client.aio.aclose()
    client.close()
    return found


@tries(GENAI, WAYS, "corpus")
@pytest.mark.corpus
async def test_recorded_streams(tmp_path: Path, record_property: Any) -> None:
    recorded = [one for one in streams() if one.api == API.corpus]
    record_property("streams", await from_streams(tmp_path / "a.tape.zst", API, recorded, ask))


@tries(GENAI, WAYS, "written")
async def test_a_written_stream(tmp_path: Path) -> None:
    stream = written(API, sse(*CHUNKS))
    await from_streams(tmp_path / "a.tape.zst", API, [stream, stream], ask)
