"""Drift: what is told of answers that are no longer as they were, and what is not."""

import json
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.cassettes.diff.drifting import HEADERS, answer, chat, chunk, event, part, streamed
from tests.cassettes.strategies import interactions
from tests.interactions import make_interaction, make_request, make_unanswered
from wiretape.cassettes.diff.drift import Drift, drift, drift_report
from wiretape.cassettes.model import Chunk, Interaction

OLD = streamed(answer())


def told(new: Interaction, old: Interaction = OLD) -> list[tuple[str, str, str, str]]:
    return [(one.severity, one.what, one.event, one.words) for one in drift([old], [new])]


def changed(change: Callable[[list[Any]], None]) -> list[tuple[str, str, str, str]]:
    """What is told of an answer in which something was changed."""
    events = deepcopy(answer())
    change(events)
    return told(streamed(events))


def test_against_itself_there_is_none() -> None:
    assert drift([OLD], [OLD]) == ()


def test_an_event_that_is_new_or_gone() -> None:
    more = [*answer()[:-1], event("response.audit", note="x"), answer()[-1]]
    assert told(streamed(more)) == [
        ("added", "event", "response.audit", "event response.audit is new")
    ]
    (gone,) = drift([streamed(more)], [OLD])
    assert (gone.severity, gone.words) == ("removed", "event response.audit is gone")
    assert (gone.old_at and gone.old_at.frame, gone.new_at) == (10, None)


def test_a_key_that_is_new_or_gone() -> None:
    assert changed(lambda events: events[-1]["response"].update(tier="x")) == [
        ("added", "key", "response.completed", "key $.response.tier (string) is new")
    ]
    assert changed(lambda events: events[-1]["response"].pop("usage")) == [
        ("removed", "key", "response.completed", "key $.response.usage (object) is gone")
    ]


def test_a_key_of_one_delta_is_not_missing_in_the_next() -> None:
    assert changed(lambda events: events[4].update(logprobs=[], note="x")) == [
        ("added", "key", "response.output_text.delta", "key $.note (string) is new")
    ]
    both = answer()
    both[4]["note"] = both[5]["note"] = "x"
    one = answer()
    one[5]["note"] = "x"
    assert told(streamed(one), streamed(both)) == []


def test_a_type_that_changed() -> None:
    assert changed(lambda events: events[-1]["response"].update(id=7)) == [
        ("changed", "type", "response.completed", "$.response.id is number, was string")
    ]
    usage = {"input_tokens": None, "output_tokens": 2.5}
    assert changed(lambda events: events[-1]["response"].update(usage=usage)) == [
        (
            "changed",
            "type",
            "response.completed",
            "$.response.usage.input_tokens is null, was number",
        )
    ]


def test_null_is_not_absent() -> None:
    null = answer()
    null[-1]["response"]["error"] = None
    assert told(streamed(null)) == [
        ("added", "key", "response.completed", "key $.response.error (null) is new")
    ]


def test_a_word_of_an_enum() -> None:
    assert changed(lambda events: events[-1]["response"].update(status="incomplete")) == [
        ("removed", "value", "response.completed", '$.response.status "completed" is gone'),
        ("added", "value", "response.completed", '$.response.status "incomplete" is new'),
    ]
    stopped, cut = (chat(chunk({"content": "a"}), chunk({}, why)) for why in ("stop", "length"))
    assert [words for *_, words in told(stopped, cut)] == [
        '$.choices[].finish_reason "length" is gone',
        '$.choices[].finish_reason "stop" is new',
    ]


def test_objects_of_another_type_are_not_held_against_each_other() -> None:
    def call(events: list[Any]) -> None:
        item = {"type": "function_call", "id": "fc_1", "name": "f", "call_id": "c", "arguments": ""}
        events[-1]["response"]["output"].append(item)

    assert changed(call) == [
        ("added", "value", "response.completed", '$.response.output[].type "function_call" is new')
    ]


def test_an_object_that_loses_its_type() -> None:
    assert changed(lambda events: events[3]["part"].pop("type")) == [
        ("removed", "key", "response.content_part.added", "key $.part.type (string) is gone")
    ]


def test_an_empty_array_tells_nothing_of_its_elements() -> None:
    note = {"type": "url_citation", "url": "https://a.test"}
    assert changed(lambda events: events[7]["part"]["annotations"].append(note)) == []
    assert changed(lambda events: events[-1]["response"]["output"].clear()) == []


def test_the_order_of_events() -> None:
    def swap(events: list[Any]) -> None:
        events[0], events[1] = events[1], events[0]

    found = changed(swap)
    assert {(severity, what) for severity, what, *_ in found} == {("changed", "order")}
    assert (
        "changed",
        "order",
        "response.created",
        "response.created follows response.in_progress, followed (start)",
    ) in found


def test_the_order_inside_a_part() -> None:
    def late(events: list[Any]) -> None:
        events[6], events[7] = events[7], events[6]

    found = changed(late)
    assert {event for _, _, event, _ in found} >= {"response.output_text.done"}
    assert all(what == "order" for _, what, *_ in found)
    assert any("in message" in words for *_, words in found)


def test_more_deltas_and_more_items_are_no_other_order() -> None:
    more = answer()
    more[4:6] = more[4:6] * 5
    again = [{**one, "output_index": 1} for one in more[2:-1]]
    assert told(streamed([*more[:-1], *again, more[-1]])) == []


def test_an_event_between_two_others_is_told_once() -> None:
    note = part("response.note.added", note="x")
    assert [what for _, what, *_ in changed(lambda events: events.insert(4, note))] == ["event"]


def test_event_lines_that_are_gone() -> None:
    found = told(streamed(answer(), named=False))
    assert {(severity, what, words) for severity, what, _, words in found} == {
        ("removed", "key", "event: line is gone")
    }
    assert len(found) == 9


def test_headers() -> None:
    assert OLD.response is not None
    new = replace(OLD.response, headers=(*HEADERS[:2], ("x-new", "1"), ("x-request-id", "r")))
    assert told(replace(OLD, response=new)) == [
        ("removed", "header", "", "header openai-version is gone"),
        ("added", "header", "", "header x-new is new"),
    ]


@pytest.mark.parametrize(
    "name", ["x-vercel-id", "x-groq-region", "x-ms-region", "azureml-model-session", "X-Azure-Ref"]
)
def test_headers_of_tracing_and_regions_come_and_go(name: str) -> None:
    assert told(streamed(answer(), headers=(*HEADERS, (name, "fra1::x")))) == []


def test_a_refusal_is_told_by_its_head_alone() -> None:
    body = b'{"error":{"message":"slow down","type":"rate"}}'
    refused = make_interaction(
        [(9, body)],
        request=OLD.request,
        status=429,
        headers=(("Content-Type", "application/json"),),
    )
    assert told(refused) == [
        ("changed", "content type", "", "content type is application/json, was text/event-stream"),
        ("changed", "status", "", "status is 429, was 200"),
    ]
    assert drift([refused], [refused]) == ()


@pytest.mark.parametrize(
    "volatile",
    [
        {"obfuscation": "abc"},
        {"system_fingerprint": "fp"},
        {"p": "abcd"},
        {"logprobs": [{"token": "a", "logprob": -1.0}]},
        {"encrypted_content": "gAAA"},
    ],
)
def test_what_is_volatile_never_counts(volatile: dict[str, Any]) -> None:
    assert told(streamed([{**one, **volatile} for one in answer()])) == []


def test_values_never_count() -> None:
    text = json.dumps(answer()).replace("msg_1", "msg_2").replace("resp_1", "resp_9")
    assert told(streamed(json.loads(text.replace('"ab"', '"quite another answer"')))) == []


def test_chunks_and_the_order_of_keys_never_count() -> None:
    events = [dict(reversed(one.items())) for one in answer()]
    new = streamed(events)
    assert new.response is not None
    size = len(new.response.body)
    cut = tuple(Chunk(n, 1) for n in range(size))
    assert told(replace(new, timeline=replace(new.timeline, received=cut))) == []


def test_a_stream_that_broke_off_lacks_nothing() -> None:
    cut = streamed(answer()[:4], number=3, ending="cut")
    report = drift_report([OLD], [cut])
    assert (report.drifts, report.pairs) == ((), 1)
    assert report.compared == 0
    assert report.remarks == (
        "interaction 3 of the new side broke off, 1 of the old side was whole: it is left out",
    )
    left = streamed(answer(), ending="client_left")
    assert drift_report([OLD], [left]).remarks == ()
    assert drift_report([OLD], [make_unanswered(request=OLD.request)]).drifts == ()


def test_half_a_stream_lacks_nothing_though_its_body_ended_well() -> None:
    for half in (streamed(answer()[:5], number=3), streamed(answer()[:1], number=3)):
        report = drift_report([OLD], [half])
        assert (report.drifts, report.compared) == ((), 0)
        assert report.remarks == (
            "interaction 3 of the new side broke off, 1 of the old side was whole: it is left out",
        )
    failed = {"error": {"message": "lost the upstream"}}
    whole = [chunk({"content": "a"}), chunk({}, "stop")]
    assert drift([chat(*whole)], [chat(whole[0], failed, done=False)]) == ()


def test_streams_that_never_say_that_they_are_over_are_compared() -> None:
    events = answer()[:5]
    events[3]["note"] = "x"
    assert told(streamed(events), streamed(answer()[:5])) == [
        ("added", "key", "response.content_part.added", "key $.note (string) is new")
    ]


def test_a_sentinel_that_is_gone_is_drift() -> None:
    whole = [chunk({"content": "a"}), chunk({}, "stop")]
    (gone, *_) = drift([chat(*whole)], [chat(*whole, done=False)])
    assert (gone.severity, gone.words) == ("removed", "event [DONE] is gone")


def test_answers_that_hold_other_things_are_remarked() -> None:
    call = {"index": 0, "id": "t", "function": {"name": "f", "arguments": "{}"}}
    report = drift_report(
        [chat(chunk({"content": "a"}, "stop"))], [chat(chunk({"tool_calls": [call]}, "tool_calls"))]
    )
    assert report.remarks == (
        "interactions 1 and 1: only the old answer has text, and what comes with it",
        "interactions 1 and 1: only the new answer has tool calls, and what comes with it",
    )


def test_pairs_are_of_one_request_in_order() -> None:
    other = streamed(answer(), number=2, asked={"input": "other"})
    third = streamed(answer(), number=3)
    report = drift_report([OLD, third], [other, OLD])
    assert (report.pairs, report.only_old, report.only_new) == (1, (3,), (2,))
    assert drift_report([OLD], [other]).pairs == 0


def test_a_key_of_one_answer_is_not_missing_in_another_of_its_kind() -> None:
    more = answer()
    more[-1]["response"]["tier"] = "x"
    ask = {"input": "other"}
    old = [OLD, streamed(more, number=2, asked=ask)]
    assert drift(old, [streamed(more), streamed(answer(), number=2, asked=ask)]) == ()
    # Asked for other things, they are of two kinds.
    wish = {"input": "other", "reasoning": {}}
    old = [OLD, streamed(more, number=2, asked=wish)]
    found = drift(old, [streamed(more), streamed(answer(), number=2, asked=wish)])
    assert [one.severity for one in found] == ["removed", "added"]


def test_maps_and_what_is_the_users_own() -> None:
    def maps(first: str, second: str, own: Any) -> Interaction:
        events = answer()
        events[-1]["response"]["files"] = {first: {"size": 1}, second: {"size": 2}}
        events[-1]["response"]["metadata"] = own
        return streamed(events)

    old = maps("file-abc123def456ghi", "file-9xyz123def456a", {"a": 1})
    assert told(maps("file-qqq123def456zzz", "file-1yyz123def456b", {"b": "x"}), old) == []


def test_what_is_no_json_has_a_shape_too() -> None:
    events: list[Any] = [*answer()[:-1], "half {", answer()[-1]]
    new = streamed(events)
    assert [words for *_, words in told(new)] == ["event (data) is new"]


SEVERITIES = {"added": "removed", "removed": "added", "changed": "changed"}


def mirrored(drifts: tuple[Drift, ...]) -> set[tuple[str, ...]]:
    return {
        (SEVERITIES[one.severity], one.what, one.event, one.place, one.new, one.old)
        for one in drifts
    }


_changes = st.lists(
    st.tuples(st.sampled_from(["drop", "swap", "rename", "retype"]), st.integers(0, 9)), max_size=3
)


def changed_by(changes: list[tuple[str, int]]) -> Interaction:
    events = deepcopy(answer())
    for what, place in changes:
        at = place % len(events)
        if what == "drop" and len(events) > 1:
            events.pop(at)
        elif what == "swap":
            events[at], events[at - 1] = events[at - 1], events[at]
        elif what == "rename":
            events[at]["type"] += "x"
        else:
            events[at]["sequence_number"] = "1"
    return streamed(events)


@settings(deadline=None, max_examples=60)
@given(_changes, _changes)
def test_the_other_way_round_everything_is_mirrored(
    one: list[tuple[str, int]], other: list[tuple[str, int]]
) -> None:
    old, new = changed_by(one), changed_by(other)
    there = {(d.severity, d.what, d.event, d.place, d.old, d.new) for d in drift([old], [new])}
    assert mirrored(drift([new], [old])) == there


@settings(deadline=None, max_examples=60)
@given(st.lists(interactions(), max_size=4), st.randoms(use_true_random=False))
def test_any_bytes_have_no_drift_against_themselves(
    seen: list[Interaction], shuffling: Random
) -> None:
    assert drift(seen, seen) == ()
    shuffled = [*seen]
    shuffling.shuffle(shuffled)
    drift(seen, shuffled)


def test_the_corpus_has_no_drift_against_itself() -> None:
    from tests.corpus import streams

    seen = []
    for number, one in enumerate(streams()[::6], 1):
        target = "/" + one.url.partition("://")[2].partition("/")[2]
        headers = tuple(
            (name, value) for name, values in one.response_headers.items() for value in values
        )
        body = json.dumps({"n": number}).encode()
        request = make_request(one.method, target, body)
        seen.append(
            make_interaction([(9, one.body)], number=number, request=request, headers=headers)
        )  # fmt: skip
    assert drift(seen, seen) == ()
