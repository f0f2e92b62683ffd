"""`error_event(after=3)`: the provider gives up in the middle, and says so in its own form."""

import random
from typing import ClassVar, Literal

from wiretape.cassettes.framing.frame import Frame
from wiretape.cassettes.model import Interaction
from wiretape.replay.faults.error_forms import stream_error
from wiretape.replay.faults.fault import Aim, Amount, AmountUnit
from wiretape.replay.faults.frames import Event, stream_of
from wiretape.replay.faults.places import events_meant
from wiretape.replay.faults.runs import Run


class ErrorEvent(Aim, frozen=True, kw_only=True):
    """Puts an error in the API's own form into the stream, in place of the rest or before it."""

    units: ClassVar[tuple[AmountUnit, ...]] = ("events", "percent")
    after: Amount = Amount(1, "events")
    """The events that come before it."""
    rest: Literal["dropped", "kept"] = "dropped"
    """What becomes of those that followed."""
    message: str = "The server had an error while processing your request"
    """What the error says."""

    def __post_init__(self) -> None:
        if self.after.unit not in self.units:
            raise ValueError("after counts events (7, 50%)")

    def applied(self, interaction: Interaction, rng: random.Random) -> Interaction:
        stream = stream_of(interaction)
        count = events_meant(stream, self.after)
        kept = stream.places[count - 1] + 1 if count else 0
        raw = stream_error(stream, stream.frames[:kept], self.message)
        if kept:
            last = stream.frames[kept - 1].runs[-1]
            run = last._replace(data=raw)
        else:
            run = Run(raw, interaction.timeline.head_ns or 0, -1)
        error = Event(Frame(0, "data", "", raw, raw, 0, run.at_ns, run.at_ns), (run,), True)
        rest = _brackets(stream.framing, stream.frames) if self.rest == "dropped" else ()
        after = stream.frames[kept:] if self.rest == "kept" else rest
        return stream.with_frames([*stream.frames[:kept], error, *after])


def _brackets(framing: str, frames: tuple[Event, ...]) -> tuple[Event, ...]:
    """What closes the array, where the body is one."""
    if framing != "json_array":
        return ()
    return tuple(event for event in frames if event.raw.strip() == b"]")
