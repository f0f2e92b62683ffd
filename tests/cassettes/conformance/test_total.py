"""The rules of Responses say something of any stream, and raise at none."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cassettes.conformance.exchanges import exchange, sse
from tests.cassettes.conformance.responses_answers import GOOD, Event, numbered, snapshot
from tests.interactions import make_request
from wiretape.cassettes.conformance.catalogue import ALL
from wiretape.cassettes.conformance.checking import check
from wiretape.cassettes.conformance.responses.kinds import KINDS
from wiretape.cassettes.conformance.rule import MOST_WORDS, Exchange, Finding, found

EVERY = frozenset(rule.id for rule in ALL)

KEYS = (
    *("type", "response", "item", "part", "id", "item_id", "output_index", "content_index"),
    *("summary_index", "sequence_number", "delta", "text", "arguments", "output", "content"),
    *("summary", "status", "error", "annotation", "annotation_index", "usage", "tools"),
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 3),
    st.just(10**30),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "msg_1", "rs_1", "message", "output_text", "reasoning", "completed"]),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=8,
)
EVENTS = st.builds(
    lambda kind, members: {"type": kind, **members},
    st.sampled_from(sorted(KINDS)),
    st.dictionaries(st.sampled_from(KEYS[1:]), VALUES, max_size=8),
)
GOOD_EVENTS = [event for good in GOOD.values() for event in numbered(good())]


def checked(made: Exchange) -> tuple[Finding, ...]:
    findings = check(made, rules=EVERY)
    for finding in findings:
        assert "\n" not in finding.words
        assert len(finding.words) <= MOST_WORDS
    return findings


@given(st.lists(EVENTS, max_size=12))
def test_any_events(events: list[Event]) -> None:
    checked(exchange(sse(events)))


@st.composite
def tampered(draw: st.DrawFn) -> list[Event]:
    """Good events in any order, members of some of them replaced or left out."""
    events = draw(st.lists(st.sampled_from(GOOD_EVENTS), max_size=15))
    changed = []
    for event in events:
        members = dict(event)
        for key in draw(st.lists(st.sampled_from(sorted(event)), max_size=2)):
            if draw(st.booleans()):
                members[key] = draw(VALUES)
            else:
                members.pop(key, None)
        changed.append(members)
    return changed


@given(tampered())
@settings(max_examples=200)
def test_good_events_tampered_with(events: list[Event]) -> None:
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
    checked(exchange(body.encode()))


@given(st.binary(max_size=200))
def test_any_bytes(body: bytes) -> None:
    checked(exchange(body))
    checked(exchange(body, framing="json"))
    checked(exchange(body, framing="websocket"))


@given(VALUES)
def test_any_plain_answer(value: Any) -> None:
    data = json.dumps(value).encode()
    checked(exchange(data, framing="json"))
    checked(exchange(data, framing="json", status=500))
    checked(
        exchange(json.dumps({**snapshot("completed"), "output": value}).encode(), framing="json")
    )


@given(VALUES)
def test_any_request(value: Any) -> None:
    asked = {"input": value, "temperature": value, "metadata": value, "max_output_tokens": value}
    request = make_request(body=json.dumps(asked).encode())
    checked(exchange(sse(numbered(GOOD["a message"]())), request=request))


@pytest.mark.parametrize("depth", [100, 300, 900, 5_000])
@pytest.mark.parametrize("key", ["item", "response", "metadata", "delta"])
def test_a_value_that_is_nested_deep(depth: int, key: str) -> None:
    deep = '{"a":' * depth + "1" + "}" * depth
    text = "".join(
        f"data: {line}\n\n"
        for line in (
            f'{{"type": "response.created", "response": {{"{key}": {deep}}}}}',
            f'{{"type": "response.in_progress", "response": {{"{key}": {deep}}}}}',
            f'{{"type": "response.output_item.added", "{key}": {deep}}}',
        )
    )
    request = make_request(body=f'{{"metadata": {deep}1}}'.encode())
    assert checked(exchange(text.encode(), request=request))
    asked = make_request(body=f'{{"metadata": {deep[:-1]}}}}}'.encode())
    assert checked(exchange(text.encode(), request=asked))


def test_a_name_that_is_long() -> None:
    name = "x" * 1_000_000
    events: list[Event] = [
        {"type": name},
        {"type": "response.output_item.added", "item": {"type": name}},
    ]
    assert checked(exchange(sse(events)))


def test_a_number_that_is_long() -> None:
    words = found(ALL[0], f"1 and {'9' * 309} are not 3").words
    assert words == "1 and 999999... (309 digits) are not 3"
