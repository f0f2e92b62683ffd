"""`rechunk(how=1)`: the same bytes in other chunks.

A chunk comes when the read came that held its last byte, so that nothing comes earlier than it
was recorded. Where a body is not chunked only time separates its pieces: `gap` gives it.
"""

import random
import re
from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate
from typing import Literal

from wiretape.cassettes.http1 import tokens
from wiretape.cassettes.model import Interaction
from wiretape.replay.faults.fault import Aim, DoesNotApply, Duration
from wiretape.replay.faults.frames import stream_of
from wiretape.replay.faults.runs import MOST_PIECES, answered, in_pieces, is_text, runs_of

How = Literal["crlf", "utf8", "whole", "random", "event"]

_LINE_ENDS = re.compile(rb"(?<=\r)(?=\n)|(?<=\n)(?=\n)|(?<=\r)(?=\r)")
"""Between CR and LF, and between the two ends of a blank line."""
_CONTINUED = re.compile(rb"(?=[\x80-\xbf])")
"""Before a byte that goes on with a character (RFC 3629 section 3)."""
_LONGEST = 64
"""Bytes of a random chunk."""


class Rechunk(Aim, frozen=True, kw_only=True):
    """Cuts the body into other chunks; its bytes stay."""

    how: int | How
    """A number: so many bytes each. crlf: cut inside each CRLF and each blank line. utf8: cut
    inside each character of several bytes. whole: all at once, when the last has come. random: 1
    to 64 bytes each, by the seed. event: one each."""
    gap: Duration = Duration(0)
    """The least time between two chunks."""

    def __post_init__(self) -> None:
        if isinstance(self.how, int) and self.how < 1:
            raise ValueError("how is at least 1 byte")

    def applied(self, interaction: Interaction, rng: random.Random) -> Interaction:
        if self.how == "event":
            return as_events(interaction, self.gap.ns)
        return _cut_at(interaction, self._borders(interaction, rng), self.gap.ns)

    def _borders(self, interaction: Interaction, rng: random.Random) -> list[int]:
        """Where the pieces end; the last is the end of the body."""
        runs = runs_of(interaction)
        body = b"".join(run.data for run in runs)
        if not body:
            raise DoesNotApply("the response has no body")
        if isinstance(self.how, int):
            if len(body) // self.how > MOST_PIECES:
                raise DoesNotApply(f"a body of {len(body):,} bytes in chunks of {self.how}")
            return [*range(self.how, len(body), self.how), len(body)]
        if self.how == "whole":
            return [len(body)]
        if self.how == "random":
            return _random(len(body), rng)
        if tokens(answered(interaction).headers, "content-encoding") - {"identity"}:
            raise DoesNotApply(f"its bytes are those of a content coding: {self.how} is of text")
        if not is_text(body):
            raise DoesNotApply("the body is no UTF-8 text")
        recorded = accumulate(len(run.data) for run in runs)
        found = [match.start() for match in _CUTS[self.how].finditer(body)]
        if not found:
            raise DoesNotApply(_ABSENT[self.how])
        return _merged(recorded, found)


def as_events(interaction: Interaction, gap_ns: int = 0) -> Interaction:
    """A chunk for each frame, comments too. Raises DoesNotApply."""
    stream = stream_of(interaction)
    borders = accumulate(len(event.raw) for event in stream.frames)
    return _cut_at(stream.interaction, borders, gap_ns)


def _cut_at(interaction: Interaction, borders: Iterable[int], gap_ns: int) -> Interaction:
    runs = runs_of(interaction)
    ends = list(accumulate(len(run.data) for run in runs))
    pieces: list[tuple[int, int]] = []
    start = now_ns = 0
    for end in borders:
        now_ns = max(now_ns, runs[bisect_left(ends, end)].at_ns)
        pieces.append((end - start, now_ns))
        start, now_ns = end, now_ns + gap_ns
    return in_pieces(interaction, pieces)


_CUTS = {"crlf": _LINE_ENDS, "utf8": _CONTINUED}
_ABSENT = {
    "crlf": "the body has neither a CRLF nor a blank line",
    "utf8": "the body has no character of more than one byte",
}


def _merged(recorded: Iterable[int], found: Iterable[int]) -> list[int]:
    return sorted({*recorded, *found} - {0})


def _random(size: int, rng: random.Random) -> list[int]:
    borders: list[int] = []
    end = 0
    while end < size:
        end = min(size, end + rng.randint(1, _LONGEST))
        borders.append(end)
    return borders
