"""Comparisons with tolerances, of many sides, of nothing."""

import pytest

from tests.cassettes.diff.streams import Call, Said, chat, side
from tests.interactions import make_interaction, make_request
from wiretape.cassettes.diff.comparing import compare
from wiretape.cassettes.diff.comparison import Comparison, Side, Tolerance
from wiretape.cassettes.diff.measures import NAMES

HELLO = Said("Hello, world")


def timed(*at_ms: float, tokens: int = 5) -> Side:
    """A side whose words came at these times."""
    head = b'data: {"object":"chat.completion.chunk","id":"c","model":"m","choices":['
    word = head + b'{"index":0,"delta":{"content":"word "}}]}\n\n'
    usage = head + b'],"usage":{"prompt_tokens":10,"completion_tokens":%d}}\n\n' % tokens
    pieces = [(at, word) for at in at_ms] + [(at_ms[-1], usage + b"data: [DONE]\n\n")]
    return side(make_interaction(pieces, request=make_request(target="/v1/chat/completions")))


def both(a: Side, b: Side, **fractions: float) -> Comparison:
    return compare(["one", "two"], [a, b], Tolerance(fractions))


def test_pace_is_compared_where_it_is_asked_for() -> None:
    a, b = timed(100, 200), timed(250, 350)
    assert both(a, b).differences == ((),)
    assert both(a, b).verdict == "same text; first token 2.5x later on two"
    (found,) = both(a, b, ttft=0.2).differences[0]
    assert found.words == "first token: 100 ms on one, 250 ms on two (beyond 20%)"
    assert not both(a, b, ttft=0.2).same
    assert both(a, b, ttft=2).same


def test_the_tolerance_is_of_the_first_side() -> None:
    assert not both(timed(100, 200), timed(150, 200), ttft=0.4).same
    assert both(timed(150, 200), timed(100, 200), ttft=0.4).same


def test_usage_counts_only_beyond_a_tolerance() -> None:
    a, b = timed(100, tokens=10), timed(100, tokens=12)
    assert both(a, b).same
    assert [one.words for one in both(a, b).differences[0]] == [
        "output tokens: 10 on one, 12 on two"
    ]
    assert both(a, b, output_tokens=0.3).same
    assert not both(a, b, output_tokens=0.1).same


def test_a_measure_that_one_side_does_not_have() -> None:
    silent = side(make_interaction([], request=make_request(target="/v1/chat/completions")))
    words = [one.words for one in both(timed(100), silent, ttft=0.2).differences[0]]
    assert "first token: 100 ms on one, none on two (beyond 20%)" in words


def test_every_name_of_a_tolerance_is_a_measure() -> None:
    fractions = dict.fromkeys(NAMES, 0.0)
    assert both(timed(100, 200), timed(100, 200), **fractions).differences == ((),)


def test_many_sides() -> None:
    called = Said(calls=(Call("weather", {"city": "Berlin"}),), finish="tool_calls")
    sides = [side(chat(said)) for said in (HELLO, HELLO, called, Said("Hello, moon"))]
    comparison = compare(["a", "b", "c", "d"], sides)
    assert comparison.verdict == "of 3 others, as on a: text on 1, tools on 2, finish on 2"
    rows = {row.name: row for row in comparison.rows}
    assert rows["text"].cells == ("2 words", "same", "none", "50%")
    assert rows["text"].differs == (False, False, True, True)
    assert rows["tools"].cells == ("none", "none", "weather", "none")
    assert all(len(row.cells) == len(row.differs) == 4 for row in comparison.rows)
    assert compare(["a", "b", "c"], [sides[0]] * 3).verdict == "same on all 3"


def test_a_side_that_is_not_there() -> None:
    here = side(chat(HELLO))
    for sides in ([here, None], [None, here]):
        comparison = compare(["one", "two"], sides)
        assert not comparison.same
        assert comparison.verdict == f"only on {'one' if sides[0] else 'two'}"
    with pytest.raises(ValueError, match="one side that is there"):
        compare(["one", "two"], [None, None])


def test_prompts_that_differ_are_said() -> None:
    ours = side(chat(HELLO))
    asked = make_request(target="/v1/chat/completions", body=b'{"messages":[{"content":"Ho"}]}')
    body = ours.interaction.response.body if ours.interaction.response else b""
    other = side(make_interaction([(10, body)], request=asked))
    assert both(ours, other).remarks == ("one and two were not asked the same: the turns differ",)


@pytest.mark.parametrize(("whole", "same"), [(True, True), (False, False)])
def test_leaving_behind_the_last_word_does_not_count(whole: bool, same: bool) -> None:
    request = make_request(target="/v1/chat/completions")
    chunk = b'data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"a"}'
    pieces = [(10.0, chunk + b',"finish_reason":"stop"}]}\n\n')]
    pieces += [(20.0, b"data: [DONE]\n\n")] if whole else []
    to_the_end = side(make_interaction(pieces, request=request))
    left = side(make_interaction(pieces, request=request, ending="client_left"))
    comparison = both(to_the_end, left)
    assert comparison.same is same
    assert [one.aspect for one in comparison.differences[0]][:1] == ["ending"]
