"""A journal that is damaged, not torn: what is whole of it is kept, nothing is thrown away."""

from itertools import accumulate
from pathlib import Path

import pytest

from tests.small_journal import entries
from wiretape.cassettes.checkup import check_up
from wiretape.cassettes.folding import DAMAGED, fold
from wiretape.cassettes.journal import (
    Answered,
    Ended,
    Entry,
    Opened,
    PassedOn,
    Received,
    encode_entry,
    journal_path,
)
from wiretape.cassettes.model import Chunk, Ending, Interaction
from wiretape.cassettes.store import Cassette

ENTRIES = [encode_entry(entry) for entry in entries()]
JOURNAL = b"".join(ENTRIES)
LAST = len(JOURNAL) - len(ENTRIES[-1])
"""Where the last entry begins."""

STARTS = set(accumulate(map(len, ENTRIES), initial=0))
CHECKED = [at for at in range(LAST) if at - len("01234567") not in STARTS]
"""Offsets that matter: all but the space behind each checksum."""


def damaged(at: int, data: bytes = JOURNAL) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def whole(n: int, body: bytes = b"hello") -> bytes:
    """The entries of an interaction from its beginning to its end."""
    said: list[Entry] = [
        Opened(n, n * 1000, "openai", "https://o.test", "POST", f"/{n}", "1.1", ()),
        PassedOn(n, n * 2000),
        Answered(n, n * 3000, "1.1", 200, "OK", ()),
        Received(n, (Chunk(n * 4000, len(body)),), body),
        Ended(n, Ending("complete", n * 5000, len(body))),
    ]
    return b"".join(map(encode_entry, said))


def folded(cassette: Path, journal: bytes) -> list[Interaction]:
    journal_path(cassette).write_bytes(journal)
    found = fold(cassette)
    assert found is not None
    assert found.damage
    with Cassette.open(cassette) as kept:
        return list(kept)


@pytest.mark.parametrize("at", CHECKED[::7])
def test_it_is_kept_aside(tmp_path: Path, at: int) -> None:
    cassette = tmp_path / "t.tape.zst"
    journal_path(cassette).write_bytes(damaged(at))
    found = fold(cassette)
    assert found is not None
    assert found.damage.endswith("all of it is kept as t.tape.zst.journal.damaged")
    aside = tmp_path / "t.tape.zst.journal.damaged"
    assert aside.read_bytes() == damaged(at)
    assert not journal_path(cassette).exists()
    assert fold(cassette) is None
    if at > len(ENTRIES[0]) + len(ENTRIES[1]):
        with Cassette.open(cassette) as kept:
            assert {one.timeline.ending.kind for one in kept} == {"cut"}
        assert any(aside.name in remark for remark in check_up(cassette).remarks)


HEAD = ENTRIES[0]
THREE = HEAD + whole(1) + whole(2) + whole(3)


def test_what_is_whole_behind_it_is_kept(tmp_path: Path) -> None:
    cassette = tmp_path / "good.tape.zst"
    journal_path(cassette).write_bytes(THREE)
    fold(cassette)
    with Cassette.open(cassette) as kept:
        good = list(kept)
    begin, end = len(HEAD + whole(1)), len(HEAD + whole(1) + whole(2))
    for at in range(begin, end):
        if THREE[at - 8 : at].isalnum() and THREE[at : at + 1] == b" ":
            continue  # the space behind a checksum, which says nothing
        found = folded(tmp_path / f"{at}.tape.zst", damaged(at, THREE))
        by_target = {one.request.target: one for one in found}
        assert by_target["/1"].timeline == good[0].timeline
        assert by_target["/3"].response == good[2].response
        assert by_target["/3"].timeline == good[2].timeline
        if "/2" in by_target:
            second = by_target["/2"]
            assert (second.timeline.ending.kind, second.timeline.ending.detail) == ("cut", DAMAGED)
            assert "of the journal, which was damaged there" in second.lost


def test_what_was_open_at_the_damage_is_never_called_complete(tmp_path: Path) -> None:
    """Its end stands behind the damage, and a part of its body may have stood there."""
    first = whole(1).split(b"\n")
    begun = b"\n".join(first[:3]) + b"\n"
    journal = HEAD + begun + whole(2) + whole(1)[len(begun) :] + whole(3)
    found = folded(tmp_path / "t.tape.zst", damaged(len(HEAD + begun) + 30, journal))
    assert [(one.request.target, one.timeline.ending.kind) for one in found] == [
        ("/1", "cut"),
        ("/3", "complete"),
    ]


def test_a_body_that_holds_an_entry_is_no_entry(tmp_path: Path) -> None:
    """The damaged entry still says where the next one begins."""
    forged = whole(7)
    journal = HEAD + whole(1, b"x\n" + forged + b"y") + whole(2)
    found = folded(tmp_path / "t.tape.zst", damaged(journal.index(b"x\n"), journal))
    assert [one.request.target for one in found] == ["/1", "/2"]


def test_the_last_entry_cannot_be_told_from_a_torn_one(tmp_path: Path) -> None:
    cassette = tmp_path / "t.tape.zst"
    journal_path(cassette).write_bytes(damaged(len(JOURNAL) - 3))
    folded = fold(cassette)
    assert folded is not None
    assert (folded.interactions, folded.torn_bytes) == (2, len(ENTRIES[-1]))
    assert [path.name for path in tmp_path.iterdir()] == [cassette.name]


def test_without_its_beginning_it_has_a_session_all_the_same(tmp_path: Path) -> None:
    cassette = tmp_path / "t.tape.zst"
    assert len(folded(cassette, damaged(20, THREE))) == 3
    with Cassette.open(cassette) as kept:
        (session,) = kept.sessions
    assert "beginning of its journal was damaged" in session.tool
    assert session.started.endswith("Z")


def test_another_is_there_already(tmp_path: Path) -> None:
    """Neither is lost."""
    cassette = tmp_path / "t.tape.zst"
    aside = tmp_path / "t.tape.zst.journal.damaged"
    aside.write_bytes(b"of another day")
    journal_path(cassette).write_bytes(damaged(LAST - 3))
    found = fold(cassette)
    assert found is not None
    assert found.damage.endswith("kept as t.tape.zst.journal.damaged.2")
    assert aside.read_bytes() == b"of another day"
    assert (tmp_path / f"{aside.name}.2").read_bytes() == damaged(LAST - 3)
    with Cassette.open(cassette) as kept:
        assert len(kept) == 2
