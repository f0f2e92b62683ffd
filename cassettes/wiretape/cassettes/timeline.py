"""Pure functions from a Timeline to a Timeline: how fast it is played.

Knows the model only. A server plays the timeline it is given and knows no speed. The times of
the request stay as they are: they are the client's, and nobody plays them.
"""

from collections.abc import Callable

import msgspec

from wiretape.cassettes.model import Chunk, Timeline

TimeMap = Callable[[int], int]


def at_speed(timeline: Timeline, speed: float) -> Timeline:
    """Play `speed` times as fast: 2 halves every time, 0.5 doubles it.

    Raises ValueError unless speed is a number above 0.
    """
    if not speed > 0:
        raise ValueError(f"speed must be above 0, got {speed}")
    return _map_times(timeline, lambda at_ns: round(at_ns / speed))


def with_max_gap(timeline: Timeline, max_gap_ns: int) -> Timeline:
    """Shorten every silence of the response to at most `max_gap_ns`.

    Counted from the epoch over head, chunks and ending; what follows a shortened silence
    moves forward by as much. Raises ValueError where max_gap_ns is negative.
    """
    if max_gap_ns < 0:
        raise ValueError(f"the longest gap must not be negative, got {max_gap_ns} ns")
    moved: dict[int, int] = {}
    previous = elapsed = 0
    for at_ns in sorted(_response_times(timeline)):
        if at_ns > 0:
            elapsed += min(at_ns - previous, max_gap_ns)
            previous = at_ns
        moved[at_ns] = elapsed if at_ns > 0 else at_ns
    return _map_times(timeline, moved.__getitem__)


def instant(timeline: Timeline) -> Timeline:
    """Everything at once: every time of the response is 0."""
    return _map_times(timeline, lambda _: 0)


def _response_times(timeline: Timeline) -> set[int]:
    times = {chunk.at_ns for chunk in timeline.received}
    times.add(timeline.ending.at_ns)
    if timeline.head_ns is not None:
        times.add(timeline.head_ns)
    return times


def _map_times(timeline: Timeline, moved: TimeMap) -> Timeline:
    ending = timeline.ending
    return msgspec.structs.replace(
        timeline,
        head_ns=None if timeline.head_ns is None else moved(timeline.head_ns),
        received=tuple(Chunk(moved(chunk.at_ns), chunk.size) for chunk in timeline.received),
        ending=msgspec.structs.replace(ending, at_ns=moved(ending.at_ns)),
    )
