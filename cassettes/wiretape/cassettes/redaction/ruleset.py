"""The rules of one recording: the defaults, and what a project adds to them.

A project can add and never take away, so that no setting makes a tape less safe. Knows the
tables of `rules.py` and `value_patterns.py`; nothing of files.
"""

import re
import string
from functools import lru_cache

import msgspec

from wiretape.cassettes.redaction.json_spans import JsonRules
from wiretape.cassettes.redaction.names import Names
from wiretape.cassettes.redaction.paths import ANY_NAME, parse_path
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


SECRET_CHARACTERS = frozenset(string.ascii_letters + string.digits + "._~+/=%-")
"""Those of prefixes and secrets. A stream takes it that nothing undecided ends in another."""

LEAST_SUFFIX = 4

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")

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
        # Whoever adds a pattern knows more of the key than a default that begins alike.
        self.patterns = Patterns((*rules.values, *DEFAULT_VALUES))


@lru_cache(maxsize=16)
def compiled(rules: RedactionRules) -> Ruleset:
    """Take the rules apart, once. Raises ValueError where one of them cannot hold."""
    for name in rules.headers:
        check_header(name)
    for suffix in rules.header_suffixes:
        check_header_suffix(suffix)
    for key in rules.query_keys:
        check_query_key(key)
    for path in rules.body_paths:
        check_body_path(path)
    for value in rules.values:
        check_value(value)
    return Ruleset(rules)


def check_header(name: str) -> None:
    """Raises ValueError where the text is no name of a header (RFC 9110 section 5.1)."""
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"not a name of a header: {name!r}")


def check_header_suffix(suffix: str) -> None:
    """Raises ValueError where the text could end a word, and so hit headers by chance."""
    if not _TOKEN.fullmatch(suffix) or not suffix.startswith("-") or len(suffix) < LEAST_SUFFIX:
        raise ValueError(
            f"not an ending of names of headers: {suffix!r}; write a dash and a word, `-key`"
        )


def check_query_key(key: str) -> None:
    """Raises ValueError where the text can be no key of a query."""
    if not key or set(key) & set("&=#? "):
        raise ValueError(f"not a key of a query: {key!r}; write it decoded and alone")


def check_body_path(text: str) -> None:
    """Raises ValueError where the text names no member."""
    path = parse_path(text)
    if path.last is None or not any(step not in (None, ANY_NAME) for step in path.steps):
        raise ValueError(f"a path has a name, and ends in one or in `*`, got {text!r}")


def check_value(value: ValuePattern) -> None:
    """Raises ValueError where a pattern can be no pattern, or would hold back too much."""
    if not value.name or not value.prefixes:
        raise ValueError("a pattern has a name and a prefix")
    _check_characters(value.characters)
    for prefix in value.prefixes:
        size = len(prefix) + value.minimum
        if not prefix or not set(prefix) <= SECRET_CHARACTERS:
            raise ValueError(f"prefix {prefix!r}: write letters, digits and any of ._~+/=%-")
        if value.minimum < 1 or not LEAST_BYTES <= size <= MOST_BYTES:
            raise ValueError(
                f"prefix {prefix!r} and a minimum of {value.minimum} make {size} bytes: "
                f"a pattern has {LEAST_BYTES} to {MOST_BYTES}"
            )


def _check_characters(characters: str) -> None:
    try:
        one = re.compile(f"[{characters}]")
    except re.error as error:
        raise ValueError(f"characters {characters!r}: {error.msg}") from error
    if not all(chr(code) in SECRET_CHARACTERS or not one.match(chr(code)) for code in range(256)):
        raise ValueError(
            f"characters {characters!r}: write letters, digits, ranges of them and any of ._~+/=%-"
        )
