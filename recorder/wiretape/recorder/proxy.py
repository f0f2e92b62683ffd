"""The recording proxy: a reverse proxy that listens, passes on, and keeps what passes; with an
answerer, it plays what is on the tape already.

Ties the room together: what must hold before anything listens, which requests become exchanges,
and how a session ends. Knows every module of the room; the only one that knows them all.
"""

import asyncio
import os
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from aiohttp import web

from wiretape.cassettes.admission import listening_problem
from wiretape.cassettes.errors import CassetteError
from wiretape.cassettes.folding import Folded, fold
from wiretape.cassettes.journal import Ended, journal_path
from wiretape.cassettes.links import check_links, standing
from wiretape.cassettes.model import Session
from wiretape.cassettes.redaction import DEFAULT_RULES, RedactionRules
from wiretape.cassettes.session_names import session_of
from wiretape.cassettes.store import Cassette, is_absent
from wiretape.recorder.answering_from_tape import KeptBody, Refused, TapeAnswerer, TapeFirst
from wiretape.recorder.client_connection import ClientConnection, Crowd
from wiretape.recorder.client_side import connection_of
from wiretape.recorder.errors import (
    OpenToNetwork,
    UnknownUpstream,
    UnusableFolder,
    UpstreamFailed,
)
from wiretape.recorder.exchange import Exchange
from wiretape.recorder.journal_writer import JournalWriter
from wiretape.recorder.kept import Kept
from wiretape.recorder.limits import MAX_HEAD_BYTES, MAX_HEADERS, Limits
from wiretape.recorder.listening import BACKLOG, bind, silent_logger
from wiretape.recorder.passing_on import decode_headers, split_target
from wiretape.recorder.refusals import Refusal, answer_json, refusal_of, refuse
from wiretape.recorder.upload import Body, ClientRequest
from wiretape.recorder.upstream_connection import UpstreamConnection
from wiretape.recorder.upstream_pool import UpstreamPool
from wiretape.recorder.upstreams import RESERVED, Upstream, find_upstream

_CLOSE_SECONDS = 1.0
"""How long aiohttp may take over connections whose exchanges are already over."""

_LINGER_SECONDS = 2.0
"""How long the rest of an upload is read and dropped once its answer has gone out."""

_STOPPED = "the recorder was stopped before the end"
_STOPPING = Refusal(503, "stopping", "the recorder is being stopped")


class RecordingProxy:
    """Records to one cassette from `start` to `close`.

    `token`: what a request must carry as X-Wiretape-Token; needed where `host` is not this
    machine alone. `drain`: what a client leaves behind is read to its end. `ssl_context`
    replaces the system's certificates, for tests with a CA of their own.

    `answerer`: what it finds is played, and not recorded again; what it does not find is recorded,
    or refused where `records` is False. Nothing is written then, and no upstream connected to.
    """

    def __init__(
        self,
        cassette: Path,
        upstreams: Mapping[str, Upstream],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        fsync: bool = False,
        token: str = "",
        drain: bool = False,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        redaction: RedactionRules = DEFAULT_RULES,
        ssl_context: ssl.SSLContext | None = None,
        answerer: TapeAnswerer | None = None,
        records: bool = True,
    ) -> None:
        if answerer is None and not records:
            raise ValueError("a proxy that neither plays nor records")
        self.cassette = cassette
        self.recovered: Folded | None = None
        """What the journal of an interrupted session held, where there was one."""
        self._upstreams = dict(upstreams)
        self._host = host
        self._port = port
        self._fsync = fsync
        self._token = token
        self._drain = drain
        self._limits = limits
        self._redaction = redaction
        self._crowd = Crowd(limits.most_connections)
        self._pool = UpstreamPool(time.monotonic_ns, ssl_context)
        self._journal: JournalWriter | None = None
        self._runner: web.ServerRunner | None = None
        self._accepting: asyncio.Server | None = None
        self._records = records
        self._tape = (
            None if answerer is None else TapeFirst(answerer, records=records, max_body=limits.body)
        )
        self._on_tape = 0
        """Requests that are looked for on the tape, or being played."""
        self._open: set[Exchange] = set()
        self._none_open = asyncio.Event()
        self._leaving: set[asyncio.Task[None]] = set()
        self._unreachable = 0
        self._stopping = False
        self._appends = False

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    @property
    def live(self) -> int:
        """Interactions that are open at the moment, recorded or played."""
        return len(self._open) + self._on_tape

    @property
    def connections(self) -> int:
        """Connections of clients that are open at the moment."""
        return len(self._crowd.connections)

    @property
    def stopping(self) -> bool:
        """Whether new requests are refused, because the recorder is about to stop."""
        return self._stopping

    async def start(self) -> None:
        """Recover what an interrupted session left, begin a new one, listen.

        Raises OpenToNetwork, PortTaken, UnusableFolder, CassetteLocked, and what opening a
        cassette raises; nothing listens then.
        """
        if problem := listening_problem(self._host, self._token):
            raise OpenToNetwork(problem)
        listening = bind(self._host, self._port)
        try:
            self._port = listening.getsockname()[1]
            if self._records:
                self._prepare()
            await self._listen(listening)
        except BaseException:
            listening.close()
            raise

    async def finish(self, seconds: float) -> None:
        """Take no new requests, and wait so long for what is open to end by itself."""
        self._stop_accepting()
        if self.live:
            self._none_open.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._none_open.wait()

    async def close(self) -> Kept:
        """Stop listening, end what is open as cut, and seal the cassette."""
        assert self._runner is not None, "close() without start()"
        self._stop_accepting()
        if self._tape is not None:
            self._tape.stop()
        for exchange in list(self._open):
            exchange.stop("cut", _STOPPED)
        if self._journal is not None:
            await self._journal.settle()
        await self._runner.cleanup()
        await asyncio.gather(*self._leaving)
        for connection in list(self._crowd.connections):
            connection.close()
        self._pool.close()
        if self._tape is not None:
            self._tape.close()
        if self._journal is None:
            return self._kept(None)
        return await self._seal(self._journal, self._journal.close())

    async def __aenter__(self) -> "RecordingProxy":
        await self.start()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.close()

    def _prepare(self) -> None:
        """Everything about files that must hold before anything listens."""
        check_links(self.cassette)
        self.cassette = standing(self.cassette)
        folder = self.cassette.parent
        if not folder.is_dir():
            raise UnusableFolder(folder, "no such folder; create it first")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise UnusableFolder(folder, "cannot be written to; choose another place")
        if not is_absent(self.cassette):
            with Cassette.open(self.cassette) as kept:
                kept.verify()
        self.recovered = fold(self.cassette)
        self._appends = self.cassette.exists()
        started = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        session = Session(0, started, _tool())
        self._journal = JournalWriter.open(
            self.cassette,
            session,
            time.monotonic_ns,
            redaction=self._redaction,
            fsync=self._fsync,
        )
        if self._token:
            # A client may put it in a query or a body as well.
            self._journal.keep_out("x-wiretape-token", self._token)

    async def _listen(self, listening: socket.socket) -> None:
        server = web.Server(
            self._answer,
            handler_cancellation=True,
            access_log=None,
            auto_decompress=False,
            logger=silent_logger(),
            keepalive_timeout=self._limits.idle_seconds,
            lingering_time=_LINGER_SECONDS,
            # The screen has limits of its own, and words for them.
            max_line_size=MAX_HEAD_BYTES,
            max_field_size=MAX_HEAD_BYTES,
            max_headers=MAX_HEADERS,
        )
        self._runner = web.ServerRunner(server, shutdown_timeout=_CLOSE_SECONDS)
        await self._runner.setup()
        self._accepting = await asyncio.get_running_loop().create_server(
            lambda: ClientConnection(server(), self._crowd), sock=listening, backlog=BACKLOG
        )

    def _stop_accepting(self) -> None:
        self._stopping = True
        if self._accepting is not None:
            self._accepting.close()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        at_ns = time.monotonic_ns()
        connection = connection_of(request)
        try:
            return await self._response(request, at_ns)
        except Refused as error:
            return refuse(error.refusal)
        except UnknownUpstream as error:
            return refuse(Refusal(404, "unknown_upstream", str(error)))
        except UpstreamFailed as error:
            self._unreachable += 1
            return refuse(Refusal(502, error.code, str(error)))
        finally:
            if connection is not None:
                connection.finish()

    async def _response(self, request: web.BaseRequest, at_ns: int) -> web.StreamResponse:
        raw_target = request.raw_path.encode("utf-8", "surrogateescape").decode("latin-1")
        headers = decode_headers(request.raw_headers)
        refusal = refusal_of(
            request.method, raw_target, headers, token=self._token, max_body=self._limits.body
        )
        if refusal is not None:
            return refuse(refusal)
        try:
            session, raw_target = session_of(raw_target, headers)
        except ValueError as error:
            return refuse(Refusal(400, "bad_session", str(error)))
        name, target = split_target(raw_target)
        if name == RESERVED:
            return self._own_page(target)
        http = f"{request.version.major}.{request.version.minor}"
        asked = ClientRequest(at_ns, request.method, target, http, headers, session)
        if self._stopping:
            return refuse(_STOPPING)
        content: Body = request.content
        if self._tape is not None:
            if not self._tape.knows(name):
                find_upstream(name, self._upstreams)
            answer = await self._from_tape(self._tape, request, name, asked)
            if isinstance(answer, web.StreamResponse):
                return answer
            content = answer
        return await self._exchange(request, asked, content, find_upstream(name, self._upstreams))

    async def _from_tape(
        self, tape: TapeFirst, request: web.BaseRequest, name: str, asked: ClientRequest
    ) -> web.StreamResponse | KeptBody:
        self._on_tape += 1
        try:
            return await tape.answer(request, name, asked)
        finally:
            self._on_tape -= 1
            self._tell_whether_open()

    async def _exchange(
        self, request: web.BaseRequest, asked: ClientRequest, content: Body, upstream: Upstream
    ) -> web.StreamResponse:
        assert self._journal is not None
        connection = await self._pool.connection(upstream)
        if self._stopping:
            connection.abort()
            return refuse(_STOPPING)
        exchange = Exchange(
            request,
            asked,
            content,
            connection,
            self._journal.tap(),
            time.monotonic_ns,
            self._limits,
            drain=self._drain,
        )
        self._open.add(exchange)
        try:
            return await exchange.run(upstream)
        finally:
            if exchange.over:
                self._finished(exchange, upstream, connection)
            else:
                drained = asyncio.create_task(self._drained(exchange, upstream, connection))
                self._leaving.add(drained)
                drained.add_done_callback(self._leaving.discard)

    async def _drained(
        self, exchange: Exchange, upstream: Upstream, connection: UpstreamConnection
    ) -> None:
        await exchange.wait()
        self._finished(exchange, upstream, connection)

    def _finished(
        self, exchange: Exchange, upstream: Upstream, connection: UpstreamConnection
    ) -> None:
        self._open.discard(exchange)
        self._tell_whether_open()
        self._pool.put_back(upstream, connection)

    def _tell_whether_open(self) -> None:
        if not self.live:
            self._none_open.set()

    def _own_page(self, target: str) -> web.Response:
        if target.partition("?")[0] != "/health":
            known = f"/{RESERVED}/health"
            return refuse(Refusal(404, "unknown_page", f"no such page; there is {known}"))
        problem = self._journal.problem if self._journal is not None else ""
        doing = "recording" if self._records else "playing"
        return answer_json(
            {
                "status": "failing" if problem else doing,
                "open": self.live,
                "interactions": self._journal.opened if self._journal is not None else 0,
                **({"played": self._tape.played} if self._tape is not None else {}),
                "unreachable": self._unreachable,
                "problem": problem,
                "upstreams": sorted(self._upstreams),
            }
        )

    async def _seal(self, journal: JournalWriter, unwritten: Mapping[int, Ended]) -> Kept:
        problems = [journal.problem] if journal.problem else []
        if self._appends and not self.cassette.exists():
            problems.append("the cassette vanished while recording, with what it held before")
        folded = None
        try:
            folded = await asyncio.to_thread(fold, self.cassette, unwritten)
            problems += [folded.damage] if folded is not None and folded.damage else []
        except (CassetteError, OSError) as error:
            where = journal_path(self.cassette)
            problems.append(
                f"not sealed ({error}); 'wiretape recover' reads what is kept in {where}"
            )
        return self._kept(folded, journal.lost, "; ".join(problems))

    def _kept(self, folded: Folded | None, lost: int = 0, problem: str = "") -> Kept:
        return Kept(
            interactions=folded.interactions if folded else 0,
            by_ending=folded.by_ending if folded else {},
            bytes=folded.received_bytes if folded else 0,
            lost=lost,
            problem=problem,
            unreachable=self._unreachable,
            played=self._tape.played if self._tape is not None else 0,
            missed=self._tape.missed if self._tape is not None else 0,
        )


def _tool() -> str:
    try:
        return f"wiretape {version('wiretape')}"
    except PackageNotFoundError:  # a checkout on the path, not installed
        return "wiretape"
