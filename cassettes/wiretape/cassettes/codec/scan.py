"""Finding the interactions of a cassette without its index.

For a cassette whose writer was stopped, and for recovery. Reads whole frames in order; a block
ends where an interaction ends with its frame, as the encoder makes them.
"""

from pathlib import Path
from typing import NamedTuple

import msgspec

from wiretape.cassettes.codec.decoder import CassetteDecoder, Frame
from wiretape.cassettes.codec.index import IndexEntry, entry_of
from wiretape.cassettes.codec.lines import (
    MAX_INTERACTION_TEXT,
    CassetteLine,
    RequestLine,
    SessionLine,
    TimelineLine,
    UnknownLine,
)
from wiretape.cassettes.codec.records import (
    Assembly,
    InteractionRefused,
    Record,
    TextEnds,
    check_first_line,
    next_line,
    next_record,
    refused_record,
)
from wiretape.cassettes.errors import CassetteCorrupt, IndexCorrupt, LimitExceeded


class Scan(NamedTuple):
    """What stands in a cassette file, found by reading all of it."""

    head_end: int
    """Where the blocks begin."""
    entries: tuple[IndexEntry, ...]
    """The interactions that are whole, with the places of their blocks."""
    index_at: int | None
    """Where the index begins, whole or not."""
    damages: tuple[CassetteCorrupt, ...]
    """Each place where something that is no whole block stands between whole ones; and, as
    InteractionRefused, each interaction of a whole block whose records cannot be meant."""


def scan(path: Path, decoder: CassetteDecoder) -> Scan:
    """Read every whole block; what is damaged is stepped over and told.

    Raises NotACassette, UnsupportedVersion, CassetteCorrupt or LimitExceeded where even the
    head is not whole.
    """
    reading = _Reading(path, decoder)
    damages: list[CassetteCorrupt] = []
    offset: int | None = 0
    while offset is not None:
        damage = reading.read_from(offset)
        if not reading.head_end:
            raise damage or CassetteCorrupt(path, 0, "the file ends within its first frame")
        offset = None
        if not reading.finished:
            offset = reading.resume_behind(damage.offset if damage else reading.position)
        if damage is None and offset is not None:
            # Its length reaches beyond the file, and yet whole frames stand behind it.
            damage = CassetteCorrupt(path, reading.torn_at, "a frame or a block without its end")
        if damage is not None:
            damages.append(damage)
    index_at = reading.index_at
    if index_at is None and decoder.skippable_at(reading.end):
        index_at = reading.end
    damages = sorted([*damages, *reading.refusals], key=lambda damage: damage.offset)
    return Scan(reading.head_end, tuple(reading.entries), index_at, tuple(damages))


class _Reading:
    """One pass over the frames of a file."""

    def __init__(self, path: Path, decoder: CassetteDecoder) -> None:
        self.entries: list[IndexEntry] = []
        self.refusals: list[InteractionRefused] = []
        self.head_end = 0
        self.end = 0
        self.position = 0
        """Where the last whole frame ends."""
        self.index_at: int | None = None
        self.finished = False
        """Whether the file ends as it should: with an index, and nothing behind it."""
        self._path = path
        self._decoder = decoder
        self._block: _Block | None = None

    @property
    def torn_at(self) -> int:
        """Where what has no end begins."""
        return self.position if self._block is None else self._block.offset

    def read_from(self, offset: int) -> CassetteCorrupt | None:
        """Read blocks up to the index, the end of the file, or damage, which is returned.

        Raises NotACassette, UnsupportedVersion.
        """
        self._block = None
        self.position = offset
        try:
            for frame in self._decoder.frames(offset):
                if frame.skippable:
                    self._take_index(frame)
                    break
                self._read(frame)
                self.position = frame.offset + len(frame.data)
        except CassetteCorrupt as error:
            return error
        except LimitExceeded as error:
            return CassetteCorrupt(self._path, error.offset, error.problem)
        return None

    def _take_index(self, frame: Frame) -> None:
        self.index_at = frame.offset
        behind = self._decoder.size - frame.offset - len(frame.data)
        self.finished = behind == 0
        if behind:
            problem = f"an index that is not the end of the file, {behind:,} bytes stand behind it"
            raise IndexCorrupt(self._path, frame.offset, problem)

    def resume_behind(self, offset: int) -> int | None:
        """Where the next whole frame begins that does not go on with what was damaged."""
        at = self._decoder.find_frame(offset + 1)
        while at is not None and not self._begins_block(at):
            at = self._decoder.find_frame(at + 1)
        return at

    def _read(self, frame: Frame) -> None:
        text, end = self._decoder.text_of(frame), frame.offset + len(frame.data)
        if frame.offset == 0:
            check_first_line(self._path, text)
        if self.head_end == self.end and self._block is None and self._in_head(frame, text):
            self.head_end = self.end = end
            return
        if self._block is None:
            self._block = _Block(self._path, frame.offset)
        if self._block.take(text):
            self._check_order(self._block)
            self.entries += [
                msgspec.structs.replace(
                    entry, offset=self._block.offset, length=end - self._block.offset
                )
                for entry in self._block.entries
            ]
            self.refusals += self._block.refusals
            self.end, self._block = end, None

    def _check_order(self, block: "_Block") -> None:
        """Numbers rise; a block that stands there twice is damage like any other."""
        last = self.entries[-1].number if self.entries else 0
        for entry in block.entries:
            if entry.number <= last:
                raise CassetteCorrupt(
                    self._path, block.offset, f"interaction {entry.number} stands behind {last}"
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


class _Block:
    """The text of one block as its frames give it, each byte of it looked at once.

    The encoder splits a long interaction over frames and lets nothing else share them, so only
    a text without a single whole interaction may go on in the next frame.
    """

    def __init__(self, path: Path, offset: int) -> None:
        self.offset = offset
        """Of its first frame in the file."""
        self.entries: list[IndexEntry] = []
        self.refusals: list[InteractionRefused] = []
        self._path = path
        self._text = bytearray()
        self._position = 0
        self._begin = 0
        self._needed = 0
        self._assembly = Assembly(path, offset)
        self._refusing = False
        """Whether what comes is still of an interaction that was refused."""
        self._ended = 0
        """Interactions of which the last record has come."""

    def take(self, text: bytes) -> bool:
        """Whether the block is whole with the text of this frame. Raises CassetteCorrupt, and
        LimitExceeded for what no recorder writes.
        """
        self._text += text
        if len(self._text) > MAX_INTERACTION_TEXT:
            raise LimitExceeded(
                self._path, self.offset, "the text", len(self._text), MAX_INTERACTION_TEXT
            )
        try:
            while self._needed <= len(self._text) and self._position < len(self._text):
                self._take_record()
        except TextEnds as error:
            if self._ended:
                raise
            self._needed = error.needed
            return False
        return self._ended > 0 and not self._assembly.begun and not self._refusing

    def _take_record(self) -> None:
        start = self._position
        try:
            record = next_record(self._path, self.offset, self._text, start)
        except InteractionRefused as refusal:
            record = refused_record(self._path, self.offset, self._text, start)
            self._refuse(refusal)
        self._position = record.end
        if isinstance(record.line, RequestLine) and (self._refusing or self._assembly.begun):
            if not self._refusing:
                problem = "a request record before the end of the interaction"
                self._refuse(InteractionRefused(self._path, self.offset, problem))
            self._start_over(start)
        if not self._refusing:
            self._assemble(record)
        if self._refusing and _kind(record) == "timeline":
            self._ended += 1
            self._start_over(record.end)

    def _assemble(self, record: Record) -> None:
        try:
            interaction = self._assembly.take(record)
        except InteractionRefused as refusal:
            self._refuse(refusal)
            return
        if interaction is not None:
            self._ended += 1
            size = self._position - self._begin
            self.entries.append(entry_of(interaction, self._begin, size))
            self._start_over(record.end)

    def _refuse(self, refusal: InteractionRefused) -> None:
        """The interaction whose records are being read is none; told of once."""
        if not self._refusing:
            self.refusals.append(refusal)
        self._refusing = True

    def _start_over(self, begin: int) -> None:
        self._begin = begin
        self._refusing = False
        self._assembly = Assembly(self._path, self.offset)


def _kind(record: Record) -> str:
    line = record.line
    if isinstance(line, UnknownLine):
        return line.record
    return "timeline" if isinstance(line, TimelineLine) else ""


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
