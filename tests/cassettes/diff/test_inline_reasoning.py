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
        ("<think>say `</think>` now</think>c", "say `</think>` now", "c"),
        ('<think>say "</think>", yes</think>c', 'say "</think>", yes', "c"),
        ("<think>say '</think>', yes</think>c", "say '</think>', yes", "c"),
        ("<think>I close with </think> soon.\n</think>\n\nc", "I close with </think> soon.", "c"),
        ("<think>```\n</think>\n```\n</think>c", "```\n</think>\n```", "c"),
        ("<think>a <think>b</think> d</think>c", "a <think>b</think> d", "c"),
        ("<think>\na\n<think>\nb\n</think>\nd\n</think>\nc", "a\n<think>\nb\n</think>\nd", "c"),
        ("<think>a</think>c <think>b</think> d", "a", "c <think>b</think> d"),
        ("<think>a</think>c\n<think>\nb\n</think>\nd", "a", "c\n<think>\nb\n</think>\nd"),
        ("<think>a\n<think>b</think>c", "a\n<think>b", "c"),
        ("<think> a </think> c", "a", "c"),
        ("<think>it is `a</think>c` so", "it is `a", "c` so"),
        ("<think>```a\n</think>c", "```a", "c"),
        ("a.</think>\nc", "a.", "c"),
        ("a </think> \n\nc", "a", "c"),
        ("a\n</think>c", "a", "c"),
        ("I say `</think>` now.\n</think>\n\nc", "I say `</think>` now.", "c"),
        ("a\n</think>\n", "a", ""),
        ("a.</think>", "a.", ""),
        ("</think>\n\nc", "", "c"),
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
        "Answer A is right. The </think> tag closes it.",
        "Answer A is right. It ends with </think>",
        "a.</think>c",
        "a\n</think>\nb\n</think>\nc",
        "a:\n\n    </think>\n\nc",
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


def test_reasoning_that_never_ends_is_another() -> None:
    sides = [side(chat(Said(text))) for text in ("<think>a b", "<think>a b</think>")]
    (found,) = [one for one in compare(["a", "b"], sides).differences[0] if one.counts]
    assert found.words == "reasoning: unclosed in the text on a, inline in the text on b"
    assert not any(one.counts for one in compare(["a", "b"], sides[:1] * 2).differences[0])


def test_prose_about_the_tag_is_no_reasoning() -> None:
    about = "Answer {} is right. The </think> tag closes it."
    sides = [side(chat(Said(about.format(answer)))) for answer in "AB"]
    comparison = compare(["a", "b"], sides)
    assert comparison.verdict == "other text (89% of the words in common)"


def test_many_tags_take_no_time() -> None:
    # Counting anew for each tag what stands before it, this would not end.
    assert inline_reasoning("<think>" * 50_000 + "```</think>" * 50_000) is not None


def test_the_answer_as_it_was_read_keeps_the_tags() -> None:
    inline = chat(Said("<think>a</think>b"))
    assert read_meaning(inline).answer.text == "<think>a</think>b"
    assert side(inline).measured.text_chars == len("<think>a</think>b")
    assert side(inline).meaning.answer.text == "b"
