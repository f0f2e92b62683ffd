"""Files that another user put where ours will stand: never followed, never written to."""

import os
import stat
from pathlib import Path

import pytest

from tests.interactions import make_interaction
from wiretape.cassettes.errors import CassetteError
from wiretape.cassettes.folding import fold, lock_journal
from wiretape.cassettes.journal import journal_path
from wiretape.cassettes.model import Session
from wiretape.cassettes.store import Cassette, append

SESSION = Session(1, "2026-01-01T00:00:00Z", "wiretape")


@pytest.mark.parametrize("create", [True, False])
def test_a_journal_that_is_a_symbolic_link(tmp_path: Path, create: bool) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"of someone else")
    cassette = tmp_path / "t.tape.zst"
    journal_path(cassette).symlink_to(target)
    with pytest.raises(CassetteError, match=r"symbolic link; .* folder of your own"):
        lock_journal(cassette, create=create)
    with pytest.raises(CassetteError, match="symbolic link"):
        fold(cassette)
    assert target.read_bytes() == b"of someone else"


def test_a_journal_that_is_no_file(tmp_path: Path) -> None:
    cassette = tmp_path / "t.tape.zst"
    os.mkfifo(journal_path(cassette))
    with pytest.raises(CassetteError, match="not a file of yours"):
        lock_journal(cassette, create=True)


def test_a_journal_of_another_user(tmp_path: Path) -> None:
    cassette = tmp_path / "t.tape.zst"
    journal_path(cassette).touch()
    if os.geteuid() == 0:
        os.chown(journal_path(cassette), 12345, 12345)
        with pytest.raises(CassetteError, match="not a file of yours"):
            lock_journal(cassette, create=True)
        # Its owner may do as they like in a folder of their own.
        os.chown(tmp_path, 12345, 12345)
    journal = lock_journal(cassette, create=True)
    assert journal is not None
    journal.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_cassette_that_is_a_link_of_another_user(tmp_path: Path) -> None:
    """Not followed, unless whoever made it owns the folder: as Linux has it for sticky folders."""
    cassette = tmp_path / "t.tape.zst"
    cassette.symlink_to(tmp_path / "elsewhere.tape.zst")
    os.lchown(cassette, 12345, 12345)
    for create in (True, False):
        with pytest.raises(CassetteError, match=r"not yours; .* folder of your own"):
            lock_journal(cassette, create=create)
    assert [path.name for path in tmp_path.iterdir()] == [cassette.name]
    os.chown(tmp_path, 12345, 12345)
    assert lock_journal(cassette, create=False) is None


def test_a_link_where_the_new_cassette_is_written(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"of someone else")
    cassette = tmp_path / "t.tape.zst"
    planted = tmp_path / f".{cassette.name}.{os.getpid()}.new"
    planted.symlink_to(target)
    append(cassette, SESSION, [make_interaction()])
    assert target.read_bytes() == b"of someone else"
    assert not cassette.is_symlink()
    assert stat.S_IMODE(cassette.stat().st_mode) == 0o600
    with Cassette.open(cassette) as kept:
        assert len(kept) == 1


def test_a_cassette_that_is_a_link_is_replaced_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target.tape.zst"
    append(target, SESSION, [make_interaction()])
    before = target.read_bytes()
    cassette = tmp_path / "t.tape.zst"
    cassette.symlink_to(target)
    append(cassette, SESSION, [make_interaction()])
    assert target.read_bytes() == before
    assert not cassette.is_symlink()
