"""The JSON lines of a cassette, as they stand in FORMAT.md.

A record is one line of JSON, then, where the line says `bytes`, that many bytes as they were
on the wire and one LF. This module knows how a line is spelt; what a line means for an
Interaction is for the encoder and the decoder. Times are microseconds here and only here.
"""

import msgspec

from wiretape.cassettes.model import EndingKind, Headers, Notes, Timing

FORMAT_VERSION = 1

NS_PER_US = 1_000

MAX_LINE = 64 * 1024 * 1024
"""Of a line: a chunk table of some five million reads. A longer one is damage or malice."""

MAX_INTERACTION_TEXT = 2 * 1024**3 + MAX_LINE
"""A request and a response of the largest bodies that a recorder keeps by default."""


class Unwritable(ValueError):
    """No reader would take it; the message says why."""


class Misspelt(ValueError):
    """A line of a known kind that lacks a key or has one of another type."""


def as_on_tape(ns: int) -> int:
    """A time in nanoseconds as it will be read back: rounded down to the microsecond."""
    return ns - ns % NS_PER_US


class _Line(msgspec.Struct, frozen=True, tag_field="record", omit_defaults=True):
    pass


class CassetteLine(_Line, frozen=True, tag="cassette"):
    """The first line of every cassette."""

    wiretape: int
    """Version of the format."""
    tool: str = ""


class SessionLine(_Line, frozen=True, tag="session"):
    session: int
    started: str
    tool: str = ""


class RequestLine(_Line, frozen=True, tag="request"):
    n: int
    session: int
    start_us: int
    upstream: str
    base: str
    method: str
    target: str
    version: str
    headers: Headers
    bytes: int = 0


class ResponseLine(_Line, frozen=True, tag="response"):
    n: int
    version: str
    status: int
    reason: str
    headers: Headers
    bytes: int = 0


class ChunkTable(msgspec.Struct, frozen=True):
    """Chunks as two columns, which compress far better than pairs."""

    gaps_us: tuple[int, ...]
    """Time since the chunk before it; for the first one, since the epoch."""
    sizes: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.gaps_us) != len(self.sizes):
            raise ValueError(f"{len(self.gaps_us)} gaps for {len(self.sizes)} sizes")


class EndingCell(msgspec.Struct, frozen=True, omit_defaults=True):
    kind: EndingKind
    at_us: int
    offset: int
    detail: str = ""


class TimelineLine(_Line, frozen=True, tag="timeline"):
    """Stands after the bodies, since two thousand numbers before them are not for eyes."""

    n: int
    sent: ChunkTable
    received: ChunkTable
    ending: EndingCell
    head_us: int | None = None
    trailers: Headers = ()
    notes: Notes | None = None
    redacted: dict[str, int] = {}
    lost: str = ""
    timing: Timing = "reads"
    imported: str = ""


class UnknownLine(msgspec.Struct, frozen=True):
    """Any line: enough of it to step over a record of a kind this version does not know."""

    record: str
    bytes: int = 0


KnownLine = CassetteLine | SessionLine | RequestLine | ResponseLine | TimelineLine

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[KnownLine] = msgspec.json.Decoder(KnownLine)
_unknown_decoder = msgspec.json.Decoder(UnknownLine)
_KNOWN_KINDS = frozenset({"cassette", "session", "request", "response", "timeline"})


def encode_line(line: KnownLine, payload: bytes = b"") -> bytes:
    """The line, its LF and, where there is a payload, the payload and its LF. Raises Unwritable."""
    try:
        head = _encoder.encode(line)
    except (ValueError, OverflowError) as error:
        raise Unwritable(f"it cannot be put in JSON ({error})") from error
    if len(head) > MAX_LINE:
        raise Unwritable(f"a line of {len(head):,} bytes, the limit is {MAX_LINE:,}")
    return b"%b\n%b\n" % (head, payload) if payload else head + b"\n"


def decode_line(line: bytes | memoryview) -> KnownLine | UnknownLine:
    """Raises ValueError (msgspec's errors are, and that of bytes that are no UTF-8) or, where
    it nests too deep, RecursionError, where the line is not one of ours; Misspelt where it is one
    all the same, and `decode_kind` tells how long its record is."""
    kind = decode_kind(line)
    if kind.record not in _KNOWN_KINDS:
        return kind
    try:
        return _decoder.decode(line)
    except (ValueError, RecursionError) as error:
        raise Misspelt(str(error)) from error


def decode_kind(line: bytes | memoryview) -> UnknownLine:
    """Only what every line says. Raises as `decode_line` does, but for Misspelt."""
    kind = _unknown_decoder.decode(line)
    if kind.bytes < 0:
        raise msgspec.ValidationError(f"Expected `int` >= 0, got {kind.bytes} - at `$.bytes`")
    return kind
