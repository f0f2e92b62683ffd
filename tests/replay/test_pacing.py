"""Pace to Timeline."""

import pytest

from tests.interactions import MS, make_interaction
from wiretape.replay.errors import BadPace
from wiretape.replay.pacing import RECORDED_PACE, Pace, paced

RECORDED = make_interaction([(10, b"a"), (510, b"b")], head_ms=4, end_ms=600).timeline


def times(pace: Pace) -> tuple[float, ...]:
    played = paced(RECORDED, pace)
    assert [chunk.size for chunk in played.received] == [1, 1]
    assert played.head_ns is not None
    arrived = (played.head_ns, *(chunk.at_ns for chunk in played.received), played.ending.at_ns)
    return tuple(at_ns / MS for at_ns in arrived)


def test_the_recorded_pace_is_the_recording() -> None:
    assert paced(RECORDED, RECORDED_PACE) is RECORDED


def test_speed() -> None:
    assert times(Pace(speed=2)) == (2, 5, 255, 300)
    assert times(Pace(speed=0.5)) == (8, 20, 1020, 1200)


def test_instant_goes_before_the_rest() -> None:
    assert times(Pace(speed=0.5, max_gap_ns=MS, instant=True)) == (0, 0, 0, 0)


def test_the_longest_gap_is_one_of_the_recording() -> None:
    assert times(Pace(max_gap_ns=100 * MS)) == (4, 10, 110, 200)
    assert times(Pace(speed=2, max_gap_ns=100 * MS)) == (2, 5, 55, 100)


@pytest.mark.parametrize("speed", [0, -1, float("nan"), float("inf")])
def test_a_speed_that_is_none(speed: float) -> None:
    with pytest.raises(BadPace, match="the speed must be a number above 0"):
        Pace(speed=speed)


def test_a_gap_that_is_none() -> None:
    with pytest.raises(BadPace, match="the longest gap must not be negative"):
        Pace(max_gap_ns=-1)
