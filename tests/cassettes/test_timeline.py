"""Speed and gaps are pure functions of the timeline."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.interactions import MS, make_interaction
from wiretape.cassettes.model import Timeline
from wiretape.cassettes.timeline import at_speed, instant, with_max_gap

TIMELINE = make_interaction(
    [(100, b"a"), (150, b"b"), (1150, b"c")], head_ms=90, end_ms=1200
).timeline


def times(timeline: Timeline) -> list[float]:
    """Milliseconds of head, chunks and ending."""
    assert timeline.head_ns is not None
    at_ns = [timeline.head_ns, *(chunk.at_ns for chunk in timeline.received)]
    return [at / MS for at in (*at_ns, timeline.ending.at_ns)]


def test_speed_divides_every_time() -> None:
    assert times(TIMELINE) == [90, 100, 150, 1150, 1200]
    assert times(at_speed(TIMELINE, 2)) == [45, 50, 75, 575, 600]
    assert times(at_speed(TIMELINE, 0.5)) == [180, 200, 300, 2300, 2400]
    assert at_speed(TIMELINE, 1) == TIMELINE


@pytest.mark.parametrize("speed", [0, -1, float("nan")])
def test_a_speed_must_be_above_zero(speed: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        at_speed(TIMELINE, speed)


def test_a_gap_is_shortened_and_what_follows_moves_forward() -> None:
    assert times(with_max_gap(TIMELINE, 60 * MS)) == [60, 70, 120, 180, 230]
    assert times(with_max_gap(TIMELINE, 1000 * MS)) == times(TIMELINE)
    assert times(with_max_gap(TIMELINE, 0)) == [0, 0, 0, 0, 0]
    with pytest.raises(ValueError, match="negative"):
        with_max_gap(TIMELINE, -1)


def test_a_response_before_the_epoch_stays_there() -> None:
    early = make_interaction([(-20, b"a"), (30, b"b")], head_ms=-30, end_ms=80).timeline
    assert times(with_max_gap(early, 10 * MS)) == [-30, -20, 10, 20]


def test_instant_is_all_at_once() -> None:
    assert times(instant(TIMELINE)) == [0, 0, 0, 0, 0]


def test_the_request_keeps_its_times() -> None:
    for changed in (at_speed(TIMELINE, 3), with_max_gap(TIMELINE, 5), instant(TIMELINE)):
        assert changed.sent == TIMELINE.sent


@given(
    gaps=st.lists(st.integers(0, 10**12), min_size=1, max_size=30),
    longest=st.integers(0, 10**12),
)
def test_no_gap_is_longer_than_asked_and_none_grows(gaps: list[int], longest: int) -> None:
    at, pieces = 0, []
    for gap in gaps:
        at += gap
        pieces.append((at / MS, b"x"))
    before = make_interaction(pieces, head_ms=0).timeline
    after = with_max_gap(before, longest)
    then = [chunk.at_ns for chunk in before.received]
    now = [chunk.at_ns for chunk in after.received]
    for old, new in zip(pairwise(then), pairwise(now), strict=True):
        assert new[1] - new[0] == min(old[1] - old[0], longest)
