"""The copy of one body on its way to the journal, and the redactor between.

A body that the redactor holds back until it is whole can be looked through in another thread;
until that is done nothing of it is given. Knows the redactor; nothing of the journal or of
threads.
"""

from collections import Counter

from wiretape.cassettes.model import Chunk
from wiretape.cassettes.redaction import BodyStream

PART = 256 * 1024
"""Bytes of a body that was set aside which are taken at once: to encode and write them takes
some 3 ms."""


class BodyCopy:
    """One direction of an interaction: the reads that have not been taken yet."""

    def __init__(self, redactor: BodyStream, counts: Counter[str]) -> None:
        self.size = 0
        """Of all reads so far, bytes."""
        self.counts = counts
        """What the redactor found here, in this body alone."""
        self._redactor = redactor
        self._chunks: list[Chunk] = []
        self._pieces: list[bytes] = []
        self._let_go = 0
        self._aside = False
        self._looked_through = b""
        self._finished = False
        self._closed = False
        self._discarded = False

    @property
    def held(self) -> int:
        """Bytes that the redactor has still to look through: it lets go as many as it is given."""
        return 0 if self._finished or self._closed else self.size - self._let_go

    @property
    def lost(self) -> str:
        """Why the redactor does not let it be kept; empty where it does."""
        return self._redactor.lost

    def add(self, at_ns: int, data: bytes) -> bool:
        """One read; False where it is no longer for the tape."""
        self.size += len(data)
        if self._closed:
            return False
        self._chunks.append(Chunk(at_ns, len(data)))
        self._pieces.append(data)
        return True

    def take(self, *, last: bool) -> tuple[tuple[Chunk, ...], bytes]:
        """The reads, and what the redactor lets go of them; all of it at the last."""
        if self._aside:
            return (), b""
        chunks = tuple(self._chunks)
        self._chunks.clear()
        if self.has_more:
            body = self._looked_through[self._let_go : self._let_go + PART]
        elif self._finished or self._closed:
            body = b""
        else:
            body = self._feed()
            if last:
                self._finished = True
                body += self._redactor.finish()
        self._let_go += len(body)
        return chunks, body

    @property
    def has_more(self) -> bool:
        """Whether there are parts to take of what has been looked through."""
        return not self._aside and self._let_go < len(self._looked_through)

    def set_aside(self) -> None:
        """All of it has come: nothing is given before `come_back`."""
        self._aside = self._finished = True

    def look_through(self) -> None:
        """What takes long; to be called between `set_aside` and `come_back`, in any thread."""
        self._looked_through = self._feed() + self._redactor.finish()

    def come_back(self) -> None:
        """It has been looked through, and can be taken, part by part; nothing of it where that
        failed.
        """
        self._aside = False
        if self._discarded:
            self.discard()

    def close(self) -> None:
        """Keep no more; what is set aside is whole, and stays."""
        self._closed = True
        if not (self._aside or self.has_more):
            self.discard()

    def discard(self) -> None:
        """Keep no more, and nothing of what has not been taken."""
        self._closed = self._discarded = True
        self._looked_through = b""
        self._chunks.clear()
        self._pieces.clear()

    def _feed(self) -> bytes:
        data = b"".join(self._pieces)
        self._pieces.clear()
        return self._redactor.feed(data) if data else b""
