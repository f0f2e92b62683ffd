"""`slow(bytes_per_second=200)`: the body comes through a narrow line."""

import random

from wiretape.cassettes.model import Interaction
from wiretape.replay.faults.fault import Aim, DoesNotApply
from wiretape.replay.faults.runs import MOST_PIECES, answered, in_pieces, runs_of

_A_SECOND = 10
"""Pieces in which a second's bytes come."""


class Slow(Aim, frozen=True, kw_only=True):
    """Lets the body come at no more than so many bytes a second, and never before its time."""

    bytes_per_second: int
    """What gets through."""

    def __post_init__(self) -> None:
        if self.bytes_per_second < 1:
            raise ValueError("bytes_per_second is at least 1; nothing at all is stall")

    def applied(self, interaction: Interaction, rng: random.Random) -> Interaction:
        body = answered(interaction).body
        if not body:
            raise DoesNotApply("the response has no body")
        most = max(1, self.bytes_per_second // _A_SECOND, len(body) // (MOST_PIECES // 2))
        pieces: list[tuple[int, int]] = []
        now_ns = interaction.timeline.head_ns or 0
        for run in runs_of(interaction):
            now_ns = max(now_ns, run.at_ns)
            for start in range(0, len(run.data), most):
                size = min(most, len(run.data) - start)
                now_ns += size * 1_000_000_000 // self.bytes_per_second
                pieces.append((size, now_ns))
        return in_pieces(interaction, pieces)
