"""What has been read of one response: its items and their parts, and which of them a frame means.

Items may be open at the same time, so they are told apart by `output_index`. An `item_id` is a
hint only: behind some gateways it is another one in each event. Servers that give no index
(llama.cpp, LiteLLM) are followed by id, and by what is open. Knows nothing of JSON.
"""

from collections.abc import Iterable, Iterator

from wiretape.cassettes.dialects.delta import Delta, Json, PartEnd, PartStart, PartType, ToolEnd
from wiretape.cassettes.dialects.media import Pieces
from wiretape.cassettes.dialects.reading import Place, Reading
from wiretape.cassettes.dialects.responses_events import (
    COMMENTARY,
    ITEMS,
    REASONING,
    TEXT,
    Form,
    Origin,
    Space,
)


class Telling(Reading):
    """The deltas of one frame, all with one raw type."""

    __slots__ = ("raw_type", "streamed")

    def __init__(self, frame: int, at_ns: int, raw_type: str, *, streamed: bool = True) -> None:
        super().__init__(frame, at_ns)
        self.raw_type = raw_type
        self.streamed = streamed
        """Whether text that stands only in a snapshot is worth a remark."""

    def unknown(self, path: str, value: Json, raw_type: str = "") -> None:
        """Keep what the dialect does not know."""
        super().unknown(path, value, raw_type or self.raw_type)

    def here(self, part: str = "") -> Place:
        """What a delta of this frame begins with."""
        return self.at(self.raw_type, part)


class Part:
    """One text that grows: a content part, a summary, the arguments of a call."""

    __slots__ = ("announced", "citations", "ended", "form", "key", "kind", "pieces", "word")

    def __init__(self, key: str, form: Form) -> None:
        self.key = key
        self.form = form
        self.kind = form.kind
        self.word = form.word
        self.pieces: list[str] = []
        self.announced = False
        self.ended = False
        self.citations: set[int] = set()
        """Indexes of the annotations that were told."""

    def say(self, telling: Telling, text: str, *, synthetic: bool = False) -> None:
        """The next piece."""
        self.pieces.append(text)
        self.show(telling, text, synthetic=synthetic)

    def show(self, telling: Telling, text: str, *, synthetic: bool = False) -> None:
        """The delta of a piece."""
        delta: Delta
        if self.form.word is False:
            delta = self.form.kind(*telling.here(self.key), text, synthetic)
        else:
            delta = self.form.kind(*telling.here(self.key), text, self.word, synthetic)
        telling.add(delta)

    def settle(self, text: str) -> str | None:
        """Take `text` for what the part says; what of it was not said yet, or None where it
        contradicts what was. Costs what is new since the last time, and the text."""
        length = sum(map(len, self.pieces))
        said = "".join(self.pieces) if length <= len(text) else None
        self.pieces = [text]
        return text[length:] if said is not None and text.startswith(said) else None

    def close(self, telling: Telling) -> None:
        """It is over, if it was not before."""
        if not self.ended:
            self.ended = True
            telling.add(PartEnd(*telling.here(self.key), ptype=self.form.ptype))


def same(part: Part, form: Form) -> bool:
    """Whether a part is of a form; a text is one on any channel."""
    return part.form.ptype == form.ptype


class Item:
    """One item of the output."""

    __slots__ = (
        "args",
        "audio",
        "call_id",
        "channel",
        "done",
        "ended",
        "id",
        "index",
        "key",
        "kind",
        "name",
        "of_space",
        "opaque",
        "opened",
        "origin",
        "parts",
        "printed",
        "result",
        "status",
        "told",
    )

    def __init__(self, key: str, index: int | None, kind: str) -> None:
        self.key = key
        self.index = index
        self.kind = kind
        """The provider's type of item; empty while nobody told it."""
        self.id = ""
        self.call_id = ""
        self.name = ""
        self.origin: Origin | None = None
        """Who runs it; None where it is no call."""
        self.status = ""
        self.channel = ""
        self.opened: tuple[str, str] | None = None
        """Name and call id that its first delta had, once it was given."""
        self.ended = False
        """Whether its last delta was given: the end of a part or of a call."""
        self.done = False
        """Whether `output_item.done` came."""
        self.parts: dict[tuple[Space, int], Part] = {}
        self.of_space: dict[Space, list[Part]] = {}
        self.args: str | None = None
        """The whole arguments, as they were told last."""
        self.opaque = ""
        """What only the provider can read, as it was told last."""
        self.result = ""
        """An image, likewise."""
        self.told: dict[str, str] = {}
        """Outputs and unknown values, as text, by the place they stand at."""
        self.printed: dict[str, Part] = {}
        """Output of a shell that comes in pieces, by the place it stands at."""
        self.audio: Pieces | None = None

    def part(self, form: Form, index: int) -> Part:
        """The part with an index, new or not."""
        part = self.parts.get((form.space, index))
        if part is not None and same(part, form):
            return part
        if form is REASONING and (growing := self._growing()) is not None:
            self.parts["content", index] = growing
            return growing
        return self.new_part(form, index)

    def new_part(self, form: Form, index: int) -> Part:
        """A part with an index that had none, or one of another kind."""
        if form is TEXT and self.channel == "commentary":
            form = COMMENTARY
        same = self.of_space.setdefault(form.space, [])
        # The place, not the index: Bedrock counts the content of its second item from 1.
        match form.space:
            case "args":
                key = self.key
            case "summary":
                key = f"{self.key}.s{len(same)}"
            case "transcript":
                key = f"{self.key}.transcript"
            case _:
                key = f"{self.key}.{len(same)}"
        part = self.parts[form.space, index] = Part(key, form)
        same.append(part)
        return part

    def _growing(self) -> Part | None:
        """The raw reasoning that is open: vLLM once counted `content_index` up with each delta."""
        parts = self.of_space.get("content")
        last = parts[-1] if parts else None
        return last if last and last.form is REASONING and not last.ended else None

    def open_part(self, telling: Telling, part: Part) -> None:
        """Say that the part begins, if it was not said before; arguments begin with their call."""
        if not part.announced and part.form.space != "args":
            telling.add(PartStart(*telling.here(part.key), ptype=part.form.ptype))
        part.announced = True

    def every_part(self) -> Iterator[Part]:
        """In the order of first sight, space by space."""
        for parts in self.of_space.values():
            yield from parts

    def fits(self, kind: str) -> bool:
        """Whether events for a type of item can be about it; unknown ones may get any."""
        return self.kind == kind or self.kind not in ITEMS

    def is_a(self, kind: str) -> bool:
        """Whether a snapshot of a type can be of it."""
        return self.kind == kind or not self.kind or not kind

    def close(self, telling: Telling, args: str | None = None) -> None:
        """Close what is open in it, and itself."""
        for part in self.every_part():
            if part.form.space != "args":
                part.close(telling)
        if self.opened is not None and not self.ended:
            self.ended = True
            if self.origin is None:
                telling.add(PartEnd(*telling.here(self.key), ptype=self.ptype))
            else:
                telling.add(ToolEnd(*telling.here(self.key), args_raw=args))

    @property
    def ptype(self) -> PartType:
        """Of an item that is no call; the text of a message has parts of its own."""
        return "reasoning" if self.kind == "reasoning" else "other"


class Items:
    """The items of one response, in the order of first sight."""

    def __init__(self, prefix: str) -> None:
        self.all: list[Item] = []
        self.crossed = False
        """Whether two items had one index: then it tells little."""
        self._prefix = prefix
        self._by_index: dict[int, Item] = {}
        self._by_id: dict[str, Item] = {}
        self._by_call: dict[str, Item] = {}
        self._by_caller: dict[str, Item] = {}
        self._keys: set[str] = set()
        self._next = 0

    def find(self, index: int | None, item_id: str, kind: str) -> Item | None:
        """The item that an event is about; `kind` is the type of item that such events are of."""
        named = self._by_id.get(item_id) if item_id else None
        if index is not None:
            item = self._by_index.get(index)
            if item is not None and self.crossed and named is not None and named.fits(kind):
                item = named
            if item is not None and item.fits(kind):
                return item
        if named is not None and named.fits(kind):
            return named
        return self._open(index, kind)

    def _open(self, index: int | None, kind: str) -> Item | None:
        """The last one of a type that is not done, with the index where there is one."""
        for item in reversed(self.all[-MOST_OPEN:]):
            if not item.done and item.kind and item.fits(kind) and index in (None, item.index):
                return item
        return None

    def _latest(self, kind: str) -> Item | None:
        item = self._open(None, kind)
        return item if item is not None and item.is_a(kind) else None

    def add(self, index: int | None, item_id: str, call_id: str, kind: str) -> Item:
        """The item that an event announces: a new one, unless it was seen and is still open."""
        known = self._by_index.get(index) if index is not None else self._by_id.get(item_id)
        if known is not None and not known.done and known.is_a(kind):
            other = known.call_id and call_id and known.call_id != call_id
            if not other:
                return known
        return self.new(index, kind)

    def new(self, index: int | None, kind: str) -> Item:
        """One more item."""
        key = f"{self._prefix}{self._next if index is None else index}"
        while key in self._keys:
            key = f"{self._prefix}{self._next}"
            self._next += 1
        self._keys.add(key)
        item = Item(key, index, kind)
        if index is not None:
            self.crossed = self.crossed or index in self._by_index
            self._by_index[index] = item
        self.all.append(item)
        self._next = max(self._next, len(self.all))
        return item

    def name(self, item: Item, item_id: str, call_id: str) -> None:
        """Remember the names of an item; the newest ones count."""
        if item_id:
            item.id = item_id
            self._by_id[item_id] = item
        if call_id:
            item.call_id = call_id
            self._by_call[call_id] = item
            if not item.kind.endswith(("_output", "_response")):
                self._by_caller[call_id] = item

    def called(self, call_id: str) -> Item | None:
        """The item of a call."""
        return self._by_call.get(call_id) if call_id else None

    def caller(self, output: Item) -> Item | None:
        """The call that an item is the output of, where the response has it. Some outputs have
        the id of the call as their own."""
        for name in filter(None, (output.call_id, output.id)):
            for call in (self._by_caller.get(name), self._by_id.get(name)):
                if call is not None and call is not output:
                    return call
        return None

    def finished(self, index: int | None, item_id: str, call_id: str, kind: str) -> Item:
        """The item that `output_item.done` is about."""
        item = self._by_index.get(index) if index is not None else None
        if item is not None and item.is_a(kind) and not (self.crossed and item_id != item.id):
            return item
        for found in (self._by_id.get(item_id), self.called(call_id), item, self._latest(kind)):
            if found is not None and found.is_a(kind) and not (found.done and index is None):
                return found
        return self.new(index, kind)

    def paired(self, snapshots: list[tuple[str, str, str]]) -> list[Item]:
        """For each item of a final output, given as type, id and call id, the item that it is:
        by id, by call id, by place, and else the first of its type that is left."""
        found: list[Item | None] = [None] * len(snapshots)
        taken: set[int] = set()
        for which in (self._of_id, self._of_call, self._of_place):
            for place, (kind, item_id, call_id) in enumerate(snapshots):
                item = None if found[place] else which(place, item_id, call_id)
                if item is not None and id(item) not in taken and item.is_a(kind):
                    found[place] = item
                    taken.add(id(item))
        left: dict[str, Iterator[Item]] = {}
        for place, (kind, _, _) in enumerate(snapshots):
            if found[place] is None:
                if kind not in left:
                    left[kind] = iter([item for item in self.all if item.is_a(kind)])
                rest = (item for item in left[kind] if id(item) not in taken)
                item = next(rest, None)
                if item is None:
                    index = place if place not in self._by_index else None
                    item = self.new(index, kind)
                found[place] = item
                taken.add(id(item))
        return [item for item in found if item is not None]

    def _of_id(self, place: int, item_id: str, call_id: str) -> Item | None:
        return self._by_id.get(item_id) if item_id else None

    def _of_call(self, place: int, item_id: str, call_id: str) -> Item | None:
        return self.called(call_id)

    def _of_place(self, place: int, item_id: str, call_id: str) -> Item | None:
        return self._by_index.get(place)


MOST_OPEN = 64
"""Items that are looked at for one that is open, where neither index nor id tells."""


def paired_parts(item: Item, forms: Iterable[Form]) -> list[Part]:
    """For each part of a snapshot's list, the part that it is: the one with its index, and else
    the first of its kind that is left, and else a new one."""
    wanted = list(forms)
    found: list[Part | None] = []
    taken: set[int] = set()
    for index, form in enumerate(wanted):
        part = item.parts.get((form.space, index))
        good = part is not None and same(part, form) and id(part) not in taken
        found.append(part if good else None)
        taken.update([id(part)] if good else [])
    left = {
        form: iter([part for part in item.of_space.get(form.space, ()) if same(part, form)])
        for form in set(wanted)
    }
    pairs: list[Part] = []
    for index, (form, part) in enumerate(zip(wanted, found, strict=True)):
        if part is None:
            rest = (one for one in left[form] if id(one) not in taken)
            part = next(rest, None) or item.new_part(form, index)
            taken.add(id(part))
        pairs.append(part)
    return pairs
