"""From the text of a cassette to interactions: lines, records, and what they make together.

The mirror of encoder.py's text. Uses only text that a checksum has vouched for, and never
guesses: what is not as FORMAT.md says is an error with the offset of the block in the file.
Knows nothing of files or frames.
"""

from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

import msgspec

from wiretape.cassettes.codec.legal import problem_of
from wiretape.cassettes.codec.lines import (
    FORMAT_VERSION,
    MAX_LINE,
    NS_PER_US,
    CassetteLine,
    ChunkTable,
    KnownLine,
    Misspelt,
    RequestLine,
    ResponseLine,
    SessionLine,
    TimelineLine,
    UnknownLine,
    decode_kind,
    decode_line,
)
from wiretape.cassettes.errors import CassetteCorrupt, NotACassette, UnsupportedVersion
from wiretape.cassettes.model import (
    Chunk,
    Ending,
    Interaction,
    Notes,
    Request,
    Response,
    Timeline,
)


class Record(NamedTuple):
    """One record of the text: its line, its payload, and where it ends in the text."""

    line: KnownLine | UnknownLine
    payload: bytes
    end: int


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


class InteractionRefused(CassetteCorrupt):
    """What a record says cannot be meant, and yet where it ends is known."""


def next_line(
    path: Path, offset: int, text: bytes | bytearray, position: int
) -> tuple[KnownLine | UnknownLine, int]:
    """The line at `position` of the text and where it ends.

    Raises CassetteCorrupt, TextEnds; InteractionRefused where only what it says is wrong.
    """
    line, end = _bare_line(path, offset, text, position)
    try:
        return decode_line(line), end
    except Misspelt as error:
        raise InteractionRefused(path, offset, _undecoded(position, error)) from error
    except (ValueError, RecursionError) as error:  # DecodeError is a ValueError
        raise CassetteCorrupt(path, offset, _undecoded(position, error)) from error


def refused_record(path: Path, offset: int, text: bytes | bytearray, position: int) -> Record:
    """The record at `position` of which a line is refused, as far as every record is known.

    Raises CassetteCorrupt, TextEnds.
    """
    line, start = _bare_line(path, offset, text, position)
    return _with_payload(path, offset, text, position, decode_kind(line), start)


def _bare_line(
    path: Path, offset: int, text: bytes | bytearray, position: int
) -> tuple[bytes, int]:
    line_end = text.find(b"\n", position)
    where = f"the line {position} bytes into the text"
    if line_end < 0 and len(text) - position <= MAX_LINE:
        raise TextEnds(path, offset, f"no end of {where}", len(text) + 1)
    if line_end < 0 or line_end - position > MAX_LINE:
        raise CassetteCorrupt(path, offset, f"{where} is longer than {MAX_LINE:,} bytes")
    return bytes(text[position:line_end]), line_end + 1


def _undecoded(position: int, error: Exception) -> str:
    return f"the line {position} bytes into the text does not decode ({error})"


def next_record(path: Path, offset: int, text: bytes | bytearray, position: int) -> Record:
    """The record at `position` of the text; the payload of an unknown one is left out.

    Raises as `next_line` does.
    """
    line, start = next_line(path, offset, text, position)
    return _with_payload(path, offset, text, position, line, start)


def _with_payload(
    path: Path,
    offset: int,
    text: bytes | bytearray,
    position: int,
    line: KnownLine | UnknownLine,
    start: int,
) -> Record:
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
        """The interaction, once its last record has come.

        Raises InteractionRefused, or CassetteCorrupt for what is of no interaction.
        """
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
            case CassetteLine() | SessionLine():
                problem = "the head of a cassette where a block should be"
                raise CassetteCorrupt(self._path, self._offset, problem)
            case _:
                kind = type(line).__name__.removesuffix("Line").lower()
                problem = f"a {kind} record out of order"
                raise InteractionRefused(self._path, self._offset, problem)
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


def decode_request(path: Path, offset: int, text: bytes) -> tuple[RequestLine, Request]:
    """What an interaction begins with; what stands behind it is not looked at.

    Raises CassetteCorrupt.
    """
    position = 0
    while position < len(text):
        line, payload, position = next_record(path, offset, text, position)
        if isinstance(line, RequestLine):
            return line, _request(line, payload)
        if not isinstance(line, UnknownLine):
            break
    raise CassetteCorrupt(path, offset, "an interaction that does not begin with its request")


def _interaction(
    path: Path,
    offset: int,
    request: tuple[RequestLine, bytes],
    response: tuple[ResponseLine, bytes] | None,
    line: TimelineLine,
) -> Interaction:
    asked, asked_body = request
    interaction = Interaction(
        number=asked.n,
        session=asked.session,
        start_ns=asked.start_us * NS_PER_US,
        upstream=asked.upstream,
        base=asked.base,
        request=_request(asked, asked_body),
        response=_response(response, line) if response else None,
        timeline=Timeline(
            sent=_chunks(line.sent),
            head_ns=None if line.head_us is None else line.head_us * NS_PER_US,
            received=_chunks(line.received),
            ending=Ending(
                kind=line.ending.kind,
                at_ns=line.ending.at_us * NS_PER_US,
                offset=line.ending.offset,
                detail=line.ending.detail,
            ),
            timing=line.timing,
        ),
        notes=line.notes or Notes(),
        redacted=line.redacted,
        lost=line.lost,
        imported=line.imported,
    )
    if problem := problem_of(interaction):
        raise InteractionRefused(path, offset, f"interaction {asked.n}: {problem}")
    return interaction


def _request(line: RequestLine, body: bytes) -> Request:
    return Request(line.method, line.target, line.version, line.headers, body)


def _response(response: tuple[ResponseLine, bytes], line: TimelineLine) -> Response:
    head, body = response
    return Response(head.version, head.status, head.reason, head.headers, body, line.trailers)


def _chunks(table: ChunkTable) -> tuple[Chunk, ...]:
    times = accumulate(table.gaps_us)
    return tuple(
        [Chunk(at_us * NS_PER_US, size) for at_us, size in zip(times, table.sizes, strict=True)]
    )
