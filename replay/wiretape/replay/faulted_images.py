"""The wire image of an answer that faults are laid over, and the faults a request asks for itself.

Faults come after the pace, so that 2 s are 2 s at any speed. Knows the plan and images; nothing of
sockets.
"""

from msgspec.structs import replace

from wiretape.cassettes.http1 import tokens
from wiretape.cassettes.model import Headers, Interaction
from wiretape.replay.faults.fault import DoesNotApply, Fault
from wiretape.replay.faults.parsing import parse_faults
from wiretape.replay.faults.plan import Faulted, FaultPlan, Turn
from wiretape.replay.faults.rechunk import as_events
from wiretape.replay.pacing import Pace, paced
from wiretape.replay.wire_image import Framing, WireImage, wire_image

FAULT_HEADER = "x-wiretape-fault"


def own_faults(headers: Headers) -> tuple[Fault, ...]:
    """What a request asks for in X-Wiretape-Fault headers. Raises BadFault."""
    return tuple(
        fault
        for name, value in headers
        if name.lower() == FAULT_HEADER
        for fault in parse_faults(value)
    )


def faulted(
    plan: FaultPlan, turn: Turn, interaction: Interaction, pace: Pace, framing: Framing
) -> Faulted:
    """The answer of a turn as it is played."""
    played = replace(interaction, timeline=paced(interaction.timeline, pace))
    if framing == "frames":
        played = _in_frames(played)
    return plan.faulted(turn, interaction, played)


def image_of(done: Faulted, *, to_http_1_0: bool) -> WireImage:
    """Its chunks are what the faults made of them, whatever the framing of the server."""
    timeline = done.interaction.timeline
    return wire_image(done.interaction, timeline, "exact", to_http_1_0=to_http_1_0)


def _in_frames(played: Interaction) -> Interaction:
    response = played.response
    if response is None or tokens(response.headers, "content-encoding") - {"identity"}:
        return played
    try:
        return as_events(played)
    except DoesNotApply:
        return played
