"""From the bytes of a cassette to interactions. The mirror of encoder.py.

Reads from a binary file it is given; knows nothing of locks or of writing. It uses no byte
that a checksum has not vouched for, and never guesses: what is not as FORMAT.md says is an
error with the offset of the frame in the file.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from wiretape.cassettes.codec.frames import (
    FRAME_MAGIC,
    LONGEST_FRAME_HEAD,
    SKIPPABLE_MAGIC,
    decompress_frame,
    frame_length,
    is_skippable,
    may_be_ours,
)
from wiretape.cassettes.codec.index import FOOTER, IndexEntry, decode_index, index_length
from wiretape.cassettes.codec.lines import MAX_INTERACTION_TEXT, RequestLine, SessionLine
from wiretape.cassettes.codec.records import (
    check_first_line,
    decode_interaction,
    decode_request,
    read_records,
)
from wiretape.cassettes.errors import (
    CassetteCorrupt,
    CassetteError,
    IndexCorrupt,
    LimitExceeded,
    NotACassette,
)
from wiretape.cassettes.model import Asked, Interaction, Session

READ_SIZE = 256 * 1024

KEPT_TEXT = 2 * 1024 * 1024
"""Bytes of text that are kept for the next interaction; a longer block is kept alone."""


class Frame(NamedTuple):
    """One whole frame of the file."""

    offset: int
    data: bytes
    skippable: bool


class CassetteDecoder:
    """Reads one cassette file."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path = path
        self._file = file
        self._size = file.seek(0, 2)
        self._blocks: dict[tuple[int, int], bytes] = {}
        """The text of the blocks that were unpacked last, in that order."""

    @property
    def size(self) -> int:
        """Length of the file in bytes."""
        return self._size

    def check_begin(self) -> None:
        """Raises NotACassette where the file does not begin as cassettes do."""
        begin = self._read(0, LONGEST_FRAME_HEAD)
        if not begin:
            raise NotACassette(self._path, "it is empty")
        if not begin.startswith(FRAME_MAGIC[: len(begin)]):
            raise NotACassette(self._path, f"it begins with {begin[:4]!r}, not a zstd frame")
        if len(begin) == LONGEST_FRAME_HEAD and not may_be_ours(begin):
            raise NotACassette(self._path, "a zstd file, without the size and checksum of ours")

    def index_offset(self) -> int | None:
        """Where the index begins, by the footer's word; None where there is no footer.

        Raises IndexCorrupt where the footer names a place outside the file.
        """
        footer_at = max(self._size - FOOTER.size, 0)
        length = index_length(self._read(footer_at, FOOTER.size))
        if length is None:
            return None
        if not FOOTER.size < length <= self._size:
            raise IndexCorrupt(self._path, footer_at, f"the index says it is {length} bytes long")
        return self._size - length

    def read_index(self, offset: int) -> tuple[IndexEntry, ...]:
        """The entries, checked against the file: their blocks stand side by side, up to the index.

        Raises IndexCorrupt, LimitExceeded.
        """
        entries = decode_index(self._path, offset, self._read(offset, self._size - offset))
        number, block, end = 0, (-1, 0), entries[0].offset if entries else offset
        for entry in entries:
            if (entry.offset, entry.length) != block:
                if entry.offset != end:
                    break
                block = entry.offset, entry.length
                end += entry.length
            if entry.number <= number or entry.offset <= 0 or entry.length <= 0:
                raise IndexCorrupt(self._path, offset, f"the entry of {entry.number} is not legal")
            number = entry.number
        else:
            if end == offset:
                return entries
        raise IndexCorrupt(
            self._path, offset, f"the index names no block at byte {end}, where one should be"
        )

    def read_head(self, end: int) -> tuple[bytes, tuple[Session, ...]]:
        """Text and sessions of the frames that stand before `end`, where the blocks begin.

        Raises NotACassette, UnsupportedVersion or CassetteCorrupt.
        """
        text = self._text_between(0, end)
        records = [record.line for record in read_records(self._path, 0, text)]
        check_first_line(self._path, text)
        if any(isinstance(line, RequestLine) for line in records):
            raise IndexCorrupt(self._path, end, "the index does not name the first block")
        sessions = tuple(
            Session(number=line.session, started=line.started, tool=line.tool)
            for line in records
            if isinstance(line, SessionLine)
        )
        return text, sessions

    def read(self, entry: IndexEntry) -> Interaction:
        """One interaction. Raises CassetteCorrupt."""
        text = self.read_text(entry)
        interaction, end = decode_interaction(self._path, entry.offset, text)
        if interaction.number != entry.number or end != len(text):
            raise CassetteCorrupt(
                self._path,
                entry.offset,
                f"interaction {interaction.number} in {end} bytes of text, the index expects "
                f"{entry.number} in {len(text)}",
            )
        return interaction

    def read_asked(self, entry: IndexEntry) -> Asked:
        """What was asked, without unpacking the answer's records. Raises CassetteCorrupt."""
        line, request = decode_request(self._path, entry.offset, self.read_text(entry))
        return Asked(entry.number, entry.start_ns, line.upstream, entry.model, request)

    def read_text(self, entry: IndexEntry) -> bytes:
        """The text of one interaction. Raises CassetteCorrupt."""
        block = self._block(entry.offset, entry.length)
        text = block[entry.text_offset : entry.text_offset + entry.text_length]
        if len(text) != entry.text_length:
            raise CassetteCorrupt(
                self._path,
                entry.offset,
                f"a block of {len(block)} bytes of text, the index expects at least "
                f"{entry.text_offset + entry.text_length}",
            )
        return text

    def frames(self, start: int = 0, end: int | None = None) -> Iterator[Frame]:
        """Every whole frame from `start` on; stops where the file ends within one.

        Raises CassetteCorrupt where no frame begins.
        """
        end = self._size if end is None else end
        offset, buffer = start, b""
        while offset < end:
            try:
                length = frame_length(buffer)
            except ValueError as error:
                raise CassetteCorrupt(self._path, offset, str(error)) from error
            if length is None:
                more = self._read(offset + len(buffer), max(READ_SIZE, len(buffer)))
                if not more:
                    return
                buffer += more
                continue
            yield Frame(offset, buffer[:length], is_skippable(buffer))
            buffer = buffer[length:]
            offset += length

    def text_of(self, frame: Frame) -> bytes:
        """The text of a frame; none for a skippable one. Raises CassetteCorrupt."""
        if frame.skippable:
            return b""
        return decompress_frame(self._path, frame.offset, frame.data)

    def find_frame(self, offset: int) -> int | None:
        """Where the next frame begins, at or behind `offset`, that is whole and unpacks."""
        while True:
            window = self._read(offset, READ_SIZE)
            if len(window) < len(FRAME_MAGIC):
                return None
            found = min(
                (at for mark in (FRAME_MAGIC, SKIPPABLE_MAGIC) if (at := window.find(mark)) >= 0),
                default=-1,
            )
            if found < 0:
                offset += len(window) - len(FRAME_MAGIC) + 1
            elif self._is_whole_frame(offset + found):
                return offset + found
            else:
                offset += found + 1

    def _is_whole_frame(self, offset: int) -> bool:
        try:
            frame = next(self.frames(offset), None)
            return frame is not None and bool(frame.skippable or self.text_of(frame))
        except (CassetteCorrupt, LimitExceeded):
            return False

    def skippable_at(self, offset: int) -> bool:
        """Whether a skippable frame, whole or not, begins there."""
        return is_skippable(self._read(offset, 4))

    def _text_between(self, start: int, end: int) -> bytes:
        frames = list(self.frames(start, end))
        whole = frames[-1].offset + len(frames[-1].data) if frames else start
        if whole != end:
            raise CassetteCorrupt(
                self._path, start, f"frames end at byte {whole}, the index expects {end}"
            )
        text = bytearray()
        for frame in frames:
            text += self.text_of(frame)
            if len(text) > MAX_INTERACTION_TEXT:
                raise LimitExceeded(
                    self._path, start, "the text of the block", len(text), MAX_INTERACTION_TEXT
                )
        return bytes(text)

    def _block(self, offset: int, length: int) -> bytes:
        # Neighbours share a block: a pass over the tape unpacks each block once, and so does one
        # in the order of another tape, of the same requests side by side.
        text = self._blocks.get((offset, length))
        if text is None:
            text = self._text_between(offset, offset + length)
            while self._blocks and sum(map(len, self._blocks.values())) + len(text) > KEPT_TEXT:
                del self._blocks[next(iter(self._blocks))]
            self._blocks[offset, length] = text
        return text

    def _read(self, offset: int, length: int) -> bytes:
        try:
            self._file.seek(offset)
            return self._file.read(length)
        except OSError as error:
            problem = f"cannot be read at byte {offset} ({error.strerror})"
            raise CassetteError(self._path, problem) from error
