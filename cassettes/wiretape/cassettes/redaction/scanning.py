"""Looks on a tape for what redaction may have missed, and says where, never what.

Searches where the recorder does not: in text put together from the pieces of a stream, in
base64, in what a content coding hides, and beside words such as `password`. A suspicion is
something for a person to look at, and a rule to be added. Pure: an interaction in, words out.
"""

import base64
import binascii
import math
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import Literal

import msgspec

from wiretape.cassettes.codec.content import MOST_DECODED, READABLE, TooLarge, decode
from wiretape.cassettes.http1 import header
from wiretape.cassettes.model import Headers, Interaction
from wiretape.cassettes.redaction.assembling import Text, assembled, json_frames
from wiretape.cassettes.redaction.credentials import Credentials
from wiretape.cassettes.redaction.encoded import unread_codings
from wiretape.cassettes.redaction.eventstream import payloads, spans
from wiretape.cassettes.redaction.masks import is_mask, is_ours
from wiretape.cassettes.redaction.redactor import EVENTSTREAM, Redactor
from wiretape.cassettes.redaction.ruleset import DEFAULT_RULES, RedactionRules, compiled
from wiretape.cassettes.redaction.searching import SessionSecrets
from wiretape.cassettes.redaction.stand_ins import StandIns

Side = Literal["request", "response"]
Confidence = Literal["high", "medium", "low"]

_UNSURE = frozenset({"value:bearer", "value:basic"})
"""Rules that a word of the text can meet."""

_SHOWN = 24
"""Characters of an excerpt in front of the secret, and behind it."""

_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{24,}={0,2}")
_LINES = re.compile(rb"[\r\n]|\\+[rn]?")
_KEY_WORD = re.compile(
    rb"(?i)(?:api[_-]?key|secret|passw(?:or)?d|token|credential|authorization|private[_-]?key)"
    rb"[\"'\\\s:=]{1,8}([A-Za-z0-9+/_.~-]{16,128})"
)
_LEAST_ENTROPY = 3.5
"""Bits a character. English words have up to 3.3, hexadecimal 4, base64 6."""


class Suspicion(msgspec.Struct, frozen=True):
    """Something that may be a secret."""

    rule: str
    """As in the counts of a recording; `entropy` for what only looks random."""
    side: Side
    where: str
    """`header NAME`, `target`, `byte N`, `byte N, decoded` (from gzip or the like), `byte N,
    base64`, `$.a.b, joined` (from several frames)."""
    excerpt: str
    """What stands around it; every secret in it is replaced by its size."""
    confidence: Confidence


class _Found(msgspec.Struct, frozen=True):
    """A suspicion whose excerpt is still to be made."""

    start: int
    end: int
    rule: str
    confidence: Confidence


def scan_interaction(
    interaction: Interaction, rules: RedactionRules = DEFAULT_RULES
) -> tuple[Suspicion, ...]:
    """All that may be a secret, the request's first, each secret once a side."""
    scanner = _Scanner(rules, interaction)
    request, response = interaction.request, interaction.response
    found = chain(
        scanner.target(request.target),
        scanner.headers("request", request.headers),
        scanner.body("request", request.headers, request.body),
    )
    if response is not None:
        found = chain(
            found,
            scanner.headers("response", response.headers + response.trailers),
            scanner.body("response", response.headers, response.body),
        )
    return tuple(dict.fromkeys(found))


class _Scanner:
    def __init__(self, rules: RedactionRules, interaction: Interaction) -> None:
        ruleset = compiled(rules)
        credentials = Credentials(ruleset.names)
        credentials.learn(interaction.request.headers, interaction.request.target)
        self._secrets = SessionSecrets(credentials, ruleset.patterns, StandIns())
        self._json = ruleset.json
        self._redactor = Redactor(rules)
        self._redactor.learn(interaction.request.headers, interaction.request.target)
        self._seen: set[tuple[Side, bytes]] = set()

    def target(self, target: str) -> Iterator[Suspicion]:
        counts: Counter[str] = Counter()
        kept = self._redactor.target(target, counts)
        for rule in counts:
            yield Suspicion(rule, "request", "target", kept, _confidence(rule))

    def headers(self, side: Side, headers: Headers) -> Iterator[Suspicion]:
        for pair in headers:
            counts: Counter[str] = Counter()
            ((name, kept),) = self._redactor.headers((pair,), counts)
            for rule in counts:
                where = f"header {name}"
                yield Suspicion(rule, side, where, f"{name}: {kept}", _confidence(rule))

    def body(self, side: Side, headers: Headers, body: bytes) -> Iterator[Suspicion]:
        parted = EVENTSTREAM in (header(headers, "content-type") or "").lower()
        yield from self._in_bytes(side, body, "")
        if parted:
            yield from self._in_parts(side, body, "")
        for coding in unread_codings(headers):
            try:
                body = decode(coding, body, MOST_DECODED).body if coding in READABLE else b""
            except TooLarge:
                return
            yield from self._in_bytes(side, body, ", decoded")
            if parted:
                yield from self._in_parts(side, body, ", decoded")
        for text in _texts(headers, body):
            yield from self._in_text(side, text)

    def _in_bytes(self, side: Side, data: bytes, how: str) -> Iterator[Suspicion]:
        yield from self._told(side, data, self._found(side, data), how)
        yield from self._in_base64(side, data, how)

    def _in_parts(self, side: Side, data: bytes, how: str) -> Iterator[Suspicion]:
        """Each header and payload of eventstream messages by itself, as the recorder does."""
        found = [
            _Found(start + one.start, start + one.end, one.rule, one.confidence)
            for start, end in spans(data)
            for one in self._found(side, data[start:end])
        ]
        yield from self._told(side, data, found, how)

    def _found(self, side: Side, data: bytes) -> list[_Found]:
        found = self._search(data)
        found += [
            _Found(start, end, rule, "high" if side == "request" else "medium")
            for (start, end), rule in self._json.secret_spans(data)
            if not is_mask(data[start:end])
        ]
        return found + _random_looking(data)

    def _in_base64(self, side: Side, data: bytes, how: str) -> Iterator[Suspicion]:
        for run in _BASE64.finditer(data):
            inner = _unpacked(run[0])
            if inner:
                found = self._search(inner)
                place = f"byte {run.start()}{how}, base64"
                for told in self._told(side, inner, found, ""):
                    yield msgspec.structs.replace(told, where=place, confidence="medium")

    def _in_text(self, side: Side, text: Text) -> Iterator[Suspicion]:
        data = text.text.encode("utf-8", "surrogatepass")
        found = self._search(data)
        place = f"{text.path}, joined"
        found = [one for one in found if not self._was_seen(side, data[one.start : one.end])]
        for told in self._told(side, data, found, ""):
            yield msgspec.structs.replace(told, where=place)
        if text.pieces > 1:
            for told in self._in_base64(side, data, ""):
                yield msgspec.structs.replace(told, where=f"{place}, base64")

    def _search(self, data: bytes) -> list[_Found]:
        return [
            _Found(hit.start, hit.end, hit.rule, _confidence(hit.rule))
            for hit in self._secrets.occurrences(data)
        ]

    def _was_seen(self, side: Side, value: bytes) -> bool:
        """Whether joining gave nothing new: what was told of, perhaps twice in a row."""
        plain = _plain(value)
        return any(side == known and seen in plain for known, seen in self._seen)

    def _told(self, side: Side, data: bytes, found: list[_Found], how: str) -> Iterator[Suspicion]:
        """Those that were not told of yet, without what another one covers."""
        found.sort(key=lambda one: (one.start, -one.end))
        end = 0
        for one in found:
            value = data[one.start : one.end]
            if one.end <= end or (side, _plain(value)) in self._seen:
                continue
            end = one.end
            self._seen.add((side, _plain(value)))
            excerpt = _excerpt(data, one, found)
            yield Suspicion(one.rule, side, f"byte {one.start}{how}", excerpt, one.confidence)


def _texts(headers: Headers, body: bytes) -> list[Text]:
    if EVENTSTREAM in (header(headers, "content-type") or "").lower():
        return assembled(frame for payload in payloads(body) for frame in json_frames(payload))
    return assembled(json_frames(body))


def _plain(value: bytes) -> bytes:
    """The value without ends of lines, raw or however deep in JSON."""
    return _LINES.sub(b"", value)


def _confidence(rule: str) -> Confidence:
    return "medium" if rule in _UNSURE else "high"


def _unpacked(run: bytes) -> bytes:
    """What a run of base64 holds; empty where it is none."""
    digits = run.rstrip(b"=")
    if len(digits) % 4 == 1:
        digits = digits[:-1]
    try:
        return base64.b64decode(
            digits.translate(_URL_SAFE) + b"=" * (-len(digits) % 4), validate=True
        )
    except binascii.Error:
        return b""


_URL_SAFE = bytes.maketrans(b"-_", b"+/")


def _random_looking(data: bytes) -> list[_Found]:
    return [
        _Found(*word.span(1), "entropy", "low")
        for word in _KEY_WORD.finditer(data)
        if not is_ours(word[1].decode("ascii")) and _is_random(word[1])
    ]


def _is_random(value: bytes) -> bool:
    if not re.search(rb"[0-9]", value) or not re.search(rb"[A-Za-z]", value):
        return False
    shares = [count / len(value) for count in Counter(value).values()]
    return -sum(share * math.log2(share) for share in shares) >= _LEAST_ENTROPY


def _excerpt(data: bytes, one: _Found, found: list[_Found]) -> str:
    """A little of what stands around; every secret in it as its size."""
    start, end = max(0, one.start - _SHOWN), one.end + _SHOWN
    pieces: list[bytes] = []
    at = start
    for other in found:
        if other.end <= at or other.start >= end:
            continue
        if other.start >= at:
            pieces += (data[at : other.start], b"[%d bytes]" % (other.end - other.start))
        at = other.end
    pieces.append(data[at:end])
    text = b"".join(pieces).decode("utf-8", "replace")
    return "".join(sign if sign.isprintable() else " " for sign in text)
