"""Which measures could be held to a tolerance at all, and of which a side has none.

Knows sides and measures; compares nothing.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from wiretape.cassettes.diff.comparison import Side, Tolerance
from wiretape.cassettes.diff.measures import MEASURES, TOKENS, Measure
from wiretape.cassettes.diff.two import listed


def held_measures(sides: Sequence[Side | None], tolerance: Tolerance) -> tuple[str, ...]:
    """Names of measures with a tolerance that the first side there was held to with another."""
    return tuple(one.name for one in _asked_for(tolerance) if _is_held(one, sides))


def untaken_remarks(
    labels: Sequence[str], sides: Sequence[Side | None], tolerance: Tolerance
) -> Iterator[str]:
    """`first token not measured on iv (imported without times)`, where a tolerance asks for it."""
    there = [(label, side) for label, side in zip(labels, sides, strict=True) if side is not None]
    if len(there) < 2:
        return
    told = []
    for measure in _asked_for(tolerance):
        why = [(label, measure.untaken(side.measured)) for label, side in there]
        reasons = dict.fromkeys(reason for _, reason in why if reason)
        told += [
            (reason, listed([label for label, one in why if one == reason]), measure)
            for reason in reasons
        ]
        if not reasons and all(measure.of(side.measured) is None for _, side in there):
            labelled = listed([label for label, _ in why])
            told.append(("there was nothing to measure", labelled, measure))
    for (reason, on), group in groupby(told, lambda one: one[:2]):
        names = listed([measure.words for _, _, measure in group])
        yield f"{names} not measured on {on} ({reason})"


def _asked_for(tolerance: Tolerance) -> list[Measure]:
    return [one for one in (*TOKENS, *MEASURES) if one.name in tolerance.fractions]


def _is_held(measure: Measure, sides: Sequence[Side | None]) -> bool:
    first, *others = [side.measured for side in sides if side is not None]
    if measure.untaken(first):
        return False
    here = measure.of(first)
    return any(
        not (measure.untaken(one) or (here is None and measure.of(one) is None)) for one in others
    )
