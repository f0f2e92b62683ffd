"""Processes that are there to be killed: a recorder, and one that folds its journal.

Both are forks of this one, so that a kill costs milliseconds. Knows how to start them and what
they run; when they die is for others to say.
"""

import asyncio
import os
import signal
import socket
from pathlib import Path
from typing import NoReturn

from wiretape.cassettes.folding import fold
from wiretape.recorder import RecordingProxy, Upstream


def start_recorder(cassette: Path, upstream: str, listening: socket.socket) -> tuple[int, int]:
    """A recorder; returns its process and where its URL can be read once it is ready."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        listening.close()
        _record(cassette, upstream, writing)
    os.close(writing)
    return pid, reading


def read_url(pipe: int) -> str:
    """Wait for the readiness of a recorder; empty where it did not come so far."""
    with os.fdopen(pipe) as file:
        return file.read()


def start_folding(cassette: Path) -> int:
    """A process that puts the journal on the cassette."""
    pid = os.fork()
    if pid == 0:
        try:
            fold(cassette)
        finally:
            os._exit(0)
    return pid


def reap(pid: int) -> bool:
    """Wait for the death of a child; whether it was the kill that ended it."""
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def _record(cassette: Path, upstream: str, ready: int) -> NoReturn:
    async def run() -> None:
        proxy = RecordingProxy(cassette, {"up": Upstream("up", upstream)})
        await proxy.start()
        os.write(ready, proxy.url.encode())
        os.close(ready)
        await asyncio.Event().wait()

    try:
        asyncio.run(run())
    finally:
        os._exit(1)
