"""How fast a recording is played: a Pace, and the Timeline it makes of a recorded one.

Pure. Knows the timeline's transforms; the server knows only the timeline that comes out.
"""

import math

import msgspec

from wiretape.cassettes.model import Timeline
from wiretape.cassettes.timeline import at_speed, instant, with_max_gap
from wiretape.replay.errors import BadPace


class Pace(msgspec.Struct, frozen=True):
    """The recorded pace by default. Raises BadPace where a value is no pace."""

    speed: float = 1.0
    """2 is twice as fast, 0.5 half as fast."""
    max_gap_ns: int | None = None
    """The longest silence, in nanoseconds of the recording (before `speed` is applied)."""
    instant: bool = False
    """Everything at once, whatever the other two say."""

    def __post_init__(self) -> None:
        if not (self.speed > 0 and math.isfinite(self.speed)):
            raise BadPace(f"the speed must be a number above 0, got {self.speed}")
        if self.max_gap_ns is not None and self.max_gap_ns < 0:
            raise BadPace(f"the longest gap must not be negative, got {self.max_gap_ns} ns")


RECORDED_PACE = Pace()


def paced(timeline: Timeline, pace: Pace) -> Timeline:
    """The timeline as `pace` plays it."""
    if pace.instant:
        return instant(timeline)
    if pace.max_gap_ns is not None:
        timeline = with_max_gap(timeline, pace.max_gap_ns)
    return timeline if pace.speed == 1 else at_speed(timeline, pace.speed)
