"""One interaction in a listing, read from the index alone. Pure."""

from pathlib import Path

import msgspec

from wiretape.cassettes.codec.index import IndexEntry
from wiretape.cassettes.model import Session
from wiretape.cli.units import rfc3339, wall_clock


class Listed(msgspec.Struct, frozen=True):
    """A row; the names are those of `wiretape ls --json`. Times in nanoseconds from the start."""

    file: str
    number: int
    session: int
    started: str
    """Wall clock in UTC, RFC 3339; empty where the session is not known."""
    upstream: str
    method: str
    path: str
    """Path and query."""
    model: str
    status: int | None
    ending: str
    chunks: int
    sent_bytes: int
    received_bytes: int
    first_byte_ns: int | None
    duration_ns: int
    lost: bool


def listed(path: Path, sessions: tuple[Session, ...], entry: IndexEntry) -> Listed:
    """The row of an index entry."""
    started = {session.number: session.started for session in sessions}.get(entry.session, "")
    return Listed(
        file=str(path),
        number=entry.number,
        session=entry.session,
        started=rfc3339(wall_clock(started, entry.start_ns)) if started else "",
        upstream=entry.upstream,
        method=entry.method,
        path=entry.target,
        model=entry.model,
        status=entry.status,
        ending=entry.ending,
        chunks=entry.chunks,
        sent_bytes=entry.sent_bytes,
        received_bytes=entry.received_bytes,
        first_byte_ns=entry.first_byte_ns,
        duration_ns=entry.end_ns,
        lost=entry.lost,
    )
