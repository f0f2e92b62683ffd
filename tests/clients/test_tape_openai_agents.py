"""openai-agents streams from a tape what the tape holds."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from agents import (
    Agent,
    ModelSettings,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    RunConfig,
    Runner,
)
from openai import AsyncOpenAI

from tests.clients.taped import CHAT, RESPONSES, TOKENS, Api, Said, each_of, from_live
from tests.clients.trying import Client

pytestmark = pytest.mark.clients

AGENTS = Client(
    "openai-agents",
    "PyPI",
    "`OPENAI_BASE_URL`, `AsyncOpenAI(base_url=)`",
    "Sends traces of each run to OpenAI by default. Off: `OPENAI_AGENTS_DISABLE_TRACING=1`, "
    "`RunConfig(tracing_disabled=True)`.",
)
WAYS = "`Runner.run_streamed`"


async def ask(api: Api, url: str, questions: Iterable[str]) -> list[Said]:
    found = []
    async with AsyncOpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0) as client:
        speaking = OpenAIResponsesModel if api is RESPONSES else OpenAIChatCompletionsModel
        settings = ModelSettings(max_tokens=TOKENS, include_usage=True)
        agent = Agent(name="any", model=speaking("m", client), model_settings=settings)
        for question in questions:
            run = Runner.run_streamed(
                agent, question, run_config=RunConfig(tracing_disabled=True), max_turns=1
            )
            text = ""
            async for event in run.stream_events():
                data: Any = getattr(event, "data", None)
                if getattr(data, "type", "") == "response.output_text.delta":
                    text += data.delta
            assert run.final_output == text
            (answer,) = run.raw_responses
            found.append(Said(text, "", (), answer.usage.input_tokens, answer.usage.output_tokens))
    return found


@each_of(AGENTS, WAYS, "live", CHAT, RESPONSES)
async def test_a_real_server(
    llama_url: str, tmp_path: Path, record_property: Any, api: Api
) -> None:
    played = await from_live(tmp_path / "a.tape.zst", api, llama_url, partial(ask, api))
    record_property("streams", played)
