"""Every type of item: streamed and whole it means the same, and what it means."""

import base64
from typing import Any

import pytest

from tests.cassettes.dialects.reading_streams import (
    meaning,
    only,
    read,
    read_whole,
    sse,
    unknown_paths,
)
from tests.cassettes.dialects.responses_events import (
    Event,
    about,
    added,
    call,
    completed,
    created,
    done,
    message,
    response,
)
from wiretape.cassettes.dialects.answer import ToolCall
from wiretape.cassettes.dialects.answering import answer_of
from wiretape.cassettes.dialects.delta import (
    Delta,
    Finish,
    Media,
    Meta,
    ToolArgs,
    ToolOutput,
    ToolStatus,
    Transcript,
)
from wiretape.cassettes.dialects.payload import sha256
from wiretape.cassettes.dialects.responses import ResponsesDialect

PIXEL = base64.b64encode(b"a picture").decode()


def streamed(*parts: Event, items: list[Event]) -> list[Delta]:
    """A stream with the events of items between its ends, and the items as they were at last;
    which means what the whole answer means, and knows all of it."""
    deltas = read(ResponsesDialect(), sse(created(), *parts, completed(*items)))
    whole = read_whole(ResponsesDialect(), response("completed", items))
    assert meaning(deltas) == meaning(whole)
    assert unknown_paths(deltas) == unknown_paths(whole) == []
    assert not [meta for meta in only(Meta, deltas) if meta.what == "snapshot_mismatch"]
    return deltas


def item(kind: str, **more: Any) -> Event:
    return {"id": f"{kind}_1", "type": kind, "status": "completed", **more}


def begun(whole: Event, *without: str) -> Event:
    """The item as it is announced."""
    value = {key: part for key, part in whole.items() if key not in without}
    return {**value, "status": "in_progress"} if "status" in value else value


def the_call(deltas: list[Delta]) -> ToolCall:
    (choice,) = answer_of(deltas).choices
    (found,) = choice.tool_calls
    return found


SIMPLE = [
    (
        item("web_search_call", action={"type": "search", "query": "q", "sources": []}),
        ("web_search", "hosted", {"type": "search", "query": "q", "sources": []}),
    ),
    (
        item("file_search_call", queries=["a"], results=[{"file_id": "f"}, {"file_id": "g"}]),
        ("file_search", "hosted", {"queries": ["a"]}),
    ),
    (
        item("computer_call", call_id="c", action={"type": "wait"}, pending_safety_checks=[]),
        ("computer", "client", {"action": {"type": "wait"}}),
    ),
    (
        item("computer_call", call_id="c", actions=[{"type": "wait"}]),
        ("computer", "client", {"actions": [{"type": "wait"}]}),
    ),
    (
        item("local_shell_call", call_id="c", action={"type": "exec", "command": ["ls"]}),
        ("local_shell", "client", {"type": "exec", "command": ["ls"]}),
    ),
    (
        item("tool_search_call", execution="server", call_id=None, arguments={"goal": "g"}),
        ("tool_search", "hosted", {"goal": "g"}),
    ),
    (
        item("tool_search_call", execution="client", call_id="c", arguments={"goal": "g"}),
        ("tool_search", "client", {"goal": "g"}),
    ),
    (
        item("mcp_approval_request", name="roll", arguments='{"n":6}', server_label="dice"),
        ("roll", "mcp", {"n": 6}),
    ),
    (
        item("mcp_list_tools", tools=[{"name": "roll"}], server_label="dice"),
        ("mcp_list_tools", "mcp", None),
    ),
    (item("program", call_id="c", code="1 + 1", fingerprint="f"), ("program", "hosted", None)),
]


@pytest.mark.parametrize(("whole", "expected"), SIMPLE)
def test_tools_that_come_whole(whole: Event, expected: tuple[str, str, Any]) -> None:
    announced = begun(whole, "action", "actions", "queries", "results", "tools", "code")
    deltas = streamed(added(0, announced), done(0, whole), items=[whole])
    found = the_call(deltas)
    assert (found.name, found.origin, found.args) == expected
    assert found.tool_type == whole["type"]
    assert found.status == "completed"
    waits = found.origin == "client"
    assert [finish.reason for finish in only(Finish, deltas)] == ["tool_calls" if waits else "stop"]


def test_what_hosted_tools_gave() -> None:
    results = [{"file_id": "f", "text": "t"}, {"file_id": "g", "text": "u"}]
    search = item("file_search_call", queries=["a"], results=results)
    assert the_call(streamed(done(0, search), items=[search])).outputs == tuple(results)
    tools = item("mcp_list_tools", tools=[{"name": "roll"}], server_label="dice")
    assert the_call(streamed(done(0, tools), items=[tools])).outputs == ([{"name": "roll"}],)


def test_statuses_of_a_hosted_tool() -> None:
    whole = item("web_search_call", action={"type": "search", "query": "q"})
    deltas = streamed(
        added(0, begun(whole, "action")),
        about("web_search_call.in_progress", 0, "web_search_call_1"),
        about("web_search_call.searching", 0, "web_search_call_1"),
        about("web_search_call.completed", 0, "web_search_call_1"),
        done(0, whole),
        items=[whole],
    )
    statuses = [one.status for one in only(ToolStatus, deltas)]
    assert statuses == ["in_progress", "searching", "completed"]


def test_a_custom_tool_whose_input_is_no_json_and_has_no_done() -> None:
    whole = {"id": "ctc_1", "type": "custom_tool_call", "call_id": "c", "name": "sql"}
    text = "SELECT *"
    deltas = streamed(
        added(0, {**whole, "input": ""}),
        about("custom_tool_call_input.delta", 0, "ctc_1", delta="SELECT"),
        about("custom_tool_call_input.delta", 0, "ctc_1", delta=" *"),
        done(0, {**whole, "input": text}),
        items=[{**whole, "input": text}],
    )
    found = the_call(deltas)
    assert (found.name, found.args_raw, found.args) == ("sql", text, None)
    assert {one.encoding for one in only(ToolArgs, deltas)} == {"freeform"}


@pytest.mark.parametrize("dotted", [False, True])
def test_a_call_over_mcp_and_what_it_gave(dotted: bool) -> None:
    whole = item("mcp_call", name="roll", server_label="dice", arguments='{"n":6}', output="4")
    name = "mcp_call.arguments_" if dotted else "mcp_call_arguments."
    deltas = streamed(
        added(0, {**begun(whole, "output"), "arguments": ""}),
        about("mcp_call.in_progress", 0, "mcp_call_1"),
        about(f"{name}delta", 0, "mcp_call_1", delta='{"n"'),
        about(f"{name}delta", 0, "mcp_call_1", delta=":6}"),
        about(f"{name}done", 0, "mcp_call_1", arguments='{"n":6}'),
        about("mcp_call.completed", 0, "mcp_call_1"),
        done(0, whole),
        items=[whole],
    )
    found = the_call(deltas)
    assert (found.name, found.origin, found.args) == ("roll", "mcp", {"n": 6})
    assert (found.outputs, found.is_error) == (("4",), False)
    assert ("mcp_server", "dice") in [(meta.what, meta.value) for meta in only(Meta, deltas)]


def test_a_call_over_mcp_that_failed() -> None:
    error = {"type": "mcp_protocol_error", "code": 1, "message": "m"}
    whole = item("mcp_call", name="roll", arguments="{}", output=None, error=error)
    whole["status"] = "failed"
    found = the_call(streamed(done(0, whole), items=[whole]))
    assert (found.outputs, found.is_error, found.status) == ((error,), True, "failed")


def test_code_and_what_it_printed_and_drew() -> None:
    outputs = [{"type": "logs", "logs": "2\n"}, {"type": "image", "url": "https://x/y.png"}]
    whole = item("code_interpreter_call", code="print(2)", container_id="k", outputs=outputs)
    deltas = streamed(
        added(0, {**begun(whole, "outputs"), "code": ""}),
        about("code_interpreter_call_code.delta", 0, "code_interpreter_call_1", delta="print"),
        about("code_interpreter_call_code.delta", 0, "code_interpreter_call_1", delta="(2)"),
        about("code_interpreter_call_code.done", 0, "code_interpreter_call_1", code="print(2)"),
        about("code_interpreter_call.interpreting", 0, "code_interpreter_call_1"),
        done(0, whole),
        items=[whole],
    )
    found = the_call(deltas)
    assert (found.args_raw, found.args) == ("print(2)", None)
    assert found.outputs == ("2\n", outputs[1])
    (media,) = only(Media, deltas)
    assert (media.modality, media.size) == ("image", len("https://x/y.png"))


def test_an_image_and_its_previews() -> None:
    whole = item("image_generation_call", result=PIXEL, output_format="png", revised_prompt="cat")
    preview: dict[str, Any] = {
        "partial_image_index": 0,
        "partial_image_b64": base64.b64encode(b"blur").decode(),
    }
    deltas = streamed(
        added(0, begun(whole, "result", "revised_prompt")),
        about("image_generation_call.generating", 0, "image_generation_call_1"),
        about(
            "image_generation_call.partial_image",
            0,
            "image_generation_call_1",
            output_format="png",
            size="1x1",
            **preview,
        ),
        done(0, whole),
        items=[whole],
    )
    first, last = only(Media, deltas)
    assert (first.final, first.partial_index, first.sha256) == (False, 0, sha256(b"blur"))
    assert (last.final, last.mime, last.size) == (True, "image/png", 9)
    assert answer_of(deltas).choices[0].media == (last,)
    assert the_call(deltas).args == {"revised_prompt": "cat", "output_format": "png"}


def test_a_shell_command_by_command_and_what_each_printed() -> None:
    action = {"commands": ["ls", "wc"], "timeout_ms": 5, "max_output_length": None}
    whole = item("shell_call", call_id="c", action=action, environment={"type": "local"})
    exits = {"type": "exit", "exit_code": 1}
    printed = [
        {"stdout": "a b", "stderr": "", "outcome": {"type": "exit", "exit_code": 0}},
        {"stdout": "", "stderr": "no", "outcome": exits},
    ]
    gave = item("shell_call_output", call_id="c", output=printed, max_output_length=9)
    output: dict[str, Any] = {"index": 1, "item_id": "shell_call_output_1"}
    deltas = streamed(
        added(0, {**begun(whole), "action": {"commands": []}}),
        about("shell_call_command.added", 0, command_index=0, command=""),
        about("shell_call_command.delta", 0, command_index=0, delta="l", obfuscation="x"),
        about("shell_call_command.delta", 0, command_index=0, delta="s"),
        about("shell_call_command.done", 0, command_index=0, command="ls"),
        about("shell_call_command.added", 0, command_index=1, command="w"),
        about("shell_call_command.done", 0, command_index=1, command="wc"),
        done(0, whole),
        added(1, {**begun(gave), "output": []}),
        about("shell_call_output_content.delta", **output, command_index=0, delta={"stdout": "a"}),
        about("shell_call_output_content.delta", **output, command_index=0, delta={"stdout": " b"}),
        about("shell_call_output_content.done", **output, command_index=0, output=printed[:1]),
        about("shell_call_output_content.done", **output, command_index=1, output=printed[1:]),
        done(1, gave),
        items=[whole, gave],
    )
    found = the_call(deltas)
    assert (found.name, found.origin, found.args) == ("shell", "client", action)
    assert found.outputs == ("a b", printed[0]["outcome"], "no", exits)
    told = [one.content for one in only(ToolOutput, deltas) if one.stream == "stdout"]
    assert told == ["a", " b"]


def test_commands_of_a_stream_that_was_cut() -> None:
    whole = item("shell_call", call_id="c", environment={"type": "container_reference"})
    events = [
        added(0, begun(whole)),
        about("shell_call_command.added", 0, command_index=0, command=""),
        about("shell_call_command.delta", 0, command_index=0, delta="ls"),
        about("shell_call_command.done", 0, command_index=0, command="ls"),
        about("shell_call_command.added", 0, command_index=1, command=""),
        about("shell_call_command.delta", 0, command_index=1, delta="w"),
    ]
    found = the_call(read(ResponsesDialect(), sse(*events)))
    assert (found.origin, found.args) == ("hosted", {"commands": ["ls", "w"]})


def test_a_command_that_was_another() -> None:
    whole = item("shell_call", call_id="c", action={"commands": ["rm"]})
    events = [
        added(0, begun(whole, "action")),
        about("shell_call_command.delta", 0, command_index=0, delta="ls"),
        done(0, whole),
    ]
    deltas = read(ResponsesDialect(), sse(*events))
    assert [meta.what for meta in only(Meta, deltas)] == ["snapshot_mismatch"]
    assert the_call(deltas).args == {"commands": ["rm"]}


def test_a_patch() -> None:
    operation = {"type": "update_file", "path": "a.py", "diff": "-1\n+2\n"}
    whole = item("apply_patch_call", call_id="c", operation=operation)
    deltas = streamed(
        added(0, {**begun(whole), "operation": {**operation, "diff": ""}}),
        about("apply_patch_call_operation_diff.delta", 0, "apply_patch_call_1", delta="-1\n"),
        about("apply_patch_call_operation_diff.delta", 0, "apply_patch_call_1", delta="+2\n"),
        about("apply_patch_call_operation_diff.done", 0, "apply_patch_call_1", diff="-1\n+2\n"),
        done(0, whole),
        items=[whole],
    )
    found = the_call(deltas)
    assert (found.name, found.origin, found.args) == ("apply_patch", "client", operation)
    assert {one.encoding for one in only(ToolArgs, deltas)} == {"json_path"}


@pytest.mark.parametrize(
    ("kind", "key", "content"),
    [
        ("function_call_output", "output", "sunny"),
        ("custom_tool_call_output", "output", [{"type": "input_text", "text": "x"}]),
        ("computer_call_output", "output", {"type": "computer_screenshot"}),
        ("apply_patch_call_output", "output", "done"),
        ("program_output", "result", "2"),
        ("tool_search_output", "tools", [{"type": "function"}]),
    ],
)
def test_an_output_belongs_to_its_call(kind: str, key: str, content: Any) -> None:
    asked, gave = call("{}"), item(kind, call_id="call_1", **{key: content})
    found = the_call(streamed(done(0, asked), done(1, gave), items=[asked, gave]))
    assert (found.name, found.outputs) == ("weather", (content,))
    alone = the_call(streamed(done(0, gave), items=[gave]))
    assert (alone.name, alone.call_id, alone.outputs) == ("", "call_1", (content,))


def test_an_approval_belongs_to_what_asked_for_it() -> None:
    asked = item("mcp_approval_request", name="roll", arguments="{}", server_label="dice")
    gave = {
        "id": "a",
        "type": "mcp_approval_response",
        "approval_request_id": asked["id"],
        "approve": True,
        "reason": None,
    }
    found = the_call(streamed(done(0, asked), done(1, gave), items=[asked, gave]))
    assert found.outputs == ({"approve": True, "reason": None},)


def test_compaction_is_no_reasoning() -> None:
    whole = {"id": "cmp_1", "type": "compaction", "encrypted_content": "sealed", "created_by": "a"}
    deltas = streamed(
        added(0, {**whole, "encrypted_content": ""}),
        {"type": "response.compaction.compacting", "item_id": "cmp_1", "output_index": 0},
        done(0, whole),
        added(1, message()),
        about("output_text.delta", 1, "msg_1", content_index=0, delta="Hello"),
        done(1, message("Hello")),
        items=[whole, message("Hello")],
    )
    said = [meta for meta in only(Meta, deltas) if meta.what == "compaction"]
    assert [meta.value["size"] for meta in said] == [6]
    assert answer_of(deltas).text == "Hello"
    assert answer_of(deltas).choices[0].opaque == ()


def test_tools_that_were_added() -> None:
    whole = {"id": "at_1", "type": "additional_tools", "role": "developer", "tools": [{"a": 1}]}
    deltas = streamed(added(0, whole), done(0, whole), items=[whole])
    assert [meta.value for meta in only(Meta, deltas) if meta.what == "additional_tools"] == [
        [{"a": 1}]
    ]


def test_sound_and_what_it_says() -> None:
    first, second = (base64.b64encode(piece).decode() for piece in (b"la", b"lo"))
    events = [
        {"type": "response.audio.delta", "delta": first, "sequence_number": 1},
        {"type": "response.audio.transcript.delta", "delta": "la", "sequence_number": 2},
        {"type": "response.audio.delta", "delta": second, "sequence_number": 3},
        {"type": "response.audio.transcript.delta", "delta": "lo", "sequence_number": 4},
        {"type": "response.audio.transcript.done", "sequence_number": 5},
        {"type": "response.audio.done", "sequence_number": 6},
    ]
    deltas = read(ResponsesDialect(), sse(created(), *events, completed()))
    media = only(Media, deltas)
    assert [(one.size, one.partial_index, one.final) for one in media] == [
        (2, 0, False),
        (2, 1, False),
        (4, None, True),
    ]
    assert media[2].sha256 == sha256(b"lalo")
    assert [one.delta for one in only(Transcript, deltas)] == ["la", "lo"]
    assert unknown_paths(deltas) == []
