"""What stands where a secret stood.

Inside a body a mask is as long as what it covers, so that no Content-Length, no chunk and no
frame moves, and it can be told from text, so that matching can fold masks of any length to
one. Elsewhere length is free. Knows no rules.
"""

import re
from collections.abc import Iterable

REPLACED = "[REDACTED]"
"""In header values."""

REPLACED_IN_TARGET = "%5BREDACTED%5D"
"""In targets: brackets may not stand in a path or query (RFC 3986 section 3.4)."""

FOLDED_MASK = b"[REDACT]"

SHORTEST_MASK = len(FOLDED_MASK)
"""Bytes. A shorter value becomes asterisks; whoever folds must know its place."""

_MASK = re.compile(rb"\[REDACT(?: [0-9]+)?\**\]\**")
_OURS = re.compile(r"REDACT|^\**$|^\[[a-z0-9-]+[ -][0-9]+\]$")

_ASTERISKS = bytes(byte if byte in b"\r\n" else ord("*") for byte in range(256))

Span = tuple[int, int]
"""Offsets of the first byte and of the one after the last."""


def mask(size: int) -> bytes:
    """`size` bytes: `[REDACT]`, `[REDACT*]`, `[REDACT**]`, ...; asterisks below 8."""
    if size < SHORTEST_MASK:
        return b"*" * size
    return b"[REDACT" + b"*" * (size - SHORTEST_MASK) + b"]"


def asterisks(secret: bytes) -> bytes:
    """As many asterisks as the secret has bytes; the ends of lines stay, since frames hang on
    them."""
    return secret.translate(_ASTERISKS)


def is_ours(text: str) -> bool:
    """Whether the text was put there by a redaction, and so is no secret to learn."""
    return _OURS.search(text) is not None


def is_mask(value: bytes) -> bool:
    """Whether all of the value is a mask, or a stand-in of a body."""
    return _MASK.fullmatch(value) is not None or not value.strip(b"*")


def cover_spans(body: bytes, covers: Iterable[tuple[Span, bytes]]) -> bytes:
    """The body with each span covered; spans in order, not overlapping."""
    return _replace(body, ((start, end, cover) for (start, end), cover in covers))


def fold_spans(body: bytes, spans: Iterable[Span]) -> bytes:
    """The body with each span as the one constant that all masks fold to."""
    return _replace(body, ((start, end, FOLDED_MASK) for start, end in spans))


def fold_masks(body: bytes) -> bytes:
    """The body with every mask of 8 bytes and more as the one constant."""
    return _MASK.sub(FOLDED_MASK, body) if FOLDED_MASK[:-1] in body else body


def _replace(body: bytes, replacements: Iterable[tuple[int, int, bytes]]) -> bytes:
    pieces: list[bytes] = []
    at = 0
    for start, end, replacement in replacements:
        pieces += (body[at:start], replacement)
        at = end
    if not pieces:
        return body
    pieces.append(body[at:])
    return b"".join(pieces)
