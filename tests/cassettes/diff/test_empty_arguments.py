"""A call without arguments is one call, however its API writes none."""

from itertools import permutations
from typing import Any

import pytest

from tests.cassettes.diff.streams import Said, chat, read_in, side
from tests.cassettes.diff.test_matrix import of_choices
from wiretape.cassettes.diff.comparing import compare
from wiretape.cassettes.model import Interaction

NO_JSON = ("{", '{"a"', "now!")


def called(**arguments: str) -> Interaction:
    """Of Chat Completions."""
    function = {"name": "now", **arguments}
    call = {"index": 0, "id": "call_1", "type": "function", "function": function}
    delta: dict[str, Any] = {"role": "assistant", "tool_calls": [call]}
    return of_choices(
        [
            {"index": 0, "delta": delta, "finish_reason": None},
            {"index": 0, "delta": {}, "finish_reason": "tool_calls"},
        ]
    )


NONE = {"empty": called(arguments=""), "object": called(arguments="{}"), "absent": called()}


@pytest.mark.parametrize(("one", "other"), list(permutations(NONE, 2)))
def test_no_arguments_are_one_call(one: str, other: str) -> None:
    comparison = compare([one, other], [side(NONE[one]), side(NONE[other])])
    # That a member is not there, and that "" is no JSON, is said of the stream, not of the call.
    assert {d.aspect for d in comparison.differences[0]} <= {"extensions", "findings"}
    assert comparison.verdict.startswith("same tools")


@pytest.mark.parametrize("piece", NO_JSON)
def test_arguments_that_are_no_json_are_shown(piece: str) -> None:
    a, b = side(NONE["object"]), side(called(arguments=piece))
    words = [one.words for one in compare(["a", "b"], [a, b]).differences[0]]
    assert f"tool 1.arguments: {{}} on a, {piece} on b" in words


def test_a_call_that_was_cut_has_no_arguments() -> None:
    whole = called()
    body = whole.response.body if whole.response else b""
    cut = read_in(body.split(b"\n\n")[0] + b"\n\n")
    words = [one.words for one in compare(["a", "b"], [side(whole), side(cut)]).differences[0]]
    assert "tool 1.arguments: {} on a, none on b" in words


def test_words_of_a_text_without_words() -> None:
    a, b = side(chat(Said(""))), side(chat(Said("...")))
    (found,) = [one for one in compare(["a", "b"], [a, b]).differences[0] if one.aspect == "text"]
    assert found.words == "text: none on a, ... on b"
