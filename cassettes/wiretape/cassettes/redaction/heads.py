"""Redaction of header pairs and targets, where length is free.

Knows the rules of headers and queries and the session's credentials; nothing of bodies.
"""

import re
from collections import Counter

from wiretape.cassettes.model import Headers
from wiretape.cassettes.redaction.credentials import Credentials, is_redacted_header, query_name
from wiretape.cassettes.redaction.masks import REPLACED, REPLACED_IN_TARGET
from wiretape.cassettes.redaction.rules import (
    AUTHENTICATION_SCHEMES,
    PSEUDONYMISED_HEADERS,
    REDACTED_HEADER_SUFFIXES,
    REDACTED_HEADERS,
    REDACTED_QUERY_KEYS,
    WEBSOCKET_PROTOCOL_HEADER,
    WEBSOCKET_PROTOCOL_SECRETS,
    WHOLE_HEADERS,
)

_USERINFO = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)([^/?#]+)@")
_PROTOCOL_SECRET = re.compile(
    rf"(?<![^\s,])({'|'.join(map(re.escape, WEBSOCKET_PROTOCOL_SECRETS))})[^\s,]+"
)


class StandIns:
    """One stand-in for each value of each pseudonymised header: `[openai-organization 1]`."""

    def __init__(self) -> None:
        self._numbers: dict[str, dict[str, int]] = {}

    def of(self, name: str, value: str) -> str:
        """The stand-in of a value; a stand-in stands for itself."""
        if re.fullmatch(rf"\[{re.escape(name)} [0-9]+\]", value):
            return value
        numbers = self._numbers.setdefault(name, {})
        return f"[{name} {numbers.setdefault(value, len(numbers) + 1)}]"


def redact_headers(
    headers: Headers, credentials: Credentials, stand_ins: StandIns, counts: Counter[str]
) -> Headers:
    """The pairs in their order, names untouched, secrets in the values replaced."""
    return tuple(
        (name, _header_value(name.lower(), value, credentials, stand_ins, counts))
        for name, value in headers
    )


def redact_target(target: str, credentials: Credentials, counts: Counter[str]) -> str:
    """The target with secrets replaced; every other byte and the order of the query stay."""
    beginning, mark, query = target.partition("?")
    beginning, found = _USERINFO.subn(rf"\g<1>{REPLACED_IN_TARGET}@", beginning)
    if found:
        counts["userinfo"] += found
    pairs = [_query_pair(pair, counts) for pair in query.split("&")]
    return _without_credentials(
        beginning + mark + "&".join(pairs), REPLACED_IN_TARGET, credentials, counts
    )


def _header_value(
    name: str,
    value: str,
    credentials: Credentials,
    stand_ins: StandIns,
    counts: Counter[str],
) -> str:
    if not value:
        return value
    if name in PSEUDONYMISED_HEADERS:
        counts[f"header:{name}"] += 1
        return stand_ins.of(name, value)
    if is_redacted_header(name):
        counts[_rule_of(name)] += 1
        return REPLACED if name in WHOLE_HEADERS else _after_scheme(value)
    if name == WEBSOCKET_PROTOCOL_HEADER:
        value, found = _PROTOCOL_SECRET.subn(rf"\g<1>{REPLACED}", value)
        if found:
            counts[f"header:{name}"] += found
    return _without_credentials(value, REPLACED, credentials, counts)


def _rule_of(name: str) -> str:
    if name in REDACTED_HEADERS:
        return f"header:{name}"
    return f"header:*{next(s for s in REDACTED_HEADER_SUFFIXES if name.endswith(s))}"


def _after_scheme(value: str) -> str:
    scheme, space, rest = value.partition(" ")
    known = space and rest.strip() and scheme.lower() in AUTHENTICATION_SCHEMES
    return f"{scheme} {REPLACED}" if known else REPLACED


def _query_pair(pair: str, counts: Counter[str]) -> str:
    key, _, value = pair.partition("=")
    if not value:
        return pair
    name = query_name(key)
    if name not in REDACTED_QUERY_KEYS:
        return pair
    counts[f"query:{name}"] += 1
    return f"{key}={REPLACED_IN_TARGET}"


def _without_credentials(
    text: str, replacement: str, credentials: Credentials, counts: Counter[str]
) -> str:
    # One byte a character, so that offsets are the same in both.
    occurrences = credentials.occurrences(text.encode("latin-1", "replace"))
    pieces: list[str] = []
    at = 0
    for start, end in occurrences:
        if start >= at:
            pieces += (text[at:start], replacement)
            counts["credential"] += 1
        at = max(at, end)
    return "".join((*pieces, text[at:])) if pieces else text
