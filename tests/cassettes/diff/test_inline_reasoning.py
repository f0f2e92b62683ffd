"""Reasoning in the text: what is taken for it, and what is not."""

import pytest

from tests.cassettes.diff.streams import Said, chat, side
from wiretape.cassettes.diff.comparing import compare
from wiretape.cassettes.diff.inline_reasoning import inline_reasoning
from wiretape.cassettes.meaning import read_meaning

OPEN = chat(Said("Three.", reasoning="Let me count."))


@pytest.mark.parametrize(
    ("text", "reasoning", "answer"),
    [
        ("<think>a b</think>c", "a b", "c"),
        ("\n <think>\na b\n</think>\n\nc", "a b", "c"),
        ("<thinking>a</thinking>c", "a", "c"),
        ("a b\n</think>\n\nc", "a b", "c"),
        ("<think>a b", "a b", ""),
        ("<think></think>c", "", "c"),
        ("<think>\n\n</think>\n\nc </think>", "", "c </think>"),
        ("<think>say `</think>` now</think>c", "say `", "` now</think>c"),
    ],
)
def test_what_is_taken_for_reasoning(text: str, reasoning: str, answer: str) -> None:
    found = inline_reasoning(text)
    assert found is not None
    assert (found.reasoning, text[found.ends :]) == (reasoning, answer)


@pytest.mark.parametrize(
    "text",
    [
        "I think.",
        "c <think>a</think>",
        "Close it with `</think>`.",
        'It ends with "</think>".',
        "```html\na</think>\n```",
        "one </think> two </think> three",
        "<thinker>a</thinker>",
        "a</thinking>c",
        "",
    ],
)
def test_what_is_not(text: str) -> None:
    assert inline_reasoning(text) is None
    interaction = chat(Said(text))
    assert side(interaction).meaning.answer == read_meaning(interaction).answer


@pytest.mark.parametrize("borders", [(), (3, 9, 20, 31), range(60)])
def test_however_it_is_cut_it_is_the_same_reasoning(borders: tuple[int, ...]) -> None:
    inline = chat(Said("<think>\nLet me count.\n</think>\n\nThree."), borders=borders)
    comparison = compare(["a", "b"], [side(inline), side(OPEN)])
    (found,) = [one for one in comparison.differences[0] if one.aspect != "extensions"]
    assert (found.a, found.b, found.counts) == ("inline", "raw", True)
    assert comparison.verdict == "same text; a thinks inside its text, b thinks in the open"


def test_the_answer_as_it_was_read_keeps_the_tags() -> None:
    inline = chat(Said("<think>a</think>b"))
    assert read_meaning(inline).answer.text == "<think>a</think>b"
    assert side(inline).measured.text_chars == len("<think>a</think>b")
    assert side(inline).meaning.answer.text == "b"
