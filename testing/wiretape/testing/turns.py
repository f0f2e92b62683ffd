"""Whose turn it is to record a cassette: tests in other processes that share it wait.

Knows the lock of a cassette and the clock.
"""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic, sleep

from wiretape.cassettes.errors import CassetteLocked
from wiretape.recorder.rewriting import Rewriting, rewriting
from wiretape.testing.errors import CannotRecord

WAIT_SECONDS = 60.0
_PAUSE_SECONDS = 0.05


@contextmanager
def alone(cassette: Path) -> Iterator[Rewriting]:
    """The cassette for us alone, to be recorded beside, once the others are done.

    Raises CannotRecord where they take more than a minute, or where a view of this process holds
    it, and what `rewriting` raises.
    """
    place = cassette.resolve()
    with _lock:
        if place in _ours:
            raise CannotRecord(f"{cassette}: another view of this process is recording to it")
        _ours.add(place)
    try:
        with ExitStack() as held:
            yield _waited_for(cassette, held)
    finally:
        _ours.discard(place)


def _waited_for(cassette: Path, held: ExitStack) -> Rewriting:
    end = monotonic() + WAIT_SECONDS
    while True:
        try:
            return held.enter_context(rewriting(cassette))
        except CassetteLocked:
            if monotonic() >= end:
                raise CannotRecord(
                    f"{cassette}: another process is recording to it, for more than "
                    f"{WAIT_SECONDS:g} s; record tests that share a cassette in one process, with "
                    "-n0, or in one xdist_group with --dist loadgroup"
                ) from None
        sleep(_PAUSE_SECONDS)


_lock = threading.Lock()
_ours: set[Path] = set()
"""What views of this process record to: waiting for one's own test would be for ever."""
