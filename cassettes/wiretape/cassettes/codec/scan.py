"""Finding the interactions of a cassette without its index.

For a cassette whose writer was stopped, and for recovery. Reads whole frames in order; a block
ends where an interaction ends with its frame, as the encoder makes them.
"""

from pathlib import Path
from typing import NamedTuple

import msgspec

from wiretape.cassettes.codec.decoder import (
    CassetteDecoder,
    Frame,
    check_first_line,
    decode_interaction,
    next_line,
    next_record,
)
from wiretape.cassettes.codec.index import IndexEntry, entry_of
from wiretape.cassettes.codec.lines import CassetteLine, RequestLine, SessionLine, UnknownLine
from wiretape.cassettes.errors import CassetteCorrupt


class Scan(NamedTuple):
    """What stands in a cassette file, found by reading all of it."""

    head_end: int
    """Where the blocks begin."""
    entries: tuple[IndexEntry, ...]
    """The interactions that are whole, with the places of their blocks."""
    end: int
    """Where the last whole block ends; what follows is the index, torn, or damaged."""
    index_at: int | None
    """Where the index begins, whole or not."""
    damages: tuple[CassetteCorrupt, ...]
    """Each place where something that is no whole block stands between whole ones."""


def scan(path: Path, decoder: CassetteDecoder) -> Scan:
    """Read every whole block; what is damaged is stepped over and told.

    Raises NotACassette, UnsupportedVersion or CassetteCorrupt where even the head is not whole.
    """
    reading = _Reading(path, decoder)
    damages: list[CassetteCorrupt] = []
    offset: int | None = 0
    while offset is not None:
        try:
            reading.read_from(offset)
            break
        except CassetteCorrupt as error:
            if not reading.head_end:
                raise
            damages.append(error)
            offset = reading.resume_behind(max(error.offset, offset))
    if not reading.head_end:
        raise CassetteCorrupt(path, 0, "the file ends within its first frame")
    index_at = reading.index_at
    if index_at is None and decoder.skippable_at(reading.end):
        index_at = reading.end
    return Scan(reading.head_end, tuple(reading.entries), reading.end, index_at, tuple(damages))


class _Reading:
    """One pass over the frames of a file."""

    def __init__(self, path: Path, decoder: CassetteDecoder) -> None:
        self.entries: list[IndexEntry] = []
        self.head_end = 0
        self.end = 0
        self.index_at: int | None = None
        self._path = path
        self._decoder = decoder
        self._block = b""
        self._block_start = 0

    def read_from(self, offset: int) -> None:
        """Read blocks up to the index or the end of the file. Raises CassetteCorrupt."""
        for frame in self._decoder.frames(offset):
            if frame.skippable:
                self.index_at = frame.offset
                return
            text, end = self._decoder.text_of(frame), frame.offset + len(frame.data)
            if frame.offset == 0:
                check_first_line(self._path, text)
            if self.head_end == self.end and not self._block and self._in_head(frame, text):
                self.head_end = self.end = end
                continue
            self._take(frame.offset, end, text)

    def resume_behind(self, offset: int) -> int | None:
        """Where the next whole frame begins that does not go on with what was damaged."""
        self._block = b""
        at = self._decoder.find_frame(offset + 1)
        while at is not None and not self._begins_block(at):
            at = self._decoder.find_frame(at + 1)
        return at

    def _take(self, offset: int, end: int, text: bytes) -> None:
        if not self._block:
            self._block_start = offset
        self._block += text
        start = self._block_start
        found = _entries_of_block(self._path, start, self._block)
        if found:
            self._check_order(start, found)
            self.entries += [
                msgspec.structs.replace(entry, offset=start, length=end - start) for entry in found
            ]
            self.end, self._block = end, b""

    def _check_order(self, start: int, found: list[IndexEntry]) -> None:
        """Numbers rise; a block that stands there twice is damage like any other."""
        last = self.entries[-1].number if self.entries else 0
        for entry in found:
            if entry.number <= last:
                raise CassetteCorrupt(
                    self._path, start, f"interaction {entry.number} stands behind {last}"
                )
            last = entry.number

    def _in_head(self, frame: Frame, text: bytes) -> bool:
        return not self.entries and _is_head(self._path, frame.offset, text)

    def _begins_block(self, offset: int) -> bool:
        frame = next(self._decoder.frames(offset))
        if frame.skippable:
            return True
        try:
            line, _ = next_line(self._path, offset, self._decoder.text_of(frame), 0)
        except CassetteCorrupt:
            return False
        return isinstance(line, RequestLine | UnknownLine)


def _is_head(path: Path, offset: int, text: bytes) -> bool:
    """Whether the first line of a known kind is one of the head's."""
    line, _ = next_line(path, offset, text, 0)
    position = 0
    while isinstance(line, UnknownLine):
        position = next_record(path, offset, text, position).end
        if position == len(text):
            return True
        line, _ = next_line(path, offset, text, position)
    return isinstance(line, CassetteLine | SessionLine)


def _entries_of_block(path: Path, offset: int, text: bytes) -> list[IndexEntry]:
    """The entries of a text that ends with an interaction; none where it goes on.

    The encoder splits a long interaction over frames and lets nothing else share them, so
    only a text without a single whole interaction may go on in the next frame.
    """
    entries: list[IndexEntry] = []
    position = 0
    while position < len(text):
        try:
            interaction, end = decode_interaction(path, offset, text, position)
        except CassetteCorrupt:
            if entries:
                raise
            return []
        entries.append(entry_of(interaction, position, end - position))
        position = end
    return entries
