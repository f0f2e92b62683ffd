"""One schedule for all streams: a heap of absolute due times on one clock, and one timer.

On each wake every stream that is due writes all it owes as one slice, so that a late wake
makes fewer and larger writes instead of a queue, and lateness never adds up. After a batch the
loop gets its turn, so that a crowd of streams does not keep new requests from being read.

Knows the clock and that a stream can be told to write; nothing of sockets, cassettes or HTTP.
"""

import heapq
from typing import Protocol

import msgspec

from wiretape.replay.clock import Clock, Timer

BATCH = 200
"""Streams written before the loop gets its turn: about 2 ms of sending."""


class Stream(Protocol):
    """Something with bytes that are due at known times."""

    @property
    def position(self) -> int:
        """How many due times are behind it; the schedule counts coalesced writes by it."""
        ...

    def write_due(self, now_ns: int) -> int | None:
        """Write all that is due at `now_ns` as one slice.

        Gives the next due time on the schedule's clock, or None where the stream is at its end
        or waits for something else than time. Must not raise.
        """
        ...


class Punctuality(msgspec.Struct, frozen=True):
    """How well the schedule kept its times so far."""

    writes: int
    """Slices that carried something."""
    frames: int
    """Due times that these slices covered."""
    coalesced: int
    """Due times that went out in the slice of an earlier one."""
    late_ns: int
    """Sum of the lateness of all writes, each counted from the first due time it covered."""
    latest_ns: int
    """The largest of them."""


class Schedule:
    """Wakes each stream when it is due."""

    def __init__(self, clock: Clock, *, batch: int = BATCH) -> None:
        self._clock = clock
        self._batch = batch
        self._heap: list[tuple[int, int, Stream]] = []
        self._turn: dict[Stream, int] = {}
        """The one heap entry of a stream that still counts, by its serial number."""
        self._serial = 0
        self._timer: Timer | None = None
        self._timer_ns = 0
        self._writes = self._frames = self._coalesced = self._late_ns = self._latest_ns = 0

    def __len__(self) -> int:
        """Streams that wait for their time."""
        return len(self._turn)

    @property
    def punctuality(self) -> Punctuality:
        return Punctuality(
            self._writes, self._frames, self._coalesced, self._late_ns, self._latest_ns
        )

    def start(self, stream: Stream) -> None:
        """Let the stream write what is due now, and wake it from then on.

        For a stream that waited for something else, the same: it goes on where it stood.
        """
        self.drop(stream)
        before = stream.position
        due_ns = stream.write_due(self._clock.now())
        self._count(stream.position - before)
        if due_ns is not None:
            self._push(due_ns, stream)
            self._arm()

    def drop(self, stream: Stream) -> None:
        """Forget a stream. Nothing happens where it is not waiting."""
        self._turn.pop(stream, None)
        # What is forgotten stays in the heap until its time; not so if it comes to outweigh.
        if len(self._heap) > 2 * len(self._turn) + self._batch:
            self._heap = [entry for entry in self._heap if self._counts(entry)]
            heapq.heapify(self._heap)

    def _wake(self) -> None:
        self._timer = None
        try:
            for _ in range(self._batch):
                if not self._write_next():
                    break
        finally:
            self._arm()

    def _write_next(self) -> bool:
        """Wake the stream that is due longest; False where none is."""
        if not self._heap:
            return False
        entry = self._heap[0]
        due_ns, _, stream = entry
        now_ns = self._clock.now()
        if due_ns > now_ns:
            return False
        heapq.heappop(self._heap)
        if not self._counts(entry):
            return True
        del self._turn[stream]
        before = stream.position
        next_ns = stream.write_due(now_ns)
        if next_ns is not None:
            self._push(next_ns, stream)
        frames = stream.position - before
        if frames:
            self._count(frames)
            late_ns = now_ns - due_ns
            self._late_ns += late_ns
            self._latest_ns = max(self._latest_ns, late_ns)
        return True

    def _push(self, due_ns: int, stream: Stream) -> None:
        self._serial += 1
        self._turn[stream] = self._serial
        heapq.heappush(self._heap, (due_ns, self._serial, stream))

    def _counts(self, entry: tuple[int, int, Stream]) -> bool:
        return self._turn.get(entry[2]) == entry[1]

    def _count(self, frames: int) -> None:
        if frames:
            self._writes += 1
            self._frames += frames
            self._coalesced += frames - 1

    def _arm(self) -> None:
        while self._heap and not self._counts(self._heap[0]):
            heapq.heappop(self._heap)
        if not self._heap:
            self._disarm()
            return
        due_ns = self._heap[0][0]
        if self._timer is not None:
            if self._timer_ns <= due_ns:
                return
            self._timer.cancel()
        self._timer_ns = due_ns
        self._timer = self._clock.call_at(due_ns, self._wake)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
