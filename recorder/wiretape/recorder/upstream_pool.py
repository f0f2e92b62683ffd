"""Connections to upstreams: made, kept for a moment, used again.

A connection is used again as the client's own pool would have done; a request is never sent
twice, so one that meets a dying connection fails as it would have without us. Knows sockets and
TLS; nothing of HTTP beyond that a connection may be idle.
"""

import asyncio
import os
import socket
import ssl
from functools import partial

from wiretape.recorder.errors import (
    UpstreamFailed,
    UpstreamNotFound,
    UpstreamUnreachable,
    UpstreamUntrusted,
)
from wiretape.recorder.upstream_connection import Clock, UpstreamConnection
from wiretape.recorder.upstreams import Upstream

CONNECT_SECONDS = 30.0
"""For name, TCP and TLS together. The SDKs give up connecting after 5 s and try anew."""

IDLE_SECONDS = 4.0
"""Below the 5 s after which uvicorn and Node close an idle connection."""

_ATTEMPT_SECONDS = 0.25
"""Between addresses of one name (RFC 8305 section 5)."""


class UpstreamPool:
    """Gives connections that carry nothing at the moment."""

    def __init__(self, clock: Clock, ssl_context: ssl.SSLContext | None = None) -> None:
        self._clock = clock
        self._ssl_context = ssl_context
        self._idle: dict[str, list[UpstreamConnection]] = {}
        self._timers: dict[UpstreamConnection, asyncio.TimerHandle] = {}

    async def connection(self, upstream: Upstream) -> UpstreamConnection:
        """An idle connection, the last used first, or a new one. Raises UpstreamFailed."""
        idle = self._idle.get(upstream.base, [])
        while idle:
            connection = idle.pop()
            self._timers.pop(connection).cancel()
            if not connection.stale:
                return connection
            connection.abort()
        return await self._connect(upstream)

    def put_back(self, upstream: Upstream, connection: UpstreamConnection) -> None:
        """Take back a connection whose exchange is over."""
        if not connection.reusable or connection.closed:
            connection.abort()
            return
        self._idle.setdefault(upstream.base, []).append(connection)
        self._timers[connection] = asyncio.get_running_loop().call_later(
            IDLE_SECONDS, self._drop, upstream.base, connection
        )

    def close(self) -> None:
        """Close what is idle."""
        for timer in self._timers.values():
            timer.cancel()
        for connection in self._timers:
            connection.abort()
        self._timers.clear()
        self._idle.clear()

    def _drop(self, base: str, connection: UpstreamConnection) -> None:
        self._idle[base].remove(connection)
        del self._timers[connection]
        connection.abort()

    async def _connect(self, upstream: Upstream) -> UpstreamConnection:
        failed = partial(_failed, upstream)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, connection = await asyncio.get_running_loop().create_connection(
                    lambda: UpstreamConnection(self._clock),
                    upstream.host,
                    upstream.port,
                    ssl=self._tls() if upstream.tls else None,
                    happy_eyeballs_delay=_ATTEMPT_SECONDS,
                )
        except OSError as error:  # all of ssl, socket and timeouts are OSErrors
            raise failed(error) from error
        return connection

    def _tls(self) -> ssl.SSLContext:
        """Made at the first use: loading the system's certificates takes 20 ms."""
        if self._ssl_context is None:
            self._ssl_context = ssl.create_default_context()
            self._ssl_context.set_alpn_protocols(["http/1.1"])
        return self._ssl_context


def _failed(upstream: Upstream, error: OSError) -> UpstreamFailed:
    """Words for what the operating system said."""
    name, base = upstream.name, upstream.base
    match error:
        case ssl.SSLCertVerificationError():
            return UpstreamUntrusted(
                name,
                base,
                f"its TLS certificate is not trusted ({error.verify_message}); "
                "for a private CA set SSL_CERT_FILE",
            )
        case ssl.SSLError():
            return UpstreamUntrusted(name, base, f"the TLS handshake failed ({error.reason})")
        case socket.gaierror():
            return UpstreamNotFound(
                name, base, f"no such host ({error.strerror}); check the URL and the network"
            )
        case TimeoutError():
            return UpstreamUnreachable(name, base, f"no connection within {CONNECT_SECONDS:g} s")
    problem = os.strerror(error.errno) if error.errno else str(error) or type(error).__name__
    return UpstreamUnreachable(name, base, f"cannot connect ({problem}); is it running?")
