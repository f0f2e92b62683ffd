"""Ways to break a good stream: each takes events, and gives them back broken in one place.

An event is named by its type without `response.`, and which one of that type from 0 (-1 the
last).
"""

import json
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

from tests.cassettes.conformance.exchanges import exchange, sse
from tests.cassettes.conformance.responses_answers import REQUEST, Event, numbered, unshared
from tests.interactions import JSON_HEADERS, make_request
from wiretape.cassettes.conformance.rule import Exchange
from wiretape.cassettes.model import Headers, Request

Break = Callable[[list[Event]], Any]


def place(events: Sequence[Event], name: str, which: int = 0) -> int:
    """Where an event stands."""
    wanted = name if name in ("error", "keepalive") or ":" in name else f"response.{name}"
    return [n for n, event in enumerate(events) if event["type"] == wanted][which]


def put(name: str, path: str, value: Any, which: int = 0) -> Break:
    """Set a member: `item.content.0.text`."""

    def change(events: list[Event]) -> None:
        *before, last = path.split(".")
        target: Any = events[place(events, name, which)]
        for step in before:
            target = target[int(step) if step.isdecimal() else step]
        target[int(last) if last.isdecimal() else last] = value

    return change


def drop_key(name: str, path: str, which: int = 0) -> Break:
    """Leave a member out."""

    def change(events: list[Event]) -> None:
        *before, last = path.split(".")
        target: Any = events[place(events, name, which)]
        for step in before:
            target = target[int(step) if step.isdecimal() else step]
        del target[int(last) if last.isdecimal() else last]

    return change


def drop(name: str, which: int = 0) -> Break:
    """Leave an event out."""
    return lambda events: events.pop(place(events, name, which))


def again(name: str, which: int = 0) -> Break:
    """Send an event twice, one after the other."""

    def change(events: list[Event]) -> None:
        at = place(events, name, which)
        events.insert(at, deepcopy(events[at]))

    return change


def move(name: str, before: str, which: int = 0, before_which: int = 0) -> Break:
    """Send an event earlier or later: before another, or at the end (`before` empty)."""

    def change(events: list[Event]) -> None:
        event = events.pop(place(events, name, which))
        at = place(events, before, before_which) if before else len(events)
        events.insert(at, event)

    return change


def insert(event: Event, before: str = "", which: int = 0) -> Break:
    """Send an event more, before another or at the end."""

    def change(events: list[Event]) -> None:
        events.insert(place(events, before, which) if before else len(events), dict(event))

    return change


def everywhere(key: str, value: Any = None, *, names: str = "") -> Break:
    """Set a member of all events that have it, or of those whose type contains `names`; leave it
    out where no value is given."""

    def change(events: list[Event]) -> None:
        for event in events:
            if key in event and names in event["type"]:
                if value is None:
                    del event[key]
                else:
                    event[key] = value

    return change


def both(*breaks: Break) -> Break:
    """One after the other."""

    def change(events: list[Event]) -> None:
        for one in breaks:
            one(events)

    return change


def request(changes: dict[str, Any] | None = None, headers: Headers = JSON_HEADERS) -> Request:
    """The request that the good answers answer."""
    return make_request(body=json.dumps({**REQUEST, **(changes or {})}).encode(), headers=headers)


def stream_of(
    events: list[Event],
    *,
    done: bool = True,
    asked: Request | None = None,
    **more: Any,
) -> Exchange:
    """The exchange of events that are numbered already."""
    return exchange(sse(events, done=done), request=asked or request(), **more)


def broken(
    good: Callable[[], list[Event]],
    change: Break = lambda events: None,
    *,
    after: Break = lambda events: None,
    **more: Any,
) -> Callable[[], Exchange]:
    """A good answer, changed before it is numbered, and `after` that."""

    def made() -> Exchange:
        events = unshared(good())
        change(events)
        events = numbered(unshared(events))
        after(events)
        return stream_of(events, **more)

    return made


def rewritten(
    good: Callable[[], list[Event]],
    change: Callable[[bytes], bytes],
    *,
    done: bool = True,
    **more: Any,
) -> Callable[[], Exchange]:
    """A good answer, its bytes changed."""
    return lambda: exchange(change(sse(numbered(good()), done=done)), request=request(), **more)
