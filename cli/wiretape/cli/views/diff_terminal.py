"""A diff for a person: words marked inside the text of two sides, a matrix of more. Pure.

Colours on a terminal; brackets where there are none. What comes from a tape is made harmless.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rich.console import Console
from rich.text import Text

from wiretape.cassettes.diff.comparison import Comparison, Difference
from wiretape.cli.views.diff_matrix import MARK, alike, matrix
from wiretape.cli.views.diff_spans import Mark, Piece, bracketed, is_marked, legend, pieces
from wiretape.cli.views.diff_total import (
    Alone,
    Total,
    lacks,
    names_words,
    place_words,
    said,
    sums_words,
    there,
)
from wiretape.cli.views.terminal import harmless, harmless_line

INDENT = Text("   ")
TEXT = Text("     ")
"""In front of a text diff."""
ASPECT = 12
"""Columns of the aspect's name."""
LEAST = 20
"""Columns of words, however narrow the terminal is."""

_STYLES: dict[Mark, str] = {
    "same": "",
    "removed": "red strike",
    "added": "green underline",
    "moved_from": "blue strike",
    "moved_to": "blue underline",
    "old": "yellow strike",
    "new": "yellow underline",
    "folded": "dim italic",
}


class Line(NamedTuple):
    """Text behind a prefix; where it is wrapped, it goes on beneath itself."""

    text: Text
    prefix: Text = Text()


class TerminalView:
    """`console` is None for a pipe or a file: nothing is wrapped, nothing coloured, and a matrix
    is no wider than `width` where one is given."""

    def __init__(self, console: Console | None, width: int | None = None) -> None:
        self._console = console
        self._width = width if console is None else console.width
        self._styled = bool(console and console.color_system and not console.no_color)
        self._labels: tuple[str, ...] = ()
        self._marks: set[Mark] = set()
        self._matrix_of = ""
        self._set_aside = False
        self._alone = Alone()

    def add(self, number: int, comparison: Comparison) -> str:
        """A line of verdict; where something differs, what. What one side alone has is said at
        the end."""
        if self._alone.takes(comparison):
            return ""
        lines: list[Line] = []
        many = len(comparison.labels) > 2
        if comparison.labels != self._labels and not many:
            head = Line(Text(harmless_line(names_words(comparison.labels)), style="bold"))
            lines += [Line(Text()), head] if self._labels else [head]
            self._labels = comparison.labels
        lines.append(self._verdict(number, comparison))
        lines += self._matrix(comparison) if many else self._differences(comparison)
        lines += [Line(Text(harmless_line(words)), INDENT) for words in comparison.remarks]
        return self._text(lines)

    def end(self, total: Total) -> str:
        """What one side alone has, what the marks mean, and the counts."""
        lines = [
            Line(Text(harmless_line(what)), _alone_on(label)) for label, what in self._alone.words()
        ]
        lines.append(Line(Text()))
        if self._set_aside:
            lines.append(Line(Text("( ) differs, but does not count")))
        if words := self._legend():
            lines.append(Line(words))
        if self._matrix_of:
            lines.append(Line(Text(f"{MARK} differs from {self._matrix_of}")))
        return self._text([*lines, Line(Text(sums_words(total), style="bold"))])

    def _legend(self) -> Text:
        if not self._styled:
            return Text(legend(self._marks))
        rare: tuple[tuple[Mark, str], ...] = (
            ("moved_from", "moved away"),
            ("moved_to", "and where to"),
            ("old", "rephrased"),
            ("new", "and how"),
        )
        there = [Text(words, _STYLES[mark]) for mark, words in rare if mark in self._marks]
        return Text(", ").join(there)

    def _verdict(self, number: int, comparison: Comparison) -> Line:
        good = comparison.same and not lacks(comparison)
        words = Text.assemble(
            (harmless_line(comparison.prompt) or "(no prompt)", "bold"),
            ": ",
            (harmless_line(comparison.verdict), "green" if good else "red"),
        )
        if len(comparison.labels) == 2:
            places = ", ".join(filter(None, map(place_words, comparison.sides)))
            words.append(f"  ({harmless_line(places)})", style="dim")
        return Line(words, Text(f"{number}. "))

    def _matrix(self, comparison: Comparison) -> list[Line]:
        width = None if self._width is None else self._width - INDENT.cell_len
        if any(any(row.differs) for row in comparison.rows):
            self._matrix_of = harmless_line(comparison.labels[there(comparison)[0]])
        lines = [Line(line, INDENT) for line in matrix(comparison, width)]
        if same := alike(comparison):
            lines.append(Line(Text(same, "dim"), INDENT + Text("same on all: ", "dim")))
        return lines

    def _differences(self, comparison: Comparison) -> Iterator[Line]:
        before = ""
        for one in (one for side in comparison.differences for one in side):
            name = "" if one.aspect == before else one.aspect
            before = one.aspect
            prefix = Text.assemble(INDENT, (f"{name:{ASPECT}}", "cyan"))
            self._set_aside |= not one.counts
            yield Line(Text(harmless_line(said(one)), "" if one.counts else "dim"), prefix)
            if is_marked(one.spans):
                yield Line(self._marked(one), TEXT)

    def _marked(self, one: Difference) -> Text:
        marked = [Piece(mark, _visible(mark, text)) for mark, text in pieces(one.spans)]
        self._marks.update(piece.mark for piece in marked)
        if self._styled:
            return Text.assemble(*((text, _STYLES[mark]) for mark, text in marked))
        return Text(bracketed(marked))

    def _text(self, lines: Iterable[Line]) -> str:
        if self._console is None:
            return "".join(f"{line.plain.rstrip()}\n" for one in lines for line in _plain(one))
        with self._console.capture() as captured:
            for one in lines:
                for line in _wrapped(one, self._console):
                    self._console.print(line, highlight=False, soft_wrap=True)
        return captured.get()


def _alone_on(label: str) -> Text:
    return Text.assemble("only on ", (harmless_line(label), "red"), ": ")


def _plain(line: Line) -> Iterator[Text]:
    """Wrapped nowhere but where the text itself is."""
    first, *others = line.text.split("\n", allow_blank=True) or [Text()]
    yield line.prefix + first
    for other in others:
        yield Text(" " * line.prefix.cell_len) + other


def _wrapped(line: Line, console: Console) -> Iterator[Text]:
    wide = max(LEAST, console.width - line.prefix.cell_len)
    for place, piece in enumerate(line.text.wrap(console, wide) or [Text()]):
        yield (Text(" " * line.prefix.cell_len) if place else line.prefix) + piece


def _visible(mark: Mark, text: str) -> str:
    """Harmless; of what changed, white space that would not be seen is made visible too."""
    if mark not in ("same", "folded"):
        text = text.replace("\r\n", "␍\n")
        if not text.strip(" \r\n"):
            text = text.replace("\n", "␊\n")
    return harmless(text.replace("\r\n", "\n"))
