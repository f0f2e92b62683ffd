"""The tape before the provider: a request is looked up whole, and played where it is found.

In the modes that play. The room that replays is not known here: whoever starts the proxy hands
in a `TapeAnswerer`, and what a played answer looks like on the wire is that one's business. Knows
the client's connection and how its request is read; nothing of upstreams or journals.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from typing import Protocol

from aiohttp import StreamReader, web

from wiretape.cassettes.answering import Answerer, Miss
from wiretape.cassettes.model import Interaction, Request
from wiretape.recorder.client_side import CONTINUE, AlreadySent, connection_of
from wiretape.recorder.passing_on import awaits_continue
from wiretape.recorder.refusals import Refusal, body_too_large
from wiretape.recorder.upload import ClientRequest

_log = logging.getLogger(__name__)


class TapeAnswerer(Answerer, Protocol):
    """An Answerer that plays what it finds, and says what it does not find."""

    @property
    def upstreams(self) -> frozenset[str]:
        """The names of the upstreams on the tape."""
        ...

    def answer(self, upstream: str, request: Request, session: str = "") -> Interaction | Miss:
        """As an Answerer does; what has been played counts apart in each session."""
        ...

    async def play(self, interaction: Interaction, asked: web.BaseRequest) -> bool:
        """Play a recording to its end on the client's connection: bytes, borders, pace, ending.

        Whether the connection may serve another request after that. Cancelled, it stops.
        """
        ...

    def missed(self, upstream: str, request: Request, miss: Miss) -> web.StreamResponse:
        """What a client is told for whom there is no recording."""
        ...

    def stop(self) -> None:
        """End what is being played where it stands."""
        ...

    def close(self) -> None:
        """Nothing will be played any more."""
        ...


class Refused(Exception):
    """The request could not be read whole."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


class KeptBody:
    """A request's body that was read already, in the pieces in which it came."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = deque(pieces)

    async def readany(self) -> bytes:
        """The next piece; empty behind the last one."""
        return self._pieces.popleft() if self._pieces else b""

    def at_eof(self) -> bool:
        """Always: nothing more has to come from the client."""
        return True


class TapeFirst:
    """Answers what the tape holds. `records`: what it does not hold goes to the provider."""

    def __init__(self, answerer: TapeAnswerer, *, records: bool, max_body: int) -> None:
        self.played = 0
        """Requests answered with a recording."""
        self.missed = 0
        """Requests refused because there was none."""
        self._answerer = answerer
        self._records = records
        self._max_body = max_body

    def knows(self, upstream: str) -> bool:
        """Whether anything of this upstream is on the tape."""
        return upstream in self._answerer.upstreams

    async def answer(
        self, request: web.BaseRequest, upstream: str, asked: ClientRequest
    ) -> web.StreamResponse | KeptBody:
        """The answer, played to its end; or the request's body, for the provider.

        Raises Refused where the request does not become whole.
        """
        pieces = await self._whole_body(request, asked)
        body = b"".join(pieces)
        whole = Request(asked.method, asked.target, asked.version, asked.headers, body)
        found = self._looked_up(upstream, whole, asked.session)
        if not isinstance(found, Miss):
            self.played += 1
            stays = await self._answerer.play(found, request)
            connection = connection_of(request)
            return AlreadySent(keep_alive=stays and connection is not None and connection.reusable)
        if self._records:
            return KeptBody(pieces)
        self.missed += 1
        return self._answerer.missed(upstream, whole, found)

    def stop(self) -> None:
        """End what is being played where it stands."""
        self._answerer.stop()

    def close(self) -> None:
        """Nothing will be played any more."""
        self._answerer.close()

    def _looked_up(self, upstream: str, whole: Request, session: str) -> Interaction | Miss:
        try:
            return self._answerer.answer(upstream, whole, session)
        except Exception as error:
            # Only the error's name: its words may quote the request, and so a key.
            _log.error("a request could not be looked up (%s)", type(error).__name__)
            reason = "wiretape failed to look the request up; see its log"
            raise Refused(Refusal(500, "internal_error", reason)) from None

    async def _whole_body(self, request: web.BaseRequest, asked: ClientRequest) -> list[bytes]:
        """The body in the pieces in which it comes, unless the client breaks its framing."""
        broken: asyncio.Future[Refusal] = asyncio.get_running_loop().create_future()
        connection = connection_of(request)
        if connection is not None:
            connection.begin(broken.set_result)  # which is told once, if ever
        reading = asyncio.create_task(self._pieces(request, asked))
        try:
            await asyncio.wait((reading, broken), return_when=asyncio.FIRST_COMPLETED)
            if broken.done():
                raise Refused(broken.result())
            return await reading
        finally:
            reading.cancel()

    async def _pieces(self, request: web.BaseRequest, asked: ClientRequest) -> list[bytes]:
        content = request.content
        if awaits_continue(asked.headers, asked.version) and not content.at_eof():
            assert request.transport is not None
            request.transport.write(CONTINUE)
        pieces: list[bytes] = []
        size = 0
        while data := await _more(content):
            size += len(data)
            if size > self._max_body:
                raise Refused(body_too_large(self._max_body))
            pieces.append(data)
        return pieces


async def _more(content: StreamReader) -> bytes:
    try:
        return await content.readany()
    except Exception as error:
        # Whatever broke, the request will not become whole. The error's words may hold what the
        # client sent.
        reason = f"the request's body broke off ({type(error).__name__})"
        raise Refused(Refusal(400, "bad_request", reason)) from None
