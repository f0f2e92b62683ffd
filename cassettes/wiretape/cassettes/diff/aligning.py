"""Which tool call of one answer is which of the other.

By name and order; calls of one name first by equal arguments, then by the most alike. Pure;
turned around, the pairs are the same.
"""

from collections.abc import Iterator, Sequence

import msgspec

from wiretape.cassettes.dialects.answer import ToolCall
from wiretape.cassettes.diff.json_values import leaves, places, same_value

MOST_WEIGHED = 24
"""Calls of one name that are weighed each against each; more go by order."""


class Aligned(msgspec.Struct, frozen=True):
    """The calls of two answers. Numbers count from 0."""

    pairs: tuple[tuple[int, int], ...]
    """In the order of the first answer."""
    only_a: tuple[int, ...]
    only_b: tuple[int, ...]

    @property
    def in_order(self) -> bool:
        """Whether those that both have come in the same order."""
        places = [b for _, b in self.pairs]
        return places == sorted(places)


def align_calls(a: Sequence[ToolCall], b: Sequence[ToolCall]) -> Aligned:
    """Pair the calls of two answers."""
    pairs: list[tuple[int, int]] = []
    for name in dict.fromkeys(call.name for call in a):
        ours = [place for place, call in enumerate(a) if call.name == name]
        theirs = [place for place, call in enumerate(b) if call.name == name]
        pairs.extend(_of_one_name(a, b, ours, theirs))
    in_a, in_b = {one for one, _ in pairs}, {two for _, two in pairs}
    return Aligned(
        tuple(sorted(pairs)),
        tuple(place for place in range(len(a)) if place not in in_a),
        tuple(place for place in range(len(b)) if place not in in_b),
    )


def _of_one_name(
    a: Sequence[ToolCall], b: Sequence[ToolCall], ours: list[int], theirs: list[int]
) -> Iterator[tuple[int, int]]:
    if max(len(ours), len(theirs)) > MOST_WEIGHED:
        yield from zip(ours, theirs, strict=False)
        return
    weighed = sorted(
        (-likeness(a[one], b[two]), abs(place - other), place + other, one, two)
        for place, one in enumerate(ours)
        for other, two in enumerate(theirs)
    )
    taken_a: set[int] = set()
    taken_b: set[int] = set()
    for *_, one, two in weighed:
        if one not in taken_a and two not in taken_b:
            taken_a.add(one)
            taken_b.add(two)
            yield one, two


def likeness(a: ToolCall, b: ToolCall) -> float:
    """The share of the arguments that is the same, 0 to 1."""
    if a.args is None or b.args is None:
        return float(a.args_raw == b.args_raw)
    if same_value(a.args, b.args):
        return 1.0
    total = max(leaves(a.args), leaves(b.args), 1)
    return max(0.0, 1 - sum(1 for _ in places(a.args, b.args)) / total) * 0.99
