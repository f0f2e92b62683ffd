"""Cassettes of any size set beside one another, a comparison at a time.

Two passes: one over the requests, of which only keys are kept, and one that reads what belongs
together. So memory grows by some hundred bytes an interaction, whatever the bodies are. Knows tapes
by what they can do; opening and closing them is for the caller.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from os.path import commonpath
from pathlib import Path
from sys import intern
from typing import Protocol

from wiretape.cassettes.dialects.detection import api_of_path
from wiretape.cassettes.diff.comparing import EXACT, compare, side_of
from wiretape.cassettes.diff.comparison import Comparison, Side, Tolerance
from wiretape.cassettes.diff.pairing import Group, Item, PairBy, pair
from wiretape.cassettes.diff.prompts import prompt_of
from wiretape.cassettes.model import Asked, Interaction

SUFFIX = ".tape.zst"


class Tape(Protocol):
    """A cassette, open."""

    @property
    def path(self) -> Path:
        """Where it is."""

    def asked(self) -> Iterator[Asked]:
        """What was asked, in order."""

    def read(self, number: int) -> Interaction:
        """One of them by its number."""


def compare_tapes(
    sides: Sequence[Sequence[Tape]],
    by: PairBy = "prompt",
    tolerance: Tolerance = EXACT,
    labels: Sequence[str] = (),
    *,
    checked: bool = True,
) -> Iterator[Comparison]:
    """The comparisons of two or more sides, each of one cassette or more, in the order of the
    first side. `labels` are found where none are given; without `checked`, which takes an eighth
    of the time, there are no findings. Raises as reading the tapes does."""
    items = [list(items_of(side)) for side in sides]
    named = list(labels) or labels_of(sides, items)
    tapes = [{str(tape.path): tape for tape in side} for side in sides]
    groups = pair(items, by)
    items.clear()
    for group in groups:
        yield compare(named, list(_read(group, named, tapes, checked=checked)), tolerance)


def items_of(side: Sequence[Tape]) -> Iterator[Item]:
    """What pairing has to know of each interaction of a side."""
    for tape in side:
        file = str(tape.path)
        for asked in tape.asked():
            prompt = prompt_of(api_of_path(asked.request.target), asked.request)
            yield Item(
                file=file,
                label=intern(f"{asked.upstream} {asked.model}"),
                number=asked.number,
                key=prompt.key,
                prompt=prompt.shown,
                start_ns=asked.start_ns,
                turn=prompt.turn,
            )


def labels_of(sides: Sequence[Sequence[Tape]], items: Sequence[Sequence[Item]]) -> list[str]:
    """What to call the sides: by upstream, by upstream and model, by file; the first of these by
    which no two are called the same, numbered where all fail."""
    upstreams = [{item.label.partition(" ")[0] for item in side} for side in items]
    models = [{item.label.rstrip() for item in side} for side in items]
    files = [{_file_name(tape.path) for tape in side} for side in sides]
    for names in (upstreams, models, files, _folders(sides)):
        single = [next(iter(one)) for one in names if len(one) == 1]
        if len(set(single)) == len(sides):
            return single
    return _numbered([", ".join(sorted(one)[:2]) or "empty" for one in files])


def _folders(sides: Sequence[Sequence[Tape]]) -> list[set[str]]:
    """The folder each side is in, the innermost by which they differ."""
    parts = [
        Path(commonpath([tape.path.parent.absolute() for tape in side])).parts
        for side in sides
        if side
    ]
    while parts and all(parts) and len({one[-1] for one in parts}) == 1:
        parts = [one[:-1] for one in parts]
    return [set(one[-1:]) for one in parts]


def _file_name(path: Path) -> str:
    return path.name.removesuffix(SUFFIX)


def _numbered(names: Sequence[str]) -> list[str]:
    seen: Counter[str] = Counter()
    told = []
    for name in names:
        seen[name] += 1
        told.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return told


def _read(
    group: Group,
    labels: Sequence[str],
    tapes: Sequence[Mapping[str, Tape]],
    *,
    checked: bool,
) -> Iterator[Side | None]:
    before: Side | None = None
    for item, label, by_file in zip(group, labels, tapes, strict=True):
        if item is None:
            yield None
            continue
        interaction = by_file[item.file].read(item.number)
        side = side_of(label, item.file, interaction, before, checked=checked)
        before = before or side
        yield side
