"""Secrets covered in a body of unknown end, in whatever pieces it comes.

The result never depends on where the pieces are cut, and has the length of what went in.
Knows what to search for and nothing of its meaning: whatever can say `occurrences` and
`undecided_from` can be covered this way.
"""

import re
from collections import Counter
from typing import NamedTuple, Protocol

from wiretape.cassettes.redaction.masks import asterisks

CONTEXT = 64
"""Bytes in front of the undecided ones that are kept for looking back: whether a secret stands
at the start of a word, what announces it."""

PIECE = 1024 * 1024
"""Bytes of a large body that are searched at once: some 2 ms for each thing searched for."""


class Hit(NamedTuple):
    """One secret in the data at hand."""

    start: int
    end: int
    """Where it ends as far as the data goes."""
    cover: bytes
    """What stands in its place. May be shorter than the secret: asterisks follow."""
    rule: str
    rest: re.Pattern[bytes] | None = None
    """Matches what more belongs to it, where the data ends before it does."""


class Secrets(Protocol):
    """What the stream asks of that which it searches for. Both methods may look back, before
    `at`, but speak only of what begins there or later."""

    def occurrences(self, data: bytes, at: int) -> list[Hit]:
        """Every secret, also overlapping ones, by start; of equal ones the first counts."""
        ...

    def undecided_from(self, data: bytes, at: int) -> int:
        """Where the tail begins that more bytes could turn into a secret."""
        ...

    def broken_off(self, data: bytes, at: int) -> list[Hit]:
        """What of a tail that nothing follows must be covered all the same."""
        ...


class BodyStream(Protocol):
    """One body on its way to the tape."""

    @property
    def lost(self) -> str:
        """Why the body is not kept, once that is known; empty where it is."""
        ...

    def feed(self, data: bytes) -> bytes:
        """Take a piece; gives what is safe now."""
        ...

    def finish(self) -> bytes:
        """The body is over, or broke off: gives what was held back."""
        ...


class BodyRedactor:
    """Covers the secrets of one body. What was learned meanwhile counts from the next `feed`."""

    lost = ""

    def __init__(self, secrets: Secrets, counts: Counter[str]) -> None:
        self._secrets = secrets
        self._counts = counts
        self._kept = b""
        """Some bytes of context, then all from the first undecided one, as they came."""
        self._at = 0
        """Size of the context."""
        self._given = 0
        """Undecided bytes that are already given out, under a cover that reached that far."""
        self._rests: list[re.Pattern[bytes]] = []
        """Secrets that were still going on where the data ended."""

    def feed(self, data: bytes) -> bytes:
        """Take a piece; gives what is safe now.

        Held back is a tail that could still become a secret: nothing as a rule, 33 bytes for
        a pattern (80 for PEM, 2,060 for a JWT), one byte less than the longest credential.
        """
        if not data:
            return b""
        data = self._kept + data if self._kept else data
        undecided = self._secrets.undecided_from(data, self._at)
        return self._release(data, undecided, self._secrets.occurrences(data, self._at))

    def finish(self) -> bytes:
        """The body is over: gives what was held back."""
        data, at = self._kept, self._at
        return self._release(data, len(data), self._all(data, at)) if at < len(data) else b""

    def whole(self, body: bytes) -> bytes:
        """A body that is all there, in place of `feed` and `finish`: the same at half the cost.

        A large one is fed piece by piece: a search keeps every other thread waiting, and one as
        large is redacted in a thread.
        """
        if len(body) > PIECE:
            pieces = [self.feed(body[at : at + PIECE]) for at in range(0, len(body), PIECE)]
            return b"".join((*pieces, self.finish()))
        hits = self._all(body, 0)
        return self._release(body, len(body), hits) if hits else body

    def _all(self, data: bytes, at: int) -> list[Hit]:
        """What is covered where nothing follows the data."""
        hits = self._secrets.occurrences(data, at) + self._secrets.broken_off(data, at)
        hits.sort(key=lambda hit: hit.start)
        return hits

    def _release(self, data: bytes, undecided: int, hits: list[Hit]) -> bytes:
        pieces: list[bytes] = []
        at = self._cover_rests(data, self._at + self._given, pieces)
        for hit in hits:
            if hit.start >= undecided:
                break
            if hit.start >= at:
                size = len(hit.cover)
                pieces += (data[at : hit.start], hit.cover)
                pieces.append(asterisks(data[hit.start + size : hit.end]))
                self._counts[hit.rule] += 1
            elif hit.end > at:
                # The rest of one that begins under the cover before.
                pieces.append(asterisks(data[at : hit.end]))
            at = max(at, hit.end)
            if hit.rest is not None and hit.end == len(data):
                self._rests.append(hit.rest)
        if at < undecided:
            pieces.append(data[at:undecided])
            at = undecided
        self._at = min(undecided, CONTEXT)
        self._kept = data[undecided - self._at :]
        self._given = at - undecided
        return b"".join(pieces)

    def _cover_rests(self, data: bytes, at: int, pieces: list[bytes]) -> int:
        """Cover what goes on from the data before; gives where that ends."""
        if not self._rests:
            return at
        ends = [(found.end() if (found := rest.match(data, at)) else at) for rest in self._rests]
        self._rests = [
            rest for rest, end in zip(self._rests, ends, strict=True) if end == len(data)
        ]
        end = max(ends)
        pieces.append(asterisks(data[at:end]))
        return end
