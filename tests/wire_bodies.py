"""Bodies of every wire type, each in the pieces that an upstream sends it in, and the codings
that it may send them in unasked. Tables, and the few lines that make them. Knows bytes only.
"""

import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import zstandard


@dataclass(frozen=True)
class WireBody:
    """A content type and its pieces: one read of the transport each."""

    name: str
    content_type: str
    pieces: tuple[bytes, ...]

    @property
    def whole(self) -> bytes:
        return b"".join(self.pieces)


def eventstream_message(headers: dict[str, str], payload: bytes) -> bytes:
    """One message of `application/vnd.amazon.eventstream`, both CRCs right."""
    raw = b""
    for name, value in headers.items():
        raw += bytes([len(name)]) + name.encode()
        raw += b"\x07" + len(value).to_bytes(2, "big") + value.encode()
    prelude = (16 + len(raw) + len(payload)).to_bytes(4, "big") + len(raw).to_bytes(4, "big")
    prelude += zlib.crc32(prelude).to_bytes(4, "big")
    message = prelude + raw + payload
    return message + zlib.crc32(message).to_bytes(4, "big")


def _aws(kind: str, payload: bytes) -> bytes:
    return eventstream_message({":message-type": "event", ":event-type": kind}, payload)


_SSE = "text/event-stream"
_MESSAGES = _aws("messageStart", b'{"role":"assistant"}') + _aws("messageStop", b"{}")
_EURO = "data: 5 \u20ac\n\n".encode()

WIRE_BODIES = (
    WireBody("sse LF", _SSE, (b"event: a\ndata: 1\n\n", b"data: 2\n\n", b"data: [DONE]\n\n")),
    WireBody("sse CRLF", _SSE, (b"data: 1\r\n\r", b"\ndata: 2\r\n", b"\r\ndata: 3\r\n\r\n")),
    WireBody("sse CR", _SSE, (b"data: 1\r\r", b"data: 2\r", b"\rdata: 3\r\r")),
    WireBody("sse BOM", _SSE, (b"\xef\xbb", b"\xbfdata: 1\n\n", b"data: 2\n\n")),
    WireBody("sse comments", _SSE, (b": hello\n\n", b"data: 1\n: in between\n\n", b":\n\n")),
    WireBody("sse lines", _SSE, (b"data: one\ndata: two\n", b"data\n", b"data:three\n\n")),
    WireBody("sse ids", _SSE, (b"id: 1\nretry: 10\ndata: a\n\n", b"id\ndata: b\n\n", b"id: 2\n")),
    WireBody("sse split", _SSE, (_EURO[:9], _EURO[9:10], _EURO[10:] + b"data: \xff\n\n")),
    WireBody("ndjson", "application/x-ndjson", (b'{"n":1}\n{"n"', b":2}\r\n\n", b'{"done":true}')),
    WireBody(
        "eventstream",
        "application/vnd.amazon.eventstream",
        (_MESSAGES[:7], _MESSAGES[7:50], _MESSAGES[50:]),
    ),
    WireBody("json array", "application/json", (b'[{"a":"]"}\n', b',\n{"b":"\\"', b'"}]\n')),
    WireBody("json", "application/json", (b'{"id":"x",', b'"choices":[]', b"}")),
    WireBody("binary", "application/octet-stream", (bytes(range(256)), b"\0\r\n0\r\n\r\n", b"\n")),
)


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, mtime=0)


def _deflate(body: bytes) -> bytes:
    return zlib.compress(body)


def _brotli(body: bytes) -> bytes:
    """A brotli stream of one uncompressed meta-block (RFC 7932 section 9.2): no library needed."""
    assert 0 < len(body) <= 1 << 16
    # From the lowest bit: WBITS 16 (0), not the last (0), four nibbles (00), length - 1,
    # uncompressed (1); then the data at a byte's border, then an empty last meta-block.
    head = (len(body) - 1) << 4 | 1 << 20
    return head.to_bytes(3, "little") + body + b"\x03"


def _same(body: bytes) -> bytes:
    return body


CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "": _same,
    "gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": zstandard.ZstdCompressor().compress,
}
"""Content coding to how a body gets it; the empty name for none."""


def coded(body: WireBody, coding: str) -> tuple[bytes, ...]:
    """The pieces of a body under a coding: as many, cut anywhere."""
    if not coding:
        return body.pieces
    data = CODINGS[coding](body.whole)
    third = len(data) // 3
    return data[:third], data[third : 2 * third], data[2 * third :]
