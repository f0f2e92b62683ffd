"""What time it is, and a call when it is a later one.

A Clock is handed to whatever waits, so that a test can hold a ManualClock in its place and
wait for nothing. Times are integer nanoseconds on a monotonic scale with no agreed zero.
Knows the running loop and the timerfd; nothing of streams.
"""

import asyncio
import heapq
import time
from collections.abc import Callable
from typing import Protocol

from wiretape.replay.timerfd import Alarm, open_alarm

Callback = Callable[[], None]


class Timer(Protocol):
    """A call that has been asked for."""

    def cancel(self) -> None:
        """Do not call. Nothing happens where it was called or cancelled already."""
        ...


class Clock(Protocol):
    """Tells the time and calls at a time."""

    def now(self) -> int:
        """Nanoseconds, never going back."""
        ...

    def call_at(self, deadline_ns: int, callback: Callback) -> Timer:
        """Call once when `now()` has reached `deadline_ns`; never before this returns."""
        ...


class MonotonicClock:
    """The clock of the machine; calls come from the loop that runs at the first `call_at`.

    On Linux it watches a timerfd; elsewhere, and where that fails or `timerfd` is False, it
    asks the loop, which is up to a millisecond later.
    """

    def __init__(self, *, timerfd: bool = True) -> None:
        self._timers = _TimerQueue()
        self._timerfd = timerfd
        self._alarm: Alarm | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watched: asyncio.TimerHandle | None = None
        self._set_to: int | None = None

    def now(self) -> int:
        return time.monotonic_ns()

    def call_at(self, deadline_ns: int, callback: Callback) -> Timer:
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._alarm = self._watched_alarm(self._loop)
        timer = self._timers.add(deadline_ns, callback)
        if self._set_to is None or deadline_ns < self._set_to:
            self._set(self._loop, deadline_ns)
        return timer

    def close(self) -> None:
        """Forget every call asked for, and give the descriptor back. It may be used again."""
        if self._watched is not None:
            self._watched.cancel()
        if self._alarm is not None:
            if self._loop is not None and not self._loop.is_closed():
                self._loop.remove_reader(self._alarm.fd)
            self._alarm.close()
        self._timers = _TimerQueue()
        self._loop = self._alarm = self._watched = self._set_to = None

    def _watched_alarm(self, loop: asyncio.AbstractEventLoop) -> Alarm | None:
        alarm = open_alarm() if self._timerfd else None
        if alarm is not None:
            try:
                loop.add_reader(alarm.fd, self._ring)
            except NotImplementedError:  # a loop that watches no descriptors
                alarm.close()
                return None
        return alarm

    def _set(self, loop: asyncio.AbstractEventLoop, deadline_ns: int) -> None:
        self._set_to = deadline_ns
        if self._alarm is not None:
            self._alarm.set(deadline_ns)
            return
        if self._watched is not None:
            self._watched.cancel()
        delay_ns = max(0, deadline_ns - self.now())
        self._watched = loop.call_later(delay_ns / 1e9, self._ring)

    def _ring(self) -> None:
        self._set_to = None
        if self._alarm is not None:
            self._alarm.acknowledge()
        # Calls asked for by these calls wait for the next round, so that the loop gets a turn.
        for timer in self._timers.take_due(self.now()):
            timer.fire()
        deadline_ns = self._timers.next_deadline()
        if deadline_ns is not None and self._set_to != deadline_ns and self._loop is not None:
            self._set(self._loop, deadline_ns)


class ManualClock:
    """A clock that stands still until it is told to go on. Starts at 0."""

    def __init__(self) -> None:
        self._now = 0
        self._timers = _TimerQueue()

    def now(self) -> int:
        return self._now

    def call_at(self, deadline_ns: int, callback: Callback) -> Timer:
        return self._timers.add(deadline_ns, callback)

    def advance(self, ns: int) -> None:
        """Let `ns` nanoseconds pass: every call due by then is made, in order, at its time.

        Calls that are asked for meanwhile and are due by then are made too.
        Raises ValueError where ns is negative.
        """
        if ns < 0:
            raise ValueError(f"time does not go back, got {ns} ns")
        end_ns = self._now + ns
        while (deadline_ns := self._timers.next_deadline()) is not None and deadline_ns <= end_ns:
            self._now = max(self._now, deadline_ns)
            for timer in self._timers.take_due(deadline_ns):
                timer.fire()
        self._now = end_ns


class _QueuedTimer:
    __slots__ = ("callback",)

    def __init__(self, callback: Callback) -> None:
        self.callback: Callback | None = callback

    def cancel(self) -> None:
        self.callback = None

    def fire(self) -> None:
        callback, self.callback = self.callback, None
        if callback is not None:
            callback()


class _TimerQueue:
    """Calls in the order of their deadlines, and of asking where these are equal."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, _QueuedTimer]] = []
        self._asked = 0

    def add(self, deadline_ns: int, callback: Callback) -> _QueuedTimer:
        timer = _QueuedTimer(callback)
        self._asked += 1
        heapq.heappush(self._heap, (deadline_ns, self._asked, timer))
        return timer

    def next_deadline(self) -> int | None:
        while self._heap and self._heap[0][2].callback is None:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def take_due(self, now_ns: int) -> list[_QueuedTimer]:
        """Those due, out of the queue. One of them may still be cancelled by another."""
        due: list[_QueuedTimer] = []
        while self._heap and self._heap[0][0] <= now_ns:
            due.append(heapq.heappop(self._heap)[2])
        return due
