"""The names that make a header or a pair of a query secret, and how they are read.

Knows names only: neither what a value looks like nor what becomes of it.
"""

from urllib.parse import unquote_to_bytes

import msgspec

from wiretape.cassettes.redaction.rules import (
    REDACTED_HEADER_SUFFIXES,
    REDACTED_HEADERS,
    REDACTED_QUERY_KEYS,
)


class Names(msgspec.Struct, frozen=True):
    """All in lower case."""

    headers: frozenset[str] = REDACTED_HEADERS
    header_suffixes: tuple[str, ...] = REDACTED_HEADER_SUFFIXES
    query_keys: frozenset[str] = REDACTED_QUERY_KEYS

    def is_redacted_header(self, name: str) -> bool:
        """Whether the value of a header, its name in lower case, is replaced."""
        return name in self.headers or name.endswith(self.header_suffixes)

    def header_rule(self, name: str) -> str:
        """The name in the counts of the rule that replaces a header."""
        if name in self.headers:
            return f"header:{name}"
        return f"header:*{next(s for s in self.header_suffixes if name.endswith(s))}"


def query_name(key: str) -> str:
    """The key of a query as the rules write it."""
    return unquote_to_bytes(wire_bytes(key)).decode("utf-8", "replace").lower()


def wire_bytes(text: str) -> bytes:
    """The bytes of the wire; text from elsewhere as UTF-8 rather than an error."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
