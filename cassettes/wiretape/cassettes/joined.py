"""Cassettes that stand one behind the other in one file, as `cat A B` makes it.

Such a file is none: the numbers begin anew in its middle, and the index at its end is of the last
one only. Each part is read as a cassette of its own. Knows frames and files.
"""

import io
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from wiretape.cassettes.codec.decoder import CassetteDecoder
from wiretape.cassettes.codec.index import FOOTER, index_length
from wiretape.cassettes.codec.records import check_first_line
from wiretape.cassettes.editing import write_all
from wiretape.cassettes.errors import CassetteError
from wiretape.cassettes.store import Cassette, keep_aside, replace_file

Part = tuple[int, int]
"""Where a cassette begins in the file and where it ends."""


def parts(path: Path) -> tuple[Part, ...]:
    """The cassettes of a file; one as a rule. Raises OSError."""
    with path.open("rb") as file:
        decoder = CassetteDecoder(path, file)
        starts = [0]
        end: int | None = None
        try:
            for frame in decoder.frames():
                if frame.offset == end and _begins(path, decoder.text_of(frame)):
                    starts.append(frame.offset)
                frame_end = frame.offset + len(frame.data)
                is_index = index_length(frame.data[-FOOTER.size :]) == len(frame.data)
                end = frame_end if frame.skippable and is_index else None
        except CassetteError:
            pass  # what is damaged is of the part before it
        return tuple(zip(starts, [*starts[1:], decoder.size], strict=True))


def rebuild_joined(path: Path, found: tuple[Part, ...]) -> tuple[int, Path, tuple[str, ...]]:
    """Write one cassette of the interactions of all parts, numbered anew; the file as it was stays
    beside it. Returns how many they are, where that is, and what was damaged in the parts and is
    left out (offsets count from the part's beginning).

    Raises as `Cassette.salvage` and `append` do.
    """
    with ExitStack() as opened:
        sources = [
            opened.enter_context(Cassette(path, _window(path, part), by_scan=True))
            for part in found
        ]
        try:
            aside = keep_aside(path)
        except OSError as error:
            raise CassetteError(path, f"cannot be kept aside ({error.strerror})") from error
        damages = tuple(damage.problem for source in sources for damage in source.damages)
        return replace_file(path, partial(write_all, sources=sources)), aside, damages


def _begins(path: Path, text: bytes) -> bool:
    try:
        check_first_line(path, text)
    except CassetteError:
        return False
    return True


def _window(path: Path, part: Part) -> io.BufferedReader:
    return io.BufferedReader(_Window(path, *part))


class _Window(io.RawIOBase):
    """A part of a file as a file."""

    def __init__(self, path: Path, start: int, end: int) -> None:
        self._file = path.open("rb")
        self._start = start
        self._size = end - start
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = base + offset
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        self._file.seek(self._start + self._at)
        size = max(0, min(len(buffer), self._size - self._at))
        read = self._file.readinto(memoryview(buffer)[:size])
        self._at += read
        return read

    def close(self) -> None:
        self._file.close()
        super().close()
