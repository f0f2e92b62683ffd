"""Texts by their words: what is marked, and that it stays readable and fast."""

from hypothesis import given
from hypothesis import strategies as st

from tests.cassettes.diff.streams import texts
from wiretape.cassettes.diff.words import text_diff, word_count


def marked(a: str, b: str) -> list[tuple[str, str, str]]:
    return [(span.op, span.a, span.b) for span in text_diff(a, b).spans]


def test_words_put_otherwise() -> None:
    assert marked("a light wind from the west", "a gentle breeze from the west") == [
        ("same", "a ", "a "),
        ("rephrased", "light wind ", "gentle breeze "),
        ("same", "from the west", "from the west"),
    ]


def test_words_gone_and_new() -> None:
    assert marked("one two three", "one three") == [
        ("same", "one ", "one "),
        ("removed", "two ", ""),
        ("same", "three", "three"),
    ]
    assert marked("", "new") == [("added", "", "new")]


def test_a_passage_that_moved_is_no_loss() -> None:
    first, other = "Chop the onions as finely as you can", "Then heat the oil in a large pan"
    ops = [op for op, _, _ in marked(f"{first}. {other}.", f"{other}. {first}.")]
    assert "moved_from" in ops
    assert "moved_to" in ops
    assert text_diff(f"{first}. {other}.", f"{other}. {first}.").agreement == 1


def test_no_confetti_of_little_words() -> None:
    spans = text_diff(
        "Why did the span cross the whole road to get to the other trace",
        "A collector of the logs walks into the bar to drink with all of the others",
    ).spans
    assert len(spans) <= 3


def test_whitespace_and_punctuation_alone() -> None:
    assert text_diff("1\n2\n3", "1 2 3").alike == "punctuation"
    assert text_diff("1\n2\n3", "1, 2, 3.").alike == "words"
    assert text_diff("1 2 3", "1 2 4").alike == ""
    assert text_diff(" ", "").alike == "punctuation"


def test_numbers_and_names_are_one_word() -> None:
    assert word_count("At 52.5200, it's 15:30.") == 4
    assert word_count("\u4f60\u597d\u4e16\u754c") == 4


def test_repeated_words_take_no_time() -> None:
    # With a table of words times words, this would not end.
    diff = text_diff("a b " * 100_000, "b c " * 100_000)
    assert diff.words == (200_000, 200_000)
    long = " ".join(f"w{n * n % 9973}" for n in range(100_000))
    assert text_diff(long, long.replace("w42 ", "w43 ")).agreement > 0.99


alphabet = st.text("ab.,\n \u00e4\u4f60'1", max_size=60)


@given(alphabet | texts, alphabet | texts)
def test_the_spans_hold_both_texts(a: str, b: str) -> None:
    spans = text_diff(a, b).spans
    assert "".join(span.a for span in spans) == a
    assert "".join(span.b for span in spans) == b


@given(alphabet | texts, alphabet | texts)
def test_mirrored(a: str, b: str) -> None:
    there, back = text_diff(a, b), text_diff(b, a)
    assert (there.common, there.words) == (back.common, back.words[::-1])
    assert there.alike == back.alike
    assert sorted((s.b, s.a) for s in there.spans) == sorted((s.a, s.b) for s in back.spans)
