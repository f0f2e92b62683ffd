"""Drift: how the shape of a provider's answers differs between two recordings of the same requests.

Interactions are paired by the key under which replay finds them, then by order. What is compared is
not one answer with another but all answers of a kind: the same upstream, API and model, asked with
the same parameters. A key that one delta has and the next has not is no drift; one that no delta of
a side has any more is. Pure.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec
from msgspec.structs import replace

from wiretape.cassettes.dialects.payload import decode_json, object_of, text_of
from wiretape.cassettes.diff.contrast import At, Found, Pool, Severity, contrast
from wiretape.cassettes.diff.shape import Fact, Shape, shape_of
from wiretape.cassettes.matching import request_key
from wiretape.cassettes.meaning import read_meaning
from wiretape.cassettes.model import Interaction, Request

What = Literal[
    "status", "content type", "api", "framing", "header", "event", "order", "key", "type", "value"
]


class Drift(msgspec.Struct, frozen=True):
    """One thing that is not as it was."""

    severity: Severity
    what: What
    upstream: str
    api: str
    event: str
    """Name of the event; empty where it is about the head."""
    place: str
    """JSON path, SSE field (`event:`), header, or the kind of part that an order is in."""
    old: str
    """Types, word, or the events before it; empty where there was none."""
    new: str
    old_at: At | None
    """The first frame that shows it, or that would have; None where there is none."""
    new_at: At | None
    words: str
    """One line for a person."""


class Report(msgspec.Struct, frozen=True):
    """All drifts, and what could not be compared."""

    drifts: tuple[Drift, ...]
    pairs: int
    compared: int
    """Those of them of which something could be held against the other side."""
    only_old: tuple[int, ...]
    """Interactions whose request nothing on the other side has."""
    only_new: tuple[int, ...]
    remarks: tuple[str, ...]


def drift(old: Iterable[Interaction], new: Iterable[Interaction]) -> tuple[Drift, ...]:
    """What is not as it was, the weightiest first. Both sides are read once."""
    return drift_report(old, new).drifts


def drift_report(old: Iterable[Interaction], new: Iterable[Interaction]) -> Report:
    """The same, with what is behind it."""
    sides = _asked(old), _asked(new)
    heads: dict[tuple[What, str, str, str], Drift] = {}
    groups: dict[_Group, tuple[Pool, Pool]] = defaultdict(lambda: ({}, {}))
    remarks: list[str] = []
    pairs = compared = 0
    for key in (key for key in sides[0] if key in sides[1]):
        was, now = sides[0][key], sides[1][key]
        whole = was.whole() | now.whole()
        was.leave_halves(whole)
        now.leave_halves(whole)
        asked = min(len(was.shapes), len(now.shapes))
        pairs += asked
        shown = was.shared_with(now)
        for one, other in zip(was.shapes, now.shapes, strict=False):
            differing = list(_heads(was.upstream, one, other))
            shown += bool(differing)
            for found in differing:
                heads.setdefault((found.what, was.upstream, found.old, found.new), found)
            remarks += _remarks(one, other)
        compared += min(asked, shown)
        for kind in was.kinds() & now.kinds():
            pools = groups[_Group(was.upstream, was.model, was.parameters, *kind)]
            was.add_to(pools[0], kind)
            now.add_to(pools[1], kind)
    found_all = [*heads.values()]
    for group, (before, after) in groups.items():
        found_all += (_drift(group, found) for found in contrast(before, after))
    return Report(
        drifts=tuple(sorted(_once(found_all), key=_rank)),
        pairs=pairs,
        compared=compared,
        only_old=_unpaired(sides[0], sides[1]),
        only_new=_unpaired(sides[1], sides[0]),
        remarks=tuple(remarks),
    )


_Kind = tuple[str, str, bool]
"""API, framing, and whether it is an error: shapes of one kind are alike."""


class _Group(msgspec.Struct, frozen=True):
    """Answers that are compared together."""

    upstream: str
    model: str
    parameters: frozenset[str]
    api: str
    framing: str
    failed: bool


class _Asked:
    """One request, and the shapes of its answers in order."""

    def __init__(self, upstream: str, request: Request) -> None:
        body = object_of(decode_json(request.body))
        self.upstream = upstream
        self.model = text_of(body.get("model"))
        self.parameters = frozenset(body)
        self.shapes: list[Shape] = []

    def whole(self) -> set[_Kind]:
        """The kinds of answers that say that they are over."""
        return {_kind(shape) for shape in self.shapes if shape.finished and not shape.half}

    def leave_halves(self, whole: set[_Kind]) -> None:
        """Take answers that do not say so for broken off, where others of their kind do."""
        self.shapes = [
            replace(shape, finished=False) if shape.half and _kind(shape) in whole else shape
            for shape in self.shapes
        ]

    def kinds(self) -> set[_Kind]:
        """The kinds of answers that came to their end."""
        return {_kind(shape) for shape in self.shapes if shape.finished}

    def shared_with(self, other: "_Asked") -> int:
        """How many finished answers have one of their kind on the other side."""
        here, there = (
            Counter(_kind(shape) for shape in side.shapes if shape.finished)
            for side in (self, other)
        )
        return (here & there).total()

    def add_to(self, pool: Pool, kind: _Kind) -> None:
        """Add what the finished answers of a kind show."""
        for shape in self.shapes:
            if shape.finished and _kind(shape) == kind:
                for fact, frame in shape.facts.items():
                    if fact not in pool:
                        pool[fact] = At(shape.shown_by, frame)


def _kind(shape: Shape) -> _Kind:
    return shape.head.api, shape.head.framing, shape.failed


def _asked(interactions: Iterable[Interaction]) -> dict[str, _Asked]:
    """By request key. Shapes that are alike share their facts, so that many fit in memory."""
    asked: dict[str, _Asked] = {}
    known: dict[frozenset[Fact], Shape] = {}
    for interaction in interactions:
        key = request_key(interaction.upstream, interaction.request)
        if key not in asked:
            asked[key] = _Asked(interaction.upstream, interaction.request)
        shape = shape_of(interaction, read_meaning(interaction))
        same = known.setdefault(frozenset(shape.facts), shape)
        # Facts that are shared are shown by the first interaction that has them.
        shape = replace(shape, facts=same.facts, shown_by=same.shown_by)
        asked[key].shapes.append(shape)
    return asked


def _unpaired(here: dict[str, _Asked], there: dict[str, _Asked]) -> tuple[int, ...]:
    return tuple(
        sorted(
            shape.number
            for key, asked in here.items()
            for shape in asked.shapes[len(there[key].shapes) if key in there else 0 :]
        )
    )


_HEAD: tuple[tuple[What, str], ...] = (
    ("status", "status"),
    ("content type", "content_type"),
    ("api", "api"),
    ("framing", "framing"),
)


def _heads(upstream: str, one: Shape, other: Shape) -> Iterator[Drift]:
    """How two answers differ as a whole. One that never came is no answer."""
    if not one.head.status or not other.head.status:
        return
    for what, name in _HEAD:
        old, new = getattr(one.head, name), getattr(other.head, name)
        if old != new:
            at = At(one.number, 0), At(other.number, 0)
            words = f"{what} is {new or 'missing'}, was {old or 'missing'}"
            api = other.head.api
            yield Drift("changed", what, upstream, api, "", "", old, new, *at, words)
            if what != "status":
                return  # another content type is another framing


def _remarks(one: Shape, other: Shape) -> Iterator[str]:
    """Words for what cannot be compared, since what is missing may only not have come; and for
    answers of which one holds what the other does not, which is no drift but looks like it."""
    for shape, side, twin in ((one, "old", other), (other, "new", one)):
        if not shape.finished:
            what = "broke off" if shape.head.status else "was never answered"
            that = f", {twin.number} of the old side was whole" if side == "new" else ""
            yield (
                f"interaction {shape.number} of the {side} side {what}"
                f"{that if twin.finished else ''}: it is left out"
            )
    if one.finished and other.finished and one.head == other.head and not one.failed:
        for content in sorted(one.content ^ other.content):
            side = "old" if content in one.content else "new"
            yield (
                f"interactions {one.number} and {other.number}: only the {side} answer has "
                f"{_CONTENT_WORDS[content]}, and what comes with it"
            )


_CONTENT_WORDS = {
    "text": "text",
    "reasoning": "reasoning",
    "tool_start": "tool calls",
    "refusal": "a refusal",
    "citation": "citations",
    "media": "media",
}


def _drift(group: _Group, found: Found) -> Drift:
    return Drift(
        found.severity,
        found.what,
        group.upstream,
        group.api,
        found.event,
        found.place,
        found.old,
        found.new,
        found.old_at,
        found.new_at,
        found.words,
    )


def _once(drifts: Iterable[Drift]) -> list[Drift]:
    """What several groups show alike, once."""
    kept: dict[tuple[str, ...], Drift] = {}
    for one in drifts:
        key = (one.severity, one.what, one.upstream, one.api, one.event, one.place)
        kept.setdefault((*key, one.old, one.new), one)
    return list(kept.values())


_WEIGHT: dict[Severity, int] = {"changed": 0, "removed": 1, "added": 2}


def _rank(one: Drift) -> tuple[int | str, ...]:
    return (_WEIGHT[one.severity], one.upstream, one.api, one.what, one.place, one.event)
