"""The recording proxy: a reverse proxy that listens, passes on, and keeps what passes.

Ties the room together: what must hold before anything listens, which requests become exchanges,
and how a session ends. Knows every module of the room; the only one that knows them all.
"""

import asyncio
import logging
import os
import socket
import ssl
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec
from aiohttp import web

from wiretape.cassettes.errors import CassetteError
from wiretape.cassettes.folding import Folded, fold
from wiretape.cassettes.journal import Ended, journal_path
from wiretape.cassettes.model import Session
from wiretape.cassettes.store import Cassette
from wiretape.recorder.errors import (
    PortTaken,
    UnknownUpstream,
    UnusableFolder,
    UpstreamFailed,
)
from wiretape.recorder.exchange import ClientRequest, Exchange
from wiretape.recorder.journal_writer import JournalWriter
from wiretape.recorder.passing_on import decode_headers, split_target
from wiretape.recorder.refusals import Refusal, answer_json, refusal_of, refuse
from wiretape.recorder.upstream_pool import UpstreamPool
from wiretape.recorder.upstreams import RESERVED, Upstream, find_upstream

MAX_HEAD_LINE = 64 * 1024
"""Of a request's target, and of one header: what the strictest provider's edge would take."""

MAX_HEADERS = 400

MAX_PORT = 65_535

_CLOSE_SECONDS = 1.0
"""How long aiohttp may take over connections whose exchanges are already over."""

_STOPPED = "the recorder was stopped before the end"


class Kept(msgspec.Struct, frozen=True):
    """What a session came to."""

    interactions: int
    by_ending: dict[str, int]
    bytes: int
    """Of response bodies."""
    lost: int
    """Interactions of which something is missing on the tape."""
    problem: str
    """Not empty where the disk failed: what it said, and where the rest is."""
    unreachable: int = 0
    """Requests answered with a 502, because no upstream could be connected to; not on the
    tape, since no provider said anything."""


class RecordingProxy:
    """Records to one cassette from `start` to `close`.

    `ssl_context` replaces the system's certificates, for tests with a CA of their own.
    """

    def __init__(
        self,
        cassette: Path,
        upstreams: Mapping[str, Upstream],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        fsync: bool = False,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self.cassette = cassette
        self.recovered: Folded | None = None
        """What the journal of an interrupted session held, where there was one."""
        self._upstreams = dict(upstreams)
        self._host = host
        self._port = port
        self._fsync = fsync
        self._pool = UpstreamPool(time.monotonic_ns, ssl_context)
        self._journal: JournalWriter | None = None
        self._runner: web.ServerRunner | None = None
        self._open: set[Exchange] = set()
        self._unreachable = 0
        self._stopping = False

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    @property
    def live(self) -> int:
        """Interactions that are open at the moment."""
        return len(self._open)

    async def start(self) -> None:
        """Recover what an interrupted session left, begin a new one, listen.

        Raises PortTaken, UnusableFolder, CassetteLocked, and what opening a cassette raises;
        nothing listens then.
        """
        listening = _bind(self._host, self._port)
        try:
            self._port = listening.getsockname()[1]
            self._prepare()
            await self._listen(listening)
        except BaseException:
            listening.close()
            raise

    async def close(self) -> Kept:
        """Stop listening, end what is open as cut, and seal the cassette."""
        assert self._journal is not None, "close() without start()"
        assert self._runner is not None
        self._stopping = True
        for site in list(self._runner.sites):
            await site.stop()
        for exchange in list(self._open):
            exchange.stop("cut", _STOPPED)
        await self._runner.cleanup()
        self._pool.close()
        return await self._seal(self._journal, self._journal.close())

    async def __aenter__(self) -> "RecordingProxy":
        await self.start()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.close()

    def _prepare(self) -> None:
        """Everything about files that must hold before anything listens."""
        folder = self.cassette.parent
        if not folder.is_dir():
            raise UnusableFolder(folder, "no such folder; create it first")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise UnusableFolder(folder, "cannot be written to; choose another place")
        if self.cassette.exists():
            Cassette.open(self.cassette).close()
        self.recovered = fold(self.cassette)
        started = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        session = Session(0, started, _tool())
        self._journal = JournalWriter.open(
            self.cassette, session, time.monotonic_ns, fsync=self._fsync
        )

    async def _listen(self, listening: socket.socket) -> None:
        server = web.Server(
            self._answer,
            handler_cancellation=True,
            access_log=None,
            auto_decompress=False,
            logger=_silent_logger(),
            max_line_size=MAX_HEAD_LINE,
            max_field_size=MAX_HEAD_LINE,
            max_headers=MAX_HEADERS,
        )
        self._runner = web.ServerRunner(server, shutdown_timeout=_CLOSE_SECONDS)
        await self._runner.setup()
        await web.SockSite(self._runner, listening).start()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        at_ns = time.monotonic_ns()
        raw_target = request.raw_path.encode("utf-8", "surrogateescape").decode("latin-1")
        headers = decode_headers(request.raw_headers)
        refusal = refusal_of(request.method, raw_target, headers)
        if refusal is not None:
            return refuse(refusal)
        name, target = split_target(raw_target)
        if name == RESERVED:
            return self._own_page(target)
        http = f"{request.version.major}.{request.version.minor}"
        asked = ClientRequest(at_ns, request.method, target, http, headers)
        try:
            return await self._exchange(request, asked, find_upstream(name, self._upstreams))
        except UnknownUpstream as error:
            return refuse(Refusal(404, "unknown_upstream", str(error)))
        except UpstreamFailed as error:
            self._unreachable += 1
            return refuse(Refusal(502, error.code, str(error)))

    async def _exchange(
        self, request: web.BaseRequest, asked: ClientRequest, upstream: Upstream
    ) -> web.StreamResponse:
        assert self._journal is not None
        connection = await self._pool.connection(upstream)
        if self._stopping:
            connection.abort()
            return refuse(Refusal(503, "stopping", "the recorder is being stopped"))
        exchange = Exchange(request, asked, connection, self._journal.tap(), time.monotonic_ns)
        self._open.add(exchange)
        try:
            return await exchange.run(upstream)
        finally:
            self._open.discard(exchange)
            self._pool.put_back(upstream, connection)

    def _own_page(self, target: str) -> web.Response:
        if target.partition("?")[0] != "/health" or self._journal is None:
            known = f"/{RESERVED}/health"
            return refuse(Refusal(404, "unknown_page", f"no such page; there is {known}"))
        return answer_json(
            {
                "status": "recording" if not self._journal.problem else "failing",
                "open": self.live,
                "interactions": self._journal.opened,
                "unreachable": self._unreachable,
                "problem": self._journal.problem,
                "upstreams": sorted(self._upstreams),
            }
        )

    async def _seal(self, journal: JournalWriter, unwritten: Mapping[int, Ended]) -> Kept:
        problem = journal.problem
        folded = None
        try:
            folded = await asyncio.to_thread(fold, self.cassette, unwritten)
        except (CassetteError, OSError) as error:
            where = journal_path(self.cassette)
            problem = f"{problem}; " if problem else ""
            problem += f"not sealed ({error}); 'wiretape recover' reads what is kept in {where}"
        return Kept(
            interactions=folded.interactions if folded else 0,
            by_ending=folded.by_ending if folded else {},
            bytes=folded.received_bytes if folded else 0,
            lost=journal.lost,
            problem=problem,
            unreachable=self._unreachable,
        )


def _bind(host: str, port: int) -> socket.socket:
    """A socket that has the address and does not listen yet. Raises PortTaken."""
    if not 0 <= port <= MAX_PORT:
        raise PortTaken(host, port, "no such port")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise PortTaken(host, port, str(error.strerror)) from error
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError as error:
        listening.close()
        raise PortTaken(host, port, str(error.strerror)) from error
    return listening


def _tool() -> str:
    try:
        return f"wiretape {version('wiretape')}"
    except PackageNotFoundError:  # a checkout on the path, not installed
        return "wiretape"


def _silent_logger() -> logging.Logger:
    """aiohttp logs a malformed request with the bytes it choked on, which may be a key."""
    logger = logging.Logger("wiretape.recorder.http")
    logger.addHandler(logging.NullHandler())
    return logger
