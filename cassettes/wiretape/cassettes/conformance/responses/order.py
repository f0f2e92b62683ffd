"""The walk over the items of a stream, and rules of their order.

    item     added -> { part ... }* | { delta* -> done } -> done
    part     added -> delta* (annotation*) -> text done -> done

Items may interleave: nothing forbids it, so each has its own state. What is told again whole is
compared by `texts`.
"""

from collections.abc import Iterator

from wiretape.cassettes.conformance.objects import kind_of
from wiretape.cassettes.conformance.responses import annotations, calls, placing, texts
from wiretape.cassettes.conformance.responses.items import Item, Items, Part, Text
from wiretape.cassettes.conformance.responses.kinds import (
    KINDS,
    TERMINAL,
    TEXT_OF_PART,
    Kind,
)
from wiretape.cassettes.conformance.responses.profiles import ALL, WIRE
from wiretape.cassettes.conformance.responses.stream import Event, Stream
from wiretape.cassettes.conformance.rule import Finding, Rule, found
from wiretape.cassettes.dialects.payload import object_of, text_of

ITEM_NULL = Rule(
    "responses.item-null",
    "error",
    "prose",
    "`output_item.added` and `.done` carry the item (the schema allows null).",
    ALL,
)
AFTER_ITEM_DONE = Rule(
    "responses.after-item-done",
    "error",
    "prose",
    "Nothing of an item follows its `output_item.done`.",
    WIRE,
)
ITEM_NOT_CLOSED = Rule(
    "responses.item-not-closed",
    "error",
    "inferred",
    "Every item that was added is done before `response.completed`.",
    WIRE,
)
PART_NOT_CLOSED = Rule(
    "responses.part-not-closed",
    "error",
    "prose",
    "Every part that was added is done before its item is.",
    WIRE,
)
TEXT_NOT_CLOSED = Rule(
    "responses.text-not-closed",
    "error",
    "prose",
    "The `.done` of a text comes before that of its part, the one of arguments before the item's.",
    WIRE,
)
AFTER_TEXT_DONE = Rule(
    "responses.after-text-done",
    "error",
    "prose",
    "No delta and no second `.done` follows the `.done` of a text or of its part.",
    WIRE,
)
ITEM_TYPE = Rule(
    "responses.item-type-mismatch",
    "error",
    "inferred",
    "Events fit the type of their item: text for messages, arguments for function calls.",
    ALL,
)
PART_TYPE = Rule(
    "responses.part-type-mismatch",
    "error",
    "prose",
    "A part keeps its type, and the deltas are of that type.",
    ALL,
)
NOT_EMPTY = Rule(
    "responses.added-not-empty",
    "warning",
    "inferred",
    "What is added is empty: text that stands there already is doubled by its deltas in clients.",
    ALL,
)

RULES = (
    ITEM_NULL,
    AFTER_ITEM_DONE,
    ITEM_NOT_CLOSED,
    PART_NOT_CLOSED,
    TEXT_NOT_CLOSED,
    AFTER_TEXT_DONE,
    ITEM_TYPE,
    PART_TYPE,
    NOT_EMPTY,
    *placing.RULES,
    *calls.RULES,
    *annotations.RULES,
    *texts.RULES,
)


def check_items(stream: Stream) -> Iterator[Finding]:
    """All rules of items, parts and texts over one stream."""
    items = Items()
    for event in stream.events:
        if event.type in TERMINAL:
            yield from _at_the_end(items, event)
            return
        yield from _event(items, event)


def _event(items: Items, event: Event) -> Iterator[Finding]:
    kind = KINDS.get(event.type)
    if kind is None:
        texts.remember_extension(items, event)
        return
    if kind.role in ("lifecycle", "other"):
        return
    if kind.role in ("item.added", "item.done") and not isinstance(event.body.get("item"), dict):
        yield found(ITEM_NULL, f"the item is {_kind_of(event)}", event.frame, "$.item")
    if kind.role == "item.added":
        yield from _item_added(items, event)
        return
    if kind.role == "item.done":
        item = yield from placing.done_item(items, event)
    else:
        item = yield from placing.item_of(items, event, kind)
    if item.closed:
        yield from _too_late(item, event, kind)
    elif kind.role == "item.done":
        yield from _item_done(item, event)
    elif kind.items and item.type and item.type not in kind.items:
        words = f"{event.type} for an item of type {item.type!r}"
        yield found(ITEM_TYPE, words, event.frame)
    elif kind.role != "status":
        yield from _within(item, event, kind)


def _too_late(item: Item, event: Event, kind: Kind) -> Iterator[Finding]:
    if item.late and (kind.role == "part.done" or kind.member):
        item.late -= 1  # that it was missing has been told
    else:
        yield found(AFTER_ITEM_DONE, f"{event.type} after the item was done", event.frame)


def _kind_of(event: Event) -> str:
    return kind_of(event.body["item"]) if "item" in event.body else "missing"


def _item_added(items: Items, event: Event) -> Iterator[Finding]:
    value = object_of(event.body.get("item"))
    item = yield from placing.new_item(items, event)
    yield from calls.added(item, value, event)
    for space in ("content", "summary"):
        if value.get(space):
            path = f"$.item.{space}"
            yield found(NOT_EMPTY, f"an item is added with {space}", event.frame, path)
    begun = text_of(value.get("arguments"))
    if item.type == "function_call":
        item.members.setdefault("arguments", Text(begun))
        if begun:
            words = "a function call is added with arguments"
            yield found(NOT_EMPTY, words, event.frame, "$.item.arguments")


def _item_done(item: Item, event: Event) -> Iterator[Finding]:
    value = object_of(event.body.get("item"))
    for part in item.open_parts():
        words = f"{event.type} while {part.space} part {part.index} is open"
        yield found(PART_NOT_CLOSED, words, event.frame)
        item.late += 1
    arguments = item.members.get("arguments")
    if arguments is not None and arguments.streamed and not arguments.finished:
        words = f"{event.type} without the .done of its arguments"
        yield found(TEXT_NOT_CLOSED, words, event.frame)
        item.late += 1
    yield from calls.done(item, value, event)
    yield from texts.item_told(item, value, event)
    item.done = value
    item.closed = True


def _within(item: Item, event: Event, kind: Kind) -> Iterator[Finding]:
    """A delta, an annotation, a part or the end of a text."""
    if kind.role == "part.added":
        yield from _part_added(item, event, kind)
    elif kind.member:
        yield from _text(item.member(kind.member), event, kind)
    else:
        part = yield from placing.part_of(item, event, kind)
        yield from _of_part(part, event, kind)


def _part_added(item: Item, event: Event, kind: Kind) -> Iterator[Finding]:
    value = object_of(event.body.get("part"))
    part = yield from placing.new_part(item, event, kind)
    begun = text_of(value.get(TEXT_OF_PART.get(part.type, "")))
    if begun:
        words = f"a part is added with {len(begun):,} characters of text"
        yield found(NOT_EMPTY, words, event.frame, f"$.part.{TEXT_OF_PART[part.type]}")
        part.text.begun = begun


def _of_part(part: Part, event: Event, kind: Kind) -> Iterator[Finding]:
    if kind.role == "part.done":
        yield from _part_done(part, event)
        return
    if kind.parts and part.type and part.type not in kind.parts:
        words = f"{event.type} in a part of type {part.type!r}"
        yield found(PART_TYPE, words, event.frame)
        return
    if kind.role == "text.done" and part.late_done:
        part.late_done = False
        yield from texts.text_told(part.text, event, kind)
    elif part.closed:
        words = f"{event.type} after the part was done"
        yield found(AFTER_TEXT_DONE, words, event.frame)
    elif kind.role == "annotation":
        yield from annotations.added(part, event)
    else:
        yield from _text(part.text, event, kind)


def _part_done(part: Part, event: Event) -> Iterator[Finding]:
    value = object_of(event.body.get("part"))
    if part.closed:
        words = f"{event.type} after the part was done"
        yield found(AFTER_TEXT_DONE, words, event.frame)
        return
    if not part.text.finished and not part.implicit and part.type in TEXT_OF_PART:
        words = f"{event.type} before the .done of its text"
        yield found(TEXT_NOT_CLOSED, words, event.frame)
        part.late_done = True
    kind = text_of(value.get("type"))
    if part.type and kind and kind != part.type:
        words = f"the part is of type {kind!r}, it was added as {part.type!r}"
        yield found(PART_TYPE, words, event.frame, "$.part.type")
    yield from texts.part_told(part, value, event)
    yield from annotations.told(part, value, event)
    part.closed = True


def _text(text: Text, event: Event, kind: Kind) -> Iterator[Finding]:
    if text.finished:
        yield found(AFTER_TEXT_DONE, f"{event.type} after the text was done", event.frame)
    elif kind.role == "delta":
        delta = event.body.get("delta")
        text.add(text_of(delta))
        text.lost = text.lost or not isinstance(delta, str)
    else:
        text.finished = True
        yield from texts.text_told(text, event, kind)


def _at_the_end(items: Items, event: Event) -> Iterator[Finding]:
    if event.type == "response.completed":
        for item in items.all():
            if not item.closed and not item.implicit:
                words = f"{event.type} while {item.type or 'the item'} at {item.index} is open"
                yield found(ITEM_NOT_CLOSED, words, event.frame)
    yield from texts.final_told(items, event)
