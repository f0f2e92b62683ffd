"""What mistralai makes of a conversation's stream is what we make of it: from the same bytes, over
a real socket. None is recorded anywhere we may use: these are made of the SDK's own types."""

import inspect
import json
from collections.abc import Iterator
from typing import Any

import pytest
from mistralai.client import Mistral, models
from mistralai.client.models import conversationevents
from mistralai.extra.run.result import as_text, reconstitue_entries

from tests.clients.serving_streams import StreamServer, serving_streams
from tests.dialect_reading import answer, sse
from wiretape.cassettes.dialects.answering import answer_of
from wiretape.cassettes.dialects.mistral_conversations import (
    CHUNKS,
    EVENTS,
    MistralConversationsDialect,
)

pytestmark = [pytest.mark.clients]


@pytest.fixture(scope="module")
def server() -> Iterator[StreamServer]:
    with serving_streams() as server:
        yield server


def fields(model: Any) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def test_every_event_of_the_sdk_is_known_by_name_and_field() -> None:
    (events,) = (
        value
        for name, value in inspect.getmembers(conversationevents)
        if name.endswith("_VARIANTS")
    )
    assert set(events) == set(EVENTS)
    for name, model in events.items():
        assert fields(model) <= EVENTS[name] | {"type", "created_at"}, name


def test_every_chunk_of_the_sdk_is_known_by_name_and_field() -> None:
    chunks = {
        "text": models.TextChunk,
        "thinking": models.ThinkChunk,
        "image_url": models.ImageURLChunk,
        "document_url": models.DocumentURLChunk,
        "tool_file": models.ToolFileChunk,
        "tool_reference": models.ToolReferenceChunk,
        "reference": models.ReferenceChunk,
    }
    assert set(chunks) == set(CHUNKS)
    for name, model in chunks.items():
        assert fields(model) <= CHUNKS[name] | {"type"}, name


def message(content: Any, index: int, place: int = 0) -> Any:
    return models.MessageOutputEvent(
        id="msg", content=content, output_index=index, content_index=place, model="m"
    )


def call(arguments: str, index: int, name: str, call_id: str) -> Any:
    return models.FunctionCallEvent(
        id="fc", name=name, tool_call_id=call_id, arguments=arguments, output_index=index
    )


USAGE = models.ConversationUsageInfo(prompt_tokens=3, completion_tokens=4, total_tokens=7)


def made_stream() -> list[Any]:
    thought = models.ThinkChunk(thinking=[models.TextChunk(text="Hm")])
    source = models.ToolReferenceChunk(tool="web_search", title="T", url="https://a.example")
    tool: Any = {"id": "t", "name": "web_search", "output_index": 0}
    return [
        models.ResponseStartedEvent(conversation_id="conv_1"),
        models.ToolExecutionStartedEvent(**tool, arguments=""),
        models.ToolExecutionDeltaEvent(**tool, arguments='{"query":"x"}'),
        models.ToolExecutionDoneEvent(**tool, info={"n": 3}),
        message(thought, 1),
        message("Hel", 1, 1),
        message("lo, ", 1, 1),
        message(source, 1, 2),
        message(models.TextChunk(text="there"), 1, 3),
        call('{"a":', 2, "f", "c1"),
        call("1}", 2, "f", "c1"),
        call("{}", 3, "g", "c2"),
        models.ResponseDoneEvent(usage=USAGE),
    ]


def test_a_stream_of_the_sdks_own_events(server: StreamServer) -> None:
    events = [json.loads(event.model_dump_json(exclude_none=True)) for event in made_stream()]
    body = sse(*events, named="type")
    server.gives(body)
    client = Mistral(server_url=server.url, api_key="any")
    received: dict[int, list[Any]] = {}
    for event in client.beta.conversations.start_stream(inputs="any", model="any"):
        if hasattr(event.data, "output_index"):
            received.setdefault(event.data.output_index, []).append(event.data)
    entries = reconstitue_entries(received)
    ours = answer(MistralConversationsDialect(), body)
    (choice,) = ours.choices
    (theirs,) = (entry for entry in entries if entry.type == "message.output")
    # The SDK writes sources into the text; we tell them apart.
    assert choice.text == as_text(theirs).replace("<Reference title=T>", "") == "Hello, there"
    assert [part.text for part in choice.reasoning] == ["Hm"]
    calls = [entry for entry in entries if entry.type == "function.call"]
    assert [
        (one.name, one.call_id, one.args_raw) for one in choice.tool_calls if one.origin == "client"
    ] == [(entry.name, entry.tool_call_id, entry.arguments) for entry in calls]
    assert len(calls) == 2
    assert [one.url for one in choice.citations] == ["https://a.example"]
    assert ours.usage is not None
    assert (ours.usage.total, ours.ended) == (USAGE.total_tokens, True)


def test_a_whole_answer_of_the_sdks_own_types(server: StreamServer) -> None:
    whole = models.ConversationResponse(
        conversation_id="conv_1",
        usage=USAGE,
        outputs=[
            models.MessageOutputEntry(content=[models.TextChunk(text="Hello")], model="m"),
            models.FunctionCallEntry(tool_call_id="c1", name="f", arguments='{"a":1}'),
        ],
    )
    body = whole.model_dump_json(exclude_none=True).encode()
    server.gives(body, "application/json")
    client = Mistral(server_url=server.url, api_key="any")
    theirs = client.beta.conversations.start(inputs="any", model="any")
    ours = answer_of(MistralConversationsDialect().read_whole(body, 1))
    said: Any = theirs.outputs[0]
    asked: Any = theirs.outputs[1]
    assert ours.text == said.content[0].text
    (call,) = ours.choices[0].tool_calls
    assert (call.name, call.args_raw) == (asked.name, asked.arguments)
    assert (ours.id, ours.model) == (theirs.conversation_id, said.model)
