"""The Responses API: texts, reasoning, calls, and how a response ends."""

from typing import Any

import msgspec
import pytest

from tests.cassettes.dialects.reading_streams import (
    frame,
    meaning,
    only,
    read,
    read_whole,
    sse,
    unknown_paths,
)
from tests.cassettes.dialects.responses_events import (
    about,
    added,
    arguments_events,
    call,
    completed,
    created,
    done,
    message,
    reasoning,
    response,
    text_events,
)
from wiretape.cassettes.dialects.answering import answer_of
from wiretape.cassettes.dialects.delta import (
    Citation,
    End,
    Error,
    Finish,
    Keepalive,
    Meta,
    PartEnd,
    PartStart,
    Reasoning,
    ReasoningOpaque,
    Refusal,
    Start,
    Text,
    ToolArgs,
    ToolEnd,
    ToolStart,
    ToolStatus,
    Usage,
)
from wiretape.cassettes.dialects.payload import sha256
from wiretape.cassettes.dialects.responses import ResponsesDialect
from wiretape.cassettes.framing.frame import Frame

WHOLE_USAGE = {
    "input_tokens": 10,
    "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 1},
    "output_tokens": 5,
    "output_tokens_details": {"reasoning_tokens": 3},
    "total_tokens": 15,
}


def test_a_text_is_told_piece_by_piece_and_once() -> None:
    events = [
        created(),
        added(0, message(status="in_progress")),
        *text_events(0, "msg_1", "Hel", "lo"),
        done(0, message("Hello")),
        completed(message("Hello"), usage=WHOLE_USAGE),
    ]
    deltas: list[Any] = list(read(ResponsesDialect(), sse(*events)))
    assert [type(delta) for delta in deltas] == [
        *(Start, PartStart, Text, Text, PartEnd, Usage, Finish, End),
    ]
    start, opened, first, second, closed, usage, finish, end = deltas
    assert start == Start(1, 1000, "response.created", id="resp_1", model="m", created=7)
    assert first == Text(4, 4000, "response.output_text.delta", "0.0", delta="Hel")
    assert second == Text(5, 5000, "response.output_text.delta", "0.0", delta="lo")
    assert (opened.part, closed.part) == ("0.0", "0.0")
    assert (usage.input, usage.input_cached, usage.input_cache_write) == (10, 4, 1)
    assert (usage.output, usage.reasoning, usage.total, usage.mode) == (5, 3, 15, "final")
    assert (finish.reason, finish.raw_reason) == ("stop", "completed")
    assert (end.via, end.clean) == ("terminal_event", True)
    whole = read_whole(
        ResponsesDialect(), response("completed", [message("Hello")], usage=WHOLE_USAGE)
    )
    assert meaning(whole) == meaning(deltas)


def test_reasoning_is_told_by_form_and_the_last_sealed_one_counts() -> None:
    sealed = reasoning("why", encrypted_content="second", content=[])
    events = [
        created(),
        added(0, reasoning(encrypted_content="first")),
        about("reasoning_summary_part.added", 0, "rs_1", summary_index=0, part={"text": ""}),
        about("reasoning_summary_text.delta", 0, "rs_1", summary_index=0, delta="why"),
        about("reasoning_summary_text.done", 0, "rs_1", summary_index=0, text="why"),
        about("reasoning_summary_part.done", 0, "rs_1", summary_index=0, part={"text": "why"}),
        done(0, sealed),
        completed(sealed),
    ]
    deltas = read(ResponsesDialect(), sse(*events))
    (choice,) = answer_of(deltas).choices
    assert [(part.part, part.form, part.text) for part in choice.reasoning] == [
        ("0.s0", "summary", "why")
    ]
    assert [one.sha256 for one in only(ReasoningOpaque, deltas)] == [
        sha256(b"first"),
        sha256(b"second"),
    ]
    (opaque,) = choice.opaque
    assert (opaque.size, opaque.sha256) == (6, sha256(b"second"))


@pytest.mark.parametrize("name", ["reasoning_text", "reasoning"])
def test_raw_reasoning_under_each_of_its_names(name: str) -> None:
    item = reasoning(content=[{"type": "reasoning_text", "text": "hm so"}])
    events = [
        added(0, reasoning()),
        about(f"{name}.delta", 0, "rs_1", content_index=0, delta="hm"),
        about(f"{name}.delta", 0, "rs_1", content_index=0, delta=" so"),
        about(f"{name}.done", 0, "rs_1", content_index=0, text="hm so"),
        done(0, item),
        completed(item),
    ]
    deltas = read(ResponsesDialect(), sse(*events))
    assert [one.delta for one in only(Reasoning, deltas)] == ["hm", " so"]
    assert {one.form for one in only(Reasoning, deltas)} == {"raw"}
    assert meaning(deltas) == meaning(read_whole(ResponsesDialect(), events[-1]["response"]))


def test_a_call_and_why_the_response_then_waits() -> None:
    events = [
        created(),
        added(0, call(status="in_progress")),
        *arguments_events(0, "fc_1", '{"city":', '"Rome"}'),
        done(0, call('{"city":"Rome"}')),
        completed(call('{"city":"Rome"}')),
    ]
    deltas = read(ResponsesDialect(), sse(*events))
    (start,) = only(ToolStart, deltas)
    assert (start.name, start.call_id, start.origin) == ("weather", "call_1", "client")
    assert (start.part, start.tool_type) == ("0", "function_call")
    assert [one.delta for one in only(ToolArgs, deltas)] == ['{"city":', '"Rome"}']
    (end,) = only(ToolEnd, deltas)
    assert end.args_raw == '{"city":"Rome"}'
    assert [one.status for one in only(ToolStatus, deltas)] == ["in_progress", "completed"]
    (finish,) = only(Finish, deltas)
    assert (finish.reason, finish.raw_reason) == ("tool_calls", "completed")
    (tool_call,) = answer_of(deltas).choices[0].tool_calls
    assert tool_call.args == {"city": "Rome"}
    assert meaning(deltas) == meaning(read_whole(ResponsesDialect(), events[-1]["response"]))


def test_items_that_are_open_at_the_same_time() -> None:
    calls = [call('{"a":1}', "fc_1"), call('{"b":2}', "fc_2", call_id="call_2", name="time")]
    events = [
        added(0, call(item_id="fc_1")),
        added(1, call(item_id="fc_2", call_id="call_2", name="time")),
        about("function_call_arguments.delta", 0, "fc_1", delta='{"a"'),
        about("function_call_arguments.delta", 1, "fc_2", delta='{"b"'),
        about("function_call_arguments.delta", 0, "fc_1", delta=":1}"),
        about("function_call_arguments.delta", 1, "fc_2", delta=":2}"),
        done(1, calls[1]),
        done(0, calls[0]),
        completed(*calls),
    ]
    deltas = read(ResponsesDialect(), sse(*events))
    (choice,) = answer_of(deltas).choices
    assert [(one.name, one.args) for one in choice.tool_calls] == [
        ("weather", {"a": 1}),
        ("time", {"b": 2}),
    ]


def test_commentary_has_a_channel_of_its_own() -> None:
    first = message("aside", phase="commentary")
    last = message("Hello", item_id="msg_2", phase="final_answer")
    events = [
        added(0, message(phase="commentary")),
        *text_events(0, "msg_1", "as", "ide"),
        done(0, first),
        added(1, message(item_id="msg_2", phase="final_answer")),
        *text_events(1, "msg_2", "Hello"),
        done(1, last),
        completed(first, last),
    ]
    deltas = read(ResponsesDialect(), sse(*events))
    texts = [(part.text, part.channel) for part in answer_of(deltas).choices[0].texts]
    assert texts == [("aside", "commentary"), ("Hello", "final")]
    assert meaning(deltas) == meaning(read_whole(ResponsesDialect(), events[-1]["response"]))


def test_a_refusal() -> None:
    item = message(content=[{"type": "refusal", "refusal": "I cannot"}])
    where: dict[str, Any] = {"index": 0, "item_id": "msg_1", "content_index": 0}
    events = [
        added(0, message()),
        about("content_part.added", **where, part={"type": "refusal", "refusal": ""}),
        about("refusal.delta", **where, delta="I can"),
        about("refusal.delta", **where, delta="not"),
        about("refusal.done", **where, refusal="I cannot"),
        done(0, item),
        completed(item),
    ]
    deltas = read(ResponsesDialect(), sse(*events))
    assert [one.delta for one in only(Refusal, deltas)] == ["I can", "not"]
    assert not any(one.synthetic for one in only(Refusal, deltas))
    assert answer_of(deltas).choices[0].refusal == "I cannot"
    assert meaning(deltas) == meaning(read_whole(ResponsesDialect(), events[-1]["response"]))


def test_citations_are_told_once_though_they_stand_in_four_places() -> None:
    url = {"type": "url_citation", "url": "u", "title": "t", "start_index": 1, "end_index": 4}
    file = {"type": "file_citation", "file_id": "f", "filename": "a.txt", "index": 9}
    part = {"type": "output_text", "text": "Hello", "annotations": [url, file]}
    item = message(content=[part])
    where: dict[str, Any] = {"index": 0, "item_id": "msg_1", "content_index": 0}
    events = [
        added(0, message()),
        about("output_text.delta", **where, delta="Hello"),
        about("output_text.annotation.added", **where, annotation_index=0, annotation=url),
        about("content_part.done", **where, part=part),
        done(0, item),
        completed(item),
    ]
    deltas = read(ResponsesDialect(), sse(*events))
    first, second = only(Citation, deltas)
    assert (first.ctype, first.url, first.title) == ("url_citation", "u", "t")
    assert (first.start, first.end, first.unit, first.frame) == (1, 4, "char", 3)
    assert (second.file_id, second.title, second.start, second.frame) == ("f", "a.txt", 9, 4)
    assert meaning(deltas) == meaning(read_whole(ResponsesDialect(), events[-1]["response"]))


@pytest.mark.parametrize(
    ("event", "status", "more", "reason", "raw"),
    [
        ("completed", "completed", {}, "stop", "completed"),
        ("incomplete", "incomplete", {"reason": "max_output_tokens"}, "length", None),
        ("incomplete", "incomplete", {"reason": "content_filter"}, "content_filter", None),
        ("incomplete", "incomplete", {"reason": "steered"}, "cancelled", None),
        # vLLM: the event says completed, the response does not.
        ("completed", "incomplete", {"reason": "max_output_tokens"}, "length", None),
        ("failed", "failed", {}, "error", "failed"),
        ("failed", "", {}, "error", "failed"),
        ("incomplete", "", {}, "other", "incomplete"),
        ("cancelled", "cancelled", {}, "cancelled", "cancelled"),
        ("done", "completed", {}, "stop", "completed"),
    ],
)
def test_why_it_stopped(
    event: str, status: str, more: dict[str, str], reason: str, raw: str | None
) -> None:
    value = response(status, incomplete_details=more or None)
    deltas = read(ResponsesDialect(), sse({"type": f"response.{event}", "response": value}))
    (finish,) = only(Finish, deltas)
    assert (finish.reason, finish.raw_reason) == (reason, raw or more["reason"])
    assert [(end.via, end.clean) for end in only(End, deltas)] == [("terminal_event", True)]


def test_an_error_that_response_failed_repeats_is_told_once() -> None:
    told = {"code": "server_error", "message": "broke"}
    events = [
        created(),
        {"type": "error", "sequence_number": 1, "param": None, **told},
        {"type": "response.failed", "response": response("failed", error=told)},
    ]
    deltas = read(ResponsesDialect(), sse(*events))
    (error,) = only(Error, deltas)
    assert (error.code, error.message, error.origin) == ("server_error", "broke", "stream")
    assert [one.reason for one in only(Finish, deltas)] == ["error"]
    assert [end.via for end in only(End, deltas)] == ["terminal_event"]
    # The whole answer says the same.
    assert meaning(deltas) == meaning(read_whole(ResponsesDialect(), events[-1]["response"]))


@pytest.mark.parametrize(
    "event",
    [
        {"type": "error", "error": {"type": "t", "code": "c", "message": "m", "param": None}},
        {"type": "error", "status": 400, "error": {"type": "t", "code": "c", "message": "m"}},
        {"error": {"type": "t", "code": "c", "message": "m"}},
        {
            "type": "response.failed",
            "response": {"error": {"type": "t", "code": "c", "message": "m"}},
        },
    ],
)
def test_errors_nested_in_each_way(event: dict[str, object]) -> None:
    deltas = read(ResponsesDialect(), sse(event))
    (error,) = only(Error, deltas)
    assert (error.type, error.code, error.message) == ("t", "c", "m")
    assert error.http_status == event.get("status")
    (end,) = only(End, deltas)
    assert end.clean


def test_an_error_body() -> None:
    body = {"error": {"message": "no", "type": "invalid_request_error", "param": "a", "code": None}}
    deltas = read_whole(ResponsesDialect(), body)
    (error,) = only(Error, deltas)
    assert (error.origin, error.type, error.message) == ("http", "invalid_request_error", "no")
    assert unknown_paths(deltas) == []
    assert answer_of(deltas).ended


def test_a_stored_response_that_is_still_worked_on() -> None:
    deltas = read_whole(ResponsesDialect(), response("queued"))
    assert only(Finish, deltas) == []
    assert [(meta.what, meta.value) for meta in only(Meta, deltas)] == [("status", "queued")]


def test_counts_that_do_not_add_up() -> None:
    usage = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 20}
    deltas = read(ResponsesDialect(), sse(completed(usage=usage)))
    (meta,) = only(Meta, deltas)
    assert meta.what == "usage_inconsistent"
    assert meta.value == {"input": 10, "output": 5, "total": 20}


def test_keepalives_in_each_form() -> None:
    frames = [
        Frame(1, "comment", "", b"", b": hi\n\n", 0, 1, 1),
        Frame(2, "empty", "", b"", b"\n", 0, 2, 2),
        frame(3, b'{"type":"keepalive","sequence_number":3}', "keepalive"),
        frame(4, b'{"type":"ping"}', "ping"),
        Frame(5, "ping", "", b"", b"", 0, 5, 5),
    ]
    deltas = read(ResponsesDialect(), frames)
    assert [one.form for one in only(Keepalive, deltas)] == [
        *("comment", "blank", "keepalive_event", "ping_event", "ws_ping"),
    ]
    assert unknown_paths(deltas) == []


def test_the_sentinel_ends_what_has_not_ended() -> None:
    ended = read(ResponsesDialect(), [*sse(created(), completed()), frame(3, b"[DONE]")])
    assert [end.via for end in only(End, ended)] == ["terminal_event"]
    open_still = [*sse(created(), added(0, message())), frame(3, b"[DONE]")]
    assert [end.via for end in only(End, read(ResponsesDialect(), open_still))] == ["sentinel"]


def test_half_a_stream_is_closed_and_did_not_end_cleanly() -> None:
    frames = sse(created(), added(0, message()), *text_events(0, "msg_1", "Hel", "lo")[:2])
    deltas = read(ResponsesDialect(), frames)
    assert [type(delta) for delta in deltas[-2:]] == [PartEnd, End]
    assert [(end.via, end.clean) for end in only(End, deltas)] == [("eof", False)]
    assert answer_of(deltas).text == "Hel"


def test_what_is_not_known_is_kept_with_its_place() -> None:
    events = [
        {"type": "response.created", "response": {**response("in_progress"), "new": 1}},
        added(0, {**message(), "fresh": [2]}),
        about("output_text.delta", 0, "msg_1", content_index=0, delta="x", odd=True),
        {"type": "acme:trace", "sequence_number": 9},
        about("content_part.done", 0, "msg_1", content_index=0, part={"type": "hologram"}),
        done(1, {"type": "acme:item", "id": "a"}),
        completed(message("x"), {"type": "acme:item", "id": "a"}),
    ]
    deltas = read(ResponsesDialect(), sse(*events))
    assert unknown_paths(deltas) == [
        *("$.response.new", "$.item.fresh", "$.odd", "$", "$.part", "$.item"),
    ]
    assert answer_of(deltas).text == "x"


def test_a_frame_that_is_no_json_is_an_error_that_ends_nothing() -> None:
    frames = [*sse(created()), frame(2, b'{"type":"response.outp'), *sse(completed(message("x")))]
    deltas = read(ResponsesDialect(), frames)
    (error,) = only(Error, deltas)
    assert (error.origin, error.terminal) == ("decode", False)
    assert answer_of(deltas).text == "x"


def test_a_whole_response_where_a_stream_was_asked_for() -> None:
    value = response("completed", [message("Hello")])
    deltas = read(ResponsesDialect(), [frame(1, msgspec.json.encode(value))])
    assert answer_of(deltas).text == "Hello"
    assert len(only(End, deltas)) == 1


def test_a_compacted_conversation() -> None:
    item = {"type": "compaction", "id": "cmp_1", "encrypted_content": "sealed"}
    value = {"id": "resp_1", "object": "response.compaction", "created_at": 1, "output": [item]}
    deltas = read_whole(ResponsesDialect(), value)
    assert [meta.what for meta in only(Meta, deltas)] == ["compaction"]
    assert [finish.reason for finish in only(Finish, deltas)] == ["compaction"]
