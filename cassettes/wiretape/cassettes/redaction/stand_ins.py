"""Stand-ins for values that say who or where, and come back: equal stays equal.

The first value of a kind is 1, the next one 2. A client that replays gets the stand-in and
sends it back, and it still fits, since a stand-in stands for itself. Numbers hold for one
session; they say nothing of the value, as a digest of an address would. Knows no rules.
"""

import json
import re
from threading import Lock

from wiretape.cassettes.redaction.masks import is_mask, mask
from wiretape.cassettes.redaction.stream import Hit

LEAF_NAMES = ("newHandle", "upload_url")
"""Members of a JSON text of either direction whose string gets a stand-in."""

LONGEST_LEAF = 4096
"""Bytes of such a string that are waited for. A longer one gets a mask."""

_LEAF = re.compile(
    rb'(?<=")(?:%b)"[ \t\r\n]{0,8}:[ \t\r\n]{0,8}"'
    % b"|".join(name.encode() for name in LEAF_NAMES)
)
_LEAF_LOOK = 48
_VALUE = re.compile(rb'([^"\\]*+(?:\\.[^"\\]*+)*+)"', re.DOTALL)
_REST = re.compile(rb'(?:[^"]|(?<=\\)")*')
_BODY = ""


class StandIns:
    """Remembers, for one session, which value has which number."""

    def __init__(self) -> None:
        self._numbers: dict[str, dict[str, int]] = {}
        self._one_at_a_time = Lock()
        """A large body is redacted in a thread of its own."""

    def in_header(self, name: str, value: str) -> str:
        """`[mcp-session-id-1]`: visible ASCII and no space, as MCP wants of its session's id."""
        if re.fullmatch(rf"\[{re.escape(name)}[ -][0-9]+\]", value):
            return value
        return f"[{name}-{self._number(name, value)}]"

    def in_body(self, value: bytes) -> bytes:
        """`[REDACT 1***]`, as long as the string is as written; a mask where it is too short."""
        if is_mask(value):
            return value
        start = b"[REDACT %d" % self._number(_BODY, _text(value))
        room = len(value) - len(start) - 1
        return start + b"*" * room + b"]" if room >= 0 else mask(len(value))

    def _number(self, kind: str, value: str) -> int:
        with self._one_at_a_time:
            numbers = self._numbers.setdefault(kind, {})
            return numbers.setdefault(value, len(numbers) + 1)


class NamedLeaves:
    """Finds the strings of LEAF_NAMES in a body that comes in pieces."""

    def __init__(self, stand_ins: StandIns) -> None:
        self._stand_ins = stand_ins

    def occurrences(self, data: bytes, at: int) -> list[Hit]:
        """Every such string that is whole, or too long to wait for."""
        hits: list[Hit] = []
        for start, name in _values(data, at):
            found = _VALUE.match(data, start, start + LONGEST_LEAF)
            rule = f"body:**.{name}"
            if found is not None:
                cover = self._stand_ins.in_body(found[1])
                if cover != found[1]:
                    hits.append(Hit(start, found.end(1), cover, rule))
            elif len(data) - start >= LONGEST_LEAF:
                rest = _REST.match(data, start + LONGEST_LEAF)
                assert rest is not None
                hits.append(Hit(start, rest.end(), mask(LONGEST_LEAF), rule, _REST))
        return hits

    def undecided_from(self, data: bytes, at: int) -> int:
        """Where a string begins that has not ended yet."""
        for start, _ in _values(data, max(at, len(data) - LONGEST_LEAF)):
            if len(data) - start < LONGEST_LEAF and _VALUE.match(data, start) is None:
                return start
        return len(data)

    def broken_off(self, data: bytes, at: int) -> list[Hit]:
        """A string without an end."""
        start = self.undecided_from(data, at)
        size = len(data) - start
        return [Hit(start, len(data), mask(size), "body:**.upload_url")] if size else []


def _values(data: bytes, at: int) -> list[tuple[int, str]]:
    """Where each string begins, and the name of its member."""
    start = max(0, at - _LEAF_LOOK)
    if not any(data.find(name, start) >= 0 for name in _LITERALS):
        return []
    return [
        (found.end(), found[0].partition(b'"')[0].decode())
        for found in _LEAF.finditer(data, start)
        if found.end() >= at
    ]


_LITERALS = tuple(name.encode() + b'"' for name in LEAF_NAMES)


def _text(value: bytes) -> str:
    """The string that JSON wrote; one text for all ways to write it."""
    if b"\\" in value:
        try:
            return str(json.loads(b'"%b"' % value))
        except ValueError:
            pass
    return value.decode("utf-8", "replace")
