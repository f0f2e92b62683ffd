"""To which item and part an event belongs, and rules of the indexes and ids that say so.

One mistake is one finding: where an index is missing or wrong, the id helps, and then the place
where the stream is. What was mistaken once is remembered, so that it is not told again.
"""

from collections.abc import Generator

from wiretape.cassettes.conformance.responses.items import Item, Items, Part
from wiretape.cassettes.conformance.responses.kinds import Kind
from wiretape.cassettes.conformance.responses.profiles import ALL, WIRE
from wiretape.cassettes.conformance.responses.stream import Event, whole_number
from wiretape.cassettes.conformance.rule import Finding, Rule, found
from wiretape.cassettes.dialects.payload import object_of, text_of

OUTPUT_INDEX_MISSING = Rule(
    "responses.output-index-missing",
    "error",
    "schema",
    "Events of an item have an `output_index`.",
    ALL,
)
OUTPUT_INDEX_GAP = Rule(
    "responses.output-index-gap",
    "error",
    "inferred",
    "Items are added with the output indexes 0, 1, 2 and so on.",
    ALL,
)
OUTPUT_INDEX_REUSED = Rule(
    "responses.output-index-reused",
    "error",
    "inferred",
    "No two items are added with the same `output_index`.",
    ALL,
)
OUTPUT_INDEX_DIFFERS = Rule(
    "responses.output-index-differs",
    "error",
    "inferred",
    "The events of an item have the `output_index` with which it was added.",
    ALL,
)
ITEM_ID_MISSING = Rule(
    "responses.item-id-missing",
    "error",
    "schema",
    "Events of an item have an `item_id`.",
    WIRE,
)
ITEM_ID_DIFFERS = Rule(
    "responses.item-id-differs",
    "error",
    "inferred",
    "An item keeps its id from `output_item.added` through its events to `output_item.done`.",
    WIRE,
)
ITEM_ID_REUSED = Rule(
    "responses.item-id-reused",
    "error",
    "inferred",
    "No two items have the same id.",
    WIRE,
)
ITEM_NOT_ADDED = Rule(
    "responses.item-not-added",
    "error",
    "prose",
    "The first event of an item is `response.output_item.added`.",
    ALL,
)
PART_INDEX_MISSING = Rule(
    "responses.part-index-missing",
    "error",
    "schema",
    "Events of a part have a `content_index`, those of a summary's part a `summary_index`.",
    ALL,
)
PART_INDEX_GAP = Rule(
    "responses.part-index-gap",
    "error",
    "inferred",
    "Parts are added with the indexes 0, 1, 2 and so on; those of a summary count for themselves.",
    ALL,
)
PART_INDEX_REUSED = Rule(
    "responses.part-index-reused",
    "error",
    "inferred",
    "No two parts of an item are added with the same index.",
    ALL,
)
PART_INDEX_UNKNOWN = Rule(
    "responses.part-index-unknown",
    "error",
    "inferred",
    "The index of an event names a part that was added, not one beside the open one.",
    ALL,
)
PART_NOT_ADDED = Rule(
    "responses.part-not-added",
    "error",
    "prose",
    "A part is added before its text comes.",
    ALL,
)

RULES = (
    OUTPUT_INDEX_MISSING,
    OUTPUT_INDEX_GAP,
    OUTPUT_INDEX_REUSED,
    OUTPUT_INDEX_DIFFERS,
    ITEM_ID_MISSING,
    ITEM_ID_DIFFERS,
    ITEM_ID_REUSED,
    ITEM_NOT_ADDED,
    PART_INDEX_MISSING,
    PART_INDEX_GAP,
    PART_INDEX_REUSED,
    PART_INDEX_UNKNOWN,
    PART_NOT_ADDED,
)


def new_item(items: Items, event: Event) -> Generator[Finding, None, Item]:
    """The item that `output_item.added` adds."""
    value = object_of(event.body.get("item"))
    name = text_of(value.get("id"))
    index = yield from _output_index(event)
    expected = _expected(len(items.all()), max(items.by_index, default=-1))
    if index is None:
        index = max(expected)
    known = items.by_index.get(index)
    if known is not None and known.implicit:
        known.type = text_of(value.get("type"))
        known.ids.append(name)
        return known
    item = Item(index, text_of(value.get("type")), (name,) if name else ())
    if known is not None and known.index == index:
        words = f"output_index {index} is that of {known.type or 'an item'} already"
        yield found(OUTPUT_INDEX_REUSED, words, event.frame, "$.output_index")
        if name in known.ids:
            return known
        item.index = max(expected)
    elif known is None and index not in expected:
        words = f"output_index is {index}, expected {min(expected)}"
        yield found(OUTPUT_INDEX_GAP, words, event.frame, "$.output_index")
        items.by_index[min(expected)] = item
    if name in items.by_id:
        words = f"id {name!r} is that of the item at {items.by_id[name].index} already"
        yield found(ITEM_ID_REUSED, words, event.frame, "$.item.id")
    items.put(item)
    items.by_index[index] = item
    return item


def _expected(count: int, last: int) -> set[int]:
    """After a gap an index may go on from it, or as if there had been none."""
    return {count, last + 1}


def done_item(items: Items, event: Event) -> Generator[Finding, None, Item]:
    """The item that `output_item.done` is about; made where nobody added it."""
    value = object_of(event.body.get("item"))
    name, kind = text_of(value.get("id")), text_of(value.get("type"))
    index = yield from _output_index(event)
    item = yield from _located(items, event, index, name, "$.item.id", frozenset({kind}))
    return item


def item_of(items: Items, event: Event, kind: Kind) -> Generator[Finding, None, Item]:
    """The item that a delta, a part or a status belongs to; made where nobody added it."""
    index = yield from _output_index(event)
    name = text_of(event.body.get("item_id"))
    if kind.names_item and "item_id" not in event.body:
        words = f"{event.type} has no item_id"
        yield found(ITEM_ID_MISSING, words, event.frame, "$.item_id")
    item = yield from _located(items, event, index, name, "$.item_id", kind.items)
    return item


def _output_index(event: Event) -> Generator[Finding, None, int | None]:
    if "output_index" not in event.body:
        words = f"{event.type} has no output_index"
        yield found(OUTPUT_INDEX_MISSING, words, event.frame, "$.output_index")
    return whole_number(event.body.get("output_index"))


def _located(
    items: Items,
    event: Event,
    index: int | None,
    name: str,
    path: str,
    types: frozenset[str],
) -> Generator[Finding, None, Item]:
    at_index = items.by_index.get(index) if index is not None else None
    if at_index is not None and at_index.index != index and name and name not in at_index.ids:
        at_index = None  # where it should have been, but this is another one's event
    if at_index is None and index is None and name not in items.by_id:
        at_index = items.guess(types)
    if at_index is not None and (not name or name in at_index.ids):
        return at_index
    by_id = items.by_id.get(name)
    if by_id is not None:
        if index is not None:
            words = f"output_index is {index}; the item {name!r} was added with {by_id.index}"
            yield found(OUTPUT_INDEX_DIFFERS, words, event.frame, "$.output_index")
        return by_id
    if at_index is not None:
        if at_index.ids:
            words = f"the id is {name!r}; the item was added as {at_index.ids[0]!r}"
            yield found(ITEM_ID_DIFFERS, words, event.frame, path)
        at_index.ids.append(name)
        return at_index
    words = f"{event.type} of an item that was not added"
    yield found(ITEM_NOT_ADDED, words, event.frame, "$.output_index")
    made = Item(max(items.by_index, default=-1) + 1 if index is None else index)
    made.implicit = True
    made.ids = [name] if name else []
    return items.put(made)


def new_part(item: Item, event: Event, kind: Kind) -> Generator[Finding, None, Part]:
    """The part that `content_part.added` and its like add."""
    value = object_of(event.body.get("part"))
    index = yield from _part_index(event, kind)
    last = max((at for where, at in item.parts if where == kind.space), default=-1)
    expected = _expected(len(item.parts_of(kind.space)), last)
    if index is None:
        index = max(expected)
    known = item.parts.get((kind.space, index))
    if known is not None and known.implicit:
        known.type = text_of(value.get("type"))
        return known
    part = Part(kind.space, index, text_of(value.get("type")))
    if known is not None and known.index == index:
        words = f"{kind.index_field} {index} is that of another part already"
        yield found(PART_INDEX_REUSED, words, event.frame, f"$.{kind.index_field}")
        part.index = max(expected)
    elif known is None and index not in expected:
        words = f"{kind.index_field} is {index}, expected {min(expected)}"
        yield found(PART_INDEX_GAP, words, event.frame, f"$.{kind.index_field}")
        item.parts[kind.space, min(expected)] = part
    item.parts[kind.space, part.index] = part
    item.parts[kind.space, index] = part
    return part


def part_of(item: Item, event: Event, kind: Kind) -> Generator[Finding, None, Part]:
    """The part that a delta or a done belongs to; made where nobody added it."""
    index = yield from _part_index(event, kind)
    known = item.parts.get((kind.space, index)) if index is not None else None
    if known is not None:
        return known
    parts = item.parts_of(kind.space)
    still = [part for part in parts if not part.closed]
    if index is None and parts:
        return (still or parts)[-1]
    if still:
        words = f"{kind.index_field} is {index}; the open part has {still[-1].index}"
        yield found(PART_INDEX_UNKNOWN, words, event.frame, f"$.{kind.index_field}")
        return still[-1]
    yield found(PART_NOT_ADDED, f"{event.type} of a part that was not added", event.frame)
    made = Part(kind.space, len(parts) if index is None else index)
    made.implicit = True
    item.parts[kind.space, made.index] = made
    return made


def _part_index(event: Event, kind: Kind) -> Generator[Finding, None, int | None]:
    if kind.index_field not in event.body:
        words = f"{event.type} has no {kind.index_field}"
        yield found(PART_INDEX_MISSING, words, event.frame, f"$.{kind.index_field}")
    return whole_number(event.body.get(kind.index_field))
