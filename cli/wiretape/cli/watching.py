"""A recorded stream as a person watches it: each chunk at its own moment.

Aims at absolute deadlines, so that a late chunk makes no later one late. Knows the model and a
clock; where the bytes go is for the caller.
"""

from collections.abc import Callable

from wiretape.cassettes.model import Timeline
from wiretape.cassettes.timeline import at_speed, instant, with_max_gap
from wiretape.cli.clock import Clock


def watch(timeline: Timeline, body: bytes, write: Callable[[bytes], object], clock: Clock) -> None:
    """Write each chunk of `body` when it is due, and return when the stream ends."""
    zero_ns = clock.now()
    offset = 0
    for chunk in timeline.received:
        clock.sleep_until(zero_ns + chunk.at_ns)
        write(body[offset : offset + chunk.size])
        offset += chunk.size
    clock.sleep_until(zero_ns + timeline.ending.at_ns)


def paced(timeline: Timeline, speed: float | None, max_gap_ns: int | None) -> Timeline:
    """The timeline as it is to be watched; no `speed` is everything at once.

    `max_gap_ns` counts in the time of the recording, before the speed.
    """
    if speed is None:
        return instant(timeline)
    if max_gap_ns is not None:
        timeline = with_max_gap(timeline, max_gap_ns)
    return at_speed(timeline, speed)
