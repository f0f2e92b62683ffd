"""`stall(after=7, for=2s)`: nothing comes for a while, or never again."""

import random
from typing import Literal

import msgspec
from msgspec.structs import replace

from wiretape.cassettes.model import Chunk, Ending, Interaction
from wiretape.replay.faults.fault import Aim, Amount, Duration
from wiretape.replay.faults.places import broken_off, reached
from wiretape.replay.faults.runs import runs_of, shifted, split_runs

Forever = Literal["forever"]


class Stall(Aim, frozen=True, kw_only=True):
    """Falls silent part-way with the connection open, for a time or for ever."""

    after: Amount = Amount(1, "events")
    """What comes before the silence."""
    for_: Duration | Forever = msgspec.field(default="forever", name="for")
    """How long the silence lasts."""

    def applied(self, interaction: Interaction, rng: random.Random) -> Interaction:
        if isinstance(self.for_, str):
            return broken_off(interaction, self.after, "timeout")
        place = reached(interaction, self.after)
        timeline = place.interaction.timeline
        if timeline.head_ns is not None and place.at_ns < timeline.head_ns:
            return replace(place.interaction, timeline=shifted(timeline, self.for_.ns))
        before, after = split_runs(runs_of(place.interaction), [place.offset])
        end: Ending = timeline.ending
        received = [Chunk(run.at_ns, len(run.data)) for run in before]
        received += [Chunk(run.at_ns + self.for_.ns, len(run.data)) for run in after]
        late = replace(end, at_ns=end.at_ns + self.for_.ns)
        return replace(
            place.interaction, timeline=replace(timeline, received=tuple(received), ending=late)
        )
