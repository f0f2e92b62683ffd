"""One mistake is one rule: every single event and member of every good stream, left out, sent
twice, swapped or null."""

from collections.abc import Iterator

import pytest

from tests.cassettes.conformance.breaking import stream_of
from tests.cassettes.conformance.mutations_responses_items import swapped, thinking_and_calling
from tests.cassettes.conformance.responses_answers import GOOD, Event, numbered, unshared
from wiretape.cassettes.conformance.checking import check

TWO_MISTAKES = {
    # The number of the other call tells that one is missing, before its own events do.
    ("two calls that interleave", "output_item.added left out"),
}


def errors(events: list[Event]) -> set[str]:
    findings = check(stream_of(events), profile="open-responses")
    return {finding.rule for finding in findings if finding.severity == "error"}


def short(event: Event) -> str:
    return str(event["type"]).removeprefix("response.")


def events_changed(events: list[Event]) -> Iterator[tuple[str, list[Event]]]:
    for at, event in enumerate(events):
        yield f"{short(event)} left out", numbered(events[:at] + events[at + 1 :])
        yield f"{short(event)} twice", numbered(events[: at + 1] + events[at:])


def members_changed(events: list[Event]) -> Iterator[tuple[str, list[Event]]]:
    right = numbered(events)
    for at, event in enumerate(right):
        for key in event.keys() - {"type"}:
            rest = {name: value for name, value in event.items() if name != key}
            for words, changed in ((" is missing", rest), (" is null", {**event, key: None})):
                where = f"{key} of {short(event)}"
                yield where + words, [*right[:at], changed, *right[at + 1 :]]


@pytest.mark.parametrize("name", sorted(GOOD))
def test_one_mistake_is_one_rule(name: str) -> None:
    events = unshared(GOOD[name]())
    several = {
        words: sorted(rules)
        for words, changed in (*events_changed(events), *members_changed(events))
        if len(rules := errors(changed)) > 1 and (name, words) not in TWO_MISTAKES
    }
    assert several == {}


@pytest.mark.parametrize("name", sorted(GOOD))
def test_what_is_missing_is_missed(name: str) -> None:
    """Members, all of them: each is either required or can be compared with another."""
    events = unshared(GOOD[name]())
    unseen = [words for words, changed in members_changed(events) if not errors(changed)]
    allowed = [words for words in unseen if words.startswith("annotation of")]
    assert unseen == allowed


@pytest.mark.parametrize("name", sorted(GOOD))
def test_two_events_swapped_are_no_avalanche(name: str) -> None:
    events = unshared(GOOD[name]())
    for at in range(len(events) - 1):
        pair = [*events[:at], events[at + 1], events[at], *events[at + 2 :]]
        assert len(errors(numbered(pair))) <= 2


def test_another_order_at_the_end_is_one_finding() -> None:
    events = thinking_and_calling()
    swapped(events)
    (finding,) = check(stream_of(numbered(events), done=False), profile="openai")
    assert (finding.rule, finding.path) == ("responses.final-differs", "$.response.output[0]")
    assert finding.words == "function_call is at 0, it was streamed at 2"
