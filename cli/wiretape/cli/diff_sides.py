"""From what was typed behind `wiretape diff` to sides: files, their interactions, a label each.

Reads indexes alone. Heavy to import (the codec): the verb imports it when it runs.
"""

import stat
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, Self

from wiretape.cassettes.codec.index import IndexEntry
from wiretape.cassettes.diff.pairing import PairBy
from wiretape.cassettes.model import Asked, Interaction
from wiretape.cassettes.store import Cassette
from wiretape.cli.choosing import Choice
from wiretape.cli.console import say
from wiretape.cli.diff_options import Typed
from wiretape.cli.errors import NothingToCompare
from wiretape.cli.options import SUFFIX
from wiretape.cli.tapes import open_tape

By = Literal["upstream", "model"]

LABEL = 40
"""Characters of a label."""
MOST_OPEN = 64
"""Cassettes that are open at a time."""


class Shelf:
    """The cassettes of a run: each is opened when it is read, and not all of them are open."""

    def __init__(self) -> None:
        self._open: OrderedDict[Path, Cassette] = OrderedDict()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for tape in self._open.values():
            tape.close()

    def tape(self, path: Path) -> Cassette:
        """The cassette; open until many others have been asked for."""
        if path in self._open:
            self._open.move_to_end(path)
            return self._open[path]
        if len(self._open) >= MOST_OPEN:
            self._open.popitem(last=False)[1].close()
        tape = self._open[path] = Cassette.open(path)
        return tape


class Part:
    """What a side has of one cassette."""

    def __init__(self, shelf: Shelf, path: Path, entries: tuple[IndexEntry, ...]) -> None:
        self._shelf = shelf
        self.path = path
        self.entries = entries

    def asked(self) -> Iterator[Asked]:
        """What was asked, in order."""
        return (self._shelf.tape(self.path).read_asked(entry.number) for entry in self.entries)

    def read(self, number: int) -> Interaction:
        """One interaction by its number."""
        return self._shelf.tape(self.path).read(number)

    def called(self, name: Callable[[IndexEntry], str], wanted: str) -> "Part":
        """Of it, what has this name."""
        entries = tuple(entry for entry in self.entries if name(entry) == wanted)
        return Part(self._shelf, self.path, entries)


class Source(NamedTuple):
    """One side."""

    label: str
    parts: tuple[Part, ...]


def sources(typed: Sequence[Typed], by: By | None, shelf: Shelf) -> list[Source]:
    """The sides: one for each that was typed or, where that is one cassette, one for each
    upstream (or model) on it.

    Raises NothingToCompare, NothingChosen, and what opening a cassette raises.
    """
    parts = [tuple(_parts(one, shelf)) for one in typed]
    if len(typed) == 1:
        return _split(typed[0], parts[0], by)
    for path, count in Counter(str(one) for one in typed).items():
        if count > 1:
            say(f"{path} is given {count} times: it is compared with itself")
    return [Source(label, part) for label, part in zip(_labels(typed, parts), parts, strict=True)]


def pairing_of(typed: Sequence[Typed]) -> PairBy:
    """How to pair where nothing was said: who names one interaction of each side, means these."""
    named = len(typed) > 1 and all(one.is_one for one in typed)
    return "order" if named else "prompt"


def unpaired_words(sides: Sequence[Source], pairing: PairBy) -> str:
    """Why there was nothing to compare, and the way out."""
    for side in sides:
        if not any(part.entries for part in side.parts):
            files = ", ".join(str(part.path) for part in side.parts)
            return f"nothing to compare: {files} holds no interaction"
    way = {"prompt": "prompt", "order": "place", "name": "name of the file"}[pairing]
    return (
        f"nothing to compare: no two sides have an interaction of the same {way}; "
        "--pair order sets the first beside the first"
    )


def _parts(typed: Typed, shelf: Shelf) -> Iterator[Part]:
    choice = Choice(keep=typed.numbers)
    for path in _files(typed):
        with open_tape(path) as tape:
            if typed.numbers is not None:
                choice.check(path, tape.index)
            yield Part(shelf, path, tuple(filter(choice.keeps, tape.index)))


def _files(typed: Typed) -> list[Path]:
    try:
        is_folder = stat.S_ISDIR(typed.path.stat().st_mode)
    except OSError:
        is_folder = False  # opening it says why
    if not is_folder:
        return [typed.path]
    if typed.numbers is not None:
        raise NothingToCompare(f"{typed.path} is a folder: a number chooses from one cassette")
    files = sorted(typed.path.rglob(f"*{SUFFIX}"))
    if not files:
        raise NothingToCompare(f"{typed.path}: no cassette (NAME{SUFFIX}) is in this folder")
    return files


def _split(typed: Typed, parts: Sequence[Part], by: By | None) -> list[Source]:
    for way in (by,) if by else ("upstream", "model"):
        name = _NAMES[way]
        found = dict.fromkeys(name(entry) for part in parts for entry in part.entries)
        if len(found) > 1:
            return [
                Source(_label(one) or f"no {way}", tuple(part.called(name, one) for part in parts))
                for one in found
            ]
    what = f"{by}" if by else "upstream and one model"
    raise NothingToCompare(f"{typed}: one {what} alone is on it; give a second cassette")


_NAMES: dict[By, Callable[[IndexEntry], str]] = {
    "upstream": lambda entry: entry.upstream,
    "model": lambda entry: entry.model,
}


def _labels(typed: Sequence[Typed], parts: Sequence[Sequence[Part]]) -> list[str]:
    """The upstreams, the files' names, the models: the first of these that tells them apart."""
    ways = (
        [_only(entry.upstream for part in side for entry in part.entries) for side in parts],
        [one.path.name.removesuffix(SUFFIX) for one in typed],
        [_only(entry.model for part in side for entry in part.entries) for side in parts],
        [str(one) for one in typed],
    )
    for labels in ways:
        short = [_label(label) for label in labels]
        if all(short) and len(set(short)) == len(short):
            return short
    return [f"{_label(str(one))} ({place})" for place, one in enumerate(typed, 1)]


def _only(names: Iterable[str]) -> str:
    """The one name there is; empty where there are several."""
    found = set(names)
    return found.pop() if len(found) == 1 else ""


def _label(name: str) -> str:
    """The end tells paths and models apart."""
    return name if len(name) <= LABEL else f"…{name[1 - LABEL :]}"
