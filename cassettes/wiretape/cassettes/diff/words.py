"""Two texts by their words: what is the same, gone, new, moved and put otherwise.

Anchors are words that stand once in each text; between them the same again, and small rests are
compared exactly. So the work grows with the texts and not with their product; `docs/diff.md` says
what that costs. Turned around, the result is its mirror image. Pure; knows text only.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal

import msgspec

from wiretape.cassettes.diff.comparison import Span
from wiretape.cassettes.diff.matching_words import Match, common_runs, moved_runs
from wiretape.cassettes.diff.tokens import TYPOGRAPHIC, Words, common_start, has_word, is_word

REPHRASED_WORDS = 60
"""Words of a passage that another can be a rephrasing of; what is longer is gone, and new."""

REPHRASED_RATIO = 3
"""By how many times one may be longer than the other."""


ASKED_AGAIN = 32
"""Results that are kept: difference, verdict and matrix ask for the same."""

MOST_COMPARED = 1_000_000
"""Characters of each text that are compared by their words; what is equal before them is free."""

Alike = Literal["", "unseen", "whitespace", "punctuation", "case", "signs", "case and signs"]
"""In what texts of the same words differ, and in nothing that is more; empty where the words do.

unseen  characters that are not seen, or two ways to write one letter in Unicode
signs   what is neither word nor punctuation: operators, currency, emoji
"""


class TextDiff(msgspec.Struct, frozen=True):
    """How two texts differ."""

    spans: tuple[Span, ...]
    """Their `a` joined are the first text, their `b` the other."""
    words: tuple[int, int]
    """How many words each has, signs and punctuation not counted."""
    common: int
    """Words that are in both, wherever they stand; case is of no weight."""
    alike: Alike
    others: tuple[str, ...] = ()
    """Of texts with the same words in another order, what else is other: `case`, `signs`,
    `punctuation`."""
    cut: bool = False
    """Whether only MOST_COMPARED characters from the first difference on were compared."""

    @property
    def agreement(self) -> float:
        """The share of words in common, 0 to 1."""
        total = sum(self.words)
        return 2 * self.common / total if total else 1.0

    def count(self, *ops: str) -> int:
        """How many spans of these kinds hold a word."""
        return sum(span.op in ops and has_word(span.a + span.b) for span in self.spans)


@lru_cache(maxsize=ASKED_AGAIN)
def text_diff(a: str, b: str) -> TextDiff:
    """How two texts differ."""
    if max(len(a), len(b)) > MOST_COMPARED:
        return _in_part(a, b)
    first, other = Words(a), Words(b)
    said = [list(filter(is_word, text.words)) for text in (first, other)]
    common = sum((_counted(said[0]) & _counted(said[1])).values())
    alike = _alike(first, other, said)
    if alike in ("unseen", "whitespace"):
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
    others: tuple[str, ...] = ()
    if not alike and 2 * common == len(said[0]) + len(said[1]):
        others = tuple(_others(first, other))
    return TextDiff(spans, (len(said[0]), len(said[1])), common, alike, others)


def _others(first: Words, other: Words) -> Iterator[str]:
    """What is other in texts of the same words, wherever it stands."""
    ours, theirs = Counter(first.words), Counter(other.words)
    changed = {*(ours - theirs), *(theirs - ours)}
    content = {*first.content, *other.content}
    if any(map(is_word, changed)):
        yield "case"
    if any(word in content and not is_word(word) for word in changed):
        yield "signs"
    # By characters: which of them stand in one run is a matter of order.
    if _punctuation(first) != _punctuation(other):
        yield "punctuation"


def _punctuation(text: Words) -> Counter[str]:
    content = set(text.content)
    return Counter(character for word in text.words if word not in content for character in word)


def _in_part(a: str, b: str) -> TextDiff:
    """Of long texts, from the first difference on, as much as can be compared."""
    start = common_start(a, b)
    end = start + MOST_COMPARED
    diff = text_diff(a[start:end], b[start:end])
    before = (Span("same", a[:start], b[:start]),) if start else ()
    behind = [Span("removed", a=a[end:]), Span("added", b=b[end:])]
    if a[end:] == b[end:]:
        behind = [Span("same", a[end:], b[end:])]
    spans = (*before, *diff.spans, *(span for span in behind if span.a + span.b))
    cut = a[end:] != b[end:]
    return msgspec.structs.replace(diff, spans=spans, cut=cut, alike="" if cut else diff.alike)


def _alike(first: Words, other: Words, said: Sequence[Sequence[str]]) -> Alike:
    if first.words == other.words:
        whole = "".join(first.text.split()) == "".join(other.text.split())
        if whole:
            return "whitespace"
        return "unseen" if _apostrophes(first.text) == _apostrophes(other.text) else "punctuation"
    if first.content == other.content:
        return "punctuation"
    folded = [[word.casefold() for word in content] for content in (first.content, other.content)]
    if folded[0] == folded[1]:
        return "case"
    if said[0] == said[1]:
        return "signs"
    ours, theirs = ([word.casefold() for word in words] for words in said)
    return "case and signs" if ours == theirs else ""


def _apostrophes(text: str) -> list[str]:
    return [character for character in text if character in ("'", TYPOGRAPHIC)]


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
    first: Words,
    other: Words,
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
    first: Words, other: Words, removed: Sequence[Piece], added: Sequence[Piece]
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
