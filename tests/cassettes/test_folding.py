"""From the journal to the cassette, after an orderly end and after a kill."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from msgspec.structs import replace

from wiretape.cassettes.errors import CassetteLocked
from wiretape.cassettes.folding import STOPPED, Folded, fold, lock_journal
from wiretape.cassettes.journal import (
    Answered,
    Ended,
    Entry,
    Opened,
    PassedOn,
    Received,
    Sent,
    SessionOpened,
    encode_entry,
    journal_path,
)
from wiretape.cassettes.model import Chunk, Ending, Notes, Session, Timeline
from wiretape.cassettes.store import Cassette, append

US = 1_000
SESSION = Session(1, "2026-11-22T09:30:00.000000Z", "wiretape 0.1.0")
ASKED = b'{"model":"m"}'


def opened(n: int, at_us: int = 100) -> Opened:
    return Opened(n, at_us * US, "openai", "https://api.openai.com", "POST", "/v1", "1.1", ())


def answered(n: int, at_us: int) -> Answered:
    return Answered(n, at_us * US, "1.1", 200, "OK", (("A", "b"),))


def whole(n: int, start_us: int) -> list[Entry]:
    """The entries of an interaction that ended as it should."""
    at = start_us * US
    return [
        opened(n, start_us - 10),
        Sent(n, (Chunk(at - 5 * US, len(ASKED)),), ASKED),
        PassedOn(n, at),
        answered(n, start_us + 50),
        Received(n, (Chunk(at + 60 * US, 3), Chunk(at + 70 * US, 3)), b"abcd"),
        Received(n, (Chunk(at + 80 * US, 1),), b"efg"),
        Ended(n, Ending("complete", at + 90 * US, 7), (("T", "1"),), {"credential": 2}),
    ]


@pytest.fixture
def cassette(tmp_path: Path) -> Path:
    return tmp_path / "one.tape.zst"


def write(cassette: Path, entries: Iterable[Entry], torn: bytes = b"") -> None:
    data = b"".join(map(encode_entry, [SessionOpened(SESSION), *entries]))
    journal_path(cassette).write_bytes(data + torn)


def folded(cassette: Path) -> Folded:
    result = fold(cassette)
    assert result is not None
    assert not journal_path(cassette).exists()
    return result


def test_a_whole_interaction(cassette: Path) -> None:
    write(cassette, whole(1, 1000))
    assert folded(cassette) == Folded(SESSION, 1, {"complete": 1}, 7, cut=0, lost=0, torn_bytes=0)
    with Cassette.open(cassette) as kept:
        [one] = kept
        assert kept.sessions == (SESSION,)
    assert one.start_ns == 1000 * US
    assert one.request.body == ASKED
    assert one.response is not None
    assert one.response.body == b"abcdefg"
    assert one.response.trailers == (("T", "1"),)
    assert one.timeline == Timeline(
        sent=(Chunk(-5 * US, len(ASKED)),),
        head_ns=50 * US,
        received=(Chunk(60 * US, 3), Chunk(70 * US, 3), Chunk(80 * US, 1)),
        ending=Ending("complete", 90 * US, 7),
    )
    assert one.notes == Notes(model_asked="m")
    assert one.redacted == {"credential": 2}


def test_interactions_stand_in_the_order_of_their_epochs(cassette: Path) -> None:
    first, second = whole(1, 2000), whole(2, 1500)
    mixed = [entry for pair in zip(first, second, strict=True) for entry in pair]
    write(cassette, mixed)
    assert folded(cassette).interactions == 2
    with Cassette.open(cassette) as kept:
        assert [(one.number, one.start_ns) for one in kept] == [(1, 1500 * US), (2, 2000 * US)]


def test_what_was_open_is_cut(cassette: Path) -> None:
    entries = whole(1, 1000)[:-2]
    write(cassette, entries, torn=b"0000 torn")
    assert folded(cassette) == Folded(SESSION, 1, {"cut": 1}, 4, cut=1, lost=0, torn_bytes=9)
    with Cassette.open(cassette) as kept:
        [one] = kept
    assert one.response is not None
    assert one.response.body == b"abcd"
    assert one.timeline.received == (Chunk(60 * US, 3), Chunk(70 * US, 1))
    assert one.timeline.ending == Ending("cut", 70 * US, 4, STOPPED)


def test_cut_after_every_entry_it_gives_what_was_there(cassette: Path) -> None:
    entries = whole(1, 1000)
    for count in range(1, len(entries)):
        cassette.unlink(missing_ok=True)
        write(cassette, entries[:count])
        assert folded(cassette).cut == 1
        with Cassette.open(cassette) as kept:
            [one] = kept
        assert one.timeline.ending.kind == "cut"
        assert (one.response is not None) == (count >= 4)


def test_a_second_fold_does_nothing(cassette: Path) -> None:
    write(cassette, whole(1, 1000))
    fold(cassette)
    before = cassette.read_bytes()
    assert fold(cassette) is None
    assert cassette.read_bytes() == before


def test_a_crash_between_cassette_and_journal_folds_nothing_twice(cassette: Path) -> None:
    write(cassette, whole(1, 1000))
    journal = journal_path(cassette).read_bytes()
    fold(cassette)
    before = cassette.read_bytes()
    journal_path(cassette).write_bytes(journal)
    assert folded(cassette).interactions == 1
    assert cassette.read_bytes() == before


def test_a_fold_adds_a_session_to_a_cassette(cassette: Path) -> None:
    append(cassette, Session(1, "2026-01-01T00:00:00.000000Z", "wiretape 0.1.0"), [])
    write(cassette, whole(1, 1000))
    folded(cassette)
    with Cassette.open(cassette) as kept:
        assert len(kept.sessions) == 2
        assert [(one.number, one.session) for one in kept] == [(1, 2)]


@pytest.mark.parametrize("torn", [b"", b"torn"])
def test_a_journal_without_interactions_leaves_no_cassette(cassette: Path, torn: bytes) -> None:
    write(cassette, [], torn)
    assert fold(cassette) is None
    assert not cassette.exists()
    assert not journal_path(cassette).exists()


def test_what_the_disk_did_not_take_is_told(cassette: Path) -> None:
    entries = whole(1, 1000)
    ended = Ended(1, Ending("complete", 2000 * US, 7), lost="3 bytes: No space left on device")
    write(cassette, [*entries[:5], ended])
    assert folded(cassette).lost == 1
    with Cassette.open(cassette) as kept:
        [one] = kept
        assert kept.index[0].lost
    assert one.lost == "3 bytes: No space left on device"
    assert sum(chunk.size for chunk in one.timeline.received) == 4


def test_an_end_that_the_disk_never_took_is_told_by_the_recorder(cassette: Path) -> None:
    entries = whole(1, 1000)
    ended = Ended(1, Ending("complete", 2000 * US, 7), lost="all after 4 bytes")
    write(cassette, entries[:5])
    result = fold(cassette, {1: ended})
    assert result is not None
    assert (result.by_ending, result.cut, result.lost) == ({"complete": 1}, 0, 1)
    with Cassette.open(cassette) as kept:
        [one] = kept
    assert one.lost == "all after 4 bytes"
    assert one.timeline.ending == Ending("complete", 1000 * US, 7)


def test_what_a_killed_writer_left_is_swept(cassette: Path) -> None:
    write(cassette, whole(1, 1000))
    cassette.with_name(f".{cassette.name}.77.new").write_bytes(b"half a cassette")
    fold(cassette)
    assert list(cassette.parent.iterdir()) == [cassette]


def test_a_journal_that_is_being_written_is_left_alone(cassette: Path) -> None:
    write(cassette, whole(1, 1000))
    held = lock_journal(cassette, create=True)
    assert held is not None
    with held, pytest.raises(CassetteLocked, match="another process is recording"):
        fold(cassette)
    assert folded(cassette).interactions == 1


def test_a_head_that_no_reader_takes_costs_the_response_only(cassette: Path) -> None:
    odd = [
        replace(entry, status=99) if isinstance(entry, Answered) else entry
        for entry in whole(2, 2000)
    ]
    write(cassette, [*whole(1, 1000), *odd, *whole(3, 3000)])
    fold(cassette)
    with Cassette.open(cassette) as kept:
        assert [one.response is None for one in kept] == [False, True, False]
        assert kept.read(2).lost == "the response (a response with status 99)"
