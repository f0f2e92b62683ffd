"""A provider made of scripts: a real TCP server whose every byte and pause a test decides.

A script is a sequence of steps, played once a request has been read whole:

    bytes    written to the connection
    Gate     waits until the test opens it
    RESET    the connection is reset, once what was written has gone
    CLOSE    the connection is closed
    EARLY    as the first step: the script begins when the head of the request has arrived
    DEAF     as the first step: as EARLY, and nothing of the body is read
    LEFT     waits until the other side has left

Requests take the scripts in order, and the last one again and again. What arrived is in
`asked`. Knows asyncio and sockets only.
"""

import asyncio
import socket
import ssl
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from types import TracebackType
from typing import Self

Headers = tuple[tuple[str, str], ...]


class Act(Enum):
    """Steps that are neither bytes nor gates."""

    RESET = "reset"
    CLOSE = "close"
    EARLY = "early"
    DEAF = "deaf"
    LEFT = "left"


RESET, CLOSE, EARLY, DEAF, LEFT = Act.RESET, Act.CLOSE, Act.EARLY, Act.DEAF, Act.LEFT


class Gate:
    """A place in a script where the upstream waits for the test."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self._opened = asyncio.Event()

    def open(self) -> None:
        """Let the script go on; a gate may be opened before it is reached."""
        self._opened.set()

    async def wait(self) -> None:
        """What the upstream does."""
        self.reached.set()
        await self._opened.wait()


Step = bytes | Gate | Act
Script = Sequence[Step]


@dataclass
class Asked:
    """A request as it arrived."""

    method: str
    target: str
    headers: Headers
    connection: int
    """Which connection it came on, from 1."""
    body: bytes = b""
    pieces: list[bytes] = field(default_factory=list)
    """HTTP chunks where the body was chunked."""

    def get(self, name: str) -> str | None:
        """The first value of a header."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class ScriptedUpstream:
    """Listens from `async with` to its end."""

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[Asked] = []
        self.connections = 0
        self.port = 0
        self.written = 0
        """Bytes of scripts that have gone out, up to what the sockets buffer."""
        self.left = asyncio.Event()
        """Set by the step LEFT."""
        self._scripts = list(scripts)
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://localhost:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", 0, ssl=self._tls, limit=4 * 1024 * 1024
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.connections += 1
        try:
            await self._converse(reader, writer, self.connections)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int
    ) -> None:
        while not writer.is_closing():
            asked = _parse_head(await reader.readuntil(b"\r\n\r\n"), connection)
            script = self._scripts[min(len(self.asked), len(self._scripts) - 1)]
            self.asked.append(asked)
            early = bool(script) and script[0] in (EARLY, DEAF)
            reading = asyncio.create_task(_read_body(reader, asked))
            if early and script[0] is DEAF:
                writer.transport.pause_reading()  # type: ignore[attr-defined]
            if not early:
                await reading
            for step in script:
                if step is LEFT:
                    await _leaving(reading, reader)
                    self.left.set()
                else:
                    await _play(step, writer)
                    self.written += len(step) if isinstance(step, bytes) else 0
            if not writer.is_closing():
                await reading
            reading.cancel()


async def _play(step: Step, writer: asyncio.StreamWriter) -> None:
    if isinstance(step, bytes):
        writer.write(step)
        await writer.drain()
    elif isinstance(step, Gate):
        await step.wait()
    elif step is RESET:
        _reset(writer)
    elif step is CLOSE:
        writer.close()


async def _leaving(reading: asyncio.Task[None], reader: asyncio.StreamReader) -> None:
    """Until the other side has left, in the middle of its request or after it."""
    try:
        await reading
        await reader.read(1)
    except (ConnectionError, asyncio.IncompleteReadError):
        pass


def _reset(writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )
    writer.transport.abort()


def _parse_head(raw: bytes, connection: int) -> Asked:
    first, *lines = raw[:-4].decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    pairs = (line.partition(":") for line in lines)
    headers = tuple((name, value.strip()) for name, _, value in pairs)
    return Asked(method, target, headers, connection)


async def _read_body(reader: asyncio.StreamReader, asked: Asked) -> None:
    if (asked.get("transfer-encoding") or "").lower() == "chunked":
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            asked.pieces.append((await reader.readexactly(size + 2))[:-2])
            asked.body = b"".join(asked.pieces)
        await reader.readuntil(b"\r\n")
    else:
        asked.body = await reader.readexactly(int(asked.get("content-length") or 0))


def chunked_head(
    content_type: str = "text/event-stream", *more: str, status: str = "200 OK"
) -> bytes:
    """The head of a response whose body comes in chunks."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", *more]
    return "\r\n".join([*lines, "Transfer-Encoding: chunked", "", ""]).encode("latin-1")


def length_head(
    length: int, content_type: str = "application/json", *more: str, status: str = "200 OK"
) -> bytes:
    """The head of a response with a Content-Length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", *more]
    return "\r\n".join([*lines, f"Content-Length: {length}", "", ""]).encode("latin-1")


def close_head(content_type: str = "text/event-stream", *more: str) -> bytes:
    """The head of a response whose body ends with the connection."""
    lines = ["HTTP/1.1 200 OK", f"Content-Type: {content_type}", *more, "Connection: close"]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def chunk(data: bytes) -> bytes:
    """One HTTP chunk."""
    return b"%x\r\n%b\r\n" % (len(data), data)


LAST_CHUNK = b"0\r\n\r\n"
