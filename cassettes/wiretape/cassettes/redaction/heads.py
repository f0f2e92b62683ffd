"""Redaction of header pairs and targets, where length is free.

Knows the rules of headers and queries and what the session searches for; nothing of bodies.
"""

import re
from collections import Counter

from wiretape.cassettes.model import Headers
from wiretape.cassettes.redaction.masks import REPLACED, REPLACED_IN_TARGET
from wiretape.cassettes.redaction.names import Names, query_name
from wiretape.cassettes.redaction.rules import (
    AUTHENTICATION_SCHEMES,
    PSEUDONYMISED_HEADERS,
    WEBSOCKET_PROTOCOL_HEADER,
    WEBSOCKET_PROTOCOL_SECRETS,
    WHOLE_HEADERS,
)
from wiretape.cassettes.redaction.searching import SessionSecrets
from wiretape.cassettes.redaction.stand_ins import StandIns

REPLACED_IN_NAME = "redacted"
"""A token, as every name is (RFC 9110 section 5.1)."""

# A scheme of any length would be looked for again at each letter of a long path.
_USERINFO = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30}://)([^/?#]+)@")
_PROTOCOL_SECRET = re.compile(
    rf"(?<![^\s,])({'|'.join(map(re.escape, WEBSOCKET_PROTOCOL_SECRETS))})[^\s,]+"
)


class Heads:
    """Redacts the heads of one session."""

    def __init__(self, names: Names, secrets: SessionSecrets, stand_ins: StandIns) -> None:
        self._names = names
        self._secrets = secrets
        self._stand_ins = stand_ins

    def headers(self, headers: Headers, counts: Counter[str]) -> Headers:
        """The pairs in their order, secrets in the values replaced, and in names, where a client
        that was set up wrongly puts them."""
        kept = [(name, self._by_name(name.lower(), value, counts)) for name, value in headers]
        # Most hold nothing: all are searched at once, and one by one only if need be.
        if self._secrets.occurrences(_wire("\n".join(text for pair in kept for text in pair))):
            return tuple(
                (
                    self._without_secrets(name, REPLACED_IN_NAME, counts),
                    self._without_secrets(value, REPLACED, counts),
                )
                for name, value in kept
            )
        return tuple(kept)

    def text(self, text: str, counts: Counter[str]) -> str:
        """A text of our own that may quote a request."""
        return self._without_secrets(text, REPLACED, counts)

    def target(self, target: str, counts: Counter[str]) -> str:
        """The target with secrets replaced; every other byte and the order of the query stay."""
        beginning, mark, query = target.partition("?")
        beginning, found = _USERINFO.subn(rf"\g<1>{REPLACED_IN_TARGET}@", beginning)
        if found:
            counts["userinfo"] += found
        pairs = [self._query_pair(pair, counts) for pair in query.split("&")]
        return self._without_secrets(beginning + mark + "&".join(pairs), REPLACED_IN_TARGET, counts)

    def _by_name(self, name: str, value: str, counts: Counter[str]) -> str:
        if not value:
            return value
        if name in PSEUDONYMISED_HEADERS:
            return _counted(f"header:{name}", value, self._stand_ins.in_header(name, value), counts)
        if self._names.is_redacted_header(name):
            kept = REPLACED if name in WHOLE_HEADERS else _after_scheme(value)
            return _counted(self._names.header_rule(name), value, kept, counts)
        if name == WEBSOCKET_PROTOCOL_HEADER:
            value, found = _PROTOCOL_SECRET.subn(rf"\g<1>{REPLACED}", value)
            if found:
                counts[f"header:{name}"] += found
        return value

    def _query_pair(self, pair: str, counts: Counter[str]) -> str:
        key, _, value = pair.partition("=")
        if not value:
            return pair
        name = query_name(key)
        if name not in self._names.query_keys:
            return pair
        return _counted(f"query:{name}", pair, f"{key}={REPLACED_IN_TARGET}", counts)

    def _without_secrets(self, text: str, replacement: str, counts: Counter[str]) -> str:
        hits = self._secrets.occurrences(_wire(text))
        pieces: list[str] = []
        at = 0
        for hit in hits:
            if hit.start >= at:
                pieces += (text[at : hit.start], replacement)
                counts[hit.rule] += 1
            at = max(at, hit.end)
        return "".join((*pieces, text[at:])) if pieces else text


def _wire(text: str) -> bytes:
    """One byte a character, so that offsets are the same in both."""
    return text.encode("latin-1", "replace")


def _counted(rule: str, before: str, after: str, counts: Counter[str]) -> str:
    """What is already replaced is not counted again."""
    if before != after:
        counts[rule] += 1
    return after


def _after_scheme(value: str) -> str:
    scheme, space, rest = value.partition(" ")
    known = space and rest.strip() and scheme.lower() in AUTHENTICATION_SCHEMES
    return f"{scheme} {REPLACED}" if known else REPLACED
