"""The load that a recorder is killed under: an upstream, clients, and what each client saw.

Both run here, in the process that is not killed. Times are `time.monotonic` seconds, taken when
a client has a piece in its hands, which is never before it arrived. Knows sockets and plans;
whether what was seen is on the tape is the judge's business.
"""

import asyncio
import os
import signal
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from tests.raw_http import ConnectionEnded, RawClient
from tests.torture.plans import KEY, Plan, plan_of
from wiretape.cassettes.model import Headers

_BEAT = 0.005

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass
class Seen:
    """What a client saw of the response to one request."""

    number: int
    plan: Plan
    head_at: float | None = None
    pieces: list[tuple[float, int]] = field(default_factory=list)
    """When, and how many bytes of the body."""
    end: Literal["", "complete", "cut", "reset"] = ""
    end_at: float = 0.0

    @property
    def target(self) -> str:
        return f"/k/{self.number}"

    def received_by(self, moment: float) -> int:
        """Body bytes that were there at a moment."""
        return sum(size for at, size in self.pieces if at <= moment)


class Load:
    """One upstream, and clients that ask it through a recorder until that is gone."""

    def __init__(self, listening: socket.socket, seed: int, numbers: Iterator[int]) -> None:
        self.seen: list[Seen] = []
        self.killed_at = 0.0
        self.late = 0.0
        """Seconds by which this machine woke us too late, at the worst."""
        self._listening = listening
        self._seed = seed
        self._numbers = numbers
        self._connections: set[asyncio.StreamWriter] = set()

    async def run(self, url: str, pid: int, clients: int, delay: float) -> None:
        """Load the recorder at `url` and kill it after `delay` seconds."""
        server = await asyncio.start_server(self._serve, sock=self._listening.dup())
        asking = [asyncio.create_task(self._client(url)) for _ in range(clients)]
        due = time.monotonic() + delay
        while (now := time.monotonic()) < due:
            await asyncio.sleep(min(_BEAT, due - now))
            self.late = max(self.late, time.monotonic() - now - _BEAT)
        self.killed_at = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        await asyncio.gather(*asking)
        server.close()
        for connection in self._connections:
            connection.transport.abort()

    # The upstream.

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        try:
            while not writer.is_closing():
                await self._answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            self._connections.discard(writer)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        plan = plan_of(self._seed, int(head.split(" ")[1].rpartition("/")[2]))
        assert await reader.readexactly(len(plan.upload)) == plan.upload
        writer.write(plan.head)
        for pause, data in plan.pieces:
            await asyncio.sleep(pause)
            writer.write(plan.on_the_wire(data))
            await writer.drain()
        writer.write(plan.last)
        if plan.ending == "reset":
            endpoint = writer.get_extra_info("socket")
            endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            writer.transport.abort()
        elif plan.ending == "cut" or plan.framing == "close":
            writer.close()

    # The clients.

    async def _client(self, url: str) -> None:
        """Ask, again and again, over one connection as long as it lasts."""
        while not self.killed_at:
            try:
                async with await RawClient.connect(url) as connection:
                    while not self.killed_at and not connection.has_ended:
                        await self._ask(connection)
            except (ConnectionEnded, ConnectionError):
                continue

    async def _ask(self, connection: RawClient) -> None:
        number = next(self._numbers)
        seen = Seen(number, plan_of(self._seed, number))
        self.seen.append(seen)
        kind = "application/json" if seen.plan.json else "application/octet-stream"
        headers: Headers = (("Authorization", f"Bearer {KEY}"), ("Content-Type", kind))
        connection.send_request("POST", f"/up{seen.target}", headers, seen.plan.upload)
        try:
            await connection.read_head()
            seen.head_at = time.monotonic()
            await _read_body(connection, seen)
            seen.end = "complete"
        except ConnectionEnded as end:
            self._connection_ended(seen, end)
            raise
        finally:
            seen.end_at = time.monotonic()

    def _connection_ended(self, seen: Seen, end: ConnectionEnded) -> None:
        """What it means, as long as it is not the recorder's death that closed it."""
        if self.killed_at:
            return
        if end.how == "reset":
            seen.end = "reset"
        else:
            seen.end = "complete" if seen.plan.framing == "close" else "cut"


async def _read_body(connection: RawClient, seen: Seen) -> None:
    """Read the body to its end. Raises ConnectionEnded where the connection ends, which may be
    the end of the body.
    """
    if seen.plan.framing == "chunked":
        while data := await connection.read_chunk():
            seen.pieces.append((time.monotonic(), len(data)))
        await connection.read_trailers()
        return
    left = len(seen.plan.body) + (1 if seen.plan.framing == "close" or _short(seen.plan) else 0)
    while left:
        size = min(left, max(1, len(connection.received)))
        await connection.read_exactly(size)
        seen.pieces.append((time.monotonic(), size))
        left -= size


def _short(plan: Plan) -> bool:
    """Whether the body ends before its Content-Length."""
    return plan.framing == "length" and plan.ending != "complete"
