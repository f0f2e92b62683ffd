"""`reset(after=7)`: the connection is reset before the body is complete."""

import random

from wiretape.cassettes.model import Interaction
from wiretape.replay.faults.fault import Aim, Amount
from wiretape.replay.faults.places import broken_off


class Reset(Aim, frozen=True, kw_only=True):
    """Resets the connection (RST) part-way, once what came before has left."""

    after: Amount
    """What still comes."""

    def applied(self, interaction: Interaction, rng: random.Random) -> Interaction:
        return broken_off(interaction, self.after, "reset")
