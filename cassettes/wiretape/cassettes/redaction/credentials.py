"""The session's own credentials: what was sent to authenticate, searched for everywhere.

The strongest rule there is, since it holds whatever a key looks like: providers put the key
into their error messages, clients into addresses. Knows the rules of headers and queries, and
keeps the values in memory only.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from urllib.parse import quote, unquote_to_bytes

from wiretape.cassettes.model import Headers
from wiretape.cassettes.redaction.masks import is_ours, mask
from wiretape.cassettes.redaction.names import Names, query_name, wire_bytes
from wiretape.cassettes.redaction.rules import (
    AUTHENTICATION_SCHEMES,
    UNLEARNED_HEADER_SUFFIXES,
    UNLEARNED_HEADERS,
    WEBSOCKET_PROTOCOL_HEADER,
    WEBSOCKET_PROTOCOL_SECRETS,
)
from wiretape.cassettes.redaction.stream import Hit

SHORTEST_CREDENTIAL = 8
"""Bytes. Shorter ones are not searched for: a key such as `test` or `dummy`, as everyone uses
against a local server, is a word of its own in every other body and would tear it apart. The
header or query value it came in is replaced all the same."""

RULE = "credential"
"""The name in the counts."""

_PLAIN = re.compile(rb"[A-Za-z0-9._~-]+")
_USERINFO = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)@")


class Credentials:
    """Byte strings to search for; grows while the session lasts."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._forms: tuple[bytes, ...] = ()
        self._beginnings: tuple[bytes, ...] = ()

    def __len__(self) -> int:
        """How many forms of credentials are searched for."""
        return len(self._forms)

    def learn(self, headers: Headers, target: str) -> None:
        """Take the credentials from a request's headers and target."""
        for value in (*_in_headers(headers, self._names), *_in_target(target, self._names)):
            self.add(value)

    def add(self, value: bytes) -> None:
        """Search for this value from now on, as it is and as URLs and JSON write it.

        Values under SHORTEST_CREDENTIAL, and those a redaction left behind, are ignored.
        """
        if len(value) < SHORTEST_CREDENTIAL or is_ours(value.decode("latin-1")):
            return
        if value in self._forms:
            return
        forms = {*self._forms, *written_forms(value)}
        self._forms = tuple(sorted(forms, key=lambda form: (-len(form), form)))
        self._beginnings = tuple(
            {form[:size] for form in forms for size in range(1, SHORTEST_CREDENTIAL)}
        )

    def occurrences(self, data: bytes, at: int = 0) -> list[Hit]:
        """Every occurrence, also overlapping ones, by start and then the longest first."""
        found: list[Hit] = []
        for form in self._forms:
            place = data.find(form, at)
            while place >= 0:
                found.append(Hit(place, place + len(form), mask(len(form)), RULE))
                place = data.find(form, place + 1)
        if len(found) > 1:
            found.sort(key=lambda hit: (hit.start, -hit.end))
        return found

    def undecided_from(self, data: bytes, at: int = 0) -> int:
        """Where the tail begins that more bytes could turn into a credential.

        `len(data)` where there is no such tail; the tail is shorter than the longest form.
        """
        undecided = len(data)
        for form in self._forms:
            undecided = min(undecided, _long_beginning(form, data, at))
        if undecided == len(data) and data.endswith(self._beginnings, at):
            undecided -= max(len(b) for b in self._beginnings if data.endswith(b, at))
        return undecided

    def broken_off(self, data: bytes, at: int = 0) -> list[Hit]:
        """The first SHORTEST_CREDENTIAL bytes or more of a credential at the end of a body."""
        start = min((_long_beginning(form, data, at) for form in self._forms), default=len(data))
        size = len(data) - start
        return [Hit(start, len(data), mask(size), RULE)] if size else []


def written_forms(value: bytes) -> set[bytes]:
    """How a value may stand in a body: raw, percent-encoded, escaped in JSON."""
    if _PLAIN.fullmatch(value):
        return {value}
    encoded = {quote(value, safe=safe) for safe in ("", "/", "/:@!$'()*,;=+")}
    forms = {value} | {form.encode("ascii") for form in encoded}
    forms |= {re.sub(rb"%[0-9A-F]{2}", lambda hit: hit[0].lower(), form) for form in forms}
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        text = value.decode("latin-1")
    for ascii_only in (True, False):
        escaped = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        forms |= {form.encode("utf-8") for form in _as_encoders_escape(escaped)}
    return forms


_ESCAPED_BY_ENCODERS = ("", "/", "+", "&", "&<>", "+&<>'`\"", "/+", "/=", "/+=", "/+&<>'`\"=")
"""What JSON encoders write as `\\u....`: Go and Ruby `&<>`, .NET `+&<>'` and the backtick,
encoders for HTML the slash and the equals sign as well."""


def _as_encoders_escape(text: str) -> set[str]:
    forms = {text.replace("/", "\\/")}  # PHP
    for characters in _ESCAPED_BY_ENCODERS:
        for digits in ("04x", "04X"):
            table = {ord(one): f"\\u{ord(one):{digits}}" for one in characters}
            forms.add(text.translate(table))
    return forms


def _long_beginning(form: bytes, data: bytes, since: int) -> int:
    """Where a tail begins that is SHORTEST_CREDENTIAL bytes or more of the form, not all."""
    beginning = form[:SHORTEST_CREDENTIAL]
    at = data.find(beginning, max(since, len(data) - len(form) + 1))
    while at >= 0:
        if form.startswith(data[at:]):
            return at
        at = data.find(beginning, at + 1)
    return len(data)


def _in_headers(headers: Headers, names: Names) -> Iterator[bytes]:
    for original, value in headers:
        name = original.lower()
        if name == WEBSOCKET_PROTOCOL_HEADER:
            yield from _in_websocket_protocols(value)
        elif (
            names.is_redacted_header(name)
            and name not in UNLEARNED_HEADERS
            and not name.endswith(UNLEARNED_HEADER_SUFFIXES)
        ):
            yield from _in_header_value(value.strip())


def _in_header_value(value: str) -> Iterator[bytes]:
    scheme, space, rest = value.partition(" ")
    rest = rest.strip()
    if scheme.lower() not in AUTHENTICATION_SCHEMES or not rest:
        yield wire_bytes(value)
    if not space or is_ours(rest):
        return
    yield wire_bytes(rest)
    if scheme.lower() == "basic":
        try:
            _, _, password = base64.b64decode(rest).partition(b":")
        except (binascii.Error, ValueError):
            return
        yield password


def _in_websocket_protocols(value: str) -> Iterator[bytes]:
    for token in value.replace(",", " ").split():
        for beginning in WEBSOCKET_PROTOCOL_SECRETS:
            if token.startswith(beginning):
                yield wire_bytes(token)
                yield wire_bytes(token.removeprefix(beginning))


def _in_target(target: str, names: Names) -> Iterator[bytes]:
    if userinfo := _USERINFO.match(target):
        _, _, password = userinfo[1].partition(":")
        yield unquote_to_bytes(wire_bytes(password or userinfo[1]))
    _, _, query = target.partition("?")
    for pair in query.split("&"):
        key, _, value = pair.partition("=")
        if value and query_name(key) in names.query_keys:
            yield unquote_to_bytes(wire_bytes(value))
            yield wire_bytes(value)
