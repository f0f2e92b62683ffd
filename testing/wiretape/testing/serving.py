"""A thread with a loop of its own, on which the servers of all views run.

The code under test may block, run its own loop or have none: the server answers all the same.
One thread serves as many views as are open; it ends with the last. Knows asyncio and threads;
nothing of tapes.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")

THREADS = "wiretape"
"""The names of our threads begin so: they alone reach out while the network is blocked, and only
to record."""


class ServingThread:
    """Runs coroutines for other threads while somebody holds it.

    `port`: that of the last view, which the next one takes again, so that a client which the code
    under test keeps from one test to the next still finds its server.
    """

    def __init__(self) -> None:
        self.port = 0
        self._holders = 0
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def hold(self) -> None:
        """Start it, or keep it from ending."""
        with self._lock:
            self._holders += 1
            if self._holders == 1:
                self._start()

    def release(self) -> None:
        """The last one who lets go ends it."""
        with self._lock:
            self._holders -= 1
            if self._holders == 0:
                self._stop()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the loop and wait for what it gives or raises."""
        if self._loop is None:
            work.close()
            raise RuntimeError("run() without hold()")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call a function on the loop: what the servers use is touched there alone."""

        async def called() -> T:
            return function(*arguments)

        return self.run(called())

    def _start(self) -> None:
        loop = asyncio.new_event_loop()
        loop.set_default_executor(ThreadPoolExecutor(4, thread_name_prefix=THREADS))
        ready = threading.Event()

        def serve() -> None:
            asyncio.set_event_loop(loop)
            loop.call_soon(ready.set)
            try:
                loop.run_forever()
            finally:
                _finish(loop)

        self._loop = loop
        self._thread = threading.Thread(target=serve, name=f"{THREADS}-serving", daemon=True)
        self._thread.start()
        ready.wait()

    def _stop(self) -> None:
        loop, thread = self._loop, self._thread
        assert loop is not None
        assert thread is not None
        self._loop = self._thread = None
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def _finish(loop: asyncio.AbstractEventLoop) -> None:
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


SHARED = ServingThread()
"""The one of this process."""
