"""Rules of annotations: numbered as they come, and the same in their part once it is done."""

from collections.abc import Iterator

from wiretape.cassettes.conformance.responses.items import Part
from wiretape.cassettes.conformance.responses.profiles import WIRE
from wiretape.cassettes.conformance.responses.stream import Event, whole_number
from wiretape.cassettes.conformance.rule import Finding, Rule, found
from wiretape.cassettes.dialects.delta import Json

INDEX = Rule(
    "responses.annotation-index-gap",
    "error",
    "inferred",
    "The annotations of a part are numbered 0, 1, 2 and so on.",
    WIRE,
)
DIFFER = Rule(
    "responses.annotations-differ",
    "error",
    "inferred",
    "The annotations of a part that is done are those that were added.",
    WIRE,
)

RULES = (INDEX, DIFFER)


def added(part: Part, event: Event) -> Iterator[Finding]:
    """`output_text.annotation.added`."""
    index = whole_number(event.body.get("annotation_index"))
    if index is not None and index != len(part.annotations):
        words = f"annotation_index is {index}, expected {len(part.annotations)}"
        yield found(INDEX, words, event.frame, "$.annotation_index")
        part.annotations_lost = True
    part.annotations_lost = part.annotations_lost or "annotation" not in event.body
    part.annotations.append(event.body.get("annotation"))


def told(part: Part, value: dict[str, Json], event: Event) -> Iterator[Finding]:
    """`content_part.done`. Nothing is said where none came as an event: they need not."""
    annotations = value.get("annotations")
    if part.annotations_lost:
        return
    if part.annotations and isinstance(annotations, list) and annotations != part.annotations:
        words = f"{len(annotations)} annotations in the part, not the {len(part.annotations)} added"
        if len(annotations) == len(part.annotations):
            words = "the annotations of the part are not those that were added"
        yield found(DIFFER, words, event.frame, "$.part.annotations")
