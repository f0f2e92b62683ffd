"""The journal beside a cassette: what has arrived so far, in the order it arrived.

While a recording runs, everything goes here first, in appends; the cassette itself is written
once, when the journal is folded into it. An entry is

    CRC-32 of what follows, 8 hex digits | space | line of JSON | LF | payload | LF

with the payload (and its LF) only where the line says `bytes`. A crash can tear the last
entries; the checksum tells where. Times are nanoseconds since the session's zero, because the
epoch of an interaction is not known before its request has been passed on.

Knows the model and files to read; the appending is done by the recorder, which has the clock.
"""

import glob
import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from wiretape.cassettes.links import standing
from wiretape.cassettes.model import Chunk, Ending, Headers, Session

MAX_LINE = 16 * 1024 * 1024
"""Longer than any head or chunk table a recorder writes; a longer line is torn or foreign."""

_CRC_WIDTH = 9

_ENTRY_BEGIN = re.compile(rb'[0-9a-f]{8} \{"bytes":')
_LONGEST_BEGIN = 18
_WINDOW = 1024 * 1024


class _Entry(msgspec.Struct, frozen=True, tag_field="entry", omit_defaults=True):
    pass


class SessionOpened(_Entry, frozen=True, tag="session"):
    """First in every journal."""

    session: Session


class Opened(_Entry, frozen=True, tag="opened"):
    """A request's head has arrived."""

    n: int
    at_ns: int
    upstream: str
    base: str
    method: str
    target: str
    version: str
    headers: Headers


class Sent(_Entry, frozen=True, tag="sent"):
    """Reads of the request's body, and the bytes of it that are safe to keep by now."""

    n: int
    chunks: tuple[Chunk, ...]
    body: bytes = b""


class PassedOn(_Entry, frozen=True, tag="passed"):
    """The request had been passed on whole: the epoch."""

    n: int
    at_ns: int


class Answered(_Entry, frozen=True, tag="answered"):
    """The response's head has arrived."""

    n: int
    at_ns: int
    version: str
    status: int
    reason: str
    headers: Headers


class Received(_Entry, frozen=True, tag="received"):
    """Reads of the response's body, and the bytes of it that are safe to keep by now."""

    n: int
    chunks: tuple[Chunk, ...]
    body: bytes = b""


class Ended(_Entry, frozen=True, tag="ended"):
    """The interaction is over. In the journal before its end goes to the client."""

    n: int
    ending: Ending
    trailers: Headers = ()
    redacted: dict[str, int] = {}
    lost: str = ""


Entry = SessionOpened | Opened | Sent | PassedOn | Answered | Received | Ended


class Placed(NamedTuple):
    """An entry and the bytes of the journal it stands in."""

    entry: Entry
    offset: int
    end: int


class Gap(NamedTuple):
    """Bytes between whole entries that are none: damage."""

    offset: int
    end: int


class _Line(msgspec.Struct, frozen=True):
    bytes: int
    entry: msgspec.Raw


_encoder = msgspec.json.Encoder()
_line_decoder = msgspec.json.Decoder(_Line)
_entry_decoder: msgspec.json.Decoder[Entry] = msgspec.json.Decoder(Entry)


def journal_path(cassette: Path) -> Path:
    """Where the journal of a cassette stands: beside it, and not beside a link to it."""
    cassette = standing(cassette)
    return cassette.with_name(cassette.name + ".journal")


def encode_entry(entry: Entry) -> bytes:
    """The bytes to append."""
    body = b""
    if isinstance(entry, Sent | Received):
        body = entry.body
        entry = msgspec.structs.replace(entry, body=b"")
    line = _Line(bytes=len(body), entry=msgspec.Raw(_encoder.encode(entry)))
    content = b"%b\n" % _encoder.encode(line)
    if body:
        content += b"%b\n" % body
    return b"%08x %b" % (zlib.crc32(content), content)


def read_entries(file: BinaryIO) -> Iterator[Placed]:
    """Every whole entry, in order; stops at the first that is torn or damaged."""
    offset = file.tell()
    size = os.fstat(file.fileno()).st_size
    while True:
        head = file.readline(MAX_LINE)
        entry_end = offset + len(head)
        try:
            line = _line_decoder.decode(head[_CRC_WIDTH:])
            if not 0 <= line.bytes < size - offset:
                return
            body = file.read(line.bytes + 1) if line.bytes else b""
            if int(head[: _CRC_WIDTH - 1], 16) != zlib.crc32(head[_CRC_WIDTH:] + body):
                return
            entry = _entry_decoder.decode(line.entry)
        except (ValueError, RecursionError):  # DecodeError is a ValueError
            return
        if isinstance(entry, Sent | Received):
            entry = msgspec.structs.replace(entry, body=body[:-1])
        entry_end += len(body)
        yield Placed(entry, offset, entry_end)
        offset = entry_end


def read_past_damage(file: BinaryIO) -> Iterator[Placed | Gap]:
    """Every whole entry, in order, also behind damage; what is torn at the end is not told."""
    end = 0
    while True:
        file.seek(end)
        for placed in read_entries(file):
            end = placed.end
            yield placed
        following = _next_entry(file, end)
        if following is None:
            return
        yield Gap(end, following)
        end = following


def _next_entry(file: BinaryIO, end: int) -> int | None:
    """Where a whole entry stands behind `end`, where reading stopped: then what stopped it is
    damage, and no torn end.

    Where the damaged one's line still says how long it is, first there: a body may hold what
    looks like an entry.
    """
    file.seek(end)
    head = file.readline(MAX_LINE)
    try:
        size = _line_decoder.decode(head[_CRC_WIDTH:]).bytes
        said = end + len(head) + (size + 1 if size else 0)
        if _entry_stands_at(file, said):
            return said
    except (ValueError, RecursionError, OverflowError, OSError):  # a place that cannot be
        pass
    while True:
        file.seek(end)
        window = file.read(_WINDOW)
        for found in _ENTRY_BEGIN.finditer(window):
            if _entry_stands_at(file, end + found.start()):
                return end + found.start()
        if len(window) < _WINDOW:
            return None
        end += _WINDOW - _LONGEST_BEGIN


def _entry_stands_at(file: BinaryIO, offset: int) -> bool:
    file.seek(offset)
    return next(read_entries(file), None) is not None


def damaged_journals(cassette: Path) -> list[Path]:
    """Journals of a cassette that were damaged, and are kept beside it."""
    path = journal_path(cassette)
    found = path.parent.glob(f"{glob.escape(path.name)}.damaged*")
    return sorted(one for one in found if one.is_file())
