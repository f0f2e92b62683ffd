"""From the text of a cassette to interactions: lines, records, and what they make together.

The mirror of encoder.py's text. Uses only text that a checksum has vouched for, and never
guesses: what is not as FORMAT.md says is an error with the offset of the block in the file.
Knows nothing of files or frames.
"""

import re
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

import msgspec

from wiretape.cassettes.codec.lines import (
    FORMAT_VERSION,
    NS_PER_US,
    ChunkTable,
    KnownLine,
    RequestLine,
    ResponseLine,
    TimelineLine,
    UnknownLine,
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

_NOT_IN_A_HEAD = re.compile("[\r\n\0]|[^\x00-\xff]")
"""Ends of lines and NUL (RFC 9110 section 5.5), and what is no byte of ISO-8859-1."""

MAX_LINE = 64 * 1024 * 1024
"""Of a line: a chunk table of some five million reads. A longer one is damage or malice."""


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
