"""From the bytes of a cassette to interactions. The mirror of encoder.py.

Reads from a binary file it is given; knows nothing of locks or of writing. It uses no byte
that a checksum has not vouched for, and never guesses: what is not as FORMAT.md says is an
error with the offset of the frame in the file.
"""

from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

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
from wiretape.cassettes.codec.lines import (
    FORMAT_VERSION,
    NS_PER_US,
    ChunkTable,
    KnownLine,
    RequestLine,
    ResponseLine,
    SessionLine,
    TimelineLine,
    UnknownLine,
    decode_line,
)
from wiretape.cassettes.errors import (
    CassetteCorrupt,
    IndexCorrupt,
    LimitExceeded,
    NotACassette,
    UnsupportedVersion,
)
from wiretape.cassettes.model import (
    Chunk,
    Ending,
    Interaction,
    Notes,
    Request,
    Response,
    Session,
    Timeline,
)

READ_SIZE = 256 * 1024


class Record(NamedTuple):
    """One record of the text: its line, its payload, and where it ends in the text."""

    line: KnownLine | UnknownLine
    payload: bytes
    end: int


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
        self._block_at = (-1, 0)
        self._block_text = b""

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
        """The entries, checked against the file. Raises IndexCorrupt."""
        entries = decode_index(self._path, offset, self._read(offset, self._size - offset))
        number = 0
        for entry in entries:
            inside = 0 <= entry.offset <= entry.offset + entry.length <= offset
            if entry.number <= number or not inside:
                raise IndexCorrupt(self._path, offset, f"the entry of {entry.number} is not legal")
            number = entry.number
        return entries

    def read_head(self, end: int) -> tuple[bytes, tuple[Session, ...]]:
        """Text and sessions of the frames that stand before `end`, where the blocks begin.

        Raises NotACassette, UnsupportedVersion or CassetteCorrupt.
        """
        text = self._text_between(0, end)
        records = [record.line for record in read_records(self._path, 0, text)]
        check_first_line(self._path, text)
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
        return b"".join(self.text_of(frame) for frame in frames)

    def _block(self, offset: int, length: int) -> bytes:
        # Neighbours share a block: a pass over the tape unpacks each block once.
        if self._block_at != (offset, length):
            self._block_text = self._text_between(offset, offset + length)
            self._block_at = (offset, length)
        return self._block_text

    def _read(self, offset: int, length: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(length)


def check_first_line(path: Path, text: bytes) -> None:
    """Raises NotACassette or UnsupportedVersion unless the text begins as a cassette's does."""
    first_line = text.partition(b"\n")[0]
    try:
        first = msgspec.json.decode(first_line)
    except (ValueError, RecursionError):
        first = None
    if not isinstance(first, dict) or first.get("record") != "cassette":
        raise NotACassette(path, "a zstd file that does not begin with a cassette's first line")
    if first.get("wiretape") != FORMAT_VERSION:
        raise UnsupportedVersion(path, first.get("wiretape"), FORMAT_VERSION)


def read_records(path: Path, offset: int, text: bytes) -> Iterator[Record]:
    """Every record of a text whose first frame stands at `offset` of `path`.

    Raises CassetteCorrupt where a line is not JSON of ours or a payload is short.
    """
    position = 0
    while position < len(text):
        record = next_record(path, offset, text, position)
        yield record
        position = record.end


def next_line(
    path: Path, offset: int, text: bytes, position: int
) -> tuple[KnownLine | UnknownLine, int]:
    """The line at `position` of the text and where it ends. Raises CassetteCorrupt."""
    line_end = text.find(b"\n", position)
    if line_end < 0:
        raise CassetteCorrupt(path, offset, f"no end of the line {position} bytes into the text")
    try:
        return decode_line(memoryview(text)[position:line_end]), line_end + 1
    except (ValueError, RecursionError) as error:  # DecodeError is a ValueError
        raise CassetteCorrupt(
            path, offset, f"the line {position} bytes into the text does not decode ({error})"
        ) from error


def next_record(path: Path, offset: int, text: bytes, position: int) -> Record:
    """The record at `position` of the text. Raises CassetteCorrupt."""
    line, start = next_line(path, offset, text, position)
    size = getattr(line, "bytes", 0)
    if not size:
        return Record(line, b"", start)
    end = start + size
    if text[end : end + 1] != b"\n":
        raise CassetteCorrupt(
            path,
            offset,
            f"{min(len(text) - start, size)} bytes behind the line {position} bytes into the "
            f"text, expected {size} and LF",
        )
    return Record(line, text[start:end], end + 1)


def decode_interaction(
    path: Path, offset: int, text: bytes, position: int = 0
) -> tuple[Interaction, int]:
    """The interaction at `position` and where its text ends. Raises CassetteCorrupt.

    Records of unknown kinds are stepped over, wherever they stand.
    """
    request: tuple[RequestLine, bytes] | None = None
    response: tuple[ResponseLine, bytes] | None = None
    while position < len(text):
        line, payload, position = next_record(path, offset, text, position)
        match line:
            case RequestLine() if request is None:
                request = line, payload
            case ResponseLine() if request and not response and line.n == request[0].n:
                response = line, payload
            case TimelineLine() if request and line.n == request[0].n:
                return _interaction(path, offset, request, response, line), position
            case UnknownLine():
                continue
            case _:
                kind = type(line).__name__.removesuffix("Line").lower()
                raise CassetteCorrupt(path, offset, f"a {kind} record out of order")
    raise CassetteCorrupt(path, offset, "the text ends within an interaction")


def _interaction(
    path: Path,
    offset: int,
    request: tuple[RequestLine, bytes],
    response: tuple[ResponseLine, bytes] | None,
    line: TimelineLine,
) -> Interaction:
    asked, asked_body = request
    sent, received = _chunks(line.sent), _chunks(line.received)
    for what, chunks, body in (
        ("request", sent, asked_body),
        ("response", received, response[1] if response else b""),
    ):
        total = sum(chunk.size for chunk in chunks)
        if total != len(body) or any(chunk.size < 0 for chunk in chunks):
            raise CassetteCorrupt(
                path, offset, f"{what} chunks of {total} bytes for a body of {len(body)}"
            )
    return Interaction(
        number=asked.n,
        session=asked.session,
        start_ns=asked.start_us * NS_PER_US,
        upstream=asked.upstream,
        base=asked.base,
        request=Request(asked.method, asked.target, asked.version, asked.headers, asked_body),
        response=_response(response, line) if response else None,
        timeline=Timeline(
            sent=sent,
            head_ns=None if line.head_us is None else line.head_us * NS_PER_US,
            received=received,
            ending=Ending(
                kind=line.ending.kind,
                at_ns=line.ending.at_us * NS_PER_US,
                offset=line.ending.offset,
                detail=line.ending.detail,
            ),
        ),
        notes=line.notes or Notes(),
        redacted=line.redacted,
        lost=line.lost,
    )


def _response(response: tuple[ResponseLine, bytes], line: TimelineLine) -> Response:
    head, body = response
    return Response(head.version, head.status, head.reason, head.headers, body, line.trailers)


def _chunks(table: ChunkTable) -> tuple[Chunk, ...]:
    times = accumulate(table.gaps_us)
    return tuple(
        Chunk(at_us * NS_PER_US, size) for at_us, size in zip(times, table.sizes, strict=True)
    )
