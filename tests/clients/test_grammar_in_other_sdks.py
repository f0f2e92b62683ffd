"""What the rules of Gemini, Bedrock and Ollama say of the official SDKs, tried on the SDKs.

A broken answer of every rule of the profile `sdk` goes over a real socket to the client, which
fails, or loses something of it; the others it bears, but for errors that were sent.
"""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import ollama
import pytest
from botocore.config import Config
from google import genai

from tests.cassettes.conformance import mutations_bedrock, mutations_gemini, mutations_ollama
from tests.cassettes.conformance.mutations import Mutation
from tests.clients.serving_streams import StreamServer, serving_streams
from wiretape.cassettes.conformance.catalogue import BY_ID
from wiretape.cassettes.conformance.rule import Exchange
from wiretape.cassettes.http1 import header

pytestmark = pytest.mark.clients

Seen = list[Any]
"""What the SDK gave: the texts and calls of each chunk, or its events."""

EXPECTED: dict[str, tuple[str, ...]] = {
    "gemini.not-an-object": ("['Hm.', '', 'Hello', ' world']", "no stream"),
    "gemini.error-unseen": ("['Hm.', 'Hello', '']",),
    "gemini.after-error": ("ServerError",),
    "gemini.wrong-type": (
        *("ValidationError",) * 3,
        "['Hm.', '', ' world']",
        *("ValidationError", "AttributeError", "ValidationError", "ValidationError"),
    ),
    "gemini.args-not-an-object": ("ValidationError", "ValidationError"),
    "gemini.not-base64": ("ValidationError", "ValidationError"),
    "bedrock.not-json": ("{'contentBlockDelta': {}}", "AttributeError"),
    "bedrock.after-exception": ("EventStreamError",),
    "ollama.not-an-object": ("AttributeError", "AttributeError"),
    "ollama.message-missing": ("ValidationError", "ValidationError"),
    "ollama.role-missing": ("ValidationError",),
    "ollama.wrong-type": ("ValidationError",) * 5,
    "ollama.arguments-not-an-object": ("ValidationError", "ValidationError"),
    "ollama.tool-name-missing": ("ValidationError", "ValidationError"),
    "ollama.after-error": ("ResponseError",),
}
"""Rules, and what is seen of each of their mutations, in their order."""

RAISED_OF_OTHERS = {
    "gemini.error-in-stream": "ServerError",
    "bedrock.exception-in-stream": "EventStreamError",
    "ollama.error-in-stream": "ResponseError",
}
"""Rules that are not of the profile `sdk`, and what is raised all the same."""

MUTATIONS = {
    rule: ways
    for module in (mutations_gemini, mutations_bedrock, mutations_ollama)
    for rule, ways in module.MUTATIONS.items()
    if not rule.startswith("messages.")
}


@pytest.fixture(scope="module")
def server() -> Iterator[StreamServer]:
    with serving_streams() as server:
        yield server


def by_genai(server: StreamServer) -> Seen:
    where = genai.types.HttpOptions(base_url=server.url)
    client = genai.Client(api_key="any", http_options=where)
    return [
        "".join(
            part.text or str(part.function_call)
            for candidate in chunk.candidates or ()
            for part in (candidate.content and candidate.content.parts) or ()
        )
        for chunk in client.models.generate_content_stream(model="m", contents="any")
    ]


def _bedrock(server: StreamServer) -> Any:
    return boto3.client(
        "bedrock-runtime",
        region_name="us-east-1",
        endpoint_url=server.url,
        aws_access_key_id="any",
        aws_secret_access_key="any",
        config=Config(retries={"total_max_attempts": 1}),
    )


def by_converse(server: StreamServer) -> Seen:
    question: Any = [{"role": "user", "content": [{"text": "any"}]}]
    return list(_bedrock(server).converse_stream(modelId="m", messages=question)["stream"])


def by_invoke(server: StreamServer) -> Seen:
    client = _bedrock(server)
    return list(client.invoke_model_with_response_stream(modelId="m", body=b"{}")["body"])


def by_ollama_chat(server: StreamServer) -> Seen:
    return list(ollama.Client(host=server.url).chat(model="m", messages=[], stream=True))


def by_ollama_generate(server: StreamServer) -> Seen:
    return list(ollama.Client(host=server.url).generate(model="m", prompt="", stream=True))


CLIENTS: dict[str, Callable[[StreamServer], Seen]] = {
    "gemini.generate": by_genai,
    "bedrock.converse": by_converse,
    "bedrock.invoke": by_invoke,
    "ollama.chat": by_ollama_chat,
    "ollama.generate": by_ollama_generate,
}


def outcome(made: Exchange, server: StreamServer) -> str:
    """What the SDK does, in words."""
    if made.api == "gemini.generate" and made.framing != "sse":
        return "no stream"  # nothing that the SDK asks for in this way
    response = made.interaction.response
    assert response is not None
    server.gives(response.body, header(response.headers, "content-type") or "")
    try:
        return str(CLIENTS[made.api](server))
    except Exception as error:  # whatever it is, it is what is looked at
        return f"raised {type(error).__name__}: {error}"


def cases() -> Iterator[object]:
    for rule, ways in MUTATIONS.items():
        for mutation, words in zip(ways, EXPECTED.get(rule, ("",) * len(ways)), strict=True):
            yield pytest.param(rule, mutation, words, id=f"{rule}: {mutation.words}")


@pytest.mark.parametrize(("rule", "mutation", "expected"), list(cases()))
def test_what_the_sdk_does(
    rule: str, mutation: Mutation, expected: str, server: StreamServer
) -> None:
    seen = outcome(mutation.exchange(), server)
    assert expected in seen
    if "sdk" not in BY_ID[rule].profiles and seen.startswith("raised "):
        assert seen.startswith(f"raised {RAISED_OF_OTHERS[rule]}")


@pytest.mark.parametrize("module", [mutations_gemini, mutations_bedrock, mutations_ollama])
def test_sdks_bear_good_answers(module: Any, server: StreamServer) -> None:
    for name, good in module.GOOD.items():
        assert not outcome(good(), server).startswith("raised "), name


def test_every_rule_of_the_profile_is_tried() -> None:
    assert set(EXPECTED) == {rule for rule in MUTATIONS if "sdk" in BY_ID[rule].profiles}
