"""`cut(after=7)`: the connection is closed before the body is complete."""

import random

from wiretape.cassettes.model import Interaction
from wiretape.replay.faults.fault import Aim, Amount
from wiretape.replay.faults.places import broken_off


class Cut(Aim, frozen=True, kw_only=True):
    """Closes the connection (FIN) part-way, without the terminator of the body."""

    after: Amount
    """What still comes."""

    def applied(self, interaction: Interaction, rng: random.Random) -> Interaction:
        return broken_off(interaction, self.after, "cut")
