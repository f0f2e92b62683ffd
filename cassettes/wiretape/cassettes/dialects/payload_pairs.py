r"""Surrogate pairs that a server has cut into two frames, put together again.

Servers that count text in UTF-16 cut `x😀y` into `"x\ud83d"` and `"\ude00y"`; JSON decoders that
are strict refuse both, others give two halves. A client that joins strings as they are has the
character. Here the first half is moved to the frame in which the second one comes; a half that has
no other stays, and reads U+FFFD. Only `data` changes, never `raw`. Knows frames and JSON; no API.
"""

import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from wiretape.cassettes.dialects.delta import Json
from wiretape.cassettes.framing.frame import Frame, Malformed

_HALF = re.compile(rb'\\u[dD][89abAB][0-9a-fA-F]{2}"')
"""The first half of a pair, where a string ends."""

_FIRST = ("\ud800", "\udbff")
_SECOND = ("\udc00", "\udfff")

_INDEXES = (
    "index",
    "output_index",
    "content_index",
    "summary_index",
    "contentBlockIndex",
    "thought",
    "stream_id",
)
"""Members by which APIs tell apart the parts whose strings go on from frame to frame. An id is
none: gateways give each frame another."""

_DEEPEST = 32
"""Levels: a frame that is nested deeper than any API's is left as it is."""

_Key = tuple[Json, ...]
_Holder = dict[str, Json] | list[Json]


class _String:
    """A string of a frame, where it can be replaced."""

    __slots__ = ("holder", "key", "name", "root")

    def __init__(self, root: Json, holder: _Holder, name: str | int, key: _Key) -> None:
        self.root = root
        self.holder = holder
        self.name = name
        self.key = key

    @property
    def text(self) -> str:
        """What it is now."""
        return self.holder[self.name]  # type: ignore[index,no-any-return]

    def replace(self, text: str) -> None:
        """Say something else in its place."""
        self.holder[self.name] = text  # type: ignore[index]


def rejoined(frames: Sequence[Frame | Malformed]) -> tuple[Frame | Malformed, ...]:
    """The frames, in their order, without pairs that are cut."""
    if not any(isinstance(frame, Frame) and _may_be_cut(frame.data) for frame in frames):
        return tuple(frames)
    changed: dict[int, Json] = {}
    waiting: dict[_Key, tuple[int, _String]] = {}
    for place, frame in enumerate(frames):
        if not isinstance(frame, Frame) or frame.kind != "data":
            continue
        if waiting or _may_be_cut(frame.data):
            for string in _strings(frame):
                _join(place, string, waiting, changed)
    if not changed:
        return tuple(frames)
    # Written with escapes: two halves side by side are one character to who reads them.
    written = {place: json.dumps(root).encode() for place, root in changed.items()}
    return tuple(
        msgspec.structs.replace(frame, data=written[place]) if place in written else frame
        for place, frame in enumerate(frames)
    )


def _may_be_cut(data: bytes) -> bool:
    """Whether a string may end in half a pair; for nearly all frames told by a search for one
    byte."""
    return b"\\" in data and _HALF.search(data) is not None


def _join(
    place: int,
    string: _String,
    waiting: dict[_Key, tuple[int, _String]],
    changed: dict[int, Json],
) -> None:
    if not string.text:
        return
    before = waiting.pop(string.key, None)
    if before is not None and _SECOND[0] <= string.text[0] <= _SECOND[1]:
        earlier, first = before
        changed[earlier], changed[place] = first.root, string.root
        string.replace(first.text[-1] + string.text)
        first.replace(first.text[:-1])
    if _FIRST[0] <= string.text[-1] <= _FIRST[1]:
        waiting[string.key] = (place, string)


def _strings(frame: Frame) -> list[_String]:
    """Every string of the frame's JSON that is a member of something; none where it is no JSON."""
    try:
        text = frame.data.decode("utf-8", "replace")
        root = json.loads(text, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError):
        return []
    kind = root.get("type") if isinstance(root, dict) else None
    kind = kind if isinstance(kind, str) else ""
    found: list[_String] = []
    level: list[tuple[_Holder, _Key]] = [(root, (frame.sent, frame.name, kind))]
    for _ in range(_DEEPEST):
        level = [inner for holder, key in level for inner in _inner(root, holder, key, found)]
    return [] if level else found


def _inner(
    root: Json, holder: _Holder, key: _Key, found: list[_String]
) -> Iterator[tuple[_Holder, _Key]]:
    """Adds the strings of an object or an array, and gives the objects and arrays in it."""
    members: Iterable[tuple[str | int, Json]] = ()
    if isinstance(holder, dict):
        key = (*key, *(holder[name] for name in _INDEXES if _is_index(holder.get(name))))
        members = holder.items()
    elif isinstance(holder, list):
        members = enumerate(holder)
    for name, value in members:
        if isinstance(value, str):
            found.append(_String(root, holder, name, (*key, name)))
        elif isinstance(value, dict | list):
            yield value, (*key, name)


def _finite(number: str) -> float:
    """Numbers that can be written again."""
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"{number} is no JSON, or too big")
    return value


def _is_index(value: Json) -> bool:
    return isinstance(value, str | int)
