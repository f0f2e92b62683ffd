from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.cli.processes import STARTED, cut_index, index_start, make_tape
from wiretape.cassettes.folding import lock_journal
from wiretape.cassettes.journal import (
    Answered,
    Ended,
    Entry,
    Opened,
    PassedOn,
    Received,
    SessionOpened,
    encode_entry,
    journal_path,
)
from wiretape.cassettes.model import Chunk, Ending, Session
from wiretape.cassettes.store import Cassette
from wiretape.cli.main import wiretape


@pytest.fixture
def tape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path("t.tape.zst")


def recover(path: Path) -> Result:
    return CliRunner().invoke(wiretape, ["recover", str(path)])


def leave_journal(cassette: Path, torn: bytes = b"") -> None:
    """Two interactions: one ended, one was open when the recorder died."""
    session = Session(0, STARTED.replace("22:01", "23:59"), "wiretape 0.1.0")
    entries: list[Entry] = [SessionOpened(session)]
    for n in (1, 2):
        entries += [
            Opened(n, n, "openai", "https://openai.test", "POST", "/v1/responses", "1.1", ()),
            PassedOn(n, n + 10),
            Answered(n, n + 20, "1.1", 200, "OK", ()),
            Received(n, (Chunk(n + 30, 5),), b"data:"),
        ]
    entries.append(Ended(1, Ending("complete", 50, 5)))
    journal_path(cassette).write_bytes(b"".join(map(encode_entry, entries)) + torn)


def test_a_journal_becomes_a_cassette(tape: Path) -> None:
    leave_journal(tape, torn=b"torn")
    result = recover(tape)
    assert (result.exit_code, result.stderr) == (
        0,
        "wiretape: t.tape.zst: recovered 2 interactions from a journal "
        "(1 complete, 1 cut); 4 B at its end were torn\n",
    )
    assert not journal_path(tape).exists()
    with Cassette.open(tape) as cassette:
        assert [entry.ending for entry in cassette.index] == ["complete", "cut"]


def test_a_journal_is_added_to_a_cassette(tape: Path) -> None:
    make_tape(tape)
    leave_journal(tape)
    assert recover(tape).exit_code == 0
    with Cassette.open(tape) as cassette:
        assert len(cassette) == 5


def test_nothing_to_recover_is_said(tape: Path) -> None:
    make_tape(tape)
    result = recover(tape)
    assert (result.exit_code, result.stderr) == (0, "wiretape: t.tape.zst: nothing to recover\n")


def test_an_empty_journal_goes(tape: Path) -> None:
    journal_path(tape).write_bytes(encode_entry(SessionOpened(Session(0, STARTED, "wiretape"))))
    result = recover(tape)
    assert result.exit_code == 0
    assert "held no interaction" in result.stderr
    assert not journal_path(tape).exists()


def test_a_cassette_without_an_index_is_made_anew(tape: Path) -> None:
    make_tape(tape)
    cut_index(tape)
    result = recover(tape)
    assert (result.exit_code, result.stderr) == (
        0,
        "wiretape: t.tape.zst: made anew with 3 interactions "
        "(there is no index: the recording was interrupted); "
        "the old file is t.tape.zst.damaged\n",
    )
    with Cassette.open(tape) as cassette:
        assert cassette.whole


def test_a_damaged_index_is_made_anew(tape: Path) -> None:
    make_tape(tape)
    data = bytearray(tape.read_bytes())
    data[index_start(tape) + 12] ^= 1
    tape.write_bytes(data)
    assert CliRunner().invoke(wiretape, ["ls", str(tape)]).exit_code == 1
    assert recover(tape).exit_code == 0
    with Cassette.open(tape) as cassette:
        assert (len(cassette), cassette.whole) == (3, True)


def test_a_damaged_cassette_is_mended_before_its_journal_is_added(tape: Path) -> None:
    make_tape(tape)
    cut_index(tape)
    leave_journal(tape)
    assert recover(tape).exit_code == 0
    with Cassette.open(tape) as cassette:
        assert (len(cassette), cassette.whole) == (5, True)


def test_a_recorder_at_work_is_left_alone(tape: Path) -> None:
    make_tape(tape)
    cut_index(tape)
    before = tape.read_bytes()
    journal = lock_journal(tape, create=True)
    assert journal is not None
    with journal:
        result = recover(tape)
    assert tape.read_bytes() == before
    assert (result.exit_code, result.stderr) == (
        1,
        "wiretape: t.tape.zst: another process is recording to this cassette, or changing it\n",
    )


def test_only_a_journal_is_said_where_a_cassette_is_asked_for(tape: Path) -> None:
    leave_journal(tape)
    result = CliRunner().invoke(wiretape, ["ls", str(tape)])
    assert result.exit_code == 1
    assert "'wiretape recover t.tape.zst' makes one" in result.stderr


def test_through_a_link_whose_cassette_is_not_there_yet(tape: Path) -> None:
    link = Path("link.tape.zst")
    link.symlink_to(tape)
    leave_journal(link)
    assert Path("t.tape.zst.journal").exists()
    assert recover(link).exit_code == 0
    with Cassette.open(tape) as cassette:
        assert len(cassette) == 2
    assert link.is_symlink()


def test_a_damaged_cassette_through_a_link(tape: Path) -> None:
    make_tape(tape)
    cut_index(tape)
    link = Path("link.tape.zst")
    link.symlink_to(tape)
    assert recover(link).exit_code == 0
    with Cassette.open(tape) as cassette:
        assert cassette.whole
    assert link.is_symlink()


def test_a_damaged_journal_is_used_kept_and_said(tape: Path) -> None:
    leave_journal(tape)
    journal = bytearray(journal_path(tape).read_bytes())
    journal[journal.index(b'"opened","n":2') + 2] ^= 1
    journal_path(tape).write_bytes(journal)
    result = recover(tape)
    assert result.exit_code == 1
    assert "recovered 1 interaction from a journal" in result.stderr
    assert "all of it is kept as t.tape.zst.journal.damaged" in result.stderr
    for verb, code in (("recover", 0), ("fsck", 0), ("scan", 0)):
        said = CliRunner().invoke(wiretape, [verb, str(tape)])
        assert said.exit_code == code
        assert "t.tape.zst.journal.damaged stands beside it" in said.output


def test_a_second_damaged_cassette_is_kept_aside_too(tape: Path) -> None:
    for name in ("t.tape.zst.damaged", "t.tape.zst.damaged.2"):
        make_tape(tape)
        cut_index(tape)
        result = recover(tape)
        assert result.exit_code == 0
        assert result.stderr.endswith(f"the old file is {name}\n")
        assert Path(name).exists()
        tape.unlink()
