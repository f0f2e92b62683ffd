"""The items of a response and their parts, as a stream builds them: the state of one walk.

Mutable, and alive only while one stream is looked at. Keyed by index, as openai-python does it.
Knows no rules; `placing` fills it, `order` and `texts` look at it.
"""

from collections.abc import Iterator

from wiretape.cassettes.conformance.responses.kinds import Space
from wiretape.cassettes.dialects.delta import Json


class Text:
    """A text that comes in pieces, and is then told again whole, up to four times."""

    __slots__ = ("begun", "extended", "finished", "lost", "pieces", "seen")

    def __init__(self, begun: str = "") -> None:
        self.begun = begun
        """What stood there already when it was added."""
        self.pieces: list[str] = []
        self.extended: list[str] = []
        """The pieces, with those that came in events of an extension."""
        self.seen: list[str] | None = None
        """The versions told so far, first of them the pieces together; None before the first."""
        self.finished = False
        self.lost = False
        """A delta had no text, which has been told: what the pieces make is no measure."""

    def add(self, piece: str) -> None:
        """A delta."""
        self.pieces.append(piece)
        self.extended.append(piece)

    def settle(self) -> list[str]:
        """The versions told so far."""
        if self.seen is None:
            whole = "".join(self.pieces)
            self.seen = [whole, self.begun + whole]
        return self.seen

    @property
    def streamed(self) -> bool:
        """Whether there was a delta at all."""
        return bool(self.pieces)


class Part:
    """A content part, or a part of a summary."""

    __slots__ = (
        "annotations",
        "annotations_lost",
        "closed",
        "implicit",
        "index",
        "late_done",
        "space",
        "text",
        "type",
    )

    def __init__(self, space: Space, index: int, type_: str = "", begun: str = "") -> None:
        self.space = space
        self.index = index
        self.type = type_
        self.text = Text(begun)
        self.annotations: list[Json] = []
        self.annotations_lost = False
        """One was missing or had nothing in it, which has been told."""
        self.implicit = False
        """Nobody added it; its deltas came all the same."""
        self.closed = False
        self.late_done = False
        """It was closed before its text was, and that has been told."""


class Item:
    """One output item."""

    __slots__ = (
        "call",
        "closed",
        "done",
        "ids",
        "implicit",
        "index",
        "late",
        "members",
        "parts",
        "type",
    )

    def __init__(self, index: int, type_: str = "", ids: tuple[str, ...] = ()) -> None:
        self.index = index
        self.type = type_
        self.ids = list(ids)
        """Every id it was called by."""
        self.parts: dict[tuple[Space, int], Part] = {}
        self.members: dict[str, Text] = {}
        """Texts that belong to no part: `arguments`."""
        self.call: dict[str, Json] = {}
        self.implicit = False
        """Nobody added it; its events came all the same."""
        self.closed = False
        self.late = 0
        """Parts and texts that were open when it was done, which has been told."""
        self.done: dict[str, Json] = {}
        """As output_item.done has it."""

    def parts_of(self, space: Space) -> list[Part]:
        """Its parts, each once, in the order of their indexes."""
        own = {id(part): part for (where, _), part in self.parts.items() if where == space}
        return sorted(own.values(), key=lambda part: part.index)

    def open_parts(self) -> Iterator[Part]:
        """Those that were added and not closed."""
        for space in ("content", "summary"):
            for part in self.parts_of(space):
                if not part.closed and not part.implicit:
                    yield part

    def member(self, name: str) -> Text:
        """The text that is a member of it."""
        return self.members.setdefault(name, Text())


class Items:
    """All items of one response."""

    def __init__(self) -> None:
        self._items: list[Item] = []
        self.by_index: dict[int, Item] = {}
        self.by_id: dict[str, Item] = {}

    def all(self) -> list[Item]:
        """In the order of their indexes."""
        return sorted(self._items, key=lambda item: item.index)

    def put(self, item: Item) -> Item:
        """Add it under its index and its id."""
        self._items.append(item)
        self.by_index[item.index] = item
        for name in item.ids:
            self.by_id.setdefault(name, item)
        return item

    def guess(self, types: frozenset[str]) -> Item | None:
        """The item that an event without an index means: the last open one that it fits."""
        items = self.all()
        fitting = [item for item in items if not types or item.type in types or not item.type]
        still = [item for item in fitting if not item.closed]
        return next(reversed(still or fitting or items), None)
