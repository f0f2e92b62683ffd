"""The arguments of one tool call while they come: whether they are whole JSON by now.

Looks at each character once, however often it is asked, so that a server that gives every piece a
new id costs no more than its bytes. Knows no call and no frame.
"""

import re

from wiretape.cassettes.dialects.payload import NotJson, decode_json

_MARK = re.compile(r'["{}\[\]]')
_IN_STRING = re.compile(r'["\\]')
_OPENING = frozenset("{[")

_LONGEST_SCALAR = 40
"""Characters: a number or a word that is longer is not believed to be whole arguments."""


class Arguments:
    """Pieces of JSON text, counted in brackets and quotes."""

    __slots__ = (
        "_closed",
        "_depth",
        "_escaped",
        "_held",
        "_in_string",
        "_marked",
        "_seen",
        "_size",
    )

    def __init__(self) -> None:
        self._held: list[str] = []
        self._seen = 0
        """Pieces that were looked at."""
        self._size = 0
        self._depth = 0
        self._in_string = False
        self._escaped = False
        self._marked = False
        """Whether there was a bracket or a quote."""
        self._closed: bool | None = None
        """Once the first value is closed: whether all until then is JSON."""

    def __bool__(self) -> bool:
        return bool(self._held)

    def add(self, piece: str) -> None:
        """The next piece, not empty."""
        self._held.append(piece)
        self._size += len(piece)

    def are_whole(self) -> bool:
        """Whether the pieces are one JSON value; what comes behind a closed one is not asked."""
        while self._closed is None and self._seen < len(self._held):
            self._look_at(self._held[self._seen])
            self._seen += 1
            if self._marked and not self._depth and not self._in_string:
                self._closed = self._parse()
        if self._marked or self._size > _LONGEST_SCALAR:
            return bool(self._closed)
        return self._parse()

    def _look_at(self, piece: str) -> None:
        place = 1 if self._escaped else 0
        self._escaped = False
        while found := (_IN_STRING if self._in_string else _MARK).search(piece, place):
            mark, place = found[0], found.end()
            if mark == "\\":
                self._escaped = place == len(piece)
                place += 1
            elif mark == '"':
                self._in_string = not self._in_string
                self._marked = True
            else:
                self._depth += 1 if mark in _OPENING else -1
                self._marked = True

    def _parse(self) -> bool:
        """Whether what was looked at is JSON."""
        text = "".join(self._held[: self._seen])
        return bool(text) and not isinstance(decode_json(text.encode("utf-8", "replace")), NotJson)
