"""`drop(n=3)`: an event never comes."""

import random

from wiretape.cassettes.model import Interaction
from wiretape.replay.faults.fault import Aim
from wiretape.replay.faults.frames import chosen, some_at_least, stream_of


class Drop(Aim, frozen=True, kw_only=True):
    """Leaves events out."""

    n: int = 0
    """The one of this number, from 1; 0 is none."""
    every: int = 0
    """Each time so many have come, from the first of number `n` on where that is said; 0 is
    none."""
    count: int = 1
    """So many, chosen by the seed, where neither of the others is said."""

    def __post_init__(self) -> None:
        some_at_least(self.count)

    def applied(self, interaction: Interaction, rng: random.Random) -> Interaction:
        stream = stream_of(interaction)
        gone = set(chosen(stream, self.n, self.every, self.count, rng))
        return stream.with_frames(
            event for place, event in enumerate(stream.frames) if place not in gone
        )
