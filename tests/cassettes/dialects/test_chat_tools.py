"""Tool calls of Chat Completions: how vendors number, cut and repeat them."""

import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.cassettes.dialects.reading_streams import lines, only, read, read_whole, unknown_paths
from wiretape.cassettes.dialects import chat_arguments
from wiretape.cassettes.dialects.answering import answer_of
from wiretape.cassettes.dialects.chat import ChatDialect
from wiretape.cassettes.dialects.delta import (
    Delta,
    Finish,
    ReasoningOpaque,
    ToolArgs,
    ToolEnd,
    ToolStart,
)
from wiretape.cassettes.dialects.payload import decode_json

Json = Any


def call(name: str | None = None, arguments: Json = None, **more: Json) -> Json:
    function = {"name": name, "arguments": arguments}
    return {
        **more,
        "function": {key: value for key, value in function.items() if value is not None},
    }


def told(*deltas: list[Json], finish: str = "tool_calls") -> list[Delta]:
    """Each argument is the `tool_calls` of one chunk."""
    chunks = [{"choices": [{"index": 0, "delta": {"tool_calls": calls}}]} for calls in deltas]
    last = {"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}
    return read(ChatDialect(), lines(*chunks, last))


def calls_of(deltas: list[Delta]) -> list[tuple[str, str, str, Json]]:
    """Part, id, name and arguments."""
    (choice,) = answer_of(deltas).choices
    return [(one.part, one.call_id, one.name, one.args) for one in choice.tool_calls]


CASES: dict[str, tuple[list[list[Json]], list[tuple[str, str, str, Json]]]] = {
    "in pieces": (
        [
            [call("f", "", index=0, id="a", type="function")],
            [call(None, '{"x"', index=0)],
            [call(None, ":1}", index=0)],
        ],
        [("tool:0", "a", "f", {"x": 1})],
    ),
    "whole, and more than one in a chunk": (
        [[call("f", "{}", index=0, id="a"), call("g", '{"y":2}', index=1, id="b")]],
        [("tool:0", "a", "f", {}), ("tool:1", "b", "g", {"y": 2})],
    ),
    "pieces of two calls by turns": (
        [
            [call("f", "[", index=0, id="a")],
            [call("g", "[", index=1, id="b")],
            [call(None, "1]", index=0)],
            [call(None, "2]", index=1)],
        ],
        [("tool:0", "a", "f", [1]), ("tool:1", "b", "g", [2])],
    ),
    "indexes from 1 and with gaps": (
        [[call("f", "{}", index=1, id="a")], [call("g", "{}", index=5, id="b")]],
        [("tool:0", "a", "f", {}), ("tool:1", "b", "g", {})],
    ),
    "no index, whole calls": (
        [[call("f", "{}", id="a"), call("f", "[]", id="b")], [call("f", "3")]],
        [("tool:0", "a", "f", {}), ("tool:1", "b", "f", []), ("tool:2", "", "f", 3)],
    ),
    "no index, in pieces": (
        [[call("f", "[", id="a")], [call(None, "1")], [call(None, "]", id="a")]],
        [("tool:0", "a", "f", [1])],
    ),
    "every call at index 0": (
        [[call("f", "{}", index=0, id="a")], [call("f", "[]", index=0, id="b")]],
        [("tool:0", "a", "f", {}), ("tool:1", "b", "f", [])],
    ),
    "every call at index 0, cut": (
        [
            [call("f", "", index=0, id="a")],
            [call("g", "", index=0, id="b")],
            [call(None, "[]", index=0)],
        ],
        [("tool:0", "a", "f", {}), ("tool:1", "b", "g", [])],
    ),
    "id and name repeated": (
        [
            [call("f", "[", index=0, id="a")],
            [call("f", "1", index=0, id="a")],
            [call("", "]", index=0, id="a")],
        ],
        [("tool:0", "a", "f", [1])],
    ),
    "ids rotate": (
        [
            [call("f", "[", index=0, id="a")],
            [call(None, "1", index=0, id="b")],
            [call("f", "]", index=0, id="c")],
        ],
        [("tool:0", "a", "f", [1])],
    ),
    "the name comes late": (
        [[call(None, "[", index=0, id="a")], [call("f", "]", index=0)]],
        [("tool:0", "a", "f", [])],
    ),
    "arguments are an object": (
        [[call("f", {"x": 1}, index=0, id="a")]],
        [("tool:0", "a", "f", {"x": 1})],
    ),
    "no arguments at all": ([[call("f", index=0, id="null")]], [("tool:0", "", "f", None)]),
}


@pytest.mark.parametrize("case", CASES)
def test_calls_are_put_together(case: str) -> None:
    chunks, expected = CASES[case]
    deltas = told(*chunks)
    found = calls_of(deltas)
    # A call whose arguments never came has none; one whose arguments are empty has `{}`.
    assert [(*one[:3], one[3] or {}) for one in found] == [
        (*one[:3], one[3] or {}) for one in expected
    ]
    ended = [delta.part for delta in only(ToolEnd, deltas)]
    assert set(ended) == {one[0] for one in expected}
    assert unknown_paths(deltas) == []


def test_the_start_and_the_pieces_of_a_call() -> None:
    deltas = told([call("f", "", index=0, id="a", type="function")], [call(None, "{}", index=0)])
    assert deltas[1:] == [
        ToolStart(1, 1000, "tool_calls", "tool:0", name="f", call_id="a", tool_type="function"),
        ToolArgs(2, 2000, "arguments", "tool:0", delta="{}"),
        ToolEnd(3, 3000, "tool_calls", "tool:0"),
        Finish(3, 3000, "finish_reason", reason="tool_calls", raw_reason="tool_calls"),
        deltas[-1],
    ]


def test_a_call_ends_where_the_next_begins() -> None:
    deltas = told([call("f", "{}", index=0, id="a")], [call("g", "{}", index=1, id="b")])
    kinds = [(type(one), one.part) for one in deltas if isinstance(one, ToolStart | ToolEnd)]
    assert kinds == [
        (ToolStart, "tool:0"),
        (ToolEnd, "tool:0"),
        (ToolStart, "tool:1"),
        (ToolEnd, "tool:1"),
    ]


@pytest.mark.parametrize("finish", ["stop", "eos"])
def test_a_stop_after_a_call_is_for_the_call(finish: str) -> None:
    (told_finish,) = only(Finish, told([call("f", "{}", index=0, id="a")], finish=finish))
    assert (told_finish.reason, told_finish.raw_reason) == ("tool_calls", finish)


def test_a_call_after_the_stop_is_what_it_was_for() -> None:
    chunks = [
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        {"choices": [{"index": 0, "delta": {"tool_calls": [call("f", "{}", index=0)]}}]},
    ]
    finishes = only(Finish, read(ChatDialect(), lines(*chunks)))
    assert [one.reason for one in finishes] == ["stop", "tool_calls"]


def test_custom_tools_are_freeform() -> None:
    custom = {"index": 0, "id": "a", "type": "custom", "custom": {"name": "sh", "input": "ls"}}
    (choice,) = answer_of(told([custom])).choices
    (one,) = choice.tool_calls
    assert (one.name, one.args_raw, one.args, one.tool_type) == ("sh", "ls", None, "custom")
    assert [delta.encoding for delta in only(ToolArgs, told([custom]))] == ["freeform"]


def test_types_that_a_client_does_not_run_are_hosted() -> None:
    starts = only(ToolStart, told([call("w", "{}", index=0, id="a", type="web_search")]))
    assert [(one.origin, one.tool_type) for one in starts] == [("hosted", "web_search")]
    (moonshot,) = only(ToolStart, told([call("$web_search", "{}", type="builtin_function")]))
    assert moonshot.origin == "client"


@pytest.mark.parametrize(
    "more",
    [
        {"extra_content": {"google": {"thought_signature": "sig"}}},
        {"provider_specific_fields": {"thought_signature": "sig"}},
    ],
)
def test_geminis_signature_hangs_on_a_call(more: Json) -> None:
    (opaque,) = only(ReasoningOpaque, told([call("f", "{}", index=0, id="a", **more)]))
    assert (opaque.part, opaque.form, opaque.size) == ("tool:0", "signature", 3)


def test_the_legacy_function_call() -> None:
    chunks = [
        {"choices": [{"delta": {"function_call": {"name": "f", "arguments": ""}}}]},
        {"choices": [{"delta": {"function_call": {"arguments": "{}"}}}]},
        {"choices": [{"delta": {}, "finish_reason": "function_call"}]},
    ]
    deltas = read(ChatDialect(), lines(*chunks))
    (choice,) = answer_of(deltas).choices
    assert [(one.name, one.args, one.tool_type) for one in choice.tool_calls] == [
        ("f", {}, "function_call")
    ]
    assert choice.finish is not None
    assert choice.finish.reason == "tool_calls"


def test_calls_of_a_message_are_each_their_own() -> None:
    message = {"content": None, "tool_calls": [call("f", "{}"), call("f", "{}", index=0)]}
    whole = {"choices": [{"message": message, "finish_reason": "tool_calls"}]}
    assert [one[0] for one in calls_of(read_whole(ChatDialect(), whole))] == ["tool:0", "tool:1"]


def test_what_is_no_call_is_kept() -> None:
    deltas = told([7, {**call("f", "{}", index=0), "new": 1}])
    path = "$.choices[0].delta.tool_calls"
    assert unknown_paths(deltas) == [f"{path}[0]", f"{path}[1].new"]
    for name in ("tool_calls", "function_call", "executed_tools"):
        odd = {"choices": [{"delta": {name: "x"}}]}
        assert unknown_paths(read(ChatDialect(), lines(odd))) == [f"$.choices[0].delta.{name}"]


def test_long_arguments_in_many_pieces() -> None:
    piece = [call(None, "x" * 100, index=0, id="a", type="function")]
    deltas = told([call("f", '"', index=0, id="a")], *[piece] * 5000, [call(None, '"', index=0)])
    assert len(calls_of(deltas)[0][3]) == 500_000


def custom(**body: str) -> Json:
    return {"index": 0, "custom": body}


def test_the_pieces_of_a_custom_call_have_no_type() -> None:
    first = {**custom(name="run", input=""), "id": "a", "type": "custom"}
    deltas = told([first], [custom(input="free ")], [custom(input="text")])
    (call_made,) = answer_of(deltas).choices[0].tool_calls
    assert (call_made.name, call_made.args_raw, call_made.args) == ("run", "free text", None)
    assert call_made.tool_type == "custom"
    assert not unknown_paths(deltas)


def test_an_unknown_key_of_a_custom_call_is_named_as_it_stands() -> None:
    deltas = told([custom(name="run", input="x", colour="red")])
    assert unknown_paths(deltas) == ["$.choices[0].delta.tool_calls[0].custom.colour"]


@pytest.mark.parametrize("given", ["", None])
def test_no_arguments_are_an_empty_object(given: Json) -> None:
    deltas = told([call("f", given, index=0, id="a")], [call("g", given, index=1, id="b")])
    assert calls_of(deltas) == [("tool:0", "a", "f", {}), ("tool:1", "b", "g", {})]
    message = {"tool_calls": [call("f", given, id="a"), call("g", given, id="b")]}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    whole = read_whole(ChatDialect(), {"choices": [choice]})
    assert calls_of(whole) == calls_of(deltas)


def test_arguments_that_were_cut_off_are_not_empty() -> None:
    chunk = {"choices": [{"index": 0, "delta": {"tool_calls": [call("f", "", index=0, id="a")]}}]}
    assert calls_of(read(ChatDialect(), lines(chunk))) == [("tool:0", "a", "f", None)]


@pytest.mark.parametrize(
    ("pieces", "name"),
    [
        (["get_", "weather"], "get_weather"),
        (["get_", "weather", ""], "get_weather"),
        (["get_weather", "get_weather"], "get_weather"),
        (["get_", "weather", "get_weather"], "get_weather"),
        (["get_", "get_weather"], "get_weather"),
        (["get_weather", None], "get_weather"),
    ],
)
def test_a_name_in_pieces(pieces: list[str | None], name: str) -> None:
    first, *rest = pieces
    more = [[call(piece, "", index=0)] for piece in rest]
    deltas = told([call(first, "", index=0, id="a")], *more, [call(None, "{}", index=0)])
    assert calls_of(deltas) == [("tool:0", "a", name, {})]


def test_a_name_behind_arguments_is_no_piece_of_the_name() -> None:
    deltas = told([call("f", "[", index=0, id="a")], [call("other", "]", index=0)])
    assert calls_of(deltas) == [("tool:0", "a", "f", [])]


def lines_run(chunks: list[list[Json]]) -> int:
    """How many lines of Python reading them takes."""
    frames = lines(*({"choices": [{"index": 0, "delta": {"tool_calls": one}}]} for one in chunks))
    count = 0

    def trace(where: Any, event: str, argument: Any) -> Any:
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        read(ChatDialect(), frames)
    finally:
        sys.settrace(before)
    return count


MANY: dict[str, Callable[[int], list[Json]]] = {
    "calls without an index": lambda n: [call("f", "{}", id=f"id {n}")],
    "calls with an index": lambda n: [call("f", "{}", index=n, id=f"id {n}")],
    "a new id with each piece": lambda n: [call("f", "x", index=0, id=f"id {n}")],
    "whole calls at index 0": lambda n: [call("f", "{}", index=0, id=f"id {n}")],
}


@pytest.mark.parametrize("kind", MANY)
def test_twice_the_pieces_are_twice_the_work(kind: str) -> None:
    few, many = (lines_run([MANY[kind](n) for n in range(count)]) for count in (100, 200))
    assert many < 2.2 * few


def test_arguments_are_decoded_only_where_they_may_be_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decoded = 0

    def counting(data: bytes) -> Json:
        nonlocal decoded
        decoded += len(data)
        return decode_json(data)

    monkeypatch.setattr(chat_arguments, "decode_json", counting)
    first = call("f", '{"a":"', index=0, id="first")
    told([first], *([call("f", '}\\"{', index=0, id=f"id {n}")] for n in range(500)))
    assert decoded == 0
    deltas = told([first], [call("f", 'x"}', index=0, id="b")], [call("f", "[]", index=0, id="c")])
    assert decoded == len('{"a":"x"}')
    assert [one[3] for one in calls_of(deltas)] == [{"a": "x"}, []]


@pytest.mark.parametrize(
    ("pieces", "whole"),
    [
        (["{", "}"], True),
        (['{"a":', '"}', '"'], False),
        (['{"a":"\\', '"}', '"}'], True),
        (['"a', '"'], True),
        (["12", "3"], True),
        (["nul", "l"], True),
        (["x"], False),
        (["x", "{}"], False),
        (["}", "{"], False),
        (["{}{", "}"], False),
        (["1" * 41], False),
    ],
)
def test_whether_arguments_are_whole(pieces: list[str], whole: bool) -> None:
    arguments = chat_arguments.Arguments()
    for piece in pieces:
        arguments.add(piece)
    assert arguments.are_whole() is whole
    assert arguments.are_whole() is whole
