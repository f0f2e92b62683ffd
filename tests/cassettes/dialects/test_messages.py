"""Anthropic Messages: events and whole messages become the same answers."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cassettes.dialects.reading_streams import (
    any_json,
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
from tests.corpus import streams
from wiretape.cassettes.dialects.answering import answer_of
from wiretape.cassettes.dialects.delta import (
    Citation,
    End,
    Error,
    Keepalive,
    Meta,
    PartEnd,
    PartStart,
    ReasoningOpaque,
    Start,
    Text,
    ToolArgs,
    ToolOutput,
    ToolStart,
    Unknown,
    Usage,
)
from wiretape.cassettes.dialects.messages import MessagesDialect
from wiretape.cassettes.dialects.payload import sha256
from wiretape.cassettes.framing.frame import Frame

Event = dict[str, Any]


def message_start(**members: Any) -> Event:
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude"}
    usage = {"input_tokens": 10, "cache_read_input_tokens": 5, "output_tokens": 1}
    rest: Event = {"content": [], "stop_reason": None, "stop_sequence": None, "usage": usage}
    return {"type": "message_start", "message": message | rest | members}


def start(index: int, **block: Any) -> Event:
    return {"type": "content_block_start", "index": index, "content_block": block}


def delta(index: int, **told: Any) -> Event:
    return {"type": "content_block_delta", "index": index, "delta": told}


def stop(index: int) -> Event:
    return {"type": "content_block_stop", "index": index}


def message_delta(reason: str | None = "end_turn", **members: Any) -> Event:
    told = {"stop_reason": reason, "stop_sequence": None} | members
    return {"type": "message_delta", "delta": told, "usage": {"output_tokens": 7}}


END = {"type": "message_stop"}
LOCATION = {
    "type": "char_location",
    "cited_text": "said",
    "document_index": 0,
    "document_title": "A book",
    "start_char_index": 3,
    "end_char_index": 7,
}
WEB = {
    "type": "web_search_result_location",
    "url": "https://example.org/",
    "title": "Example",
    "cited_text": "found",
    "encrypted_index": "eA==",
}
RESULT = [{"type": "web_search_result", "url": "https://example.org/", "title": "Example"}]

STREAM = [
    message_start(),
    {"type": "ping"},
    start(0, type="thinking", thinking="", signature=""),
    delta(0, type="thinking_delta", thinking="Let me "),
    delta(0, type="thinking_delta", thinking="think."),
    delta(0, type="signature_delta", signature="c2ln"),
    stop(0),
    start(1, type="redacted_thinking", data="c2VjcmV0"),
    stop(1),
    start(2, type="text", text=""),
    delta(2, type="citations_delta", citation=LOCATION),
    delta(2, type="text_delta", text="He "),
    delta(2, type="text_delta", text="said."),
    delta(2, type="citations_delta", citation=WEB),
    stop(2),
    start(3, type="server_tool_use", id="srv_1", name="web_search", input={}),
    delta(3, type="input_json_delta", partial_json=""),
    delta(3, type="input_json_delta", partial_json='{"query": '),
    delta(3, type="input_json_delta", partial_json='"x"}'),
    stop(3),
    start(4, type="web_search_tool_result", tool_use_id="srv_1", content=RESULT),
    stop(4),
    start(5, type="mcp_tool_use", id="mcp_1", name="ask", server_name="s", input={}),
    delta(5, type="input_json_delta", partial_json='{"a":1}'),
    stop(5),
    start(6, type="mcp_tool_result", tool_use_id="mcp_1", is_error=True, content="no"),
    stop(6),
    start(7, type="tool_use", id="call_1", name="weather", input={}),
    delta(7, type="input_json_delta", partial_json=""),
    delta(7, type="input_json_delta", partial_json='{"city": "Berlin"}'),
    stop(7),
    message_delta("tool_use"),
    END,
]
WHOLE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude",
    "content": [
        {"type": "thinking", "thinking": "Let me think.", "signature": "c2ln"},
        {"type": "redacted_thinking", "data": "c2VjcmV0"},
        {"type": "text", "text": "He said.", "citations": [LOCATION, WEB]},
        {"type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": {"query": "x"}},
        {"type": "web_search_tool_result", "tool_use_id": "srv_1", "content": RESULT},
        {
            "type": "mcp_tool_use",
            "id": "mcp_1",
            "name": "ask",
            "server_name": "s",
            "input": {"a": 1},
        },
        {"type": "mcp_tool_result", "tool_use_id": "mcp_1", "is_error": True, "content": "no"},
        {"type": "tool_use", "id": "call_1", "name": "weather", "input": {"city": "Berlin"}},
    ],
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": {"input_tokens": 10, "cache_read_input_tokens": 5, "output_tokens": 7},
}


def test_a_stream_of_all_blocks_is_read() -> None:
    deltas = read(MessagesDialect(), sse(*STREAM))
    assert unknown_paths(deltas) == []
    answer = answer_of(deltas)
    assert (answer.id, answer.model, answer.text) == ("msg_1", "claude", "He said.")
    (choice,) = answer.choices
    assert [part.text for part in choice.reasoning] == ["Let me think."]
    assert [(one.form, one.size, one.sha256) for one in choice.opaque] == [
        ("signature", 4, sha256(b"c2ln")),
        ("redacted", 8, sha256(b"c2VjcmV0")),
    ]
    assert [
        (call.part, call.name, call.call_id, call.origin, call.tool_type, call.args)
        for call in choice.tool_calls
    ] == [
        ("3", "web_search", "srv_1", "hosted", "server_tool_use", {"query": "x"}),
        ("5", "ask", "mcp_1", "mcp", "mcp_tool_use", {"a": 1}),
        ("7", "weather", "call_1", "client", "tool_use", {"city": "Berlin"}),
    ]
    assert [(call.outputs, call.is_error) for call in choice.tool_calls] == [
        ((RESULT,), False),
        (("no",), True),
        ((), False),
    ]
    assert choice.finish is not None
    assert (choice.finish.reason, choice.finish.raw_reason) == ("tool_calls", "tool_use")
    assert answer.ended


def test_a_whole_message_is_the_same_answer() -> None:
    whole = read_whole(MessagesDialect(), WHOLE)
    assert meaning(whole) == meaning(read(MessagesDialect(), sse(*STREAM)))
    assert {one.frame for one in whole} == {0}


def test_each_part_that_begins_ends() -> None:
    deltas = read(MessagesDialect(), sse(*STREAM))
    begun = [(one.part, one.ptype) for one in only(PartStart, deltas)]
    assert begun == [(one.part, one.ptype) for one in only(PartEnd, deltas)]
    assert [ptype for _, ptype in begun] == [
        "reasoning",
        "reasoning",
        "text",
        "tool_call",
        "tool_result",
        "tool_call",
        "tool_result",
        "tool_call",
    ]


def test_deltas_point_at_their_frames() -> None:
    deltas = read(MessagesDialect(), sse(*STREAM))
    texts = only(Text, deltas)
    assert [(one.frame, one.at_ns, one.raw_type, one.part) for one in texts] == [
        (12, 12_000, "text_delta", "2"),
        (13, 13_000, "text_delta", "2"),
    ]


def test_citations_have_their_place_in_the_source() -> None:
    char, web = only(Citation, read(MessagesDialect(), sse(*STREAM)))
    assert (char.ctype, char.title, char.start, char.end) == ("char_location", "A book", 3, 7)
    assert (char.unit, char.quoted, char.part) == ("char", "said", "2")
    assert (web.url, web.title, web.unit) == ("https://example.org/", "Example", "")


@pytest.mark.parametrize(
    ("citation", "expected"),
    [
        ({"type": "page_location", "start_page_number": 1, "end_page_number": 2}, ("page", 1, 2)),
        (
            {"type": "content_block_location", "start_block_index": 0, "end_block_index": 4},
            ("block", 0, 4),
        ),
        (
            {
                "type": "search_result_location",
                "source": "https://e.org",
                "search_result_index": 0,
                "start_block_index": 0,
                "end_block_index": 1,
            },
            ("block", 0, 1),
        ),
    ],
)
def test_other_citations(citation: Event, expected: tuple[str, int, int]) -> None:
    told = {**citation, "cited_text": "q"}
    event = delta(0, type="citations_delta", citation=told)
    deltas = read(MessagesDialect(), sse(event))
    (found,) = only(Citation, deltas)
    assert (found.unit, found.start, found.end) == expected
    assert unknown_paths(deltas) == []


def test_usage_is_inclusive_and_later_counts_overwrite() -> None:
    last = message_delta()
    last["usage"] = {
        "input_tokens": 12,
        "cache_creation_input_tokens": 3,
        "output_tokens": 7,
        "output_tokens_details": {"thinking_tokens": 4},
    }
    usages = only(Usage, read(MessagesDialect(), sse(message_start(), last, END)))
    assert [(one.mode, one.input, one.input_cached, one.output) for one in usages] == [
        ("running", 15, 5, 1),
        ("final", 20, 5, 7),
    ]
    assert (usages[1].input_cache_write, usages[1].reasoning, usages[1].total) == (3, 4, None)


def test_what_was_used_besides_tokens_is_told() -> None:
    last = message_delta()
    last["usage"]["server_tool_use"] = {"web_search_requests": 1}
    last["usage"]["tokens_of_the_future"] = 9
    deltas = read(MessagesDialect(), sse(message_start(), last, END))
    assert [(one.what, one.value) for one in only(Meta, deltas)] == [
        ("server_tool_use", {"web_search_requests": 1})
    ]
    assert unknown_paths(deltas) == ["$.usage.tokens_of_the_future"]


@pytest.mark.parametrize("pieces", [[], [""], ["", ""]])
def test_a_call_without_arguments_has_an_empty_object(pieces: list[str]) -> None:
    events = [delta(0, type="input_json_delta", partial_json=piece) for piece in pieces]
    block = start(0, type="tool_use", id="c", name="now", input={})
    deltas = read(MessagesDialect(), sse(message_start(), block, *events, stop(0), END))
    (call,) = answer_of(deltas).choices[0].tool_calls
    assert (call.args_raw, call.args) == ("{}", {})
    assert only(ToolArgs, deltas)[-1].synthetic


def test_arguments_that_are_no_json_are_kept_as_they_came() -> None:
    """With eager_input_streaming what a call was cut at is no JSON."""
    events = [
        start(0, type="tool_use", id="c", name="f", input={}),
        delta(0, type="input_json_delta", partial_json='{"a": '),
        stop(0),
    ]
    (call,) = answer_of(read(MessagesDialect(), sse(*events))).choices[0].tool_calls
    assert (call.args_raw, call.args) == ('{"a": ', None)


def test_input_that_stood_in_the_block_is_told_at_its_end() -> None:
    events = [start(0, type="tool_use", id="c", name="f", input={"a": 1}), stop(0)]
    (call,) = answer_of(read(MessagesDialect(), sse(*events))).choices[0].tool_calls
    assert call.args == {"a": 1}


@pytest.mark.parametrize(
    "kind",
    [
        "web_fetch_tool_result",
        "code_execution_tool_result",
        "bash_code_execution_tool_result",
        "text_editor_code_execution_tool_result",
        "tool_search_tool_result",
        "advisor_tool_result",
        "tool_result_of_tomorrow_tool_result",
    ],
)
def test_results_of_hosted_tools_belong_to_their_calls(kind: str) -> None:
    failed = {"type": f"{kind}_error", "error_code": "unavailable"}
    events = [
        message_start(),
        start(0, type="server_tool_use", id="s", name="t", input={}),
        stop(0),
        start(1, type=kind, tool_use_id="s", content={"type": "fine", "stdout": "1"}),
        stop(1),
        start(2, type=kind, tool_use_id="s", content=failed),
        stop(2),
    ]
    outputs = only(ToolOutput, read(MessagesDialect(), sse(*events)))
    assert [(one.part, one.is_error) for one in outputs] == [("0", False), ("0", True)]


def test_a_result_without_its_call_stands_alone() -> None:
    block = start(3, type="web_search_tool_result", tool_use_id="gone", content=[])
    (output,) = only(ToolOutput, read(MessagesDialect(), sse(message_start(), block)))
    assert output.part == "3"


def test_blocks_that_are_neither_said_nor_called_are_told() -> None:
    fallback = {"from": {"model": "big"}, "to": {"model": "small"}, "trigger": {"type": "refusal"}}
    events = [
        message_start(),
        start(0, type="container_upload", file_id="file_1"),
        stop(0),
        start(1, type="compaction", content=None),
        delta(1, type="compaction_delta", content="In short.", encrypted_content="eHg="),
        stop(1),
        start(2, type="fallback", **fallback),
        stop(2),
        start(3, type="mcp_tool_listing", mcp_server_name="s", tools=[]),
        stop(3),
        message_delta(),
        END,
    ]
    deltas = read(MessagesDialect(), sse(*events))
    assert [(one.part, one.what, one.value) for one in only(Meta, deltas)] == [
        ("0", "container_upload", {"file_id": "file_1"}),
        ("1", "compaction", {"content": "In short.", "encrypted_size": 4}),
        ("2", "fallback", fallback),
        ("3", "mcp_tool_listing", {"mcp_server_name": "s", "tools": []}),
    ]
    assert answer_of(deltas).model == "small"
    assert unknown_paths(deltas) == []


def test_a_second_start_begins_again() -> None:
    events = [
        message_start(),
        start(0, type="text", text=""),
        delta(0, type="text_delta", text="first attempt"),
        message_start(id="msg_2"),
        start(0, type="text", text=""),
        delta(0, type="text_delta", text="second"),
        stop(0),
        message_delta(),
        END,
    ]
    deltas = read(MessagesDialect(), sse(*events))
    assert [(one.frame, one.what) for one in only(Meta, deltas)] == [(4, "attempt_reset")]
    answer = answer_of(deltas)
    assert (answer.id, answer.text, answer.ended) == ("msg_2", "second", True)
    assert [part.part for part in answer.choices[0].texts] == ["0"]


def test_a_start_that_is_repeated_at_once_is_the_same_start() -> None:
    events = [
        message_start(),
        {"type": "ping"},
        message_start(id="again"),
        start(0, type="text", text=""),
        delta(0, type="text_delta", text="hi"),
        stop(0),
        message_delta(),
        END,
    ]
    deltas = read(MessagesDialect(), sse(*events))
    assert [(one.what, one.value) for one in only(Meta, deltas)] == [
        ("duplicate_start", {"id": "again"})
    ]
    assert [one.id for one in only(Start, deltas)] == ["msg_1"]
    assert answer_of(deltas).text == "hi"


def test_a_refusal_may_have_no_blocks() -> None:
    details = {"type": "refusal", "category": "bio", "explanation": "I cannot."}
    told = message_delta("refusal", stop_details=details)
    answer = answer_of(read(MessagesDialect(), sse(message_start(), told, END)))
    (choice,) = answer.choices
    assert (choice.refusal, choice.text) == ("I cannot.", "")
    assert choice.finish is not None
    assert (choice.finish.reason, choice.finish.detail) == ("refusal", "bio")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("end_turn", "stop"),
        ("max_tokens", "length"),
        ("pause_turn", "pause"),
        ("model_context_window_exceeded", "context_window"),
        ("compaction", "compaction"),
        ("something_new", "other"),
    ],
)
def test_reasons(raw: str, reason: str) -> None:
    finish = answer_of(read(MessagesDialect(), sse(message_delta(raw)))).choices[0].finish
    assert finish is not None
    assert (finish.reason, finish.raw_reason) == (reason, raw)


def test_the_stop_sequence_is_the_detail() -> None:
    told = message_delta("stop_sequence", stop_sequence="###")
    finish = answer_of(read(MessagesDialect(), sse(told))).choices[0].finish
    assert finish is not None
    assert (finish.reason, finish.detail) == ("stop_sequence", "###")


def test_a_call_at_the_end_of_a_turn_is_the_reason() -> None:
    """Servers that speak Messages say `end_turn` there."""
    block = start(0, type="tool_use", id="c", name="f", input={})
    events = sse(message_start(), block, stop(0), message_delta("end_turn"), END)
    finish = answer_of(read(MessagesDialect(), events)).choices[0].finish
    assert finish is not None
    assert finish.reason == "tool_calls"


def test_an_error_in_the_stream() -> None:
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    deltas = read(MessagesDialect(), sse(message_start(), error | {"request_id": "req_1"}))
    (found,) = only(Error, deltas)
    assert (found.origin, found.type, found.message) == ("stream", "overloaded_error", "Overloaded")
    assert [(one.via, one.clean) for one in only(End, deltas)] == [("eof", False)]
    assert unknown_paths(deltas) == []


@pytest.mark.parametrize(
    ("event", "message"),
    [({"error": "words"}, "words"), ({"error": {"message": "m"}, "code": 1}, "m")],
)
def test_errors_of_gateways(event: Event, message: str) -> None:
    (found,) = only(Error, read(MessagesDialect(), lines(event)))
    assert found.message == message


def test_an_error_body() -> None:
    body = {"type": "error", "error": {"type": "not_found_error", "message": "no model"}}
    (found,) = only(Error, read_whole(MessagesDialect(), body))
    assert (found.origin, found.type, found.message) == ("http", "not_found_error", "no model")


def test_what_says_nothing_is_a_keepalive() -> None:
    comment = Frame(1, "comment", "", b"", b": hi\n", 0, 5, 6)
    empty = Frame(2, "empty", "ping", b"", b"\n", 0, 5, 6)
    deltas = read(MessagesDialect(), [comment, empty, *sse({"type": "ping"})])
    assert [one.form for one in only(Keepalive, deltas)] == ["comment", "blank", "ping_event"]


def test_the_name_of_the_frame_is_the_type_where_there_is_none() -> None:
    told = frame(1, b'{"index":0,"delta":{"type":"text_delta","text":"x"}}', "content_block_delta")
    assert answer_of(read(MessagesDialect(), [told])).text == "x"


def test_what_is_not_known_is_kept() -> None:
    events = sse(
        {"type": "message_news", "x": 1},
        start(0, type="hologram", data="x"),
        delta(0, type="hologram_delta", x=1),
        delta(0, type="text_delta", text="t", tone="warm"),
        {"type": "ping", "at": 3},
        delta(0, type="text_delta", text=5),
    )
    unknown = only(Unknown, read(MessagesDialect(), [*events, frame(9, b"[1]")]))
    assert [(one.frame, one.path, one.value) for one in unknown] == [
        (1, "$", {"type": "message_news", "x": 1}),
        (2, "$.content_block", {"type": "hologram", "data": "x"}),
        (3, "$.delta", {"type": "hologram_delta", "x": 1}),
        (4, "$.delta.tone", "warm"),
        (5, "$.at", 3),
        (6, "$.delta.text", 5),
        (9, "$", [1]),
    ]


def test_blocks_that_all_have_one_index_stay_apart() -> None:
    events = [
        start(0, type="text", text=""),
        delta(0, type="text_delta", text="a"),
        stop(0),
        start(0, type="tool_use", id="c", name="f", input={}),
        start(0, type="text", text="b"),
    ]
    deltas = read(MessagesDialect(), sse(*events))
    assert [(one.part, one.delta) for one in only(Text, deltas)] == [("0", "a"), ("0.2", "b")]
    assert [one.part for one in only(ToolStart, deltas)] == ["0.1"]
    assert len(only(PartStart, deltas)) == len(only(PartEnd, deltas)) == 3


def test_what_is_open_at_the_end_is_closed() -> None:
    events = sse(message_start(), start(0, type="tool_use", id="c", name="f", input={}))
    deltas = read(MessagesDialect(), events)
    assert [type(one).__name__ for one in deltas[-4:]] == ["ToolArgs", "ToolEnd", "PartEnd", "End"]
    assert not deltas[-1].clean  # type: ignore[attr-defined]


def test_half_a_json_is_an_error_of_decoding() -> None:
    (error, end) = read(MessagesDialect(), [frame(1, b'{"type": "pi')])
    assert isinstance(error, Error)
    assert (error.origin, error.terminal) == ("decode", False)
    assert isinstance(end, End)


def test_an_opaque_block_that_was_never_opened() -> None:
    told = delta(4, type="signature_delta", signature="s")
    (opaque,) = only(ReasoningOpaque, read(MessagesDialect(), sse(told)))
    assert opaque.part == "4"


def test_results_of_a_batch_are_choices() -> None:
    results = [
        {"custom_id": "a", "result": {"type": "succeeded", "message": WHOLE}},
        {"custom_id": "b", "result": {"type": "errored", "error": {"error": {"message": "no"}}}},
        {"custom_id": "c", "result": {"type": "canceled"}},
        {"custom_id": "d", "result": {"type": "succeeded", "message": WHOLE}},
    ]
    deltas = read(MessagesDialect(), lines(*results))
    answer = answer_of(deltas)
    assert [(one.index, one.text) for one in answer.choices] == [
        (0, "He said."),
        (2, ""),
        (3, "He said."),
    ]
    assert answer.usage is not None
    assert (answer.usage.input, answer.usage.output) == (30, 14)
    assert [error.message for error in answer.errors] == ["no"]
    assert answer.ended
    assert unknown_paths(deltas) == []


@given(broken_frames([*STREAM, WHOLE, {"custom_id": "1", "result": {}}], ["", "ping", "error"]))
def test_any_frames_are_read(frames: list[Frame]) -> None:
    deltas = read(MessagesDialect(), frames)
    assert sum(isinstance(one, End) for one in deltas) >= 1
    answer_of(deltas)


@given(st.binary(max_size=30) | any_json.map(lambda value: repr(value).encode()))
def test_any_body_is_read(body: bytes) -> None:
    answer_of(MessagesDialect().read_whole(body, 1))


@pytest.mark.corpus
def test_recorded_streams_are_read_and_understood() -> None:
    """No exception, no unknown thing, one clean end."""
    found = [one for one in streams() if one.provider_host == "api.anthropic.com"]
    for stream in found:
        framing = "sse" if "event-stream" in stream.content_type else "ndjson"
        deltas = read_body(MessagesDialect(), framing, stream.body)  # type: ignore[arg-type]
        assert unknown_paths(deltas) == []
        assert [one.clean for one in only(End, deltas)] == [True]
        assert not only(Error, deltas)
    assert len(found) == 36


@pytest.mark.corpus
def test_recorded_streams_are_the_messages_they_add_up_to() -> None:
    """The whole message that the recorded events amount to reads as the same answer."""
    for stream in streams():
        if stream.api == "anthropic-messages":
            deltas = read_body(MessagesDialect(), "sse", stream.body)
            events = [
                msgspec.json.decode(line.removeprefix(b"data:"))
                for line in stream.body.splitlines()
                if line.startswith(b"data:")
            ]
            whole = read_whole(MessagesDialect(), added_up(events))
            assert meaning(whole) == meaning(deltas)


def added_up(events: list[Event]) -> Event:
    """A message from its events, in the plainest way."""
    message: Event = next(one["message"] for one in events if one["type"] == "message_start")
    for event in events:
        match event:
            case {"type": "content_block_start", "content_block": block}:
                message["content"].append(block)
            case {"type": "content_block_delta", "index": index, "delta": told}:
                add(message["content"][index], told)
            case {"type": "message_delta", "delta": told, "usage": usage}:
                message |= told
                message["usage"] |= usage
    for block in message["content"]:
        if "pieces" in block:
            block["input"] = msgspec.json.decode(block.pop("pieces") or "{}")
    return message


def add(block: Event, told: Event) -> None:
    """One delta to its block."""
    for key in ("text", "thinking", "signature"):
        if key in told:
            block[key] += told[key]
    if "citation" in told:
        block.setdefault("citations", []).append(told["citation"])
    if "partial_json" in told:
        block["pieces"] = block.get("pieces", "") + told["partial_json"]
