"""ollama-python streams from a tape what the tape holds."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from ollama import AsyncClient
from ollama import Client as OllamaClient

from tests.cassettes.dialects.test_ollama import CHAT
from tests.clients.taped import Api, Said, from_streams, number_of, said, written
from tests.clients.trying import Client, tries
from tests.corpus import streams

pytestmark = pytest.mark.clients

OLLAMA = Client("ollama", "PyPI", "`OLLAMA_HOST`, `host=`")
API = Api("ollama", "ollama")


def shown(parts: Iterable[Any]) -> Said:
    return said(API, [one.model_dump(mode="json") for one in parts])


async def chat(url: str, questions: Iterable[str]) -> list[Said]:
    found = []
    for question in questions:
        turns = [{"role": "user", "content": question}]
        if number_of(question) % 2:
            stream = await AsyncClient(host=url).chat(model="m", messages=turns, stream=True)
            found.append(shown([part async for part in stream]))
        else:
            told = OllamaClient(host=url).chat(model="m", messages=turns, stream=True)
            found.append(shown(await asyncio.to_thread(list, told)))
    return found


async def generate(url: str, questions: Iterable[str]) -> list[Said]:
    found = []
    for question in questions:
        if number_of(question) % 2:
            stream = await AsyncClient(host=url).generate(model="m", prompt=question, stream=True)
            found.append(shown([part async for part in stream]))
        else:
            told = OllamaClient(host=url).generate(model="m", prompt=question, stream=True)
            found.append(shown(await asyncio.to_thread(list, told)))
    return found


@pytest.mark.parametrize(
    ("path", "ask"),
    [
        pytest.param(path, ask, marks=tries(OLLAMA, f"`{path}`, sync and async", "corpus"), id=path)
        for path, ask in (("chat", chat), ("generate", generate))
    ],
)
@pytest.mark.corpus
async def test_recorded_streams(tmp_path: Path, record_property: Any, path: str, ask: Any) -> None:
    recorded = [one for one in streams() if one.api == "ollama" and one.url.endswith(path)]
    record_property("streams", await from_streams(tmp_path / "a.tape.zst", API, recorded, ask))


@tries(OLLAMA, "`chat`, sync and async", "written")
async def test_a_written_stream(tmp_path: Path) -> None:
    body = b"".join(msgspec.json.encode(line) + b"\n" for line in CHAT)
    stream = written(API, body, "application/x-ndjson")
    await from_streams(tmp_path / "a.tape.zst", API, [stream, stream], chat)
