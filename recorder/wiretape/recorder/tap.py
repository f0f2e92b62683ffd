"""What one interaction leaves in the journal.

The exchange tells the tap what has already gone on its way; the tap keeps it until the journal
writer takes it, and only then is it redacted. Everything is told with the time it happened, in
nanoseconds of the recorder's clock. Knows journal entries and the redactor; nothing of sockets
or files.
"""

from collections import Counter
from collections.abc import Callable
from functools import partial
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
from wiretape.cassettes.model import Ending, EndingKind, Headers
from wiretape.cassettes.redaction import BodyStream, Redactor
from wiretape.recorder.body_copy import BodyCopy
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

    def aside(self, tap: "Tap", body: BodyCopy, then: Callable[[], None]) -> None:
        """Have a body of the tap, which is set aside, looked through in another thread, write
        it, and call `then`.
        """
        ...


LARGE = 1024 * 1024
"""Bytes. What the redactor holds back beyond this it looks through in a thread: it takes some 50
ms for each of them, in which nothing else would be passed on."""


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
        self._request_whole = False
        self._hold_request = False
        self._sent = _copy_through(redactor.stream)
        self._received = _copy_through(redactor.stream)
        self._trailers: Headers = ()
        self._aside = 0
        """Bodies that are being looked through in another thread."""
        self._over: Callable[[], None] | None = None
        """What ends it, once it is over and its bodies have been looked through."""

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
        self._sent = _copy_through(partial(self._redactor.request_stream, headers))
        since = at_ns - self._zero_ns
        name, base = upstream.name, upstream.base
        self._add(Opened(self.n, since, name, base, method, target, version, headers))

    def sent(self, at_ns: int, data: bytes) -> None:
        """A read of the request's body was passed on."""
        if self._over is None and self._sent.add(at_ns - self._zero_ns, data):
            self._journal.waiting(self, 0 if self._hold_request else len(data))

    def passed_on(self, at_ns: int) -> None:
        """The request was passed on whole: the zero of the interaction."""
        if self._over is not None:
            return
        self._set_aside(self._sent)
        self._request_whole = True
        self._add(PassedOn(self.n, at_ns - self._zero_ns))
        if self._hold_request:
            self._journal.waiting(self, self._sent.size)

    def answered(self, at_ns: int, head: ResponseHead) -> None:
        """The head of the response was passed on, or is about to be."""
        self._received = _copy_through(partial(self._redactor.response_stream, head.headers))
        since = at_ns - self._zero_ns
        self._add(Answered(self.n, since, head.version, head.status, head.reason, head.headers))

    def received(self, at_ns: int, data: bytes) -> None:
        """A read of the response's body was passed on, or is about to be."""
        if self._received.add(at_ns - self._zero_ns, data):
            self._journal.waiting(self, len(data))

    def keep_no_more(self, lost: str) -> None:
        """What comes of the bodies from here on is not for the tape; `lost` says why."""
        self._journal.write_end(self)  # what has come by now is
        self.lost = self.lost or lost
        self._sent.close()
        self._received.close()

    def ended(
        self,
        at_ns: int,
        kind: EndingKind,
        detail: str = "",
        trailers: Headers = (),
        *,
        then: Callable[[], None],
    ) -> None:
        """The interaction is over. `then` is called once the journal has it or its disk failed:
        before this returns, but where a body has still to be looked through that is large.
        """
        self._trailers = trailers
        ending = Ending(kind, at_ns - self._zero_ns, self._received.size, detail)
        self._over = partial(self._end, ending, then)
        self._set_aside(self._sent)
        self._set_aside(self._received)
        if not self._aside:
            self._over()

    # What the journal writer calls.

    def take(self) -> bytes:
        """Everything that may be written by now, redacted and encoded."""
        self._unwritten += [encode_entry(self._redacted(entry)) for entry in self._heads]
        self._heads.clear()
        bodies = self._take_bodies()
        self._bodies_taken = bool(bodies)
        taken = self._unwritten + [encode_entry(entry) for entry in bodies]
        if (ended := self.ended_entry()) is not None:
            taken.append(encode_entry(ended))
        return b"".join(taken)

    def ended_entry(self) -> Ended | None:
        """The end, for the journal; None while the interaction is open."""
        if self.ending is None:
            return None
        counts = self._counts + self._sent.counts + self._received.counts
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
        self.lost = self.lost or lost
        self._sent.discard()
        self._received.discard()

    def _set_aside(self, body: BodyCopy) -> None:
        """Have a large body looked through elsewhere; all of it has come."""
        if body.held > LARGE:
            body.set_aside()
            self._aside += 1
            self._journal.aside(self, body, self._has_come_back)

    def _has_come_back(self) -> None:
        self._aside -= 1
        if self._over is not None and not self._aside:
            self._over()

    def _end(self, ending: Ending, then: Callable[[], None]) -> None:
        self.ending = ending
        self._journal.write_end(self)
        then()

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


def _copy_through(stream: Callable[[Counter[str]], BodyStream]) -> BodyCopy:
    counts: Counter[str] = Counter()
    return BodyCopy(stream(counts), counts)
