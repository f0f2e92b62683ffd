"""`no_done`: the stream stops without the event that ends it."""

import random

from wiretape.cassettes.model import Interaction
from wiretape.replay.faults.fault import Aim, DoesNotApply
from wiretape.replay.faults.frames import stream_of


class NoDone(Aim, frozen=True, kw_only=True):
    """Leaves out what says the answer is over; the body itself ends in order.

    That is `[DONE]`, `response.completed`, `message_stop`, `"done":true`, `message-end`; of an API
    that has none, the events from the finish reason on.
    """

    def applied(self, interaction: Interaction, rng: random.Random) -> Interaction:
        stream = stream_of(interaction)
        ends = set(stream.ends())
        if not ends:
            raise DoesNotApply("nothing in the stream says that it is over")
        return stream.with_frames(
            event for place, event in enumerate(stream.frames) if place not in ends
        )
