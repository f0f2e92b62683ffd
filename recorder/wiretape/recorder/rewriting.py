"""A cassette that is recorded anew: beside the old one, which stays until the new one is whole.

Knows files and the lock of a cassette; the proxy records to `Rewriting.beside` as to any other.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec

from wiretape.cassettes.journal import journal_path
from wiretape.cassettes.links import check_links, standing
from wiretape.cassettes.locking import check_nothing_waits, held
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

    def _copy(self, file: BinaryIO) -> int:
        with self.beside.open("rb") as new:
            shutil.copyfileobj(new, file)
        return 0


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
