"""Pace and usage of many interactions as distributions, and whether two sides of them differ.

An answer that failed is left out of every distribution and counted, and so is a response that
holds no answer: both come fast. Knows what is measured of interactions, and resampling. Pure, and
the same for the same input in any order.
"""

from collections.abc import Iterable, Mapping, Sequence
from random import Random
from statistics import fmean, median
from typing import Literal

import msgspec

from wiretape.cassettes.bootstrap import (
    FEWEST,
    Interval,
    are_apart,
    dealt_differences,
    difference_interval,
    fewest_for,
    interval_of,
    mean_draws,
    median_draws,
    quantile_draws,
    quantile_interval,
)
from wiretape.cassettes.dialects.answer import Choice
from wiretape.cassettes.meaning import Meaning
from wiretape.cassettes.measuring import Measured, measure
from wiretape.cassettes.model import Interaction
from wiretape.cassettes.pace import gaps_of, percentile

SEED = 0
PERCENTS = (50.0, 95.0, 99.0)


class Observed(msgspec.Struct, frozen=True):
    """One interaction of a side."""

    measured: Measured
    gaps: tuple[int, ...]
    """Silences in nanoseconds."""
    answered: bool = True
    """Whether it holds an answer, to its end."""


def observe(interaction: Interaction, meaning: Meaning) -> Observed:
    """What a comparison wants to know of an interaction that has been read."""
    timed = interaction.timeline.timing == "reads"
    gaps = gaps_of(meaning.deltas) if timed else ()
    return Observed(measure(interaction, meaning), tuple(gaps), is_answered(meaning))


def is_answered(meaning: Meaning) -> bool:
    """Whether a response holds an answer, and all of it: a redirect, a list of models, an empty
    body or half a stream does not."""
    choices = meaning.answer.choices
    whole = meaning.answer.ended or any(choice.finish for choice in choices)
    return whole and any(map(_says_something, choices))


def _says_something(choice: Choice) -> bool:
    said = (choice.finish, choice.texts, choice.reasoning, choice.opaque, choice.tool_calls)
    return any((*said, choice.refusal, choice.media, choice.transcripts))


MeasureName = Literal[
    "ttft_ns",
    "visible_ttft_ns",
    "gap_ns",
    "decode_tokens_s",
    "e2e_tokens_s",
    "stalls",
    "end_ns",
    "output_tokens",
]
Verdict = Literal["faster", "slower", "fewer", "more", "no difference", "too few"]


class Measure(msgspec.Struct, frozen=True):
    """One thing that is compared."""

    name: MeasureName
    less: Verdict
    """What a side is that has less of it than the first."""
    more: Verdict
    centre: Literal["median", "mean"] = "median"
    """What is compared: of stalls the mean, since most interactions have none."""


MEASURES = (
    Measure("ttft_ns", "faster", "slower"),
    Measure("visible_ttft_ns", "faster", "slower"),
    Measure("gap_ns", "faster", "slower"),
    Measure("decode_tokens_s", "slower", "faster"),
    Measure("e2e_tokens_s", "slower", "faster"),
    Measure("stalls", "fewer", "more", "mean"),
    Measure("end_ns", "faster", "slower"),
    Measure("output_tokens", "fewer", "more"),
)


class Estimate(msgspec.Struct, frozen=True):
    """A number, and between what it may be; no interval where there is too little to tell."""

    value: float
    interval: Interval | None


class Shift(msgspec.Struct, frozen=True):
    """A side's centre against the first side's."""

    difference: float
    """This side's less the first side's."""
    difference_interval: Interval | None
    ratio: float | None
    """This side's by the first side's; None where that is 0."""
    ratio_interval: Interval | None
    """None also where the first side's may be 0."""
    verdict: Verdict
    words: str
    hint: str = ""
    """Where the centres do not differ, but p75 (of rates, p25) or p95 clearly does; no verdict."""


class Distribution(msgspec.Struct, frozen=True):
    """One measure of one side."""

    measure: MeasureName
    interactions: int
    """Those that have it."""
    values: int
    """The same, but of `gap_ns`: the gaps of all interactions."""
    p50: Estimate | None
    """None where there is no value. Of an even number of interactions, the mean of the two in the
    middle; at p95 and p99, the nearest rank. Of gaps, p50, p95 and p99 are each taken of every
    interaction by itself, and this is the median of those."""
    p95: Estimate | None
    p99: Estimate | None
    mean: Estimate | None
    """With an interval only of `stalls`."""
    shift: Shift | None
    """None on the first side."""


class SideSpread(msgspec.Struct, frozen=True):
    """One side."""

    label: str
    interactions: int
    failed: int
    """Answers that were errors or broke off; in no distribution."""
    unanswered: int
    """Responses without an error that hold no answer, or not its end; in no distribution."""
    unstreamed: int
    """Answers that came whole: their first token is their last."""
    distributions: tuple[Distribution, ...]


def compare_spreads(
    sides: Mapping[str, Iterable[Observed]], *, seed: int = SEED
) -> tuple[SideSpread, ...]:
    """The distributions of each side, by its label; each but the first against the first."""
    first: dict[MeasureName, _Spread] = {}
    compared = []
    for place, (label, seen) in enumerate(sides.items()):
        observed = list(seen)
        whole = [one for one in observed if one.measured.finish != "error"]
        kept = [one for one in whole if one.answered]
        spreads = {
            one.name: _spread(one, kept, Random(f"{seed} {place}"))  # noqa: S311
            for one in MEASURES
        }
        first = first or spreads
        against = first if place else {}
        dealing = Random(f"{seed} {place} dealt")  # noqa: S311
        compared.append(
            SideSpread(
                label,
                len(observed),
                len(observed) - len(whole),
                len(whole) - len(kept),
                sum(not one.measured.streamed for one in kept),
                tuple(
                    _distribution(one, spreads[one.name], against.get(one.name), dealing)
                    for one in MEASURES
                ),
            )
        )
    return tuple(compared)


class _Spread(msgspec.Struct, frozen=True):
    """A measure of a side, with the draws of its centre."""

    interactions: int
    values: int
    quantiles: tuple[Estimate, ...]
    mean: Estimate | None
    centre: float | None
    draws: Sequence[float]
    """Of a median; none of a mean."""
    ordered: Sequence[float]
    """The values whose centre it is, in rising order."""


def _spread(one: Measure, kept: Sequence[Observed], random: Random) -> _Spread:
    if one.name == "gap_ns":
        return _of_gaps([item.gaps for item in kept if item.gaps], random)
    ordered = sorted(v for item in kept if (v := _value(one.name, item.measured)) is not None)
    if not ordered:
        return _Spread(0, 0, (), None, None, (), ())
    draws = [
        median_draws(ordered, random),
        *(quantile_draws(ordered, percent, random) for percent in PERCENTS[1:]),
    ]
    values = (median(ordered), *(_rank(ordered, percent) for percent in PERCENTS[1:]))
    size = len(ordered)
    mean = Estimate(fmean(ordered), None)
    quantiles = tuple(
        _estimate(value, ordered, drawn, FEWEST if percent == PERCENTS[0] else fewest_for(percent))
        for percent, value, drawn in zip(PERCENTS, values, draws, strict=True)
    )
    if one.centre == "median":
        return _Spread(size, size, quantiles, mean, values[0], draws[0], ordered)
    # Of values that are all alike, resampling cannot tell how far the mean may be off.
    told = size >= FEWEST and ordered[0] != ordered[-1]
    mean = Estimate(mean.value, interval_of(mean_draws(ordered, random)) if told else None)
    return _Spread(size, size, quantiles, mean, mean.value, (), ordered)


def _of_gaps(gaps: Sequence[Sequence[int]], random: Random) -> _Spread:
    """Percentiles of each interaction's gaps, and their medians: interactions are independent of
    one another, the gaps of one are not, and there are too few of the first to resample a tail of
    all gaps together."""
    if not gaps:
        return _Spread(0, 0, (), None, None, (), ())
    each = [sorted(one) for one in gaps]
    columns = [sorted(_rank(one, percent) for one in each) for percent in PERCENTS]
    draws = [median_draws(column, random) for column in columns]
    quantiles = tuple(
        _estimate(median(column), column, drawn, FEWEST)
        for column, drawn in zip(columns, draws, strict=True)
    )
    mean = Estimate(fmean(gap for one in each for gap in one), None)
    size = sum(map(len, each))
    return _Spread(len(each), size, quantiles, mean, quantiles[0].value, draws[0], columns[0])


def _estimate(
    value: float, ordered: Sequence[float], draws: Sequence[float], fewest: int
) -> Estimate:
    """With its interval where there are enough values to have one."""
    return Estimate(value, quantile_interval(ordered, draws) if len(ordered) >= fewest else None)


def _value(name: MeasureName, measured: Measured) -> float | None:
    if name == "output_tokens":
        return measured.tokens.output
    if name == "stalls":
        return measured.pace.stalls if measured.pace.gaps else None
    value: float | None = getattr(measured.pace, name)
    return value


def _rank(ordered: Sequence[float], percent: float) -> float:
    value = percentile(ordered, percent)
    assert value is not None
    return value


def _distribution(
    one: Measure, spread: _Spread, first: _Spread | None, random: Random
) -> Distribution:
    p50, p95, p99 = spread.quantiles or (None, None, None)
    return Distribution(
        one.name,
        spread.interactions,
        spread.values,
        p50,
        p95,
        p99,
        spread.mean,
        None if first is None else _shift(one, spread, first, random),
    )


def _shift(one: Measure, spread: _Spread, first: _Spread, random: Random) -> Shift | None:
    """None where a side has no such value at all."""
    if spread.centre is None or first.centre is None:
        return None
    difference = spread.centre - first.centre
    ratio = spread.centre / first.centre if first.centre else None
    counts = f"{first.interactions:,} and {spread.interactions:,} interactions"
    if min(spread.interactions, first.interactions) < FEWEST:
        words = f"{counts} are too few to tell: {FEWEST} a side are needed"
        return Shift(difference, None, ratio, None, "too few", words)
    apart, ratios, ranks_agree = _apart(one, spread, first, difference, random)
    if not apart.holds(0):
        verdict = one.less if apart.high < 0 else one.more
        return Shift(difference, apart, ratio, ratios, verdict, verdict)
    words = f"no difference that these {counts} can show"
    if not ranks_agree or (ratio and not 1 / FAR < ratio < FAR):
        words = f"not sure: the medians of these {counts} differ, which can be chance"
    hint = tail_hint(one, first.ordered, spread.ordered)
    return Shift(difference, apart, ratio, ratios, "no difference", words, hint)


FAR = 1.5
"""Times as much at which a median that may differ by chance is not called the same."""

CLEARLY = 0.99
"""How sure a hint is: there are many of them."""


def tail_hint(one: Measure, here: Sequence[float], there: Sequence[float]) -> str:
    """Whether the slower half is slower or faster, although the medians do not differ: of times
    the upper quartile or p95, of rates the lower quartile or p5."""
    if "slower" not in (one.less, one.more):
        return ""
    for percent in (75.0, 95.0) if one.more == "slower" else (25.0, 5.0):
        if min(len(here), len(there)) < fewest_for(percent):
            continue
        random = Random(f"{SEED} {percent}")  # noqa: S311
        draws = [quantile_draws(side, percent, random) for side in (here, there)]
        apart = sorted(b - a for a, b in zip(*draws, strict=True))
        left_out = int(len(apart) * (1 - CLEARLY) / 2)
        if apart[left_out] > 0 or apart[-1 - left_out] < 0:
            old, new = (_rank(side, percent) for side in (here, there))
            times = f", {new / old:.2f} times" if old else ""
            how = one.more if apart[left_out] > 0 else one.less
            return f"its slower half is {how}: p{percent:.0f}{times}"
    return ""


def _apart(
    one: Measure, spread: _Spread, first: _Spread, difference: float, random: Random
) -> tuple[Interval, Interval | None, bool]:
    """The intervals of the difference and of the ratio, and whether the ranks say the same as
    the medians. Of means, whose values may be mostly zero, the difference alone: a side of
    zeros alone, resampled, would be certain of itself. Of medians of few values the bootstrap
    leaves out zero too often: it is one of those that may be where the ranks of both sides are
    not apart."""
    here, there = first.ordered, spread.ordered
    if one.centre == "mean":
        return difference_interval(difference, dealt_differences(here, there, random)), None, True
    pairs = list(zip(spread.draws, first.draws, strict=True))
    apart = interval_of([ours - theirs for ours, theirs in pairs])
    ratios = interval_of([ours / theirs for ours, theirs in pairs]) if all(first.draws) else None
    if apart.holds(0) or are_apart(here, there, random):
        return apart, ratios, True
    return _with(apart, 0), ratios and _with(ratios, 1), False


def _with(interval: Interval, value: float) -> Interval:
    return Interval(min(interval.low, value), max(interval.high, value))
