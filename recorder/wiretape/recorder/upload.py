"""A request on its way to the provider: its head at once, its body as it comes.

Goes on while the response may already be coming. Knows both sides as the exchange does, and
the tap; what becomes of an upload that ends before its time is the exchange's business.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

import msgspec

from wiretape.cassettes.http1 import encode_chunk, encode_last_chunk, encode_request_head
from wiretape.cassettes.model import Headers
from wiretape.recorder.client_side import CONTINUE, ClientSide
from wiretape.recorder.passing_on import awaits_continue, is_chunked, upstream_headers
from wiretape.recorder.tap import Tap
from wiretape.recorder.upstream_connection import UpstreamConnection
from wiretape.recorder.upstreams import Upstream

LOOK_SECONDS = 0.25
"""Between two looks at whether a client is still there, while its upload waits for the upstream
and nothing is read from it."""


class ClientRequest(msgspec.Struct, frozen=True):
    """What the proxy read out of a request's head."""

    at_ns: int
    """When it was read."""
    method: str
    target: str
    """As it stands behind the upstream's name."""
    version: str
    headers: Headers
    session: str = ""
    """Whose plays count for it, where the tape is asked first."""


class Body(Protocol):
    """Where a request's body comes from."""

    async def readany(self) -> bytes:
        """What has come, once something has; empty at the end."""
        ...

    def at_eof(self) -> bool:
        """Whether nothing more has to come from the client."""
        ...


class ClientGone(Exception):
    """The client left while its upload was held up."""


class BodyTooLarge(Exception):
    """The upload passed the limit on bodies."""


class Upload:
    """One request, passed on by `run`."""

    def __init__(
        self,
        asked: ClientRequest,
        content: Body,
        client: ClientSide,
        connection: UpstreamConnection,
        tap: Tap,
        clock: Callable[[], int],
        max_body: int,
    ) -> None:
        self.whole = False
        """Whether all of it has been passed on."""
        self.awaits_client = True
        """Whether more of the body has to come from the client."""
        self._asked = asked
        self._content = content
        self._client = client
        self._connection = connection
        self._tap = tap
        self._clock = clock
        self._max_body = max_body
        self._chunked = is_chunked(asked.headers)

    async def run(self, upstream: Upstream) -> None:
        """Pass it on. Raises ClientGone, BodyTooLarge, and what reading the client raises."""
        asked, connection, content = self._asked, self._connection, self._content
        headers = upstream_headers(asked.headers, asked.version, upstream.authority)
        target = upstream.upstream_target(asked.target)
        connection.write(encode_request_head(asked.method, target, headers))
        if awaits_continue(asked.headers, asked.version) and not content.at_eof():
            self._client.write(CONTINUE)
        size = 0
        while data := await content.readany():
            size += len(data)
            if size > self._max_body:
                raise BodyTooLarge
            await self._body(data)
        self.awaits_client = False
        if self._chunked:
            connection.write(encode_last_chunk())
        self._tap.passed_on(self._clock())
        self.whole = True

    async def _body(self, data: bytes) -> None:
        at_ns = self._clock()
        self._connection.write(encode_chunk(data) if self._chunked else data)
        self._tap.sent(at_ns, data)
        self.awaits_client = False
        while not self._connection.takes_more:
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._connection.drain()
            except TimeoutError:
                if self._client.gone:
                    raise ClientGone from None
        self.awaits_client = True
