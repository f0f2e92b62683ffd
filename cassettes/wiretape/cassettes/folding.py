"""From a journal to a cassette: what sealing does, and what recovery does.

There is one way from what was written down while recording to what is kept, whether the
recorder ended in order or was killed: read the journal, put its interactions together, append
them as a session, remove the journal. Done twice it does nothing the second time.
"""

import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

import msgspec

from wiretape.cassettes.errors import CassetteCorrupt, CassetteError
from wiretape.cassettes.journal import (
    Answered,
    Ended,
    Entry,
    Opened,
    PassedOn,
    Received,
    Sent,
    SessionOpened,
    goes_on_behind,
    journal_path,
    read_entries,
)
from wiretape.cassettes.keeping import keepable
from wiretape.cassettes.links import standing
from wiretape.cassettes.locking import lock_journal as lock_journal
from wiretape.cassettes.model import (
    Chunk,
    Ending,
    Interaction,
    Request,
    Response,
    Session,
    Timeline,
)
from wiretape.cassettes.notes import notes_of
from wiretape.cassettes.store import Cassette, append, is_absent, sweep

STOPPED = "the recorder was stopped before the end"


class Folded(msgspec.Struct, frozen=True):
    """What came of a journal."""

    session: Session
    interactions: int
    by_ending: dict[str, int]
    received_bytes: int
    cut: int
    """Interactions that were open when the journal stopped; they are kept as `cut`."""
    lost: int
    """Interactions of which something is missing because the disk failed."""
    torn_bytes: int
    """Bytes at the journal's end that were no whole entry."""


class _Body(msgspec.Struct):
    """One direction: its reads, and where its bytes stand in the journal."""

    chunks: list[Chunk] = []
    spans: list[tuple[int, int]] = []
    """Offset and length of each piece."""

    def extend(self, entry: Sent | Received, end: int) -> None:
        """Take over an entry that ends at byte `end` of the journal."""
        self.chunks.extend(entry.chunks)
        if entry.body:
            self.spans.append((end - 1 - len(entry.body), len(entry.body)))

    def read(self, file: BinaryIO) -> bytes:
        """The bytes, out of the journal."""
        return b"".join(os.pread(file.fileno(), size, offset) for offset, size in self.spans)


class _Recorded(msgspec.Struct):
    """What the journal says of one interaction; its bodies stay on the disk."""

    opened: Opened
    sent: _Body = msgspec.field(default_factory=_Body)
    received: _Body = msgspec.field(default_factory=_Body)
    passed_on: PassedOn | None = None
    answered: Answered | None = None
    ended: Ended | None = None

    @property
    def epoch_ns(self) -> int:
        """The moment when the request had been passed on; if it never was, the nearest one."""
        if self.passed_on is not None:
            return self.passed_on.at_ns
        return self.answered.at_ns if self.answered is not None else self.opened.at_ns


def fold(cassette: Path, unwritten: Mapping[int, Ended] = MappingProxyType({})) -> Folded | None:
    """Put what the journal of a cassette holds on it and remove the journal.

    `unwritten`: ends, by the recorder's number, that the disk did not take in time. None where
    there is no journal, or nothing was recorded in it. Raises CassetteLocked, and what reading
    and writing a cassette raises; the journal stays until its interactions are on the disk.
    Raises CassetteCorrupt where the journal is damaged, once what stands before the damage is
    on the cassette; it is then kept whole beside it as `NAME.journal.damaged`.
    """
    file = lock_journal(cassette, create=False)
    if file is None:
        return None
    with file:
        return fold_held(cassette, file, unwritten)


def fold_held(
    cassette: Path, file: BinaryIO, unwritten: Mapping[int, Ended] = MappingProxyType({})
) -> Folded | None:
    """As `fold`, for whoever holds the journal already."""
    cassette = standing(cassette)
    session, recorded, end = _read(file)
    for one in recorded:
        one.ended = one.ended or unwritten.get(one.opened.n)
    sweep(cassette)
    folded = None
    if session is not None and recorded:
        if not _is_folded(cassette, session):
            kept = (keepable(_interaction(file, one)) for one in recorded)
            append(cassette, session, kept)
        torn_bytes = os.fstat(file.fileno()).st_size - end
        folded = _summary(session, recorded, torn_bytes)
    if goes_on_behind(file, end):
        raise _put_aside(cassette, end)
    journal_path(cassette).unlink()
    return folded


def _put_aside(cassette: Path, end: int) -> CassetteCorrupt:
    """Keep a damaged journal, for whoever can make more of it, under another name."""
    path = journal_path(cassette)
    aside = path.with_name(path.name + ".damaged")
    try:
        aside.hardlink_to(path)
    except OSError as error:
        raise CassetteError(aside, f"cannot be made ({error.strerror})") from error
    path.unlink()
    return CassetteCorrupt(
        path, end, f"what stood before is on the cassette, all of it is kept as {aside.name}"
    )


def _is_folded(cassette: Path, session: Session) -> bool:
    """Whether a crash came between the cassette's replacement and the journal's removal."""
    if is_absent(cassette):
        return False
    with Cassette.open(cassette) as kept:
        return any(
            (known.started, known.tool) == (session.started, session.tool)
            for known in kept.sessions
        )


def _read(file: BinaryIO) -> tuple[Session | None, list[_Recorded], int]:
    """The session, its interactions in order of start, and where the last whole entry ends."""
    session: Session | None = None
    recorded: dict[int, _Recorded] = {}
    end = 0
    file.seek(0)
    for entry, _, end in read_entries(file):
        if isinstance(entry, SessionOpened):
            session = entry.session
        elif isinstance(entry, Opened):
            recorded[entry.n] = _Recorded(opened=entry)
        elif entry.n in recorded:
            _place(recorded[entry.n], entry, end)
    return session, sorted(recorded.values(), key=lambda one: (one.epoch_ns, one.opened.n)), end


def _place(recorded: _Recorded, entry: Entry, end: int) -> None:
    match entry:
        case Sent():
            recorded.sent.extend(entry, end)
        case Received():
            recorded.received.extend(entry, end)
        case PassedOn():
            recorded.passed_on = entry
        case Answered():
            recorded.answered = entry
        case Ended():
            recorded.ended = entry


def _interaction(file: BinaryIO, recorded: _Recorded) -> Interaction:
    """Put an interaction together; its numbers are given by the cassette."""
    opened, answered, ended = recorded.opened, recorded.answered, recorded.ended
    epoch_ns = recorded.epoch_ns
    sent, sent_body = _kept(recorded.sent, file, epoch_ns)
    received, received_body = _kept(recorded.received, file, epoch_ns)
    request = Request(opened.method, opened.target, opened.version, opened.headers, sent_body)
    response = None
    if answered is not None:
        response = Response(
            version=answered.version,
            status=answered.status,
            reason=answered.reason,
            headers=answered.headers,
            body=received_body,
            trailers=ended.trailers if ended is not None else (),
        )
    head_ns = None if answered is None else answered.at_ns - epoch_ns
    return Interaction(
        number=0,
        session=0,
        start_ns=epoch_ns,
        upstream=opened.upstream,
        base=opened.base,
        request=request,
        response=response,
        timeline=Timeline(
            sent=sent,
            head_ns=head_ns,
            received=received,
            ending=_ending(ended, epoch_ns, head_ns, received),
        ),
        notes=notes_of(opened.upstream, request, response),
        redacted=ended.redacted if ended is not None else {},
        lost=ended.lost if ended is not None else "",
    )


def _kept(body: _Body, file: BinaryIO, epoch_ns: int) -> tuple[tuple[Chunk, ...], bytes]:
    """Chunks counted from the epoch and their bytes; a chunk ends where its bytes do.

    The last bytes of a stream that was cut off may be missing: the redactor was still holding
    them back, or the disk did not take them.
    """
    data = body.read(file)
    chunks: list[Chunk] = []
    left = len(data)
    for chunk in body.chunks:
        size = min(chunk.size, left)
        left -= size
        if size:
            chunks.append(Chunk(chunk.at_ns - epoch_ns, size))
    return tuple(chunks), data[: len(data) - left]


def _ending(
    ended: Ended | None, epoch_ns: int, head_ns: int | None, received: tuple[Chunk, ...]
) -> Ending:
    offset = sum(chunk.size for chunk in received)
    if ended is None:
        last_ns = received[-1].at_ns if received else head_ns or 0
        return Ending("cut", last_ns, offset, STOPPED)
    return msgspec.structs.replace(ended.ending, at_ns=ended.ending.at_ns - epoch_ns)


def _summary(session: Session, recorded: list[_Recorded], torn_bytes: int) -> Folded:
    endings: Counter[str] = Counter(
        one.ended.ending.kind if one.ended else "cut" for one in recorded
    )
    return Folded(
        session=session,
        interactions=len(recorded),
        by_ending=dict(endings),
        received_bytes=sum(size for one in recorded for _, size in one.received.spans),
        cut=sum(1 for one in recorded if one.ended is None),
        lost=sum(1 for one in recorded if one.ended and one.ended.lost),
        torn_bytes=torn_bytes,
    )
