"""What the control API does: functions from what a server holds to what is answered.

Free of HTTP, so that whatever plays a tape can offer them. Knows the Player, the faults and the
journal.
"""

from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from typing import Protocol, get_args

from msgspec import UNSET

from wiretape.cassettes.model import Interaction
from wiretape.replay.control.answers import (
    Cassettes,
    Health,
    JournalEntry,
    JournalPage,
    LaidFault,
    LaidFaults,
    Part,
    Removed,
    Reset,
    Sessions,
    SessionSeen,
    Summary,
    Unplayed,
    UnplayedRecording,
    Verified,
    shown,
    summary,
)
from wiretape.replay.control.cassettes import Loaded
from wiretape.replay.control.entry import Entry
from wiretape.replay.control.journal import Journal
from wiretape.replay.control.problem import Problem, Refused, problem
from wiretape.replay.control.queries import (
    FaultsQuery,
    JournalQuery,
    NewFaults,
    Paging,
    ResetQuery,
    UnplayedQuery,
    Verification,
)
from wiretape.replay.errors import BadFault
from wiretape.replay.faults.catalogue import fault_text
from wiretape.replay.faults.parsing import parse_faults
from wiretape.replay.faults.plan import FaultPlan
from wiretape.replay.player import Player
from wiretape.replay.schedule import Punctuality

MOST_FAULTS = 100
"""Laid at the same time: each is looked at for every request."""

MOST_NAMED = 10
"""Requests that a verification which fails names."""

PARTS: tuple[Part, ...] = get_args(Part)


class Controlled(Protocol):
    """What plays a tape, as far as the control API is concerned."""

    @property
    def player(self) -> Player: ...

    @property
    def faults(self) -> FaultPlan: ...

    @property
    def journal(self) -> Journal: ...

    @property
    def loaded(self) -> Loaded: ...

    @property
    def playing(self) -> int: ...

    @property
    def connections(self) -> int: ...

    @property
    def punctuality(self) -> Punctuality: ...

    def reset(self, session: str | None = None, only: Sequence[Part] = PARTS) -> None: ...


class NotVerified(Problem, frozen=True, kw_only=True):
    """Not as many requests as expected."""

    count: int
    expected: str
    requests: tuple[Summary, ...]
    """The last that there were: as wanted where there are too many, those that cannot be told
    where that is why, else of any kind."""


def health(served: Controlled) -> Health:
    player = served.player
    return Health(
        version=tool_version(),
        upstreams=tuple(sorted(player.upstreams)),
        played=player.played,
        misses=player.misses,
        unplayed=player.left,
        playing=served.playing,
        punctuality=served.punctuality,
    )


def cassettes(served: Controlled) -> Cassettes:
    loaded = served.loaded
    return Cassettes(
        cassettes=loaded.cassettes,
        recordings=len(served.player.tape),
        loaded=loaded.time,
        watched=loaded.watched,
        problem=loaded.problem,
    )


def journal(served: Controlled, query: JournalQuery) -> JournalPage:
    found = served.journal.matching(query)
    if query.order == "newest":
        found.reverse()
    return JournalPage(
        total=len(found),
        limit=query.limit,
        offset=query.offset,
        dropped=served.journal.dropped,
        entries=tuple(map(shown, found[query.offset : query.offset + query.limit])),
    )


def journal_entry(served: Controlled, number: int) -> JournalEntry:
    """Raises Refused."""
    entry = served.journal.get(number)
    if entry is None:
        raise Refused(404, "no_such_entry", f"the journal has no entry {number}, or none any more")
    return shown(entry)


def verify(served: Controlled, wanted: Verification) -> Verified | NotVerified:
    """Whether as many requests were made as expected. Never says so, nor the contrary, of what was
    forgotten or cannot be looked into."""
    found = served.journal.matching(wanted.request)
    unclear = served.journal.unclear(wanted.request)
    count, forgotten = len(found), served.journal.dropped
    possible = range(count, count + len(unclear) + 1)
    if all(map(wanted.holds, possible)) and not (forgotten and wanted.bounded):
        return Verified(count=count, expected=wanted.expected)
    detail = f"expected {wanted.expected} of these requests, the journal has {count}"
    if wanted.least > wanted.most:
        return _not_verified("contradiction", f"no number is {wanted.expected}", wanted, found)
    if forgotten:
        code = "journal_has_forgotten"
        detail += f", and has forgotten {forgotten:,} older ones: reset between tests, or keep more"
    elif any(map(wanted.holds, possible)):
        code = "journal_cannot_tell"
        detail += f", and cannot tell of {_bodies(unclear)}: ask by path or model"
        return _not_verified(code, detail, wanted, found, unclear)
    else:
        code = "not_verified"
    return _not_verified(code, detail, wanted, found, found or list(served.journal))


def _not_verified(
    code: str,
    detail: str,
    wanted: Verification,
    found: Sequence[Entry],
    named: Sequence[Entry] = (),
) -> NotVerified:
    plain = problem(409, code, detail)
    return NotVerified(
        status=plain.status,
        title=plain.title,
        detail=detail,
        code=code,
        count=len(found),
        expected=wanted.expected,
        requests=tuple(map(summary, named[-MOST_NAMED:])),
    )


def _bodies(entries: Sequence[Entry]) -> str:
    last = entries[-1]
    why = "has a coding that could not be read" if last.body_coded else "was not kept whole"
    more = f", and {len(entries) - 1:,} more" if len(entries) > 1 else ""
    return f"entry {last.number}, whose body {why}{more}"


def unplayed(served: Controlled, query: UnplayedQuery) -> Unplayed:
    player = served.player
    seen = player if query.session is UNSET else player.session(query.session)
    numbers = seen.unplayed
    page = set(numbers[query.offset : query.offset + query.limit])
    recordings = sorted((one for one in player.tape if one.number in page), key=_number)
    return Unplayed(
        total=len(numbers),
        limit=query.limit,
        offset=query.offset,
        recordings=tuple(_unplayed(served.loaded, one) for one in recordings),
    )


def reset(served: Controlled, query: ResetQuery) -> Reset:
    session = None if query.session is UNSET else query.session
    only = PARTS if query.only is UNSET else (query.only,)
    served.reset(session, only)
    return Reset(reset=only, session=session)


def faults(served: Controlled, query: FaultsQuery) -> LaidFaults:
    return _laid(served.faults, _numbers(served.faults, query))


def add_faults(served: Controlled, query: FaultsQuery, new: NewFaults) -> LaidFaults:
    """Raises Refused."""
    session = None if query.session is UNSET else query.session
    for text in (new.fault, session or ""):
        if served.player.without_secrets(text) != text:
            told = "a fault and its session hold nothing that looks like a credential"
            raise Refused(400, "bad_fault", told)
    try:
        given = parse_faults(new.fault)
    except BadFault as error:
        raise Refused(400, "bad_fault", str(error)) from None
    if len(served.faults.list()) + len(given) > MOST_FAULTS:
        raise Refused(
            409, "too_many_faults", f"{MOST_FAULTS} faults may be laid on; remove some first"
        )
    return _laid(served.faults, served.faults.add(new.fault, session))


def remove_fault(served: Controlled, number: int) -> Removed:
    """Raises Refused."""
    if not served.faults.remove(number):
        raise Refused(404, "no_such_fault", f"no fault has the id {number}; GET faults lists them")
    return Removed(removed=1)


def clear_faults(served: Controlled, query: FaultsQuery) -> Removed:
    return Removed(removed=sum(map(served.faults.remove, _numbers(served.faults, query))))


def sessions(served: Controlled, query: Paging) -> Sessions:
    names = served.player.sessions
    views = map(served.player.session, islice(names, query.offset, query.offset + query.limit))
    return Sessions(
        total=len(names),
        limit=query.limit,
        offset=query.offset,
        sessions=tuple(
            SessionSeen(name=one.name, played=one.played, misses=one.misses, unplayed=one.left)
            for one in views
        ),
    )


def tool_version() -> str:
    """`unknown` where wiretape runs from a checkout that is not installed."""
    try:
        return version("wiretape")
    except PackageNotFoundError:
        return "unknown"


def _laid(plan: FaultPlan, ids: Iterable[int]) -> LaidFaults:
    faults = plan.list()
    return LaidFaults(
        faults=tuple(
            LaidFault(id=one, fault=fault_text(faults[one]), session=plan.session_of(one))
            for one in ids
        )
    )


def _numbers(plan: FaultPlan, query: FaultsQuery) -> list[int]:
    wanted = query.session
    return [one for one in plan.list() if wanted is UNSET or plan.session_of(one) == wanted]


def _number(one: Interaction) -> int:
    return one.number


def _unplayed(loaded: Loaded, one: Interaction) -> UnplayedRecording:
    place = loaded.place_of(one.number)
    return UnplayedRecording(
        number=one.number,
        cassette=place.cassette,
        place=place.number,
        upstream=one.upstream,
        method=one.request.method,
        path=one.request.target.partition("?")[0],
        model=one.notes.model_asked,
        status=None if one.response is None else one.response.status,
    )
