"""`slow_first_byte(by=3s)`: the model thinks for longer."""

import random

from msgspec.structs import replace

from wiretape.cassettes.model import Interaction
from wiretape.replay.faults.fault import Aim, Duration
from wiretape.replay.faults.runs import answered, shifted


class SlowFirstByte(Aim, frozen=True, kw_only=True):
    """Lets the whole response, its head included, come later."""

    by: Duration
    """How much later."""

    def applied(self, interaction: Interaction, rng: random.Random) -> Interaction:
        answered(interaction)
        return replace(interaction, timeline=shifted(interaction.timeline, self.by.ns))
