"""What one side has because it says other things is no other grammar, and no extension."""

from collections import defaultdict

import pytest

from tests import corpus
from tests.cassettes.diff.streams import Call, Said, chat, read_in, side
from tests.cassettes.test_meaning import from_corpus
from wiretape.cassettes.diff.comparing import compare, side_of
from wiretape.cassettes.diff.comparison import Side
from wiretape.cassettes.diff.grammar import gathered

OTHERWISE = [
    # a stream and a batch
    [
        "events only on a: message_start, message_delta, message_stop; "
        "events only on b: start, finish",
        "`event:` lines only on a",
    ],
    ["members only on a: candidates[].finishMessage"],  # of a malformed call
    ["members only on a: message.usage.service_tier"],  # recorded a year later
    ["members only on b: delta.usage.tokens.reasoning_tokens"],
    ["members only on b: trace"],  # was asked for
]
"""What differs between turns of one model for other reasons."""


def told(a: Side, b: Side) -> list[str]:
    """What is said of how the answers were told."""
    found = compare(["a", "b"], [a, b]).differences[0]
    return [one.words for one in found if one.aspect in ("grammar", "extensions")]


@pytest.mark.corpus
def test_real_turns_with_a_tool_and_without() -> None:
    turns: dict[tuple[str, str, str], dict[bool, Side]] = defaultdict(dict)
    for stream in corpus.streams():
        one = side_of("", "", from_corpus(stream), checked=False)
        if one.meaning.answer.choices and not one.meaning.answer.errors:
            key = (one.meaning.api, stream.provider_host, one.measured.model)
            calls = bool(one.meaning.answer.choices[0].tool_calls)
            turns[key].setdefault(calls, one)
    both = {key: found for key, found in turns.items() if len(found) == 2}
    assert len(both) >= 20
    words = [told(found[True], found[False]) for found in both.values()]
    assert sorted(filter(None, words)) == OTHERWISE


def test_an_error_half_way_lacks_nothing_though_the_stream_says_that_it_is_over() -> None:
    whole = chat(Said("One two three."), borders=(3, 7))
    body = whole.response.body if whole.response else b""
    events = body.split(b"\n\n")
    error = b'data: {"error":{"message":"Overloaded","code":"overloaded"}}'
    broken = read_in(b"\n\n".join([*events[:2], error, b"data: [DONE]", b""]))
    assert told(side(broken), side(whole)) == []
    assert told(side(whole), side(broken)) == []


def test_a_call_without_arguments_lacks_no_pieces_of_them() -> None:
    a, b = (side(chat(Said(calls=(Call("now", args),)))) for args in ({}, {"zone": "UTC"}))
    assert told(a, b) == []


def test_what_several_events_have_at_one_place_is_said_once() -> None:
    names = ["response.created $.model", "response.done $.model", "x $.y", "$.z", "z $.model"]
    assert gathered(names) == ["response.created and 2 more $.model", "x $.y", "$.z"]
    assert gathered([]) == []
