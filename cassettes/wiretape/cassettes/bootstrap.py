"""Bootstrap intervals: how far a number could have come out otherwise, had other interactions of
the same kind been recorded.

The percentile method (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13):
resample interactions with replacement, take the statistic again, and keep the middle 95% of what
comes. Every function is given its random numbers, so the same input gives the same interval. Pure;
knows numbers only.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from random import Random

import msgspec

CONFIDENCE = 0.95
REPLICATES = 2000
"""Resamples. The ends of an interval settle to about a hundredth of its width."""

FEWEST = 5
"""Interactions below which there is no interval: of four, none holds a median 95% of the time."""

MOST_GROUPS = 200
"""For a mean, more values than this are put into so many groups at random, and the groups resampled
(Wolter, Introduction to Variance Estimation, chapter 2, random groups)."""


class Interval(msgspec.Struct, frozen=True):
    """Both ends belong to it."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether the value is one of it."""
        return self.low <= value <= self.high


def interval_of(draws: Sequence[float]) -> Interval:
    """The middle of what resampling gave; at least one draw."""
    ordered = sorted(draws)
    left_out = int(len(ordered) * (1 - CONFIDENCE) / 2)
    return Interval(ordered[left_out], ordered[len(ordered) - 1 - left_out])


def quantile_interval(ordered: Sequence[float], draws: Sequence[float]) -> Interval:
    """The interval of a quantile of values in rising order: each end goes to the next value
    outside. A resample sees the distribution in steps of 1/n, and without this the interval of a
    small sample holds the truth 87% of the time (simulated; with it, 93% to 98%)."""
    middle = interval_of(draws)
    below, above = bisect_left(ordered, middle.low), bisect_right(ordered, middle.high)
    return Interval(ordered[max(0, below - 1)], ordered[min(len(ordered) - 1, above)])


def fewest_for(percent: float) -> int:
    """Of how many values a percentile can have an interval: with fewer, the greatest (or least) of
    them is more often than one time in 40 on the wrong side of it, and no interval between
    values has the confidence."""
    tail = max(percent, 100 - percent) / 100
    return max(FEWEST, math.ceil(math.log((1 - CONFIDENCE) / 2) / math.log(tail)))


def median_draws(ordered: Sequence[float], random: Random, count: int = REPLICATES) -> list[float]:
    """Medians of resamples of values in rising order; of an even number, the mean of the two in
    the middle."""
    size = len(ordered)
    if size % 2:
        return quantile_draws(ordered, 50, random, count)
    half = size // 2
    drawn = []
    for _ in range(count):
        lower = random.betavariate(half, half + 1)
        # The next order statistic above it: the least of the `half` that are left.
        upper = lower + (1 - lower) * (1 - random.random() ** (1 / half))
        drawn.append((_at(ordered, lower) + _at(ordered, upper)) / 2)
    return drawn


def quantile_draws(
    ordered: Sequence[float], percent: float, random: Random, count: int = REPLICATES
) -> list[float]:
    """Nearest-rank percentiles of resamples of values in rising order.

    No resample is made. Its k-th value is the one at place n * U, where U is the k-th of n
    uniform numbers in rising order, and that is distributed as Beta(k, n - k + 1): the very same
    distribution, in one draw instead of n.
    """
    size = len(ordered)
    rank = max(1, math.ceil(size * percent / 100))
    return [_at(ordered, random.betavariate(rank, size - rank + 1)) for _ in range(count)]


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def mean_draws(values: Sequence[float], random: Random, count: int = REPLICATES) -> list[float]:
    """Means of resamples of values, whose order is of no weight."""
    ordered = sorted(values)
    if len(ordered) > MOST_GROUPS:
        random.shuffle(ordered)
    groups = [
        (sum(one), len(one)) for start in range(MOST_GROUPS) if (one := ordered[start::MOST_GROUPS])
    ]
    drawn = []
    for _ in range(count):
        resample = random.choices(groups, k=len(groups))
        drawn.append(sum(total for total, _ in resample) / sum(size for _, size in resample))
    return drawn
