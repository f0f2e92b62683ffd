"""The replay server: a request comes in, its recording goes out at the recorded pace.

aiohttp accepts, parses and keeps connections; what is played goes straight to the transport
and not a byte of it is aiohttp's. Serves from what the Player was given and opens no
connection of its own: this room has no client and never imports the recorder.
"""

import errno
import logging
import os
import socket

import msgspec
from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from wiretape.cassettes.admission import listening_problem
from wiretape.cassettes.answering import Miss
from wiretape.cassettes.model import Interaction
from wiretape.replay.admitting import IDLE_SECONDS, CountedServer, most_connections
from wiretape.replay.answers import json_answer, missed, refusal, unknown_upstream
from wiretape.replay.asking import (
    BODY_LIMIT,
    BODY_SILENCE,
    BodyTooLarge,
    read_request,
    session_of,
    upstream_of,
)
from wiretape.replay.clock import Clock, MonotonicClock
from wiretape.replay.errors import BadFault, BadSession, CannotListen, OpenToNetwork, PortTaken
from wiretape.replay.faulted_images import faulted, image_of, own_faults
from wiretape.replay.faults.plan import FaultPlan, Turn
from wiretape.replay.image_shelf import ImageShelf
from wiretape.replay.pacing import RECORDED_PACE, Pace
from wiretape.replay.player import Player
from wiretape.replay.playing import Playing
from wiretape.replay.schedule import Punctuality, Schedule
from wiretape.replay.wire_image import Framing, WireImage

CONTROL = "/__wiretape/"
"""What begins so is for the server itself."""

_FIELD_LIMIT = 64 << 10
"""Bytes of a request line or header field: clients send whole tokens and traces in one."""
_HEADER_LIMIT = 512
_BACKLOG = 1024
"""Connections the kernel holds for us: a load test connects a thousand at once."""
_SHUTDOWN_SECONDS = 1.0
"""Time for requests still being read when the server closes."""

_log = logging.getLogger("wiretape.replay")
_aiohttp_log = logging.Logger("wiretape.replay.aiohttp", logging.CRITICAL + 1)
"""Silent: aiohttp logs a request it cannot parse with its bytes, which may hold a key."""


class ReplayServer:
    """Answers any HTTP client from a Player.

    `/NAME/...` asks the upstream NAME; without a name where one upstream is on the tape. A request
    belongs to the session that X-Wiretape-Session names, or `/__session/NAME` before its path.
    `clock`: a ManualClock in tests; the monotonic clock of the machine by default. `token`: what
    a request must carry as X-Wiretape-Token; needed where `host` is not this machine alone.
    `max_body`: bytes of a request's body. `max_connections`: 0 is as many as there are files for.
    """

    def __init__(
        self,
        player: Player,
        *,
        pace: Pace = RECORDED_PACE,
        framing: Framing = "exact",
        clock: Clock | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        token: str = "",
        max_body: int = BODY_LIMIT,
        max_connections: int = 0,
        faults: FaultPlan | None = None,
    ) -> None:
        self._player = player
        self.faults = FaultPlan() if faults is None else faults
        """What goes wrong with the answers."""
        player.when_forgotten(self.faults.reset)
        self._pace = pace
        self._framing: Framing = framing
        self._images = ImageShelf(pace, framing)
        self._own_clock = MonotonicClock()
        self._clock: Clock = self._own_clock if clock is None else clock
        self._schedule = Schedule(self._clock)
        self._host = host
        self._port = port
        self._token = token
        self._max_body = max_body
        self._max_connections = max_connections
        self._server: CountedServer | None = None
        self._playing: set[Playing] = set()
        self._runner: web.ServerRunner | None = None

    @property
    def url(self) -> str:
        """Base URL without a slash at the end. Raises RuntimeError before `start`."""
        if self._runner is None or not self._runner.addresses:
            raise RuntimeError("the replay server has not been started")
        host, port = self._runner.addresses[0][:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def playing(self) -> int:
        """Streams open now."""
        return len(self._playing)

    @property
    def connections(self) -> int:
        """Connections of clients open now."""
        return 0 if self._server is None else self._server.open

    @property
    def punctuality(self) -> Punctuality:
        """How well the schedule has kept its times."""
        return self._schedule.punctuality

    async def start(self) -> None:
        """Listen. Raises OpenToNetwork, PortTaken, CannotListen."""
        if problem := listening_problem(self._host, self._token):
            raise OpenToNetwork(problem)
        self._server = server = CountedServer(
            self._answer,
            self._max_connections or most_connections(),
            keepalive_timeout=IDLE_SECONDS,
            access_log=None,
            auto_decompress=False,
            logger=_aiohttp_log,
            max_line_size=_FIELD_LIMIT,
            max_field_size=_FIELD_LIMIT,
            max_headers=_HEADER_LIMIT,
        )
        runner = web.ServerRunner(server, shutdown_timeout=_SHUTDOWN_SECONDS)
        await runner.setup()
        site = web.TCPSite(runner, self._host, self._port, backlog=_BACKLOG)
        try:
            await site.start()
        except (OSError, OverflowError, UnicodeError) as error:
            await runner.cleanup()
            raise _listening_error(self._host, self._port, error) from None
        self._runner = runner

    async def close(self) -> None:
        """Stop listening and end every open stream where it stands."""
        runner, self._runner = self._runner, None
        if runner is not None:
            for site in runner.sites:
                await site.stop()
            for playing in list(self._playing):
                playing.stop()
            await runner.cleanup()
        self._own_clock.close()

    async def _answer(self, asked: web.BaseRequest) -> web.StreamResponse:
        assert self._server is not None
        denied = self._server.denied(asked, self._token)
        if denied is not None:
            return denied
        try:
            return await self._find(asked)
        except BodyTooLarge:
            limit = f"the request body is over the limit of {self._max_body:,} bytes"
            return refusal(413, "body_too_large", limit, close=True)
        except TimeoutError:
            silence = f"no more of the request body came in {BODY_SILENCE:g} s; send it whole"
            return refusal(408, "body_incomplete", silence, close=True)
        except Exception as error:
            # Only the error's name: its words may quote the request, and so a key.
            _log.error("a request could not be answered (%s)", type(error).__name__)
            return refusal(500, "internal_error", "wiretape failed to answer; see its log")

    async def _find(self, asked: web.BaseRequest) -> web.StreamResponse:
        """The recording of a request as a response, or what is said in its place."""
        if "websocket" in asked.headers.get("Upgrade", "").lower():
            reason = "WebSocket cannot be replayed yet; ask over HTTP"
            return refusal(501, "websocket_unsupported", reason, close=True)
        request = await read_request(asked, self._max_body)
        zero_ns = self._clock.now()
        try:
            session, request = session_of(request)
        except BadSession as error:
            return refusal(400, "bad_session", str(error))
        if request.target.startswith(CONTROL):
            return self._control(request.target)
        found = upstream_of(request.target, self._player.upstreams)
        if found is None:
            return unknown_upstream(request, self._player.upstreams)
        upstream, target = found
        request = msgspec.structs.replace(request, target=target)
        try:
            own = own_faults(request.headers)
        except BadFault as error:
            return refusal(400, "bad_fault", str(error))
        turn = self.faults.turn(upstream, request, session, own)
        if turn.owed is not None:
            answer: Interaction | Miss = self._player.following(request, turn.owed)
        else:
            answer = self._player.answer(upstream, request, session)
        if isinstance(answer, Miss):
            return missed(upstream, request, answer)
        if turn.faults:
            return self._faulted(asked, turn, answer, zero_ns)
        return self._response(asked, answer, zero_ns)

    def _control(self, target: str) -> web.Response:
        name = target.removeprefix(CONTROL).partition("?")[0]
        if name != "health":
            return refusal(404, "unknown_control", f"there is no {CONTROL}{name}; try health")
        content = {
            "status": "ok",
            "upstreams": sorted(self._player.upstreams),
            "played": self._player.played,
            "misses": self._player.misses,
            "unplayed": len(self._player.unplayed),
            "playing": self.playing,
            "punctuality": msgspec.to_builtins(self.punctuality),
        }
        return json_answer(200, content)

    def _response(
        self, asked: web.BaseRequest, interaction: Interaction, zero_ns: int
    ) -> web.StreamResponse:
        old = asked.version < (1, 1)
        image = self._images.image_of(interaction, to_http_1_0=old)
        return _PlayedResponse(image, self._schedule, zero_ns, self._playing)

    def _faulted(
        self, asked: web.BaseRequest, turn: Turn, interaction: Interaction, zero_ns: int
    ) -> web.StreamResponse:
        done = faulted(self.faults, turn, interaction, self._pace, self._framing)
        if done.broken_promise:
            return refusal(400, "fault_does_not_apply", done.broken_promise)
        if not done.applied:
            return self._response(asked, interaction, zero_ns)
        image = image_of(done, to_http_1_0=asked.version < (1, 1))
        return _PlayedResponse(image, self._schedule, zero_ns, self._playing)


class _PlayedResponse(web.StreamResponse):
    """A response that writes a wire image in the place of what aiohttp would."""

    def __init__(
        self, image: WireImage, schedule: Schedule, zero_ns: int, playing: set[Playing]
    ) -> None:
        super().__init__()
        self._image = image
        self._schedule = schedule
        self._zero_ns = zero_ns
        self._playing = playing
        self._kept = False

    @property
    def keep_alive(self) -> bool:
        return self._kept

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        transport = request.transport
        if transport is None:
            return None
        drain = request.writer.drain
        playing = Playing(self._image, transport, drain, self._schedule, self._zero_ns)
        self._playing.add(playing)
        try:
            await playing.play()
        finally:
            self._playing.discard(playing)
        self._kept = self._image.keep_alive and request.keep_alive and not playing.stopped
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """The image has the end of the response in it."""


def _listening_error(
    host: str, port: int, error: OSError | OverflowError | UnicodeError
) -> PortTaken | CannotListen:
    if isinstance(error, OverflowError):
        return CannotListen(host, port, "a port is a number from 0 to 65535")
    if isinstance(error, UnicodeError | socket.gaierror):
        return CannotListen(host, port, "no such host")
    if error.errno == errno.EADDRINUSE:
        return PortTaken(host, port)
    # asyncio wraps what the system says in a sentence of its own; from 3.13 on an address that
    # is not there has no number either.
    return CannotListen(host, port, os.strerror(error.errno or errno.EADDRNOTAVAIL))
