"""What the control API answers: the shapes of its JSON, and how an entry is shown in it.

The OpenAPI document is made of these. Knows entries and cassettes; nothing of HTTP.
"""

import base64
import codecs
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from wiretape.cassettes.answering import Difference
from wiretape.cassettes.model import Headers
from wiretape.replay.control.cassettes import LoadedCassette
from wiretape.replay.control.entry import Entry
from wiretape.replay.exchange import Outcome
from wiretape.replay.schedule import Punctuality

Part = Literal["plays", "faults", "journal"]
"""What can be reset: which recordings were played, what faults counted, what was noted."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all."""


class Health(Answer, frozen=True, kw_only=True):
    status: Literal["ok"] = "ok"
    version: str
    upstreams: tuple[str, ...]
    played: Annotated[int, Meta(description="Requests answered with a recording.")]
    misses: Annotated[int, Meta(description="Requests for which there was none.")]
    unplayed: Annotated[int, Meta(description="Recordings no session was given.")]
    playing: Annotated[int, Meta(description="Streams open now.")]
    punctuality: Punctuality


class Cassettes(Answer, frozen=True, kw_only=True):
    cassettes: tuple[LoadedCassette, ...]
    recordings: int
    loaded: Annotated[datetime, Meta(tz=True, description="When these were.")]
    watched: Annotated[bool, Meta(description="Whether they are loaded again when they change.")]
    problem: Annotated[
        str, Meta(description="Why a newer set is not played; empty where nothing is wrong.")
    ]


class HeaderField(Answer, frozen=True, kw_only=True):
    name: str
    value: str


class Recording(Answer, frozen=True, kw_only=True):
    """Which recording."""

    number: Annotated[int, Meta(description="On the server's tape.")]
    cassette: Annotated[str, Meta(description="Path; empty where the server knows none.")]
    place: Annotated[int, Meta(description="Its number in that cassette.")]


class Missed(Answer, frozen=True, kw_only=True):
    """Why no recording answered."""

    code: str
    nearest: Annotated[int | None, Meta(description="The recording that differs least.")]
    differences: tuple[Difference, ...]


class Summary(Answer, frozen=True, kw_only=True):
    """An entry at a glance."""

    number: int
    session: str
    method: str
    path: str
    upstream: str
    outcome: Outcome
    status: int | None


class JournalEntry(Summary, frozen=True, kw_only=True):
    """What was asked, credentials redacted, and what answered."""

    time: Annotated[datetime, Meta(tz=True)]
    query: str
    model: Annotated[str, Meta(description="The one asked for.")]
    headers: tuple[HeaderField, ...]
    body: str
    body_encoding: Annotated[
        Literal["utf-8", "base64"], Meta(description="base64 where the body is no UTF-8.")
    ]
    body_bytes: Annotated[int, Meta(description="Of the whole body, without content codings.")]
    body_cut: Annotated[
        bool, Meta(description="Whether `body` is its beginning only, or nothing of it.")
    ]
    body_coded: Annotated[
        bool, Meta(description="Whether `body` has a content coding that could not be taken off.")
    ]
    recording: Recording | None
    faults: tuple[str, ...]
    miss: Missed | None
    refusal: Annotated[
        str, Meta(description="What the server said, where the request was not matched at all.")
    ]
    code: Annotated[str, Meta(description="Of a miss or a refusal.")]


class JournalPage(Answer, frozen=True, kw_only=True):
    total: Annotated[int, Meta(description="Entries that the filters leave.")]
    limit: int
    offset: int
    dropped: Annotated[int, Meta(description="Older entries that made room.")]
    entries: tuple[JournalEntry, ...]


class Verified(Answer, frozen=True, kw_only=True):
    verified: Literal[True] = True
    count: Annotated[int, Meta(description="Requests as wanted.")]
    expected: Annotated[str, Meta(description="In words.")]


class UnplayedRecording(Recording, frozen=True, kw_only=True):
    upstream: str
    method: str
    path: str
    model: str
    status: int | None


class Unplayed(Answer, frozen=True, kw_only=True):
    total: int
    limit: int
    offset: int
    recordings: tuple[UnplayedRecording, ...]


class Reset(Answer, frozen=True, kw_only=True):
    reset: tuple[Part, ...]
    session: Annotated[str | None, Meta(description="null: all of them.")]


class LaidFault(Answer, frozen=True, kw_only=True):
    id: int
    fault: Annotated[str, Meta(description="As it is written.")]
    session: Annotated[str | None, Meta(description="The one it meets alone; null: all.")]


class LaidFaults(Answer, frozen=True, kw_only=True):
    faults: tuple[LaidFault, ...]


class Removed(Answer, frozen=True, kw_only=True):
    removed: int


class SessionSeen(Answer, frozen=True, kw_only=True):
    name: str
    played: int
    misses: int
    unplayed: int


class Sessions(Answer, frozen=True, kw_only=True):
    total: int
    limit: int
    offset: int
    sessions: Annotated[
        tuple[SessionSeen, ...], Meta(description="The one that asked last at the end.")
    ]


def summary(entry: Entry) -> Summary:
    """An entry at a glance."""
    return Summary(**_glance(entry))


def shown(entry: Entry) -> JournalEntry:
    """An entry whole."""
    kept = entry.request.body
    body, encoding = _as_text(kept, cut=entry.body_cut)
    return JournalEntry(
        **_glance(entry),
        time=entry.time,
        query=entry.query,
        model=entry.model,
        headers=fields_of(entry.request.headers),
        body=body,
        body_encoding=encoding,
        body_bytes=entry.body_bytes,
        body_cut=entry.body_cut,
        body_coded=entry.body_coded,
        recording=_recording(entry),
        faults=entry.faults,
        miss=_missed(entry),
        refusal=entry.refusal,
        code=entry.code,
    )


def fields_of(headers: Headers) -> tuple[HeaderField, ...]:
    return tuple(HeaderField(name=name, value=value) for name, value in headers)


def _glance(entry: Entry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "session": entry.session,
        "method": entry.request.method,
        "path": entry.path,
        "upstream": entry.upstream,
        "outcome": entry.outcome,
        "status": entry.status,
    }


def _recording(entry: Entry) -> Recording | None:
    if entry.recording is None or entry.place is None:
        return None
    place = entry.place
    return Recording(number=entry.recording, cassette=place.cassette, place=place.number)


def _missed(entry: Entry) -> Missed | None:
    miss = entry.miss
    if miss is None:
        return None
    return Missed(code=miss.code, nearest=miss.nearest, differences=miss.differences)


def _as_text(body: bytes, *, cut: bool) -> tuple[str, Literal["utf-8", "base64"]]:
    """A body that was cut within a character is still text."""
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(body, final=not cut), "utf-8"
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), "base64"
