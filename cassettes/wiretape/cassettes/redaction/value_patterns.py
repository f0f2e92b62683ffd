"""Secrets that are known by how they look, as data: what they begin with and how they go on.

One entry a kind of key, with the minimum from which it counts as one. Below the minimum it is
a word of the text. Knows no bytes that move; what an entry becomes is in `patterns.py`.
"""

import string
from typing import Literal

import msgspec

MOST_BYTES = 34
"""Prefix and minimum of a pattern together, so that at most 33 bytes of a body are held back
for it."""

LEAST_BYTES = 8
"""The same from below: shorter ones are words, and leave no room for a mask."""

WordStart = Literal["word", "blob"]
"""What may not stand before a secret: a letter, a digit, `_` or `-`; for `blob` also `+` and
`/`, since a prefix of letters alone turns up in base64 by chance."""


class ValuePattern(msgspec.Struct, frozen=True):
    """A prefix, then at least `minimum` of certain characters; masked as far as those go."""

    name: str
    """Stands in the counts as `value:NAME`."""
    prefixes: tuple[str, ...]
    """Any of these. ASCII, compared with case."""
    minimum: int
    """Characters behind the prefix."""
    characters: str = "A-Za-z0-9_-"
    """Which ones, as inside the brackets of a regular expression."""
    after: WordStart = "word"
    keeps_prefix: bool = False
    """The prefix is a word that announces a secret and is none of it; it may stand anywhere."""
    telling: str = ""
    """What must be true of the first `minimum` characters, a look-ahead."""


def _contains(sign: str, minimum: int, characters: str = "A-Za-z0-9_-") -> str:
    """A look-ahead: the sign, of at most three characters, is among the first `minimum`."""
    return f"(?=[{characters}]{{0,{minimum - 3}}}?(?:{sign}))"


# `sk-learn-contrib-project` is a word, and no key of 20 random characters has only small letters.
_NO_SLUG = "[0-9A-Z]"
# `Bearer authentication` and `Basic HTTP` are text. Letters of random case change to and fro.
_NO_PROSE = "[0-9]|[a-z][A-Z]|[A-Z]{2}[a-z]"
_TOKEN68 = "A-Za-z0-9._~+/=-"

DEFAULT_VALUES = (
    ValuePattern("sk-proj-", ("sk-proj-",), 16),
    ValuePattern("sk-svcacct-", ("sk-svcacct-",), 16),
    ValuePattern("sk-ant-", ("sk-ant-",), 16),
    ValuePattern("sk-or-v1-", ("sk-or-v1-",), 16),
    ValuePattern(
        "sk-",
        ("sk-",),
        20,
        telling="(?!proj-|svcacct-|ant-|or-v1-)" + _contains(_NO_SLUG, 20),
    ),
    ValuePattern("ek_", ("ek_",), 20, "A-Za-z0-9"),
    ValuePattern("rt_", ("rt_",), 24, "A-Za-z0-9._-", telling=_contains(_NO_SLUG, 24)),
    ValuePattern("auth_tokens/", ("auth_tokens/",), 16),
    ValuePattern("AIza", ("AIza",), 30, after="blob"),
    ValuePattern("ya29.", ("ya29.",), 20, "A-Za-z0-9._-"),
    ValuePattern("gsk_", ("gsk_",), 20, "A-Za-z0-9"),
    ValuePattern("xai-", ("xai-",), 20, "A-Za-z0-9"),
    ValuePattern("hf_", ("hf_",), 20, "A-Za-z0-9"),
    ValuePattern("pplx-", ("pplx-",), 20, "A-Za-z0-9"),
    ValuePattern("r8_", ("r8_",), 20, "A-Za-z0-9"),
    ValuePattern("fw_", ("fw_",), 16, "A-Za-z0-9"),
    ValuePattern("nvapi-", ("nvapi-",), 20),
    ValuePattern("ABSK", ("ABSK",), 30, "A-Za-z0-9+/=", after="blob"),
    ValuePattern("AKIA", ("AKIA", "ASIA"), 16, "A-Z0-9", after="blob"),
    ValuePattern("gh?_", tuple(f"gh{kind}_" for kind in "pousr"), 30, "A-Za-z0-9"),
    ValuePattern(
        "xox?-",
        tuple(f"xox{kind}-" for kind in string.ascii_lowercase),
        16,
        "A-Za-z0-9-",
        telling=_contains(_NO_SLUG, 16, "A-Za-z0-9-"),
    ),
    ValuePattern("dapi", ("dapi",), 30, "a-f0-9", after="blob"),
    ValuePattern(
        "bearer",
        ("Bearer ", "bearer "),
        20,
        _TOKEN68,
        keeps_prefix=True,
        telling=_contains(_NO_PROSE, 20, _TOKEN68),
    ),
    ValuePattern(
        "basic",
        ("Basic ", "basic "),
        16,
        "A-Za-z0-9+/=",
        keeps_prefix=True,
        telling=_contains(_NO_PROSE, 16, "A-Za-z0-9+/="),
    ),
    ValuePattern("sigv4", ("Credential=",), 16, "A-Za-z0-9/_%-", keeps_prefix=True),
)
"""The formats that providers publish, or whose keys are seen in use. Two kinds of secret that
no prefix and minimum describe, JWT and PEM, are in `patterns.py`."""

OPAQUE_NAMES = (
    "encrypted_content",
    "signature",
    "thoughtSignature",
    "thought_signature",
    "redactedContent",
)
"""Members whose value only the provider can read and clients must send back as it was: never
masked for how it begins."""
