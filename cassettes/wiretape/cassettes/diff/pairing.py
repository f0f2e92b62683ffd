"""Which interaction of one side belongs to which of the others.

Works on light items, so that cassettes of any size are paired before any of them is read. Pure;
knows no prompt, only its key.
"""

import os.path
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

PairBy = Literal["prompt", "order", "name"]
"""prompt  same prompt, then order; what is left over by its last user turn
order   the first with the first
name    same name of the file (the folder of a side left out), then order
"""


class Item(msgspec.Struct, frozen=True):
    """An interaction, as far as pairing has to know it."""

    file: str
    label: str
    number: int
    key: str
    """Of the prompt."""
    prompt: str
    """Of the prompt, what a reader is shown."""
    start_ns: int
    turn: str = ""
    """Of the last user turn; items with the same are a pair where no other has their key. Empty
    where they shall not be."""


Group = tuple[Item | None, ...]
"""An item of each side; None where a side has none."""


def pair(sides: Sequence[Sequence[Item]], by: PairBy = "prompt") -> list[Group]:
    """Groups, in the order of the first side, then of what only later sides have.

    Every item is in exactly one group. Within a key, items pair in the order in which they are
    given.
    """
    if by == "order":
        return _grouped([[(str(n), one) for n, one in enumerate(side)] for side in sides])
    if by == "name":
        return _grouped([list(zip(_names(side), side, strict=True)) for side in sides])
    exact = _grouped([[(item.key, item) for item in side] for side in sides])
    return _joined(exact, len(sides))


def _grouped(sides: Sequence[Sequence[tuple[str, Item]]]) -> list[Group]:
    """The n-th item of a key with the n-th of the same key on each other side."""
    groups: dict[tuple[str, int], list[Item | None]] = {}
    for place, side in enumerate(sides):
        seen: dict[str, int] = {}
        for key, item in side:
            count = seen[key] = seen.get(key, 0) + 1
            group = groups.setdefault((key, count), [None] * len(sides))
            group[place] = item
    return [tuple(group) for group in groups.values()]


def _joined(groups: Iterable[Group], width: int) -> list[Group]:
    """Groups that lack a side, put together where their last turns are equal."""
    found: list[list[Item | None]] = []
    waiting: dict[str, list[list[Item | None]]] = {}
    for group in groups:
        turn = next(item.turn for item in group if item is not None)
        there = [place for place, item in enumerate(group) if item is not None]
        if turn and len(there) < width:
            home = next(
                (
                    other
                    for other in waiting.get(turn, ())
                    if all(other[place] is None for place in there)
                ),
                None,
            )
            if home is not None:
                for place in there:
                    home[place] = group[place]
                continue
        found.append(list(group))
        if turn and len(there) < width:
            waiting.setdefault(turn, []).append(found[-1])
    return [tuple(one) for one in found]


def _names(side: Sequence[Item]) -> list[str]:
    """The files, each from the folder that all of a side are in."""
    folders = {os.path.dirname(item.file) for item in side}  # noqa: PTH120 - text, no path is touched
    try:
        common = os.path.commonpath(folders) if folders else ""
    except ValueError:  # some absolute, some not
        common = ""
    return [os.path.relpath(item.file, common or None) if common else item.file for item in side]
