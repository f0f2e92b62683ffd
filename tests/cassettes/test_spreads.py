"""Sides of many interactions: exact numbers, verdicts, and what leaves them as they are."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.cassettes.test_measuring import TOLD
from tests.interactions import MS
from wiretape.cassettes import spreads
from wiretape.cassettes.bootstrap import Interval
from wiretape.cassettes.measuring import Tokens
from wiretape.cassettes.spreads import (
    MEASURES,
    Distribution,
    Estimate,
    Observed,
    SideSpread,
    compare_spreads,
    tail_hint,
)


def observed(ttft_ms: float, gaps_ms: Sequence[float] = (), output: int | None = 10) -> Observed:
    gaps = tuple(round(gap * MS) for gap in gaps_ms)
    first = round(ttft_ms * MS)
    pace = replace(
        TOLD.pace,
        ttft_ns=first,
        visible_ttft_ns=None,
        gaps=len(gaps),
        stalls=sum(gap > 1000 * MS for gap in gaps),
        end_ns=first + sum(gaps),
        decode_tokens_s=None,
        e2e_tokens_s=100.0,
    )
    return Observed(replace(TOLD, pace=pace, tokens=Tokens(output=output)), gaps)


def of(side: SideSpread, measure: str) -> Distribution:
    return next(one for one in side.distributions if one.measure == measure)


SLOW = [observed(100 + n, [10, 20, 30]) for n in range(12)]
FAST = [observed(50 + n, [10, 20, 30]) for n in range(10)]


def test_the_numbers() -> None:
    slow, fast = compare_spreads({"a": SLOW, "b": FAST})
    ttft = of(slow, "ttft_ns")
    assert (ttft.interactions, ttft.values, ttft.shift) == (12, 12, None)
    assert ttft.p50 is not None
    assert ttft.p95 is not None
    assert ttft.p99 is not None
    assert (ttft.p50.value, ttft.p95.value, ttft.p99.value) == (105.5 * MS, 111 * MS, 111 * MS)
    assert ttft.p50.interval is not None
    assert ttft.p50.interval.low < 105.5 * MS < ttft.p50.interval.high
    assert (ttft.p95.interval, ttft.p99.interval) == (None, None)
    gaps = of(slow, "gap_ns")
    assert (gaps.interactions, gaps.values) == (12, 36)
    assert gaps.p50 is not None
    assert (gaps.p50.value, gaps.p50.interval) == (20 * MS, Interval(20 * MS, 20 * MS))
    assert gaps.p95 == Estimate(30 * MS, Interval(30 * MS, 30 * MS))
    shift = of(fast, "ttft_ns").shift
    assert shift is not None
    assert (shift.difference, shift.verdict, shift.words) == (-51 * MS, "faster", "faster")
    assert shift.ratio == 54.5 / 105.5
    assert shift.ratio_interval is not None
    assert shift.ratio_interval.high < 1


def test_the_other_way_round() -> None:
    _, slow = compare_spreads({"b": FAST, "a": SLOW})
    shift = of(slow, "ttft_ns").shift
    assert shift is not None
    assert (shift.verdict, shift.difference) == ("slower", 51 * MS)


def test_more_tokens_a_second_is_faster() -> None:
    quick = [
        replace(
            one, measured=replace(one.measured, pace=replace(one.measured.pace, e2e_tokens_s=r))
        )
        for one, r in zip(SLOW, range(200, 212), strict=True)
    ]
    _, side = compare_spreads({"a": SLOW, "b": quick})
    shift = of(side, "e2e_tokens_s").shift
    assert shift is not None
    assert shift.verdict == "faster"


def test_stalls_are_compared_by_their_mean() -> None:
    stalling = [observed(100, [10, 1500] if n % 2 else [10, 20]) for n in range(20)]
    _, side = compare_spreads({"a": SLOW, "b": stalling})
    one = of(side, "stalls")
    assert one.p50 is not None
    assert one.mean is not None
    assert one.shift is not None
    assert (one.p50.value, one.mean.value) == (0.5, 0.5)
    assert one.mean.interval is not None
    assert (one.shift.verdict, one.shift.difference, one.shift.ratio) == ("more", 0.5, None)


def test_too_few_have_no_interval() -> None:
    _, side = compare_spreads({"a": SLOW, "b": FAST[:4]})
    one = of(side, "ttft_ns")
    assert one.p50 is not None
    assert one.shift is not None
    assert (one.p50.interval, one.shift.verdict) == (None, "too few")
    assert one.shift.words == "12 and 4 interactions are too few to tell: 5 a side are needed"
    assert (one.shift.difference_interval, one.shift.ratio_interval) == (None, None)


def test_no_difference_is_said_of_these_interactions() -> None:
    _, side = compare_spreads({"a": SLOW, "b": SLOW[1:]})
    shift = of(side, "ttft_ns").shift
    assert shift is not None
    assert shift.words == "no difference that these 12 and 11 interactions can show"


def test_failures_are_counted_and_left_out() -> None:
    failed = Observed(replace(TOLD, finish="error"), ())
    whole = Observed(replace(FAST[0].measured, streamed=False), ())
    (side,) = compare_spreads({"b": [*FAST, failed, whole]})
    assert (side.interactions, side.failed, side.unstreamed) == (12, 1, 1)
    assert of(side, "ttft_ns").values == 11


def test_what_holds_no_answer_is_counted_and_left_out() -> None:
    nothing = Observed(observed(1).measured, (), answered=False)
    (side,) = compare_spreads({"b": [*FAST, *[nothing] * 30]})
    assert (side.interactions, side.failed, side.unanswered) == (40, 0, 30)
    assert of(side, "ttft_ns").values == 10


def test_what_nobody_has() -> None:
    sides = compare_spreads({"a": SLOW, "b": []})
    assert all(of(side, "visible_ttft_ns").p50 is None for side in sides)
    assert all(one.shift is None for one in sides[1].distributions)
    assert compare_spreads({}) == ()


NOTHING_ELSE = replace(
    observed(0, output=None).measured,
    pace=replace(observed(0).measured.pace, ttft_ns=None, gaps=0, end_ns=None, e2e_tokens_s=None),
)


def streams(count: int, random: Random) -> list[Observed]:
    """Gaps alone, of streams that are slow or fast as a whole; 20 each, around 20 ms."""
    paces = [20 * MS * random.lognormvariate(0, 0.4) for _ in range(count)]
    return [
        Observed(
            NOTHING_ELSE, tuple(round(pace * random.lognormvariate(0, 0.3)) for _ in range(20))
        )
        for pace in paces
    ]


@pytest.mark.parametrize("count", [5, 20])
def test_intervals_of_gaps_hold_the_truth_as_often_as_they_say(count: int) -> None:
    """Seeded, so the same on every run."""
    random = Random(5)
    (all_of_them,) = compare_spreads({"": streams(1500, random)})
    truth = of(all_of_them, "gap_ns")
    tries, held, told = 40, Counter[str](), 0
    for _ in range(tries):
        one, other = compare_spreads({"a": streams(count, random), "b": streams(count, random)})
        for name in ("p50", "p95", "p99"):
            interval = getattr(of(one, "gap_ns"), name).interval
            held[name] += interval.holds(getattr(truth, name).value)
        shift = of(other, "gap_ns").shift
        told += shift is not None and shift.verdict != "no difference"
    assert min(held.values()) / tries >= 0.9
    assert told / tries <= 0.07


def many(count: int, random: Random) -> list[Observed]:
    """Sides of one kind: stalls in few interactions and then some together, times with a long
    tail, and tokens of a few values."""
    made = []
    for _ in range(count):
        stalls = random.choice([1, 1, 3]) if random.random() < 0.15 else 0
        gaps = [1500.0] * stalls or [20.0]
        output = random.choice([10, 12, 12, 14])
        made.append(observed(100 * random.lognormvariate(0, 0.5), gaps, output))
    return made


@pytest.mark.parametrize("sizes", [(8, 8), (5, 40), (40, 5), (10, 100)])
def test_sides_of_one_kind_are_rarely_told_apart(
    sizes: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seeded, so the same on every run."""
    measured = ("ttft_ns", "stalls", "output_tokens")
    monkeypatch.setattr(spreads, "MEASURES", [one for one in MEASURES if one.name in measured])
    for name in ("median_draws", "quantile_draws", "mean_draws", "dealt_differences", "are_apart"):
        monkeypatch.setattr(spreads, name, partial(getattr(spreads, name), count=400))
    random = Random(f"{sizes}")
    tries, told = 100, Counter[str]()
    for seed in range(tries):
        one, other = (many(size, random) for size in sizes)
        _, side = compare_spreads({"a": one, "b": other}, seed=seed)
        for each in side.distributions:
            told[each.measure] += each.shift is not None and each.shift.verdict != "no difference"
    assert max(told.values(), default=0) / tries <= 0.07


def test_stalls_that_are_more_are_found() -> None:
    none = [observed(100, [20])] * 40
    some = [observed(100, [1500] if n % 4 == 0 else [20]) for n in range(40)]
    _, side = compare_spreads({"a": none, "b": some})
    shift = of(side, "stalls").shift
    assert shift is not None
    assert (shift.verdict, shift.difference, shift.ratio_interval) == ("more", 0.25, None)
    assert shift.difference_interval is not None
    assert 0 < shift.difference_interval.low < 0.25 < shift.difference_interval.high
    _, side = compare_spreads({"a": none[:5], "b": some})
    few = of(side, "stalls")
    assert few.shift is not None
    assert few.shift.verdict == "no difference"
    (alone,) = compare_spreads({"a": none})
    assert of(alone, "stalls").mean == Estimate(0, None)


def test_one_interaction_with_many_gaps_does_not_speak_for_the_others() -> None:
    (side,) = compare_spreads({"a": [*SLOW, observed(100, [500] * 1000)]})
    gaps = of(side, "gap_ns")
    assert gaps.p50 is not None
    assert gaps.p50.value == 20 * MS
    (few,) = compare_spreads({"a": [observed(100, [20] * 1000)] * 4})
    assert of(few, "gap_ns").p95 == Estimate(20 * MS, None)


@pytest.mark.parametrize("seed", range(3))
def test_the_same_again(seed: int) -> None:
    sides = {"a": SLOW, "b": FAST}
    assert compare_spreads(sides, seed=seed) == compare_spreads(sides, seed=seed)


_observed = st.builds(
    observed,
    st.floats(1, 2000),
    st.lists(st.floats(1, 1500), max_size=6),
    st.none() | st.integers(1, 500),
)
_sides = st.lists(_observed, max_size=12)


@settings(max_examples=15, deadline=None)
@given(_sides, _sides, st.randoms(use_true_random=False))
def test_the_order_of_interactions_is_of_no_weight(
    a: list[Observed], b: list[Observed], shuffling: Random
) -> None:
    other = [*b]
    shuffling.shuffle(other)
    assert compare_spreads({"a": a, "b": b}) == compare_spreads({"a": a, "b": other})


@settings(max_examples=15, deadline=None)
@given(_sides)
def test_a_side_does_not_differ_from_itself(seen: list[Observed]) -> None:
    _, again = compare_spreads({"a": seen, "b": seen})
    for one in again.distributions:
        if one.shift is not None:
            assert one.shift.verdict in ("no difference", "too few")
            assert one.shift.difference == 0


def test_every_measure_is_told() -> None:
    (side,) = compare_spreads({"a": SLOW})
    assert [one.measure for one in side.distributions] == [one.name for one in MEASURES]


def test_medians_that_are_far_apart_are_not_called_the_same() -> None:
    gaps = [observed(1, [20]) for _ in range(19)] + [observed(1, [1500]) for _ in range(21)]
    mixed = [observed(1, [20]) for _ in range(21)] + [observed(1, [1500]) for _ in range(19)]
    shift = of(compare_spreads({"a": mixed, "b": gaps})[1], "gap_ns").shift
    assert shift is not None
    assert (shift.verdict, shift.ratio) == ("no difference", 75)
    words = "not sure: the medians of these 40 and 40 interactions differ, which can be chance"
    assert shift.words == words


def test_a_slower_half_is_a_hint_and_no_verdict() -> None:
    even = [observed(100 + n) for n in range(41)]
    late = [observed(100 + n if n < 22 else 1000 + n) for n in range(41)]
    slower = of(compare_spreads({"a": even, "b": late})[1], "ttft_ns").shift
    assert slower is not None
    assert (slower.verdict, slower.hint) == (
        "no difference",
        "its slower half is slower: p75, 7.92 times",
    )
    faster = of(compare_spreads({"b": late, "a": even})[1], "ttft_ns").shift
    assert faster is not None
    assert faster.hint == "its slower half is faster: p75, 0.13 times"


def test_hints_are_rare_where_there_is_nothing() -> None:
    random = Random(7)
    hints = 0
    for _ in range(100):
        sides = [sorted(random.lognormvariate(5, 0.5) for _ in range(40)) for _ in range(2)]
        hints += bool(tail_hint(MEASURES[0], *sides))
    assert hints <= 5
