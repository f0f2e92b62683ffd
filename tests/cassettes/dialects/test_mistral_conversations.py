"""Mistral's Conversations API: events, and whole answers."""

from typing import Any

import pytest
from hypothesis import given

from tests.dialect_reading import (
    answer,
    garbled,
    never_raises,
    read,
    said,
    sse,
    whole_answer,
)
from wiretape.cassettes.dialects.answering import answer_of
from wiretape.cassettes.dialects.delta import (
    Citation,
    Delta,
    End,
    Error,
    Finish,
    Media,
    Meta,
    Reasoning,
    ReasoningOpaque,
    Text,
    ToolEnd,
    ToolStatus,
    Unknown,
    Usage,
)
from wiretape.cassettes.dialects.mistral_conversations import MistralConversationsDialect

Json = Any

STARTED = {"type": "conversation.response.started", "conversation_id": "conv_1"}
DONE = {
    "type": "conversation.response.done",
    "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
}


def message(content: Json, index: int = 0, place: int = 0) -> Json:
    return {
        "type": "message.output.delta",
        "id": "msg_1",
        "content": content,
        "output_index": index,
        "content_index": place,
        "model": "mistral-medium",
        "role": "assistant",
    }


def call(arguments: str, index: int | None = 0, call_id: str = "c1", name: str = "f") -> Json:
    event: Json = {
        "type": "function.call.delta",
        "id": "fc",
        "name": name,
        "tool_call_id": call_id,
        "arguments": arguments,
    }
    return event if index is None else event | {"output_index": index}


def deltas(*events: Json) -> list[Delta]:
    return read(MistralConversationsDialect(), sse(*events, named="type"))


def of(kind: type[Delta], found: list[Delta]) -> list[Any]:
    return [delta for delta in found if type(delta) is kind]


def test_text_from_start_to_done() -> None:
    found = deltas(STARTED, message("Hel"), message("lo"), DONE)
    told = answer_of(found)
    assert (told.id, told.model, told.text, told.ended) == (
        "conv_1", "mistral-medium", "Hello", True,
    )  # fmt: skip
    (usage,), (finish,), (end,) = of(Usage, found), of(Finish, found), of(End, found)
    assert (usage.input, usage.output, usage.total) == (3, 4, 7)
    assert finish.reason == "stop"
    assert (end.via, end.clean) == ("terminal_event", True)


def test_without_its_last_event_it_is_not_clean() -> None:
    (end,) = of(End, deltas(STARTED, message("Hel")))
    assert (end.via, end.clean) == ("eof", False)


def test_the_name_in_the_event_line_is_enough() -> None:
    body = b'event: message.output.delta\ndata: {"id": "m", "content": "Hi"}\n\n'
    (text,) = of(Text, read(MistralConversationsDialect(), body))
    assert (text.delta, text.part) == ("Hi", "0.0")


def test_chunks_of_each_type() -> None:
    found = deltas(
        STARTED,
        message({"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}),
        message({"type": "thinking", "thinking": [], "signature": "sig", "closed": True}),
        message({"type": "text", "text": "See"}, 0, 1),
        message({"type": "tool_reference", "tool": "web_search", "title": "T", "url": "u"}, 0, 2),
        message({"type": "reference", "reference_ids": [1, "b"]}, 0, 3),
        message({"type": "tool_file", "tool": "image_generation", "file_id": "file_1",
                 "file_type": "image/png"}, 0, 4),
        message({"type": "image_url", "image_url": {"url": "https://a/b.png"}}, 0, 5),
        message({"type": "image_url", "image_url": "https://a/c.png"}, 0, 6),
        message({"type": "document_url", "document_url": "https://a/d.pdf"}, 0, 7),
        DONE,
    )  # fmt: skip
    assert [one.delta for one in of(Reasoning, found)] == ["Hm"]
    assert of(ReasoningOpaque, found)[0].part == of(Reasoning, found)[0].part
    assert [one.delta for one in of(Text, found)] == ["See"]
    assert [(one.ctype, one.url, one.file_id) for one in of(Citation, found)] == [
        ("tool_reference", "u", ""),
        ("reference", "", "1"),
        ("reference", "", "b"),
    ]
    assert [(one.modality, one.size) for one in of(Media, found)] == [
        ("image", 6), ("image", 15), ("image", 15), ("document", 15),
    ]  # fmt: skip
    assert not of(Unknown, found)


def test_a_function_call_in_pieces_and_the_derived_finish() -> None:
    found = deltas(STARTED, call('{"a"'), call(":1}"), call("{}", 1, "c2", "g"), DONE)
    calls = answer_of(found).choices[0].tool_calls
    assert [(one.name, one.call_id, one.args, one.origin) for one in calls] == [
        ("f", "c1", {"a": 1}, "client"),
        ("g", "c2", {}, "client"),
    ]
    assert len(of(ToolEnd, found)) == 2
    assert of(Finish, found)[0].reason == "tool_calls"


def test_without_an_index_the_id_tells_calls_apart() -> None:
    events = (call("{}", None, "c1"), call('{"b"', None, "c2"), call(":2}", None, "c2"))
    calls = answer(MistralConversationsDialect(), sse(STARTED, *events, DONE)).choices[0].tool_calls
    assert [one.args for one in calls] == [{}, {"b": 2}]


def test_a_confirmation_is_a_status() -> None:
    found = deltas(call("{}") | {"confirmation_status": "pending"})
    assert of(ToolStatus, found)[0].status == "pending"


SEARCH = {"id": "t1", "name": "web_search", "output_index": 0}


def test_a_tool_of_mistral() -> None:
    found = deltas(
        STARTED,
        {"type": "tool.execution.started", **SEARCH, "arguments": ""},
        {"type": "tool.execution.delta", **SEARCH, "arguments": '{"query":"x"}'},
        {"type": "tool.execution.done", **SEARCH, "info": {"n": 3}},
        message("Found.", 1),
        DONE,
    )
    (tool,) = answer_of(found).choices[0].tool_calls
    assert (tool.name, tool.origin, tool.args, tool.outputs) == (
        "web_search", "hosted", {"query": "x"}, ({"n": 3},),
    )  # fmt: skip
    assert of(Finish, found)[0].reason == "stop"


def test_handoffs_are_told() -> None:
    found = deltas(
        {"type": "agent.handoff.started", "id": "h", "previous_agent_id": "a",
         "previous_agent_name": "A"},
        {"type": "agent.handoff.done", "id": "h", "next_agent_id": "b", "next_agent_name": "B"},
    )  # fmt: skip
    assert [(meta.what, meta.raw_type) for meta in of(Meta, found)] == [
        ("handoff", "agent.handoff.started"),
        ("handoff", "agent.handoff.done"),
    ]


def test_connectors_count_as_input() -> None:
    usage = {
        "prompt_tokens": 188,
        "completion_tokens": 55,
        "total_tokens": 7355,
        "connector_tokens": 7112,
        "connectors": {"web_search": 1},
    }
    found = deltas(STARTED, DONE | {"usage": usage})
    assert of(Usage, found)[0].input == 7300
    assert not of(Meta, found)
    wrong = deltas(STARTED, DONE | {"usage": usage | {"total_tokens": 1}})
    assert of(Meta, wrong)[0].what == "usage_inconsistent"


def test_an_error_ends_the_stream() -> None:
    found = deltas(STARTED, {"type": "conversation.response.error", "message": "no", "code": 500})
    (error,), (end,) = of(Error, found), of(End, found)
    assert (error.code, error.message, end.via) == ("500", "no", "terminal_event")


def test_what_is_not_known_is_kept_with_its_path() -> None:
    found = of(
        Unknown,
        deltas(
            STARTED | {"new": 1},
            {"type": "future.event"},
            message({"type": "smell"}),
            message(7),
            message({"type": "text", "text": "a", "odd": 2}),
            5,
        ),
    )
    assert [one.path for one in found] == [
        "$.new", "$", "$.content", "$.content", "$.content.odd", "$",
    ]  # fmt: skip


STREAM = (
    STARTED,
    {"type": "tool.execution.started", **SEARCH, "arguments": '{"query":"x"}', "model": "m"},
    {"type": "tool.execution.done", **SEARCH, "info": {"n": 3}},
    message({"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}, 1, 0),
    message("Hel", 1, 1),
    message({"type": "text", "text": "lo"}, 1, 1),
    message({"type": "tool_reference", "tool": "web_search", "title": "T", "url": "u"}, 1, 2),
    call('{"a":', 2),
    call("1}", 2),
    DONE,
)
WHOLE = {
    "conversation_id": "conv_1",
    "object": "conversation.response",
    "usage": DONE["usage"],
    "outputs": [
        {"type": "tool.execution", "object": "entry", "name": "web_search", "id": "t1",
         "arguments": '{"query":"x"}', "info": {"n": 3}, "model": "m"},
        {"type": "message.output", "object": "entry", "role": "assistant", "model": "m",
         "content": [
             {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]},
             {"type": "text", "text": "Hello"},
             {"type": "tool_reference", "tool": "web_search", "title": "T", "url": "u"},
         ]},
        {"type": "function.call", "object": "entry", "name": "f", "tool_call_id": "c1",
         "arguments": '{"a":1}'},
    ],
}  # fmt: skip


def test_a_whole_answer_says_the_same() -> None:
    streamed = answer(MistralConversationsDialect(), sse(*STREAM))
    assert said(whole_answer(MistralConversationsDialect(), WHOLE)) == said(streamed)


@pytest.mark.parametrize("arguments", ['{"a":1}', {"a": 1}], ids=["text", "object"])
def test_arguments_of_a_whole_call_are_text_or_an_object(arguments: Json) -> None:
    entry = {"type": "function.call", "name": "f", "tool_call_id": "c", "arguments": arguments}
    told = whole_answer(MistralConversationsDialect(), WHOLE | {"outputs": [entry]})
    assert told.choices[0].tool_calls[0].args == {"a": 1}


def test_a_whole_message_of_plain_text_and_an_entry_not_known() -> None:
    entries = [{"type": "message.output", "content": "Hi"}, {"type": "smell"}]
    told = MistralConversationsDialect().read_whole(
        sse(WHOLE | {"outputs": entries}).removeprefix(b"data: "), 1
    )
    assert answer_of(told).text == "Hi"
    assert [one.path for one in of(Unknown, list(told))] == ["$.outputs[1]"]


@given(
    garbled(
        [
            *STREAM,
            WHOLE,
            {"type": "agent.handoff.done", "id": "h"},
            message({"type": "reference", "reference_ids": [1]}),
            message({"type": "image_url", "image_url": {"url": "u"}}),
            {"type": "conversation.response.error", "message": "no", "code": 500},
        ]
    )
)
def test_never_raises(body: bytes) -> None:
    never_raises(MistralConversationsDialect, body)
