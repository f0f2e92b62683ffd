"""openai-python streams from a tape what the tape holds, by every way it has to stream."""

import asyncio
import json
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from openai import AsyncOpenAI, OpenAI

from tests.clients.taped import (
    CHAT,
    RESPONSES,
    TOKENS,
    Api,
    Json,
    Said,
    from_live,
    from_streams,
    number_of,
    said,
)
from tests.clients.trying import Client, tries
from tests.corpus import Stream, streams
from tests.provider_recount import server_sent

pytestmark = [
    pytest.mark.clients,
    # pydantic's, of what a vendor adds to the events.
    pytest.mark.filterwarnings("ignore::UserWarning"),
]

OPENAI = Client("openai", "PyPI", "`OPENAI_BASE_URL`, `base_url=`")
WAYS = (
    "`create(stream=True)`, sync and async; `with_raw_response`; `with_streaming_response`; "
    "`stream()`"
)
OF_CHAT, OF_RESPONSES = f"Chat Completions: {WAYS}", f"Responses: {WAYS}"

OPTIONS: Any = {"api_key": "any", "max_retries": 0, "timeout": 30}

NOT_BY_STREAM = ("api.mistral.ai", "localhost:8000", "bedrock-mantle.<AWS_REGION>.api.aws")
"""Hosts with streams that the SDK gives up, or forgets a part of, when it is to put them together
itself (see `test_answers_openai_chat.py` and `test_answers_openai_responses.py`)."""


class Clients:
    """One of each kind, of one API."""

    def __init__(self, api: Api, url: str) -> None:
        self.api = api
        self.sync = OpenAI(base_url=f"{url}/v1", **OPTIONS)
        self.asynchronous = AsyncOpenAI(base_url=f"{url}/v1", **OPTIONS)

    def of(self, client: Any) -> Any:
        return client.responses if self.api is RESPONSES else client.chat.completions

    def asked(self, question: str) -> Json:
        if self.api is RESPONSES:
            return {"model": "m", "input": question, "max_output_tokens": TOKENS}
        turns = [{"role": "user", "content": question}]
        usage = {"stream_options": {"include_usage": True}}
        return {"model": "m", "messages": turns, "max_completion_tokens": TOKENS, **usage}

    def said(self, parts: Iterable[Any]) -> Said:
        dumped = [part.model_dump(mode="json", exclude_unset=True) for part in parts]
        return said(self.api, dumped)

    def plain(self, question: str) -> Said:
        return self.said(self.of(self.sync).create(**self.asked(question), stream=True))

    async def awaited(self, question: str) -> Said:
        create = self.of(self.asynchronous).create
        stream = await create(**self.asked(question), stream=True)
        return self.said([part async for part in stream])

    def raw(self, question: str) -> Said:
        """The head first, and the stream parsed from it."""
        create = self.of(self.sync).with_raw_response.create
        response = create(**self.asked(question), stream=True)
        assert response.headers["content-type"].startswith("text/event-stream")
        return self.said(response.parse())

    async def lines(self, question: str) -> Said:
        """As they came, parsed by nobody."""
        create = self.of(self.asynchronous).with_streaming_response.create
        async with create(**self.asked(question), stream=True) as response:
            lines = [line async for line in response.iter_lines()]
        sent = server_sent("\n".join([*lines, "", ""]).encode())
        return said(self.api, [json.loads(data) for _, data in sent if data != "[DONE]"])


async def ask(api: Api, url: str, questions: Iterable[str]) -> list[Said]:
    clients = Clients(api, url)
    found = []
    with clients.sync:
        async with clients.asynchronous:
            for question in questions:
                match number_of(question) % 4:
                    case 0:
                        found.append(await asyncio.to_thread(clients.plain, question))
                    case 1:
                        found.append(await clients.awaited(question))
                    case 2:
                        found.append(await asyncio.to_thread(clients.raw, question))
                    case _:
                        found.append(await clients.lines(question))
    return found


async def put_together(api: Api, url: str, questions: Iterable[str]) -> list[Said]:
    """`stream()`: its own events, and what it has at the end."""
    clients = Clients(api, url)
    found = []
    async with clients.asynchronous as client:
        for question in questions:
            async with clients.of(client).stream(**clients.asked(question)) as stream:
                events = [event async for event in stream]
                if api is RESPONSES:
                    told = clients.said(events)
                    final = await stream.get_final_response()
                    assert final.output_text == told.text
                else:
                    told = clients.said(one.chunk for one in events if one.type == "chunk")
                    completion = await stream.get_final_completion()
                    assert (completion.choices[0].message.content or "") == told.text
                found.append(told)
    return found


def recorded(api: Api, *left_out: str) -> list[Stream]:
    """Content that is no string is Mistral's; mistralai reads it."""
    others = ("api.mistral.ai", *left_out)
    return [one for one in streams() if one.api == api.corpus and one.provider_host not in others]


apis = pytest.mark.parametrize(
    "api",
    [
        pytest.param(CHAT, marks=tries(OPENAI, OF_CHAT, "corpus"), id="chat"),
        pytest.param(RESPONSES, marks=tries(OPENAI, OF_RESPONSES, "corpus"), id="responses"),
    ],
)


@apis
@pytest.mark.corpus
async def test_recorded_streams(tmp_path: Path, record_property: Any, api: Api) -> None:
    # A third; `test_answers_openai_*.py` has all of them.
    streams = recorded(api)[::3]
    played = await from_streams(tmp_path / "a.tape.zst", api, streams, partial(ask, api))
    record_property("streams", played)


@apis
@pytest.mark.corpus
async def test_recorded_streams_put_together(tmp_path: Path, api: Api) -> None:
    streams = recorded(api, *NOT_BY_STREAM)[::12]
    await from_streams(tmp_path / "a.tape.zst", api, streams, partial(put_together, api))


@pytest.mark.parametrize(
    "api",
    [
        pytest.param(CHAT, marks=tries(OPENAI, OF_CHAT, "live"), id="chat"),
        pytest.param(RESPONSES, marks=tries(OPENAI, OF_RESPONSES, "live"), id="responses"),
    ],
)
async def test_a_real_server(llama_url: str, tmp_path: Path, api: Api) -> None:
    await from_live(tmp_path / "a.tape.zst", api, llama_url, partial(ask, api))
