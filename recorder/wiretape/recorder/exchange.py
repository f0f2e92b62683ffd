"""One request through the proxy: the client's bytes first, then the tape's.

Ties four things together and decides their order: the client's side, the upstream connection,
the tap, and the upload that runs while the response may already be coming. The rules:

- a read is written to the client before it is recorded;
- the end of an interaction is in the journal before its terminator goes to the client;
- whoever leaves first closes the other side in the same manner.
"""

import asyncio
from collections.abc import Callable

import msgspec
from aiohttp import web

from wiretape.cassettes.http1 import encode_chunk, encode_last_chunk, encode_request_head
from wiretape.cassettes.model import EndingKind, Headers
from wiretape.recorder.client_side import CONTINUE, AlreadySent, ClientSide
from wiretape.recorder.passing_on import (
    awaits_continue,
    is_chunked,
    recorded_headers,
    upstream_headers,
)
from wiretape.recorder.tap import Tap
from wiretape.recorder.upstream_connection import Read, UpstreamConnection
from wiretape.recorder.upstreams import Upstream


class ClientRequest(msgspec.Struct, frozen=True):
    """What the proxy read out of a request's head."""

    at_ns: int
    """When it was read."""
    method: str
    target: str
    """As it stands behind the upstream's name."""
    version: str
    headers: Headers


class Exchange:
    """Listens to one upstream connection for one client."""

    def __init__(
        self,
        request: web.BaseRequest,
        asked: ClientRequest,
        connection: UpstreamConnection,
        tap: Tap,
        clock: Callable[[], int],
    ) -> None:
        self._request = request
        self._asked = asked
        self._connection = connection
        self._tap = tap
        self._clock = clock
        self._client = ClientSide(request, asked.version, asked.headers)
        self._ending: EndingKind | None = None
        self._over = asyncio.Event()
        self._catching_up: asyncio.Task[None] | None = None

    async def run(self, upstream: Upstream) -> AlreadySent:
        """Pass the request on and the response back. Raises CancelledError where the client
        leaves; everything else that happens is an ending.
        """
        asked = self._asked
        self._tap.opened(
            asked.at_ns,
            upstream,
            asked.method,
            asked.target,
            asked.version,
            recorded_headers(asked.headers),
        )
        self._connection.expect(self, asked.method)
        if self._connection.closed:
            self.stop("cut", "closed before the request was sent")
        upload = asyncio.create_task(self._pass_on(upstream))
        try:
            await self._over.wait()
            if not upload.done():
                self._client.give_up_connection()
                self._connection.reusable = False
            await self._end_client()
        except asyncio.CancelledError:
            self.stop("client_left")
            raise
        finally:
            upload.cancel()
            if self._catching_up is not None:
                self._catching_up.cancel()
        return self._client.response()

    def arrived(self, read: Read) -> None:
        """One read of the response: on to the client, then on to the tape."""
        client, tap, end = self._client, self._tap, read.end
        now, at_the_end = client.split(read.head, read.body, end)
        client.write(now)
        if read.head is not None:
            tap.answered(read.at_ns, read.head)
        if read.body:
            tap.received(read.at_ns, read.body)
        if end is not None:
            self._ending = end.kind
            tap.ended(read.at_ns, end.kind, end.detail, end.trailers)
            client.write(at_the_end)
            self._over.set()
        elif client.backed_up and self._catching_up is None:
            self._connection.pause()
            self._catching_up = asyncio.create_task(self._catch_up())

    def stop(self, kind: EndingKind, detail: str = "") -> None:
        """End the exchange from this side, where it is not over."""
        if self._ending is None:
            self._ending = kind
            self._connection.abort()
            self._tap.ended(self._clock(), kind, detail)
            self._over.set()

    async def _pass_on(self, upstream: Upstream) -> None:
        """The request: its head at once, its body as it comes."""
        asked, connection, content = self._asked, self._connection, self._request.content
        headers = upstream_headers(asked.headers, asked.version, upstream.authority)
        target = upstream.upstream_target(asked.target)
        chunked = is_chunked(asked.headers)
        try:
            connection.write(encode_request_head(asked.method, target, headers))
            if awaits_continue(asked.headers, asked.version) and not content.at_eof():
                self._client.write(CONTINUE)
            while (data := await content.readany()) and self._ending is None:
                at_ns = self._clock()
                connection.write(encode_chunk(data) if chunked else data)
                self._tap.sent(at_ns, data)
                await connection.drain()
        except Exception as error:
            # Whatever broke, the request will not become whole. The error's words may hold
            # what the client sent, and so stay off the tape.
            self.stop("client_left", f"the request broke off ({type(error).__name__})")
        if self._ending is None:
            if chunked:
                connection.write(encode_last_chunk())
            self._tap.passed_on(self._clock())

    async def _catch_up(self) -> None:
        try:
            await self._client.drain()
        except ConnectionError:
            return  # the client has left: the exchange is about to be cancelled
        self._catching_up = None
        self._connection.resume()

    async def _end_client(self) -> None:
        """What the client sees behind the last byte."""
        if self._ending == "reset":
            await self._client.reset()
        elif self._ending != "complete":
            self._client.close()
