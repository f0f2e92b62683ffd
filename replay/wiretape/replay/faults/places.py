"""How far into a response an amount reaches: for faults that begin part-way. Pure."""

from typing import NamedTuple

from msgspec.structs import replace

from wiretape.cassettes.http1 import response_framing
from wiretape.cassettes.model import Ending, EndingKind, Interaction
from wiretape.replay.faults.fault import Amount, DoesNotApply, NoEvents
from wiretape.replay.faults.frames import Stream, stream_of
from wiretape.replay.faults.runs import answered, runs_of, split_runs, with_runs


class Reached(NamedTuple):
    """A place in a body."""

    interaction: Interaction
    """The one that the offset is of: without a content coding where events were counted."""
    offset: int
    """Bytes of the body before the place."""
    at_ns: int
    """When they were there."""


def reached(interaction: Interaction, after: Amount) -> Reached:
    """Where an amount is reached: of what is no stream of events, percents are of its bytes. Raises
    DoesNotApply where the response has not so much."""
    body = answered(interaction).body
    if after.unit == "time":
        runs = runs_of(interaction)
        if after.count >= interaction.timeline.ending.at_ns:
            raise DoesNotApply(f"the response is over by {after.count / 1e9:g} s")
        size = sum(len(run.data) for run in runs if run.at_ns <= after.count)
        return Reached(interaction, size, after.count)
    if after.unit == "bytes":
        return _at(interaction, after.count)
    if after.count == 0:
        return _at(interaction, 0)
    try:
        stream = stream_of(interaction)
    except NoEvents:
        if after.unit != "percent":
            raise
        return _at(interaction, len(body) * after.count // 100)
    return _at(stream.interaction, _end_of(stream, events_meant(stream, after)))


def events_meant(stream: Stream, after: Amount) -> int:
    """How many of the events an amount of them is. Raises DoesNotApply where there are fewer."""
    have = len(stream.places)
    meant = have * after.count // 100 if after.unit == "percent" else after.count
    if meant > have:
        raise DoesNotApply(f"the stream has {have} events, not {meant}")
    return meant


def broken_off(interaction: Interaction, after: Amount, kind: EndingKind) -> Interaction:
    """The response up to an amount of it, and then another ending."""
    place = reached(interaction, after)
    timeline = place.interaction.timeline
    if timeline.head_ns is not None and place.at_ns < timeline.head_ns:
        silent = replace(
            timeline, head_ns=None, received=(), ending=Ending(kind, place.at_ns, 0, "a fault")
        )
        return replace(place.interaction, response=None, timeline=silent)
    response = answered(place.interaction)
    delimited = response_framing(interaction.request.method, response.status, response.headers)
    if delimited == "length" and place.offset == len(response.body) and kind == "cut":
        raise DoesNotApply("all that Content-Length says has come by then")
    kept = split_runs(runs_of(place.interaction), [place.offset])[0]
    ending = Ending(kind, place.at_ns, place.offset, "a fault")
    broken = with_runs(place.interaction, kept, ending=ending)
    # The framing goes on to say what was to come: that it does not come is the fault.
    assert broken.response is not None
    return replace(broken, response=replace(broken.response, headers=response.headers))


def _end_of(stream: Stream, events: int) -> int:
    """The offset behind so many events."""
    if events == 0:
        return 0
    last = stream.places[events - 1]
    return sum(len(event.raw) for event in stream.frames[: last + 1])


def _at(interaction: Interaction, offset: int) -> Reached:
    body = answered(interaction).body
    if offset > len(body):
        raise DoesNotApply(f"the body has {len(body):,} bytes, not {offset:,}")
    before = split_runs(runs_of(interaction), [offset])[0]
    at_ns = before[-1].at_ns if before else interaction.timeline.head_ns or 0
    return Reached(interaction, offset, max(at_ns, interaction.timeline.head_ns or 0))
