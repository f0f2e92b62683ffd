"""Deltas become an answer."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiretape.cassettes.dialects.answering import answer_of
from wiretape.cassettes.dialects.delta import (
    Delta,
    End,
    Error,
    Finish,
    Media,
    Meta,
    Reasoning,
    ReasoningOpaque,
    Refusal,
    Start,
    Text,
    ToolArgs,
    ToolEnd,
    ToolOutput,
    ToolStart,
    ToolStatus,
    Usage,
)
from wiretape.cassettes.dialects.json_path import MOST_ELEMENTS, assembled


def at(number: int) -> tuple[int, int]:
    """Frame and time."""
    return number, number * 1000


def test_texts_of_one_part_are_joined_and_parts_keep_their_order() -> None:
    answer = answer_of(
        [
            Start(*at(1), id="r", model="m"),
            Reasoning(*at(2), part="0", delta="think", form="summary"),
            Text(*at(3), part="1", delta="He"),
            Text(*at(4), part="2", delta="aside", channel="commentary"),
            Text(*at(5), part="1", delta="llo"),
            Finish(*at(6), reason="stop", raw_reason="stop"),
            End(*at(7), via="sentinel"),
        ]
    )
    assert (answer.id, answer.model, answer.ended) == ("r", "m", True)
    (choice,) = answer.choices
    assert [(part.part, part.text, part.channel) for part in choice.texts] == [
        ("1", "Hello", "final"),
        ("2", "aside", "commentary"),
    ]
    assert answer.text == "Helloaside"
    assert [(part.form, part.text) for part in choice.reasoning] == [("summary", "think")]
    assert choice.finish is not None
    assert choice.finish.reason == "stop"


def test_choices_are_apart_and_in_order() -> None:
    answer = answer_of(
        [
            Text(*at(1), part="c", choice=1, delta="b"),
            Text(*at(1), part="c", choice=0, delta="a"),
            Refusal(*at(2), part="r", choice=1, delta="no"),
        ]
    )
    assert [(choice.index, choice.text, choice.refusal) for choice in answer.choices] == [
        (0, "a", ""),
        (1, "b", "no"),
    ]


def call_of(*deltas: Delta) -> tuple[str, object]:
    (call,) = answer_of(deltas).choices[0].tool_calls
    return call.args_raw, call.args


def test_arguments_are_parsed() -> None:
    start = ToolStart(*at(1), part="t", name="f", call_id="c")
    pieces = (ToolArgs(*at(2), part="t", delta='{"a"'), ToolArgs(*at(3), part="t", delta=":1}"))
    assert call_of(start, *pieces) == ('{"a":1}', {"a": 1})
    assert call_of(start, ToolArgs(*at(2), part="t", delta="")) == ("", {})
    assert call_of(start, pieces[0]) == ('{"a"', None)
    assert call_of(start, ToolArgs(*at(2), part="t", delta="1", encoding="freeform")) == ("1", None)
    assert call_of(start, *pieces, ToolEnd(*at(4), part="t", args_raw='{"b":2}')) == (
        '{"b":2}',
        {"b": 2},
    )


def test_a_start_that_is_repeated_keeps_what_it_said_before() -> None:
    answer = answer_of(
        [
            ToolStart(*at(1), part="t", name="f", call_id="c", tool_type="function"),
            ToolStart(*at(2), part="t"),
            ToolStatus(*at(3), part="t", status="searching"),
            ToolStatus(*at(4), part="t", status="completed"),
            ToolOutput(*at(5), part="t", content="out"),
            ToolOutput(*at(6), part="t", content={"e": 1}, is_error=True),
        ]
    )
    (call,) = answer.choices[0].tool_calls
    assert (call.name, call.call_id, call.tool_type, call.status) == (
        "f",
        "c",
        "function",
        "completed",
    )
    assert (call.outputs, call.is_error) == (("out", {"e": 1}), True)


def test_usage_overwrites_what_it_tells_anew() -> None:
    answer = answer_of([Usage(*at(1), input=10, output=1, mode="running"), Usage(*at(2), output=7)])
    assert answer.usage is not None
    assert (answer.usage.input, answer.usage.output, answer.usage.mode) == (10, 7, "final")


def test_a_reset_attempt_is_forgotten() -> None:
    answer = answer_of(
        [
            Start(*at(1), id="first"),
            Text(*at(2), part="0", delta="lost"),
            Meta(*at(3), what="attempt_reset"),
            Start(*at(3), id="second"),
            Text(*at(4), part="0", delta="kept"),
        ]
    )
    assert (answer.id, answer.text) == ("second", "kept")


def test_the_snapshot_wins() -> None:
    mismatch = Meta(*at(3), what="snapshot_mismatch", value={"part": "0", "text": "whole"})
    assert answer_of([Text(*at(1), part="0", delta="wh"), mismatch]).text == "whole"


def test_previews_give_way_to_the_whole_image() -> None:
    preview = Media(*at(1), part="0", modality="image", partial_index=0, final=False)
    whole = Media(*at(2), part="0", modality="image", sha256="x")
    assert answer_of([preview, whole]).choices[0].media == (whole,)
    assert answer_of([preview]).choices[0].media == (preview,)


def test_only_the_last_opaque_reasoning_of_a_part_counts() -> None:
    early = ReasoningOpaque(*at(1), part="0", size=1, sha256="a")
    late = ReasoningOpaque(*at(2), part="0", size=2, sha256="b")
    other = ReasoningOpaque(*at(2), part="1", size=3, sha256="c")
    assert answer_of([early, other, late]).choices[0].opaque == (late, other)


def test_errors_and_an_unclean_end() -> None:
    error = Error(*at(2), origin="stream", message="overloaded")
    answer = answer_of([error, End(*at(3), via="eof", clean=False)])
    assert (answer.errors, answer.ended, answer.choices) == ((error,), False, ())


def test_values_at_paths_are_put_together() -> None:
    assert (
        assembled(
            [
                '{"path":"$.city.name","value":"Ber","more":true}',
                '{"path":"$.city.name","value":"lin"}',
                '{"path":"$.days[1]","value":2}',
                '{"path":"$[\'unit\']","value":"C"}',
            ]
        )
        == '{"city":{"name":"Berlin"},"days":[null,2],"unit":"C"}'
    )


def test_a_path_that_cannot_be_meant_is_left_out() -> None:
    deep = "$" + ".a" * 10_000
    assert assembled([f'{{"path":"{deep}","value":1}}', "no json", '{"value":1}']) == "{}"
    assert assembled([f'{{"path":"$.a[{MOST_ELEMENTS}]","value":1}}']) == '{"a":[]}'


@pytest.mark.parametrize(
    ("path", "whole"),
    [
        ("$.sales['2024']", {"sales": {"2024": 1}}),
        ("$['a.b']", {"a.b": 1}),
        ('$["a.b"].c', {"a.b": {"c": 1}}),
        ("$['a]b[0']", {"a]b[0": 1}),
        (r"$['it\'s']", {"it's": 1}),
        (r"$['a\\b\n\u00e9\ud83d\ude00']", {"a\\b\né😀": 1}),
        (r"$['\ud83d']", {"\ufffd": 1}),
        ("$['']", {"": 1}),
        ("$['a'][ 1 ]['b']", {"a": [None, {"b": 1}]}),
        ("$[ 'a' ]", {"a": 1}),
        ("city", {"city": 1}),
        ("$['a", {}),
        ("$['a'b]", {}),
        ("$.a[", {}),
        ("$.a[" + "9" * 5000 + "]", {"a": []}),
    ],
)
def test_a_path_has_quoted_names(path: str, whole: Any) -> None:
    piece = msgspec.json.encode({"path": path, "value": 1}).decode()
    assert msgspec.json.decode(assembled([piece])) == whole


@given(st.lists(st.text(alphabet='$.[]"{}:ab01', max_size=30)))
def test_pieces_that_are_anything(pieces: list[str]) -> None:
    assembled(pieces)


@given(st.text(alphabet="$.[]'\"ab01 ud8\\", max_size=30))
def test_paths_that_are_anything(path: str) -> None:
    assembled([msgspec.json.encode({"path": path, "value": 1}).decode()])
