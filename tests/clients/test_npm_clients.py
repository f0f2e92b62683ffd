"""Clients from npm stream from a tape what the tape holds: the SDKs of OpenAI and Anthropic, and
Vercel's `ai` through its providers."""

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.clients.npm.programs import ask, version
from tests.clients.taped import (
    CHAT,
    MESSAGES,
    RESPONSES,
    Api,
    from_live,
    from_streams,
    number_of,
)
from tests.clients.trying import Client, tries
from tests.corpus import Stream, streams

pytestmark = pytest.mark.clients

OPENAI = Client("openai", "npm", "`OPENAI_BASE_URL`, `baseURL`")
ANTHROPIC = Client("@anthropic-ai/sdk", "npm", "`ANTHROPIC_BASE_URL`, `baseURL`")
AI = Client(
    "ai",
    "npm",
    "`OPENAI_BASE_URL`, `ANTHROPIC_BASE_URL` (with `/v1`); `baseURL` of each provider",
    "`@ai-sdk/anthropic` wants `/v1` at the end of `ANTHROPIC_BASE_URL`, which `wiretape record -- "
    "COMMAND` sets for the SDK, without: give it `baseURL`. Bedrock takes an API key; requests "
    "that it signs are refused.",
)

BEDROCK = Api("bedrock", "bedrock-converse")
COHERE = Api("cohere", "cohere-chat")
GEMINI = Api("gemini", "gemini-generate")
MISTRAL = Api("mistral", "chat-completions")

OPENAI_HOSTS = ("api.openai.com", "openai.azure.com", "services.ai.azure.com")
LARGE = 150_000
"""Bytes. Node takes its time with such a body where it comes in small pieces."""
MOST = 40
"""Of more streams, those at equal distances in the corpus: enough of each host."""


class Try(NamedTuple):
    """A client, and which streams are for it."""

    client: Client
    program: str
    api: Api
    tried: str
    ways: tuple[str, ...]
    """How the program asks, in turn."""
    hosts: tuple[str, ...] = ()
    """Ends of the names of the hosts whose streams it reads; none is all of them."""
    not_hosts: tuple[str, ...] = ()
    """Likewise, those whose streams it gives up, or forgets a part of."""
    without: bytes = b"\0"
    """What it does not hand on; streams that hold it are left out."""
    base: str = ""
    """Path of the base URL behind the upstream's name."""

    def reads(self, stream: Stream) -> bool:
        host = stream.provider_host
        return (
            stream.api == self.api.corpus
            and stream.content_type.startswith(("text/event-stream", "application/vnd.amazon"))
            and (host.endswith(self.hosts) if self.hosts else not host.endswith(self.not_hosts))
            and self.without not in stream.body
            and len(stream.body) < LARGE
        )

    def way(self, question: str) -> str:
        return self.ways[number_of(question) % len(self.ways)]

    async def ask(self, url: str, questions: Any) -> Any:
        return await ask(self.program, self.api, self.way, url + self.base, questions)


ASKED = "`create({stream: true})`, `.asResponse()`, `.withResponse()`"
OPENAI_CHAT = Try(
    *(OPENAI, "openai.mjs", CHAT, f"Chat Completions: {ASKED}"),
    ("chat create", "chat asResponse", "chat withResponse"),
    base="/v1",
)
OPENAI_CHAT_STREAM = Try(
    *(OPENAI, "openai.mjs", CHAT, "Chat Completions: `stream()`", ("chat stream",)),
    not_hosts=("api.mistral.ai", "<GPUSTACK_API_BASE>"),
    base="/v1",
)
OPENAI_RESPONSES = Try(
    *(OPENAI, "openai.mjs", RESPONSES, "Responses: `create({stream: true})`, `.asResponse()`"),
    ("responses create", "responses asResponse"),
    base="/v1",
)
OPENAI_RESPONSES_STREAM = Try(
    *(OPENAI, "openai.mjs", RESPONSES, "Responses: `stream()`", ("responses stream",)),
    # Counts content from 1.
    not_hosts=("bedrock-mantle.<AWS_REGION>.api.aws",),
    base="/v1",
)
ANTHROPIC_MESSAGES = Try(
    *(ANTHROPIC, "anthropic.mjs", MESSAGES),
    "Messages: `create({stream: true})`, `.asResponse()`, `stream()`",
    ("create", "asResponse", "stream"),
)


def by_provider(
    api: Api, tried: str, package: str, base: str, way: str = "", **streams: Any
) -> Try:
    """`streamText` through one of the AI SDK's providers."""
    named = f"`streamText`, {tried} by `@ai-sdk/{package}`"
    return Try(AI, "ai.mjs", api, named, (way or package,), base=base, **streams)


AI_OPENAI = by_provider(
    *(RESPONSES, "Responses", "openai", "/v1", "openai responses"),
    # Its reasoning is that of summaries, not reasoning as it is.
    hosts=(*OPENAI_HOSTS, "api.x.ai"),
)
AI_OPENAI_CHAT = by_provider(
    *(CHAT, "Chat Completions", "openai", "/v1", "openai chat"), hosts=OPENAI_HOSTS
)
AI_COMPATIBLE = by_provider(
    *(CHAT, "Chat Completions", "openai-compatible", "/v1"),
    # OpenAI's own are for `@ai-sdk/openai`; Groq's has its usage in `x_groq`, one of GPUStack's
    # no reason to finish.
    not_hosts=(*OPENAI_HOSTS, "api.groq.com", "<GPUSTACK_API_BASE>"),
)
AI_ANTHROPIC = by_provider(MESSAGES, "Messages", "anthropic", "/v1")
AI_GOOGLE = by_provider(GEMINI, "Gemini", "google", "/v1beta")
AI_MISTRAL = by_provider(MISTRAL, "Mistral", "mistral", "/v1", hosts=("api.mistral.ai",))
AI_COHERE = by_provider(
    *(COHERE, "Cohere v2", "cohere", "/v2"), hosts=("api.cohere.com",), without=b"tool-plan-delta"
)
AI_BEDROCK = by_provider(
    *(BEDROCK, "Bedrock Converse", "amazon-bedrock", ""), without=b'"toolResult"'
)


def every(source: Any, *trials: Try) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "trial",
        [
            pytest.param(one, marks=tries(one.client, one.tried, source), id=one.ways[0])
            for one in trials
        ],
    )


@pytest.mark.corpus
@every(
    "corpus",
    *(OPENAI_CHAT, OPENAI_CHAT_STREAM, OPENAI_RESPONSES, OPENAI_RESPONSES_STREAM),
    ANTHROPIC_MESSAGES,
    *(AI_OPENAI, AI_OPENAI_CHAT, AI_COMPATIBLE, AI_ANTHROPIC),
    *(AI_GOOGLE, AI_MISTRAL, AI_COHERE, AI_BEDROCK),
)
async def test_recorded_streams(tmp_path: Path, record_property: Any, trial: Try) -> None:
    record_property("version", version(trial.client.name))
    chosen = [stream for stream in streams() if trial.reads(stream)]
    chosen = chosen[:: -(-len(chosen) // MOST)]
    played = await from_streams(tmp_path / "a.tape.zst", trial.api, chosen, trial.ask)
    record_property("streams", played)


@every(
    "live",
    *(OPENAI_CHAT, OPENAI_CHAT_STREAM, OPENAI_RESPONSES, ANTHROPIC_MESSAGES),
    *(AI_OPENAI_CHAT, AI_COMPATIBLE, AI_ANTHROPIC),
)
async def test_a_real_server(
    llama_url: str, tmp_path: Path, record_property: Any, trial: Try
) -> None:
    record_property("version", version(trial.client.name))
    await from_live(tmp_path / "a.tape.zst", trial.api, llama_url, trial.ask)
