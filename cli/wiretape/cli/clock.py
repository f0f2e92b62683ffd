"""What time it is, and waiting for a later one, for the one program that blocks: play."""

import time
from typing import Protocol


class Clock(Protocol):
    """Monotonic nanoseconds with no agreed zero."""

    def now(self) -> int: ...

    def sleep_until(self, deadline_ns: int) -> None:
        """Return once `now()` has reached the deadline; at once where it has passed."""
        ...


class MonotonicClock:
    """The clock of the machine."""

    def now(self) -> int:
        return time.monotonic_ns()

    def sleep_until(self, deadline_ns: int) -> None:
        left_ns = deadline_ns - self.now()
        if left_ns > 0:
            time.sleep(left_ns / 1e9)
