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
from wiretape.cassettes.redaction.masks import Span, is_ours
from wiretape.cassettes.redaction.rules import (
    AUTHENTICATION_SCHEMES,
    REDACTED_HEADER_SUFFIXES,
    REDACTED_HEADERS,
    REDACTED_QUERY_KEYS,
    UNLEARNED_HEADER_SUFFIXES,
    UNLEARNED_HEADERS,
    WEBSOCKET_PROTOCOL_HEADER,
    WEBSOCKET_PROTOCOL_SECRETS,
)

SHORTEST_CREDENTIAL = 8
"""Bytes. Shorter ones are not searched for: a key such as `test` or `dummy`, as everyone uses
against a local server, is a word of its own in every other body and would tear it apart. The
header or query value it came in is replaced all the same."""

_PLAIN = re.compile(rb"[A-Za-z0-9._~-]+")
_USERINFO = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)@")


class Credentials:
    """Byte strings to search for; grows while the session lasts."""

    def __init__(self) -> None:
        self._forms: tuple[bytes, ...] = ()
        self._beginnings: tuple[bytes, ...] = ()

    def learn(self, headers: Headers, target: str) -> None:
        """Take the credentials from a request's headers and target."""
        for value in (*_in_headers(headers), *_in_target(target)):
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

    def occurrences(self, data: bytes) -> list[Span]:
        """Every occurrence, also overlapping ones, by start and then the longest first."""
        found: list[Span] = []
        for form in self._forms:
            at = data.find(form)
            while at >= 0:
                found.append((at, at + len(form)))
                at = data.find(form, at + 1)
        if len(found) > 1:
            found.sort(key=lambda span: (span[0], -span[1]))
        return found

    def undecided_from(self, data: bytes) -> int:
        """Where the tail begins that more bytes could turn into a credential.

        `len(data)` where there is no such tail; the tail is shorter than the longest form.
        """
        undecided = len(data)
        for form in self._forms:
            undecided = min(undecided, _long_beginning(form, data))
        if undecided == len(data) and data.endswith(self._beginnings):
            undecided -= max(len(b) for b in self._beginnings if data.endswith(b))
        return undecided


def is_redacted_header(name: str) -> bool:
    """Whether the value of a header, its name in lower case, is replaced."""
    return name in REDACTED_HEADERS or name.endswith(REDACTED_HEADER_SUFFIXES)


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
        escaped = json.dumps(text, ensure_ascii=ascii_only)[1:-1].encode("utf-8")
        # PHP escapes the slash, .NET the plus sign, Go the ampersand.
        for plain, escape in ((b"", b""), (b"/", b"\\/"), (b"+", b"\\u002B"), (b"&", b"\\u0026")):
            forms.add(escaped.replace(plain, escape) if plain else escaped)
    return forms


def _long_beginning(form: bytes, data: bytes) -> int:
    """Where a tail begins that is SHORTEST_CREDENTIAL bytes or more of the form, not all."""
    beginning = form[:SHORTEST_CREDENTIAL]
    at = data.find(beginning, max(0, len(data) - len(form) + 1))
    while at >= 0:
        if form.startswith(data[at:]):
            return at
        at = data.find(beginning, at + 1)
    return len(data)


def _in_headers(headers: Headers) -> Iterator[bytes]:
    for original, value in headers:
        name = original.lower()
        if name == WEBSOCKET_PROTOCOL_HEADER:
            yield from _in_websocket_protocols(value)
        elif (
            is_redacted_header(name)
            and name not in UNLEARNED_HEADERS
            and not name.endswith(UNLEARNED_HEADER_SUFFIXES)
        ):
            yield from _in_header_value(value.strip())


def _in_header_value(value: str) -> Iterator[bytes]:
    scheme, space, rest = value.partition(" ")
    rest = rest.strip()
    if scheme.lower() not in AUTHENTICATION_SCHEMES or not rest:
        yield _wire(value)
    if not space or is_ours(rest):
        return
    yield _wire(rest)
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
                yield _wire(token)
                yield _wire(token.removeprefix(beginning))


def _in_target(target: str) -> Iterator[bytes]:
    if userinfo := _USERINFO.match(target):
        _, _, password = userinfo[1].partition(":")
        yield unquote_to_bytes(_wire(password or userinfo[1]))
    _, _, query = target.partition("?")
    for pair in query.split("&"):
        key, _, value = pair.partition("=")
        if value and query_name(key) in REDACTED_QUERY_KEYS:
            yield unquote_to_bytes(_wire(value))
            yield _wire(value)


def query_name(key: str) -> str:
    """The key of a query as the rules write it."""
    return unquote_to_bytes(_wire(key)).decode("utf-8", "replace").lower()


def _wire(text: str) -> bytes:
    """The bytes of the wire; text from elsewhere as UTF-8 rather than an error."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
