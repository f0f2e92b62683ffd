"""Three views of one stream: live, on the tape, replayed. What differs between them. Pure."""

import hashlib
from itertools import pairwise
from statistics import median

import msgspec

from wiretape.cassettes.model import Chunk, EndingKind, Interaction
from wiretape.cli.demo.client import Received


class View(msgspec.Struct, frozen=True):
    """A stream as someone saw it; times in nanoseconds."""

    body_bytes: int
    sha256: str
    chunks: tuple[Chunk, ...]
    ending: EndingKind
    ended_ns: int

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(chunk.size for chunk in self.chunks)

    @property
    def gaps_ns(self) -> tuple[int, ...]:
        """The silence before each chunk, and before the end."""
        times = (0, *(chunk.at_ns for chunk in self.chunks), self.ended_ns)
        return tuple(after - before for before, after in pairwise(times))

    @property
    def longest_gap_ns(self) -> int:
        return max(self.gaps_ns)


class Compared(msgspec.Struct, frozen=True):
    """One stream, seen three times."""

    title: str
    live: View
    tape: View
    replay: View

    @property
    def views(self) -> tuple[tuple[str, View], ...]:
        return (("live", self.live), ("tape", self.tape), ("replay", self.replay))

    @property
    def differences(self) -> tuple[str, ...]:
        """Which of bytes, chunks and ending are not the same in all three."""
        views = (self.live, self.tape, self.replay)
        checks = (
            ("bytes", {view.sha256 for view in views}),
            ("chunks", {view.sizes for view in views}),
            ("ending", {view.ending for view in views}),
        )
        return tuple(name for name, seen in checks if len(seen) > 1)


def view_of_received(received: Received) -> View:
    """What the client saw."""
    return _view(received.body, received.chunks, received.ending, received.ended_ns)


def view_of_tape(interaction: Interaction) -> View:
    """What the cassette holds."""
    body = b"" if interaction.response is None else interaction.response.body
    timeline = interaction.timeline
    return _view(body, timeline.received, timeline.ending.kind, timeline.ending.at_ns)


def _view(body: bytes, chunks: tuple[Chunk, ...], ending: EndingKind, ended_ns: int) -> View:
    return View(len(body), hashlib.sha256(body).hexdigest(), chunks, ending, ended_ns)


def gap_errors_ns(view: View, tape: View) -> list[int]:
    """How far each gap is from the tape's; empty where the chunks are not the same."""
    if view.sizes != tape.sizes:
        return []
    return [abs(one - other) for one, other in zip(view.gaps_ns, tape.gaps_ns, strict=True)]


class GapErrors(msgspec.Struct, frozen=True):
    """Nanoseconds by which gaps were off."""

    gaps: int
    median_ns: int
    largest_ns: int


def summed_up(errors: list[int]) -> GapErrors:
    """The middle and the worst of them; zeros where there are none."""
    if not errors:
        return GapErrors(0, 0, 0)
    return GapErrors(len(errors), round(median(errors)), max(errors))
