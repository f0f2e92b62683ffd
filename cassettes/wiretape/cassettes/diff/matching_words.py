"""The runs of words that two texts have in common, in order and out of it.

Patience diff: words that stand once in each are anchors, the longest rising sequence of them is
kept, and what lies between is looked at again. A rest without anchors is compared word by word
where it is small, and is taken for other words where it is not. Pure; knows lists of words.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from wiretape.cassettes.diff.tokens import is_word

SMALL = 20_000
"""Cells of a table (words of the one times words of the other) that are compared exactly."""

CHANCE = 4
"""A run of at most so many words between larger changes on both sides is there by chance."""

MOVED = 5
"""The fewest words of a passage that was moved, signs and punctuation not counted."""


class Match(NamedTuple):
    """A run that both have."""

    a: int
    b: int
    size: int


Range = tuple[int, int, int, int]
"""Start and end in the one, start and end in the other."""


def common_runs(a: Sequence[str], b: Sequence[str]) -> list[Match]:
    """Runs in common, in the order of both; those by chance left out. Mirrored where a and b are
    exchanged."""
    if _is_later(a, b):
        return [Match(two, one, size) for one, two, size in common_runs(b, a)]
    pairs = sorted(_pairs(a, b))
    return _meant(_runs(pairs), a, b)


def _is_later(a: Sequence[str], b: Sequence[str]) -> bool:
    """One of two texts goes first, whichever of them was given first."""
    return (len(a), list(a)) > (len(b), list(b))


def _pairs(a: Sequence[str], b: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Places of equal words, rising in both, in any order."""
    waiting: list[Range] = [(0, len(a), 0, len(b))]
    while waiting:
        low, high, b_low, b_high = waiting.pop()
        while low < high and b_low < b_high and a[low] == b[b_low]:
            yield low, b_low
            low, b_low = low + 1, b_low + 1
        while low < high and b_low < b_high and a[high - 1] == b[b_high - 1]:
            high, b_high = high - 1, b_high - 1
            yield high, b_high
        if low == high or b_low == b_high:
            continue
        here = (low, high, b_low, b_high)
        if (high - low) * (b_high - b_low) <= SMALL:
            yield from _exactly(a, b, here)
            continue
        for size in (1, 3):
            if anchors := _rising(_anchors(a, b, here, size)):
                waiting.extend(_between(anchors, here))
                break


def _between(anchors: Sequence[tuple[int, int]], here: Range) -> Iterator[Range]:
    """The ranges that begin with an anchor, and the one before the first."""
    low, high, b_low, b_high = here
    starts = [(low, b_low), *anchors]
    ends = [*anchors, (high, b_high)]
    for (start, b_start), (end, b_end) in zip(starts, ends, strict=True):
        if start < end and b_start < b_end:
            yield start, end, b_start, b_end


def _anchors(a: Sequence[str], b: Sequence[str], here: Range, size: int) -> list[tuple[int, int]]:
    """Where runs of a size stand that are there once in each range."""
    low, high, b_low, b_high = here
    ours, theirs = _once(a, low, high, size), _once(b, b_low, b_high, size)
    return [(place, theirs[run]) for run, place in ours.items() if run in theirs]


def _once(words: Sequence[str], low: int, high: int, size: int) -> dict[tuple[str, ...], int]:
    found: dict[tuple[str, ...], int] = {}
    again: set[tuple[str, ...]] = set()
    for place in range(low, high - size + 1):
        run = tuple(words[place : place + size])
        if run in found:
            again.add(run)
        else:
            found[run] = place
    for run in again:
        del found[run]
    return found


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of pairs (rising in their first) that rises in their second as well."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = [-1] * len(pairs)
    for index, (_, value) in enumerate(pairs):
        at = bisect_left(ends, value)
        if at == len(ends):
            ends.append(value)
            last.append(index)
        else:
            ends[at] = value
            last[at] = index
        before[index] = last[at - 1] if at else -1
    found = []
    index = last[-1] if last else -1
    while index >= 0:
        found.append(pairs[index])
        index = before[index]
    return found[::-1]


def _exactly(a: Sequence[str], b: Sequence[str], here: Range) -> Iterator[tuple[int, int]]:
    """The longest common subsequence of two small ranges, by the table."""
    low, high, b_low, b_high = here
    row = [0] * (b_high - b_low + 1)
    table = [row]
    for place in range(high - 1, low - 1, -1):
        word, below, row = a[place], row, row.copy()
        for column in range(b_high - b_low - 1, -1, -1):
            if word == b[b_low + column]:
                row[column] = below[column + 1] + 1
            elif row[column] < row[column + 1]:
                row[column] = row[column + 1]
        table.append(row)
    table.reverse()
    line = column = 0
    while low + line < high and b_low + column < b_high:
        if a[low + line] == b[b_low + column]:
            yield low + line, b_low + column
            line, column = line + 1, column + 1
        elif table[line + 1][column] >= table[line][column + 1]:
            line += 1
        else:
            column += 1


def _runs(pairs: Sequence[tuple[int, int]]) -> list[Match]:
    found: list[Match] = []
    for a, b in pairs:
        last = found[-1] if found else None
        if last is not None and (last.a + last.size, last.b + last.size) == (a, b):
            found[-1] = Match(last.a, last.b, last.size + 1)
        else:
            found.append(Match(a, b, 1))
    return found


def _meant(matches: list[Match], a: Sequence[str], b: Sequence[str]) -> list[Match]:
    """Without the runs that are shorter than the changes before and behind them: a reader is
    better off with one change than with confetti. Punctuation weighs nothing."""
    weigh_a, weigh_b = _weights(a), _weights(b)
    kept: list[Match] = []
    for place, match in enumerate(matches):
        following = matches[place + 1] if place + 1 < len(matches) else Match(len(a), len(b), 0)
        before = kept[-1] if kept else Match(0, 0, 0)
        a_end, b_end = match.a + match.size, match.b + match.size
        change_before = max(
            weigh_a[match.a] - weigh_a[before.a + before.size],
            weigh_b[match.b] - weigh_b[before.b + before.size],
        )
        change_behind = max(
            weigh_a[following.a] - weigh_a[a_end], weigh_b[following.b] - weigh_b[b_end]
        )
        least = min(CHANCE, change_before, change_behind)
        if least == 0 or weigh_a[a_end] - weigh_a[match.a] > least:
            kept.append(match)
    return kept


def _weights(words: Sequence[str]) -> list[int]:
    """How many words stand before each place, punctuation not counted."""
    return [0, *accumulate(map(is_word, words))]


def moved_runs(a: Sequence[str], b: Sequence[str], gaps: Sequence[Range]) -> list[Match]:
    """Runs that are gone from one gap and have come in another. Mirrored where a and b are
    exchanged."""
    if _is_later(a, b):
        turned = [(b_low, b_high, low, high) for low, high, b_low, b_high in gaps]
        return [Match(two, one, size) for one, two, size in moved_runs(b, a, turned)]
    where: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for _, _, b_low, b_high in gaps:
        for place in range(b_low, b_high - MOVED + 1):
            where.setdefault(tuple(b[place : place + MOVED]), []).append((place, b_high))
    found: list[Match] = []
    taken: set[int] = set()
    weights = _weights(a)
    for low, high, _, _ in gaps:
        place = low
        while place + MOVED <= high:
            homes = where.get(tuple(a[place : place + MOVED]), ())
            match = _longest(a, b, place, high, homes[:MOST_HOMES], taken)
            if match is None or weights[place + match.size] - weights[place] < MOVED:
                place += 1
                continue
            found.append(match)
            taken.update(range(match.b, match.b + match.size))
            place += match.size
    return found


MOST_HOMES = 8
"""Places that are tried for a passage which is there many times."""


def _longest(
    a: Sequence[str],
    b: Sequence[str],
    place: int,
    high: int,
    homes: Sequence[tuple[int, int]],
    taken: set[int],
) -> Match | None:
    best: Match | None = None
    for home, b_high in homes:
        size = 0
        while (
            place + size < high
            and home + size < b_high
            and home + size not in taken
            and a[place + size] == b[home + size]
        ):
            size += 1
        if size >= MOVED and (best is None or size > best.size):
            best = Match(place, home, size)
    return best
