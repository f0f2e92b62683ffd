"""Two sides under comparison, and how a person names them.

Knows sides and their labels; compares nothing.
"""

from collections.abc import Sequence

import msgspec

from wiretape.cassettes.diff.comparison import Aspect, Difference, Json, Side, Span

READABLE = 60
"""Characters of a value that stand in a line of words."""


class Two(msgspec.Struct, frozen=True):
    """Two sides, and what they are called."""

    a: Side
    b: Side
    on_a: str
    on_b: str

    @property
    def same_api(self) -> bool:
        """Whether both speak one known API."""
        return self.a.meaning.api == self.b.meaning.api != ""

    @property
    def same_grammar(self) -> bool:
        """Whether both speak one known API in frames."""
        return self.same_api and self.a.meaning.streamed and self.b.meaning.streamed

    @property
    def broke_off(self) -> tuple[bool, bool]:
        """Of each side, whether the answer ends before it was over: cut, or in an error."""
        return _broke_off(self.a), _broke_off(self.b)

    def apart(self, what: str, a: str, b: str) -> str:
        """`finish: stop on openai, length on groq`."""
        return f"{what}: {a or 'none'} on {self.on_a}, {b or 'none'} on {self.on_b}"

    def unequal(
        self, aspect: Aspect, what: str, a: Json, b: Json, *, path: str = "", counts: bool = True
    ) -> Difference:
        """A difference of two short values."""
        return Difference(
            aspect, self.apart(what, shown(a), shown(b)), path or what, a, b, counts=counts
        )

    def only(
        self,
        aspect: Aspect,
        what: str,
        on_a: Sequence[str],
        on_b: Sequence[str],
        *,
        path: str = "",
        counts: bool = True,
    ) -> Difference:
        """A difference of what only one of them has: `citations only on groq: x, y`."""
        found = []
        for names, label in ((on_a, self.on_a), (on_b, self.on_b)):
            if names:
                found.append(f"{what} only on {label}: {listed(names)}")
        return Difference(
            aspect, "; ".join(found), path or what, list(on_a), list(on_b), counts=counts
        )


def _broke_off(side: Side) -> bool:
    answer = side.meaning.answer
    return bool(answer.errors) or (not answer.ended and side.measured.ending != "complete")


LISTED = 6
"""Names that are listed; of more, how many."""


def listed(names: Sequence[str]) -> str:
    """`a, b and 3 more`."""
    if len(names) <= LISTED:
        return ", ".join(shown(name) for name in names)
    return f"{', '.join(shown(name) for name in names[:LISTED])} and {len(names) - LISTED} more"


def shown(value: Json) -> str:
    """A value in a line: text as it is, all else as JSON."""
    if value is None:
        return ""
    text = " ".join(value.split()) if isinstance(value, str) else _json(value)
    return text if len(text) <= READABLE else text[: READABLE - 3] + "..."


def _json(value: Json) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except (TypeError, ValueError, OverflowError, RecursionError):
        return repr(value)


def counted(number: int, noun: str) -> str:
    """`1 word`, `2 words`, `1,000 words`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def removed_or_added(a: str, b: str) -> tuple[Span, ...]:
    """The spans of texts of which one is empty."""
    spans = (Span("removed", a=a), Span("added", b=b))
    return tuple(span for span in spans if span.a or span.b)
