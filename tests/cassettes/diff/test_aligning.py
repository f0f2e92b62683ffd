"""Tool calls paired, and JSON values held against one another."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cassettes.diff.streams import values
from wiretape.cassettes.dialects.answer import ToolCall
from wiretape.cassettes.diff.aligning import align_calls
from wiretape.cassettes.diff.json_values import ABSENT, places, same_value


def call(name: str, arguments: Any) -> ToolCall:
    raw = msgspec.json.encode(arguments).decode()
    return ToolCall("p", name, "id", "client", "function", raw, arguments)


def test_equal_calls_first_whatever_their_order() -> None:
    a = [call("w", {"city": "Berlin", "days": n}) for n in (1, 2, 3)]
    aligned = align_calls(a, [a[2], a[0], a[1]])
    assert aligned.pairs == ((0, 1), (1, 2), (2, 0))
    assert not aligned.in_order
    assert align_calls(a, a).in_order


def test_then_the_most_alike() -> None:
    a = [call("w", {"city": "Paris", "days": 1, "unit": "C"})]
    b = [
        call("w", {"city": "Rome", "days": 9, "unit": "F"}),
        call("w", {"city": "Paris", "days": 1}),
    ]
    aligned = align_calls(a, b)
    assert (aligned.pairs, aligned.only_a, aligned.only_b) == (((0, 1),), (), (0,))


def test_an_equal_one_goes_before_one_that_is_nearly() -> None:
    nearly, equal = call("w", {"a": list(range(50))}), call("w", {"a": list(range(49))})
    aligned = align_calls([equal], [nearly, equal])
    assert aligned.pairs == ((0, 1),)


def test_another_name_is_another_call() -> None:
    aligned = align_calls([call("w", {})], [call("weather", {})])
    assert (aligned.pairs, aligned.only_a, aligned.only_b) == ((), (0,), (0,))


def test_many_calls_of_one_name_go_by_order() -> None:
    a = [call("w", {"n": n}) for n in range(1000)]
    assert align_calls(a, a[::-1]).pairs == tuple((n, n) for n in range(1000))


drawn = st.lists(st.builds(call, st.sampled_from("vw"), values), max_size=5)


@given(drawn, drawn)
def test_every_call_is_told_once_and_turned_around_alike(
    a: list[ToolCall], b: list[ToolCall]
) -> None:
    there, back = align_calls(a, b), align_calls(b, a)
    assert sorted([one for one, _ in there.pairs] + list(there.only_a)) == list(range(len(a)))
    assert sorted([two for _, two in there.pairs] + list(there.only_b)) == list(range(len(b)))
    assert sorted((two, one) for one, two in back.pairs) == sorted(there.pairs)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ({"x": 1, "y": 2}, {"y": 2.0, "x": 1}, []),
        (1, True, [("", 1, True)]),
        (None, 0, [("", None, 0)]),
        ("1", 1, [("", "1", 1)]),
        ({"x": [1, 2]}, {"x": [1, 3, 4]}, [(".x[1]", 2, 3), (".x[2]", ABSENT, 4)]),
        ({"a b": 1}, {}, [('["a b"]', 1, ABSENT)]),
        ({"x": {}}, {"x": []}, [(".x", {}, [])]),
        ({"x": None}, {}, [(".x", None, ABSENT)]),
    ],
)
def test_where_values_differ(a: Any, b: Any, expected: list[tuple[str, Any, Any]]) -> None:
    assert [(place.path, place.a, place.b) for place in places(a, b)] == expected


@given(values, values)
def test_same_is_symmetric(a: Any, b: Any) -> None:
    assert same_value(a, a)
    assert same_value(a, b) == same_value(b, a)
    if same_value(a, b):
        assert a == b
