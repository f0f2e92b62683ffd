"""One connection to an upstream: bytes of the transport in, reads of a response out.

Every read is stamped before it is looked at, and given to the listener within the same
callback. Knows transports and the injected clock; nothing of clients, tapes or pools. Why this
is our own protocol over httptools: docs/decisions/0001-upstream-protocol.md.
"""

import asyncio
import os
import select
from collections.abc import Callable
from typing import Protocol

import msgspec

from wiretape.cassettes.model import EndingKind
from wiretape.recorder.response_reader import (
    Brought,
    ResponseEnd,
    ResponseHead,
    ResponseReader,
)

Clock = Callable[[], int]
"""Nanoseconds on a monotonic clock."""

_READ_SIZE = 256 * 1024
"""As asyncio's own reads."""


class Read(msgspec.Struct, frozen=True):
    """What one read of the transport brought, and when."""

    at_ns: int
    head: ResponseHead | None
    body: bytes
    end: ResponseEnd | None


class Listener(Protocol):
    """Who is told of the reads of one response."""

    def arrived(self, read: Read) -> None:
        """Called once a read, synchronously; exactly one read, the last, has an end."""
        ...


class UpstreamConnection(asyncio.Protocol):
    """Carries one request at a time; `expect` says whose response comes next."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._transport: asyncio.Transport | None = None
        self._reader: ResponseReader | None = None
        self._listener: Listener | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._last = False
        self.reusable = False
        """Whether the last response left the connection fit for another request."""

    @property
    def closed(self) -> bool:
        return self._transport is None or self._transport.is_closing()

    @property
    def stale(self) -> bool:
        """Whether an idle connection was closed by the upstream, or sent what nobody asked for.

        The socket is asked, because the event loop may not have been told yet.
        """
        if self._transport is None or self._transport.is_closing():
            return True
        poll = select.poll()
        poll.register(self._transport.get_extra_info("socket").fileno(), select.POLLIN)
        return bool(poll.poll(0))

    def expect(self, listener: Listener, method: str, *, last: bool = False) -> None:
        """The next bytes answer a request of `method`, and are the listener's.

        `last`: the request says `Connection: close`, so none may follow it here (RFC 9112
        section 9.6).
        """
        self._last = last
        self._listener = listener
        self._reader = ResponseReader(method)
        self.reusable = False

    def write(self, data: bytes) -> None:
        """Pass bytes of the request on; dropped where the connection is gone."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    @property
    def takes_more(self) -> bool:
        """Whether the upstream keeps up with what it is sent, or the connection is gone."""
        return self._writable.is_set()

    async def drain(self) -> None:
        """Wait until the upstream takes more, or the connection is gone."""
        await self._writable.wait()

    def pause(self) -> None:
        """Stop reading, so that the upstream stops sending."""
        if self._transport is not None and self._transport.is_reading():
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read on."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def abort(self) -> None:
        """Leave at once; the listener is told nothing more."""
        self._listener = None
        self.reusable = False
        if self._transport is not None:
            self._transport.abort()

    # What follows is called by asyncio.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        at_ns = self._clock()
        if self._reader is None or self._listener is None:
            self.abort()
            return
        brought = self._reader.feed(data)
        if brought.end is not None:
            self.reusable = self._reader.reusable and not self._last
        self._tell(at_ns, brought)

    def eof_received(self) -> bool:
        at_ns = self._clock()
        if self._reader is not None and self._listener is not None:
            self._tell(at_ns, Brought(None, b"", self._reader.feed_eof()))
        self.abort()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None and self._listener is not None:
            self._rescue()
        at_ns = self._clock()
        if self._reader is not None and self._listener is not None:
            end = self._reader.feed_eof() if exc is None else _failure(exc)
            self._tell(at_ns, Brought(None, b"", end))
        self._transport = None
        self.reusable = False
        self._writable.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def _tell(self, at_ns: int, brought: Brought) -> None:
        listener = self._listener
        if listener is None or not (brought.head or brought.body or brought.end):
            return
        if brought.end is not None:
            self._listener = None
        listener.arrived(Read(at_ns, brought.head, brought.body, brought.end))

    def _rescue(self) -> None:
        """Read what had arrived before a write failed.

        A server that refuses an upload answers and closes; our next write then fails, and
        asyncio drops the connection with the answer unread in the socket's buffer. Of a TLS
        connection those bytes cannot be read any more.
        """
        transport = self._transport
        if transport is None or transport.get_extra_info("sslcontext") is not None:
            return
        descriptor = transport.get_extra_info("socket").fileno()
        try:
            while self._listener is not None and (data := os.read(descriptor, _READ_SIZE)):
                self.data_received(data)
        except OSError:
            return


def _failure(exc: Exception) -> ResponseEnd:
    kind: EndingKind = "reset"
    if isinstance(exc, TimeoutError):  # ETIMEDOUT: the peer stopped acknowledging
        kind = "timeout"
    elif not isinstance(exc, ConnectionError):
        kind = "cut"
    problem = (exc.strerror if isinstance(exc, OSError) else None) or str(exc)
    return ResponseEnd(kind, problem or type(exc).__name__)
