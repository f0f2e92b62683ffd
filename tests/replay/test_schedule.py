"""The schedule: order, absolute deadlines, one slice a wake, no drift."""

import pytest

from wiretape.replay.clock import ManualClock
from wiretape.replay.schedule import Schedule


class Script:
    """A stream that notes when it was woken and what it owed then."""

    def __init__(self, name: str, due_ns: list[int], log: list[tuple[str, int, int]]) -> None:
        self.name = name
        self.due_ns = due_ns
        self.position = 0
        self.log = log

    def write_due(self, now_ns: int) -> int | None:
        before = self.position
        while self.position < len(self.due_ns) and self.due_ns[self.position] <= now_ns:
            self.position += 1
        if self.position > before:
            self.log.append((self.name, now_ns, self.position - before))
        return self.due_ns[self.position] if self.position < len(self.due_ns) else None


class JumpingClock(ManualClock):
    """A manual clock whose calls come late by a fixed time, as a busy loop's do."""

    late_ns = 0

    def now(self) -> int:
        return super().now() + self.late_ns


@pytest.fixture
def log() -> list[tuple[str, int, int]]:
    return []


def test_streams_are_woken_in_the_order_of_their_times(log: list[tuple[str, int, int]]) -> None:
    clock = ManualClock()
    schedule = Schedule(clock)
    schedule.start(Script("a", [10, 40, 50], log))
    schedule.start(Script("b", [20, 30, 60], log))
    clock.advance(100)
    assert log == [
        ("a", 10, 1),
        ("b", 20, 1),
        ("b", 30, 1),
        ("a", 40, 1),
        ("a", 50, 1),
        ("b", 60, 1),
    ]
    assert len(schedule) == 0


def test_equal_times_keep_the_order_of_starting(log: list[tuple[str, int, int]]) -> None:
    clock = ManualClock()
    schedule = Schedule(clock)
    for name in "abc":
        schedule.start(Script(name, [10], log))
    clock.advance(10)
    assert [name for name, _, _ in log] == ["a", "b", "c"]


def test_what_is_due_goes_out_at_the_start(log: list[tuple[str, int, int]]) -> None:
    clock = ManualClock()
    clock.advance(25)
    schedule = Schedule(clock)
    schedule.start(Script("a", [10, 20, 30], log))
    assert log == [("a", 25, 2)]
    clock.advance(5)
    assert log[1:] == [("a", 30, 1)]


def test_a_later_start_with_an_earlier_time_moves_the_timer(
    log: list[tuple[str, int, int]],
) -> None:
    clock = ManualClock()
    schedule = Schedule(clock)
    schedule.start(Script("late", [100], log))
    schedule.start(Script("early", [10], log))
    clock.advance(10)
    assert log == [("early", 10, 1)]


def test_a_late_wake_coalesces_and_does_not_drift(log: list[tuple[str, int, int]]) -> None:
    clock = JumpingClock()
    schedule = Schedule(clock)
    schedule.start(Script("a", [10, 20, 30, 40, 100], log))
    clock.advance(10)
    clock.late_ns = 15  # from here every wake is 15 late
    clock.advance(10)
    assert log == [("a", 10, 1), ("a", 35, 2)]
    clock.late_ns = 0  # in time again: the deadlines never moved
    clock.advance(80)
    assert log[2:] == [("a", 40, 1), ("a", 100, 1)]
    kept = schedule.punctuality
    assert (kept.writes, kept.frames, kept.coalesced) == (4, 5, 1)
    assert (kept.late_ns, kept.latest_ns) == (15, 15)


def test_a_dropped_stream_is_not_woken(log: list[tuple[str, int, int]]) -> None:
    clock = ManualClock()
    schedule = Schedule(clock)
    gone, stays = Script("gone", [10], log), Script("stays", [20], log)
    schedule.start(gone)
    schedule.start(stays)
    schedule.drop(gone)
    schedule.drop(gone)
    assert len(schedule) == 1
    clock.advance(50)
    assert log == [("stays", 20, 1)]


def test_a_stream_started_again_is_woken_once_a_time(log: list[tuple[str, int, int]]) -> None:
    clock = ManualClock()
    schedule = Schedule(clock)
    stream = Script("a", [10, 20], log)
    schedule.start(stream)
    schedule.start(stream)
    clock.advance(20)
    assert log == [("a", 10, 1), ("a", 20, 1)]


def test_dropped_streams_do_not_pile_up(log: list[tuple[str, int, int]]) -> None:
    schedule = Schedule(ManualClock(), batch=10)
    for n in range(1000):
        stream = Script(str(n), [10**12], log)
        schedule.start(stream)
        schedule.drop(stream)
    assert len(schedule) == 0
    assert len(schedule._heap) <= 11


def test_the_loop_gets_a_turn_between_batches(log: list[tuple[str, int, int]]) -> None:
    clock = ManualClock()
    schedule = Schedule(clock, batch=3)
    for n in range(8):
        schedule.start(Script(str(n), [10], log))
    turns: list[int] = []
    # Asked for after the schedule's own timer, so made between its first batch and the next.
    clock.call_at(10, lambda: turns.append(len(log)))
    clock.advance(10)
    assert len(log) == 8
    assert turns == [3]


def test_a_stream_that_breaks_stops_only_itself(log: list[tuple[str, int, int]]) -> None:
    class Broken(Script):
        def write_due(self, now_ns: int) -> int | None:
            if now_ns:
                raise RuntimeError("broken")
            return 10

    clock = ManualClock()
    schedule = Schedule(clock)
    schedule.start(Broken("broken", [10], log))
    schedule.start(Script("whole", [10, 20], log))
    with pytest.raises(RuntimeError, match="broken"):
        clock.advance(10)
    clock.advance(10)
    assert log == [("whole", 10, 1), ("whole", 20, 1)]
