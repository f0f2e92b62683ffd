"""One request through the proxy: the client's bytes first, then the tape's.

Ties four things together and decides their order: the client's side, the upstream connection,
the tap, and the upload that runs while the response may already be coming. The rules:

- a read is written to the client before it is recorded;
- the end of an interaction is in the journal before its terminator goes to the client;
- whoever leaves first closes the other side in the same manner (but see `drain`).
"""

import asyncio
from collections.abc import Callable
from functools import partial

from aiohttp import web

from wiretape.cassettes.http1 import keeps_alive
from wiretape.cassettes.model import EndingKind
from wiretape.recorder.client_side import AlreadySent, ClientSide
from wiretape.recorder.limits import Limits
from wiretape.recorder.passing_on import recorded_headers
from wiretape.recorder.refusals import Refusal, body_too_large
from wiretape.recorder.tap import Tap
from wiretape.recorder.upload import Body, BodyTooLarge, ClientGone, ClientRequest, Upload
from wiretape.recorder.upstream_connection import Read, UpstreamConnection
from wiretape.recorder.upstreams import Upstream


class Exchange:
    """Listens to one upstream connection for one client.

    `drain`: where the client leaves behind a whole request, the response is read to its end.
    """

    def __init__(
        self,
        request: web.BaseRequest,
        asked: ClientRequest,
        content: Body,
        connection: UpstreamConnection,
        tap: Tap,
        clock: Callable[[], int],
        limits: Limits,
        *,
        drain: bool = False,
    ) -> None:
        self._asked = asked
        self._connection = connection
        self._tap = tap
        self._clock = clock
        self._limits = limits
        self._drain = drain
        self._client = ClientSide(request, asked.version, asked.headers)
        self._upload = Upload(asked, content, self._client, connection, tap, clock, limits.body)
        self._ending: EndingKind | None = None
        self._over = asyncio.Event()
        self._kept = asyncio.Event()
        """Whether the journal has the end; not before that does the client see it."""
        self._catching_up: asyncio.Task[None] | None = None
        self._received = 0
        self._refusal: Refusal | None = None
        """What a client is told whose request was given up."""
        self._client_left = ""
        """Where the response is read on without its client: what is said of that."""
        self._moved_at = 0.0
        self._stall: asyncio.TimerHandle | None = None

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
        last = not keeps_alive(asked.version, asked.headers)
        self._connection.expect(self, asked.method, last=last)
        if self._connection.closed:
            self.stop("cut", "closed before the request was sent")
        self._watch()
        if self._client.connection is not None:
            self._client.connection.begin(self._upload_broken)
        upload = asyncio.create_task(self._pass_on(upstream))
        try:
            await self._over.wait()
            if early := not upload.done():
                self._client.give_up_connection()
                self._connection.reusable = False
            await self._kept.wait()
            await self._end_client(early=early)
        except asyncio.CancelledError:
            self._leave()
            raise
        finally:
            upload.cancel()
            if self._catching_up is not None:
                self._catching_up.cancel()
        return self._client.response()

    @property
    def over(self) -> bool:
        return self._ending is not None

    async def wait(self) -> None:
        """Until it is over: at once, unless it goes on without its client."""
        await self._over.wait()

    def arrived(self, read: Read) -> None:
        """One read of the response: on to the client, then on to the tape."""
        client, tap, end = self._client, self._tap, read.end
        now, at_the_end = client.split(read.head, read.body, end)
        client.write(now)
        if read.head is not None:
            tap.answered(read.at_ns, read.head)
        if read.body:
            self._record(read)
        if end is not None:
            self._ended(end.kind)
            detail = "; ".join(filter(None, (end.detail, self._client_left)))
            last = partial(self._end, at_the_end)
            tap.ended(read.at_ns, end.kind, detail, end.trailers, then=last)
            self._over.set()
            return
        self._moved()
        if client.backed_up and self._catching_up is None and not self._client_left:
            self._connection.pause()
            self._catching_up = asyncio.create_task(self._catch_up())

    def stop(self, kind: EndingKind, detail: str = "", refusal: Refusal | None = None) -> None:
        """End the exchange from this side, where it is not over."""
        if self._ending is None:
            self._refusal = refusal
            self._ended(kind)
            self._connection.abort()
            detail = "; ".join(filter(None, (detail, self._client_left)))
            self._tap.ended(self._clock(), kind, detail, then=self._end)
            self._over.set()

    def _end(self, at_the_end: bytes = b"") -> None:
        self._client.write(at_the_end)
        self._kept.set()

    def _ended(self, kind: EndingKind) -> None:
        self._ending = kind
        if self._stall is not None:
            self._stall.cancel()

    def _record(self, read: Read) -> None:
        before, limit = self._received, self._limits.body
        self._received += len(read.body)
        if before <= limit < self._received:
            self._tap.keep_no_more(
                f"the rest of the response's body: over the limit of {limit:,} bytes (--max-body)"
            )
        self._tap.received(read.at_ns, read.body)

    async def _pass_on(self, upstream: Upstream) -> None:
        try:
            await self._upload.run(upstream)
        except BodyTooLarge:
            refusal = body_too_large(self._limits.body)
            self.stop("cut", f"given up by the recorder: {refusal.message}", refusal)
        except ClientGone:
            self.stop("client_left", "left while its upload waited for the upstream")
        except Exception as error:
            # Whatever broke, the request will not become whole. The error's words may hold
            # what the client sent, and so stay off the tape.
            self.stop("client_left", f"the request broke off ({type(error).__name__})")
        self._moved()

    def _upload_broken(self, refusal: Refusal) -> None:
        """The client's own framing broke, in the middle of its body."""
        if self._ending is None and not self._upload.whole:
            self.stop("client_left", "the framing of the request's body broke", refusal)

    async def _catch_up(self) -> None:
        try:
            await self._client.drain()
        except ConnectionError:
            return  # the client has left: the exchange is about to be cancelled
        self._catching_up = None
        self._moved()
        self._connection.resume()

    def _leave(self) -> None:
        """The client has left."""
        if self._drain and self._upload.whole and not self.over:
            self._client_left = (
                f"the client left after {self._received:,} body bytes, the rest was read without it"
            )
            self._connection.resume()
        else:
            self.stop("client_left")

    async def _end_client(self, *, early: bool) -> None:
        """What the client sees behind the last byte; `early`: its request was not whole by then."""
        refused = self._refusal is not None and self._client.refuse(self._refusal)
        if refused and self._ending == "cut":
            # aiohttp reads and drops the rest of the upload for a while, and closes then: at
            # once would be a reset, and could take the answer along.
            self._client.give_up_connection()
        elif self._ending == "reset":
            await self._client.reset()
        elif self._ending != "complete":
            self._client.close()
        elif early:
            self._client.end_early()

    # The stall timeout. It never counts while the client is what is waited for.

    def _moved(self) -> None:
        if self._stall is not None:
            self._moved_at = asyncio.get_running_loop().time()

    def _watch(self) -> None:
        seconds = self._limits.stall_seconds
        if seconds is not None and self._ending is None:
            loop = asyncio.get_running_loop()
            self._moved_at = self._moved_at or loop.time()
            self._stall = loop.call_at(self._moved_at + seconds, self._look, seconds)

    def _look(self, seconds: float) -> None:
        now = asyncio.get_running_loop().time()
        if self._catching_up is not None or self._upload.awaits_client:
            self._moved_at = now
        if now - self._moved_at >= seconds:
            self.stop("timeout", f"nothing came for {seconds:g} s (--stall-timeout)")
        else:
            self._watch()
