"""Rules of what an item is: its type, its call, its status, from added to done to the response."""

from collections.abc import Iterator

from wiretape.cassettes.conformance.responses.items import Item
from wiretape.cassettes.conformance.responses.profiles import ALL, LETTER, WIRE
from wiretape.cassettes.conformance.responses.stream import Event
from wiretape.cassettes.conformance.rule import Finding, Rule, found
from wiretape.cassettes.dialects.delta import Json
from wiretape.cassettes.dialects.payload import text_of

TYPE_CHANGES = Rule(
    "responses.item-type-changes",
    "error",
    "inferred",
    "An item keeps its type.",
    ALL,
)
CALL_CHANGES = Rule(
    "responses.call-changes",
    "error",
    "inferred",
    "A call keeps its `call_id` and its `name`.",
    ALL,
)
ADDED_STATUS = Rule(
    "responses.item-added-status",
    "warning",
    "inferred",
    "An item is added with status `in_progress`.",
    LETTER,
)
DONE_STATUS = Rule(
    "responses.item-done-status",
    "error",
    "prose",
    "An item is done with status `completed` or `incomplete`.",
    WIRE,
)

RULES = (TYPE_CHANGES, CALL_CHANGES, ADDED_STATUS, DONE_STATUS)

CALL = ("call_id", "name")

OUTPUTS = ("function_call_output", "compaction")
"""Items that are whole when they are added."""


def added(item: Item, value: dict[str, Json], event: Event) -> Iterator[Finding]:
    """`output_item.added`."""
    item.call = {key: value[key] for key in CALL if text_of(value.get(key))}
    status = value.get("status")
    if isinstance(status, str) and status != "in_progress" and item.type not in OUTPUTS:
        words = f"{item.type} is added with status {status!r}"
        yield found(ADDED_STATUS, words, event.frame, "$.item.status")


def done(item: Item, value: dict[str, Json], event: Event) -> Iterator[Finding]:
    """`output_item.done`."""
    yield from constant(item, value, event, "$.item")
    status = value.get("status")
    if status == "in_progress":
        words = f"{item.type} is done with status {status!r}"
        yield found(DONE_STATUS, words, event.frame, "$.item.status")


def constant(item: Item, value: dict[str, Json], event: Event, path: str) -> Iterator[Finding]:
    """The item once more, whole, at `path`."""
    kind = text_of(value.get("type"))
    if item.type and kind and kind != item.type:
        words = f"the item is of type {kind!r}, it was added as {item.type!r}"
        yield found(TYPE_CHANGES, words, event.frame, f"{path}.type")
    item.type = kind or item.type
    for key in CALL:
        told, now = item.call.get(key), value.get(key)
        if told is not None and now is not None and now != told:
            words = f"{key} is {now!r}, it was {told!r}"
            yield found(CALL_CHANGES, words, event.frame, f"{path}.{key}")
        if now is not None:
            item.call[key] = now
