"""Rules of `sequence_number`: there, rising, without a gap, from 0.

The specification says "monotonically increasing" and no more; that it starts at 0 and has no gap
is what OpenAI's API does and what a client that resumes with `starting_after` counts on.
"""

from collections.abc import Iterator

from wiretape.cassettes.conformance.responses.profiles import WIRE
from wiretape.cassettes.conformance.responses.stream import Stream, whole_number
from wiretape.cassettes.conformance.rule import Finding, Rule, found

MISSING = Rule(
    "responses.sequence-missing", "error", "schema", "Every event has a `sequence_number`.", WIRE
)
ORDER = Rule(
    "responses.sequence-order",
    "error",
    "prose",
    "`sequence_number` rises with every event.",
    WIRE,
)
GAP = Rule(
    "responses.sequence-gap",
    "error",
    "inferred",
    "`sequence_number` rises by 1: a gap is an event that got lost.",
    WIRE,
)
START = Rule(
    "responses.sequence-start",
    "warning",
    "inferred",
    "The first `sequence_number` of a response is 0.",
    WIRE,
)

RULES = (MISSING, ORDER, GAP, START)

PATH = "$.sequence_number"


def check_sequence(stream: Stream) -> Iterator[Finding]:
    """One mistaken number is one finding: what follows it may go on from it or as if it were
    right."""
    last: int | None = None
    right: int | None = None
    events = [one for one in stream.events if not (stream.socket and one.type == "error")]
    for place, event in enumerate(events):
        number = whole_number(event.body.get("sequence_number"))
        if number is None:
            if "sequence_number" not in event.body:
                yield found(MISSING, f"{event.type} has no sequence_number", event.frame, PATH)
            last, right = None, None if right is None else right + 1
            continue
        if place == 0 and number != 0 and not stream.resumed:
            yield found(START, f"the first sequence_number is {number}, not 0", event.frame, PATH)
        expected = {one + 1 for one in (last, right) if one is not None}
        if expected and number not in expected:
            before = last if last is not None else right
            rule = ORDER if before is not None and number <= before else GAP
            words = f"sequence_number is {number} after {before}"
            yield found(rule, words, event.frame, PATH)
            right = None if right is None else right + 1
        else:
            right = number
        last = number
