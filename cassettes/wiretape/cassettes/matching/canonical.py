"""A request without all that does not make it another request.

Two requests are the same where their canonical forms are equal. Works on what redaction left
(`as_recorded`); never raises, whatever the bytes. A body is taken as JSON where it is JSON,
by its parts where it is multipart, and else as bytes.
"""

import base64
import binascii
import hashlib
import re
from typing import Any, Literal
from urllib.parse import unquote_plus

import msgspec

from wiretape.cassettes.http1 import header
from wiretape.cassettes.matching.rules import BodyRules, Compiled
from wiretape.cassettes.model import Headers, Request
from wiretape.cassettes.redaction import folded_body
from wiretape.cassettes.redaction.json_spans import DEEPEST
from wiretape.cassettes.redaction.masks import fold_masks
from wiretape.cassettes.redaction.paths import Place

BodyKind = Literal["absent", "json", "multipart", "bytes"]

Json = Any
"""Of objects, arrays, strings, numbers and booleans as msgspec decodes them."""

Pairs = tuple[tuple[str, str], ...]

LARGEST_EXACT = 2**53
"""Up to here a float with no fraction is that integer (IEEE 754 double)."""

SHORTEST_BASE64 = 256
"""Characters of one string that are taken for binary data rather than for a word."""

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_IN_BASE64 = (re.compile("[0-9]"), re.compile("[A-Z]"), re.compile("[a-z]"))
"""All of them stand in base64 of this length, where it does not say few bytes over and over."""
_AUTHORITY = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
_BOUNDARY = re.compile(r'boundary=(?:"([^"]+)"|([^;,\s"]+))', re.IGNORECASE)
_PART_NAME = re.compile(rb'[;\s]name=(?:"((?:[^"\\]|\\.)*)"|([^;\s"]+))', re.IGNORECASE)


class Canonical(msgspec.Struct, frozen=True, array_like=True):
    """What is left of a request, ready to be hashed or compared."""

    upstream: str
    method: str
    path: str
    query: Pairs
    headers: Pairs
    kind: BodyKind
    body: Json
    """json: the value, members in order of their names. multipart: pairs of name and digest.
    bytes: the digest."""


def canonical(upstream: str, request: Request, rules: Compiled) -> Canonical:
    """The canonical form of a request to an upstream."""
    path, query = _path_and_query(request.target, rules)
    kind, body = _body(request, path, rules)
    return Canonical(
        upstream=_encodable(upstream),
        method=_encodable(request.method),
        path=path,
        query=query,
        headers=_headers(request.headers, rules) if rules.headers else (),
        kind=kind,
        body=body,
    )


def digest(data: bytes) -> str:
    """`sha256:` and the digest in hex."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def path_of(target: str) -> str:
    """The path of a target, without the host that it may begin with."""
    path = target.partition("?")[0]
    if authority := _AUTHORITY.match(path):
        path = path[authority.end() :]
    return _encodable(path) or "/"


def _path_and_query(target: str, rules: Compiled) -> tuple[str, Pairs]:
    query = target.partition("?")[2]
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    kept = [
        (name, _encodable(unquote_plus(value)))
        for name, value in ((_encodable(unquote_plus(key)), value) for key, _, value in pairs)
        if name.lower() not in rules.ignored_query
    ]
    kept.sort(key=lambda pair: pair[0])
    return path_of(target), tuple(kept)


def _headers(headers: Headers, rules: Compiled) -> Pairs:
    return tuple(
        (_encodable(name), _encodable(", ".join(values)))
        for name in rules.headers
        if (values := [value.strip() for key, value in headers if key.lower() == name])
    )


def _encodable(text: str) -> str:
    """Text that UTF-8 can say; a target may hold lone surrogates for bytes that are no text."""
    if text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _body(request: Request, path: str, rules: Compiled) -> tuple[BodyKind, Json]:
    body = request.body
    if not body:
        return "absent", None
    content_type = header(request.headers, "content-type") or ""
    lowered = content_type.lower()
    if lowered.lstrip().startswith("multipart/"):
        parts = _parts(fold_masks(body), content_type)
        if parts is not None:
            return "multipart", parts
    elif body.lstrip()[:1] in (b"{", b"[") or "json" in lowered:
        try:
            return "json", walked(body, path, rules)[0]
        except (ValueError, RecursionError):  # msgspec.DecodeError and _TooDeep are ValueErrors
            pass
    return "bytes", digest(fold_masks(body))


def _parts(body: bytes, content_type: str) -> list[tuple[str, str]] | None:
    """Name and digest of each part (RFC 7578); None where it is not multipart after all."""
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        return None
    delimiter = b"\r\n--" + _encodable(boundary[1] or boundary[2]).encode()
    _, *pieces = (b"\r\n" + body).split(delimiter)
    if not pieces or not pieces[-1].startswith(b"--"):
        return None
    found: list[tuple[str, str]] = []
    for piece in pieces[:-1]:
        head, blank_line, content = piece.partition(b"\r\n\r\n")
        if not blank_line:
            return None
        name = _PART_NAME.search(head)
        text = (name[1] or name[2] or b"") if name else b""
        found.append((text.decode("utf-8", "replace"), digest(content)))
    found.sort(key=lambda part: part[0])
    return found


def walked(body: bytes, path: str, rules: Compiled) -> tuple[Json, dict[str, str]]:
    """The canonical form of a JSON body, and each minted id with its ordinal.

    Raises ValueError where it is no JSON or too deep, RecursionError likewise.
    """
    value = msgspec.json.decode(folded_body(body))
    places = rules.body
    if type(value) is dict:
        if value.get("stream") is None:
            value["stream"] = path in rules.streaming_paths
        if "jsonrpc" in value:
            places = rules.json_rpc_body
    walk = _Walk(places)
    return walk.value(value, ()), walk.ordinals


class _TooDeep(ValueError):
    """Deeper than DEEPEST levels: a recursion that must not depend on who called."""


class _Walk:
    """Once through a JSON value, members by name, so that their order is of no weight."""

    __slots__ = ("_rules", "ordinals")

    def __init__(self, rules: BodyRules) -> None:
        self._rules = rules
        self.ordinals: dict[str, str] = {}

    def value(self, value: Json, place: Place) -> Json:
        """The canonical form of the value that stands at the place."""
        kind = type(value)
        if kind is str:
            return value if len(value) < SHORTEST_BASE64 else _long_string(value)
        if kind is dict:
            return self._object(value, place)
        if kind is list:
            if len(place) > DEEPEST:
                raise _TooDeep
            below = (*place, None)
            return [self.value(element, below) for element in value]
        if kind is float and value.is_integer() and abs(value) < LARGEST_EXACT:
            return int(value)
        return value

    def _object(self, value: dict[str, Json], place: Place) -> dict[str, Json]:
        if len(place) > DEEPEST:
            raise _TooDeep
        kept: dict[str, Json] = {}
        for name in sorted(value):
            member = value[name]
            if member is None:
                continue
            if name in self._rules:
                action = self._action(name, place, value.get("type"))
                if action == "drop":
                    continue
                if type(member) is str and action is not None:
                    kept[name] = "(opaque)" if action == "opaque" else self._ordinal(member)
                    continue
            kept[name] = self.value(member, (*place, name))
        return kept

    def _action(self, name: str, place: Place, owner_type: Json) -> str | None:
        here = (*place, name)
        # The same place, the object named by its type.
        typed = (*place[:-1], owner_type, name) if place and type(owner_type) is str else here
        for path, action in self._rules[name]:
            if path.matches(here) or path.matches(typed):
                return action
        return None

    def _ordinal(self, text: str) -> str:
        return self.ordinals.setdefault(text, f"(id {len(self.ordinals) + 1})")


def _long_string(text: str) -> str:
    """Base64 and data URLs as the digest of what they hold, other text as it is."""
    head, comma, data = text.partition(",") if text.startswith("data:") else ("", "", text)
    if (head and not head.endswith(";base64")) or not _BASE64.fullmatch(data):
        return text
    if not head and data.isalnum() and not all(kind.search(data) for kind in _IN_BASE64):
        return text  # a long word, a number, hex: to be read where it differs
    try:
        content = base64.b64decode(data, altchars=b"-_" if "-" in data or "_" in data else None)
    except binascii.Error:
        content = data.encode("ascii")
    return f"{head}{comma}{digest(content)}"
