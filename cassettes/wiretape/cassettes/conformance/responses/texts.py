"""Rules of texts that are told again: deltas, their `.done`, the part, the item, the response.

Each telling is compared with all before it, so that one that differs is one finding, wherever in
the chain it stands. Also: whether extensions can be left out without losing text.
"""

from collections.abc import Iterator

from wiretape.cassettes.conformance.responses import calls
from wiretape.cassettes.conformance.responses.items import Item, Items, Part, Text
from wiretape.cassettes.conformance.responses.kinds import TEXT_OF_PART, Kind, Space
from wiretape.cassettes.conformance.responses.profiles import ALL, LETTER, WIRE
from wiretape.cassettes.conformance.responses.stream import Event, whole_number
from wiretape.cassettes.conformance.rule import Finding, Rule, found
from wiretape.cassettes.dialects.delta import Json
from wiretape.cassettes.dialects.payload import object_of, text_of

DONE_DIFFERS = Rule(
    "responses.done-differs",
    "error",
    "inferred",
    "The text of a `.done` is that of its deltas together.",
    WIRE,
)
PART_DIFFERS = Rule(
    "responses.part-differs",
    "error",
    "inferred",
    "The text of a part that is done is the text that came.",
    WIRE,
)
ITEM_DIFFERS = Rule(
    "responses.item-differs",
    "error",
    "inferred",
    "An item that is done has the parts and texts that came.",
    WIRE,
)
FINAL_DIFFERS = Rule(
    "responses.final-differs",
    "error",
    "inferred",
    "The items of the final response are those that were done, in the order of their indexes.",
    WIRE,
)
FINAL_ID_DIFFERS = Rule(
    "responses.final-id-differs",
    "error",
    "inferred",
    "The items of the final response have the ids with which they were streamed.",
    WIRE,
)
WITHOUT_DELTAS = Rule(
    "responses.text-without-deltas",
    "warning",
    "prose",
    "Text comes in deltas, not only once it is done: a client that shows deltas shows nothing.",
    ALL,
)
NOT_REBUILT = Rule(
    "responses.core-not-rebuilt",
    "error",
    "prose",
    "Without the events of extensions, the deltas still give the text.",
    LETTER,
)

RULES = (
    DONE_DIFFERS,
    PART_DIFFERS,
    ITEM_DIFFERS,
    FINAL_DIFFERS,
    FINAL_ID_DIFFERS,
    WITHOUT_DELTAS,
    NOT_REBUILT,
)

SPACES: tuple[Space, ...] = ("content", "summary")


def text_told(text: Text, event: Event, kind: Kind) -> Iterator[Finding]:
    """The `.done` of a text."""
    whole = event.body.get(kind.field)
    if isinstance(whole, str):
        yield from _told(text, whole, DONE_DIFFERS, event, f"$.{kind.field}")


def part_told(part: Part, value: dict[str, Json], event: Event) -> Iterator[Finding]:
    """A part that is done."""
    yield from _part(part, value, PART_DIFFERS, event, "$.part")


def item_told(item: Item, value: dict[str, Json], event: Event) -> Iterator[Finding]:
    """An item that is done."""
    yield from _item(item, value, ITEM_DIFFERS, event, "$.item")


def final_told(items: Items, event: Event) -> Iterator[Finding]:
    """The terminal event. A response that failed need not say what there was of it."""
    output = object_of(event.body.get("response")).get("output")
    if not isinstance(output, list):
        return
    streamed = items.all()
    path = "$.response.output"
    if len(output) != len(streamed):
        if event.type != "response.failed":
            words = f"{len(output)} items in the response, {len(streamed)} were streamed"
            yield found(FINAL_DIFFERS, words, event.frame, path)
        return
    told = False
    for number, (item, value) in enumerate(_aligned(streamed, output)):
        if isinstance(value, dict):
            if item is not streamed[number] and not told:
                told = True  # once: where one is out of place, so is another
                words = f"{item.type or 'an item'} is at {number}, it was streamed at {item.index}"
                yield found(FINAL_DIFFERS, words, event.frame, f"{path}[{number}]")
            yield from _final(item, value, event, f"{path}[{number}]")


def _aligned(streamed: list[Item], output: list[Json]) -> Iterator[tuple[Item, Json]]:
    """Which item each value of the final response is: by its id, else by its place, else one that
    is left."""
    by_name: dict[str, Item] = {}
    for item in streamed:
        for name in item.ids:
            by_name.setdefault(name, item)
    own: dict[int, Item] = {}
    taken: set[int] = set()
    for number, value in enumerate(map(object_of, output)):
        named = by_name.get(text_of(value.get("id")))
        if named is not None and id(named) not in taken and named.type == value.get("type"):
            own[number] = named
            taken.add(id(named))
    left = [item for item in streamed if id(item) not in taken]
    for number, value in enumerate(output):
        item = own.get(number) or (streamed[number] if streamed[number] in left else left[0])
        if number not in own:
            left.remove(item)
        yield item, value


def _final(item: Item, value: dict[str, Json], event: Event, path: str) -> Iterator[Finding]:
    name = text_of(value.get("id"))
    if name and item.ids and name not in item.ids:
        words = f"the id is {name!r}; the item was streamed as {item.ids[0]!r}"
        yield found(FINAL_ID_DIFFERS, words, event.frame, f"{path}.id")
    yield from calls.constant(item, value, event, path)
    for key in ("status", "role", "phase"):
        told, now = item.done.get(key), value.get(key)
        if told is not None and now is not None and told != now:
            words = f"{key} is {now!r}, in output_item.done it was {told!r}"
            yield found(FINAL_DIFFERS, words, event.frame, f"{path}.{key}")
    yield from _item(item, value, FINAL_DIFFERS, event, path)


def remember_extension(items: Items, event: Event) -> None:
    """Text that an event of no known type carries: it may be what the core lacks."""
    delta = event.body.get("delta")
    index = whole_number(event.body.get("output_index"))
    item = items.by_index.get(index) if index is not None else None
    item = item or items.by_id.get(text_of(event.body.get("item_id")))
    if item is None or not isinstance(delta, str):
        return
    still = list(item.open_parts())
    for text in (*(part.text for part in still[-1:]), *item.members.values()):
        text.extended.append(delta)


def _item(
    item: Item, value: dict[str, Json], rule: Rule, event: Event, path: str
) -> Iterator[Finding]:
    for space in SPACES:
        if isinstance(value.get(space), list):
            yield from _parts(item, space, value[space], rule, event, f"{path}.{space}")
    if item.type == "function_call":
        item.member("arguments")
    for name, text in item.members.items():
        if isinstance(value.get(name), str):
            yield from _told(text, value[name], rule, event, f"{path}.{name}")


def _parts(
    item: Item, space: Space, values: list[Json], rule: Rule, event: Event, path: str
) -> Iterator[Finding]:
    parts = item.parts_of(space)
    if len(parts) > len(values):
        words = f"{len(values)} {space} parts, {len(parts)} came"
        yield found(rule, words, event.frame, path)
        return
    for number, value in enumerate(map(object_of, values)):
        if number < len(parts):
            part = parts[number]
        else:
            part = Part(space, _next_index(parts))
            part.implicit = part.closed = True
            item.parts[space, part.index] = part
            parts.append(part)
        yield from _part(part, value, rule, event, f"{path}[{number}]")


def _next_index(parts: list[Part]) -> int:
    return max((part.index for part in parts), default=-1) + 1


def _part(
    part: Part, value: dict[str, Json], rule: Rule, event: Event, path: str
) -> Iterator[Finding]:
    field = TEXT_OF_PART.get(text_of(value.get("type")) or part.type, "text")
    if isinstance(value.get(field), str):
        yield from _told(part.text, value[field], rule, event, f"{path}.{field}")


def _told(text: Text, whole: str, rule: Rule, event: Event, path: str) -> Iterator[Finding]:
    told = text.settle()
    if whole in told:
        return
    if text.lost:
        text.lost = False
        told.append(whole)
        return
    if whole == "".join(text.extended):
        words = "the text is whole only with the deltas of an extension"
        yield found(NOT_REBUILT, words, event.frame, path)
    elif not text.streamed and told == ["", ""]:
        words = f"{len(whole):,} characters of text, and no delta brought any"
        yield found(WITHOUT_DELTAS, words, event.frame, path)
    else:
        yield found(rule, _difference(told[-1], whole), event.frame, path)
    told.append(whole)


SHOWN = 24
"""Characters of each text that a finding shows."""


def _difference(before: str, now: str) -> str:
    """Where two texts part, and how each goes on."""
    at = next(
        (n for n, (one, other) in enumerate(zip(before, now, strict=False)) if one != other),
        min(len(before), len(now)),
    )
    return (
        f"after {at:,} characters it goes on {_shown(now[at:])}, not {_shown(before[at:])} "
        "as it came"
    )


def _shown(text: str) -> str:
    if not text:
        return "not at all"
    return repr(text[:SHOWN]) + ("..." if len(text) > SHOWN else "")
