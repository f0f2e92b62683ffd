"""The time of a running event loop, moved by hand: its timers ring early, in their order.

The machine's time goes on underneath; what a test waits for is never a time but what a timer
does. Knows asyncio only.
"""

import asyncio

import pytest


class LoopTime:
    """Shifts `loop.time()` of the running loop."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._shift = 0.0
        loop = asyncio.get_running_loop()
        machine_time = loop.time
        monkeypatch.setattr(loop, "time", lambda: machine_time() + self._shift)

    async def advance(self, seconds: float) -> None:
        """Let time pass; what is due has rung when this returns."""
        self._shift += seconds
        for _ in range(20):  # a timer may set another, and wake a task that wakes one
            await asyncio.sleep(0)
