"""From the bytes of a cassette to interactions. The mirror of encoder.py.

Reads from a binary file it is given; knows nothing of locks or of writing. It uses no byte
that a checksum has not vouched for, and never guesses: what is not as FORMAT.md says is an
error with the offset of the frame in the file.
"""

import re
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

_NOT_IN_A_HEAD = re.compile("[\r\n\0]|[^\x00-\xff]")
"""Ends of lines and NUL (RFC 9110 section 5.5), and what is no byte of ISO-8859-1."""

MAX_LINE = 64 * 1024 * 1024
"""Of a line: a chunk table of some five million reads. A longer one is damage or malice."""

MAX_INTERACTION_TEXT = 2 * 1024**3 + MAX_LINE
"""A request and a response of the largest bodies that a recorder keeps by default."""


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
        text = bytearray()
        for frame in frames:
            text += self.text_of(frame)
            if len(text) > MAX_INTERACTION_TEXT:
                raise LimitExceeded(
                    self._path, start, "the text of the block", len(text), MAX_INTERACTION_TEXT
                )
        return bytes(text)

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


class TextEnds(CassetteCorrupt):
    """The text ends before what it began; in a longer text it may be whole."""

    def __init__(self, path: Path, offset: int, problem: str, needed: int) -> None:
        self.needed = needed
        """Bytes of text without which there is no use in looking again."""
        super().__init__(path, offset, problem)


def next_line(
    path: Path, offset: int, text: bytes | bytearray, position: int
) -> tuple[KnownLine | UnknownLine, int]:
    """The line at `position` of the text and where it ends. Raises CassetteCorrupt, TextEnds."""
    line_end = text.find(b"\n", position)
    where = f"the line {position} bytes into the text"
    if line_end < 0 and len(text) - position <= MAX_LINE:
        raise TextEnds(path, offset, f"no end of {where}", len(text) + 1)
    if line_end < 0 or line_end - position > MAX_LINE:
        raise CassetteCorrupt(path, offset, f"{where} is longer than {MAX_LINE:,} bytes")
    try:
        return decode_line(bytes(text[position:line_end])), line_end + 1
    except (ValueError, RecursionError) as error:  # DecodeError is a ValueError
        raise CassetteCorrupt(path, offset, f"{where} does not decode ({error})") from error


def next_record(path: Path, offset: int, text: bytes | bytearray, position: int) -> Record:
    """The record at `position` of the text; the payload of an unknown one is left out.

    Raises CassetteCorrupt, TextEnds.
    """
    line, start = next_line(path, offset, text, position)
    size = getattr(line, "bytes", 0)
    if not size:
        return Record(line, b"", start)
    end = start + size
    where = f"behind the line {position} bytes into the text, expected {size} and LF"
    if end >= len(text):
        raise TextEnds(path, offset, f"{len(text) - start} bytes {where}", end + 1)
    if text[end : end + 1] != b"\n":
        raise CassetteCorrupt(path, offset, f"no LF after the bytes {where}")
    payload = b"" if isinstance(line, UnknownLine) else bytes(text[start:end])
    return Record(line, payload, end + 1)


class Assembly:
    """Puts one interaction together out of its records.

    Records of unknown kinds are stepped over, wherever they stand.
    """

    def __init__(self, path: Path, offset: int) -> None:
        self._path = path
        self._offset = offset
        self._request: tuple[RequestLine, bytes] | None = None
        self._response: tuple[ResponseLine, bytes] | None = None

    @property
    def begun(self) -> bool:
        """Whether a part of an interaction has come."""
        return self._request is not None

    def take(self, record: Record) -> Interaction | None:
        """The interaction, once its last record has come. Raises CassetteCorrupt."""
        line, request = record.line, self._request
        match line:
            case RequestLine() if request is None:
                self._request = line, record.payload
            case ResponseLine() if request and not self._response and line.n == request[0].n:
                self._response = line, record.payload
            case TimelineLine() if request and line.n == request[0].n:
                return _interaction(self._path, self._offset, request, self._response, line)
            case UnknownLine():
                pass
            case _:
                kind = type(line).__name__.removesuffix("Line").lower()
                raise CassetteCorrupt(self._path, self._offset, f"a {kind} record out of order")
        return None


def decode_interaction(
    path: Path, offset: int, text: bytes, position: int = 0
) -> tuple[Interaction, int]:
    """The interaction at `position` and where its text ends. Raises CassetteCorrupt."""
    assembly = Assembly(path, offset)
    while position < len(text):
        record = next_record(path, offset, text, position)
        position = record.end
        interaction = assembly.take(record)
        if interaction is not None:
            return interaction, position
    raise TextEnds(path, offset, "the text ends within an interaction", len(text) + 1)


def _interaction(
    path: Path,
    offset: int,
    request: tuple[RequestLine, bytes],
    response: tuple[ResponseLine, bytes] | None,
    line: TimelineLine,
) -> Interaction:
    asked, asked_body = request
    _check_heads(path, offset, asked, response, line)
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


def _check_heads(
    path: Path,
    offset: int,
    asked: RequestLine,
    response: tuple[ResponseLine, bytes] | None,
    line: TimelineLine,
) -> None:
    """Nothing of a head may become a line of its own on a wire that it is played to."""
    texts = [asked.method, asked.target, asked.version]
    texts += [part for pair in (*asked.headers, *line.trailers) for part in pair]
    if response is not None:
        head = response[0]
        texts += [head.version, head.reason, *(part for pair in head.headers for part in pair)]
        if not 100 <= head.status <= 999:
            raise CassetteCorrupt(path, offset, f"a response with status {head.status}")
    for text in texts:
        if _NOT_IN_A_HEAD.search(text):
            raise CassetteCorrupt(path, offset, f"{text[:40]!r} cannot stand in a head")


def _response(response: tuple[ResponseLine, bytes], line: TimelineLine) -> Response:
    head, body = response
    return Response(head.version, head.status, head.reason, head.headers, body, line.trailers)


def _chunks(table: ChunkTable) -> tuple[Chunk, ...]:
    times = accumulate(table.gaps_us)
    return tuple(
        Chunk(at_us * NS_PER_US, size) for at_us, size in zip(times, table.sizes, strict=True)
    )
