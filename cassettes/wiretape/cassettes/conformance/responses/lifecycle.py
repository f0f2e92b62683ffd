"""Rules of the response as a whole: how it begins, moves on, ends, and what `[DONE]` is to that.

    (created) -> [queued] -> in_progress -> { item ... }* -> completed | incomplete | failed

Sources: Open Responses, "Streaming" (prose); that `created` comes first and one terminal event
last is inferred from it. Knows events by name and the status of snapshots, nothing of items.
"""

from collections.abc import Iterator

from wiretape.cassettes.conformance.responses.kinds import TERMINAL
from wiretape.cassettes.conformance.responses.profiles import ALL, LETTER, OPENAI, WIRE
from wiretape.cassettes.conformance.responses.stream import Event, Stream
from wiretape.cassettes.conformance.rule import Finding, Rule, found

CREATED_FIRST = Rule(
    "responses.created-first",
    "error",
    "inferred",
    "The first event is `response.created`.",
    ALL,
)
ORDER = Rule(
    "responses.lifecycle-order",
    "error",
    "inferred",
    "`created`, `queued` and `in_progress` come in this order, once, before the first item.",
    WIRE,
)
QUEUED = Rule(
    "responses.queued-then-in-progress",
    "error",
    "prose",
    "A response that was queued says `response.in_progress` when it leaves the queue.",
    WIRE,
)
IN_PROGRESS = Rule(
    "responses.in-progress-missing",
    "warning",
    "inferred",
    "A response says `response.in_progress` before it is done.",
    WIRE,
)
TERMINAL_MISSING = Rule(
    "responses.terminal-missing",
    "error",
    "inferred",
    "A stream ends with `response.completed`, `response.incomplete` or `response.failed`.",
    ALL,
)
TERMINAL_TWICE = Rule(
    "responses.terminal-twice",
    "error",
    "inferred",
    "There is one terminal event.",
    ALL,
)
AFTER_TERMINAL = Rule(
    "responses.after-terminal",
    "error",
    "inferred",
    "No event follows the terminal one.",
    WIRE,
)
ERROR_THEN_FAILED = Rule(
    "responses.error-then-failed",
    "error",
    "prose",
    "An `error` event is followed by `response.failed`.",
    LETTER,
)
STATUS = Rule(
    "responses.status-differs",
    "error",
    "inferred",
    "The `status` of a snapshot is the one its event is named after.",
    ALL,
)
DONE_MISSING = Rule(
    "responses.done-missing",
    "error",
    "prose",
    "A stream ends with `data: [DONE]` (MUST in the prose; OpenAI's API does not send it).",
    LETTER,
)
DONE_PRESENT = Rule(
    "responses.done-present",
    "note",
    "schema",
    "A stream has no `[DONE]`: OpenAI's API sends none, and decoders of nothing but JSON choke.",
    OPENAI,
)
AFTER_DONE = Rule(
    "responses.after-done",
    "error",
    "prose",
    "`[DONE]` is the last event, and there is one.",
    WIRE,
)

RULES = (
    CREATED_FIRST,
    ORDER,
    QUEUED,
    IN_PROGRESS,
    TERMINAL_MISSING,
    TERMINAL_TWICE,
    AFTER_TERMINAL,
    ERROR_THEN_FAILED,
    STATUS,
    DONE_MISSING,
    DONE_PRESENT,
    AFTER_DONE,
)

_BEFORE_ITEMS = ("response.created", "response.queued", "response.in_progress")

_STATUSES = {
    "response.created": ("queued", "in_progress"),
    "response.queued": ("queued",),
    "response.in_progress": ("in_progress",),
    "response.completed": ("completed",),
    "response.failed": ("failed",),
    "response.incomplete": ("incomplete",),
}


def check_lifecycle(stream: Stream) -> Iterator[Finding]:
    """All of them over one stream."""
    events = [event for event in stream.events if event.type != "keepalive"]
    if not stream.resumed:
        yield from _beginning(events)
    yield from _ending(stream, events)
    yield from _statuses(events)
    yield from _done(stream)


def _beginning(events: list[Event]) -> Iterator[Finding]:
    first = next((event for event in events if event.type != "error"), None)
    if first is None:
        return
    late = first.type != "response.created"
    if late:
        yield found(CREATED_FIRST, f"the first event is {first.type}", first.frame)
    seen: list[str] = []
    items = told = False
    for event in events:
        if event.type in _BEFORE_ITEMS:
            told_of = told or (late and event.type == "response.created")
            if not told_of and (items or _is_late(event.type, seen)):
                after = "an item" if items else seen[-1]
                yield found(ORDER, f"{event.type} comes after {after}", event.frame)
            seen.append(event.type)
        elif event.type == "response.output_item.added" or event.type in TERMINAL:
            if not told and _never_left_the_queue(event, seen):
                told = True
                yield found(QUEUED, f"queued, then {event.type} at once", event.frame)
            items = True
            if event.type in TERMINAL:
                yield from _without_progress(event, seen)
                return


def _is_late(kind: str, seen: list[str]) -> bool:
    rank = _BEFORE_ITEMS.index(kind)
    return any(_BEFORE_ITEMS.index(other) >= rank for other in seen)


def _never_left_the_queue(event: Event, seen: list[str]) -> bool:
    left = "response.in_progress" in seen or event.type == "response.failed"
    return "response.queued" in seen and not left


def _without_progress(event: Event, seen: list[str]) -> Iterator[Finding]:
    told = "response.in_progress" in seen or "response.queued" in seen
    if not told and event.type != "response.failed":
        yield found(IN_PROGRESS, f"{event.type} without response.in_progress", event.frame)


def _ending(stream: Stream, events: list[Event]) -> Iterator[Finding]:
    terminal = next((n for n, event in enumerate(events) if event.type in TERMINAL), None)
    error = next((event for event in events if event.type == "error"), None)
    if terminal is None:
        if error is not None:
            if stream.whole and not stream.socket:
                words = "the stream ends after an error without response.failed"
                yield found(ERROR_THEN_FAILED, words, error.frame)
        elif stream.whole and events:
            words = f"the stream ends with {events[-1].type}, no terminal event"
            yield found(TERMINAL_MISSING, words, events[-1].frame)
        return
    ended = events[terminal]
    if error is not None and not stream.socket and ended.type != "response.failed":
        yield found(ERROR_THEN_FAILED, f"an error is followed by {ended.type}", error.frame)
    for event in events[terminal + 1 :]:
        again = event.type in TERMINAL
        words = f"{event.type} after {ended.type}"
        yield found(TERMINAL_TWICE if again else AFTER_TERMINAL, words, event.frame)


def _statuses(events: list[Event]) -> Iterator[Finding]:
    for event in events:
        response = event.body.get("response")
        if event.type not in _STATUSES or not isinstance(response, dict):
            continue
        status = response.get("status")
        if isinstance(status, str) and status not in _STATUSES[event.type]:
            asked = " or ".join(_STATUSES[event.type])
            words = f"{event.type} with status {status!r}, expected {asked}"
            yield found(STATUS, words, event.frame, "$.response.status")


def _done(stream: Stream) -> Iterator[Finding]:
    if stream.socket:
        return
    if not stream.done:
        if stream.whole and stream.events:
            yield found(DONE_MISSING, "no `data: [DONE]` at the end", stream.last)
        return
    first = stream.done[0]
    yield found(DONE_PRESENT, "`[DONE]` at the end", first)
    if stream.late is not None and stream.last is not None:
        words = f"it follows `[DONE]`, and so does all up to frame {stream.last.number}"
        alone = "it follows `[DONE]`"
        yield found(AFTER_DONE, alone if stream.late is stream.last else words, stream.late)
