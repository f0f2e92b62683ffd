"""The line on a comparison."""

import pytest

from tests.cassettes.diff.streams import Call, Said, chat, side
from tests.cassettes.diff.test_matrix import calls
from tests.interactions import make_interaction, make_request
from wiretape.cassettes.diff.comparing import compare
from wiretape.cassettes.model import Interaction

UNKNOWN = make_request(target="/x/y", body=b'{"prompt":"q"}')


def unknown(*words: bytes) -> Interaction:
    """A stream of which nobody knows the API."""
    body = b"".join(b"data: %s\n\n" % word for word in words)
    return make_interaction([(10, body)], request=UNKNOWN)


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
