"""Texts by their words: what is marked, and that it stays readable and fast."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cassettes.diff.streams import texts
from wiretape.cassettes.diff import words
from wiretape.cassettes.diff.tokens import Words, is_word, word_count
from wiretape.cassettes.diff.words import text_diff


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


@pytest.mark.parametrize(
    ("a", "b", "alike"),
    [
        ("1\n2\n3", "1 2 3", "whitespace"),
        ("a\u00a0b", "a b", "whitespace"),
        (" ", "", "whitespace"),
        ("1\n2\n3", "1, 2, 3.", "punctuation"),
        ("* a\n* b", "- a\n- b", "punctuation"),
        ("# Title", "**Title**", "punctuation"),
        ("say `ls`", "say 'ls'", "punctuation"),
        ("3-5", "3 5", "punctuation"),
        ("it's", "it\u2019s", "punctuation"),
        ("'a'", "'a\u2019", "punctuation"),
        ("it\u2019s it's", "it's it\u2019s", "punctuation"),
        ("it\u2019s\u200b", "it\u2019s", "unseen"),
        ("YES", "yes", "case"),
        ("YES 5%", "yes 5", "case and signs"),
        ("5%", "5", "signs"),
        ("$5", "\u20ac5", "signs"),
        ("-$5", "$5", "signs"),
        ("C#", "C", "signs"),
        ("a == b", "a != b", "signs"),
        ("1 < 2", "1 > 2", "signs"),
        ("2*3", "2/3", "signs"),
        ("2 * 3", "2 / 3", "signs"),
        ("+", "-", "signs"),
        ("\u2705", "\u274c", "signs"),
        ("\U0001f1e9\U0001f1ea", "\U0001f1eb\U0001f1f7", "signs"),
        (
            "\U0001f468\u200d\U0001f469\u200d\U0001f467",
            "\U0001f468\u200d\U0001f469\u200d\U0001f466",
            "signs",
        ),
        ("\U0001f468\u200d\U0001f469", "\U0001f468\U0001f469", "signs"),
        ("caf\u00e9", "cafe\u0301", "unseen"),
        ("he\u200bllo", "hello", "unseen"),
        ("-5", "5", ""),
        (".5", "5", ""),
        ("1 2 3", "1 2 4", ""),
    ],
)
def test_in_what_texts_of_the_same_words_differ(a: str, b: str, alike: str) -> None:
    assert text_diff(a, b).alike == text_diff(b, a).alike == alike


@pytest.mark.parametrize(
    ("text", "clusters"),
    [
        ("\u0e17\u0e35\u0e48\u0e19\u0e49\u0e33", ["\u0e17\u0e35\u0e48", "\u0e19\u0e49\u0e33"]),
        ("\u0e99\u0ec9\u0eb3\u0e94\u0eb5", ["\u0e99\u0ec9\u0eb3", "\u0e94\u0eb5"]),
        ("\u1781\u17d2\u1798\u17c2\u179a", ["\u1781\u17d2\u1798\u17c2", "\u179a"]),
        ("\u1019\u103c\u1014\u103a\u1019\u102c", ["\u1019\u103c", "\u1014\u103a", "\u1019\u102c"]),
        ("AI\u0e40\u0e1b\u0e47\u0e19 5", ["AI", "\u0e40", "\u0e1b\u0e47", "\u0e19", "5"]),
        ("\u0e51\u0e52 \u0e3f", ["\u0e51\u0e52", "\u0e3f"]),
    ],
)
def test_a_letter_with_its_marks_is_one(text: str, clusters: list[str]) -> None:
    assert Words(text).words == clusters
    assert word_count(text) == sum(map(is_word, clusters))


def test_no_letter_of_these_scripts_is_lost() -> None:
    text = "".join(map(chr, (*range(0xE00, 0xF00), *range(0x1000, 0x10A0), *range(0x1780, 0x1800))))
    kept = "".join(Words(text).words)
    assert all(character in kept for character in text if character.isalnum())


@pytest.mark.parametrize(
    ("end", "others"),
    [
        ("\u2705 done", ()),
        ("\u274c done", ("signs",)),
        ("\u2705 Done", ("case",)),
        ("\u2705 done!", ("punctuation",)),
        ("\u274c DONE!", ("case", "signs", "punctuation")),
    ],
)
def test_what_else_is_other_in_another_order(end: str, others: tuple[str, ...]) -> None:
    a = "the deploy is \u2705 done and the sea is blue"
    b = f"the sea is blue and the deploy is {end}"
    assert text_diff(a, b).others == text_diff(b, a).others == others
    assert text_diff(a, b).agreement == 1


def test_a_long_text_is_compared_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "MOST_COMPARED", 40)
    start = "the same words at the beginning of it "
    diff = text_diff(start + "one " * 20 + "end", start + "two " * 20)
    assert diff.cut
    assert diff.alike == ""
    assert [span.op for span in diff.spans] == ["same", "rephrased", "removed", "added"]
    assert "".join(span.a for span in diff.spans) == start + "one " * 20 + "end"
    assert "".join(span.b for span in diff.spans) == start + "two " * 20
    assert diff.words == (10, 10)
    same_end = text_diff(start + "one " + "two " * 20, start + "six " + "two " * 20)
    assert not same_end.cut
    assert same_end.words == (10, 10)


def test_passages_are_moved_by_five_words() -> None:
    code = text_diff('foo(bar[1], "x");', 'foo(bar[2], "x"); // ok')
    assert "moved_from" not in [span.op for span in code.spans]
    there = "one, two, three, four, five; "
    moved = text_diff(f"{there}a b c d e f g h i j k l", f"a b c d e f g h i j k l {there}")
    assert "moved_from" in [span.op for span in moved.spans]


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
