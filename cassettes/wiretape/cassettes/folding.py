"""From a journal to a cassette: what sealing does, and what recovery does.

There is one way from what was written down while recording to what is kept, whether the
recorder ended in order or was killed: read the journal, put its interactions together, append
them as a session, remove the journal. Done twice it does nothing the second time.
"""

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

import msgspec

from wiretape.cassettes.errors import CassetteError
from wiretape.cassettes.journal import (
    Answered,
    Ended,
    Entry,
    Gap,
    Opened,
    PassedOn,
    Received,
    Sent,
    SessionOpened,
    journal_path,
    read_past_damage,
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
from wiretape.cassettes.store import Cassette, append, is_absent, keep_aside, sweep

STOPPED = "the recorder was stopped before the end"
DAMAGED = "the journal was damaged before the end"


class Folded(msgspec.Struct, frozen=True):
    """What came of a journal."""

    session: Session
    interactions: int
    by_ending: dict[str, int]
    received_bytes: int
    cut: int
    """Interactions that were open when the journal stopped; they are kept as `cut`."""
    lost: int
    """Interactions of which something is missing: the disk failed, or damaged the journal."""
    torn_bytes: int
    """Bytes at the journal's end that were no whole entry."""
    damage: str = ""
    """Where the journal was damaged in its middle: the place, and where all of it is kept."""


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
    broken_at: int | None = None
    """Where the journal was damaged while it was open; what is behind that may lack a part."""

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
    Of a damaged journal, all interactions come to the cassette: those that were open at the damage
    as far as they stand before it. It is then kept whole beside the cassette, and `damage` says so.
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
    read = _read(file)
    for one in read.recorded:
        if one.broken_at is None:
            one.ended = one.ended or unwritten.get(one.opened.n)
    sweep(cassette)
    session = read.session or (_unnamed(file) if read.recorded or read.gaps else None)
    if session is not None and read.recorded and not _is_folded(cassette, session):
        kept = (keepable(_interaction(file, one)) for one in read.recorded)
        append(cassette, session, kept)
    folded = None
    if session is not None and (read.recorded or read.gaps):
        torn_bytes = os.fstat(file.fileno()).st_size - read.end
        folded = _summary(session, read.recorded, torn_bytes)
    if folded is not None and read.gaps:
        folded = msgspec.structs.replace(folded, damage=_put_aside(cassette, read.gaps))
    journal_path(cassette).unlink()
    return folded


def _put_aside(cassette: Path, gaps: list[Gap]) -> str:
    """Keep a damaged journal, for whoever can make more of it, under another name."""
    path = journal_path(cassette)
    try:
        aside = keep_aside(path)
    except OSError as error:
        raise CassetteError(path, f"cannot be kept aside ({error.strerror})") from error
    size = sum(gap.end - gap.offset for gap in gaps)
    return (
        f"its journal was damaged at byte {gaps[0].offset} ({size:,} bytes cannot be read); "
        f"all of it is kept as {aside.name}"
    )


def _unnamed(file: BinaryIO) -> Session:
    """For a journal whose beginning is damaged: the time is that of its last write."""
    at = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
    started = at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    return Session(0, started, "unknown, the beginning of its journal was damaged")


def _is_folded(cassette: Path, session: Session) -> bool:
    """Whether a crash came between the cassette's replacement and the journal's removal."""
    if is_absent(cassette):
        return False
    with Cassette.open(cassette) as kept:
        return any(
            (known.started, known.tool) == (session.started, session.tool)
            for known in kept.sessions
        )


class _Read(msgspec.Struct):
    """What a journal holds."""

    session: Session | None = None
    recorded: list[_Recorded] = []
    """In order of start."""
    gaps: list[Gap] = []
    end: int = 0
    """Where the last whole entry ends."""


def _read(file: BinaryIO) -> _Read:
    read = _Read()
    recorded: dict[int, _Recorded] = {}
    for found in read_past_damage(file):
        if isinstance(found, Gap):
            read.gaps.append(found)
            _break_off(recorded.values(), found.offset)
            continue
        entry, _, read.end = found
        if isinstance(entry, SessionOpened):
            read.session = entry.session
        elif isinstance(entry, Opened):
            recorded[entry.n] = _Recorded(opened=entry)
        elif entry.n in recorded and recorded[entry.n].broken_at is None:
            _place(recorded[entry.n], entry, read.end)
    read.recorded = sorted(recorded.values(), key=lambda one: (one.epoch_ns, one.opened.n))
    return read


def _break_off(recorded: Iterable[_Recorded], offset: int) -> None:
    for one in recorded:
        if one.ended is None and one.broken_at is None:
            one.broken_at = offset


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
            ending=_ending(recorded, head_ns, received),
        ),
        notes=notes_of(opened.upstream, request, response),
        redacted=ended.redacted if ended is not None else {},
        lost=_lost(recorded),
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


def _ending(recorded: _Recorded, head_ns: int | None, received: tuple[Chunk, ...]) -> Ending:
    ended = recorded.ended
    if ended is None:
        offset = sum(chunk.size for chunk in received)
        last_ns = received[-1].at_ns if received else head_ns or 0
        return Ending("cut", last_ns, offset, STOPPED if recorded.broken_at is None else DAMAGED)
    return msgspec.structs.replace(ended.ending, at_ns=ended.ending.at_ns - recorded.epoch_ns)


def _lost(recorded: _Recorded) -> str:
    if recorded.broken_at is not None:
        return (
            f"what stood behind byte {recorded.broken_at} of the journal, which was damaged there"
        )
    return recorded.ended.lost if recorded.ended is not None else ""


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
        lost=sum(1 for one in recorded if _lost(one)),
        torn_bytes=torn_bytes,
    )
