"""A raw HTTP/1.1 client for tests: what was on the wire, and nothing read into it.

Gives the status line, the header pairs as they stood, every HTTP chunk on its own, the
trailers, and whether the connection ended with FIN (`eof`) or RST (`reset`). It keeps the bytes
that came before a reset, which asyncio's StreamReader does not. Knows nothing of wiretape
beyond `Headers`.
"""

import asyncio
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self
from urllib.parse import urlsplit

from wiretape.cassettes.http1 import header, response_framing
from wiretape.cassettes.model import Headers

ConnectionEnd = Literal["eof", "reset"]


@dataclass(frozen=True)
class RawHead:
    """Status line and header pairs, order, case and duplicates kept."""

    version: str
    status: int
    reason: str
    headers: Headers
    raw: bytes

    def get(self, name: str) -> str | None:
        """The first value of a header, whatever the case of its name."""
        return header(self.headers, name.lower())


@dataclass(frozen=True)
class RawResponse:
    """A response read to its end, or to the end of the connection."""

    head: RawHead
    chunks: tuple[bytes, ...]
    """HTTP chunks where the body was chunked; else the body in one piece."""
    trailers: Headers
    complete: bool
    """False where the connection ended before the framing was complete."""
    ended: ConnectionEnd | None
    """How the connection ended; None where it was still open when the body was complete."""

    @property
    def status(self) -> int:
        return self.head.status

    @property
    def headers(self) -> Headers:
        return self.head.headers

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)


class ConnectionEnded(Exception):
    """The connection ended before what was asked for had come."""

    def __init__(self, how: ConnectionEnd) -> None:
        self.how = how
        super().__init__(f"the connection ended: {how}")


class _Inbox(asyncio.Protocol):
    """Everything that came, and how it ended."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.ended: ConnectionEnd | None = None
        self.transport: asyncio.Transport | None = None
        self.changed = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.data += data
        self.changed.set()

    def eof_received(self) -> bool:
        self.ended = self.ended or "eof"
        self.changed.set()
        return True  # half open: a test may still write

    def connection_lost(self, exc: Exception | None) -> None:
        if self.ended is None:
            self.ended = "reset" if isinstance(exc, ConnectionResetError) else "eof"
        self.changed.set()


class RawClient:
    """One connection. Reads raise ConnectionEnded where it ends too early."""

    def __init__(self, inbox: _Inbox) -> None:
        assert inbox.transport is not None
        self._inbox = inbox
        self.transport = inbox.transport

    @classmethod
    async def connect(cls, url: str) -> Self:
        """Connect to the host and port of `url`; its path is not looked at."""
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        loop = asyncio.get_running_loop()
        _, inbox = await loop.create_connection(_Inbox, parts.hostname, parts.port)
        return cls(inbox)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self.transport.close()

    @property
    def received(self) -> bytes:
        """What has come and has not been read yet."""
        return bytes(self._inbox.data)

    @property
    def has_ended(self) -> bool:
        """Whether the end of the connection has been seen."""
        return self._inbox.ended is not None

    def send(self, data: bytes) -> None:
        """Put bytes on the wire."""
        self.transport.write(data)

    def send_request(
        self,
        method: str,
        target: str,
        headers: Headers = (),
        body: bytes = b"",
        version: str = "1.1",
    ) -> None:
        """Send a request. Host and Content-Length are added where `headers` lack them."""
        pairs = list(headers)
        if header(headers, "host") is None:
            pairs.insert(0, ("Host", "localhost"))
        framed = {"content-length", "transfer-encoding"} & {name.lower() for name, _ in headers}
        if body and not framed:
            pairs.append(("Content-Length", str(len(body))))
        lines = [f"{method} {target} HTTP/{version}", *(f"{n}: {v}" for n, v in pairs), "", ""]
        self.send("\r\n".join(lines).encode("latin-1") + body)

    async def read_head(self) -> RawHead:
        """The next status line with its headers."""
        raw = await self.read_until(b"\r\n\r\n")
        status_line, *fields = raw[:-4].decode("latin-1").split("\r\n")
        protocol, status, reason = [*status_line.split(" ", 2), ""][:3]
        return RawHead(
            protocol.removeprefix("HTTP/"), int(status), reason, _parse_fields(fields), raw
        )

    async def read_chunk(self) -> bytes:
        """The next HTTP chunk of a chunked body; empty for the last one (see read_trailers)."""
        size = int((await self.read_until(b"\r\n")).split(b";")[0], 16)
        if size == 0:
            return b""
        data = await self.read_exactly(size + 2)
        assert data.endswith(b"\r\n"), "a chunk's data must be followed by CRLF"
        return data[:-2]

    async def read_trailers(self) -> Headers:
        """What stands between the last chunk and the end of the body."""
        lines: list[str] = []
        while line := (await self.read_until(b"\r\n"))[:-2].decode("latin-1"):
            lines.append(line)
        return _parse_fields(lines)

    async def read_response(self, method: str = "GET") -> RawResponse:
        """A whole response; `method` is that of the request it answers."""
        head = await self.read_head()
        framing = response_framing(method, head.status, head.headers)
        if framing == "none":
            return RawResponse(head, (), (), True, self._inbox.ended)
        if framing == "chunked":
            return await self._read_chunked(head)
        length = int(head.get("content-length") or 0) if framing == "length" else None
        return await self._read_plain(head, length)

    async def read_end(self) -> tuple[bytes, ConnectionEnd]:
        """Everything up to the end of the connection, and how it ended."""
        while self._inbox.ended is None:
            await self._more()
        return self._take(len(self._inbox.data)), self._inbox.ended

    async def read_exactly(self, size: int) -> bytes:
        """The next `size` bytes."""
        while len(self._inbox.data) < size:
            await self._more()
        return self._take(size)

    async def read_until(self, mark: bytes) -> bytes:
        """The next bytes up to and including `mark`."""
        searched = 0
        while (found := self._inbox.data.find(mark, searched)) < 0:
            searched = max(0, len(self._inbox.data) - len(mark) + 1)
            await self._more()
        return self._take(found + len(mark))

    async def _read_chunked(self, head: RawHead) -> RawResponse:
        chunks: list[bytes] = []
        try:
            while chunk := await self.read_chunk():
                chunks.append(chunk)
            trailers = await self.read_trailers()
        except ConnectionEnded as end:
            return RawResponse(head, tuple(chunks), (), False, end.how)
        return RawResponse(head, tuple(chunks), trailers, True, self._inbox.ended)

    async def _read_plain(self, head: RawHead, length: int | None) -> RawResponse:
        if length is None:
            body, how = await self.read_end()
            return RawResponse(head, (body,) if body else (), (), how == "eof", how)
        try:
            body = await self.read_exactly(length)
        except ConnectionEnded as end:
            rest = self.received
            return RawResponse(head, (rest,) if rest else (), (), False, end.how)
        return RawResponse(head, (body,) if body else (), (), True, self._inbox.ended)

    async def _more(self) -> None:
        """Wait until something has come; raises ConnectionEnded where nothing will."""
        if self._inbox.ended is not None:
            raise ConnectionEnded(self._inbox.ended)
        self._inbox.changed.clear()
        await self._inbox.changed.wait()

    def _take(self, size: int) -> bytes:
        taken = bytes(self._inbox.data[:size])
        del self._inbox.data[:size]
        return taken


async def fetch(
    url: str, method: str, target: str, headers: Headers = (), body: bytes = b""
) -> RawResponse:
    """One request on a connection of its own, its response read whole."""
    async with await RawClient.connect(url) as client:
        client.send_request(method, target, headers, body)
        return await client.read_response(method)


def _parse_fields(lines: list[str]) -> Headers:
    pairs = (line.partition(":") for line in lines)
    return tuple((name, value.strip(" \t")) for name, _, value in pairs)
