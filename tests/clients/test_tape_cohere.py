"""cohere streams from a tape what the tape holds."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cohere
import pytest

from tests.cassettes.dialects.test_cohere import STREAM
from tests.clients.taped import Api, Said, from_streams, number_of, said, written
from tests.clients.trying import Client, tries
from tests.corpus import streams
from tests.dialect_reading import sse

pytestmark = pytest.mark.clients

COHERE = Client("cohere", "PyPI", "`CO_API_URL`, `base_url=`")
WAYS = "`ClientV2.chat_stream`, `AsyncClientV2.chat_stream`"
API = Api("cohere", "cohere-chat")


def shown(events: Iterable[Any]) -> Said:
    return said(API, [one.model_dump(mode="json", exclude_none=True) for one in events])


async def ask(url: str, questions: Iterable[str]) -> list[Said]:
    found = []
    client = cohere.ClientV2(api_key="any", base_url=url, timeout=30)
    async with cohere.AsyncClientV2(api_key="any", base_url=url, timeout=30) as asynchronous:
        for question in questions:
            asked: Any = {"model": "m", "messages": [{"role": "user", "content": question}]}
            if number_of(question) % 2:
                stream = asynchronous.chat_stream(**asked)
                found.append(shown([event async for event in stream]))
            else:
                found.append(shown(await asyncio.to_thread(list, client.chat_stream(**asked))))
    return found


@tries(COHERE, WAYS, "corpus")
@pytest.mark.corpus
async def test_recorded_streams(tmp_path: Path, record_property: Any) -> None:
    recorded = [one for one in streams() if one.url.endswith("api.cohere.com/v2/chat")]
    record_property("streams", await from_streams(tmp_path / "a.tape.zst", API, recorded, ask))


@tries(COHERE, WAYS, "written")
async def test_a_written_stream(tmp_path: Path) -> None:
    stream = written(API, sse(*STREAM, named="type"))
    await from_streams(tmp_path / "a.tape.zst", API, [stream, stream], ask)
