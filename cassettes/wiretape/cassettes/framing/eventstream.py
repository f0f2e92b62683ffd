"""AWS eventstream: binary messages, each with two checksums.

A message is `total length | length of headers | CRC of both | headers | payload | CRC of all
before`, four bytes each and big-endian; a header is a length of one byte, the name, a type of one
byte and the value (the Smithy specification of application/vnd.amazon.eventstream).

A message whose own checksum is wrong is a `Malformed`, and the next one is read where its length
says, since the length has a checksum of its own. Where that one is wrong, or a length is beyond
the limits, there is no way to the next message: the rest of the body is one `Malformed`.
"""

import base64
import struct
import uuid
import zlib
from collections.abc import Callable
from typing import Final

from wiretape.cassettes.framing.base import Decoder
from wiretape.cassettes.framing.frame import MalformedCause

MOST_HEADERS: Final = 128 * 1024
MOST_PAYLOAD: Final = 24 * 1024 * 1024
"""Bytes; the limits of the format."""

_PRELUDE: Final = struct.Struct(">III")
_CRC: Final = struct.Struct(">I")
_OVERHEAD: Final = _PRELUDE.size + _CRC.size

_NAMES: Final = (":event-type", ":exception-type", ":error-code")
"""The headers that name a message, one for each `:message-type`."""


class BadHeader(Exception):
    """The headers of a message cannot be read."""


class EventstreamDecoder(Decoder):
    """Takes a body of eventstream messages apart."""

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()
        """The beginning of the message that is not whole yet."""
        self._first_ns = 0
        self._last_ns = 0
        self._size = 0
        """Of that message in bytes; 0 where its prelude has not been read."""
        self._lost: tuple[MalformedCause, str] | None = None
        """Why the rest of the body cannot be read."""

    def feed(self, data: bytes, at_ns: int) -> None:
        """Take what one read gave. Raises FedAfterEnd once `feed_eof` was called."""
        self._open()
        at = 0
        while at < len(data):
            taken = data[at : at + self._missing()] if self._lost is None else data[at:]
            at += len(taken)
            if not self._held:
                self._first_ns = at_ns
            self._held += taken
            self._last_ns = at_ns
            if self._lost is None and self._missing() == 0:
                self._whole()

    def feed_eof(self) -> None:
        """There is no more. A message that is not whole becomes a `Malformed`."""
        self._ended = True
        if not self._held:
            return
        size = f"{self._size:,}" if self._size else f"at least {_OVERHEAD}"
        words = f"the body ends inside a message: {len(self._held):,} of {size} bytes"
        self._give_held(*(self._lost or ("truncated", words)))

    def _missing(self) -> int:
        """Bytes until the prelude, or then the message, is whole."""
        return (self._size or _PRELUDE.size) - len(self._held)

    def _whole(self) -> None:
        """The prelude or the message is whole."""
        if self._size:
            self._message(bytes(self._held))
            self._size = 0
            return
        total, headers, crc = _PRELUDE.unpack(self._held)
        if zlib.crc32(self._held[: -_CRC.size]) != crc:
            self._lost = "bad_crc", "the checksum of a message's lengths is wrong"
        elif headers > MOST_HEADERS or not 0 <= total - headers - _OVERHEAD <= MOST_PAYLOAD:
            words = f"a message of {total:,} bytes with {headers:,} bytes of headers cannot be"
            self._lost = "bad_length", words
        else:
            self._size = total

    def _message(self, raw: bytes) -> None:
        _, size, _ = _PRELUDE.unpack_from(raw)
        (crc,) = _CRC.unpack_from(raw, len(raw) - _CRC.size)
        found = zlib.crc32(memoryview(raw)[: -_CRC.size])
        if found != crc:
            words = f"the checksum of a message is {crc:08x}, its bytes give {found:08x}"
            self._give_held("bad_crc", words)
            return
        payload = _PRELUDE.size + size
        try:
            headers = read_headers(raw[_PRELUDE.size : payload])
        except BadHeader as problem:
            self._give_held("bad_header", str(problem))
            return
        self._held.clear()
        self._give(
            "data",
            raw[payload : -_CRC.size],
            raw,
            self._first_ns,
            self._last_ns,
            name=next((headers[name] for name in _NAMES if name in headers), ""),
            headers=headers,
        )

    def _give_held(self, cause: MalformedCause, words: str) -> None:
        raw = bytes(self._held)
        self._held.clear()
        self._give_malformed(cause, words, raw, self._first_ns, self._last_ns)


def read_headers(data: bytes) -> dict[str, str]:
    """The headers of a message as text: numbers in decimal, times in milliseconds since 1970,
    bytes as base64. Raises BadHeader."""
    headers: dict[str, str] = {}
    at = 0
    while at < len(data):
        name, at = _take(data, at + 1, data[at])
        (kind, *_), at = _take(data, at, 1)
        if kind not in _VALUES:
            raise BadHeader(f"a header has the type {kind}, which there is not")
        size, text = _VALUES[kind]
        if size is None:
            length, at = _take(data, at, 2)
            size = int.from_bytes(length, "big")
        value, at = _take(data, at, size)
        key = name.decode("utf-8", "replace")
        if key in headers:
            raise BadHeader(f"the header {key!r} stands there twice")
        headers[key] = text(value)
    return headers


def _take(data: bytes, at: int, size: int) -> tuple[bytes, int]:
    if at + size > len(data):
        raise BadHeader(f"a header ends {at + size - len(data)} bytes beyond the headers")
    return data[at : at + size], at + size


def _integer(value: bytes) -> str:
    return str(int.from_bytes(value, "big", signed=True))


_VALUES: Final[dict[int, tuple[int | None, Callable[[bytes], str]]]] = {
    0: (0, lambda _: "true"),
    1: (0, lambda _: "false"),
    2: (1, _integer),
    3: (2, _integer),
    4: (4, _integer),
    5: (8, _integer),
    6: (None, lambda value: base64.b64encode(value).decode()),
    7: (None, lambda value: value.decode("utf-8", "replace")),
    8: (8, _integer),
    9: (16, lambda value: str(uuid.UUID(bytes=value))),
}
"""Type to the bytes of its value (None where two bytes before it say) and its text."""
