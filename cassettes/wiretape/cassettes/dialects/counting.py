"""Which counts of tokens, and which costs, a provider can have meant.

What is negative or beyond all measure is left out, so that nothing is computed from it. Knows
usage as all providers share it, no API.
"""

from collections.abc import Iterable

import msgspec

from wiretape.cassettes.dialects.delta import Delta, Usage

MOST_COUNTED = 2**53
"""The most of anything that a provider can mean: beyond it, JSON readers lose the last digits."""

_COUNTS = tuple(
    name for name in Usage.__struct_fields__ if name not in (*Delta.__struct_fields__, "mode")
)


def can_be_meant(count: float | None) -> bool:
    """Whether a count or a cost is one that a provider may have meant, or is not told at all."""
    return count is None or 0 <= count <= MOST_COUNTED


def believed(deltas: Iterable[Delta], remarks: list[str]) -> tuple[Delta, ...]:
    """The deltas, without counts that cannot be meant; `remarks` gets one that names them."""
    kept = list(deltas)
    doubted: dict[str, None] = {}
    for place, delta in enumerate(kept):
        if not isinstance(delta, Usage):
            continue
        doubts = [name for name in _COUNTS if not can_be_meant(getattr(delta, name))]
        if doubts:
            doubted |= dict.fromkeys(doubts)
            kept[place] = msgspec.structs.replace(delta, **dict.fromkeys(doubts))
    if doubted:
        remarks.append(
            f"usage that cannot be meant is left out: {', '.join(doubted)} negative or beyond "
            f"{MOST_COUNTED:,}"
        )
    return tuple(kept)
