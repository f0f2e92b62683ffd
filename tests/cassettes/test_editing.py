"""Merging and trimming keep everything but the numbers."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.cassettes.sample import INTERACTIONS, RESET, SESSION, WHOLE
from wiretape.cassettes.codec.encoder import encode_interaction
from wiretape.cassettes.codec.frames import compress_frame
from wiretape.cassettes.editing import merge, renumbered, rewrite, trim
from wiretape.cassettes.errors import (
    CassetteCorrupt,
    CassetteError,
    CassetteLocked,
    CassetteNotFound,
)
from wiretape.cassettes.folding import fold
from wiretape.cassettes.journal import SessionOpened, encode_entry, journal_path
from wiretape.cassettes.locking import lock_journal
from wiretape.cassettes.model import Interaction
from wiretape.cassettes.store import Cassette, append

LATER = replace(SESSION, started="2026-11-23T00:00:00.000000Z")


@pytest.fixture
def first(tmp_path: Path) -> Path:
    path = tmp_path / "first.tape.zst"
    append(path, SESSION, INTERACTIONS)
    append(path, LATER, [WHOLE])
    return path


@pytest.fixture
def second(tmp_path: Path) -> Path:
    path = tmp_path / "second.tape.zst"
    append(path, LATER, [RESET])
    return path


def test_merge_puts_session_behind_session(first: Path, second: Path, tmp_path: Path) -> None:
    target = tmp_path / "both.tape.zst"
    assert merge([first, second], target) == 4
    with Cassette.open(target) as cassette:
        assert [session.number for session in cassette.sessions] == [1, 2, 3]
        assert [session.started for session in cassette.sessions] == [
            SESSION.started,
            LATER.started,
            LATER.started,
        ]
        assert list(cassette) == [
            *INTERACTIONS,
            replace(WHOLE, number=3, session=2),
            replace(RESET, number=4, session=3),
        ]


def test_trim_keeps_what_is_chosen_and_its_sessions(first: Path, tmp_path: Path) -> None:
    target = tmp_path / "less.tape.zst"
    assert trim(first, target, lambda entry: entry.number == 3) == 1
    with Cassette.open(target) as cassette:
        assert cassette.sessions == (LATER,)
        assert list(cassette) == [replace(WHOLE, number=1, session=1)]


def test_trim_in_place(first: Path) -> None:
    assert trim(first, first, lambda entry: entry.ending == "reset") == 1
    with Cassette.open(first) as cassette:
        assert list(cassette) == [replace(RESET, number=1)]


def test_a_merged_cassette_is_what_recording_would_have_made(first: Path, tmp_path: Path) -> None:
    target = tmp_path / "same.tape.zst"
    merge([first], target)
    with Cassette.open(first) as before, Cassette.open(target) as after:
        assert b"".join(before.text()) == b"".join(after.text())


def test_another_file_is_never_overwritten(first: Path, second: Path) -> None:
    before = second.read_bytes()
    with pytest.raises(CassetteError, match="exists already"):
        merge([first], second)
    with pytest.raises(CassetteError, match="exists already"):
        trim(first, second, lambda _: True)
    assert second.read_bytes() == before


def test_a_source_that_is_missing_or_damaged_leaves_no_target(first: Path, tmp_path: Path) -> None:
    target = tmp_path / "both.tape.zst"
    with pytest.raises(CassetteNotFound):
        merge([first, tmp_path / "none.tape.zst"], target)
    data = bytearray(first.read_bytes())
    with Cassette.open(first) as cassette:
        data[cassette.index[0].offset + 20] ^= 1
    first.write_bytes(data)
    with pytest.raises(CassetteCorrupt):
        merge([first], target)
    assert sorted(tmp_path.iterdir()) == [first]


def test_unknown_keys_and_records_come_through(tmp_path: Path) -> None:
    text = encode_interaction(WHOLE)
    strange = b'{"record":"marker","n":1,"bytes":2,"why":"later"}\n\n\n\n' + text.replace(
        b'{"record":"request",', b'{"record":"request","new":{"a":[1.50]},'
    )
    changed = renumbered(Path("x"), 0, strange, 7, 9)
    assert changed.startswith(b'{"record":"marker","n":7,"bytes":2,"why":"later"}\n\n\n\n{')
    assert b'"new":{"a":[1.50]},"n":7,"session":9,' in changed
    assert compress_frame(renumbered(Path("x"), 0, changed, 1, 1)) == compress_frame(strange)


def test_rewrite_changes_some_and_copies_the_rest(first: Path, tmp_path: Path) -> None:
    target = tmp_path / "new.tape.zst"

    def change(interaction: Interaction) -> Interaction:
        return replace(interaction, upstream="x") if interaction.number == 2 else interaction

    assert rewrite(first, target, change) == 3
    with Cassette.open(first) as before, Cassette.open(target) as after:
        assert after.sessions == before.sessions
        assert list(after) == [change(one) for one in before]
        assert after.index[1].upstream == "x"


@pytest.mark.parametrize("name", ["first.tape.zst", "link.tape.zst"])
def test_a_cassette_that_is_recorded_to_is_not_changed(first: Path, name: str) -> None:
    path = first.with_name(name)
    if path != first:
        path.symlink_to(first)
    before = first.read_bytes()
    journal = lock_journal(first, create=True)
    assert journal is not None
    with journal:
        with pytest.raises(CassetteLocked):
            trim(path, path, lambda _: True)
        with pytest.raises(CassetteLocked):
            rewrite(path, path, lambda one: one)
        with pytest.raises(CassetteLocked):
            merge([path], path)
    assert first.read_bytes() == before


def test_a_cassette_about_to_be_recorded_is_not_made(first: Path, tmp_path: Path) -> None:
    target = tmp_path / "new.tape.zst"
    journal = lock_journal(target, create=True)
    assert journal is not None
    with journal, pytest.raises(CassetteLocked):
        merge([first], target)
    assert not target.exists()


def test_while_a_cassette_is_changed_nobody_else_writes_it(first: Path) -> None:
    """A recorder that seals meanwhile would be undone by the replacement."""
    asked = 0

    def change(interaction: Interaction) -> Interaction:
        nonlocal asked
        asked += 1
        with pytest.raises(CassetteLocked):
            lock_journal(first, create=True)
        with pytest.raises(CassetteLocked):
            fold(first)
        return interaction

    assert rewrite(first, first, change) == asked == 3
    assert sorted(path.name for path in first.parent.iterdir()) == [first.name]


def test_an_interrupted_recording_comes_to_the_cassette_first(first: Path) -> None:
    """What waits in the journal would escape the change."""
    journal_path(first).write_bytes(encode_entry(SessionOpened(SESSION)))
    with pytest.raises(CassetteError, match=r"'wiretape recover .*' puts it on the cassette first"):
        rewrite(first, first, lambda one: one)
    assert journal_path(first).exists()


def test_through_a_link_the_cassette_is_changed(first: Path) -> None:
    link = first.with_name("link.tape.zst")
    link.symlink_to(first)
    assert trim(link, link, lambda entry: entry.number == 1) == 1
    assert link.is_symlink()
    with Cassette.open(first) as cassette:
        assert len(cassette) == 1
