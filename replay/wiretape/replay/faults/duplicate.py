"""`duplicate(n=3)`: an event comes twice."""

import random

from wiretape.cassettes.model import Interaction
from wiretape.replay.faults.fault import Aim
from wiretape.replay.faults.frames import chosen, some_at_least, stream_of


class Duplicate(Aim, frozen=True, kw_only=True):
    """Sends events twice, one directly after the other."""

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
        twice = set(chosen(stream, self.n, self.every, self.count, rng))
        return stream.with_frames(
            event
            for place, event in enumerate(stream.frames)
            for _ in range(2 if place in twice else 1)
        )
