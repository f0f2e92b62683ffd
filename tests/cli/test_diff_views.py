"""The formats of `wiretape diff`: marks, folds, widths, and what foreign text may not do."""

import html
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from tests import corpus
from tests.cassettes.test_meaning import CHAT, chat, from_corpus
from tests.cli.processes import make_tape
from tests.cli.test_diff import SCHEMA, called, said
from wiretape.cassettes.diff.comparing import compare, side_of
from wiretape.cassettes.diff.comparison import Aspect, Comparison, Difference, Row, Span
from wiretape.cassettes.diff.measures import NAMES
from wiretape.cassettes.diff.passing import compare_tapes
from wiretape.cassettes.diff.prompts import prompt_of
from wiretape.cassettes.store import Cassette
from wiretape.cli.diff_options import ASPECTS, TOLERANCES, asked
from wiretape.cli.views.diff_json import schema
from wiretape.cli.views.diff_markdown import MOST, MarkdownView
from wiretape.cli.views.diff_matrix import counted_names, matrix
from wiretape.cli.views.diff_spans import bracketed, pieces
from wiretape.cli.views.diff_terminal import TerminalView
from wiretape.cli.views.diff_total import Total, View, numbers_words

EVIL = "\x1b]0;title\x07 <b>`@me` #12 | $x$ *a* _b_ [l](http://x.test) \u202e end"
SIDE = side_of("openai", "a.tape.zst", chat(*CHAT))
SAME_WORDS = " ".join(f"word{n}" for n in range(60))


def two(*differences: Difference, prompt: str = "hi", remarks: tuple[str, ...] = ()) -> Comparison:
    return Comparison(
        prompt, ("openai", "groq"), (SIDE, SIDE), (differences,), (), "different", remarks
    )


def many(count: int) -> Comparison:
    """A matrix such as providers give."""
    labels = tuple(f"provider-{place}" for place in range(count))
    told = (
        ("API", "streaming", ["openai.chat", "anthropic.messages", "gemini.generate"]),
        ("text", "text", ["206 words", "40%", "same words"]),
        ("reasoning", "reasoning", ["none", "summary and encrypted, 214 words"]),
        ("input tokens", "usage", ["80", "1,430"]),
        ("output tokens", "usage", ["638", "4,833"]),
        ("finish", "finish", ["stop"]),
        ("extensions", "extensions", ["none", "usage.cost, provider, native_finish_reason"]),
        ("findings", "findings", ["none", "3 errors, 2 warnings, 1 note"]),
        ("first token", "pace", ["240 ms", "1.31 s", "87 ms"]),
    )
    rows = [
        Row(
            name,
            aspect,  # type: ignore[arg-type]
            tuple(words[place % len(words)] for place in range(count)),
            tuple(place % len(words) > 0 for place in range(count)),
        )
        for name, aspect, words in told
    ]
    none: tuple[tuple[Difference, ...], ...] = ((),) * (count - 1)
    return Comparison("hi", labels, (SIDE,) * count, none, tuple(rows), "different")


def shown(view: View, comparisons: Sequence[Comparison]) -> str:
    total = Total(asked((), (), ()))
    text = ""
    for number, comparison in enumerate(comparisons, 1):
        total.add(comparison)
        text += view.add(number, comparison)
    return text + view.end(total)


def terminal(width: int, *, colour: bool = True) -> Console:
    system = "standard" if colour else None
    return Console(width=width, force_terminal=True, color_system=system)  # type: ignore[arg-type]


# Names


def test_names_are_those_of_the_core() -> None:
    assert set(ASPECTS) == set(get_args(Aspect))
    assert set(TOLERANCES) == set(NAMES)


def test_the_schema_is_the_one_that_is_published() -> None:
    assert json.loads(SCHEMA.read_text()) == schema()
    described = (SCHEMA.parent / "diff-json.md").read_text()
    for definition in schema()["$defs"].values():
        for name in definition["properties"]:
            assert f"`{name}`" in described, name


# Text


def test_spans_have_brackets() -> None:
    spans = (
        Span("same", "It is ", "It is "),
        Span("removed", a="blue"),
        Span("added", b="grey"),
        Span("moved_from", a=" So."),
        Span("rephrased", "old", "new"),
        Span("moved_to", b=" So."),
    )
    assert bracketed(pieces(spans)) == "It is [-blue-]{+grey+}[> So.>][~old~]{~new~}{< So.<}"


def test_long_stretches_are_folded() -> None:
    spans = (
        Span("same", f"{SAME_WORDS} ", f"{SAME_WORDS} "),
        Span("added", b=f"{SAME_WORDS} {SAME_WORDS}"),
        Span("same", SAME_WORDS, SAME_WORDS),
    )
    begin, same, added, end, rest = [text for _, text in pieces(spans)]
    assert begin == "... 50 words the same ... "
    assert same.startswith("word50 ")
    assert same.endswith("word59 ")
    assert "word39 ... 40 words more ... word20" in added
    assert (end.split()[-1], rest) == ("word9", " ... 50 words the same ...")


@given(
    st.lists(
        st.builds(
            Span, st.sampled_from(["same", "removed", "added", "rephrased"]), st.text(), st.text()
        )
    )
)
def test_nothing_of_short_texts_is_lost(spans: list[Span]) -> None:
    marked = pieces(spans)
    if not any(mark == "folded" for mark, _ in marked):
        first = "".join(text for mark, text in marked if mark in ("same", "removed", "old"))
        ours = ("same", "removed", "rephrased")
        wanted = "".join(
            (span.a or span.b if span.op == "same" else span.a) for span in spans if span.op in ours
        )
        assert first == wanted or " more ... " in first


def test_a_pipe_has_brackets_and_a_terminal_has_colours() -> None:
    spans = (Span("same", "It is ", "It is "), Span("removed", a="blue"), Span("added", b="grey"))
    one = two(Difference("text", "text: other words", spans=spans))
    assert "     It is [-blue-]{+grey+}\n" in shown(TerminalView(None), [one])
    coloured = shown(TerminalView(terminal(80)), [one])
    assert "It is \x1b[9;31mblue\x1b[0m\x1b[4;32mgrey" in coloured
    plain = shown(TerminalView(terminal(80, colour=False)), [one])
    assert "It is [-blue-]{+grey+}" in plain


def test_white_space_that_changed_is_seen() -> None:
    spans = (Span("same", "a", "a"), Span("removed", a="\r\n"), Span("added", b="\n\n"))
    text = shown(TerminalView(None), [two(Difference("text", "text", spans=spans))])
    assert "[-␍" in text
    assert "{+␊" in text


def test_what_does_not_count_is_in_brackets() -> None:
    one = Difference("usage", "input tokens: 1 on a, 2 on b", counts=False)
    text = shown(TerminalView(None), [two(one, Difference("usage", "cost"))])
    assert "   usage       (input tokens: 1 on a, 2 on b)\n               cost\n" in text
    assert "( ) differs, but does not count" in text


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    spans = (Span("same", f"{SAME_WORDS} ", ""), Span("added", b="x" * 300))
    comparison = two(
        Difference("text", f"text: {SAME_WORDS}", spans=spans), prompt="p" * 80, remarks=("r" * 90,)
    )
    text = shown(TerminalView(terminal(width, colour=False)), [comparison])
    assert max(cell_len(line) for line in text.splitlines()) <= width


def test_nothing_of_a_tape_acts_on_the_terminal() -> None:
    spans = (Span("removed", a=EVIL), Span("added", b=EVIL))
    comparison = two(Difference("text", EVIL, spans=spans), prompt=EVIL, remarks=(EVIL,))
    for view in (TerminalView(None), TerminalView(terminal(80, colour=False)), MarkdownView()):
        text = shown(view, [comparison])
        assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", text)
        assert "␛]0;title␇" in text


# Matrix


@pytest.mark.parametrize("count", [3, 5, 14])
@pytest.mark.parametrize("width", [50, 80, 100, 120, 160])
def test_a_matrix_is_one_screen(count: int, width: int) -> None:
    lines = [line.plain for line in matrix(many(count), width)]
    assert max(map(cell_len, lines)) <= width
    assert len(lines) <= 50 or width < 80
    text = "\n".join(lines)
    for place in range(count):
        assert f"provider-{place}" in text
    assert "*40%" in text
    assert "206 words" in text or width < 80


def test_a_pipe_wraps_nothing() -> None:
    lines = [line.plain for line in matrix(many(3), None)]
    assert len(lines) == len(many(3).rows)
    assert lines[0].split() == ["provider-0", "provider-1", "provider-2"]
    assert "*summary and encrypted, 214 words" in lines[3]
    turned = [line.plain for line in matrix(many(14), None)]
    assert len(turned) == 15


def test_what_is_the_same_on_all_sides_is_one_line() -> None:
    text = shown(TerminalView(None), [many(3)])
    assert "   same on all: finish stop\n" in text
    assert "* differs from provider-0\n" in text


def test_a_side_that_is_not_there_has_empty_cells() -> None:
    full = many(3)
    comparison = Comparison(
        "hi", full.labels, (SIDE, None, SIDE), full.differences, full.rows, "different"
    )
    lines = [line.plain for line in matrix(comparison, None)]
    assert not any("*40%" in line for line in lines)
    total = Total(asked((), (), ()))
    total.add(comparison)
    assert (total.compared, total.unpaired, total.failed) == (1, 1, True)


def test_many_names_are_counted() -> None:
    assert counted_names("a, b") == "a, b"
    assert counted_names("a_long_name, another_long_name and 3 more") == "5 names"
    assert counted_names("a_name_that_is_longer_than_a_cell") == "a_name_that_is_longer_than_a_cell"


def test_numbers_are_ranges() -> None:
    assert numbers_words([1, 9, 3, 2, 12]) == "1-3, 9, 12"
    assert numbers_words(range(1, 100, 2)).endswith("37, 39 and 30 more")


# Markdown


def test_a_comment_reads_foreign_text_as_itself() -> None:
    spans = (Span("removed", a=EVIL),)
    row = Row("text", "text", (EVIL, "x"), (False, True))
    comparison = Comparison(
        EVIL, ("openai", EVIL), (SIDE, SIDE), ((Difference("text", EVIL, spans=spans),),), (row,),
        EVIL, (EVIL,),
    )  # fmt: skip
    text = shown(MarkdownView(), [comparison])
    assert "<b>`" not in text
    outside = re.sub(r"<pre>.*?</pre>", "", text, flags=re.DOTALL)
    assert not re.search(r"@\w|(?<!&)#\d|\$|https?://", outside)
    (head,) = (line for line in outside.splitlines() if line.startswith("| text"))
    assert len(re.findall(r"(?<!\\)\|", head)) == 4
    marked = re.search(r"<pre>(.*?)</pre>", text, re.DOTALL)
    assert marked is not None
    assert "<b>`@me` #12 | $x$" in html.unescape(re.sub("</?del>", "", marked[1]))


def test_a_comment_is_no_longer_than_github_takes() -> None:
    spans = (Span("removed", a="word " * 50), Span("same", a="x"), Span("added", b="&" * 900))
    one = two(*[Difference("text", f"text {n}: other", spans=spans) for n in range(40)])
    text = shown(MarkdownView(), [one] * 30)
    assert len(text) <= MOST
    assert "comparisons more: this comment is as long as GitHub takes." in text
    assert "What else differs is left out here" in text
    assert text.count("<details>") == text.count("</details>")
    assert text.startswith("### Providers compared: openai v. groq\n\n30 interactions compared")


def test_what_is_the_same_is_folded_away() -> None:
    same = Comparison("hi", ("openai", "groq"), (SIDE, SIDE), ((),), (), "same")
    text = shown(MarkdownView(), [same] * 30)
    assert "<details><summary>30 the same</summary>\n\n- 1\\. hi\n" in text
    assert "- and 10 more\n" in text


def test_lines_in_pre_are_wrapped_and_keep_their_indent() -> None:
    code = "def f():\n    return 1\n\n" + "long " * 60
    text = shown(MarkdownView(), [two(Difference("text", "text", spans=(Span("added", b=code),)))])
    marked = re.search(r"<pre>(.*?)</pre>", text, re.DOTALL)
    assert marked is not None
    lines = re.sub("</?ins>", "", marked[1]).split("\n")
    assert lines[:3] == ["def f():", "    return 1", ""]
    assert max(map(len, lines)) <= 101


# Real streams


@pytest.mark.corpus
def test_the_prompts_of_the_corpus_fit_on_a_screen() -> None:
    groups: dict[str, dict[str, object]] = {}
    for stream in corpus.streams():
        interaction = from_corpus(stream)
        side = side_of(f"{stream.provider_host[4:18]}-{stream.api}"[:26], "t", interaction)
        prompt = prompt_of(side.meaning.api, interaction.request)
        groups.setdefault(prompt.turn, {}).setdefault(side.label, side)
    large = [sides for sides in groups.values() if len(sides) >= 10]
    assert len(large) >= 4
    for sides in large:
        comparison = compare(list(sides), list(sides.values()))  # type: ignore[arg-type]
        for width in (80, 120, 160):
            lines = [line.plain for line in matrix(comparison, width)]
            assert max(map(cell_len, lines)) <= width
            assert len(lines) < 5 * len(sides)
        assert len(shown(MarkdownView(), [comparison])) <= MOST


# The README

SKY = "Sunlight is scattered by the gas in the air. Blue light is scattered the most, "


def test_the_readme_shows_what_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    sky, weather = "Why is the sky blue?", "What's the weather in Berlin?"
    mine = f"{SKY}because its waves are short. So the sky looks blue."
    theirs = f"So the sky looks blue. {SKY}as it travels in shorter waves."
    for name, text, city, first_ms in (
        ("openai", mine, "Berlin", 220),
        ("groq", theirs, "Berlin, DE", 110),
    ):
        make_tape(
            Path(f"{name}.tape.zst"),
            [
                said(text, sky, upstream=name, first_ms=first_ms),
                called(city, weather, upstream=name, first_ms=first_ms),
            ],
        )
    with Cassette.open(Path("openai.tape.zst")) as a, Cassette.open(Path("groq.tape.zst")) as b:
        compared = list(compare_tapes([[a], [b]]))
    text = shown(TerminalView(terminal(96, colour=False)), compared)
    example = "".join(f"{line.rstrip()}\n" for line in text.splitlines())
    readme = (SCHEMA.parents[1] / "README.md").read_text()
    assert f"$ wiretape diff openai.tape.zst groq.tape.zst\n{example}```" in readme, example
