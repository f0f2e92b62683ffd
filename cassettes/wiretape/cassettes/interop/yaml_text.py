"""YAML from outside: scalars, lists and mappings, and nothing that could be done with more.

The parser is PyYAML's, on libyaml where there is one. Of its events a document is put together
here, so that no tag makes an object, an alias bomb is counted as what it unpacks to, and depth is
bounded. A scalar without quotes stays the text it is, marked as Plain: what it would be as a
number or a boolean is for the reader of a format to say, who knows what it should be.
"""

import base64
import binascii
from collections.abc import Iterator
from typing import Any, NoReturn

import yaml

from wiretape.cassettes.interop.exchange import Unreadable

MOST_DEPTH = 100
"""Bodies in JSON that a tool lays out in YAML nest; no cassette nests like this."""

MOST_NODES = 5_000_000
"""Scalars and collections, those behind an alias counted wherever it stands."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
_YAML = "tag:yaml.org,2002:"
_BINARY = frozenset({_YAML + "binary", "!binary"})
_TEXT = frozenset({_YAML + "str", "!str", "!", _YAML + "python/unicode", _YAML + "python/str"})
_PLAIN = frozenset({_YAML + name for name in ("int", "float", "null", "bool", "timestamp")})
_LISTS = frozenset({None, "!", _YAML + "seq", _YAML + "python/tuple"})
_MAPPINGS = frozenset({None, "!", _YAML + "map", _YAML + "omap"})


class Plain(str):
    """A scalar that stood without quotes: a number, perhaps, or a boolean."""

    __slots__ = ()


def load_yaml(data: bytes) -> Any:
    """The one document in `data`: dicts, lists, str, Plain, bytes and None.

    Raises Unreadable with the line.
    """
    try:
        return _Composer(yaml.parse(data, Loader=_LOADER)).document()
    except yaml.YAMLError as error:
        raise Unreadable(_told(error)) from None
    except UnicodeDecodeError as error:
        raise Unreadable(f"byte {error.start}: no text in UTF-8") from None


def _told(error: yaml.YAMLError) -> str:
    """Where and what: a line of the text, or a byte that is none."""
    if isinstance(error, yaml.reader.ReaderError):
        return f"byte {error.position}: {error.reason}"
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    where = f"line {mark.line + 1}: " if mark is not None else ""
    return f"{where}{problem or 'not YAML'}"


class _Node:
    """A value, with what it counts for wherever an alias repeats it."""

    __slots__ = ("depth", "nodes", "value")

    def __init__(self, value: Any, nodes: int = 1, depth: int = 0) -> None:
        self.value = value
        self.nodes = nodes
        self.depth = depth


class _Composer:
    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self._anchors: dict[str, _Node] = {}
        self._nodes = 0

    def document(self) -> Any:
        next(self._events)  # the begin of the stream
        if isinstance(next(self._events), yaml.StreamEndEvent):
            raise Unreadable("an empty file")
        value = self._node(next(self._events), 0).value
        next(self._events)  # the end of the document
        following = next(self._events)
        if not isinstance(following, yaml.StreamEndEvent):
            self._refuse(following, "a second document; one is expected")
        return value

    def _node(self, event: Any, depth: int) -> _Node:
        if depth > MOST_DEPTH:
            self._refuse(event, f"nested more than {MOST_DEPTH} deep")
        if isinstance(event, yaml.AliasEvent):
            return self._repeated(event, depth)
        self._count(event, 1)
        if isinstance(event, yaml.ScalarEvent):
            node = _Node(self._scalar(event))
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._list(event, depth)
        else:
            node = self._mapping(event, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _repeated(self, event: Any, depth: int) -> _Node:
        node = self._anchors.get(event.anchor)
        if node is None:
            self._refuse(event, f"the alias *{event.anchor} names what is not there, or itself")
        if depth + node.depth > MOST_DEPTH:
            self._refuse(event, f"nested more than {MOST_DEPTH} deep")
        self._count(event, node.nodes)
        return node

    def _list(self, event: Any, depth: int) -> _Node:
        if event.tag not in _LISTS:
            self._refuse(event, f"the tag {event.tag!r}, which is not read")
        node = _Node([])
        while not isinstance(following := next(self._events), yaml.SequenceEndEvent):
            self._add(node, item := self._node(following, depth + 1))
            node.value.append(item.value)
        return node

    def _mapping(self, event: Any, depth: int) -> _Node:
        if event.tag not in _MAPPINGS:
            self._refuse(event, f"the tag {event.tag!r}, which is not read")
        node = _Node({})
        while not isinstance(following := next(self._events), yaml.MappingEndEvent):
            key = self._node(following, depth + 1)
            if isinstance(key.value, dict | list):
                self._refuse(following, "a key that is no text")
            self._add(node, item := self._node(next(self._events), depth + 1))
            node.value[_key(key.value)] = item.value
        return node

    def _add(self, node: _Node, item: _Node) -> None:
        node.nodes += item.nodes
        node.depth = max(node.depth, item.depth + 1)

    def _scalar(self, event: Any) -> Any:
        tag = event.tag
        if tag in _BINARY:
            try:
                return base64.b64decode("".join(event.value.split()), validate=True)
            except (binascii.Error, ValueError):
                self._refuse(event, "a !binary that is no base64")
        if tag in _TEXT or (tag is None and not event.implicit[0]):
            return event.value
        if tag is not None and tag not in _PLAIN:
            self._refuse(event, f"the tag {tag!r}, which is not read")
        return None if event.value in _NOTHING else Plain(event.value)

    def _count(self, event: Any, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MOST_NODES:
            self._refuse(event, f"more than {MOST_NODES:,} values, counted through its aliases")

    def _refuse(self, event: Any, problem: str) -> NoReturn:
        raise Unreadable(f"line {event.start_mark.line + 1}: {problem}")


def _key(value: str | bytes | None) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value or "")
