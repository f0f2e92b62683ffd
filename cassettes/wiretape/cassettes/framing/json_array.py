"""A body that is one JSON array, its elements sent one after the other.

A frame is an element, together with the bracket, comma and white space before it, so that it is
given with its last byte. The closing bracket is an `empty` frame of its own, and so is white space
after it; anything else after it is of cause `protocol`. An object or array ends where its brackets
are balanced outside strings, whatever stands between them: what is in it, and whether commas are
where they belong, is not asked here. What is neither an element nor between elements is of cause
`not_json`. Brackets and quotes are ASCII, and no byte of a longer UTF-8 sequence is.
"""

import re
from enum import Enum, auto
from typing import Final, Literal

from wiretape.cassettes.framing.base import Decoder, is_json, seen

_BLANK: Final = b" \t\r\n"
_QUOTE: Final = 0x22

_FLAT: Final = re.compile(rb'(?:[^"\[\]{}]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+', re.DOTALL)
"""What stands between brackets, strings included. Possessive, so that it never goes back."""


class _In(Enum):
    """What the next byte stands in."""

    BODY = auto()
    """before the opening bracket"""
    BETWEEN = auto()
    """before, between or after elements"""
    NESTED = auto()
    """an element with brackets of its own, outside its strings"""
    STRING = auto()
    ESCAPE = auto()
    """a string, after a backslash"""
    BARE = auto()
    """an element that is a number or a literal"""
    AFTER = auto()
    """after the closing bracket"""
    LOST = auto()
    """a body that is no array"""


class JsonArrayDecoder(Decoder):
    """Takes a body that is one JSON array apart."""

    def __init__(self) -> None:
        super().__init__()
        self._state = _In.BODY
        self._depth = 0
        """Brackets open in the element."""
        self._held = bytearray()
        """What came since the last frame."""
        self._element = 0
        """Where in it the element begins."""
        self._first_ns = 0
        self._last_ns = 0

    def feed(self, data: bytes, at_ns: int) -> None:
        """Take what one read gave. Raises FedAfterEnd once `feed_eof` was called."""
        self._open()
        at = 0
        while at < len(data):
            at = self._piece(data, at, at_ns)

    def feed_eof(self) -> None:
        """There is no more. An array without its closing bracket becomes a `Malformed`, and so
        does what stands after it."""
        self._ended = True
        raw = bytes(self._held)
        self._held.clear()
        times = (self._first_ns if raw else self._last_ns, self._last_ns)
        if self._state is _In.LOST:
            words = f"expected the '[' of a JSON array, found {seen(raw.lstrip(_BLANK))}"
            self._give_malformed("protocol", words, raw, *times)
        elif self._state is not _In.AFTER:
            if raw or self._state is not _In.BODY:
                words = "the body ends before the ']' of the JSON array"
                self._give_malformed("truncated", words, raw, *times)
        elif raw.strip(_BLANK):
            words = f"after the end of the JSON array stands {seen(raw.lstrip(_BLANK))}"
            self._give_malformed("protocol", words, raw, *times)
        elif raw:
            self._give("empty", b"", raw, *times)

    def _piece(self, data: bytes, at: int, at_ns: int) -> int:
        """Take bytes up to the next one that decides something; gives where it stopped."""
        state = self._state
        if state in (_In.AFTER, _In.LOST):
            return self._hold(data, at, len(data), at_ns)
        if state is _In.NESTED:
            return self._nested(data, at, at_ns)
        if state is _In.ESCAPE:
            self._state = _In.STRING
            return self._hold(data, at, at + 1, at_ns)
        found = _ENDS[state].search(data, at)
        end = found.start() if found else len(data)
        if found is None:
            return self._hold(data, at, end, at_ns)
        if state is _In.BARE:
            at = self._hold(data, at, end, at_ns)
            self._give_bare()
            return at
        at = self._hold(data, at, end + 1, at_ns)
        _STEPS[state](self, found.group())
        return at

    def _hold(self, data: bytes, at: int, end: int, at_ns: int) -> int:
        if end > at:
            if not self._held:
                self._first_ns = at_ns
            self._held += data[at:end]
            self._last_ns = at_ns
        return end

    def _in_body(self, byte: bytes) -> None:
        self._state = _In.BETWEEN if byte == b"[" else _In.LOST

    def _in_between(self, byte: bytes) -> None:
        self._element = len(self._held) - 1
        if byte == b"]":
            self._give_held("empty", len(self._held))
            self._state = _In.AFTER
        elif byte in (b"{", b"["):
            self._depth = 1
            self._state = _In.NESTED
        elif byte == b'"':
            self._state = _In.STRING
        else:
            self._state = _In.BARE

    def _nested(self, data: bytes, at: int, at_ns: int) -> int:
        """From bracket to bracket, past strings that are whole in this read."""
        start, depth = at, self._depth
        while depth and (match := _FLAT.match(data, at)) and match.end() < len(data):
            at = match.end() + 1
            if data[at - 1] == _QUOTE:  # a string that is not whole
                self._state = _In.STRING
                break
            depth += 1 if data[at - 1] in b"[{" else -1
        else:
            at = at if depth == 0 else len(data)
        self._depth = depth
        self._hold(data, start, at, at_ns)
        if depth == 0:
            self._end_element()
        return at

    def _in_string(self, byte: bytes) -> None:
        if byte == b"\\":
            self._state = _In.ESCAPE
        elif self._depth:
            self._state = _In.NESTED
        else:
            self._end_element()

    def _end_element(self) -> None:
        self._give_held("data", self._element)
        self._state = _In.BETWEEN

    def _give_bare(self) -> None:
        self._state = _In.BETWEEN
        element = bytes(self._held[self._element :])
        if is_json(element):
            self._give_held("data", self._element)
            return
        words = f"between the elements of the JSON array stands {seen(element)}"
        raw = bytes(self._held)
        self._held.clear()
        self._give_malformed("not_json", words, raw, self._first_ns, self._last_ns)

    def _give_held(self, kind: Literal["data", "empty"], element: int) -> None:
        raw = bytes(self._held)
        self._held.clear()
        self._give(kind, raw[element:], raw, self._first_ns, self._last_ns)


_ENDS: Final = {
    _In.BODY: re.compile(rb"[^ \t\r\n]"),
    _In.BETWEEN: re.compile(rb"[^ \t\r\n,]"),
    _In.STRING: re.compile(rb'["\\]'),
    _In.BARE: re.compile(rb'[ \t\r\n,\[\]{}"]'),
}
"""The bytes that decide something; the one that ends a bare element is no part of it."""

_STEPS: Final = {
    _In.BODY: JsonArrayDecoder._in_body,
    _In.BETWEEN: JsonArrayDecoder._in_between,
    _In.STRING: JsonArrayDecoder._in_string,
}
"""What each decides."""
