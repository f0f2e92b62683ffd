"""Gemini's Interactions API: steps streamed, and whole."""

import base64
import hashlib
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
    Start,
    Text,
    ToolArgs,
    ToolEnd,
    ToolOutput,
    ToolStart,
    Unknown,
    Usage,
)
from wiretape.cassettes.dialects.interactions import InteractionsDialect

Json = Any

CREATED = {
    "event_type": "interaction.created",
    "interaction": {"id": "v1_a", "status": "in_progress", "model": "gemini-3-flash"},
}
USAGE = {
    "total_input_tokens": 10,
    "total_cached_tokens": 4,
    "total_output_tokens": 5,
    "total_thought_tokens": 7,
    "total_tool_use_tokens": 2,
    "total_tokens": 24,
}


def completed(status: str = "completed", **members: Json) -> Json:
    return {
        "event_type": "interaction.completed",
        "interaction": {"id": "v1_a", "status": status, "usage": USAGE, **members},
    }


def start(index: int, kind: str, **members: Json) -> Json:
    return {"event_type": "step.start", "index": index, "step": {"type": kind, **members}}


def delta(index: int, kind: str, **members: Json) -> Json:
    return {"event_type": "step.delta", "index": index, "delta": {"type": kind, **members}}


def stop(index: int, **members: Json) -> Json:
    return {"event_type": "step.stop", "index": index, **members}


def deltas(*events: Json) -> list[Delta]:
    return read(InteractionsDialect(), sse(*events, b"[DONE]", named="event_type"))


def of(kind: type[Delta], found: list[Delta]) -> list[Any]:
    return [delta for delta in found if type(delta) is kind]


def test_text_from_start_to_done() -> None:
    found = deltas(
        CREATED,
        start(0, "model_output", content=[]),
        delta(0, "text", text="Hel"),
        delta(0, "text", text="lo"),
        stop(0),
        completed(),
    )
    (started,), (finish,), (end,) = of(Start, found), of(Finish, found), of(End, found)
    assert (started.id, started.model) == ("v1_a", "gemini-3-flash")
    texts = of(Text, found)
    assert [text.delta for text in texts] == ["Hel", "lo"]
    assert len({text.part for text in texts}) == 1
    assert (finish.reason, finish.raw_reason) == ("stop", "completed")
    assert (end.via, end.clean) == ("sentinel", True)
    (usage,) = of(Usage, found)
    assert (usage.input, usage.input_cached, usage.output, usage.reasoning) == (12, 4, 12, 7)
    assert usage.mode == "final"
    assert not of(Meta, found)


@pytest.mark.parametrize(("over", "clean"), [(True, True), (False, False)])
def test_without_done_the_completion_makes_it_clean(over: bool, clean: bool) -> None:
    events = [CREATED, start(0, "model_output"), *([completed()] if over else [])]
    (end,) = of(End, read(InteractionsDialect(), sse(*events)))
    assert (end.via, end.clean) == ("eof", clean)


def test_deltas_of_a_step_that_nothing_started() -> None:
    found = deltas(CREATED, delta(0, "text", text="Hi"), completed())
    assert [text.delta for text in of(Text, found)] == ["Hi"]


def test_thoughts_and_their_signature() -> None:
    found = deltas(
        start(0, "thought"),
        delta(0, "thought_summary", content={"type": "text", "text": "Hm"}),
        delta(0, "thought_signature", signature="c2ln"),
        stop(0),
    )
    (thought,), (opaque,) = of(Reasoning, found), of(ReasoningOpaque, found)
    assert (thought.delta, thought.form) == ("Hm", "summary")
    assert (opaque.form, opaque.part) == ("signature", thought.part)


def test_a_call_with_arguments_in_pieces() -> None:
    events = (
        start(0, "function_call", id="c1", name="weather", arguments={}),
        delta(0, "arguments_delta", arguments='{"city":'),
        delta(0, "arguments_delta", arguments='"Bern"}'),
        stop(0),
        completed("requires_action"),
    )
    found = deltas(*events)
    assert [args.encoding for args in of(ToolArgs, found)] == ["json_text", "json_text"]
    assert len(of(ToolEnd, found)) == 1
    choice = answer_of(found).choices[0]
    (call,) = choice.tool_calls
    assert (call.name, call.call_id, call.args, call.origin) == (
        "weather", "c1", {"city": "Bern"}, "client",
    )  # fmt: skip
    assert choice.finish is not None
    assert choice.finish.reason == "tool_calls"


def test_a_call_whose_arguments_stand_in_its_start() -> None:
    found = deltas(start(0, "function_call", id="c", name="f", arguments={"a": 1}), stop(0))
    (call,) = answer_of(found).choices[0].tool_calls
    assert call.args == {"a": 1}


def test_a_completed_interaction_that_ends_in_a_call_derives_the_finish() -> None:
    call = start(0, "function_call", id="c", name="f", arguments={})
    assert of(Finish, deltas(call, stop(0), completed()))[0].reason == "tool_calls"


def test_a_hosted_tool_and_its_result_are_one_part() -> None:
    found = deltas(
        start(0, "google_search_call", id="s1", arguments={}),
        delta(0, "google_search_call", arguments={"queries": ["x"]}, signature="sig"),
        stop(0),
        start(1, "google_search_result", call_id="s1", result=[]),
        delta(1, "google_search_result", result=[{"search_suggestions": "<b>"}], is_error=False),
        stop(1),
    )
    (call,) = answer_of(found).choices[0].tool_calls
    assert (call.name, call.origin, call.tool_type) == (
        "google_search", "hosted", "google_search_call",
    )  # fmt: skip
    assert call.args == {"queries": ["x"]}
    assert call.outputs[-1] == [{"search_suggestions": "<b>"}]
    assert of(ReasoningOpaque, found)[0].part == call.part


def test_mcp_calls_have_their_origin_and_errors() -> None:
    found = deltas(
        start(0, "mcp_server_tool_call", id="m", name="look", server_name="s", arguments={}),
        delta(0, "mcp_server_tool_call", name="look", server_name="s", arguments={"q": 1}),
        stop(0),
        start(1, "function_result", call_id="other", name="f", result="no", is_error=True),
        stop(1),
    )
    first, second = answer_of(found).choices[0].tool_calls
    assert (first.name, first.origin, first.args) == ("look", "mcp", {"q": 1})
    assert (second.outputs, second.is_error) == (("no",), True)


def test_arguments_told_once_more_replace_the_first() -> None:
    found = deltas(
        start(0, "url_context_call", id="u", arguments={}),
        delta(0, "url_context_call", arguments={"urls": ["a"]}),
        delta(0, "url_context_call", arguments={"urls": ["a", "b"]}),
        stop(0),
    )
    (call,) = answer_of(found).choices[0].tool_calls
    assert call.args == {"urls": ["a", "b"]}


def test_media_and_text_in_one_step() -> None:
    picture = base64.b64encode(b"PNG").decode()
    found = deltas(
        start(0, "model_output"),
        delta(0, "text", text="Look"),
        delta(0, "image", data=picture, mime_type="image/png"),
        delta(0, "text", text="there"),
        delta(0, "video", uri="gs://v", mime_type="video/mp4"),
        stop(0),
    )
    image, video = of(Media, found)
    assert image.sha256 == hashlib.sha256(b"PNG").hexdigest()
    assert (video.modality, video.size) == ("video", 6)
    first, second = of(Text, found)
    assert len({first.part, image.part, second.part, video.part}) == 4


def test_audio_in_pieces_is_one_medium() -> None:
    pieces = [base64.b64encode(data).decode() for data in (b"ab", b"cde")]
    events = [delta(0, "audio", data=piece, mime_type="audio/l16") for piece in pieces]
    found = deltas(start(0, "model_output"), *events, stop(0))
    (sound,) = answer_of(found).choices[0].media
    assert (sound.size, sound.sha256) == (5, hashlib.sha256(b"abcde").hexdigest())


def test_annotations_belong_to_the_text() -> None:
    note = {
        "type": "url_citation",
        "url": "https://a.example",
        "title": "A",
        "start_index": 0,
        "end_index": 4,
    }
    found = deltas(
        start(0, "model_output"),
        delta(0, "text", text="Bern"),
        delta(0, "text_annotation_delta", annotations=[note]),
        stop(0),
    )
    (citation,) = of(Citation, found)
    assert (citation.ctype, citation.url, citation.title) == (
        "url_citation", "https://a.example", "A",
    )  # fmt: skip
    assert (citation.start, citation.end, citation.unit) == (0, 4, "byte")
    assert citation.part == of(Text, found)[0].part


def test_status_and_running_usage() -> None:
    update = {
        "event_type": "interaction.status_update",
        "interaction_id": "v1_a",
        "status": "in_progress",
        "continuation_token": "t",
    }
    late = delta(0, "text", text="a") | {"metadata": {"total_usage": USAGE}}
    found = deltas(update, start(0, "model_output"), late, stop(0, usage=USAGE, step_usage=USAGE))
    assert [(meta.what) for meta in of(Meta, found)] == ["status", "step_usage"]
    assert [usage.mode for usage in of(Usage, found)] == ["running", "running"]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("completed", "stop"),
        ("failed", "error"),
        ("cancelled", "cancelled"),
        ("incomplete", "length"),
        ("requires_action", "tool_calls"),
        ("requires_continuation", "pause"),
        ("budget_exceeded", "other"),
    ],
)
def test_each_status_that_ends(status: str, reason: str) -> None:
    (finish,) = of(Finish, deltas(CREATED, completed(status)))
    assert (finish.reason, finish.raw_reason) == (reason, status)


def test_an_error_event() -> None:
    error = {"event_type": "error", "error": {"code": "gateway_timeout", "message": "late"}}
    found = read(InteractionsDialect(), sse(CREATED, error))
    (told,), (end,) = of(Error, found), of(End, found)
    assert (told.code, told.message, end.clean) == ("gateway_timeout", "late", False)


def text_step(text: str) -> Json:
    return {"type": "model_output", "content": [{"type": "text", "text": text}]}


def test_text_that_only_the_completion_has_is_synthetic() -> None:
    found = deltas(CREATED, completed(steps=[text_step("Hello")]))
    (text,) = of(Text, found)
    assert (text.delta, text.synthetic) == ("Hello", True)


def test_a_completion_that_says_the_same_says_nothing() -> None:
    streamed = (start(0, "model_output"), delta(0, "text", text="Hello"), stop(0))
    found = deltas(CREATED, *streamed, completed(steps=[text_step("Hello")]))
    assert len(of(Text, found)) == 1
    assert not of(Meta, found)


def test_a_completion_that_says_something_else_wins() -> None:
    streamed = (start(0, "model_output"), delta(0, "text", text="Hallo"), stop(0))
    found = deltas(CREATED, *streamed, completed(steps=[text_step("Hello")]))
    (meta,) = of(Meta, found)
    assert meta.what == "snapshot_mismatch"
    assert answer_of(found).text == "Hello"


def test_arguments_in_other_words_are_the_same() -> None:
    call = {"type": "function_call", "id": "c", "name": "f"}
    streamed = (
        start(0, "function_call", id="c", name="f"),
        delta(0, "arguments_delta", arguments='{ "a": 1 }'),
        stop(0),
    )
    found = deltas(CREATED, *streamed, completed(steps=[call | {"arguments": {"a": 1}}]))
    assert not of(Meta, found)


CODE = {"code": "1", "language": "python"}
STREAM = (
    CREATED,
    start(0, "thought"),
    delta(0, "thought_summary", content={"type": "text", "text": "H"}),
    delta(0, "thought_summary", content={"type": "text", "text": "m"}),
    delta(0, "thought_signature", signature="c2ln"),
    stop(0),
    start(1, "code_execution_call", id="x", arguments={}),
    delta(1, "code_execution_call", arguments=CODE),
    stop(1),
    start(2, "code_execution_result", call_id="x"),
    delta(2, "code_execution_result", result="1"),
    stop(2),
    start(3, "model_output"),
    delta(3, "text", text="It"),
    delta(3, "text", text=" is"),
    delta(3, "image", data="UE5H", mime_type="image/png"),
    delta(3, "text", text=" 1"),
    stop(3),
    start(4, "function_call", id="c", name="f", arguments={}),
    delta(4, "arguments_delta", arguments='{"a":[1]}'),
    stop(4),
    completed("requires_action"),
)
WHOLE = {
    "id": "v1_a",
    "object": "interaction",
    "model": "gemini-3-flash",
    "status": "requires_action",
    "usage": USAGE,
    "steps": [
        {"type": "thought", "summary": [{"type": "text", "text": "Hm"}], "signature": "c2ln"},
        {
            "type": "code_execution_call",
            "id": "x",
            "arguments": {"code": "1", "language": "python"},
        },
        {"type": "code_execution_result", "call_id": "x", "result": "1"},
        {
            "type": "model_output",
            "content": [
                {"type": "text", "text": "It is"},
                {"type": "image", "data": "UE5H", "mime_type": "image/png"},
                {"type": "text", "text": " 1"},
            ],
        },
        {"type": "function_call", "id": "c", "name": "f", "arguments": {"a": [1]}},
    ],
}


def test_a_whole_interaction_says_the_same() -> None:
    streamed = answer(InteractionsDialect(), sse(*STREAM, b"[DONE]"))
    assert said(whole_answer(InteractionsDialect(), WHOLE)) == said(streamed)
    assert [text.text for text in streamed.choices[0].texts] == ["It is", " 1"]


def test_what_is_not_known_is_kept_with_its_path() -> None:
    found = of(
        Unknown,
        deltas(
            CREATED | {"new": 1},
            {"event_type": "future.event"},
            start(0, "future_step"),
            delta(0, "future_delta"),
            delta(0, "text", text="a", more=2),
            start(1, "model_output", odd=3),
        ),
    )
    assert [(one.path, one.raw_type) for one in found] == [
        ("$.new", ""),
        ("$", "future.event"),
        ("$.step", "step.start"),
        ("$.delta", "step.delta"),
        ("$.delta.more", ""),
        ("$.step.odd", ""),
    ]


def test_a_content_of_a_kind_that_is_not_known() -> None:
    (found,) = of(Unknown, deltas(start(0, "model_output", content=[{"type": "smell"}])))
    assert found.value == {"type": "smell"}


def test_results_are_told_when_they_stand_in_the_start() -> None:
    found = deltas(start(0, "file_search_result", call_id="f", result=[1]))
    (output,) = of(ToolOutput, found)
    assert output.content == [1]
    assert not of(ToolStart, found)


def test_what_was_asked_is_not_told_again() -> None:
    asked = start(0, "user_input", content=[{"type": "text", "text": "Hi"}])
    assert not of(Text, deltas(CREATED, asked, stop(0)))


def test_a_call_that_nothing_stopped_is_closed_before_it_is_checked() -> None:
    call = {"type": "function_call", "id": "c", "name": "f", "arguments": {"a": 1}}
    begun = {"event_type": "step.start", "index": 0, "step": call}
    found = deltas(CREATED, begun, completed(steps=[call]))
    (args,) = of(ToolArgs, found)
    assert not args.synthetic
    assert len(of(ToolEnd, found)) == 1


@given(
    garbled([*STREAM, completed(steps=WHOLE["steps"]), WHOLE, delta(0, "text_annotation_delta")])
)
def test_never_raises(body: bytes) -> None:
    never_raises(InteractionsDialect, body)
