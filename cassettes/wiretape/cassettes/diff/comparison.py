"""What a diff takes and gives: sides, differences, and the comparison of one exchange.

Frozen data, for every view alike. Differences never hold volatile values (ids, fingerprints,
signatures, creation times): those are never compared.
"""

from typing import Any, Literal

import msgspec

from wiretape.cassettes.conformance.rule import Finding
from wiretape.cassettes.meaning import Meaning
from wiretape.cassettes.measuring import Measured
from wiretape.cassettes.model import Interaction

Json = Any

Aspect = Literal[
    "status",
    "ending",
    "streaming",
    "text",
    "reasoning",
    "tools",
    "citations",
    "refusal",
    "media",
    "finish",
    "errors",
    "usage",
    "grammar",
    "extensions",
    "findings",
    "pace",
]
"""What is compared.

status      HTTP status
ending      complete, cut, reset, timeout, client left
streaming   streamed or one JSON value; which API
text        what is to be read, and commentary
reasoning   its form (raw, summary, inline, unclosed, encrypted, none), its words, and when it came
tools       calls: name, arguments as JSON, order, outputs
citations, refusal, media, finish, errors
usage       tokens, inclusive
grammar     names of events and how they follow one another, between sides of one API only
extensions  names that only this provider has
findings    what `check` has to say
pace        first token, gaps, stalls, tokens a second, within a tolerance
"""


class Side(msgspec.Struct, frozen=True):
    """One provider's part in an exchange."""

    label: str
    """What a reader calls it: the upstream, or the cassette, with the model where both repeat."""
    file: str
    interaction: Interaction
    meaning: Meaning
    """As it was read, but for reasoning in the text, which its answer has apart."""
    measured: Measured
    findings: tuple[Finding, ...] = ()


class Span(msgspec.Struct, frozen=True):
    """A run of words of a text diff."""

    op: Literal["same", "removed", "added", "moved_from", "moved_to", "rephrased"]
    a: str = ""
    """The words of the first side; empty where it has none here."""
    b: str = ""
    """The words of the other side."""


class Difference(msgspec.Struct, frozen=True):
    """One thing that is not the same on two sides."""

    aspect: Aspect
    words: str
    """One line for a person: `finish: stop on openai, length on groq`."""
    path: str = ""
    """Where in the answer: `tool 1.arguments.city`, `text 2`; empty where it is about all."""
    a: Json = None
    b: Json = None
    spans: tuple[Span, ...] = ()
    """The text diff, where texts differ."""
    counts: bool = True
    """Whether it makes the sides different; a difference within its tolerance, or of an aspect
    that was not asked for, does not."""


class Row(msgspec.Struct, frozen=True):
    """A line of the matrix: one measure, a cell a side."""

    name: str
    """`text`, `reasoning`, `tools`, `finish`, `ttft`, ..."""
    aspect: Aspect
    cells: tuple[str, ...]
    """What a reader sees; empty where the side has nothing to say."""
    differs: tuple[bool, ...]
    """Which cells differ from the first side's."""


class Comparison(msgspec.Struct, frozen=True):
    """One exchange on all sides. `sides` has None where a side has no such interaction."""

    prompt: str
    """What was asked, shortened; empty where nothing tells."""
    labels: tuple[str, ...]
    sides: tuple[Side | None, ...]
    differences: tuple[tuple[Difference, ...], ...]
    """For each side but the first, what differs from the first side that is there."""
    rows: tuple[Row, ...]
    verdict: str
    """One line."""
    remarks: tuple[str, ...] = ()
    """What could not be compared, in words."""
    held: tuple[str, ...] = ()
    """Measures with a tolerance that were there to be held to it, on two sides or more."""
    uncompared: str = ""
    """Why there was nothing to compare although two sides or more have the exchange."""

    @property
    def same(self) -> bool:
        """Whether nothing that counts differs."""
        return not any(one.counts for side in self.differences for one in side)


class Tolerance(msgspec.Struct, frozen=True):
    """By how much of the first side's value a measure may differ, as a fraction; a name that is
    not here is not compared as pace."""

    fractions: dict[str, float] = {}
    """`ttft`, `visible_ttft`, `gap_p50`, `gap_max`, `tokens_s`, `duration`, `stalls`,
    `input_tokens`, `output_tokens`: 0.2 is 20%."""
