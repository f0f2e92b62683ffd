"""Text diffs as marked pieces, long stretches folded, for every format that shows them. Pure.

Nothing is made harmless here: that is for the format, which knows where its text goes.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from wiretape.cassettes.diff.comparison import Span
from wiretape.cli.units import counted

Mark = Literal["same", "removed", "added", "moved_from", "moved_to", "old", "new", "folded"]
"""`old` and `new` are the two sides of what was rephrased; `folded` are our words."""

KEPT = 10
"""Words that stay on each side of a fold in what is the same."""

KEPT_CHANGED = 40
"""And in what is not."""

LEAST = 8
"""What a fold hides is no fewer words than this."""

_WORD = re.compile(r"\S{1,24}")
"""A longer run counts as several, as languages without spaces have them."""


class Piece(NamedTuple):
    """Text of one mark."""

    mark: Mark
    text: str


BRACKETS: dict[Mark, tuple[str, str]] = {
    "removed": ("[-", "-]"),
    "added": ("{+", "+}"),
    "moved_from": ("[>", ">]"),
    "moved_to": ("{<", "<}"),
    "old": ("[~", "~]"),
    "new": ("{~", "~}"),
}
"""The first two as in `git diff --word-diff`."""

LEGEND: dict[Mark, str] = {
    "moved_from": "[> >] {< <} moved away, and where to",
    "old": "[~ ~] {~ ~} rephrased",
}


def pieces(spans: Iterable[Span]) -> list[Piece]:
    """The pieces of a text diff, folded."""
    marked = list(_marked(spans))
    last = len(marked) - 1
    found: list[Piece] = []
    for place, piece in enumerate(marked):
        if piece.mark == "same":
            before, behind = (0 if place == 0 else KEPT), (0 if place == last else KEPT)
            start, fold, end = _folded(piece.text, before, behind, "the same")
            found += (Piece("same", start), Piece("folded", fold), Piece("same", end))
        else:
            text = "".join(_folded(piece.text, KEPT_CHANGED, KEPT_CHANGED, "more"))
            found.append(Piece(piece.mark, text))
    return [piece for piece in found if piece.text]


def is_marked(spans: Iterable[Span]) -> bool:
    """Whether there is anything to be seen: texts may differ in white space alone."""
    return any(span.op != "same" for span in spans)


def bracketed(marked: Sequence[Piece]) -> str:
    """The pieces as one text, `[-removed-]{+added+}`."""
    return "".join(
        f"{BRACKETS[mark][0]}{text}{BRACKETS[mark][1]}" if mark in BRACKETS else text
        for mark, text in marked
    )


def legend(marks: Iterable[Mark]) -> str:
    """What the rarer brackets mean, of those that are there; empty where none is."""
    there = frozenset(marks)
    return "; ".join(words for mark, words in LEGEND.items() if mark in there)


def _marked(spans: Iterable[Span]) -> Iterator[Piece]:
    for span in spans:
        match span.op:
            case "same":
                yield Piece("same", span.a or span.b)
            case "rephrased":
                yield Piece("old", span.a)
                yield Piece("new", span.b)
            case "removed" | "moved_from":
                yield Piece(span.op, span.a)
            case "added" | "moved_to":
                yield Piece(span.op, span.b)


def _folded(text: str, before: int, behind: int, what: str) -> tuple[str, str, str]:
    """The text whole, or its beginning, how many words are left out, and its end."""
    first: list[int] = []
    last: deque[int] = deque(maxlen=behind)
    count = 0
    for count, found in enumerate(_WORD.finditer(text), 1):
        if count <= before:
            first.append(found.end())
        last.append(found.start())
    hidden = count - before - behind
    if hidden < LEAST:
        return text, "", ""
    start = text[: first[-1]] if before else ""
    end = text[last[0] :] if behind else ""
    fold = f"... {counted(hidden, 'word')} {what} ..."
    return start, f"{' ' * bool(start)}{fold}{' ' * bool(end)}", end
