"""Cassettes as files: appending, replacing, refusing."""

import errno
import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from msgspec.structs import replace

from tests.cassettes.sample import INTERACTIONS, RESET, SESSION, WHOLE
from tests.interactions import make_interaction
from wiretape.cassettes.codec.frames import compress_frame
from wiretape.cassettes.errors import (
    CassetteCorrupt,
    CassetteError,
    CassetteNotFound,
    IndexCorrupt,
    InteractionNotFound,
    NotACassette,
)
from wiretape.cassettes.model import Interaction
from wiretape.cassettes.store import Cassette, append, rebuild, replace_file, sweep

LATER = replace(SESSION, started="2026-11-23T00:00:00.000000Z")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "one.tape.zst"


def blocks_end(cassette: Cassette) -> int:
    return cassette.index[-1].offset + cassette.index[-1].length


def test_append_makes_a_new_cassette_and_numbers_it(path: Path) -> None:
    assert append(path, replace(SESSION, number=7), INTERACTIONS) == 2
    with Cassette.open(path) as cassette:
        assert cassette.whole
        assert cassette.sessions == (SESSION,)
        assert list(cassette) == list(INTERACTIONS)


def test_append_adds_a_session_and_copies_the_blocks(path: Path) -> None:
    append(path, SESSION, INTERACTIONS)
    with Cassette.open(path) as before:
        blocks = path.read_bytes()[before.head_end : blocks_end(before)]
    assert append(path, LATER, [WHOLE]) == 1
    with Cassette.open(path) as cassette:
        assert cassette.sessions == (SESSION, replace(LATER, number=2))
        assert list(cassette) == [*INTERACTIONS, replace(WHOLE, number=3, session=2)]
    assert blocks in path.read_bytes()


def test_only_the_owner_may_read_a_cassette(path: Path) -> None:
    append(path, SESSION, INTERACTIONS)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_listing_needs_no_block(path: Path) -> None:
    append(path, SESSION, INTERACTIONS)
    with Cassette.open(path) as cassette:
        data = bytearray(path.read_bytes())
        start, end = cassette.head_end, blocks_end(cassette)
        data[start:end] = bytes(end - start)
    path.write_bytes(data)
    with Cassette.open(path) as cassette:
        assert [entry.ending for entry in cassette.index] == ["complete", "reset"]
        assert cassette.index[0].model == "gpt-5-2026-08-01"
        with pytest.raises(CassetteCorrupt):
            cassette.read(1)


def test_a_failure_while_writing_leaves_the_old_cassette(path: Path) -> None:
    append(path, SESSION, INTERACTIONS)
    before = path.read_bytes()

    def failing() -> Iterator[Interaction]:
        yield WHOLE
        raise OSError(28, "No space left on device")

    with pytest.raises(CassetteError, match=r"cannot be written [(]No space left"):
        append(path, LATER, failing())
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_damage_is_never_appended_to(path: Path) -> None:
    append(path, SESSION, INTERACTIONS)
    data = bytearray(path.read_bytes())
    data[-30] ^= 1
    path.write_bytes(data)
    with pytest.raises(IndexCorrupt):
        append(path, LATER, INTERACTIONS)
    assert path.read_bytes() == data


def test_an_interrupted_cassette_is_whole_after_an_append(path: Path) -> None:
    append(path, SESSION, INTERACTIONS)
    with Cassette.open(path) as cassette:
        end = blocks_end(cassette)
    torn = compress_frame(b"a block that was never written to its end")[:-5]
    path.write_bytes(path.read_bytes()[:end] + torn)
    with Cassette.open(path) as cassette:
        assert not cassette.whole
        assert list(cassette) == list(INTERACTIONS)
    append(path, LATER, [WHOLE])
    with Cassette.open(path) as cassette:
        assert cassette.whole
        assert len(cassette) == 3


def test_rebuild_makes_a_new_index_and_keeps_the_damaged_file(path: Path) -> None:
    append(path, SESSION, INTERACTIONS)
    good = path.read_bytes()
    damaged = bytearray(good)
    damaged[-30] ^= 1
    path.write_bytes(damaged)
    salvaged = rebuild(path)
    assert salvaged.damages == ()
    assert path.read_bytes() == good
    assert path.with_name(path.name + ".damaged").read_bytes() == damaged


def test_rebuild_keeps_what_is_whole_under_its_number(path: Path) -> None:
    large = make_interaction([(1, os.urandom(300_000))])
    append(path, SESSION, [large, large, large])
    with Cassette.open(path) as cassette:
        second = cassette.index[1]
    data = bytearray(path.read_bytes())
    data[second.offset + 1000] ^= 1
    path.write_bytes(data)
    salvaged = rebuild(path)
    assert [damage.offset for damage in salvaged.damages] == [second.offset]
    with Cassette.open(path) as cassette:
        assert [one.number for one in cassette] == [1, 3]
        assert cassette.read(3).number == 3
        with pytest.raises(InteractionNotFound):
            cassette.read(2)
    append(path, LATER, [WHOLE])
    with Cassette.open(path) as cassette:
        assert [entry.number for entry in cassette.index] == [1, 3, 4]


def test_absence_and_damage_are_different_errors(path: Path) -> None:
    with pytest.raises(CassetteNotFound, match="no such cassette"):
        Cassette.open(path)
    with pytest.raises(CassetteError, match=r"cannot be read [(]Is a dir"):
        Cassette.open(path.parent)


def test_a_number_that_is_not_there_is_named(path: Path) -> None:
    append(path, SESSION, [WHOLE, RESET])
    with Cassette.open(path) as cassette:
        for number in (0, 3):
            with pytest.raises(InteractionNotFound, match=rf"no interaction {number}: .* 1 to 2"):
                cassette.read(number)


def test_a_pipe_or_a_device_is_no_cassette_and_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.tape.zst"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/zero")):
        with pytest.raises(NotACassette, match="no regular file"):
            Cassette.open(path)


def test_an_empty_file_is_as_good_as_none_for_writing(path: Path) -> None:
    path.touch()
    assert append(path, SESSION, INTERACTIONS) == 2
    with Cassette.open(path) as cassette:
        assert list(cassette) == list(INTERACTIONS)


def test_verify_unpacks_every_block(path: Path) -> None:
    append(path, SESSION, INTERACTIONS)
    with Cassette.open(path) as cassette:
        cassette.verify()
        offset = cassette.index[0].offset
    data = bytearray(path.read_bytes())
    data[offset + 20] ^= 1
    path.write_bytes(data)
    with (
        Cassette.open(path) as cassette,
        pytest.raises(CassetteCorrupt, match=r"'wiretape recover .*' keeps what is whole"),
    ):
        cassette.verify()


def test_what_is_being_written_is_not_swept(path: Path) -> None:
    killed = path.with_name(f".{path.name}.1.new")
    killed.write_bytes(b"half")

    def write(file: BinaryIO) -> int:
        sweep(path)
        return file.write(b"whole")

    assert replace_file(path, write) == 5
    assert path.read_bytes() == b"whole"
    assert not killed.exists()


@pytest.mark.parametrize("at", ["read", "seek"])
def test_a_file_that_the_system_cannot_read_is_named(
    path: Path, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `/proc/self/mem`, or a failing disk."""
    append(path, SESSION, INTERACTIONS)
    monkeypatch.setattr(Path, "open", lambda *_: FailingFile(at))
    with pytest.raises(CassetteError, match=r"one\.tape\.zst: cannot be read"):
        Cassette.open(path)


class FailingFile(io.BytesIO):
    def __init__(self, at: str) -> None:
        super().__init__(b"a file of some bytes")
        self._at = at

    def read(self, size: int | None = -1, /) -> bytes:
        if self._at == "read":
            raise OSError(errno.EIO, "Input/output error")
        return super().read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        if self._at == "seek":
            raise OSError(errno.EINVAL, "Invalid argument")
        return super().seek(offset, whence)


def test_what_was_asked_is_read_alone(path: Path) -> None:
    append(path, SESSION, INTERACTIONS)
    with Cassette.open(path) as cassette:
        asked = list(cassette.asked())
        assert asked == [cassette.read_asked(entry.number) for entry in cassette.index]
        for one, interaction, entry in zip(asked, cassette, cassette.index, strict=True):
            assert one.request == interaction.request
            assert (one.number, one.start_ns) == (interaction.number, interaction.start_ns)
            assert (one.upstream, one.model) == (interaction.upstream, entry.model)
        with pytest.raises(InteractionNotFound, match="no interaction 3"):
            cassette.read_asked(3)
