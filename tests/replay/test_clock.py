"""The clocks: order, absolute deadlines, cancelling."""

import asyncio
from collections.abc import Callable

import pytest

from tests.interactions import MS
from wiretape.replay.clock import ManualClock, MonotonicClock
from wiretape.replay.timerfd import open_alarm


def test_manual_clock_calls_in_order_at_their_times() -> None:
    clock = ManualClock()
    calls: list[tuple[str, int]] = []

    def call(name: str) -> Callable[[], None]:
        return lambda: calls.append((name, clock.now()))

    clock.call_at(30, call("c"))
    clock.call_at(10, call("a"))
    clock.call_at(10, call("b"))
    clock.advance(9)
    assert calls == []
    clock.advance(1)
    assert calls == [("a", 10), ("b", 10)]
    clock.advance(100)
    assert calls[2:] == [("c", 30)]
    assert clock.now() == 110


def test_manual_clock_makes_calls_asked_for_meanwhile() -> None:
    clock = ManualClock()
    times: list[int] = []

    def again() -> None:
        times.append(clock.now())
        if len(times) < 4:
            clock.call_at(clock.now() + 10, again)

    clock.call_at(10, again)
    clock.advance(30)
    assert times == [10, 20, 30]


def test_manual_clock_does_not_go_back() -> None:
    clock = ManualClock()
    with pytest.raises(ValueError, match="time does not go back"):
        clock.advance(-1)


def test_a_deadline_in_the_past_is_called_at_the_present() -> None:
    clock = ManualClock()
    clock.advance(100)
    times: list[int] = []
    clock.call_at(5, lambda: times.append(clock.now()))
    assert times == []
    clock.advance(0)
    assert times == [100]


def test_cancelled_by_an_earlier_call_of_the_same_time() -> None:
    clock = ManualClock()
    calls: list[str] = []
    clock.call_at(10, lambda: second.cancel())
    second = clock.call_at(10, lambda: calls.append("second"))
    clock.advance(10)
    assert calls == []


@pytest.mark.parametrize("timerfd", [True, False])
async def test_monotonic_clock_is_never_early_and_keeps_the_order(timerfd: bool) -> None:
    clock = MonotonicClock(timerfd=timerfd)
    done = asyncio.Event()
    calls: list[tuple[str, bool]] = []
    start = clock.now()

    def call(name: str, after_ns: int) -> None:
        def made() -> None:
            calls.append((name, clock.now() >= start + after_ns))
            if name == "last":
                done.set()

        clock.call_at(start + after_ns, made)

    call("last", 3 * MS)
    call("first", MS)
    call("past", -MS)
    clock.call_at(start + 2 * MS, lambda: calls.append(("cancelled", False))).cancel()
    await done.wait()
    assert calls == [("past", True), ("first", True), ("last", True)]
    clock.close()


@pytest.mark.parametrize("timerfd", [True, False])
async def test_an_earlier_call_does_not_wait_for_a_later_one(timerfd: bool) -> None:
    clock = MonotonicClock(timerfd=timerfd)
    done = asyncio.Event()
    clock.call_at(clock.now() + 3_600_000 * MS, done.clear)
    clock.call_at(clock.now() + MS, done.set)
    await done.wait()
    clock.close()


async def test_a_closed_clock_calls_nobody_and_can_be_used_again() -> None:
    clock = MonotonicClock()
    calls: list[str] = []
    clock.call_at(clock.now(), lambda: calls.append("forgotten"))
    clock.close()
    done = asyncio.Event()
    clock.call_at(clock.now(), done.set)
    await done.wait()
    assert calls == []
    clock.close()


async def test_a_loop_that_watches_no_descriptors_is_asked_instead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr(asyncio.get_running_loop(), "add_reader", refuse)
    clock = MonotonicClock()
    done = asyncio.Event()
    clock.call_at(clock.now() + MS, done.set)
    await done.wait()
    clock.close()


def test_an_alarm_set_to_the_past_rings() -> None:
    alarm = open_alarm()
    if alarm is None:
        return  # not Linux
    alarm.acknowledge()
    alarm.set(-1)
    alarm.acknowledge()
    alarm.close()
