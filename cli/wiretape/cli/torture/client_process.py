"""One run of the client: a process, its group, and what it printed.

The run is over when the process has ended: not when the last that holds its output lets go of it,
which a process that it left behind may never do. Knows processes and pipes; nothing of faults.
"""

import asyncio
import os
import signal
import time
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress

import msgspec

from wiretape.cli.errors import CommandNotFound

GRACE_S = 0.5
"""How long what the process left behind may go on printing: a `tee` behind a shell has its end."""
MOST_OUTPUT = 64_000_000
"""Bytes of each stream that are kept; what follows is read and left."""


class Ended(msgspec.Struct, frozen=True):
    """How a client ended."""

    code: int | None
    """Below 0 for a signal; None where it had to be ended."""
    stdout: bytes
    stderr: bytes
    seconds: float


async def run_client(
    command: Sequence[str], environment: Mapping[str, str], timeout_s: float
) -> Ended:
    """Run to its end, or for `timeout_s`; nothing of its process group is left afterwards. Raises
    CommandNotFound."""
    begun = time.monotonic()
    outputs = (_Output(), _Output())
    process = None
    try:
        process = await _started(command, environment, outputs)
        ended = await _within(process.wait(), timeout_s)
        seconds = time.monotonic() - begun
        if ended:
            await _within(_all_read(outputs), GRACE_S)
        else:
            _end(process.pid)
            await process.wait()
    finally:
        if process is not None:
            _end(process.pid)
        for one in outputs:
            one.close()
    stdout, stderr = (bytes(one.kept) for one in outputs)
    return Ended(process.returncode if ended else None, stdout, stderr, seconds)


async def _started(
    command: Sequence[str], environment: Mapping[str, str], outputs: "Sequence[_Output]"
) -> asyncio.subprocess.Process:
    ends: list[int] = []
    try:
        ends += [await one.opened() for one in outputs]
        return await asyncio.create_subprocess_exec(
            *command,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=ends[0],
            stderr=ends[1],
            start_new_session=True,  # so that what it starts can be ended with it
        )
    except OSError as error:
        raise CommandNotFound(command[0], error.strerror or str(error), 2) from error
    finally:
        for end in ends:
            os.close(end)


async def _all_read(outputs: "Sequence[_Output]") -> None:
    for one in outputs:
        await one.over.wait()


async def _within(work: Coroutine[object, object, object], seconds: float) -> bool:
    """Whether it was done by then."""
    try:
        await asyncio.wait_for(work, seconds)
    except TimeoutError:
        return False
    return True


def _end(group: int) -> None:
    # No such process: nobody is left. Not permitted: some systems say so of the dead.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


class _Output(asyncio.Protocol):
    """The reading end of a pipe."""

    def __init__(self) -> None:
        self.kept = bytearray()
        self.over = asyncio.Event()
        self._transport: asyncio.BaseTransport | None = None

    async def opened(self) -> int:
        """Begin to read, and give the end that is written to."""
        reading, writing = os.pipe()
        self._transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: self, os.fdopen(reading, "rb", buffering=0)
        )
        return writing

    def data_received(self, data: bytes) -> None:
        self.kept += data[: MOST_OUTPUT - len(self.kept)]

    def connection_lost(self, error: Exception | None) -> None:
        self.over.set()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
