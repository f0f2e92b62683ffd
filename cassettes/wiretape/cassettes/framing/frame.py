"""What every framing decoder gives: frames, and bytes that are none.

A decoder is fed bytes with the time of their read, and asked for the next frame until it needs
more; where reads split makes no difference to what it gives, only to the times. It is total: each
byte it was fed is in the `raw` of exactly one `Frame` or one `Malformed`, in order and without a
gap. Knows nothing of what frames mean, nor of HTTP.
"""

from typing import Final, Literal, Protocol

import msgspec

Framing = Literal["sse", "ndjson", "eventstream", "json_array", "websocket", "json"]
"""The ways a body is divided; `json` is one JSON value and no stream."""

FrameKind = Literal["data", "comment", "empty", "ping", "pong", "close"]
"""data     carries a payload for the dialect
comment  an SSE comment
empty    bytes that carry nothing: blank lines, SSE fields without data, an array's brackets
ping, pong, close    WebSocket control messages
"""

MalformedCause = Literal["truncated", "bad_crc", "bad_length", "bad_header", "not_json", "protocol"]
"""truncated    the body ended inside it
bad_crc, bad_length, bad_header    of an eventstream message
not_json     stands where a JSON value must
protocol     against the rules of the framing
"""


class Frame(msgspec.Struct, frozen=True, gc=False):
    """One wire unit: an SSE event, an NDJSON line, an eventstream message, an array element, a
    WebSocket message."""

    number: int
    """Place among the frames and malformed bytes of the body, from 1."""
    kind: FrameKind
    name: str
    """SSE `event:` (empty where there is no such line), eventstream `:event-type`,
    `:exception-type` or `:error-code`."""
    data: bytes
    """The payload: SSE data lines joined by LF, a line without its end, a message's payload."""
    raw: bytes
    """The bytes of the wire, delimiters included."""
    offset: int
    """Of the first raw byte in the body (content coding removed), from 0."""
    first_ns: int
    """When the read arrived that held the first raw byte."""
    last_ns: int
    """When the read arrived that held the last raw byte: from then on it can be understood."""
    headers: dict[str, str] = {}
    """Eventstream headers as text; SSE `id` and `retry` where such lines were in the frame."""
    sent: bool = False
    """Whether the client sent it (WebSocket only)."""


class Malformed(msgspec.Struct, frozen=True, gc=False):
    """Bytes that are no frame: damage, or a frame that the end of the body cut off."""

    number: int
    """Place among the frames and malformed bytes of the body, from 1."""
    cause: MalformedCause
    words: str
    """One line for a person: what was expected, what was found."""
    raw: bytes
    """Empty where something is missing and no byte is left to show it by."""
    offset: int
    first_ns: int
    last_ns: int
    sent: bool = False
    """Whether the client sent it (WebSocket only)."""


class NeedData:
    """The type of NEED_DATA."""

    def __repr__(self) -> str:
        return "NEED_DATA"


NEED_DATA: Final = NeedData()
"""Nothing more until the decoder is fed; after `feed_eof`, nothing more at all."""


class FrameDecoder(Protocol):
    """Bytes in, frames out."""

    def feed(self, data: bytes, at_ns: int) -> None:
        """Take what one read gave. Raises FedAfterEnd once `feed_eof` was called."""

    def feed_eof(self) -> None:
        """There is no more. What stands there unfinished becomes a `Malformed`."""

    def next_frame(self) -> Frame | Malformed | NeedData:
        """The next one, or NEED_DATA. Never raises."""
