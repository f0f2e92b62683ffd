"""Rules of the schema: events, items and snapshots against the published OpenAPI document.

What has a rule of its own elsewhere (an index that is missing, a key of the response) is not
told twice.
"""

from collections.abc import Iterator

from wiretape.cassettes.conformance.openresponses import DEPTH, Problem, event_schemas, problems
from wiretape.cassettes.conformance.responses.profiles import LETTER, WIRE
from wiretape.cassettes.conformance.responses.stream import Stream
from wiretape.cassettes.conformance.rule import Finding, Rule, found
from wiretape.cassettes.dialects.delta import Json
from wiretape.cassettes.framing.frame import Frame

EVENT = Rule(
    "responses.event-schema",
    "error",
    "schema",
    "An event is as the OpenAPI document says.",
    WIRE,
)
ITEM = Rule(
    "responses.item-schema",
    "error",
    "schema",
    "An item is as the OpenAPI document says.",
    LETTER,
)
SNAPSHOT = Rule(
    "responses.snapshot-schema",
    "error",
    "schema",
    "A snapshot of the response is as the OpenAPI document says.",
    LETTER,
)
TYPE = Rule(
    "responses.type-not-in-schema",
    "error",
    "schema",
    "Parts, annotations and formats are of types that the OpenAPI document has.",
    LETTER,
)
ENCRYPTED_NULL = Rule(
    "responses.encrypted-content-null",
    "warning",
    "schema",
    "`encrypted_content` is a string or absent (null in an example of the prose).",
    LETTER,
)
COMPACTION = Rule(
    "responses.compaction-schema",
    "error",
    "schema",
    "What `/responses/compact` answers is as the OpenAPI document says.",
    LETTER,
)

RULES = (EVENT, ITEM, SNAPSHOT, TYPE, ENCRYPTED_NULL, COMPACTION)

_ELSEWHERE = frozenset(
    {
        *("type", "sequence_number", "output_index", "item_id", "content_index", "summary_index"),
        *("response", "item", "error"),
    }
)
"""Members of an event whose absence has a rule of its own."""


def check_schema(stream: Stream) -> Iterator[Finding]:
    """Every event that the document knows."""
    schemas = event_schemas()
    for event in stream.events:
        name = schemas.get(event.type)
        if name is None or (stream.socket and event.type == "error"):
            continue
        for problem in problems(name, event.body):
            yield from _told(problem, problem.path, event.frame)


def check_response_schema(response: dict[str, Json], frame: Frame) -> Iterator[Finding]:
    """A response that is the whole answer."""
    for problem in problems("ResponseResource", response):
        yield from _told(problem, ("response", *problem.path), frame)


def check_compaction(body: dict[str, Json], frame: Frame) -> Iterator[Finding]:
    """The answer of `/responses/compact`."""
    for problem in problems("CompactResource", body):
        yield found(COMPACTION, f"{_last(problem)}{problem.words}", frame, json_path(problem.path))


def _told(problem: Problem, place: tuple[str | int, ...], frame: Frame) -> Iterator[Finding]:
    """`place` is the path as it would be in an event."""
    rule = _rule(problem, place)
    if rule is not None:
        yield found(rule, f"{_last(problem)}{problem.words}", frame, json_path(problem.path))


def _last(problem: Problem) -> str:
    names = [step for step in problem.path if isinstance(step, str)]
    return "" if problem.missing or not names else f"{names[-1]}: "


def _rule(problem: Problem, place: tuple[str | int, ...]) -> Rule | None:
    if problem.keyword == DEPTH:
        return EVENT
    if len(place) == 1 and (problem.missing or place == ("type",)) and place[0] in _ELSEWHERE:
        return None
    if place in (("response",), ("item",), ("error",)):
        return None
    if place[0] == "response" and problem.missing and len(place) == 2:
        return None
    if place[-1] == "encrypted_content" and problem.keyword == "type":
        return ENCRYPTED_NULL if problem.words.startswith("the value is null") else ITEM
    if problem.keyword == "enum" and place[-1] == "type":
        return None if _extensible(place) else TYPE
    if _in_item(place):
        return ITEM
    return SNAPSHOT if place[0] == "response" else EVENT


def _in_item(place: tuple[str | int, ...]) -> bool:
    return place[0] == "item" or place[:2] == ("response", "output")


def _extensible(place: tuple[str | int, ...]) -> bool:
    """The type of an item or a tool: those of extensions are found by `extensions`."""
    list_of_response = len(place) == 4 and place[1] in ("output", "tools")
    return place == ("item", "type") or list_of_response


def json_path(path: tuple[str | int, ...]) -> str:
    """`$.response.output[0].id`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "$" + "".join(steps)
