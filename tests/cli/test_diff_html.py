"""The HTML page of a diff, read as a parser reads it; `tests/browser` opens it in a browser."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests import diff_pages
from tests.cli.processes import make_tape
from wiretape.cassettes.diff.comparison import Comparison, Difference, Span
from wiretape.cli.main import wiretape
from wiretape.cli.views import diff_html
from wiretape.cli.views.diff_html import Page, page
from wiretape.cli.views.diff_html_markup import element
from wiretape.cli.views.diff_html_tables import table
from wiretape.cli.views.diff_html_text import FOLDED_WORDS, MOST_CHARACTERS, text_diff

VOID = frozenset({"meta", "br"})
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\ufeff\ud800-\udfff]"
)

EVERYTHING = (
    diff_pages.two(),
    diff_pages.many(),
    diff_pages.same(),
    diff_pages.lacking(),
    diff_pages.hostile(),
)


class Read(HTMLParser):
    """What stands in a page; balanced, or it fails."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.headings: list[int] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        assert len(named) == len(attrs)
        self.elements.append((tag, named))
        if tag not in VOID:
            self._open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] not in ("style", "script"):
            self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [named for name, named in self.elements if name == tag]

    @property
    def text(self) -> str:
        return "".join(self.words)


def read(*comparisons: Comparison) -> Read:
    return Read(page(comparisons, title="a v. b"))


def test_the_page_is_one_file_that_asks_for_nothing() -> None:
    found = read(*EVERYTHING)
    for tag, named in found.elements:
        assert tag not in {
            "link",
            "img",
            "iframe",
            "object",
            "embed",
            "base",
            "form",
            "image",
            "use",
        }
        assert not {"src", "srcset", "style", "action", "data", "poster", "xlink:href"} & set(named)
        assert named.get("href", "#").startswith("#")
        assert not any(name.startswith("on") for name in named)
        assert named.get("fill", "url(#stall)") == "url(#stall)"
    style = page([], title="x").partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style
    assert "@font-face" not in style


def test_the_policy_allows_its_own_style_and_script_alone() -> None:
    text = page([], title="x")
    policy = re.search('Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    parts = dict(part.split(" ", 1) for part in policy[1].replace("&#x27;", "'").split("; "))
    assert parts["default-src"] == "'none'"
    for name, tag in (("style-src", "style"), ("script-src", "script")):
        content = text.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert parts[name] == f"'sha256-{digest}'"
    assert set(parts) == {"default-src", "style-src", "script-src", "base-uri", "form-action"}


def test_foreign_text_does_nothing_and_is_seen() -> None:
    text = page([diff_pages.hostile()], title=diff_pages.HOSTILE[0])
    found = Read(text)
    assert len(found.all("script")) == len(found.all("style")) == 1
    assert found.all("img") == []
    assert not UNSEEN.search(text)
    text.encode()
    for hostile in diff_pages.HOSTILE[:3]:
        assert hostile in found.text
    for code in ("U+202E", "U+2066", "U+200B", "U+FEFF", "U+0000", "U+001B", "U+D83D"):
        assert code in found.text
    assert {"class": "control"} in found.all("span")


@given(st.text(st.characters(), max_size=60))
def test_any_text_stays_text(foreign: str) -> None:
    found = Read(element("p", {"title": foreign}, foreign))
    assert [tag for tag, _ in found.elements if tag != "span"] == ["p"]
    assert not UNSEEN.search(found.text + found.all("p")[0]["title"])
    if not re.search("[^\n\t -~]", foreign):
        assert found.text == found.all("p")[0]["title"] == foreign


def test_the_outline_is_in_order() -> None:
    found = read(*EVERYTHING)
    assert found.headings[0] == 1
    assert found.headings.count(1) == 1
    assert found.headings.count(2) == len(EVERYTHING)
    assert all(
        after <= before + 1
        for before, after in zip(found.headings, found.headings[1:], strict=False)
    )
    for landmark in ("header", "main", "nav", "footer"):
        assert len(found.all(landmark)) == 1


def test_ids_are_unique_and_what_names_one_finds_it() -> None:
    found = read(*EVERYTHING)
    ids = [named["id"] for _, named in found.elements if "id" in named]
    assert len(ids) == len(set(ids))
    for _, named in found.elements:
        assert set(named.get("aria-labelledby", "").split()) <= set(ids)
        assert named.get("href", "#stall").removeprefix("#") in ids
    assert {f"#x{number}" for number in range(1, 6)} <= {one["href"] for one in found.all("a")}


def test_tables_have_captions_and_scopes_and_scroll_in_a_box_that_has_a_name() -> None:
    found = read(*EVERYTHING)
    assert len(found.all("table")) == len(found.all("caption")) > 10
    assert {one.get("scope") for one in found.all("th")} == {"col", "row"}
    boxes = [one for one in found.all("div") if one.get("class") == "scroll"]
    assert len(boxes) == len(found.all("table"))
    names = [one["aria-labelledby"] for one in boxes]
    assert len(names) == len(set(names))
    assert all(one["tabindex"] == "0" and one["role"] == "region" for one in boxes)


def test_every_drawing_says_what_it_shows() -> None:
    found = read(diff_pages.two())
    drawn = [one for one in found.all("svg") if one.get("role") == "img"]
    assert len(drawn) == 2
    first, other = (one["aria-label"] for one in drawn)
    assert first.startswith("openai: first token after 244 ms; text: 35 deltas (")
    assert first.endswith("complete after 1.66 s.")
    assert "silent for 1.91 s from 1.22 s on" in other
    assert other.endswith("reset after 4.73 s.")
    others = [one for one in found.all("svg") if "role" not in one]
    nested = [one for one in others if "y" in one]
    assert all("aria-hidden" in one for one in others if one not in nested)


def test_the_drawing_is_in_a_table_too() -> None:
    found = read(diff_pages.two())
    assert {"id": "x1-drawn"} in found.all("span")
    for words in ("reset, 4.73 s", "1.91 s from 1.22 s", "cassettes/after.tape.zst 1"):
        assert words in found.text


def test_a_difference_is_marked_by_more_than_colour() -> None:
    found = read(diff_pages.two())
    marked = [one for one in found.all("td") if one.get("class") == "differs"]
    assert len(marked) == 4
    assert found.words.count("≠") == len(marked) + 2
    assert found.words.count("differs: ") == len(marked)
    marks = {(tag, one.get("class")) for tag, one in found.elements if tag in ("ins", "del")}
    assert marks == {(tag, kind) for tag in ("ins", "del") for kind in (None, "moved", "rephrased")}


def test_streams_without_times_are_drawn_in_their_order() -> None:
    one = diff_pages.same()
    side = one.sides[0]
    assert side is not None
    deltas = tuple(replace(delta, at_ns=10) for delta in side.meaning.deltas)
    side = replace(side, meaning=replace(side.meaning, deltas=deltas))
    found = read(replace(one, sides=(side, side)))
    assert "its deltas are drawn in their order" in found.text
    assert "everything came at one moment" in found.all("svg")[1]["aria-label"]


def test_long_stretches_are_folded_and_nothing_is_lost() -> None:
    words = [f"w{number} " for number in range(300)]
    text = "".join(words)
    spans = (Span("same", text, text), Span("added", "", text), Span("same", text, text))
    found = Read(text_diff(spans))
    assert [one["class"] for one in found.all("details")] == ["fold"] * 3
    assert re.sub(r"\d+ words (the same|more)", "", found.text) == text * 3
    short = "".join(words[: FOLDED_WORDS - 1])
    assert Read(text_diff((Span("same", short, short),))).all("details") == []


def test_a_huge_text_is_cut_with_a_word() -> None:
    text = "x" * MOST_CHARACTERS
    found = Read(text_diff((Span("removed", text), Span("added", "", text))))
    assert f"Cut here: {MOST_CHARACTERS:,} more characters of both sides." in found.text
    assert found.text.count("x") == MOST_CHARACTERS


def test_ten_thousands_of_deltas_make_a_small_page() -> None:
    text = page([diff_pages.huge()], title="x")
    assert len(text) < 250_000
    assert "20,000" in text


def test_a_page_of_many_exchanges_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diff_html, "MOST_LISTED", 30)
    monkeypatch.setattr(diff_html, "MOST_DRAWN_SAME", 30_000)
    monkeypatch.setattr(diff_html, "MOST_DRAWN", 60_000)
    made = Page("x")
    for number in range(40):
        made.add(diff_pages.same() if number % 2 else diff_pages.two())
    text = made.text()
    found = Read(text)
    drawn = len(found.all("section"))
    assert 3 < drawn < 12
    assert len(text) < 100_000
    assert f"{40 - drawn} exchanges left out below" in found.text
    assert "10 more exchanges not listed here" in found.text
    assert "40 exchanges, 20 differ" in found.text


def test_of_two_sides_what_differs_comes_first_of_more_the_matrix() -> None:
    two, many = read(diff_pages.two()), read(diff_pages.many())
    assert two.text.index("What differs") < two.text.index("Measures;")
    assert many.text.index("Measures;") < many.text.index("What differs")


def test_a_remark_is_made_once() -> None:
    one = diff_pages.two()
    told = "groq: the connection was reset, after 5,522 bytes"
    assert told not in one.remarks
    assert read(one).words.count(told) == 1
    assert read(replace(one, remarks=(told,))).words.count(told) == 1


def test_the_verb_writes_the_page(tmp_path: Path) -> None:
    chats = [
        diff_pages.chat(diff_pages.split(diff_pages.RIDDLE[:size]), upstream=name)
        for name, size in (("openai", 100), ("groq", 60))
    ]
    tape = make_tape(tmp_path / "two.tape.zst", chats)
    told = CliRunner().invoke(wiretape, ["diff", str(tape), "--format", "html"])
    assert told.exit_code == 1, told.output
    found = Read(told.stdout)
    assert found.headings[:3] == [1, 2, 3]
    assert "openai v. groq" in found.words
    assert len([one for one in found.all("svg") if one.get("role") == "img"]) == 2
    written = tmp_path / "report.html"
    CliRunner().invoke(wiretape, ["diff", str(tape), "--format", "html", "--output", str(written)])
    assert written.read_text(encoding="utf-8") == told.stdout


def test_a_difference_that_does_not_count_says_so() -> None:
    assert "does not count" in read(diff_pages.two()).text


def test_more_differences_than_a_person_reads_are_counted() -> None:
    one = diff_pages.two()
    lines = tuple(Difference("tools", f"tools: number {n}") for n in range(250))
    found = read(replace(one, differences=(lines,)))
    assert "number 199" in found.text
    assert "number 200" not in found.text
    assert "50 more differences are not shown here" in found.text


def test_a_side_that_lacks_the_exchange_is_named() -> None:
    found = read(diff_pages.lacking(), diff_pages.same())
    assert "no such interaction on this side" in found.text
    assert "not there" in found.words
    assert "2 exchanges, nothing differs; 1 not on all sides." in found.text


def test_nothing_compared_is_said() -> None:
    assert "no interaction could be paired" in read().text


def test_the_same_comparisons_give_the_same_page() -> None:
    assert page(EVERYTHING, title="x") == page(EVERYTHING, title="x")


PAPERS = ("paper", "surface", "raised")
TEXT_ON = {
    "ink": (*PAPERS, "differs"),
    "quiet": (*PAPERS, "differs"),
    "link": PAPERS,
    "sign": ("paper", "surface", "differs"),
    "good": ("paper", "surface"),
    "removed-ink": ("removed",),
    "added-ink": ("added",),
    "moved-ink": ("moved",),
    "rephrased-ink": ("rephrased",),
}
"""What is text on what (WCAG 2.2, 1.4.3: 4.5 to 1)."""

DRAWN = ("text", "reasoning", "tools", "refusal", "media", "other", "hatch", "bad", "edge")
"""What is drawn on the surface (1.4.11: 3 to 1); lines between rows are decoration."""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_contrast_is_enough(theme: str) -> None:
    colours = _palette(theme)
    for ink, papers in TEXT_ON.items():
        for paper in papers:
            assert _contrast(colours[ink], colours[paper]) >= 4.5, (ink, paper)
    for drawn in DRAWN:
        assert _contrast(colours[drawn], colours["surface"]) >= 3, drawn
    named = {*TEXT_ON, *DRAWN, *(paper for papers in TEXT_ON.values() for paper in papers)}
    assert set(colours) == named | {"line"}


def _palette(theme: str) -> dict[str, str]:
    css = files("wiretape.cli.views").joinpath("diff_html.css").read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", css, re.DOTALL)[:2]
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", light if theme == "light" else dark))


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    shares = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_on_paper_each_cell_of_a_wide_table_says_what_stands_above_it() -> None:
    """Paper does not scroll: the style sheet prints such a table a block a row."""
    sides = [f"side {number}" for number in range(9)]
    wide = table("t", "Wide", ["measure", *sides], [("text", *map(str, range(9))), ("short", "1")])
    named = [f'<td><span class="above" aria-hidden="true">{one}</span>' for one in sides]
    assert [wide.count(one) for one in named] == [2, *[1] * 8]
    assert 'class="wide"' in wide
    narrow = table("t", "Narrow", ["measure", *sides[:2]], [("text", "1", "2")])
    assert "above" not in narrow
    style = files("wiretape.cli.views").joinpath("diff_html.css").read_text()
    assert ".above { display: none; }" in style
    assert ".wide thead { display: none; }" in style.partition("@media print")[2]
