"""What one interaction leaves in the journal.

The exchange tells the tap what has already gone on its way; the tap keeps it until the journal
writer takes it, and only then is it redacted. Everything is told with the time it happened, in
nanoseconds of the recorder's clock. Knows journal entries and the redactor; nothing of sockets
or files.
"""

from collections import Counter
from typing import Protocol

from msgspec.structs import replace

from wiretape.cassettes.journal import (
    Answered,
    Ended,
    Entry,
    Opened,
    PassedOn,
    Received,
    Sent,
    encode_entry,
)
from wiretape.cassettes.model import Chunk, Ending, EndingKind, Headers
from wiretape.cassettes.redaction import BodyStream, Redactor
from wiretape.recorder.response_reader import ResponseHead
from wiretape.recorder.upstreams import Upstream


class Journal(Protocol):
    """Where a tap announces that it has something to write."""

    def waiting(self, tap: "Tap", size: int) -> None:
        """`size` more bytes of the tap want to be written."""
        ...

    def write_end(self, tap: "Tap") -> None:
        """Write what the tap has, now; at the latest when the interaction is over."""
        ...


class _Body:
    """One direction: the reads that have not been taken yet, and the redactor between."""

    def __init__(self, redactor: BodyStream) -> None:
        self.size = 0
        """Of all reads so far, bytes."""
        self.chunks: list[Chunk] = []
        self._pieces: list[bytes] = []
        self._redactor = redactor
        self._finished = False

    def add(self, at_ns: int, data: bytes) -> None:
        self.size += len(data)
        self.chunks.append(Chunk(at_ns, len(data)))
        self._pieces.append(data)

    @property
    def lost(self) -> str:
        """Why the redactor does not let it be kept; empty where it does."""
        return self._redactor.lost

    def take(self, *, last: bool) -> tuple[tuple[Chunk, ...], bytes]:
        """The reads, and what the redactor lets go of them; all of it at the last."""
        chunks, data = tuple(self.chunks), b"".join(self._pieces)
        self.drop()
        body = self._redactor.feed(data) if data else b""
        if last and not self._finished:
            self._finished = True
            body += self._redactor.finish()
        return chunks, body

    def drop(self) -> None:
        self.chunks.clear()
        self._pieces.clear()


class Tap:
    """Lives as long as its interaction is not whole in the journal."""

    def __init__(self, n: int, zero_ns: int, redactor: Redactor, journal: Journal) -> None:
        self.n = n
        self.ending: Ending | None = None
        self.lost = ""
        """What the tape lacks of this interaction, and why."""
        self._zero_ns = zero_ns
        self._redactor = redactor
        self._journal = journal
        self._counts: Counter[str] = Counter()
        self._heads: list[Entry] = []
        self._unwritten: list[bytes] = []
        self._bodies_taken = False
        self._stopped = False
        self._request_whole = False
        self._hold_request = False
        self._sent = _Body(redactor.stream(self._counts))
        self._received = _Body(redactor.stream(self._counts))
        self._trailers: Headers = ()

    # What an exchange tells.

    def opened(
        self,
        at_ns: int,
        upstream: Upstream,
        method: str,
        target: str,
        version: str,
        headers: Headers,
    ) -> None:
        """The head of a request arrived. Its credentials are looked for from now on."""
        self._redactor.learn(headers, target)
        self._hold_request = self._redactor.holds_whole(headers)
        self._sent = _Body(self._redactor.request_stream(headers, self._counts))
        since = at_ns - self._zero_ns
        name, base = upstream.name, upstream.base
        self._add(Opened(self.n, since, name, base, method, target, version, headers))

    def sent(self, at_ns: int, data: bytes) -> None:
        """A read of the request's body was passed on."""
        if not self._stopped:
            self._sent.add(at_ns - self._zero_ns, data)
            self._journal.waiting(self, 0 if self._hold_request else len(data))

    def passed_on(self, at_ns: int) -> None:
        """The request was passed on whole: the zero of the interaction."""
        self._request_whole = True
        self._add(PassedOn(self.n, at_ns - self._zero_ns))
        if self._hold_request:
            self._journal.waiting(self, self._sent.size)

    def answered(self, at_ns: int, head: ResponseHead) -> None:
        """The head of the response was passed on, or is about to be."""
        self._received = _Body(self._redactor.response_stream(head.headers, self._counts))
        since = at_ns - self._zero_ns
        self._add(Answered(self.n, since, head.version, head.status, head.reason, head.headers))

    def received(self, at_ns: int, data: bytes) -> None:
        """A read of the response's body was passed on, or is about to be."""
        if self._stopped:
            self._received.size += len(data)
        else:
            self._received.add(at_ns - self._zero_ns, data)
            self._journal.waiting(self, len(data))

    def keep_no_more(self, lost: str) -> None:
        """What comes of the bodies from here on is not for the tape; `lost` says why."""
        self._journal.write_end(self)  # what has come by now is
        self._stop(lost)

    def ended(self, at_ns: int, kind: EndingKind, detail: str = "", trailers: Headers = ()) -> None:
        """The interaction is over. When this returns, the journal has it or its disk failed."""
        self._trailers = trailers
        self.ending = Ending(kind, at_ns - self._zero_ns, self._received.size, detail)
        self._journal.write_end(self)

    # What the journal writer calls.

    def take(self) -> bytes:
        """Everything that may be written by now, redacted and encoded."""
        self._unwritten += [encode_entry(self._redacted(entry)) for entry in self._heads]
        self._heads.clear()
        bodies = [] if self._stopped else self._take_bodies()
        self._bodies_taken = bool(bodies)
        taken = self._unwritten + [encode_entry(entry) for entry in bodies]
        if (ended := self.ended_entry()) is not None:
            taken.append(encode_entry(ended))
        return b"".join(taken)

    def ended_entry(self) -> Ended | None:
        """The end, for the journal; None while the interaction is open."""
        if self.ending is None:
            return None
        counts = Counter(self._counts)
        trailers = self._redactor.headers(self._trailers, counts)
        return Ended(self.n, self.ending, trailers, dict(counts), self.lost)

    def written(self) -> None:
        """What was taken is in the journal."""
        self._unwritten.clear()

    def not_written(self, reason: str) -> None:
        """What was taken is not. Heads will be offered again; bodies stop here, since a body
        with a hole in it would pass for one without.
        """
        if self._bodies_taken:
            self._stop(f"what came of the bodies after the disk failed ({reason})")

    def give_up(self, reason: str) -> None:
        """Nothing more of this interaction may be written."""
        self._heads.clear()
        self._unwritten.clear()
        self._stop(reason)

    # Inside.

    def _add(self, entry: Entry) -> None:
        self._heads.append(entry)
        self._journal.waiting(self, 0)

    def _stop(self, lost: str) -> None:
        self._stopped = True
        self.lost = self.lost or lost
        self._sent.drop()
        self._received.drop()

    def _redacted(self, entry: Entry) -> Entry:
        counts = self._counts
        if isinstance(entry, Opened):
            return replace(
                entry,
                target=self._redactor.target(entry.target, counts),
                headers=self._redactor.headers(entry.headers, counts),
            )
        if isinstance(entry, Answered):
            words = self._redactor.stream(counts)
            reason = words.feed(entry.reason.encode("latin-1")) + words.finish()
            return replace(
                entry,
                reason=reason.decode("latin-1"),
                headers=self._redactor.headers(entry.headers, counts),
            )
        return entry

    def _take_bodies(self) -> list[Entry]:
        over = self.ending is not None
        entries: list[Entry] = []
        chunks, body = self._sent.take(last=over or self._request_whole)
        entries += [Sent(self.n, chunks, body)] if chunks or body else []
        chunks, body = self._received.take(last=over)
        entries += [Received(self.n, chunks, body)] if chunks or body else []
        self.lost = self.lost or self._sent.lost or self._received.lost
        return entries
