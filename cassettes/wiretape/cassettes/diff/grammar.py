"""How an answer was told: names of events, the order in which they come, names of members.

Of events, what counts is which there are and which comes first, never how many: that is a matter of
how a provider cuts. Events of content that the other side does not have at all are left out, since
that is said of the content. Keepalives are a matter of time and are left out too.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from typing import get_args

import msgspec

from wiretape.cassettes.dialects.delta import (
    AnyDelta,
    Delta,
    Json,
    PartEnd,
    PartStart,
    Reasoning,
    Text,
    ToolArgs,
    Unknown,
    Usage,
)
from wiretape.cassettes.dialects.payload import Decode
from wiretape.cassettes.diff.comparison import Difference, Side
from wiretape.cassettes.diff.members import Members, missing, take
from wiretape.cassettes.diff.two import Two
from wiretape.cassettes.diff.volatile import VOLATILE
from wiretape.cassettes.framing.frame import Frame

CHUNK = "chunk"
"""Under this the members of events stand that have no name."""

MOST_SHOWN = 24
"""Events of a grammar that a reader is shown."""

_CONTENT = {
    "text": "text",
    "reasoning": "reasoning",
    "tool_start": "tool",
    "tool_args": "arguments",
    "tool_end": "tool",
    "tool_status": "tool",
    "tool_output": "output",
    "tool_call": "tool",
    "tool_result": "output",
    "refusal": "refusal",
    "citation": "citation",
    "media": "media",
    "image": "media",
    "audio": "media",
    "video": "media",
    "transcript": "transcript",
    "usage": "usage",
    "running usage": "usage",
    "error": "error",
}
"""Kinds of delta and of part, and the content they are of."""

_IN_NAMES = (
    ("signature", "signature"),
    ("redacted", "encrypted"),
    ("reasoning", "reasoning"),
    ("thinking", "reasoning"),
    ("thought", "reasoning"),
    ("arguments", "arguments"),
    ("input_json", "arguments"),
    ("tool-call-delta", "arguments"),
    ("tool-plan", "plan"),
    ("tool_result", "output"),
    ("toolResult", "output"),
    ("server_tool", "output"),
    ("function_call", "tool"),
    ("tool", "tool"),
    ("refusal", "refusal"),
    ("annotation", "citation"),
    ("citation", "citation"),
    ("output_text", "text"),
    ("item.added message", "text"),
    ("item.done message", "text"),
    ("thread.message", "text"),
    ("transcript", "transcript"),
)
"""What in a provider's name of an event tells its content; the first that is in it. What
no answer has as its content (a plan, a signature, ...) may be lacking."""

_SPOKEN = frozenset({"start", "text", "reasoning", "tool_start", "tool_args", "refusal"})
"""Kinds that events without a name are told apart by, each by itself."""

_REST = frozenset({"finish", "usage", "error"})
"""Kinds of which several in one event are one name."""

_INNER = ("item", "part", "content_block", "delta", "annotation")
"""Members whose type belongs to the name of an event."""

_BY_MEMBER = frozenset({"contentBlockDelta"})
"""Events of Converse whose kind is the name of the only member of their delta."""


class Grammar(msgspec.Struct, frozen=True):
    """How one answer was told."""

    order: tuple[str, ...]
    """Names of events in the order of their first."""
    content: dict[str, frozenset[str]]
    """Of each name, what content it carries."""
    firsts: dict[str, tuple[str, ...]]
    """Of each content, the names of events that carry it, in the order of their first; under an
    empty one, of what carries none."""
    contents: frozenset[str]
    """What content the answer has; a part that is begun and stays empty is none."""
    shown: str
    """`start, (text)*, finish, [DONE]`."""
    members: dict[str, Members]
    """Of each name, the members of its JSON."""
    unknown: tuple[str, ...]
    """What the dialect does not know, by its place."""
    streamed: bool
    event_lines: bool
    """Whether SSE events have an `event:` line."""


def grammar_of(side: Side) -> Grammar:
    """The grammar of one side; of an answer in one piece, nearly empty."""
    meaning = side.meaning
    kinds: dict[int, tuple[str, ...]] = {}
    said: dict[int, str] = {}
    unknown: dict[str, None] = {}
    for delta in meaning.deltas:
        kinds[delta.frame] = (*kinds.get(delta.frame, ()), _kind(delta))
        if isinstance(delta, _SAID):
            said[delta.frame] = delta.delta
        elif isinstance(delta, Unknown) and delta.path.rpartition(".")[2] not in VOLATILE:
            unknown[f"{delta.raw_type} {delta.path}".strip()] = None
    reading = _Reading(meaning.decode)
    frames = list(_data_frames(side))
    for frame in frames:
        told = kinds.get(frame.number, ())
        if "keepalive" not in told:
            reading.take(frame, told, said.get(frame.number, ""))
    order = tuple(dict.fromkeys(reading.names))
    return Grammar(
        order=order,
        content={name: frozenset(reading.content[name]) - {""} for name in order},
        firsts={content: tuple(names) for content, names in reading.firsts.items()},
        contents=_said_in(meaning.deltas),
        shown=_shown(reading.names),
        members=reading.members,
        unknown=tuple(unknown),
        streamed=meaning.streamed,
        event_lines=meaning.framing == "sse" and any(frame.name for frame in frames),
    )


_SAID = (Text, Reasoning)
_encode = msgspec.json.Encoder().encode


class _Reading:
    """Names and members, as frame after frame tells them."""

    def __init__(self, decode: Decode) -> None:
        self._decode = decode
        self.names: list[str] = []
        self.content: dict[str, set[str]] = {}
        self.firsts: dict[str, dict[str, None]] = {}
        self.members: dict[str, Members] = {}
        self._seen: dict[tuple[tuple[str, ...], str, bytes], tuple[str, ...]] = {}

    def take(self, frame: Frame, kinds: tuple[str, ...], text: str) -> None:
        """Read a frame, unless it is one that was read, but for the text in it."""
        outline = frame.data.replace(_encode(text), b"", 1) if text else frame.data
        key = (kinds, frame.name, outline)
        names = self._seen.get(key)
        if names is None:
            names = self._seen[key] = self._read(frame, kinds)
        self.names.extend(names)

    def _read(self, frame: Frame, kinds: tuple[str, ...]) -> tuple[str, ...]:
        value = self._decode(frame.data)
        name = _name(frame, value)
        if isinstance(value, dict):
            take(self.members.setdefault(name or CHUNK, {}), value)
        if name:
            self._carries(name, frozenset(kinds))
            return (name,)
        told = _told(kinds)
        for name in told:
            self._carries(name, frozenset(name.split("+")))
        return told

    def _carries(self, name: str, kinds: frozenset[str]) -> None:
        contents = _carried(name, kinds) or {""}
        self.content.setdefault(name, set()).update(contents)
        for content in contents:
            self.firsts.setdefault(content, {})[name] = None


def _data_frames(side: Side) -> Iterator[Frame]:
    return (
        frame
        for frame in side.meaning.frames
        if isinstance(frame, Frame) and frame.kind == "data" and not frame.sent
    )


def _kind(delta: Delta) -> str:
    """The kind of a delta, or of the part that it begins or ends."""
    kind = _TAGS[type(delta)]
    if kind in _OF_PART and isinstance(delta, _PARTS):
        # Where there is nothing but a part, its reasoning is not shown.
        return "" if delta.ptype == "reasoning" else delta.ptype
    if kind == "usage" and isinstance(delta, Usage) and delta.mode == "running":
        return "running usage"
    return kind


_PARTS = (PartStart, PartEnd)
_OF_PART = frozenset({"part_start", "part_end"})
_TAGS = {kind: str(kind.__struct_config__.tag) for kind in get_args(AnyDelta)}


def _said_in(deltas: Sequence[Delta]) -> frozenset[str]:
    """What content there is in deltas, parts left out that may be empty, and such arguments."""
    types = set(map(type, deltas)).difference(_PARTS)
    if ToolArgs in types and all(
        delta.delta in ("", "{}") for delta in deltas if isinstance(delta, ToolArgs)
    ):
        types.remove(ToolArgs)
    return _contents(_TAGS[kind] for kind in types)


def _contents(kinds: Iterable[str]) -> frozenset[str]:
    return frozenset(_CONTENT[kind] for kind in set(kinds) if kind in _CONTENT)


@lru_cache(maxsize=256)
def _carried(name: str, kinds: frozenset[str]) -> frozenset[str]:
    """The content of an event: as its name says, else as the deltas in it."""
    if name in _CONTENT:
        return frozenset({_CONTENT[name]})
    told = next((content for part, content in _IN_NAMES if part in name), None)
    return _contents(kinds) - {"usage"} if told is None else frozenset({told})


def _name(frame: Frame, value: Json) -> str:
    """The name of an event, with that of what it holds; empty where it has none."""
    if not isinstance(value, dict):
        return "[DONE]" if frame.data == b"[DONE]" else frame.name
    name = value.get("type", value.get("event_type"))
    if not isinstance(name, str):
        name = frame.name
    if not name:
        return ""
    for inner in _INNER:
        held = value.get(inner)
        if isinstance(held, dict):
            kind = held.get("type")
            if not isinstance(kind, str):
                kind = "+".join(sorted(held)) if name in _BY_MEMBER else ""
            return f"{name} {kind}".strip()
    return name


@lru_cache(maxsize=256)
def _told(kinds: tuple[str, ...]) -> tuple[str, ...]:
    """The names of an event that has none: content kind by kind, the rest as one."""
    spoken = [kind for kind in kinds if kind in _SPOKEN]
    rest = dict.fromkeys(kind for kind in kinds if kind in _REST)
    return (*spoken, "+".join(rest)) if rest else tuple(spoken)


def _shown(names: Iterable[str]) -> str:
    runs = [(name, len(list(run))) for name, run in groupby(names)]
    told = [name if count == 1 else f"({name})*" for name, count in runs[:MOST_SHOWN]]
    more = len(runs) - MOST_SHOWN
    return ", ".join(told) + (f", and {more} more" if more > 0 else "")


def grammar_differences(two: Two, a: Grammar, b: Grammar) -> Iterator[Difference]:
    """Events that one side lacks, and their order; between sides of one API that streamed."""
    if not two.same_grammar:
        return
    if ("usage" in a.contents) != ("usage" in b.contents):
        a, b = _without_usage(a), _without_usage(b)
    only_a, only_b = _both_ways(two, _own, a, b)
    if only_a or only_b:
        yield two.only("grammar", "events", only_a, only_b, path="events")
    if not any(two.broke_off) and not _same_order(a, b):
        words = two.apart("order of events", a.shown, b.shown)
        yield Difference("grammar", words, "order", a.shown, b.shown)
    if a.event_lines != b.event_lines and a.order and b.order:
        label = two.on_a if a.event_lines else two.on_b
        words = f"`event:` lines only on {label}"
        yield Difference("grammar", words, "event lines", a.event_lines, b.event_lines)


def _both_ways(
    two: Two, own: Callable[[Grammar, Grammar], list[str]], a: Grammar, b: Grammar
) -> tuple[list[str], list[str]]:
    """What only the one has and only the other; nothing is lacking in what broke off."""
    cut_a, cut_b = two.broke_off
    return [] if cut_b else own(a, b), [] if cut_a else own(b, a)


def _same_order(a: Grammar, b: Grammar) -> bool:
    """Whether events that both have come in one order, those of each content by themselves: what
    content comes first is a matter of the answer."""
    return all(
        _common(a.firsts[content], b.firsts[content])
        == _common(b.firsts[content], a.firsts[content])
        for content in a.firsts.keys() & b.firsts.keys()
    )


def _common(one: Sequence[str], other: Sequence[str]) -> list[str]:
    return [name for name in one if name in other]


def _without_usage(grammar: Grammar) -> Grammar:
    """Where only one side tells its usage, that is no matter of the grammar."""
    renamed = {name: name.removesuffix("+usage") for name in grammar.order if name != "usage"}
    return msgspec.structs.replace(
        grammar,
        order=tuple(dict.fromkeys(renamed.values())),
        content={renamed[name]: grammar.content[name] for name in renamed},
        firsts={
            content: tuple(dict.fromkeys(renamed[name] for name in names if name in renamed))
            for content, names in grammar.firsts.items()
        },
    )


def _own(one: Grammar, other: Grammar) -> list[str]:
    """Events that the other lacks, though it has all that they carry."""
    return [
        name
        for name in one.order
        if name not in other.content and one.content[name] <= other.contents
    ]


def extension_differences(two: Two, a: Grammar, b: Grammar) -> Iterator[Difference]:
    """Members that only one side's events have, and what the dialect does not know."""
    unknown_a, unknown_b = (gathered(names) for names in _both_ways(two, _own_unknown, a, b))
    if unknown_a or unknown_b:
        counts = two.same_api
        yield two.only("extensions", "unknown", unknown_a, unknown_b, path="unknown", counts=counts)
    if not two.same_grammar:
        return
    only_a, only_b = _both_ways(two, own_members, a, b)
    if only_a or only_b:
        yield two.only("extensions", "members", only_a, only_b, path="members")


def _own_unknown(one: Grammar, other: Grammar) -> list[str]:
    return [name for name in one.unknown if name not in other.unknown]


def gathered(unknown: Iterable[str]) -> list[str]:
    """What several events have at one place, once: `response.created and 2 more $.model`."""
    events: dict[str, list[str]] = {}
    for name in unknown:
        event, _, path = name.rpartition(" ")
        events.setdefault(path, []).append(event)
    return [
        f"{first} {f'and {len(more)} more ' if more else ''}{path}".strip()
        for path, (first, *more) in events.items()
    ]


def own_members(one: Grammar, other: Grammar) -> list[str]:
    """Members that the other lacks in events that both have, those of the events themselves first;
    where it has them in other events, the event is named."""
    found: dict[str, list[str]] = {}
    both = [name for name in one.members if name in other.members]
    for name in both:
        for path in missing(one.members[name], other.members[name], other.contents):
            found.setdefault(path, []).append(name)
    own = []
    for path, names in sorted(found.items(), key=lambda one: (one[0].count("."), one[0])):
        elsewhere = any(path in other.members[name] for name in both if name not in names)
        own.append(f"{path} (in {', '.join(names)})" if elsewhere else path)
    return own
