"""A client's connection, in front of aiohttp's: what comes in is screened before it acts.

Stands between the transport and aiohttp's protocol and hands everything on, but for what the
screen refuses: that is answered here where no request is being answered yet, and told to the
exchange whose upload it breaks. Knows asyncio's protocols and the screen; nothing of upstreams
or tapes. An exchange finds it as `transport.get_protocol()`.
"""

import asyncio
from collections.abc import Callable

from wiretape.recorder.refusals import Refusal, encode_refusal
from wiretape.recorder.request_screen import RequestScreen

LINGER_SECONDS = 2.0
"""After a refusal the rest of the request is read and dropped for so long, since closing over
unread bytes resets the connection, and the client may lose the refusal (RFC 9112 section 9.6)."""

Broken = Callable[[Refusal], None]
"""Told that the upload of the request being answered broke its framing."""


class Crowd:
    """The open connections of a proxy, and how many there may be."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.connections: set[ClientConnection] = set()

    @property
    def is_full(self) -> bool:
        return len(self.connections) > self.most


class ClientConnection(asyncio.Protocol):
    """Hands on to `inner` what the screen lets through."""

    def __init__(self, inner: asyncio.Protocol, crowd: Crowd) -> None:
        self.reusable = True
        """False once nothing more is taken from the client."""
        self._inner: asyncio.Protocol | None = inner
        self._crowd = crowd
        self._screen = RequestScreen()
        self._transport: asyncio.Transport | None = None
        self._answered = 0
        self._broken: Broken | None = None
        self._refusal: Refusal | None = None
        self._lingering: asyncio.TimerHandle | None = None

    def begin(self, broken: Broken) -> None:
        """A request is being answered; `broken` is told should its upload break."""
        if self._refusal is None:
            self._broken = broken
        else:
            broken(self._refusal)

    def finish(self) -> None:
        """It has been answered."""
        self._answered += 1
        self._broken = None
        if not self.reusable:
            self._linger()

    def close(self) -> None:
        """Drop the connection, whatever it is doing."""
        if self._transport is not None:
            self._transport.abort()

    # What follows is called by asyncio.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._crowd.connections.add(self)
        if self._crowd.is_full:
            self._inner = None  # told so when it asks, or closed
            self._linger()
        else:
            self._hand_on().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if not self.reusable:
            return
        if self._inner is None:
            self._answer(Refusal(503, "too_many_connections", self._crowded()))
            return
        waiting = self._screen.heads == self._answered
        refusal = self._screen.feed(data)
        self.reusable = refusal is None and not self._screen.last
        if refusal is None:
            self._inner.data_received(data)
        elif waiting:
            self._answer(refusal)
        elif not self._screen.in_head:
            self._refusal = refusal
            if self._broken is not None:
                self._broken(refusal)

    def eof_received(self) -> bool | None:
        return None if self._inner is None else self._inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._crowd.connections.discard(self)
        self._transport = None
        self._broken = None
        if self._lingering is not None:
            self._lingering.cancel()
        if self._inner is not None:
            self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        if self._inner is not None:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        if self._inner is not None:
            self._inner.resume_writing()

    def _hand_on(self) -> asyncio.Protocol:
        assert self._inner is not None
        return self._inner

    def _answer(self, refusal: Refusal) -> None:
        """The last thing the client is told."""
        self.reusable = False
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(encode_refusal(refusal))
            self._transport.write_eof()
            self._linger()

    def _linger(self) -> None:
        if self._lingering is None:
            loop = asyncio.get_running_loop()
            self._lingering = loop.call_later(LINGER_SECONDS, self.close)

    def _crowded(self) -> str:
        return (
            f"{self._crowd.most:,} connections are open, and there may be no more; let the "
            "client keep fewer, or raise --max-connections"
        )
