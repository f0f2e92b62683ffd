"""A raw HTTP client that sees what a client's parser hides: chunk borders, times, endings.

Knows asyncio and the chunked coding (RFC 9112 section 7.1), nothing of cassettes.
"""

import asyncio
import time
from urllib.parse import urlsplit

import msgspec

from wiretape.cassettes.model import Chunk, EndingKind

HEADERS = (
    "content-type: application/json",
    "accept: text/event-stream",
    "authorization: Bearer key-of-the-demo",
)


class Received(msgspec.Struct, frozen=True):
    """A response as it came. Times count from the moment the request was written."""

    status: int
    body: bytes
    chunks: tuple[Chunk, ...]
    ending: EndingKind
    ended_ns: int


async def ask(base: str, path: str, request: object) -> Received:
    """POST `request` as JSON to `base` + `path` and read the answer to its end."""
    parts = urlsplit(base)
    loop = asyncio.get_running_loop()
    body = msgspec.json.encode(request)
    head = (
        f"POST {parts.path}{path} HTTP/1.1",
        f"host: {parts.netloc}",
        *HEADERS,
        f"content-length: {len(body)}",
        "",
        "",
    )
    assert parts.hostname is not None, "a server of ours names its host and port"
    assert parts.port is not None
    _, reading = await loop.create_connection(_Reading, parts.hostname, parts.port)
    reading.send("\r\n".join(head).encode() + body)
    return await reading.done


class _Reading(asyncio.Protocol):
    """Stamps each HTTP chunk with the read that completed it."""

    def __init__(self) -> None:
        self.done: asyncio.Future[Received] = asyncio.get_running_loop().create_future()
        self._buffer = b""
        self._status = 0
        self._body: list[bytes] = []
        self._chunks: list[Chunk] = []
        self._zero_ns = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def send(self, data: bytes) -> None:
        self._zero_ns = time.monotonic_ns()
        self._transport.write(data)

    def data_received(self, data: bytes) -> None:
        at_ns = time.monotonic_ns() - self._zero_ns
        self._buffer += data
        if not self._status and not self._take_head():
            return
        while (chunk := self._take_chunk()) is not None:
            if not chunk:
                self._end("complete")
                self._transport.close()
                return
            self._body.append(chunk)
            self._chunks.append(Chunk(at_ns, len(chunk)))

    def connection_lost(self, error: Exception | None) -> None:
        self._end("cut" if error is None else "reset")

    def _take_head(self) -> bool:
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return False
        self._status = int(head.split(b" ", 2)[1])
        self._buffer = rest
        if b"\r\ntransfer-encoding: chunked" not in head.lower():
            self._body.append(rest)
            self._transport.abort()
        return True

    def _take_chunk(self) -> bytes | None:
        """The next whole chunk, empty for the last one; None where more must come first."""
        line, end, rest = self._buffer.partition(b"\r\n")
        if not end:
            return None
        size = int(line.partition(b";")[0], 16)
        if len(rest) < size + 2:
            return None
        self._buffer = rest[size + 2 :]
        return rest[:size]

    def _end(self, ending: EndingKind) -> None:
        if not self.done.done():
            ended_ns = time.monotonic_ns() - self._zero_ns
            chunks = tuple(self._chunks)
            self.done.set_result(
                Received(self._status, b"".join(self._body), chunks, ending, ended_ns)
            )
