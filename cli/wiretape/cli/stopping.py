"""SIGINT, SIGTERM and SIGHUP (a terminal that closes), for programs that end in order.

The first signal sets an event. Once ending has begun, the next one ends the process on the
spot: nothing is written any more, so nothing can be half written over.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Self, TypeVar

Result = TypeVar("Result")

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SIGNALLED = 128
"""A shell's exit code for a process that a signal ended is this plus the signal's number."""


class StopSignals:
    """Catches the signals from `with` on; `asked` is set by the first, `received` counts."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def __enter__(self) -> Self:
        for number in SIGNALS:
            self._loop.add_signal_handler(number, self.asked.set)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number in SIGNALS:
            self._loop.remove_signal_handler(number)

    def forward(self, pid: int) -> None:
        """Pass every further signal on to a process in the place of stopping."""
        for number in SIGNALS:
            self._loop.add_signal_handler(number, _pass_on, pid, number)

    def listen_again(self) -> None:
        """Wait for a further signal: `asked` is set by the next one."""
        self.asked.clear()
        for number in SIGNALS:
            self._loop.add_signal_handler(number, self.asked.set)

    def give_up_on_next(self, last_words: str) -> None:
        """From now on a signal ends the process at once, with one line on stderr.

        Not by the loop, which may be busy ending.
        """

        def give_up(number: int, _: FrameType | None) -> None:
            os.write(sys.stderr.fileno(), f"wiretape: {last_words}\n".encode())
            os._exit(SIGNALLED + number)

        for number in SIGNALS:
            self._loop.remove_signal_handler(number)
            signal.signal(number, give_up)


def _pass_on(pid: int, number: signal.Signals) -> None:
    # A terminal sends Ctrl-C to every process in the foreground, the command too.
    if number == signal.SIGINT and _in_foreground():
        return
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _in_foreground() -> bool:
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


class Stopped(KeyboardInterrupt):
    """A signal ended the work."""

    def __init__(self, number: int) -> None:
        self.exit_code = SIGNALLED + number
        super().__init__(signal.Signals(number).name)


async def interruptible(work: Coroutine[object, object, Result]) -> Result:
    """Run `work`; a signal cancels it, lets it clean up, and becomes Stopped."""
    task = asyncio.create_task(work)
    loop = asyncio.get_running_loop()
    received: list[int] = []

    def stop(number: int) -> None:
        received.append(number)
        task.cancel()

    for number in SIGNALS:
        loop.add_signal_handler(number, stop, number)
    try:
        return await task
    except asyncio.CancelledError:
        raise Stopped(received[0] if received else signal.SIGINT) from None
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
