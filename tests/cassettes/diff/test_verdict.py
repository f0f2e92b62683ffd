"""The line on a comparison."""

import msgspec
import pytest

from tests.cassettes.diff.streams import CHAT, Call, Said, chat, side
from tests.cassettes.diff.test_matrix import calls, cited, failed, of_deltas
from tests.interactions import make_interaction, make_request
from wiretape.cassettes.diff.comparing import compare
from wiretape.cassettes.model import Interaction

HI = {"content": "Hi"}
UNKNOWN = make_request(target="/x/y", body=b'{"prompt":"q"}')


def unknown(*words: bytes) -> Interaction:
    """A stream of which nobody knows the API."""
    body = b"".join(b"data: %s\n\n" % word for word in words)
    return make_interaction([(10, body)], request=UNKNOWN)


def in_one_piece(text: str) -> Interaction:
    """An answer of Chat Completions that was not streamed."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}}
    value = {"id": "c", "object": "chat.completion", "created": 1, "model": "m"}
    body = msgspec.json.encode({**value, "choices": [{**choice, "finish_reason": "stop"}]})
    head = (("Content-Type", "application/json"),)
    return make_interaction([(10, body)], headers=head, request=CHAT)


def verdict(a: Interaction, b: Interaction) -> str:
    return compare(["a", "b"], [side(a), side(b)]).verdict


def test_an_api_that_is_not_known_does_not_fail() -> None:
    hello = unknown(b"hello", b"there")
    assert verdict(hello, hello) == "same data, of an API that is not known"
    assert verdict(hello, unknown(b"hello", b"moon")) == "other data, of an API that is not known"
    comparison = compare(["a", "b"], [side(hello), side(unknown(b"{}"))])
    assert [one.aspect for one in comparison.differences[0] if one.counts] == ["text"]
    assert next(row for row in comparison.rows if row.name == "status").cells == ("200", "200")
    assert "failed" not in verdict(hello, chat(Said("hello")))


def test_what_is_no_json_in_a_known_api_fails() -> None:
    body = b'data: {"object":"chat.completion.chunk"\n\n'
    broken = make_interaction([(10, body)], request=make_request(target="/v1/chat/completions"))
    assert "b failed (not_json)" in verdict(chat(Said("hi")), broken)


@pytest.mark.parametrize(
    ("one", "other", "line"),
    [
        (calls("w", "v"), calls("v", "w"), "same tool calls in another order"),
        (calls("w", "v"), calls("v", "w", city="Paris"), "other tool calls"),
        (calls("w"), calls("w", city="Paris"), "other tool calls"),
        (
            chat(Said("Hi", calls=(Call("w", {}), Call("v", {})))),
            chat(Said("Hi", calls=(Call("v", {}), Call("w", {})))),
            "same text, same tool calls in another order",
        ),
    ],
)
def test_tool_calls(one: Interaction, other: Interaction, line: str) -> None:
    assert verdict(one, other) == line


@pytest.mark.parametrize(
    ("one", "other", "named"),
    [
        (of_deltas({"refusal": "I cannot"}), of_deltas({"refusal": "Never"}), "refusal on 1"),
        (of_deltas(cited("//a")), of_deltas(cited("//b")), "citations on 1"),
        (of_deltas(HI), of_deltas(HI, done=False), "grammar on 1, findings on 1"),
        (of_deltas(HI), in_one_piece("Hi"), "streaming on 1"),
        (of_deltas(HI, zz=1), of_deltas(HI), "extensions on 1"),
        (failed("bad name"), failed("no quota"), "errors on 1"),
    ],
)
def test_of_many_sides_all_that_differs_is_named(
    one: Interaction, other: Interaction, named: str
) -> None:
    line = compare(["a", "b", "c"], [side(one), side(other), side(one)]).verdict
    assert line.endswith(f"of 2 others, as on a: {named}")


def test_where_sides_lack_it_all_are_those_that_are_there() -> None:
    here = side(of_deltas(HI))
    line = compare(["a", "b", "c"], [here, here, None]).verdict
    assert line == "not on c; same text, finish on all that are there"


def test_of_a_stream_and_an_answer_in_one_piece() -> None:
    line = compare(["a", "b"], [side(of_deltas(HI)), side(in_one_piece("Hi"))]).verdict
    assert line == "same text; answer: streamed on a, in one piece on b"
