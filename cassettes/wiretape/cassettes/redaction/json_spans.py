"""Where the secrets of a request's JSON stand, as byte spans.

A scanner over tokens that keeps the place and never builds a value: spans are needed, not
objects, and bodies can be 64 MiB. It runs only where one of the rules' names is in the body
at all. It is total: a text that stops being JSON is scanned up to there, one that was cut
inside a string to its end. Knows the rules of bodies.
"""

import json
import re
from collections.abc import Iterator, Set

from wiretape.cassettes.redaction.masks import Span
from wiretape.cassettes.redaction.names import query_name
from wiretape.cassettes.redaction.paths import ANY_NAME, Path, Place, by_last_name, parse_path
from wiretape.cassettes.redaction.rules import (
    REDACTED_BODY_LINKS,
    REDACTED_LINK_KEYS,
    REDACTED_QUERY_KEYS,
    REDACTED_SERVER_LINKS,
    SCHEMA_PATHS,
)
from wiretape.cassettes.redaction.stream import PIECE

DEEPEST = 100
"""Levels. What stands deeper is not scanned, nor told apart when requests are matched: no
provider's request comes near, and a text of nothing but brackets must cost nothing."""

Found = tuple[Span, str]
"""What to mask, and the name of the rule that says so."""

STAND_IN_PATHS = frozenset(
    f"body:{path}" for path in ("**.upload_url", "**.newHandle", "**.sessionResumption.handle")
)
"""Rules that put a stand-in where the others put a mask."""

_LINKS = tuple(map(parse_path, REDACTED_BODY_LINKS))
_LINKS_BY_NAME = by_last_name(_LINKS)
_SCHEMAS_BY_NAME = by_last_name(tuple(map(parse_path, SCHEMA_PATHS)))


_COLON = re.compile(rb"\s*+:")
_STRING_VALUE = re.compile(rb'\s*+:\s*+"')

# A string, or one structural byte (RFC 8259 section 2) but the colon: what follows a name is its
# value. A string that is cut has no end quote.
_TOKEN = re.compile(rb'"([^"\\]*+(?:\\.[^"\\]*+)*+)"?|[{}\[\],]', re.DOTALL)

# JSON may write the slash as \/ and the ampersand as \u0026.
_USERINFO = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*:(?:\\?/){2}([^/?#\\]+)@")
_LINK_PAIR = re.compile(
    rb"(?:[?&]|\\u0026)([^=&?#\\]++)(?:=|\\u003[dD])"
    rb"([^&#\\]*+(?:\\(?!u002[36]).[^&#\\]*+)*+)",
    re.DOTALL,
)


class JsonRules:
    """The paths whose strings are masked, and the keys of queries inside addresses."""

    def __init__(self, paths: tuple[str, ...], link_keys: Set[str] = frozenset()) -> None:
        values = tuple(map(parse_path, paths))
        self._values = by_last_name(values)
        self._open_objects = frozenset(p.steps[-2] for p in values if p.last == ANY_NAME)
        """Names of objects whose every member is meant."""
        self._names = self._values.keys() | _LINKS_BY_NAME.keys()
        self._page_keys = REDACTED_LINK_KEYS | link_keys
        self._server_keys = REDACTED_QUERY_KEYS | link_keys
        names, links = _telling_names(values), _telling_names(_LINKS)
        self._telling = re.compile(b'"(?:(%b)|(%b))"' % (b"|".join(names), b"|".join(links)))
        """A name of a rule, as group 1, or that of an address, as group 2."""
        self._longest = max(map(len, names + links)) + len(b'""')

    def secret_spans(self, body: bytes) -> Iterator[Found]:
        """The spans to mask, in order, not overlapping, none of them empty."""
        if not self._may_hold_one(body):
            return
        for place, start, end in self._string_leaves(body):
            for path in (*self._values.get(place[-1], ()), *self._values.get(ANY_NAME, ())):
                if path.matches(place):
                    yield (start, end), f"body:{path.text}"
                    break
            else:
                for path in _LINKS_BY_NAME.get(place[-1], ()):
                    if path.matches(place):
                        yield from self._in_link(body, start, end, path)
                        break

    def _may_hold_one(self, body: bytes) -> bool:
        """Whether a name of a rule is in the body; for addresses, one with a query as well.

        Searched piece by piece, as in `BodyRedactor.whole`.
        """
        for begin in range(0, len(body), PIECE):
            for found in self._telling.finditer(body, begin, begin + PIECE + self._longest):
                if found[1] and _COLON.match(body, found.end()):
                    return True
                if found[2] and (value := _STRING_VALUE.match(body, found.end())):
                    end = body.find(b'"', value.end())
                    link = (value.end(), len(body) if end < 0 else end)
                    if body.find(b"?", *link) >= 0 or body.find(b"@", *link) >= 0:
                        return True
        return False

    def _string_leaves(self, body: bytes) -> Iterator[tuple[Place, int, int]]:
        """Place and span of every string a rule may mean by its name, outside JSON schemas."""
        scan = _Scan()
        for token in _TOKEN.finditer(body):
            start, end = token.span(1)
            if start < 0:
                if not scan.take(token[0]):
                    return
                continue
            cut = body[end : end + 1] != b'"'
            if cut:
                end = len(body)
            if scan.naming:
                scan.place[-1] = _name(body[start:end])
                scan.naming = False
            elif start < end and self._is_of_interest(scan):
                yield tuple(scan.place), start, end
            if cut:
                return

    def _is_of_interest(self, scan: "_Scan") -> bool:
        """Whether a rule ends in the name of what stands here."""
        place = scan.place
        if not place or scan.schema_depth is not None:
            return False
        return place[-1] in self._names or (len(place) > 1 and place[-2] in self._open_objects)

    def _in_link(self, body: bytes, start: int, end: int, path: Path) -> Iterator[Found]:
        if userinfo := _USERINFO.match(body, start, end):
            yield userinfo.span(1), f"body:{path.text} userinfo"
        keys = self._server_keys if path.text in REDACTED_SERVER_LINKS else self._page_keys
        for pair in _LINK_PAIR.finditer(body, start, end):
            if pair[2] and query_name(pair[1].decode("latin-1")) in keys:
                yield pair.span(2), f"body:{path.text} query"


def _telling_name(path: Path) -> str:
    """The last name of a path that is not in every other body."""
    names = [step for step in reversed(path.steps) if step not in (None, ANY_NAME)]
    return str(next((name for name in names if name != "value"), names[0]))


def _telling_names(paths: tuple[Path, ...]) -> list[bytes]:
    return sorted({re.escape(_telling_name(path)).encode() for path in paths})


class _Scan:
    """Where in the text the scanner is."""

    def __init__(self) -> None:
        self.place: list[str | None] = []
        self.naming = False
        """Whether a string here would be the name of a member."""
        self.schema_depth: int | None = None
        """How deep the JSON schema stands that the scanner is in."""

    def take(self, sign: bytes) -> bool:
        """One structural byte; False where the text is no longer JSON, or too deep."""
        if sign in b"{[":
            return self._open(sign)
        if sign in b"}]":
            return self._close()
        self.naming = bool(self.place) and self.place[-1] is not None
        return True

    def _open(self, sign: bytes) -> bool:
        if self.schema_depth is None and self._is_schema():
            self.schema_depth = len(self.place)
        self.naming = sign == b"{"
        self.place.append("" if self.naming else None)
        return len(self.place) <= DEEPEST

    def _close(self) -> bool:
        if not self.place:
            return False
        self.place.pop()
        if self.schema_depth is not None and len(self.place) <= self.schema_depth:
            self.schema_depth = None
        self.naming = False
        return True

    def _is_schema(self) -> bool:
        if not self.place:
            return False
        candidates = _SCHEMAS_BY_NAME.get(self.place[-1], ())
        return any(path.matches(tuple(self.place)) for path in candidates)


def _name(raw: bytes) -> str:
    if b"\\" in raw:
        try:
            return str(json.loads(b'"%b"' % raw))
        except ValueError:
            pass
    return raw.decode("utf-8", "replace")
