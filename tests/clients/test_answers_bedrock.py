"""What boto3 makes of the recorded streams of Bedrock is what we make of them: from the same bytes,
over a real socket. boto3 gives events and puts nothing together, so that is done here, in the
plainest way; the one stream of Claude's own events is put together by anthropic's SDK."""

from collections.abc import Iterator
from typing import Any

import boto3
import msgspec
import pytest
from anthropic import AnthropicBedrock
from botocore.config import Config

from tests.cassettes.dialects.reading_streams import read_body
from tests.clients.serving_streams import StreamServer, serving_streams
from tests.corpus import Stream, streams
from wiretape.cassettes.dialects.answer import Answer, Choice
from wiretape.cassettes.dialects.answering import answer_of
from wiretape.cassettes.dialects.bedrock import ConverseDialect
from wiretape.cassettes.dialects.bedrock_invoke import InvokeDialect
from wiretape.cassettes.dialects.payload import sha256

pytestmark = [pytest.mark.clients, pytest.mark.corpus]

QUESTION: Any = [{"role": "user", "content": [{"text": "any"}]}]


@pytest.fixture(scope="module")
def server() -> Iterator[StreamServer]:
    with serving_streams() as server:
        yield server


@pytest.fixture
def client(server: StreamServer) -> Any:
    return boto3.client(
        "bedrock-runtime",
        region_name="us-east-1",
        endpoint_url=server.url,
        aws_access_key_id="any",
        aws_secret_access_key="any",
        config=Config(retries={"total_max_attempts": 1}),
    )


class Summed:
    """The blocks of one answer, by index, from the events as boto3 gives them."""

    def __init__(self) -> None:
        self.texts: dict[int, str] = {}
        self.thoughts: dict[int, str] = {}
        self.signatures: list[str] = []
        self.calls: dict[int, dict[str, Any]] = {}
        self.results: list[str] = []
        self.citations: list[str] = []
        self.stop = ""
        self.usage: dict[str, int] = {}

    def take(self, event: dict[str, Any]) -> None:
        match event:
            case {"contentBlockStart": {"contentBlockIndex": at, "start": {"toolUse": use}}}:
                self.calls[at] = use | {"input": ""}
            case {"contentBlockDelta": {"contentBlockIndex": at, "delta": delta}}:
                self.delta(at, delta)
            case {"messageStop": {"stopReason": reason}}:
                self.stop = reason
            case {"metadata": {"usage": usage}}:
                self.usage = usage

    def delta(self, at: int, delta: dict[str, Any]) -> None:
        match delta:
            case {"text": text}:
                self.texts[at] = self.texts.get(at, "") + text
            case {"reasoningContent": {"text": text}}:
                self.thoughts[at] = self.thoughts.get(at, "") + text
            case {"reasoningContent": {"signature": signature}}:
                self.signatures.append(sha256(signature.encode()))
            case {"toolUse": {"input": piece}}:
                self.calls[at]["input"] += piece
            case {"toolResult": [{"text": text}]}:
                self.results.append(text)
            case {"citation": citation}:
                self.citations.append(citation["location"].get("web", {}).get("url", ""))


def of_converse(client: Any, server: StreamServer, stream: Stream) -> Summed:
    server.gives(stream.body, stream.content_type)
    summed = Summed()
    for event in client.converse_stream(modelId="any", messages=QUESTION)["stream"]:
        summed.take(event)
    return summed


def same(ours: Choice, theirs: Summed) -> None:
    assert [(one.part, one.text) for one in ours.texts] == [
        (str(at), text) for at, text in theirs.texts.items() if text
    ]
    assert [(one.part, one.text) for one in ours.reasoning] == [
        (str(at), text) for at, text in theirs.thoughts.items()
    ]
    assert [one.sha256 for one in ours.opaque] == theirs.signatures
    assert [(one.part, one.name, one.call_id, one.args) for one in ours.tool_calls] == [
        (str(at), call["name"], call["toolUseId"], msgspec.json.decode(call["input"] or "{}"))
        for at, call in theirs.calls.items()
    ]
    results = [one["text"] for call in ours.tool_calls for part in call.outputs for one in part]
    assert results == theirs.results
    assert [one.url for one in ours.citations] == theirs.citations
    assert ours.finish is not None
    assert ours.finish.raw_reason == theirs.stop


def same_counts(ours: Answer, theirs: dict[str, int]) -> None:
    assert ours.usage is not None
    cached = theirs.get("cacheReadInputTokens", 0) + theirs.get("cacheWriteInputTokens", 0)
    assert ours.usage.input == theirs["inputTokens"] + cached
    assert (ours.usage.output, ours.usage.total) == (theirs["outputTokens"], theirs["totalTokens"])


def test_every_stream_of_converse_is_our_answer(client: Any, server: StreamServer) -> None:
    compared = calls = thought = 0
    for stream in streams():
        if stream.api != "bedrock-converse":
            continue
        theirs = of_converse(client, server, stream)
        ours = answer_of(read_body(ConverseDialect(), "eventstream", stream.body))
        (choice,) = ours.choices
        same(choice, theirs)
        same_counts(ours, theirs.usage)
        compared += 1
        calls += len(choice.tool_calls)
        thought += bool(choice.reasoning)
    print(f"\nboto3 converse_stream: {compared} streams equal, {calls} tool calls")
    assert (compared, calls, thought) == (18, 6, 1)


def said(chunk: dict[str, Any]) -> str:
    """The text of a chunk of Titan, Claude or Nova."""
    match chunk:
        case {"outputText": str(text)} | {"delta": {"text": str(text)}}:
            return text
        case {"contentBlockDelta": {"delta": {"text": str(text)}}}:
            return text
    return ""


def test_every_stream_of_invoke_is_our_answer(client: Any, server: StreamServer) -> None:
    compared = 0
    for stream in streams():
        if stream.api != "bedrock-invoke":
            continue
        server.gives(stream.body, stream.content_type)
        body = client.invoke_model_with_response_stream(modelId="any", body=b"{}")["body"]
        chunks = [msgspec.json.decode(event["chunk"]["bytes"]) for event in body]
        ours = answer_of(read_body(InvokeDialect(), "eventstream", stream.body))
        assert ours.text == "".join(map(said, chunks))
        metrics = chunks[-1].get("amazon-bedrock-invocationMetrics")
        if metrics:
            assert ours.usage is not None
            assert ours.usage.input == metrics["inputTokenCount"]
            assert ours.usage.output == metrics["outputTokenCount"]
        compared += 1
    print(f"\nboto3 invoke_model_with_response_stream: {compared} streams equal")
    assert compared == 4


def test_claude_inside_invoke_is_the_message_of_anthropics_sdk(server: StreamServer) -> None:
    (stream,) = [one for one in streams() if one.api == "bedrock-invoke" and "anthropic" in one.url]
    server.gives(stream.body, stream.content_type)
    client = AnthropicBedrock(
        base_url=server.url,
        aws_access_key="any",
        aws_secret_key="any",
        aws_region="us-east-1",
        max_retries=0,
    )
    question: Any = [{"role": "user", "content": "any"}]
    with client.messages.stream(model="any", max_tokens=9, messages=question) as told:
        theirs = told.get_final_message()
    ours = answer_of(read_body(InvokeDialect(), "eventstream", stream.body))
    (block,) = theirs.content
    assert block.type == "text"
    assert (ours.text, ours.id, ours.model) == (block.text, theirs.id, theirs.model)
    assert ours.usage is not None
    assert ours.usage.output == theirs.usage.output_tokens
