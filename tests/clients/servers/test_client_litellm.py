"""litellm streams from a tape what the tape holds. It pins the versions of others that the tests
of the other clients want newer, so it runs where its proxy does."""

import asyncio
import json
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.clients.commands import environment
from tests.clients.servers.starting import program
from tests.clients.taped import CHAT, MESSAGES, Api, Said, each_of, from_live, from_streams, said
from tests.clients.trying import VERSION, Client
from tests.corpus import streams

pytestmark = pytest.mark.servers

LITELLM = Client(
    "litellm",
    "PyPI",
    "`OPENAI_API_BASE`, `ANTHROPIC_API_BASE`, `api_base=`",
    "Fetches prices when it is imported; not with `LITELLM_LOCAL_MODEL_COST_MAP=True`. Telemetry "
    "off: `litellm.telemetry = False`.",
)
WAYS = "`completion`, `acompletion`"
PROGRAM = Path(__file__).with_name("ask_litellm.py")
TOLD = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "PYTHONPATH": ""}


async def ask(api: Api, url: str, questions: Iterable[str]) -> list[Said]:
    where = ("openai/m", f"{url}/v1") if api is CHAT else ("anthropic/m", url)
    process = await asyncio.create_subprocess_exec(
        *(program("python", "servers"), str(PROGRAM), *where),
        env=environment(TOLD),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 26,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    found = []
    for question in questions:
        process.stdin.write(f"{question}\n".encode())
        line = await process.stdout.readline()
        assert line, "ask_litellm.py ended; what it said stands above"
        # Whatever it asks, it gives chunks of Chat Completions.
        found.append(said(CHAT, json.loads(line)))
    process.stdin.close()
    assert await process.wait() == 0
    return found


@pytest.fixture(autouse=True)
async def its_version(record_property: Any) -> None:
    """Of the environment that it runs in."""
    code = "import importlib.metadata as m; print(m.version('litellm'), end='')"
    process = await asyncio.create_subprocess_exec(
        *(program("python", "servers"), "-c", code), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    record_property(VERSION, output.decode())


@each_of(LITELLM, WAYS, "corpus", CHAT, MESSAGES)
@pytest.mark.corpus
async def test_recorded_streams(tmp_path: Path, record_property: Any, api: Api) -> None:
    hosts = ("api.openai.com", "api.anthropic.com")
    recorded = [
        one
        for one in streams()
        # It counts itself where no tokens are told.
        if one.api == api.corpus and one.provider_host in hosts and b"_tokens" in one.body
    ]
    played = await from_streams(tmp_path / "a.tape.zst", api, recorded[:8], partial(ask, api))
    record_property("streams", played)


@each_of(LITELLM, WAYS, "live", CHAT, MESSAGES)
async def test_a_real_server(
    llama_url: str, tmp_path: Path, record_property: Any, api: Api
) -> None:
    played = await from_live(tmp_path / "a.tape.zst", api, llama_url, partial(ask, api))
    record_property("streams", played)
