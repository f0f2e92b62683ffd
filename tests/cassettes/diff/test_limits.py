"""What docs/diff.md says is not compared."""

from typing import Any

import pytest

from tests.cassettes.diff.streams import side
from tests.cassettes.diff.test_matrix import of_deltas
from wiretape.cassettes.diff.comparing import compare
from wiretape.cassettes.model import Interaction


def call(arguments: str) -> dict[str, Any]:
    """A delta that calls a tool."""
    function = {"name": "now", "arguments": arguments}
    return {"tool_calls": [{"index": 0, "id": "x", "type": "function", "function": function}]}


def said(text: str) -> dict[str, Any]:
    """A delta of text."""
    return {"content": text}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            of_deltas(said("a "), call("{}"), said("b")),
            of_deltas(said("a "), said("b"), call("{}")),
        ),
        (of_deltas(call('{"a":1,"a":2}')), of_deltas(call('{"a":3,"a":2}'))),
        (of_deltas(call('{"a":"\\ud800"}')), of_deltas(call('{"a":"\\udfff"}'))),
    ],
    ids=["where a call stands", "a name twice", "halves of a character"],
)
def test_it_is_not_compared(one: Interaction, other: Interaction) -> None:
    found = compare(["a", "b"], [side(one), side(other)]).differences[0]
    assert [difference for difference in found if difference.counts] == []
