"""Two pools of facts set against each other: what one has and the other has not.

Only the topmost is told: not the keys of an object that is gone, nor the order of events that are
new. Knows facts of shapes, and nothing of interactions. Pure.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import msgspec

from wiretape.cassettes.diff.shape import START, STOP, Fact

Severity = Literal["added", "removed", "changed"]


class At(msgspec.Struct, frozen=True):
    """Where it is seen."""

    number: int
    """Of the interaction."""
    frame: int
    """0 for the head."""


Pool = dict[Fact, At]
"""Facts, each with where it is seen first."""


class Found(msgspec.Struct, frozen=True):
    """One difference; the names are those of Drift."""

    severity: Severity
    what: Literal["header", "event", "order", "key", "type", "value"]
    event: str
    place: str
    old: str
    new: str
    old_at: At | None
    new_at: At | None
    words: str


class _Sides(msgspec.Struct, frozen=True):
    """Both pools, where places are written alike."""

    old: Mapping[Fact, At]
    new: Mapping[Fact, At]

    def of(self, *kinds: str) -> Iterator[Fact]:
        """What either has of these kinds, in order."""
        return iter(
            sorted(fact for fact in self.old.keys() | self.new.keys() if fact.kind in kinds)
        )

    def one_sided(self, fact: Fact) -> bool:
        """Whether only one of them has it."""
        return (fact in self.old) != (fact in self.new)

    def shared_events(self) -> set[str]:
        """Events that both have."""
        return {f.event for f in self.of("event") if not self.one_sided(f)}


def contrast(old: Pool, new: Pool) -> Iterator[Found]:
    """What differs, by kind and place."""
    sides = _Sides(*_alike(old, new))
    yield from _headers(sides)
    yield from _events(sides)
    members = list(_members(sides))
    yield from members
    if not any(found.what == "key" and found.place in _PART_KEYS for found in members):
        yield from _orders(sides)


_PART_KEYS = frozenset({"$.output_index", "$.item_id", "$.index", "$.contentBlockIndex"})
"""Where one of them comes or goes, parts are no longer told apart, and no order can be told."""


def _headers(sides: _Sides) -> Iterator[Found]:
    for fact in filter(sides.one_sided, sides.of("header")):
        yield _one_sided(sides, fact, "header", f"header {fact.place}", "")


def _events(sides: _Sides) -> Iterator[Found]:
    for fact in filter(sides.one_sided, sides.of("event")):
        yield _one_sided(sides, fact, "event", f"event {fact.event}", "")


def _members(sides: _Sides) -> Iterator[Found]:
    """Keys, their types, and words of enums, in the events that both sides have."""
    shared = sides.shared_events()
    places: dict[tuple[str, str], list[Fact]] = defaultdict(list)
    for fact in sides.of("key", "value"):
        if fact.event in shared:
            places[fact.event, fact.place].append(fact)
    told: dict[str, list[str]] = defaultdict(list)
    for (event, place), facts in sorted(places.items(), key=_outermost):
        if place.startswith(tuple(told[event])):
            continue
        for found in _member(sides, facts):
            if found.what == "key":
                told[event] += (f"{place}{mark}" for mark in ".[<")
            elif found.what == "value" and place.endswith(".type"):
                told[event].append(f"{place.removesuffix('.type')}<{found.old or found.new}>")
            if not (found.what == "key" and place.endswith(("[]", ".{}"))):
                yield found


def _outermost(item: tuple[tuple[str, str], list[Fact]]) -> tuple[str, int, str]:
    """Outer places first; the word of an object's `type` before what is in it."""
    event, place = item[0]
    return event, len(place.removesuffix(".type")), place


def _member(sides: _Sides, facts: list[Fact]) -> Iterator[Found]:
    """What there is to say of one place; of `x[]`, that one side has no element is said to the
    caller alone: an empty array tells nothing of its elements."""
    keys = [fact for fact in facts if fact.kind == "key"]
    old = [fact for fact in keys if fact in sides.old]
    new = [fact for fact in keys if fact in sides.new]
    if keys and not (old and new):
        fact = keys[0]
        types = ", ".join(fact.what for fact in keys)
        name = "line" if fact.what == "line" else f"key {fact.place}"
        words = f"{fact.place} line" if name == "line" else f"{name} ({types})"
        yield _one_sided(sides, fact, "key", words, types)
        return
    if set(old) != set(new):
        was, now = (", ".join(fact.what for fact in side) for side in (old, new))
        at = sides.old[_newest(old, new)], sides.new[_newest(new, old)]
        words = f"{keys[0].place} is {now}, was {was}"
        yield Found("changed", "type", keys[0].event, keys[0].place, was, now, *at, words)
    for fact in facts:
        if fact.kind == "value" and sides.one_sided(fact):
            yield _one_sided(sides, fact, "value", f'{fact.place} "{fact.what}"', fact.what)


def _newest(here: list[Fact], there: list[Fact]) -> Fact:
    """What only this side has; else any."""
    return next((fact for fact in here if fact not in there), here[0])


_VERBS: dict[bool, tuple[Severity, str]] = {True: ("added", "new"), False: ("removed", "gone")}


def _one_sided(
    sides: _Sides,
    fact: Fact,
    what: Literal["header", "event", "key", "value"],
    words: str,
    text: str,
) -> Found:
    is_new = fact in sides.new
    severity, verb = _VERBS[is_new]
    event = Fact("event", fact.event)
    return Found(
        severity,
        what,
        fact.event,
        fact.place,
        "" if is_new else text,
        text if is_new else "",
        sides.old.get(fact) or sides.old.get(event),
        sides.new.get(fact) or sides.new.get(event),
        f"{words} is {verb}",
    )


def _orders(sides: _Sides) -> Iterator[Found]:
    """Events that stand before others than they did: one that directly follows another, and on
    the other side never came after it at all. What an event on one side alone brings about by
    standing between two others is not told again."""
    shared = sides.shared_events() | {START, STOP}
    befores: dict[tuple[str, str], tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for fact in sides.of("follows"):
        for place, side in enumerate((sides.old, sides.new)):
            if fact in side:
                befores[fact.place, fact.event][place].add(fact.what)
    parts = [{part for (part, _), before in befores.items() if before[place]} for place in (0, 1)]
    both = parts[0] & parts[1]
    shared |= {"(part)"} if len(both - {""}) else set()
    for (part, event), (old, new) in sorted(befores.items()):
        if part not in both or event not in shared or not (old and new):
            continue
        kept = _Order(part, event, old & shared, new & shared)
        lost = {
            one for one in kept.old - kept.new if not _leads(befores, part, (one, event), 1, shared)
        }
        came = {
            one for one in kept.new - kept.old if not _leads(befores, part, (one, event), 0, shared)
        }
        if lost or came:
            yield _order(sides, kept, lost, came)


class _Order(msgspec.Struct, frozen=True):
    """Which events stand before one, in one kind of part."""

    part: str
    event: str
    old: set[str]
    new: set[str]


def _leads(
    befores: Mapping[tuple[str, str], tuple[set[str], set[str]]],
    part: str,
    pair: tuple[str, str],
    place: int,
    shared: set[str],
) -> bool:
    """Whether, on a side, the first of the pair comes before the second, with others between them:
    at the start and the end of a part, only others that this side alone has."""
    start, event = pair
    strict = start == START or event == STOP
    seen: set[str] = set()
    ahead = [event]
    while ahead:
        for before in befores.get((part, ahead.pop()), (set[str](), set[str]()))[place]:
            if before == start:
                return True
            if before not in seen and not (strict and before in shared):
                seen.add(before)
                ahead.append(before)
    return False


def _order(sides: _Sides, order: _Order, lost: set[str], came: set[str]) -> Found:
    severity: Severity = "changed" if lost and came else "added" if came else "removed"
    old, new = (", ".join(sorted(side)) for side in (order.old, order.new))
    name = "the end" if order.event == STOP else order.event
    where = f" in {order.part}" if order.part else ""
    if lost and came:
        words = f"{name} follows {new}{where}, followed {old}"
    elif came:
        words = f"{name} follows {_listed(came)} as well{where}"
    else:
        words = f"{name} no longer follows {_listed(lost)}{where}"
    old_at = _at(sides.old, order, lost or order.old)
    new_at = _at(sides.new, order, came or order.new)
    return Found(severity, "order", order.event, order.part, old, new, old_at, new_at, words)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _at(side: Mapping[Fact, At], order: _Order, befores: set[str]) -> At | None:
    """Where the event first stands behind one of these; else where it first stands."""
    pick = Fact("follows", order.event, order.part, min(befores, default=""))
    return side.get(pick) or side.get(Fact("event", order.event))


def _alike(old: Pool, new: Pool) -> tuple[Mapping[Fact, At], Mapping[Fact, At]]:
    """Both with their places written alike: an object that is named by its `type` on one side
    and has none on the other is written without it, so that its keys can be compared."""
    bare = _named(old) ^ _named(new)
    bare = {
        (event, place)
        for event, place in bare
        if all(_has(one, event, place) for one in (old, new))
    }
    return (_bared(old, bare), _bared(new, bare)) if bare else (old, new)


def _named(pool: Pool) -> set[tuple[str, str]]:
    """Events and places of the objects that are named by their `type`."""
    return {
        (fact.event, fact.place.removesuffix(".type"))
        for fact in pool
        if fact.kind == "value" and fact.place.endswith(".type") and fact.place != "$.type"
    }


def _has(pool: Pool, event: str, place: str) -> bool:
    return Fact("key", event, place, "object") in pool


def _bared(pool: Pool, bare: set[tuple[str, str]]) -> Pool:
    """Without the words of these `type`s."""
    by_event: dict[str, list[str]] = defaultdict(list)
    for event, place in bare:
        by_event[event].append(re.escape(place))
    patterns = {
        event: re.compile(f"^({'|'.join(sorted(places, reverse=True))})<[^>]*>")
        for event, places in by_event.items()
    }
    written: Pool = {}
    for fact, at in pool.items():
        pattern = patterns.get(fact.event)
        if pattern is not None and fact.kind in ("key", "value"):
            if fact.kind == "value" and (fact.event, fact.place.removesuffix(".type")) in bare:
                continue
            fact = msgspec.structs.replace(fact, place=pattern.sub(r"\1", fact.place))
        written.setdefault(fact, at)
    return written
