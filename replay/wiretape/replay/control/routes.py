"""The calls of the control API: one table, from which they are dispatched and documented.

Knows what each takes and gives; nothing of how a request is read or an answer sent.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from wiretape.replay.control import operations as do
from wiretape.replay.control.answers import (
    Cassettes,
    Health,
    JournalEntry,
    JournalPage,
    LaidFaults,
    Removed,
    Reset,
    Sessions,
    Unplayed,
    Verified,
)
from wiretape.replay.control.operations import Controlled
from wiretape.replay.control.queries import (
    FaultsQuery,
    JournalQuery,
    NewFaults,
    Nothing,
    Paging,
    ResetQuery,
    UnplayedQuery,
    Verification,
)

PREFIX = "/__wiretape/"
"""What begins so is for the server itself."""

TEXT = "text/plain"
JSON = "application/json"


class Given(NamedTuple):
    """What a call was given, read and checked."""

    query: Any
    body: Any
    number: int
    """That of the path, where it has one."""


class Route(NamedTuple):
    """One call."""

    method: str
    path: str
    """Below the prefix; `{number}` is a number from 1."""
    name: str
    summary: str
    run: Callable[[Controlled, Given], Any] | None
    """None for the document that is made of this table."""
    answer: Any
    """The shape of what it gives; None where it gives bytes."""
    query: type[msgspec.Struct] = Nothing
    body: type[msgspec.Struct] | None = None
    status: int = 200
    media: str = JSON
    problems: tuple[tuple[int, str], ...] = ()
    """Statuses that say no, each with the reason."""


def _metrics(served: Controlled, given: Given) -> bytes:
    from wiretape.replay.control.metrics import exposition

    return exposition(served)


_GONE = (404, "There is none of that number.")

ROUTES: tuple[Route, ...] = (
    Route(
        "GET", "health", "health", "Whether it serves, and how well it keeps its times",
        lambda served, _: do.health(served), Health,
    ),
    Route(
        "GET", "cassettes", "cassettes", "What is played",
        lambda served, _: do.cassettes(served), Cassettes,
    ),
    Route(
        "GET", "journal", "journal", "What was asked, and what answered",
        lambda served, given: do.journal(served, given.query), JournalPage,
        query=JournalQuery,
    ),
    Route(
        "GET", "journal/{number}", "journalEntry", "One entry of the journal",
        lambda served, given: do.journal_entry(served, given.number), JournalEntry,
        problems=(_GONE,),
    ),
    Route(
        "POST", "verify", "verify", "Whether a request was made, and how often",
        lambda served, given: do.verify(served, given.body), Verified,
        body=Verification, problems=((409, "It was not made as often as expected."),),
    ),
    Route(
        "GET", "unplayed", "unplayed", "Recordings that were not played",
        lambda served, given: do.unplayed(served, given.query), Unplayed,
        query=UnplayedQuery,
    ),
    Route(
        "POST", "reset", "reset", "Begin anew: a session, or everything",
        lambda served, given: do.reset(served, given.query), Reset,
        query=ResetQuery,
    ),
    Route(
        "GET", "faults", "faults", "The faults that are laid over what is played",
        lambda served, given: do.faults(served, given.query), LaidFaults,
        query=FaultsQuery,
    ),
    Route(
        "POST", "faults", "addFaults", "Lay faults over what is played from now on",
        lambda served, given: do.add_faults(served, given.query, given.body), LaidFaults,
        query=FaultsQuery, body=NewFaults, status=201, problems=((409, "There are too many."),),
    ),
    Route(
        "DELETE", "faults", "clearFaults", "Take off all faults, or those of a session",
        lambda served, given: do.clear_faults(served, given.query), Removed,
        query=FaultsQuery,
    ),
    Route(
        "DELETE", "faults/{number}", "removeFault", "Take off one fault",
        lambda served, given: do.remove_fault(served, given.number), Removed,
        problems=(_GONE,),
    ),
    Route(
        "GET", "sessions", "sessions", "What each session was given",
        lambda served, given: do.sessions(served, given.query), Sessions,
        query=Paging,
    ),
    Route(
        "GET", "metrics", "metrics", "Metrics for Prometheus", _metrics, None, media=TEXT,
    ),
    Route(
        "GET", "openapi.json", "openapi", "This document", None, None,
    ),
)  # fmt: skip

NAMES = tuple(dict.fromkeys(route.path for route in ROUTES if "{" not in route.path))

_NUMBER = re.compile(r"[1-9][0-9]{0,17}")


def routes_at(path: str) -> tuple[dict[str, Route], int]:
    """The calls of a path below the prefix, by method, and the number in it (0 for none)."""
    base, _, last = path.rpartition("/")
    number = int(last) if base and _NUMBER.fullmatch(last) else 0
    template = f"{base}/{{number}}" if number else path
    return {route.method: route for route in ROUTES if route.path == template}, number
