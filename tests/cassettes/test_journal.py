"""The journal: whatever tears it, what is read is what was written."""

import io
from pathlib import Path

import pytest

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
    read_entries,
)
from wiretape.cassettes.model import Chunk, Ending, Session

ENTRIES: tuple[Entry, ...] = (
    SessionOpened(Session(1, "2026-11-22T09:30:00.000000Z", "wiretape 0.1.0")),
    Opened(1, 10, "openai", "https://api.openai.com", "POST", "/v1", "1.1", (("A", "\xe9"),)),
    Sent(1, (Chunk(11, 4),), b"{\n\n}"),
    PassedOn(1, 12),
    Answered(1, 13, "1.1", 200, "OK", ()),
    Received(1, (Chunk(14, 3), Chunk(15, 4)), b"a\xff\n\r"),
    Received(1, (), b"end"),
    Ended(1, Ending("complete", 16, 7), (("X", "y"),), {"credential": 1}, ""),
)


def read(path: Path) -> list[Entry]:
    with path.open("rb") as file:
        return [placed.entry for placed in read_entries(file)]


def test_what_goes_in_comes_out(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(b"".join(map(encode_entry, ENTRIES)))
    assert tuple(read(path)) == ENTRIES


def test_torn_anywhere_it_gives_the_entries_before(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    pieces = [encode_entry(entry) for entry in ENTRIES]
    whole = b"".join(pieces)
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        expected = 0
        while sum(map(len, pieces[: expected + 1])) <= length:
            expected += 1
        assert tuple(read(path)) == ENTRIES[:expected]


def test_no_flipped_bit_gives_another_entry(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    whole = b"".join(map(encode_entry, ENTRIES))
    for bit in range(len(whole) * 8):
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        found = tuple(read(path))
        assert found == ENTRIES[: len(found)]


def test_each_entry_knows_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    pieces = [encode_entry(entry) for entry in ENTRIES]
    path.write_bytes(b"".join(pieces))
    with path.open("rb") as file:
        places = [(placed.offset, placed.end) for placed in read_entries(file)]
    assert [end - offset for offset, end in places] == [len(piece) for piece in pieces]


def test_a_length_beyond_the_file_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    torn = encode_entry(Received(1, (Chunk(0, 3),), b"abc")).replace(b":3,", b":9999999999999,")
    path.write_bytes(torn)
    assert read(path) == []


@pytest.mark.parametrize("data", [b"", b"\n", b"\n\n\n", b"not a journal\n", b"\xff" * 100])
def test_what_is_no_journal_has_no_entries(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(data)
    assert read(path) == []


def test_the_journal_stands_beside_its_cassette() -> None:
    assert journal_path(Path("a/b.tape.zst")) == Path("a/b.tape.zst.journal")


def test_bodies_stand_in_the_journal_as_they_were() -> None:
    assert io.BytesIO(encode_entry(ENTRIES[5])).getvalue().endswith(b"\na\xff\n\r\n")
