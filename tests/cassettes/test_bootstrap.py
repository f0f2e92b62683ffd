"""Bootstrap intervals: exact where that can be worked out, and as wide as they say."""

import math
from collections import Counter
from itertools import combinations, product
from random import Random
from statistics import median, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiretape.cassettes.bootstrap import (
    MOST_GROUPS,
    Interval,
    are_apart,
    dealt_differences,
    fewest_for,
    interval_of,
    mean_draws,
    median_draws,
    quantile_draws,
    quantile_interval,
    ranks,
)
from wiretape.cassettes.pace import percentile

VALUES = [1.0, 2.0, 4.0, 8.0, 16.0]


def shares(draws: list[float]) -> dict[float, float]:
    return {value: count / len(draws) for value, count in Counter(draws).items()}


def resampled(values: list[float], percent: float) -> dict[float, float]:
    """What every possible resample gives, each as likely as the next."""
    return shares(
        [percentile(sorted(one), percent) or 0 for one in product(values, repeat=len(values))]
    )


@pytest.mark.parametrize("percent", [5.0, 50.0, 80.0, 95.0])
def test_a_draw_is_the_quantile_of_a_resample(percent: float) -> None:
    drawn = shares(quantile_draws(VALUES, percent, Random(1), 20_000))
    exact = resampled(VALUES, percent)
    assert all(abs(drawn.get(value, 0) - exact[value]) < 0.015 for value in exact)


def test_a_draw_of_an_even_median_is_between_two() -> None:
    values = [1.0, 2.0, 4.0, 8.0]
    drawn = shares(median_draws(values, Random(1), 20_000))
    exact = shares([median(one) for one in product(values, repeat=4)])
    assert drawn.keys() == exact.keys()
    assert all(abs(drawn[value] - exact[value]) < 0.015 for value in exact)


def test_the_middle_of_the_draws() -> None:
    assert interval_of([float(n) for n in range(1, 1001)]) == Interval(26.0, 975.0)
    assert interval_of([7.0]) == Interval(7.0, 7.0)


def test_how_many_a_percentile_needs() -> None:
    assert (fewest_for(50), fewest_for(95), fewest_for(99)) == (6, 72, 368)
    assert fewest_for(5) == 72


def covered(size: int, percent: float, seed: int, tries: int = 400) -> float:
    """How often the interval of a sample holds the percentile that it was drawn from."""
    random = Random(seed)
    truth = {50: 0.0, 95: 1.6448536}[int(percent)]
    hits = 0
    for _ in range(tries):
        sample = sorted(math.exp(random.gauss(0, 1)) for _ in range(size))
        drawn = (
            median_draws(sample, random, 400)
            if percent == 50
            else quantile_draws(sample, percent, random, 400)
        )
        hits += quantile_interval(sample, drawn).holds(math.exp(truth))
    return hits / tries


@pytest.mark.parametrize(
    ("size", "percent"), [(5, 50), (8, 50), (20, 50), (100, 50), (72, 95), (200, 95)]
)
def test_an_interval_holds_the_truth_about_as_often_as_it_says(size: int, percent: float) -> None:
    """Seeded, so the same on every run."""
    assert 0.92 <= covered(size, percent, seed=7) <= 0.995


@pytest.mark.parametrize("sizes", [(5, 5), (7, 50), (20, 20)])
def test_two_samples_of_one_kind_rarely_differ(sizes: tuple[int, int]) -> None:
    random = Random(11)
    wrong = 0
    for _ in range(300):
        one, other = (
            median_draws(sorted(math.exp(random.gauss(0, 1)) for _ in range(size)), random, 400)
            for size in sizes
        )
        apart = [here - there for here, there in zip(one, other, strict=True)]
        wrong += not interval_of(apart).holds(0)
    assert wrong / 300 <= 0.08


def test_the_ends_of_a_quantile_go_to_the_next_value() -> None:
    assert quantile_interval(VALUES, [4.0, 8.0]) == Interval(2.0, 16.0)
    assert quantile_interval(VALUES, [1.0, 16.0]) == Interval(1.0, 16.0)
    assert quantile_interval(VALUES, [3.0, 6.0]) == Interval(2.0, 8.0)


def test_a_draw_of_a_mean_is_the_mean_of_a_resample() -> None:
    drawn = shares(mean_draws([1.0, 3.0, 5.0], Random(1), 20_000))
    exact = shares([sum(one) / 3 for one in product([1.0, 3.0, 5.0], repeat=3)])
    assert drawn.keys() == exact.keys()
    assert all(abs(drawn[value] - exact[value]) < 0.015 for value in exact)


def test_many_values_of_a_mean_are_put_into_groups() -> None:
    random = Random(3)
    values = [random.gauss(0, 1) for _ in range(5 * MOST_GROUPS)]
    ends = interval_of(mean_draws(values, Random(1)))
    assert ends.holds(sum(values) / len(values))
    # 1.96 standard errors to each side.
    assert 0.9 <= (ends.high - ends.low) / (2 * 1.96 / len(values) ** 0.5) <= 1.1
    random.shuffle(values)
    assert interval_of(mean_draws(values, Random(1))) == ends


def dealt(values: list[float], others: list[float]) -> dict[float, float]:
    """Differences of the means of every way to deal, each as likely as the next."""
    pool, size = [*values, *others], len(values)
    found = []
    for chosen in combinations(range(len(pool)), size):
        here = sum(pool[place] for place in chosen)
        found.append(round((sum(pool) - here) / len(others) - here / size, 9))
    return shares(found)


@pytest.mark.parametrize(
    ("values", "others"),
    [([0.0, 0.0], [0.0, 1.0, 3.0]), ([0.0, 1.0, 0.0, 3.0], [2.0]), ([1.0, 1.0], [1.0])],
)
def test_dealing_anew_is_every_way_to_deal(values: list[float], others: list[float]) -> None:
    drawn = shares([round(x, 9) for x in dealt_differences(values, others, Random(1), 20_000)])
    exact = dealt(values, others)
    assert drawn.keys() == exact.keys()
    assert all(abs(drawn[value] - exact[value]) < 0.015 for value in exact)


def test_ranks() -> None:
    assert ranks([3.0, 1.0], [3.0, 9.0, 0.0]) == ([2.0, 3.5], [1.0, 3.5, 5.0])
    assert are_apart([1.0, 2.0, 3.0, 4.0, 5.0], [6.0, 7.0, 8.0, 9.0, 10.0], Random(1))
    assert not are_apart([1.0, 2.0, 3.0, 7.0, 8.0], [4.0, 6.0, 5.0, 9.0, 10.0], Random(1))
    assert not are_apart([1.0] * 5, [1.0] * 40, Random(1))


@pytest.mark.parametrize("sizes", [(10, 900), (600, 500)])
def test_dealing_many_is_as_wide_as_dealing_each(sizes: tuple[int, int]) -> None:
    random = Random(3)
    one, other = ([random.expovariate(1) for _ in range(size)] for size in sizes)
    drawn = dealt_differences(one, other, Random(1))
    pool = [*one, *other]
    width = pstdev(pool) * math.sqrt(sum(sizes) ** 2 / (sizes[0] * sizes[1] * (sum(sizes) - 1)))
    assert abs(pstdev(drawn) / width - 1) < 0.05


@given(st.lists(st.floats(0, 1e12), min_size=1, max_size=40).map(sorted))
def test_every_draw_of_a_quantile_is_a_value(values: list[float]) -> None:
    assert set(quantile_draws(values, 95, Random(1), 20)) <= set(values)
    assert all(values[0] <= one <= values[-1] for one in median_draws(values, Random(1), 20))
