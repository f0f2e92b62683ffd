"""Credentials masked in a body of unknown end, in whatever pieces it comes.

The result never depends on where the pieces are cut, and has the length of what went in.
Knows what to search for and nothing of its meaning: whatever can say `occurrences` and
`undecided_from` can be masked this way.
"""

from collections import Counter
from typing import Protocol

from wiretape.cassettes.redaction.masks import Span, mask


class Secrets(Protocol):
    """What the stream asks of that which it searches for."""

    def occurrences(self, data: bytes) -> list[Span]:
        """Every occurrence, also overlapping ones, by start and then the longest first."""
        ...

    def undecided_from(self, data: bytes) -> int:
        """Where the tail begins that more bytes could turn into an occurrence."""
        ...


class BodyRedactor:
    """Masks one body. What was learned meanwhile counts from the next `feed` on."""

    def __init__(self, secrets: Secrets, counts: Counter[str], rule: str = "credential") -> None:
        self._secrets = secrets
        self._counts = counts
        self._rule = rule
        self._tail = b""
        """Bytes from the first undecided one, as they came."""
        self._given = 0
        """How many of them are already given out, under a mask that reached into the tail."""

    def feed(self, data: bytes) -> bytes:
        """Take a piece; gives what is safe now.

        Held back is a tail that could still become a credential: one byte less than the
        longest of them at most, and as a rule nothing.
        """
        data = self._tail + data if self._tail else data
        return self._release(data, self._secrets.undecided_from(data))

    def finish(self) -> bytes:
        """The body is over: gives what was held back."""
        return self._release(self._tail, len(self._tail))

    def _release(self, data: bytes, undecided: int) -> bytes:
        occurrences = self._secrets.occurrences(data)
        if not occurrences and not self._given:
            self._tail = data[undecided:]
            return data[:undecided]
        pieces: list[bytes] = []
        at = self._given
        for start, end in occurrences:
            if start >= undecided:
                break
            if start >= at:
                pieces += (data[at:start], mask(end - start))
                self._counts[self._rule] += 1
            elif end > at:
                # The rest of one that begins under the mask before.
                pieces.append(b"*" * (end - at))
            at = max(at, end)
        if at < undecided:
            pieces.append(data[at:undecided])
            at = undecided
        self._tail = data[undecided:]
        self._given = at - undecided
        return b"".join(pieces)
