"""The rules of one recording: the defaults, and what a project adds to them.

A project can add and never take away, so that no setting makes a tape less safe. Knows the
tables of `rules.py` and `value_patterns.py`; nothing of files.
"""

from functools import lru_cache

import msgspec

from wiretape.cassettes.redaction.json_spans import JsonRules
from wiretape.cassettes.redaction.names import Names
from wiretape.cassettes.redaction.paths import parse_path
from wiretape.cassettes.redaction.patterns import Patterns
from wiretape.cassettes.redaction.rules import (
    REDACTED_BODY_PATHS,
    REDACTED_HEADER_SUFFIXES,
    REDACTED_HEADERS,
    REDACTED_QUERY_KEYS,
)
from wiretape.cassettes.redaction.value_patterns import (
    DEFAULT_VALUES,
    LEAST_BYTES,
    MOST_BYTES,
    ValuePattern,
)


class RedactionRules(msgspec.Struct, frozen=True):
    """What is a secret besides the defaults. Names are compared without regard to case."""

    headers: tuple[str, ...] = ()
    """Names of headers whose value is replaced."""
    header_suffixes: tuple[str, ...] = ()
    """Endings of such names, with the dash in front: `-key`."""
    query_keys: tuple[str, ...] = ()
    """Keys of queries, in targets and in addresses inside JSON."""
    body_paths: tuple[str, ...] = ()
    """String leaves of a request's JSON: `$.a.b`, `list[*].name`, `**.name`, `a.headers.*`."""
    values: tuple[ValuePattern, ...] = ()
    """What secrets look like."""


PREFIX_CHARACTERS = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~+/=%-"
)
"""Those a stream can hold back for: what ends in any other byte has nothing undecided."""

DEFAULT_RULES = RedactionRules()
"""Adds nothing."""


class Ruleset:
    """Defaults and additions in the form that is searched with."""

    def __init__(self, rules: RedactionRules) -> None:
        own_suffixes = tuple(suffix.lower() for suffix in rules.header_suffixes)
        own_keys = {key.lower() for key in rules.query_keys}
        self.names = Names(
            headers=REDACTED_HEADERS | {name.lower() for name in rules.headers},
            header_suffixes=(*REDACTED_HEADER_SUFFIXES, *own_suffixes),
            query_keys=REDACTED_QUERY_KEYS | own_keys,
        )
        self.json = JsonRules((*REDACTED_BODY_PATHS, *rules.body_paths), own_keys)
        for value in rules.values:
            check_value(value)
        # Whoever adds a pattern knows more of the key than a default that begins alike.
        self.patterns = Patterns((*rules.values, *DEFAULT_VALUES))


@lru_cache(maxsize=16)
def compiled(rules: RedactionRules) -> Ruleset:
    """Take the rules apart, once. Raises ValueError where one of them cannot hold."""
    for path in rules.body_paths:
        if parse_path(path).last is None:
            raise ValueError(f"a path of the redaction rules ends in a name, got {path!r}")
    return Ruleset(rules)


def check_value(value: ValuePattern) -> None:
    """Raises ValueError where a pattern can be no pattern, or would hold back too much."""
    for prefix in value.prefixes:
        size = len(prefix) + value.minimum
        if not prefix or not set(prefix) <= PREFIX_CHARACTERS:
            raise ValueError(f"prefix {prefix!r}: write letters, digits and any of ._~+/=%-")
        if value.minimum < 1 or not LEAST_BYTES <= size <= MOST_BYTES:
            raise ValueError(
                f"prefix {prefix!r} and minimum {value.minimum} make {size} bytes: "
                f"a pattern has {LEAST_BYTES} to {MOST_BYTES}"
            )
