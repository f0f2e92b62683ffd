"""The client's side of an exchange: the provider's response, as it would have come without us.

Writes to the connection's transport directly, because aiohttp's writer would add headers and
reorder pairs; of aiohttp only public methods are overridden. Knows transports and HTTP framing,
nothing of upstreams or tapes.
"""

import asyncio
import fcntl
import select
import socket
import struct
import sys
import termios

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from wiretape.cassettes.http1 import (
    encode_chunk,
    encode_last_chunk,
    encode_response_head,
    keeps_alive,
)
from wiretape.cassettes.model import Headers
from wiretape.recorder.client_connection import ClientConnection
from wiretape.recorder.refusals import Refusal, encode_refusal
from wiretape.recorder.response_reader import ResponseEnd, ResponseHead

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""SO_LINGER on, with no time to linger: closing sends RST."""


_HAS_LEFT = getattr(select, "POLLRDHUP", 0) | select.POLLHUP | select.POLLERR
"""What poll says of a socket whose other side closed or reset. Only Linux has POLLRDHUP: elsewhere
a close (not a reset) behind unread bytes is seen once they are read."""

_LOOK_AGAIN_SECONDS = 0.005
"""Between two looks at how much a slow client has still to take in before a reset."""


class AlreadySent(web.StreamResponse):
    """What aiohttp is handed once an exchange is over: everything is on the wire."""

    def __init__(self, *, keep_alive: bool) -> None:
        super().__init__()
        self._reusable = keep_alive

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Nothing: the head is on the wire."""
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing: so is the end."""

    @property
    def keep_alive(self) -> bool | None:
        """Whether the client may send another request on its connection."""
        return self._reusable


class ClientSide:
    """One response on its way to the client."""

    def __init__(self, request: web.BaseRequest, version: str, headers: Headers) -> None:
        self._request = request
        self._speaks_chunks = version != "1.0"
        # HTTP/1.0 keeps a connection only where the response says so, which ours never would.
        self._reusable = self._speaks_chunks and keeps_alive(version, headers)
        self._chunked = False
        self._ends_by_close = False
        self._begun = False
        self._says_close = False
        self._whole = False

    def response(self) -> AlreadySent:
        """For aiohttp, when there is nothing left to write."""
        connection = self.connection
        reusable = connection is None or connection.reusable
        return AlreadySent(keep_alive=self._reusable and self._whole and reusable)

    @property
    def connection(self) -> ClientConnection | None:
        """What stands before aiohttp; None where the client has left."""
        return connection_of(self._request)

    @property
    def gone(self) -> bool:
        """Whether the client has left, also where nothing is read from it at the moment: asyncio
        tells of an end only while it reads.
        """
        transport = self._request.transport
        if transport is None or transport.is_closing():
            return True
        poll = select.poll()
        poll.register(transport.get_extra_info("socket").fileno(), _HAS_LEFT)
        return bool(poll.poll(0))

    @property
    def backed_up(self) -> bool:
        """Whether the client takes less than it is sent."""
        return self._request.protocol.writing_paused

    async def drain(self) -> None:
        """Wait until it has caught up. Raises ConnectionError where it has left."""
        await self._request.writer.drain()

    def split(
        self, head: ResponseHead | None, body: bytes, end: ResponseEnd | None
    ) -> tuple[bytes, bytes]:
        """The bytes of one read for this client: those that may go at once, and those with
        which it sees the response complete.

        With chunks, or with a close, the completing part stands behind the body. With a
        Content-Length, or no body at all, the last bytes are themselves the end.
        """
        now = b"" if head is None else self._head(head)
        if body:
            now += encode_chunk(body) if self._chunked else body
        if end is None or end.kind != "complete":
            return now, b""
        self._whole = True
        if self._chunked:
            return now, encode_last_chunk(end.trailers)
        return (now, b"") if self._ends_by_close else (b"", now)

    def write(self, data: bytes) -> None:
        """Put bytes on the wire; dropped where the client has left."""
        transport = self._request.transport
        if data and transport is not None and not transport.is_closing():
            transport.write(data)

    def refuse(self, refusal: Refusal) -> bool:
        """Say why the request was given up, unless the provider has begun to answer. Returns
        whether it was said.
        """
        if not self._begun:
            self.write(encode_refusal(refusal))
        return not self._begun

    def close(self) -> None:
        """End the connection with what was written, and no terminator."""
        self._reusable = False
        if self._request.transport is not None:
            self._request.transport.close()

    def end_early(self) -> None:
        """The response is whole and the request is not: where the provider said that it closes, the
        client sees that now. What it still sends is read and dropped for a while, since closing
        over it would be a reset, and could take the response along (RFC 9112 section 9.6).
        """
        transport = self._request.transport
        if self._says_close and transport is not None and not transport.is_closing():
            transport.write_eof()

    async def reset(self) -> None:
        """Reset the connection once what was written is with the client's system."""
        self._reusable = False
        transport = self._request.transport
        if transport is None:
            return
        endpoint = transport.get_extra_info("socket")
        while not transport.is_closing() and (  # noqa: ASYNC110 - nobody tells of it
            transport.get_write_buffer_size() or _undelivered(endpoint.fileno())
        ):
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        if not transport.is_closing():
            endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            transport.abort()

    def give_up_connection(self) -> None:
        """This response is the last on its connection."""
        self._reusable = False

    def _head(self, head: ResponseHead) -> bytes:
        self._begun = True
        headers = head.headers
        self._chunked = head.framing == "chunked"
        self._ends_by_close = head.framing == "close"
        if self._chunked and not self._speaks_chunks:
            self._chunked, self._ends_by_close = False, True
            headers = tuple(pair for pair in headers if pair[0].lower() != "transfer-encoding")
        self._says_close = self._ends_by_close or not keeps_alive(head.version, headers)
        if self._says_close:
            self._reusable = False
        return encode_response_head(head.version, head.status, head.reason, headers)


def connection_of(request: web.BaseRequest) -> ClientConnection | None:
    """The connection a request came on; None where the client has left."""
    if request.transport is None:
        return None
    connection = request.transport.get_protocol()
    assert isinstance(connection, ClientConnection)
    return connection


def _undelivered(descriptor: int) -> int:
    """Bytes in the kernel's send queue (SIOCOUTQ): a reset would throw them away. None where
    the system does not say.
    """
    try:
        answer = fcntl.ioctl(descriptor, termios.TIOCOUTQ, bytes(4))
    except OSError:
        return 0
    return int.from_bytes(answer, sys.byteorder)
