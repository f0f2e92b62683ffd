"""Who is let in, and how many: before a request is read any further than its head.

Who may ask is decided in `cassettes.admission`, for both servers alike. Knows aiohttp's server
and requests; nothing of recordings.
"""

import asyncio
import re
import resource
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from aiohttp import web

from wiretape.cassettes.admission import denial_of
from wiretape.replay.answers import Refusal, refusal
from wiretape.replay.asking import headers_of

IDLE_SECONDS = 75.0
"""Without a whole request on a connection. Above the 60 s and 75 s of the usual servers, so that
a client's pool finds its connection as it would have found the provider's."""

MAX_CONNECTIONS = 20_000

_SPARE_FILES = 64
"""For cassettes, the clock, and what Python opens."""


def most_connections() -> int:
    """As many as the system has files for."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    return max(1, min(MAX_CONNECTIONS, files - _SPARE_FILES))


Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


_QUOTED = re.compile(r":?\s*(?:\n|b'|$)")
"""Where the parser's words end and the bytes begin that it choked on."""


class _Connection(web.RequestHandler):
    """Says what is no HTTP as everything else is said."""

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if status != HTTPStatus.BAD_REQUEST:
            return super().handle_error(request, status, exc, message)
        problem = _QUOTED.split(message or "", maxsplit=1)[0]
        said = f"the request is no valid HTTP/1.1: {problem}"
        return refusal(status, "bad_request", said, close=True)


class CountedServer(web.Server):
    """Knows which of the open connections are more than there may be."""

    def __init__(self, answer: Answer, most: int, **options: Any) -> None:
        super().__init__(answer, handler_cancellation=True)
        self._options = options
        self._most = most
        self._open: set[object] = set()
        self._surplus: set[object] = set()

    def __call__(self) -> web.RequestHandler:
        return _Connection(self, loop=asyncio.get_running_loop(), **self._options)

    @property
    def open(self) -> int:
        """Connections open now."""
        return len(self._open)

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        self._open.add(handler)
        if len(self._open) > self._most:
            self._surplus.add(handler)

    def connection_lost(
        self, handler: web.RequestHandler, exc: BaseException | None = None
    ) -> None:
        super().connection_lost(handler, exc)
        self._open.discard(handler)
        if len(self._open) <= self._most:
            self._surplus.clear()

    def denied(self, asked: web.BaseRequest, token: str) -> Refusal | None:
        """What a request is told that is not let in; None where it is."""
        denial = denial_of(headers_of(asked), token)
        if denial is not None:
            return refusal(denial.status, denial.code, denial.message, close=True)
        if asked.protocol in self._surplus:
            crowded = (
                f"{self._most:,} connections are open, and there may be no more; let the client "
                "keep fewer, or allow the process more files (ulimit -n)"
            )
            return refusal(503, "too_many_connections", crowded, close=True)
        return None
