"""Runs of Assistants, from short streams made by hand."""

from typing import Any

import pytest
from hypothesis import given, settings

from tests.cassettes.dialects.reading_streams import (
    broken_frames,
    frame,
    named,
    only,
    read,
    read_whole,
    unknown_paths,
)
from wiretape.cassettes.dialects.answer import TextPart
from wiretape.cassettes.dialects.answering import answer_of
from wiretape.cassettes.dialects.assistants import AssistantsDialect
from wiretape.cassettes.dialects.delta import (
    Delta,
    End,
    Error,
    Finish,
    Meta,
    Refusal,
    Start,
    Text,
    ToolArgs,
    ToolEnd,
)

Json = Any
Event = tuple[str, Json]

DONE = frame(99, b"[DONE]", "done")
USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}


def run(status: str, **more: Json) -> Event:
    value = {"id": "run_1", "object": "thread.run", "created_at": 5, "status": status, "model": "m"}
    return f"thread.run.{status}", {**value, "usage": None, **more}


def step(status: str, *calls: Json, kind: str = "tool_calls") -> Event:
    details = {"type": kind, kind: list(calls)}
    value = {"id": "step_1", "object": "thread.run.step", "type": kind, "step_details": details}
    return f"thread.run.step.{status}", {**value, "status": status}


def step_delta(*calls: Json) -> Event:
    details = {"step_details": {"type": "tool_calls", "tool_calls": list(calls)}}
    value = {"id": "step_1", "object": "thread.run.step.delta", "delta": details}
    return "thread.run.step.delta", value


def message(status: str, *content: Json, **more: Json) -> Event:
    value = {"id": "msg_1", "object": "thread.message", "role": "assistant", "status": status}
    return f"thread.message.{status}", {**value, "content": list(content), **more}


def message_delta(*content: Json) -> Event:
    value = {"id": "msg_1", "object": "thread.message.delta"}
    return "thread.message.delta", {**value, "delta": {"content": list(content)}}


def text(value: str, index: int | None = None, *annotations: Json) -> Json:
    part = {"type": "text", "text": {"value": value, "annotations": list(annotations)}}
    return part if index is None else {"index": index, **part}


def code(input_: str, index: int | None = None, **more: Json) -> Json:
    body = {"input": input_, **more}
    call = {"id": "call_1", "type": "code_interpreter", "code_interpreter": body}
    return call if index is None else {"index": index, **call}


def function(arguments: str, index: int | None = None, output: Json = None) -> Json:
    body = {"name": "f", "arguments": arguments, "output": output}
    call = {"id": "call_2", "type": "function", "function": body}
    return call if index is None else {"index": index, **call}


def told(*events: Event, done: bool = True) -> list[Delta]:
    return read(AssistantsDialect(), [*named(*events), *([DONE] if done else [])])


def test_a_run_that_computes_and_writes() -> None:
    deltas = told(
        ("thread.created", {"id": "thread_1", "object": "thread"}),
        run("created"),
        run("queued"),
        step("created"),
        step_delta(code("", 0, outputs=[])),
        step_delta(code("1+", 0)),
        step_delta(code("1", 0)),
        step("completed", code("1+1", outputs=[{"type": "logs", "logs": "2"}])),
        message("created"),
        message_delta(text("It is", 0)),
        message_delta(text(" 2", 0)),
        message("completed", text("It is 2")),
        run("completed", usage=USAGE),
    )
    said = answer_of(deltas)
    assert (said.id, said.model, said.ended) == ("run_1", "m", True)
    choice = said.choices[0]
    assert choice.texts == (TextPart("0.0", "It is 2"),)
    (call,) = choice.tool_calls
    assert (call.part, call.name, call.call_id, call.origin) == (
        "s0.0",
        "code_interpreter",
        "call_1",
        "hosted",
    )
    assert (call.args_raw, call.outputs) == ("1+1", ({"type": "logs", "logs": "2"},))
    assert said.usage is not None
    assert said.usage.total == 3
    assert choice.finish is not None
    assert (choice.finish.reason, choice.finish.raw_reason) == ("stop", "completed")
    assert unknown_paths(deltas) == []
    assert [one.delta for one in only(Text, deltas)] == ["It is", " 2"]
    assert only(End, deltas) == [End(99, 99_000, via="sentinel")]
    assert [one.what for one in only(Meta, deltas)] == ["status", "status", "status"]


def test_two_steps_and_two_messages_have_parts_of_their_own() -> None:
    deltas = told(
        step("created"),
        step_delta(code("a", 0), function("{}", 1)),
        step("completed"),
        step("created"),
        step_delta(code("b", 0)),
        message("created"),
        message_delta(text("x", 0), text("y", 1)),
        message("created"),
        message_delta(text("z", 0)),
    )
    choice = answer_of(deltas).choices[0]
    assert [one.part for one in choice.tool_calls] == ["s0.0", "s0.1", "s1.0"]
    assert [(one.part, one.text) for one in choice.texts] == [
        ("0.0", "x"),
        ("0.1", "y"),
        ("1.0", "z"),
    ]
    assert [one.part for one in only(ToolEnd, deltas)] == ["s0.0", "s0.1", "s1.0"]


def test_a_run_that_asks_for_tool_outputs() -> None:
    action = {"type": "submit_tool_outputs", "submit_tool_outputs": {}}
    action["submit_tool_outputs"] = {"tool_calls": [function('{"x":1}')]}
    deltas = told(
        step("created"),
        step_delta(function("", 0)),
        step_delta({"index": 0, "type": "function", "function": {"arguments": '{"x":'}}),
        step_delta({"index": 0, "type": "function", "function": {"arguments": "1}"}}),
        run("requires_action", required_action=action),
    )
    (call,) = answer_of(deltas).choices[0].tool_calls
    assert (call.name, call.args, call.origin) == ("f", {"x": 1}, "client")
    assert [one.reason for one in only(Finish, deltas)] == ["tool_calls"]
    assert not [one for one in only(Meta, deltas) if one.what == "snapshot_mismatch"]


def test_what_only_a_snapshot_says() -> None:
    deltas = told(
        step("created"),
        step("completed", code("1"), function("{}", output="ok")),
        message("created"),
        message("completed", text("All at once")),
    )
    assert [(one.delta, one.synthetic) for one in only(Text, deltas)] == [("All at once", True)]
    assert [(one.delta, one.synthetic) for one in only(ToolArgs, deltas)] == [
        ("1", True),
        ("{}", True),
    ]
    assert [one.outputs for one in answer_of(deltas).choices[0].tool_calls] == [(), ("ok",)]


def test_outputs_that_were_streamed_are_told_once() -> None:
    logs = {"index": 0, "type": "logs", "logs": "2"}
    deltas = told(
        step("created"),
        step_delta(code("1", 0, outputs=[logs])),
        step("completed", code("1", outputs=[logs])),
    )
    assert [one.outputs for one in answer_of(deltas).choices[0].tool_calls] == [(logs,)]


def test_a_snapshot_that_contradicts_wins() -> None:
    deltas = told(
        step("created"),
        step_delta(code("1", 0)),
        step("completed", code("2")),
        message("created"),
        message_delta(text("a", 0)),
        message("completed", text("b")),
    )
    choice = answer_of(deltas).choices[0]
    assert (choice.text, choice.tool_calls[0].args_raw) == ("b", "2")
    shown = [one.value for one in only(Meta, deltas) if one.what == "snapshot_mismatch"]
    assert shown == [{"part": "s0.0", "text": "2"}, {"part": "0.0", "text": "b"}]


def test_what_a_message_may_hold() -> None:
    cited = {"type": "file_citation", "text": "[1]", "start_index": 2, "end_index": 5, "index": 0}
    cited["file_citation"] = {"file_id": "file_1", "quote": "q"}
    deltas = told(
        message("created"),
        message_delta(text("ab[1]", 0, cited)),
        message_delta({"index": 1, "type": "refusal", "refusal": "no"}),
        message_delta({"index": 2, "type": "image_file", "image_file": {"file_id": "file_2"}}),
        message_delta({"index": 3, "type": "image_url", "image_url": {"url": "https://i"}}),
        message_delta({"index": 4, "type": "new"}),
        message("incomplete", incomplete_details={"reason": "max_tokens"}),
    )
    choice = answer_of(deltas).choices[0]
    (citation,) = choice.citations
    assert (citation.file_id, citation.start, citation.end, citation.quoted) == (
        "file_1",
        2,
        5,
        "q",
    )
    assert [one.delta for one in only(Refusal, deltas)] == ["no"]
    assert [one.size for one in choice.media] == [len("https://i")]
    assert [one.what for one in only(Meta, deltas)] == ["image_file", "message_incomplete"]
    assert unknown_paths(deltas) == ["$.delta.content[0]"]


@pytest.mark.parametrize(
    ("event", "reason", "raw"),
    [
        (run("failed", last_error={"code": "server_error", "message": "m"}), "error", "failed"),
        (
            run("incomplete", incomplete_details={"reason": "max_completion_tokens"}),
            "length",
            "max_completion_tokens",
        ),
        (run("cancelled"), "cancelled", "cancelled"),
        (run("expired"), "other", "expired"),
    ],
)
def test_how_a_run_may_end(event: Event, reason: str, raw: str) -> None:
    deltas = told(run("created"), event, done=False)
    assert [(one.reason, one.raw_reason) for one in only(Finish, deltas)] == [(reason, raw)]
    errors = [(one.code, one.message) for one in only(Error, deltas)]
    assert errors == ([("server_error", "m")] if raw == "failed" else [])
    assert only(End, deltas)[0].clean is (raw != "failed")


def test_an_error_event() -> None:
    (error,) = only(Error, told(("error", {"code": "c", "message": "m"})))
    assert (error.code, error.message) == ("c", "m")


def test_a_whole_run() -> None:
    deltas = read_whole(AssistantsDialect(), run("completed", usage=USAGE)[1])
    assert isinstance(deltas[0], Start)
    assert [one.raw_reason for one in only(Finish, deltas)] == ["completed"]
    assert only(End, deltas)[0].clean


def test_what_is_not_known_is_kept() -> None:
    deltas = told(run("created", new=1), ("thread.new", {}), ("thread.run.created", [1]))
    assert unknown_paths(deltas) == ["$.new", "$", "$"]


EVENTS = [
    run("requires_action", required_action={"submit_tool_outputs": {"tool_calls": [code("1")]}}),
    run("completed", usage=USAGE, last_error={"message": "m"}),
    step("created"),
    step_delta(code("1", 0, outputs=[{}]), function("{}", 1, "o")),
    step("completed", code("1"), function("{}")),
    message("created"),
    message_delta(text("a", 0, {"type": "file_path", "file_path": {"file_id": "f"}})),
    message("completed", text("b")),
]


@settings(max_examples=200, deadline=None)
@given(broken_frames([one for _, one in EVENTS], ["", "error", "done", *(n for n, _ in EVENTS)]))
def test_nothing_that_a_frame_can_hold_is_an_exception(frames: Json) -> None:
    assert len(only(End, read(AssistantsDialect(), frames))) == 1
    for one in frames:
        assert isinstance(AssistantsDialect().read_whole(one.data, 1)[-1], End)
