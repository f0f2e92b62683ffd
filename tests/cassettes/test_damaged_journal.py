"""A journal that is damaged, not torn: nothing of it is thrown away, and it is said."""

from itertools import accumulate
from pathlib import Path

import pytest

from tests.small_journal import entries
from wiretape.cassettes.errors import CassetteCorrupt, CassetteError
from wiretape.cassettes.folding import fold
from wiretape.cassettes.journal import encode_entry, journal_path
from wiretape.cassettes.store import Cassette

ENTRIES = [encode_entry(entry) for entry in entries()]
JOURNAL = b"".join(ENTRIES)
LAST = len(JOURNAL) - len(ENTRIES[-1])
"""Where the last entry begins."""

STARTS = set(accumulate(map(len, ENTRIES), initial=0))
CHECKED = [at for at in range(LAST) if at - len("01234567") not in STARTS]
"""Offsets that matter: all but the space behind each checksum."""


def damaged(at: int) -> bytes:
    return JOURNAL[:at] + bytes([JOURNAL[at] ^ 1]) + JOURNAL[at + 1 :]


@pytest.mark.parametrize("at", CHECKED[::7])
def test_it_is_kept_aside(tmp_path: Path, at: int) -> None:
    cassette = tmp_path / "t.tape.zst"
    journal_path(cassette).write_bytes(damaged(at))
    with pytest.raises(CassetteCorrupt, match=r"kept as t\.tape\.zst\.journal\.damaged") as raised:
        fold(cassette)
    assert raised.value.offset <= at
    aside = tmp_path / "t.tape.zst.journal.damaged"
    assert aside.read_bytes() == damaged(at)
    assert not journal_path(cassette).exists()
    assert fold(cassette) is None
    if at > len(ENTRIES[0]) + len(ENTRIES[1]):
        with Cassette.open(cassette) as kept:
            assert {one.timeline.ending.kind for one in kept} == {"cut"}


def test_the_last_entry_cannot_be_told_from_a_torn_one(tmp_path: Path) -> None:
    cassette = tmp_path / "t.tape.zst"
    journal_path(cassette).write_bytes(damaged(len(JOURNAL) - 3))
    folded = fold(cassette)
    assert folded is not None
    assert (folded.interactions, folded.torn_bytes) == (2, len(ENTRIES[-1]))
    assert [path.name for path in tmp_path.iterdir()] == [cassette.name]


def test_another_is_there_already(tmp_path: Path) -> None:
    """Neither is lost; what could be read is on the cassette once."""
    cassette = tmp_path / "t.tape.zst"
    aside = tmp_path / "t.tape.zst.journal.damaged"
    aside.write_bytes(b"of another day")
    journal_path(cassette).write_bytes(damaged(LAST - 3))
    for _ in range(2):
        with pytest.raises(CassetteError, match="File exists"):
            fold(cassette)
    assert journal_path(cassette).read_bytes() == damaged(LAST - 3)
    with Cassette.open(cassette) as kept:
        assert len(kept) == 2
