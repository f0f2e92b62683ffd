"""A rule, what it finds, and what it may look at.

A rule is data: its id never changes and is never used again for something else. Checkers are pure
functions from an `Exchange` to findings. Knows frames, deltas and interactions; no terminal.
"""

import re
from collections.abc import Callable, Iterator
from typing import Literal, get_args

import msgspec

from wiretape.cassettes.dialects.delta import Delta
from wiretape.cassettes.dialects.payload import Decode, decode_json
from wiretape.cassettes.framing.frame import Frame, Framing, Malformed
from wiretape.cassettes.model import Interaction

Severity = Literal["error", "warning", "note"]
"""error    against what the source says must be
warning  against what it says should be, or a known client goes wrong on it
note     legal, and worth knowing
"""

Source = Literal["prose", "schema", "inferred", "sdk"]
"""prose     the words of a specification
schema    its machine-readable description
inferred  follows from them, not written there
sdk       what the official SDK, or a widely used client, relies on
"""

Profile = Literal["open-responses", "openai", "sdk"]
"""open-responses    the specification to the letter
openai            what OpenAI's API does, its superset included
sdk               only what breaks the official SDKs and well-known clients
"""

PROFILES: tuple[Profile, ...] = get_args(Profile)
EVERY_PROFILE = frozenset(PROFILES)


class Rule(msgspec.Struct, frozen=True):
    """One thing that can be wrong with a stream."""

    id: str
    """`responses.sequence-gap`: API or layer, then what is wrong, in kebab case."""
    severity: Severity
    source: Source
    sentence: str
    """One sentence: what must hold, for a person who reads the list."""
    profiles: frozenset[Profile]
    """The profiles that ask for it."""


class Finding(msgspec.Struct, frozen=True):
    """What one rule has to say about one place."""

    rule: str
    severity: Severity
    source: Source
    words: str
    """What is wrong here, with what was expected and what was found."""
    frame: int = 0
    """Number of the frame; 0 where it is about the whole answer."""
    offset: int = 0
    """Of the frame's first byte in the body."""
    path: str = ""
    """Where in the frame's JSON: `$.response.output[0].id`; empty where it is not about JSON."""


class Exchange(msgspec.Struct, frozen=True):
    """One interaction, read."""

    interaction: Interaction
    api: str
    """Id of the catalogue: `openai.responses`; empty where it is unknown."""
    framing: Framing
    frames: tuple[Frame | Malformed, ...]
    deltas: tuple[Delta, ...]
    decode: Decode = decode_json
    """Decodes the JSON of frames; what was decoded may be shared, so that nobody may change it."""


MOST_WORDS = 500
"""Characters of a finding's words: names that a provider made up may be of any length."""

_LONG_NUMBER = re.compile(r"\d{25,}")

Checker = Callable[[Exchange], Iterator[Finding]]


def found(
    rule: Rule, words: str, frame: Frame | Malformed | None = None, path: str = ""
) -> Finding:
    """A finding of a rule at a frame."""
    words = _LONG_NUMBER.sub(_shortened, words)
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        source=rule.source,
        words=words if len(words) <= MOST_WORDS else words[: MOST_WORDS - 3] + "...",
        frame=frame.number if frame else 0,
        offset=frame.offset if frame else 0,
        path=path,
    )


def _shortened(digits: re.Match[str]) -> str:
    """A number that nobody would read to its end."""
    return f"{digits[0][:6]}... ({len(digits[0]):,} digits)"
