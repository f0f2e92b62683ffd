"""A file of another tool as one session of a cassette.

Reads bytes, gives interactions that are redacted and may be written, and says what was left out
and why. Knows no path, no clock and no command line.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from wiretape.cassettes.interop.building import Builder
from wiretape.cassettes.interop.exchange import Exchange, Left, Refused, Unreadable
from wiretape.cassettes.interop.heads import sendable
from wiretape.cassettes.interop.pacing import GivenPace, paced
from wiretape.cassettes.interop.recognising import Opened, Source, open_foreign
from wiretape.cassettes.model import Interaction, Session
from wiretape.cassettes.notes import notes_of
from wiretape.cassettes.redaction import DEFAULT_RULES, RedactionRules, Redactor, redact_interaction


class Asked(msgspec.Struct, frozen=True):
    """How to import."""

    upstreams: Mapping[str, str]
    """Names to base URLs."""
    tool: str
    """The program that imports, for the session."""
    now: str
    """Wall clock, RFC 3339: when a session began of which the file has no date."""
    source: Source | None = None
    pace: GivenPace | None = None
    model: str = ""
    """For requests that are made of fixtures which name no model."""
    rules: RedactionRules = DEFAULT_RULES


class Imported(msgspec.Struct, frozen=True):
    """What came of a file."""

    told: str
    """The tool, in words."""
    session: Session
    interactions: tuple[Interaction, ...]
    left: tuple[Left, ...]


def import_bytes(data: bytes, asked: Asked) -> Imported:
    """Read a file of another tool. Raises Unreadable where nothing of it can be read."""
    opened = open_foreign(data, asked.source, asked.model)
    exchanges, left = _sorted_out(opened)
    if not exchanges and not left:
        raise Unreadable("it holds no interaction")
    known = [one.started_ns for one in exchanges if one.started_ns is not None]
    zero_ns = min(known, default=None)
    told = f"from {opened.told}"
    builder = Builder(asked.upstreams, told)
    redactor = Redactor(asked.rules)
    built: list[tuple[str, Interaction]] = []
    for exchange in exchanges:
        try:
            clean, unsent = sendable(exchange)
            built.append((exchange.place, builder.interaction(clean, zero_ns)))
            left += unsent
        except Refused as refused:
            left.append(Left(exchange.place, str(refused)))
    built.sort(key=lambda one: one[1].start_ns)  # stable: what has no date stays in order
    for _, one in built:
        redactor.learn(one.request.headers, one.request.target)
    finished = [(place, _finished(one, redactor, asked.pace)) for place, one in built]
    # What a cassette would hold without a body, or without its answer, would play dead.
    left += [
        Left(place, f"a cassette cannot hold {one.lost}") for place, one in finished if one.lost
    ]
    interactions = tuple(one for _, one in finished if not one.lost)
    session = Session(1, _started(zero_ns, asked.now), f"{asked.tool}, imported {told}")
    return Imported(opened.told, session, interactions, tuple(left))


def _sorted_out(opened: Opened) -> tuple[list[Exchange], list[Left]]:
    exchanges: list[Exchange] = []
    left: list[Left] = []
    try:
        for part in opened.parts:
            if isinstance(part, Left):
                left.append(part)
            else:
                exchanges.append(part)
    except Unreadable as error:
        if not exchanges:
            raise
        left.append(Left(f"after {exchanges[-1].place}", f"the file cannot be read on: {error}"))
    return exchanges, left


def _finished(built: Interaction, redactor: Redactor, pace: GivenPace | None) -> Interaction:
    redacted = redact_interaction(built, redactor)
    redacted = msgspec.structs.replace(
        redacted, notes=notes_of(redacted.upstream, redacted.request, redacted.response)
    )
    return redacted if pace is None else paced(redacted, pace)


def _started(zero_ns: int | None, now: str) -> str:
    if zero_ns is None:
        return now
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=zero_ns // 1000)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def by_cause(left: tuple[Left, ...]) -> Iterator[str]:
    """A line a cause: where, and how many more."""
    places: dict[str, list[str]] = {}
    for one in left:
        places.setdefault(one.cause, []).append(one.place)
    for cause, found in places.items():
        more = f" and {len(found) - 3:,} more" if len(found) > 3 else ""
        yield f"left out {', '.join(found[:3])}{more}: {cause}"
