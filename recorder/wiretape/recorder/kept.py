"""What a session of the proxy came to, for whoever started it. Pure data."""

import msgspec


class Kept(msgspec.Struct, frozen=True):
    """What a session came to."""

    interactions: int
    by_ending: dict[str, int]
    bytes: int
    """Of response bodies."""
    lost: int
    """Interactions of which something is missing on the tape."""
    problem: str
    """Not empty where the disk failed: what it said, and where the rest is."""
    unreachable: int = 0
    """Requests answered with a 502, because no upstream could be connected to; not on the
    tape, since no provider said anything."""
    played: int = 0
    """Requests answered from the tape."""
    missed: int = 0
    """Requests that were to be answered from the tape, and it had no recording."""
