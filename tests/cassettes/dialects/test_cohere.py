"""Cohere's chat, second version and first."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cassettes.dialects.reading_streams import (
    broken_frames,
    frame,
    lines,
    meaning,
    only,
    read,
    read_body,
    read_whole,
    sse,
    unknown_paths,
)
from tests.corpus import Stream, streams
from wiretape.cassettes.dialects.answering import answer_of
from wiretape.cassettes.dialects.cohere import CohereDialect
from wiretape.cassettes.dialects.delta import (
    Citation,
    End,
    Error,
    Meta,
    PartEnd,
    PartStart,
    Text,
    ToolArgs,
    Unknown,
)
from wiretape.cassettes.framing.frame import Frame, Framing

Event = dict[str, Any]


def event(kind: str, index: int | None = None, **message: Any) -> Event:
    place = {} if index is None else {"index": index}
    return {"type": kind, **place, "delta": {"message": message}}


def call(index: int, id_: str, name: str, *pieces: str) -> list[Event]:
    start = {"id": id_, "type": "function", "function": {"name": name, "arguments": ""}}
    return [
        event("tool-call-start", index, tool_calls=start),
        *(
            event("tool-call-delta", index, tool_calls={"function": {"arguments": piece}})
            for piece in pieces
        ),
        {"type": "tool-call-end", "index": index},
    ]


SOURCE = {"type": "document", "id": "doc:0", "document": {"id": "doc:0", "title": "facts.txt"}}
CITED = {
    "start": 0,
    "end": 5,
    "text": "Hello",
    "sources": [SOURCE],
    "type": "TEXT_CONTENT",
    "content_index": 1,
}
USAGE = {
    "billed_units": {"input_tokens": 7, "output_tokens": 9},
    "tokens": {"input_tokens": 60.0, "output_tokens": 12.0, "reasoning_tokens": 3},
    "cached_tokens": 16,
}
BEGIN = event(
    "message-start", role="assistant", content=[], tool_plan="", tool_calls=[], citations=[]
) | {"id": "id_1"}


def message_end(reason: str = "TOOL_CALL", **members: Any) -> Event:
    return {"type": "message-end", "delta": {"finish_reason": reason, "usage": USAGE} | members}


STREAM = [
    BEGIN,
    event("tool-plan-delta", tool_plan="I will "),
    event("tool-plan-delta", tool_plan="look."),
    event("content-start", 0, content={"type": "thinking", "thinking": ""}),
    event("content-delta", 0, content={"thinking": "Let me "}),
    event("content-delta", 0, content={"thinking": "think."}),
    {"type": "content-end", "index": 0},
    event("content-start", 1, content={"type": "text", "text": ""}),
    event("content-delta", 1, content={"text": "Hel"}),
    event("content-delta", 1, content={"text": "lo"}),
    event("citation-start", 0, citations=CITED),
    {"type": "citation-end", "index": 0},
    {"type": "content-end", "index": 1},
    *call(0, "c0", "weather", '{"city"', ': "Berlin"}'),
    *call(1, "c1", "now"),
    message_end(),
]
WHOLE = {
    "id": "id_1",
    "finish_reason": "TOOL_CALL",
    "message": {
        "role": "assistant",
        "tool_plan": "I will look.",
        "content": [
            {"type": "thinking", "thinking": "Let me think."},
            {"type": "text", "text": "Hello"},
        ],
        "tool_calls": [
            {
                "id": "c0",
                "type": "function",
                "function": {"name": "weather", "arguments": '{"city": "Berlin"}'},
            },
            {"id": "c1", "type": "function", "function": {"name": "now", "arguments": "{}"}},
        ],
        "citations": [CITED],
    },
    "usage": USAGE,
}


def test_a_stream_is_read() -> None:
    deltas = read(CohereDialect(), sse(*STREAM))
    assert unknown_paths(deltas) == []
    answer = answer_of(deltas)
    (choice,) = answer.choices
    assert (answer.id, answer.text) == ("id_1", "Hello")
    assert [(part.part, part.text) for part in choice.reasoning] == [
        ("tool_plan", "I will look."),
        ("0", "Let me think."),
    ]
    assert [
        (one.part, one.name, one.call_id, one.tool_type, one.args) for one in choice.tool_calls
    ] == [
        ("tool:0", "weather", "c0", "function", {"city": "Berlin"}),
        ("tool:1", "now", "c1", "function", {}),
    ]
    assert answer.usage is not None
    assert (answer.usage.input, answer.usage.input_cached) == (60, 16)
    assert (answer.usage.output, answer.usage.reasoning) == (12, 3)
    assert choice.finish is not None
    assert (choice.finish.reason, choice.finish.raw_reason) == ("tool_calls", "TOOL_CALL")
    assert [one.via for one in only(End, deltas)] == ["terminal_event"]


def test_a_whole_answer_is_the_same_answer() -> None:
    deltas = read_whole(CohereDialect(), WHOLE)
    assert unknown_paths(deltas) == []
    assert meaning(deltas) == meaning(read(CohereDialect(), sse(*STREAM)))


def test_each_part_that_begins_ends() -> None:
    deltas = read(CohereDialect(), sse(*STREAM))
    begun = [(one.part, one.ptype) for one in only(PartStart, deltas)]
    assert begun == [(one.part, one.ptype) for one in only(PartEnd, deltas)]
    assert [ptype for _, ptype in begun] == ["reasoning", "text", "tool_call", "tool_call"]


def test_a_citation_names_its_source() -> None:
    (found,) = only(Citation, read(CohereDialect(), sse(*STREAM)))
    assert (found.ctype, found.title, found.file_id) == ("document", "facts.txt", "doc:0")
    assert (found.start, found.end, found.unit, found.quoted) == (0, 5, "char", "Hello")
    assert found.part == "1"


def test_what_is_billed_is_told_apart_from_what_was_read() -> None:
    told = only(Meta, read(CohereDialect(), sse(message_end())))
    assert [(one.what, one.value) for one in told] == [("billed_units", USAGE["billed_units"])]


def test_the_end_comes_before_the_sentinel() -> None:
    deltas = read(CohereDialect(), [*sse(message_end("COMPLETE")), frame(2, b"[DONE]")])
    assert [(one.via, one.frame) for one in only(End, deltas)] == [("terminal_event", 1)]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("COMPLETE", "stop"),
        ("STOP_SEQUENCE", "stop_sequence"),
        ("MAX_TOKENS", "length"),
        ("ERROR", "error"),
        ("TIMEOUT", "error"),
    ],
)
def test_reasons(raw: str, reason: str) -> None:
    finish = answer_of(read(CohereDialect(), sse(message_end(raw)))).choices[0].finish
    assert finish is not None
    assert finish.reason == reason


def test_a_call_at_the_end_is_the_reason() -> None:
    events = sse(*call(0, "c", "f"), message_end("COMPLETE"))
    finish = answer_of(read(CohereDialect(), events)).choices[0].finish
    assert finish is not None
    assert (finish.reason, finish.raw_reason) == ("tool_calls", "COMPLETE")


def test_an_error_at_the_end() -> None:
    (error,) = only(Error, read(CohereDialect(), sse(message_end("ERROR", error="too much"))))
    assert (error.origin, error.message) == ("stream", "too much")


@pytest.mark.parametrize("body", [{"message": "no"}, {"error": {"message": "no"}}, {"error": "no"}])
def test_an_error_body(body: Event) -> None:
    (error,) = only(Error, read_whole(CohereDialect(), body))
    assert (error.origin, error.message) == ("http", "no")


def test_an_error_among_the_events() -> None:
    (error,) = only(Error, read(CohereDialect(), lines({"message": "no"})))
    assert (error.origin, error.message) == ("stream", "no")


def test_what_is_open_at_the_end_is_closed() -> None:
    deltas = read(CohereDialect(), sse(*STREAM[:9], *call(0, "c", "f")[:1]))
    assert [type(one).__name__ for one in deltas[-5:]] == [
        "PartEnd",
        "ToolArgs",
        "ToolEnd",
        "PartEnd",
        "End",
    ]
    assert [one.clean for one in only(End, deltas)] == [False]


def test_what_is_not_known_is_kept() -> None:
    events = sse(
        {"type": "message-news"},
        event("content-start", 0, content={"type": "hologram"}),
        event("content-delta", 0, content={"text": "a", "tone": "warm"}) | {"logprobs": {}},
        {"type": "debug", "prompt": "p"},
        event("tool-plan-delta", tool_plan=5),
        {"type": "content-end", "index": 0, "colour": "red"},
    )
    unknown = only(Unknown, read(CohereDialect(), [*events, frame(9, b"[1]")]))
    assert [(one.frame, one.path) for one in unknown] == [
        (1, "$"),
        (2, "$.delta.message.content"),
        (3, "$.delta.message.content.tone"),
        (5, "$.delta.message.tool_plan"),
        (6, "$.colour"),
        (9, "$"),
    ]


# The first version.


def first(kind: str, **members: Any) -> Event:
    return {"event_type": kind, "is_finished": kind == "stream-end", **members}


FIRST_CITED = {"start": 0, "end": 2, "text": "Hi", "document_ids": ["d0", "d1"]}
RESPONSE = {
    "response_id": "r",
    "generation_id": "g",
    "text": "Hi there",
    "citations": [FIRST_CITED],
    "chat_history": [{"role": "USER", "message": "hello"}],
    "finish_reason": "COMPLETE",
    "meta": {
        "api_version": {"version": "1"},
        "warnings": ["old"],
        "billed_units": {"input_tokens": 1, "output_tokens": 2},
        "tokens": {"input_tokens": 69, "output_tokens": 4},
    },
}
FIRST = [
    first("stream-start", generation_id="g"),
    first("text-generation", text="Hi"),
    first("text-generation", text=" there"),
    first("citation-generation", citations=[FIRST_CITED]),
    first("stream-end", finish_reason="COMPLETE", response=RESPONSE),
]


def test_the_first_version_is_read() -> None:
    deltas = read(CohereDialect(), lines(*FIRST))
    assert unknown_paths(deltas) == []
    answer = answer_of(deltas)
    assert (answer.id, answer.text) == ("g", "Hi there")
    assert answer.usage is not None
    assert (answer.usage.input, answer.usage.output) == (69, 4)
    assert [one.delta for one in only(Text, deltas)] == ["Hi", " there"]
    (cited,) = only(Citation, deltas)
    assert (cited.file_id, cited.quoted) == ("d0", "Hi")
    assert [one.what for one in only(Meta, deltas)] == ["billed_units", "warnings"]
    assert [one.via for one in only(End, deltas)] == ["terminal_event"]


def test_a_whole_answer_of_the_first_version_is_the_same_answer() -> None:
    deltas = read_whole(CohereDialect(), RESPONSE)
    assert unknown_paths(deltas) == []
    assert meaning(deltas) == meaning(read(CohereDialect(), lines(*FIRST)))


def test_a_text_that_only_the_end_has_is_synthetic() -> None:
    deltas = read(CohereDialect(), lines(FIRST[0], FIRST[-1]))
    assert [(one.delta, one.synthetic) for one in only(Text, deltas)] == [("Hi there", True)]
    assert len(only(Citation, deltas)) == 1


def test_an_end_that_contradicts_is_told_and_wins() -> None:
    deltas = read(CohereDialect(), lines(*FIRST[:2], FIRST[-1]))
    (told,) = [one for one in only(Meta, deltas) if one.what == "snapshot_mismatch"]
    assert told.value == {"part": "0", "text": "Hi there"}
    assert answer_of(deltas).text == "Hi there"


def test_calls_of_the_first_version_in_pieces() -> None:
    calls = [{"name": "f", "parameters": {"a": 1}}, {"name": "g", "parameters": {}}]
    events = [
        first("tool-calls-chunk", text="I will.", tool_call_delta={}),
        first("tool-calls-chunk", tool_call_delta={"index": 0, "name": "f"}),
        first("tool-calls-chunk", tool_call_delta={"index": 0, "parameters": '{"a":'}),
        first("tool-calls-chunk", tool_call_delta={"index": 0, "parameters": " 1}"}),
        first("tool-calls-generation", text="I will.", tool_calls=calls),
        first("stream-end", finish_reason="COMPLETE", response={"tool_calls": calls}),
    ]
    deltas = read(CohereDialect(), lines(*events))
    (choice,) = answer_of(deltas).choices
    assert [(one.name, one.args) for one in choice.tool_calls] == [("f", {"a": 1}), ("g", {})]
    assert [part.text for part in choice.reasoning] == ["I will."]
    assert [one.encoding for one in only(ToolArgs, deltas)] == ["json_text", "json_text", "object"]
    assert choice.finish is not None
    assert choice.finish.reason == "tool_calls"
    assert unknown_paths(deltas) == []


@pytest.mark.parametrize(
    ("raw", "reason"),
    [("ERROR_TOXIC", "content_filter"), ("ERROR_LIMIT", "context_window"), ("ERROR", "error")],
)
def test_reasons_of_the_first_version(raw: str, reason: str) -> None:
    end = first("stream-end", finish_reason=raw, response={})
    finish = answer_of(read(CohereDialect(), lines(end))).choices[0].finish
    assert finish is not None
    assert (finish.reason, finish.raw_reason) == (reason, raw)


def test_searches_of_the_first_version() -> None:
    events = [
        first("search-queries-generation", search_queries=[{"text": "q"}]),
        first("search-results", search_results=[{"x": 1}], documents=[{"id": "d"}]),
        first("debug", prompt="p"),
        first("news"),
    ]
    deltas = read(CohereDialect(), lines(*events))
    assert [one.what for one in only(Meta, deltas)] == [
        "search_queries",
        "search_results",
        "documents",
        "debug",
    ]
    assert unknown_paths(deltas) == ["$"]


@given(broken_frames([*STREAM, *FIRST], ["", "content-delta"]))
def test_any_frames_are_read(frames: list[Frame]) -> None:
    deltas = read(CohereDialect(), frames)
    assert len(only(End, deltas)) == 1
    answer_of(deltas)


@given(broken_frames([WHOLE, RESPONSE], [""]), st.binary(max_size=30))
def test_any_body_is_read(frames: list[Frame], body: bytes) -> None:
    for data in [body, *(one.data for one in frames)]:
        answer_of(CohereDialect().read_whole(data, 1))


def framing(stream: Stream) -> Framing:
    return "sse" if stream.content_type == "text/event-stream" else "ndjson"


@pytest.mark.corpus
def test_recorded_streams_are_read_and_understood() -> None:
    found = [one for one in streams() if one.provider_host == "api.cohere.com"]
    for stream in found:
        deltas = read_body(CohereDialect(), framing(stream), stream.body)
        assert unknown_paths(deltas) == []
        assert [(one.via, one.clean) for one in only(End, deltas)] == [("terminal_event", True)]
        assert not only(Error, deltas)
        assert "snapshot_mismatch" not in [one.what for one in only(Meta, deltas)]
    assert len(found) == 24
