"""Sides set beside one another: what differs, in all that a tape tells.

Knows interactions read and measured; no file, no terminal.
"""

from collections.abc import Sequence

from wiretape.cassettes.conformance.checking import check
from wiretape.cassettes.conformance.rule import Exchange
from wiretape.cassettes.diff.comparison import Comparison, Difference, Side, Tolerance
from wiretape.cassettes.diff.prompts import prompt_of
from wiretape.cassettes.meaning import read_meaning
from wiretape.cassettes.measuring import measure
from wiretape.cassettes.model import Interaction


EXACT = Tolerance()
"""No measure of pace or usage is held against a side."""


def side_of(label: str, file: str, interaction: Interaction) -> Side:
    """An interaction read, measured and checked."""
    meaning = read_meaning(interaction)
    exchange = Exchange(interaction, meaning.api, meaning.framing, meaning.frames, meaning.deltas)
    return Side(label, file, interaction, meaning, measure(interaction, meaning), check(exchange))


def compare(
    labels: Sequence[str], sides: Sequence[Side | None], tolerance: Tolerance = EXACT
) -> Comparison:
    """What differs between the first side that is there and each other."""
    there = [side for side in sides if side is not None]
    base = there[0]
    differences = tuple(_differences(base, side) for side in sides[1:])
    return Comparison(
        prompt=prompt_of(base.meaning.api, base.interaction.request).shown,
        labels=tuple(labels),
        sides=tuple(sides),
        differences=differences,
        rows=(),
        verdict="same" if not any(differences) else "different",
    )


def _differences(base: Side, other: Side | None) -> tuple[Difference, ...]:
    if other is None or base is other:
        return ()
    a, b = base.meaning.answer.text, other.meaning.answer.text
    return (Difference("text", "text differs", "text", a, b),) if a != b else ()
