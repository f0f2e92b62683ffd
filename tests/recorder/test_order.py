"""The order of the two writes, to the client and to the journal, seen from the client's socket.

Whenever the recorder is about to write to its journal, what the client's kernel has got by then
is looked at. On loopback a byte that was sent is there when `send` returns.
"""

import asyncio
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tests.recorder.recording import Session, recording, until
from tests.scripted_upstream import (
    CLOSE,
    LAST_CHUNK,
    Gate,
    Script,
    ScriptedUpstream,
    chunk,
    chunked_head,
    close_head,
    length_head,
)


class Client:
    """A socket that is looked at without being read."""

    def __init__(self, session: Session) -> None:
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self._port = int(session.proxy.url.rpartition(":")[2])

    async def ask(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.sock_connect(self.socket, ("127.0.0.1", self._port))
        await loop.sock_sendall(self.socket, b"GET /up/ HTTP/1.1\r\nHost: localhost\r\n\r\n")

    def has(self) -> tuple[bytes, bool]:
        """What the kernel holds for it, and whether the connection was closed behind that."""
        try:
            data = self.socket.recv(1 << 20, socket.MSG_PEEK)
        except BlockingIOError:
            return b"", False
        info = self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
        return data, info[0] == 8  # TCP_CLOSE_WAIT


@contextmanager
def before_journal_writes(client: Client) -> Iterator[list[tuple[bytes, bool]]]:
    """What the client had each time the journal was about to be written."""
    seen: list[tuple[bytes, bool]] = []

    def look(_frame: FrameType, happening: str, called: Any) -> None:
        if happening == "c_call" and called is os.write:
            seen.append(client.has())

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        yield seen
    finally:
        sys.setprofile(before)


async def test_a_read_is_with_the_client_before_it_is_recorded(tmp_path: Path) -> None:
    data = b"x" * 8_000  # enough that the journal is written at once
    gate, never = Gate(), Gate()
    async with (
        ScriptedUpstream([chunked_head(), gate, chunk(data), never]) as upstream,
        recording(tmp_path, upstream) as session,
    ):
        client = Client(session)
        await client.ask()
        await gate.reached.wait()
        await until(lambda: client.has()[0])
        with before_journal_writes(client) as seen:
            gate.open()
            await until(lambda: seen)
        client.socket.close()
        never.open()
    assert seen[-1][0] == chunked_head() + chunk(data)


ENDS: dict[str, tuple[Script, bytes]] = {
    "chunked": ([chunked_head() + chunk(b"a") + LAST_CHUNK], chunked_head() + chunk(b"a")),
    "length": ([length_head(1) + b"a"], b""),
    "none": ([b"HTTP/1.1 204 No Content\r\n\r\n"], b""),
    "close": ([close_head() + b"a", CLOSE], close_head() + b"a"),
    "cut": ([chunked_head() + chunk(b"a"), CLOSE], chunked_head() + chunk(b"a")),
    "silence": ([CLOSE], b""),
}


@pytest.mark.parametrize("name", ENDS)
async def test_the_end_is_recorded_before_it_is_with_the_client(tmp_path: Path, name: str) -> None:
    steps, before_the_end = ENDS[name]
    gate = Gate()
    async with (
        ScriptedUpstream([gate, *steps]) as upstream,
        recording(tmp_path, upstream) as session,
    ):
        client = Client(session)
        await client.ask()
        await gate.reached.wait()
        with before_journal_writes(client) as seen:
            gate.open()
            await until(lambda: seen and not session.proxy.live)
        assert seen[-1] == (before_the_end, False)
        client.socket.close()
