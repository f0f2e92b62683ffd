"""What the anthropic SDK makes of the recorded streams of Messages is what we make of them: from
the same bytes, over a real socket. It refuses none of them."""

from collections.abc import Iterator
from typing import Any

import pytest
from anthropic import Anthropic
from anthropic.types import Message

from tests.cassettes.dialects.reading_streams import read_body
from tests.clients.serving_streams import StreamServer, serving_streams
from tests.corpus import Stream, streams
from wiretape.cassettes.dialects.answer import Answer, Choice
from wiretape.cassettes.dialects.answering import answer_of
from wiretape.cassettes.dialects.messages import MessagesDialect
from wiretape.cassettes.dialects.payload import sha256

pytestmark = [pytest.mark.clients, pytest.mark.corpus]

STREAMS = 34


@pytest.fixture(scope="module")
def server() -> Iterator[StreamServer]:
    with serving_streams() as server:
        yield server


def final_message(server: StreamServer, stream: Stream) -> Message:
    server.gives(stream.body, stream.content_type)
    client = Anthropic(base_url=server.url, api_key="any", max_retries=0)
    question: Any = [{"role": "user", "content": "any"}]
    with client.messages.stream(model="any", max_tokens=9, messages=question) as told:
        return told.get_final_message()


def blocks(message: Message, *kinds: str) -> list[Any]:
    return [block for block in message.content if block.type in kinds]


def same_counts(ours: Answer, theirs: Message) -> None:
    usage = theirs.usage
    cached = (usage.cache_read_input_tokens or 0) + (usage.cache_creation_input_tokens or 0)
    assert ours.usage is not None
    assert ours.usage.input == usage.input_tokens + cached
    assert ours.usage.input_cached == usage.cache_read_input_tokens
    assert ours.usage.input_cache_write == usage.cache_creation_input_tokens
    assert ours.usage.output == usage.output_tokens
    details = usage.output_tokens_details
    assert ours.usage.reasoning == (details and details.thinking_tokens)


def same_blocks(choice: Choice, theirs: Message) -> None:
    """Block for block: texts, thoughts with their signatures, calls, results, citations."""
    place = {id(block): str(index) for index, block in enumerate(theirs.content)}
    texts = [(place[id(one)], one.text) for one in blocks(theirs, "text")]
    assert [(part.part, part.text) for part in choice.texts] == texts
    thinking = blocks(theirs, "thinking")
    thoughts = [(place[id(one)], one.thinking) for one in thinking]
    assert [(part.part, part.text) for part in choice.reasoning] == thoughts
    signatures = [sha256(one.signature.encode()) for one in thinking]
    assert [one.sha256 for one in choice.opaque if one.form == "signature"] == signatures
    calls = blocks(theirs, "tool_use", "server_tool_use")
    assert [(one.name, one.call_id, one.args) for one in choice.tool_calls] == [
        (one.name, one.id, one.input) for one in calls
    ]
    outputs = [found for one in choice.tool_calls for found in one.outputs]
    results = [
        one.model_dump(exclude_unset=True)["content"]
        for one in theirs.content
        if one.type.endswith("_tool_result")
    ]
    assert outputs == results
    cited = [one for block in blocks(theirs, "text") for one in block.citations or ()]
    assert [one.quoted for one in choice.citations] == [one.cited_text for one in cited]


def test_every_stream_of_anthropic_is_our_answer(server: StreamServer) -> None:
    compared = thought = called = 0
    for stream in streams():
        if stream.api != "anthropic-messages":
            continue
        theirs = final_message(server, stream)
        ours = answer_of(read_body(MessagesDialect(), "sse", stream.body))
        (choice,) = ours.choices
        assert (ours.id, ours.model) == (theirs.id, theirs.model)
        same_blocks(choice, theirs)
        same_counts(ours, theirs)
        assert choice.finish is not None
        assert choice.finish.raw_reason == theirs.stop_reason
        compared += 1
        thought += bool(choice.reasoning)
        called += len(choice.tool_calls)
    print(f"\nanthropic: {compared} streams equal, {thought} with thinking, {called} tool calls")
    assert (compared, thought, called) == (STREAMS, 3, 11)


def test_an_empty_call_is_an_empty_object_to_both(server: StreamServer) -> None:
    """Its only piece is `""`, which the SDK reads as the `{}` that the block began with."""
    empty = [one for one in streams() if b'"partial_json":""}' in one.body.replace(b": ", b":")]
    found = 0
    for stream in empty:
        if stream.api != "anthropic-messages":
            continue
        theirs = [one.input for one in blocks(final_message(server, stream), "tool_use")]
        (choice,) = answer_of(read_body(MessagesDialect(), "sse", stream.body)).choices
        assert [one.args for one in choice.tool_calls if one.origin == "client"] == theirs
        found += theirs == [{}]
    assert found == 2
