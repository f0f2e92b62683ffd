"""`double_terminal`: the stream ends twice."""

import random

from wiretape.cassettes.model import Interaction
from wiretape.replay.faults.fault import Aim, DoesNotApply
from wiretape.replay.faults.frames import stream_of


class DoubleTerminal(Aim, frozen=True, kw_only=True):
    """Sends what says the answer is over a second time, directly after the first."""

    def applied(self, interaction: Interaction, rng: random.Random) -> Interaction:
        stream = stream_of(interaction)
        ends = stream.ends()
        if not ends:
            raise DoesNotApply("nothing in the stream says that it is over")
        last = ends[-1] + 1
        again = [stream.frames[place] for place in ends]
        return stream.with_frames([*stream.frames[:last], *again, *stream.frames[last:]])
