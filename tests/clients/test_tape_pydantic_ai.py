"""pydantic-ai streams from a tape what the tape holds, by its models of OpenAI and Anthropic."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pydantic_ai.direct import model_request_stream
from pydantic_ai.messages import ModelRequest, TextPart, ThinkingPart, ToolCallPart
from pydantic_ai.models import Model
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.settings import ModelSettings

from tests.clients.taped import (
    CHAT,
    MESSAGES,
    RESPONSES,
    TOKENS,
    Api,
    Said,
    each_of,
    from_live,
    from_streams,
)
from tests.clients.trying import Client
from tests.corpus import streams

pytestmark = pytest.mark.clients

PYDANTIC_AI = Client(
    "pydantic-ai-slim",
    "PyPI",
    "`OPENAI_BASE_URL`, `ANTHROPIC_BASE_URL`, `base_url=` of the provider",
    "Sends telemetry only through logfire, which this does not install. Off: "
    "`LOGFIRE_SEND_TO_LOGFIRE=false`.",
)
WAYS = "`model_request_stream`"


def model(api: Api, url: str) -> Model:
    if api is MESSAGES:
        return AnthropicModel("m", provider=AnthropicProvider(base_url=url, api_key="any"))
    provider = OpenAIProvider(base_url=f"{url}/v1", api_key="any")
    if api is CHAT:
        return OpenAIChatModel("m", provider=provider)
    return OpenAIResponsesModel("m", provider=provider)


async def ask(api: Api, url: str, questions: Iterable[str]) -> list[Said]:
    found = []
    asked = model(api, url)
    for question in questions:
        turns: Any = [ModelRequest.user_text_prompt(question)]
        settings = ModelSettings(max_tokens=TOKENS, timeout=30)
        async with model_request_stream(asked, turns, model_settings=settings) as stream:
            async for _ in stream:
                pass
        told = stream.get()
        found.append(
            Said(
                "".join(one.content for one in told.parts if isinstance(one, TextPart)),
                "".join(one.content for one in told.parts if isinstance(one, ThinkingPart)),
                tuple(
                    (one.tool_name, one.args_as_dict())
                    for one in told.parts
                    if isinstance(one, ToolCallPart)
                ),
                told.usage.input_tokens or None,  # it makes 0 of what is not told
                told.usage.output_tokens or None,
            )
        )
    return found


HOSTS = ("api.openai.com", "api.anthropic.com")


@each_of(PYDANTIC_AI, WAYS, "corpus", CHAT, RESPONSES, MESSAGES)
@pytest.mark.corpus
async def test_recorded_streams(tmp_path: Path, record_property: Any, api: Api) -> None:
    recorded = [one for one in streams() if one.api == api.corpus and one.provider_host in HOSTS][
        ::4
    ]
    played = await from_streams(tmp_path / "a.tape.zst", api, recorded, partial(ask, api))
    record_property("streams", played)


@each_of(PYDANTIC_AI, WAYS, "live", CHAT, RESPONSES, MESSAGES)
async def test_a_real_server(
    llama_url: str, tmp_path: Path, record_property: Any, api: Api
) -> None:
    played = await from_live(tmp_path / "a.tape.zst", api, llama_url, partial(ask, api))
    record_property("streams", played)
