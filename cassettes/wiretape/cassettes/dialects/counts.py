"""Which counts a provider can have meant. Knows numbers only."""

MOST_COUNTED = 2**53
"""The most of anything: beyond it, JSON readers lose the last digits."""


def can_be_meant(count: float | None) -> bool:
    """Whether a count or a cost is one that a provider may have meant, or is not told at all."""
    return count is None or 0 <= count <= MOST_COUNTED
