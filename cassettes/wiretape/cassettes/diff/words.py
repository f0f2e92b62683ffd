"""Two texts by their words: what is the same, gone, new, moved and put otherwise.

Anchors are words that stand once in each text; between them the same again, and small rests are
compared exactly. So the work grows with the texts and not with their product; `docs/diff.md` says
what that costs. Turned around, the result is its mirror image. Pure; knows text only.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal

import msgspec

from wiretape.cassettes.diff.comparison import Span
from wiretape.cassettes.diff.matching_words import Match, common_runs, moved_runs

_WORD = re.compile(
    r"\d+(?:[.,:]\d+)*"
    r"|[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]"  # scripts that put no space between words
    r"|[^\W\d_\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+(?:['\u2019][^\W\d_]+)*"
    r"|([^\w\s]|_)\1*"
)

_HAS_WORD = re.compile(r"[^\W_]")

REPHRASED_WORDS = 60
"""Words of a passage that another can be a rephrasing of; what is longer is gone, and new."""

REPHRASED_RATIO = 3
"""By how many times one may be longer than the other."""


ASKED_AGAIN = 32
"""Results that are kept: difference, verdict and matrix ask for the same."""


class TextDiff(msgspec.Struct, frozen=True):
    """How two texts differ."""

    spans: tuple[Span, ...]
    """Their `a` joined are the first text, their `b` the other."""
    words: tuple[int, int]
    """How many words each has, punctuation not counted."""
    common: int
    """Words that are in both, wherever they stand; case is of no weight."""
    alike: Literal["", "words", "punctuation"]
    """`punctuation` where only whitespace differs, `words` where punctuation does too."""

    @property
    def agreement(self) -> float:
        """The share of words in common, 0 to 1."""
        total = sum(self.words)
        return 2 * self.common / total if total else 1.0

    def count(self, *ops: str) -> int:
        """How many spans of these kinds hold a word."""
        return sum(
            span.op in ops and _HAS_WORD.search(span.a + span.b) is not None for span in self.spans
        )


class _Words:
    """A text cut into words, each with the whitespace behind it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts: list[int] = []
        self.words: list[str] = []
        for found in _WORD.finditer(text):
            self.starts.append(found.start())
            self.words.append(found[0])
        if self.starts:
            self.starts[0] = 0
        self.starts.append(len(text))

    def between(self, start: int, end: int) -> str:
        return self.text[self.starts[start] : self.starts[end]]


@lru_cache(maxsize=ASKED_AGAIN)
def text_diff(a: str, b: str) -> TextDiff:
    """How two texts differ."""
    first, other = _Words(a), _Words(b)
    said = [[word for word in text.words if word[0].isalnum()] for text in (first, other)]
    common = sum((_counted(said[0]) & _counted(said[1])).values())
    alike: Literal["", "words", "punctuation"] = "words" if said[0] == said[1] != [] else ""
    if first.words == other.words:
        alike = "punctuation"
        spans: tuple[Span, ...] = (Span("same", a, b),) if a or b else ()
    elif not first.words or not other.words:  # at most whitespace is left on one side
        spans = tuple(
            span for span in (Span("removed", a=a), Span("added", b=b)) if span.a + span.b
        )
    else:
        matches = common_runs(first.words, other.words)
        gaps = list(_gaps(matches, (len(first.words), len(other.words))))
        moved = moved_runs(first.words, other.words, gaps)
        spans = tuple(_spans(first, other, matches, gaps, moved))
    return TextDiff(spans, (len(said[0]), len(said[1])), common, alike)


def word_count(text: str) -> int:
    """How many words a text has, punctuation not counted."""
    return sum(found[0][0].isalnum() for found in _WORD.finditer(text))


def _counted(words: Sequence[str]) -> Counter[str]:
    return Counter(word.casefold() for word in words)


def _gaps(matches: Sequence[Match], ends: tuple[int, int]) -> Iterator[tuple[int, int, int, int]]:
    """What stands before each match, and behind the last: start and end of either side."""
    a = b = 0
    for match in matches:
        yield a, match.a, b, match.b
        a, b = match.a + match.size, match.b + match.size
    yield a, ends[0], b, ends[1]


def _spans(
    first: _Words,
    other: _Words,
    matches: Sequence[Match],
    gaps: Sequence[tuple[int, int, int, int]],
    moved: Sequence[Match],
) -> Iterator[Span]:
    gone = sorted((move.a, move.a + move.size) for move in moved)
    come = sorted((move.b, move.b + move.size) for move in moved)
    for match, (a, a_end, b, b_end) in zip((*matches, None), gaps, strict=True):
        removed = list(_pieces(a, a_end, gone))
        added = list(_pieces(b, b_end, come))
        yield from _changed(first, other, removed, added)
        if match is not None:
            yield Span(
                "same",
                first.between(match.a, match.a + match.size),
                other.between(match.b, match.b + match.size),
            )


Piece = tuple[int, int, bool]
"""Start, end, and whether it was moved."""


def _pieces(start: int, end: int, moves: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    """A gap on one side, cut where moved runs begin and end."""
    for low, high in moves:
        if start <= low and high <= end:
            if start < low:
                yield start, low, False
            yield low, high, True
            start = high
    if start < end:
        yield start, end, False


def _changed(
    first: _Words, other: _Words, removed: Sequence[Piece], added: Sequence[Piece]
) -> Iterator[Span]:
    if len(removed) == len(added) == 1 and _is_rephrased(removed[0], added[0]):
        (a, a_end, _), (b, b_end, _) = removed[0], added[0]
        yield Span("rephrased", first.between(a, a_end), other.between(b, b_end))
        return
    for a, a_end, is_moved in removed:
        yield Span("moved_from" if is_moved else "removed", a=first.between(a, a_end))
    for b, b_end, is_moved in added:
        yield Span("moved_to" if is_moved else "added", b=other.between(b, b_end))


def _is_rephrased(removed: Piece, added: Piece) -> bool:
    if removed[2] or added[2]:
        return False
    short, long = sorted((removed[1] - removed[0], added[1] - added[0]))
    return long <= REPHRASED_WORDS and long <= max(REPHRASED_RATIO * short, 3)
