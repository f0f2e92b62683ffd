"""Bodies with a content coding: decoded and looked through before a byte of them is kept.

A body in which nothing is found is kept as it came. One that holds a secret is coded anew
around the mask, in as many bytes as it had. One that cannot be looked through, or cannot be
coded in as many bytes, is not kept, and says why. Knows codings and the redactor of what is
inside; what is a secret it does not know.
"""

from collections import Counter
from collections.abc import Callable

from wiretape.cassettes.codec.content import (
    MOST_DECODED,
    READABLE,
    Decoded,
    TooLarge,
    decode,
    encode,
)
from wiretape.cassettes.model import Headers
from wiretape.cassettes.redaction.stream import BodyStream

_UNREADABLE = frozenset(
    {"compress", "x-compress", "dcb", "dcz", "exi", "pack200-gzip", "aes128gcm"}
)
"""The other codings of the registry (RFC 9110 section 16.6). What is in neither list, such as
`utf-8` or `none`, is no coding but a server's mistake: such a body is searched as it is."""

_KNOWN = READABLE | _UNREADABLE

Inside = Callable[[Counter[str]], BodyStream]
"""Makes a redactor for what is inside, which counts there."""


def unread_codings(headers: Headers) -> tuple[str, ...]:
    """The codings to take off, the one that was put on last in front."""
    found = [
        coding.strip().lower()
        for name, value in headers
        if name.lower() == "content-encoding"
        for coding in value.split(",")
    ]
    return tuple(coding for coding in reversed(found) if coding in _KNOWN)


class EncodedBody:
    """Holds the body back until it is over."""

    def __init__(
        self,
        codings: tuple[str, ...],
        inside: Inside,
        counts: Counter[str],
        side: str = "response",
    ) -> None:
        self.lost = ""
        self._codings = codings
        self._inside = inside
        self._counts = counts
        self._side = side
        self._pieces: list[bytes] = []

    def feed(self, data: bytes) -> bytes:
        """Take a piece; gives nothing yet."""
        self._pieces.append(data)
        return b""

    def finish(self) -> bytes:
        """The body as it came, or with masks in it, or nothing of it."""
        data = b"".join(self._pieces)
        self._pieces.clear()
        if not data:
            return b""
        try:
            decoded = self._decoded(data)
        except TooLarge:
            return self._lose(f"it decodes to more than {MOST_DECODED:,} bytes")
        if decoded is None:
            return self._lose(f"a coding of it cannot be read ({', '.join(self._codings)})")
        found: Counter[str] = Counter()
        kept = self._redacted(decoded.body, found)
        if kept != decoded.body:
            return self._coded_anew(data, decoded, kept, found)
        # What no decoder gives out (the name in a gzip head, a skippable frame), and what is no
        # coding at all: search the body as it is too.
        plain = self._redacted(data, found)
        self._counts.update(found)
        return plain

    def _decoded(self, data: bytes) -> Decoded | None:
        decoded = Decoded(data, complete=True)
        for coding in self._codings:
            if coding not in READABLE:
                return None
            outer = decoded
            decoded = decode(coding, outer.body, MOST_DECODED)
            if not outer.complete:
                decoded = Decoded(decoded.body, complete=False, broken=outer.broken)
        return decoded

    def _redacted(self, body: bytes, counts: Counter[str]) -> bytes:
        stream = self._inside(counts)
        return stream.feed(body) + stream.finish()

    def _coded_anew(self, data: bytes, decoded: Decoded, kept: bytes, found: Counter[str]) -> bytes:
        coding = self._codings[0]
        coded = None
        if len(self._codings) == 1 and not decoded.broken:
            coded = encode(coding, kept, len(data), complete=decoded.complete, like=data)
        if coded is None:
            return self._lose(f"a secret inside its {coding} could not be masked at equal length")
        self._counts.update(found)
        self._counts[f"content-coding:{coding}"] += 1
        return coded

    def _lose(self, reason: str) -> bytes:
        self.lost = f"the {self._side}'s body: {reason}"
        return b""
