"""The demo's processes: started, awaited until they are ready, and never left behind."""

import asyncio
import re
import signal
import sys
from types import TracebackType
from typing import Self

from wiretape.cli.errors import DemoFailed

READY = re.compile(r" at (http://\S+)")
READY_S = 20.0
END_S = 10.0


class Process:
    """One child. It is ready once it has printed a line that tells where it listens."""

    def __init__(self, name: str, *arguments: str) -> None:
        self.name = name
        self.url = ""
        self.said: list[str] = []
        self._arguments = (sys.executable, "-m", *arguments)

    async def __aenter__(self) -> Self:
        self._child = await asyncio.create_subprocess_exec(
            *self._arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C is the demo's, which ends them in order
        )
        try:
            await asyncio.wait_for(self._until_ready(), READY_S)
        except TimeoutError:
            await self.end()
            raise DemoFailed(f"{self.name} was not ready in {READY_S:.0f} s") from None
        except BaseException:
            await self.end()
            raise
        self._reading = asyncio.create_task(self._read_on())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.end()

    @property
    def pid(self) -> int:
        return self._child.pid

    async def end(self) -> int:
        """Ask it to end in order and wait for it; kill it where it does not."""
        if self._child.returncode is None:
            self._child.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self._child.wait(), END_S)
            except TimeoutError:
                self._child.kill()
        return await self._child.wait()

    async def ended(self) -> None:
        """Wait until it ends by itself."""
        await self._child.wait()

    async def _until_ready(self) -> None:
        assert self._child.stdout is not None
        while line := (await self._child.stdout.readline()).decode().strip():
            self.said.append(line)
            if found := READY.search(line):
                self.url = found[1]
                return
        last = self.said[-1] if self.said else "it said nothing"
        raise DemoFailed(f"{self.name} did not start: {last}")

    async def _read_on(self) -> None:
        assert self._child.stdout is not None
        async for line in self._child.stdout:
            self.said.append(line.decode().strip())
