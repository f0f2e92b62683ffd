"""The replay server: a request comes in, its recording goes out at the recorded pace.

aiohttp accepts, parses and keeps connections; what is played goes straight to the transport
and not a byte of it is aiohttp's. Serves from what the Player was given and opens no
connection of its own: this room has no client and never imports the recorder.
"""

import errno
import logging
import os
import socket
from collections.abc import Sequence

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from msgspec.structs import replace

from wiretape.cassettes.admission import listening_problem
from wiretape.cassettes.answering import Miss
from wiretape.cassettes.model import Interaction, Request
from wiretape.replay.admitting import IDLE_SECONDS, CountedServer, most_connections
from wiretape.replay.answers import Refusal, missed, refusal, unknown_upstream
from wiretape.replay.asking import (
    BODY_LIMIT,
    BODY_SILENCE,
    BodyTooLarge,
    head_of,
    read_request,
    session_of,
    upstream_of,
)
from wiretape.replay.clock import Clock, MonotonicClock
from wiretape.replay.control import serving
from wiretape.replay.control.answers import Part
from wiretape.replay.control.cassettes import Loaded, LoadedCassette, loaded_cassette
from wiretape.replay.control.journal import Journal
from wiretape.replay.control.operations import PARTS
from wiretape.replay.errors import BadFault, BadSession, CannotListen, OpenToNetwork, PortTaken
from wiretape.replay.exchange import Exchange, Watch
from wiretape.replay.faulted_images import faulted, image_of, own_faults
from wiretape.replay.faults.plan import FaultPlan, Turn
from wiretape.replay.image_shelf import ImageShelf
from wiretape.replay.pacing import RECORDED_PACE, Pace
from wiretape.replay.player import Player
from wiretape.replay.playing import Playing
from wiretape.replay.schedule import Punctuality, Schedule
from wiretape.replay.wire_image import Framing, WireImage

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
    `watch`: called with each exchange, as the request came, before it is answered. `cassettes`:
    where what the Player plays comes from, for those who ask; `watched` where that is looked after.
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
        journal: Journal | None = None,
        watch: Watch | None = None,
        cassettes: Sequence[LoadedCassette] = (),
        watched: bool = False,
    ) -> None:
        self.faults = FaultPlan() if faults is None else faults
        """What goes wrong with the answers."""
        self._first_faults = frozenset(self.faults.list())
        self.journal = Journal() if journal is None else journal
        """What was asked, redacted and bounded."""
        self._watch = watch
        self._watched = watched
        self._pace = pace
        self._framing: Framing = framing
        self._play(player, cassettes)
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
    def player(self) -> Player:
        """What answers, and what each session was given."""
        return self._player

    @property
    def loaded(self) -> Loaded:
        """Where what is played comes from."""
        return self._loaded

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

    def change_tape(self, player: Player, cassettes: Sequence[LoadedCassette] = ()) -> None:
        """Play another tape from the next request on. Streams that play go on to their end, faults
        and journal stay; what was played and what faults counted begins anew."""
        self._play(player, cassettes)
        self.faults.reset()

    def reset(self, session: str | None = None, only: Sequence[Part] = PARTS) -> None:
        """Begin a session anew, or all: what was played, what faults counted, what was noted.

        Faults laid on since the start are taken off: those of the session, or all."""
        if "plays" in only and session is None:
            self._player.reset()
        elif "plays" in only and session is not None:
            self._player.session(session).reset()
        if "faults" in only:
            self.faults.reset(session)
            for number in self.faults.list().keys() - self._first_faults:
                if session in (None, self.faults.session_of(number)):
                    self.faults.remove(number)
        if "journal" in only:
            self.journal.clear(session)

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

    def _play(self, player: Player, cassettes: Sequence[LoadedCassette]) -> None:
        player.when_forgotten(self.faults.reset)
        known = cassettes or [loaded_cassette("", 1, player.tape)]
        self._player = player
        self._loaded = Loaded(known, watched=self._watched)
        self._images = ImageShelf(self._pace, self._framing)

    async def _answer(self, asked: web.BaseRequest) -> web.StreamResponse:
        assert self._server is not None
        denied = self._server.denied(asked, self._token)
        own = serving.is_control(asked)
        if denied is not None:
            return serving.as_problem(denied) if own else self._refused_unread(asked, denied)
        try:
            return await (serving.answer(asked, self) if own else self._find(asked))
        except BodyTooLarge:
            limit = f"the request body is over the limit of {self._max_body:,} bytes"
            refused = refusal(413, "body_too_large", limit, close=True)
        except TimeoutError:
            silence = f"no more of the request body came in {BODY_SILENCE:g} s; send it whole"
            refused = refusal(408, "body_incomplete", silence, close=True)
        except Exception as error:
            # Only the error's name: its words may quote the request, and so a key.
            _log.error("a request could not be answered (%s)", type(error).__name__)
            refused = refusal(500, "internal_error", "wiretape failed to answer; see its log")
            return serving.as_problem(refused) if own else refused
        return self._refused_unread(asked, refused)

    async def _find(self, asked: web.BaseRequest) -> web.StreamResponse:
        """The recording of a request as a response, or what is said in its place."""
        if "websocket" in asked.headers.get("Upgrade", "").lower():
            reason = "WebSocket cannot be replayed yet; ask over HTTP"
            refused = refusal(501, "websocket_unsupported", reason, close=True)
            return self._refused_unread(asked, refused)
        request = await read_request(asked, self._max_body)
        zero_ns = self._clock.now()
        try:
            session, request = session_of(request)
        except BadSession as error:
            return self._refused(request, refusal(400, "bad_session", str(error)))
        if session and self._player.without_secrets(session) != session:
            told = "the session's name looks like a credential; give it another"
            return self._refused(request, refusal(400, "bad_session", told))
        found = upstream_of(request.target, self._player.upstreams)
        if found is None:
            shown = self._player.as_recorded(request)
            refused = unknown_upstream(shown, self._player.upstreams)
            return self._refused(request, refused, session)
        upstream, target = found
        request = replace(request, target=target)
        try:
            # As recorded: what is said of them is kept, shown and printed.
            own = own_faults(self._player.as_recorded(request).headers)
        except BadFault as error:
            return self._refused(request, refusal(400, "bad_fault", str(error)), session, upstream)
        turn = self.faults.turn(upstream, request, session, own)
        if turn.owed is not None:
            answer: Interaction | Miss = self._player.following(request, turn.owed)
        else:
            answer = self._player.answer(upstream, request, session)
        exchange = Exchange(request=request, session=session, upstream=upstream)
        if isinstance(answer, Miss):
            self._note(replace(exchange, miss=answer, status=_MISSED))
            return missed(upstream, self._player.as_recorded(request), answer)
        if turn.faults:
            return self._faulted(asked, turn, answer, zero_ns, exchange)
        self._note(replace(exchange, played=answer, status=_status(answer)))
        return self._response(asked, answer, zero_ns)

    def _note(self, exchange: Exchange) -> None:
        played = exchange.played
        place = None if played is None else self._loaded.place_of(played.number)
        self.journal.note(exchange, self._player.as_recorded, place)
        if self._watch is not None:
            self._watch(exchange)

    def _refused_unread(self, asked: web.BaseRequest, refused: Refusal) -> Refusal:
        return self._refused(head_of(asked), refused, unread=asked.body_exists)

    def _refused(
        self,
        request: Request,
        refused: Refusal,
        session: str = "",
        upstream: str = "",
        *,
        unread: bool = False,
    ) -> Refusal:
        self._note(
            Exchange(
                request=request,
                unread=unread,
                session=session,
                upstream=upstream,
                status=refused.status,
                code=refused.code,
                refusal=self._player.without_secrets(refused.message),
            )
        )
        return refused

    def _response(
        self, asked: web.BaseRequest, interaction: Interaction, zero_ns: int
    ) -> web.StreamResponse:
        old = asked.version < (1, 1)
        image = self._images.image_of(interaction, to_http_1_0=old)
        return _PlayedResponse(image, self._schedule, zero_ns, self._playing)

    def _faulted(
        self,
        asked: web.BaseRequest,
        turn: Turn,
        interaction: Interaction,
        zero_ns: int,
        exchange: Exchange,
    ) -> web.StreamResponse:
        done = faulted(self.faults, turn, interaction, self._pace, self._framing)
        if done.broken_promise:
            refused = refusal(400, "fault_does_not_apply", done.broken_promise)
            return self._refused(exchange.request, refused, turn.session, turn.upstream)
        status = _status(done.interaction)
        self._note(replace(exchange, played=interaction, status=status, faults=done.applied))
        if not done.applied:
            return self._response(asked, interaction, zero_ns)
        image = image_of(done, to_http_1_0=asked.version < (1, 1))
        return _PlayedResponse(image, self._schedule, zero_ns, self._playing)


_MISSED = 503


def _status(interaction: Interaction) -> int | None:
    return None if interaction.response is None else interaction.response.status


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
