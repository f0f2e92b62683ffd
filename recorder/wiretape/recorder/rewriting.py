"""A cassette that is recorded anew: beside the old one, which stays until the new one is whole.

Knows files and the lock of a cassette; the proxy records to `Rewriting.beside` as to any other.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

import msgspec

from wiretape.cassettes.codec.index import IndexEntry
from wiretape.cassettes.editing import Choice, write_chosen
from wiretape.cassettes.journal import journal_path
from wiretape.cassettes.links import check_links, standing
from wiretape.cassettes.locking import check_nothing_waits, held
from wiretape.cassettes.matching import DEFAULT_RULES, MatchRules, request_key
from wiretape.cassettes.store import Cassette, is_absent, replace_file


class Rewriting(msgspec.Struct, frozen=True):
    """The old one and the new one."""

    cassette: Path
    beside: Path
    """`.NAME.rewrite`, in the same folder."""

    def replace(self) -> None:
        """The new one takes the place of the old one, in one step. Raises CassetteError where the
        system refuses; the old one is then as it was.
        """
        replace_file(self.cassette, self._copy)
        self.beside.unlink()

    def merge(self, rules: MatchRules = DEFAULT_RULES) -> None:
        """As `replace`, but recordings of the old one that were not asked for again stay, with
        their sessions, before the new ones.
        """

        def others(old: Cassette, new: Cassette) -> Choice:
            again = {request_key(one.upstream, one.request, rules) for one in new}
            numbers = {
                one.number
                for one in old
                if request_key(one.upstream, one.request, rules) not in again
            }
            return lambda entry: entry.number in numbers

        self._put_behind(others)

    def add(self) -> None:
        """As `replace`, but all of the old one stays, before the new ones."""
        self._put_behind(lambda old, new: _all)

    def _put_behind(self, chosen: Callable[[Cassette, Cassette], Choice]) -> None:
        """The new ones behind what is chosen of the old one."""
        if is_absent(self.cassette):
            self.replace()
            return
        with Cassette.open(self.cassette) as old, Cassette.open(self.beside) as new:
            sources = [(old, chosen(old, new)), (new, _all)]
            replace_file(self.cassette, partial(write_chosen, sources=sources))
        self.beside.unlink()

    def _copy(self, file: BinaryIO) -> int:
        with self.beside.open("rb") as new:
            shutil.copyfileobj(new, file)
        return 0


def _all(_: IndexEntry) -> bool:
    return True


@contextmanager
def rewriting(cassette: Path) -> Iterator[Rewriting]:
    """Nobody else writes the cassette meanwhile. What an earlier attempt left is removed.

    Raises CassetteLocked, CassetteError where an interrupted recording waits in the journal, and
    what opening a cassette raises: what is no cassette is not replaced by one.
    """
    check_links(cassette)
    cassette = standing(cassette)
    with held(cassette) as journal:
        check_nothing_waits(cassette, journal)
        if not is_absent(cassette):
            Cassette.open(cassette).close()
        beside = cassette.with_name(f".{cassette.name}.rewrite")
        for left in (beside, journal_path(beside)):
            left.unlink(missing_ok=True)
        yield Rewriting(cassette, beside)
