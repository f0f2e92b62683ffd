"""A diff as a comment of a pull request: a heading, and each difference folded away. Pure.

GitHub's Markdown. Foreign text is escaped, so that it makes no tables, links, mentions or
formulas; text diffs stand in `<pre>`, where nothing is read as Markdown.
"""

import html
import re
from collections.abc import Iterator, Sequence

from wiretape.cassettes.diff.comparison import Comparison, Difference, Row
from wiretape.cli.units import counted
from wiretape.cli.views.diff_matrix import alike, counted_names, is_alike
from wiretape.cli.views.diff_spans import Mark, Piece, is_marked, pieces
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

MOST = 65_536
"""Characters of a comment on GitHub."""
RESERVED = 1_000
"""Of them, for the heading and the last words."""
MOST_OF_ONE = 16_000
"""Characters of one comparison: one long answer shall not leave no room for the others."""
MOST_ALONE = 200
"""Characters of what one side alone has."""
MOST_SAME = 20
"""Prompts that are named of those that are the same."""
FEW = 4
"""Sides that stand in columns."""
WIDTH = 100
"""`<pre>` does not wrap, so its lines are made no longer."""

_TAGS: dict[Mark, tuple[str, str]] = {
    "same": ("", ""),
    "removed": ("<del>", "</del>"),
    "added": ("<ins>", "</ins>"),
    "moved_from": ("<del><i>", "</i></del>"),
    "moved_to": ("<ins><i>", "</i></ins>"),
    "old": ("<del>", "</del>"),
    "new": ("<ins>", "</ins>"),
    "folded": ("<sub>", "</sub>"),
}


class MarkdownView:
    """Everything comes at the end, since the heading has the counts."""

    def __init__(self) -> None:
        self._sections: list[str] = []
        self._length = 0
        self._left_out = 0
        self._same: list[str] = []
        self._names = ""
        self._alone = Alone()

    def add(self, number: int, comparison: Comparison) -> str:
        """Keeps what there is room for."""
        self._names = self._names or names_words(comparison.labels)
        if self._alone.takes(comparison):
            return ""
        if comparison.same and not lacks(comparison) and not comparison.remarks:
            if len(self._same) < MOST_SAME:
                self._same.append(f"{number}\\. {_escaped(comparison.prompt)}")
            return ""
        section = _section(number, comparison)
        if self._length + len(section) > MOST - RESERVED:
            self._left_out += 1
            return ""
        self._length += len(section)
        self._sections.append(section)
        return ""

    def end(self, total: Total) -> str:
        """The comment, within GitHub's limit."""
        head = f"### Providers compared: {_escaped(self._names)}\n\n{sums_words(total)}\n"
        parts = [head, *self._sections]
        for label, what in self._alone.words():
            parts.append(f"Only on {_escaped(label)}: {_escaped(what[:MOST_ALONE])}\n")
        if self._left_out:
            left = counted(self._left_out, "comparison")
            parts.append(f"{left} more: this comment is as long as GitHub takes.\n")
        same = self._same_part(total)
        if sum(map(len, parts)) + len(same) + len(parts) <= MOST:
            parts.append(same)
        return "\n".join(filter(None, parts))

    def _same_part(self, total: Total) -> str:
        if not self._same:
            return ""
        listed = list(self._same)
        if total.same > len(listed):
            listed.append(f"and {total.same - len(listed):,} more")
        inner = "\n".join(f"- {one}" for one in listed)
        return f"<details><summary>{total.same:,} the same</summary>\n\n{inner}\n\n</details>\n"


def _section(number: int, comparison: Comparison) -> str:
    prompt = _html(comparison.prompt) or "(no prompt)"
    title = f"{number}. <b>{prompt}</b>: {_html(comparison.verdict)}"
    inner = list(_matrix(comparison))
    for block in _differences(comparison):
        inner.append(block)
        if sum(map(len, inner)) > MOST_OF_ONE:
            inner[-1] = "What else differs is left out here: it is too long for a comment.\n"
            break
    remarks = "\n".join(f"- {_escaped(words)}" for words in comparison.remarks)
    body = "\n".join(filter(None, [*inner, remarks and f"{remarks}\n"]))
    if not body:
        return f"<p>{title}</p>\n"
    return f"<details><summary>{title}</summary>\n\n{body.rstrip()}\n\n</details>\n"


def _matrix(comparison: Comparison) -> Iterator[str]:
    """A column a side; of many, a line a side, as a comment is narrow."""
    rows = [row for row in comparison.rows if not is_alike(row, comparison)]
    grid = [["", *_heads(comparison)], *(_cells(row) for row in rows)]
    if len(comparison.labels) > FEW:
        grid = [list(line) for line in zip(*grid, strict=True)]
    if rows:
        head, *lines = grid
        yield "\n".join(map(_line, [head, ["---"] * len(head), *lines])) + "\n"
    notes = []
    if any(any(row.differs) for row in rows):
        notes.append(f"Bold differs from {_escaped(comparison.labels[there(comparison)[0]])}.")
    if same := alike(comparison):
        notes.append(f"Same on all: {_escaped(same)}.")
    if notes:
        yield " ".join(notes) + "\n"


def _heads(comparison: Comparison) -> Iterator[str]:
    files = {side.file for side in comparison.sides if side is not None}
    for label, side in zip(comparison.labels, comparison.sides, strict=True):
        place = "not there" if side is None else place_words(side)
        if side is not None and len(files) == 1:
            place = f"number {side.interaction.number}"
        yield f"{_escaped(label)}<br><sub>{_escaped(place)}</sub>"


def _cells(row: Row) -> list[str]:
    cells = [_escaped(row.name)]
    for text, differs in zip(row.cells, row.differs, strict=True):
        shown = _escaped(counted_names(text) if row.aspect == "extensions" else text) or "-"
        cells.append(f"**{shown}**" if differs else shown)
    return cells


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _differences(comparison: Comparison) -> Iterator[str]:
    for label, side in zip(comparison.labels[1:], comparison.differences, strict=True):
        if side and len(comparison.labels) > 2:
            yield f"\n**{_escaped(label)}**\n"
        for one in side:
            yield _difference(one)


def _difference(one: Difference) -> str:
    line = f"- **{one.aspect}**: {_escaped(said(one))}"
    if not is_marked(one.spans):
        return line
    return f"{line}\n\n<pre>{_pre(pieces(one.spans))}</pre>\n"


def _pre(marked: Sequence[Piece]) -> str:
    """Wrapped at spaces; each word with its tags, since lines end in between."""
    lines = [""]
    column = 0
    for mark, text in marked:
        opening, closing = _TAGS[mark]
        for piece in re.findall(r"\n|[^\S\n]+|\S+", harmless(text.replace("\r\n", "\n"))):
            full = column > 0 and column + len(piece) > WIDTH
            if piece == "\n" or full:
                lines.append("")
                column = 0
            if piece == "\n" or (full and piece.isspace()):
                continue
            lines[-1] += f"{opening}{html.escape(piece, quote=False)}{closing}"
            column += len(piece)
    # HTML drops a newline right behind <pre>.
    return _joined("\n".join(lines if lines[0] else [" ", *lines[1:]]))


def _joined(tagged: str) -> str:
    """Without the tags between pieces of one mark."""
    for opening, closing in set(_TAGS.values()) - {("", "")}:
        tagged = tagged.replace(f"{closing}{opening}", "")
    return tagged


_MARKDOWN = re.compile(r"[\\`*_\[\]|~]|:(?=//)|(?<=www)\.")
_LINKED = re.compile(r"[@#](?=\w)|(?<=GH)-(?=\d)|(?<!\\):(?=//)", re.IGNORECASE)


def _escaped(text: str) -> str:
    """One line of foreign text, read as itself and nothing more."""
    return _html(_MARKDOWN.sub(r"\\\g<0>", text))


def _html(text: str) -> str:
    """The same where no Markdown is read, as in a summary.

    GitHub looks for mentions and issues once Markdown has been read: an empty comment stops it.
    """
    line = html.escape(harmless_line(text).strip(), quote=False)
    return _LINKED.sub(r"\g<0><!-- -->", line).replace("$", "&#36;")
