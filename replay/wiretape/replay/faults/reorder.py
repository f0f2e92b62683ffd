"""`reorder(n=3)`: an event comes after the one that should follow it."""

import random

from wiretape.cassettes.model import Interaction
from wiretape.replay.faults.fault import Aim
from wiretape.replay.faults.frames import Event, chosen, some_at_least, stream_of


class Reorder(Aim, frozen=True, kw_only=True):
    """Swaps events with the next one. The times stay: what comes is another."""

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
        frames = list(stream.frames)
        following = dict(zip(stream.places, stream.places[1:], strict=False))
        for place in chosen(stream, self.n, self.every, self.count, rng, last=1):
            other = following[place]
            frames[place], frames[other] = (
                _at_time_of(frames[other], stream.frames[place]),
                _at_time_of(frames[place], stream.frames[other]),
            )
        return stream.with_frames(frames)


def _at_time_of(event: Event, slot: Event) -> Event:
    """The event, coming when `slot` was complete."""
    return Event(event.frame, (slot.runs[-1]._replace(data=event.raw),), event.counts)
