"""What servers make of the Responses API: indexes left out, ids that change, texts that stand in
one place only, snapshots that contradict."""

from typing import Any

import msgspec
import pytest

from tests.cassettes.dialects.reading_streams import frame, meaning, only, read, read_whole, sse
from tests.cassettes.dialects.responses_events import (
    Event,
    about,
    added,
    arguments_events,
    call,
    completed,
    created,
    done,
    message,
    reasoning,
    response,
    text_events,
)
from wiretape.cassettes.dialects.answer import Choice
from wiretape.cassettes.dialects.answering import answer_of
from wiretape.cassettes.dialects.delta import (
    End,
    Finish,
    Meta,
    Reasoning,
    Refusal,
    Start,
    Text,
    ToolArgs,
    ToolStart,
)
from wiretape.cassettes.dialects.responses import ResponsesDialect

FULL: list[Event] = [
    created(),
    added(0, reasoning()),
    about("reasoning_text.delta", 0, "rs_1", content_index=0, delta="hm"),
    about("reasoning_text.done", 0, "rs_1", content_index=0, text="hm"),
    done(0, reasoning(content=[{"type": "reasoning_text", "text": "hm"}])),
    added(1, message(status="in_progress")),
    *text_events(1, "msg_1", "Hel", "lo"),
    done(1, message("Hello")),
    added(2, call()),
    *arguments_events(2, "fc_1", '{"a":', "1}"),
    done(2, call('{"a":1}')),
    added(3, call(item_id="fc_2", call_id="call_2", name="time")),
    *arguments_events(3, "fc_2", '{"b":', "2}"),
    done(3, call('{"b":2}', "fc_2", call_id="call_2", name="time")),
    completed(
        reasoning(content=[{"type": "reasoning_text", "text": "hm"}]),
        message("Hello"),
        call('{"a":1}'),
        call('{"b":2}', "fc_2", call_id="call_2", name="time"),
    ),
]


def without(*keys: str) -> list[Event]:
    return [{key: event[key] for key in event if key not in keys} for event in FULL]


def rotated() -> list[Event]:
    """Each event with ids of its own, as some gateways give them."""
    found = []
    for number, event in enumerate(FULL):
        changed = {**event, **({"item_id": f"x{number}"} if "item_id" in event else {})}
        if "item" in event:
            changed["item"] = {**event["item"], "id": f"y{number}"}
        if "response" in event:
            output = [{**item, "id": f"z{number}"} for item in event["response"]["output"]]
            changed["response"] = {**event["response"], "output": output}
        found.append(changed)
    return found


def without_types(*types: str) -> list[Event]:
    return [event for event in FULL if not event["type"].endswith(types)]


def one_index() -> list[Event]:
    """All items under the index 0."""
    return [{**event, **({"output_index": 0} if "output_index" in event else {})} for event in FULL]


VARIANTS = {
    "as OpenAI": FULL,
    "no output_index (llama.cpp)": without("output_index"),
    "no output_index nor sequence_number nor content_index": without(
        "output_index", "content_index", "sequence_number"
    ),
    "no item_id": without("item_id"),
    "neither": without("item_id", "output_index"),
    "ids change": rotated(),
    "ids change and no output_index": [
        {key: event[key] for key in event if key != "output_index"} for event in rotated()
    ],
    "one index for all": one_index(),
    "no part events": without_types("content_part.added", "content_part.done"),
    "no done events": without_types("text.done", "arguments.done", "part.done", "item.done"),
    "no deltas": without_types(".delta"),
    "only the end": FULL[-1:],
    "an empty final output": [*FULL[:-1], completed()],
}


def said(deltas: Any) -> tuple[Any, ...]:
    answer = answer_of(deltas)
    (choice,) = answer.choices
    assert isinstance(choice, Choice)
    return (
        [part.text for part in choice.texts],
        [(part.form, part.text) for part in choice.reasoning],
        [(one.name, one.call_id, one.args) for one in choice.tool_calls],
        choice.finish and choice.finish.reason,
        answer.id,
        answer.ended,
    )


@pytest.mark.parametrize("name", VARIANTS)
def test_the_same_is_said(name: str) -> None:
    deltas = read(ResponsesDialect(), sse(*VARIANTS[name]))
    assert said(deltas) == (
        ["Hello"],
        [("raw", "hm")],
        [("weather", "call_1", {"a": 1}), ("time", "call_2", {"b": 2})],
        "tool_calls",
        "resp_1",
        True,
    )
    assert not [meta for meta in only(Meta, deltas) if meta.what == "snapshot_mismatch"]
    synthetic = [one for one in only(Text, deltas) if one.synthetic]
    assert bool(synthetic) == (name in ("no deltas", "only the end"))


def test_without_an_announcement_the_deltas_say_what_is_there() -> None:
    events = [event for event in FULL[:-1] if ".delta" in event["type"]]
    choice = answer_of(read(ResponsesDialect(), sse(*events))).choices[0]
    assert [part.text for part in choice.texts] == ["Hello"]
    assert [part.text for part in choice.reasoning] == ["hm"]
    assert [one.args for one in choice.tool_calls] == [{"a": 1}, {"b": 2}]


def test_a_text_for_an_index_that_a_reasoning_has() -> None:
    """LiteLLM gives both the index 0 and announces one."""
    events = [
        added(0, reasoning()),
        about("reasoning_text.delta", 0, content_index=0, delta="hm"),
        about("output_text.delta", 0, content_index=0, delta="Hel"),
        about("reasoning_text.delta", 0, content_index=0, delta=" so"),
        about("output_text.delta", 0, content_index=0, delta="lo"),
        completed(
            reasoning(content=[{"type": "reasoning_text", "text": "hm so"}]), message("Hello")
        ),
    ]
    choice = answer_of(read(ResponsesDialect(), sse(*events))).choices[0]
    assert [part.text for part in choice.texts] == ["Hello"]
    assert [part.text for part in choice.reasoning] == ["hm so"]


def test_content_that_is_counted_from_one() -> None:
    """Bedrock counts the content of its second item on from the first."""
    events = [
        added(0, message()),
        *text_events(0, "msg_1", "Hel", "lo", content=1),
        done(0, message("Hello")),
        completed(message("Hello")),
    ]
    deltas = read(ResponsesDialect(), sse(*events))
    assert [one.delta for one in only(Text, deltas)] == ["Hel", "lo"]
    whole = read_whole(ResponsesDialect(), response("completed", [message("Hello")]))
    assert meaning(deltas) == meaning(whole)


def test_a_content_index_that_grows_with_each_delta() -> None:
    """As vLLM once sent its reasoning."""
    events = [
        added(0, reasoning()),
        about("reasoning_part.added", 0, "rs_1", content_index=0, part={"type": "reasoning_text"}),
        about("reasoning_text.delta", 0, "rs_1", content_index=0, delta="h"),
        about("reasoning_text.delta", 0, "rs_1", content_index=1, delta="m"),
        about("reasoning_text.done", 0, "rs_1", content_index=2, text="hm"),
        about("reasoning_part.done", 0, "rs_1", content_index=3, part={"text": "hm"}),
        done(0, reasoning(content=[{"type": "reasoning_text", "text": "hm"}])),
    ]
    deltas = read(ResponsesDialect(), sse(*events))
    assert [(one.part, one.delta) for one in only(Reasoning, deltas)] == [
        ("0.0", "h"),
        ("0.0", "m"),
    ]
    assert [part.text for part in answer_of(deltas).choices[0].reasoning] == ["hm"]


@pytest.mark.parametrize(
    "snapshot",
    [
        about("output_text.done", 0, "msg_1", content_index=0, text="Hullo"),
        about("content_part.done", 0, "msg_1", content_index=0, part={"text": "Hullo"}),
        done(0, message("Hullo")),
        completed(message("Hullo")),
    ],
)
def test_a_snapshot_that_contradicts_wins_and_is_told_once(snapshot: Event) -> None:
    events = [
        added(0, message()),
        about("output_text.delta", 0, "msg_1", content_index=0, delta="Hello"),
        snapshot,
        completed(message("Hullo")),
    ]
    deltas = read(ResponsesDialect(), sse(*events))
    mismatches = [meta for meta in only(Meta, deltas) if meta.what == "snapshot_mismatch"]
    assert [(one.value, one.frame) for one in mismatches] == [({"part": "0.0", "text": "Hullo"}, 3)]
    assert answer_of(deltas).text == "Hullo"


def test_arguments_that_contradict() -> None:
    events = [
        added(0, call()),
        *arguments_events(0, "fc_1", '{"a":1}'),
        done(0, call('{"a":2}')),
    ]
    deltas = read(ResponsesDialect(), sse(*events))
    assert [meta.what for meta in only(Meta, deltas)] == ["snapshot_mismatch"]
    assert answer_of(deltas).choices[0].tool_calls[0].args == {"a": 2}


def test_an_empty_snapshot_contradicts_nothing() -> None:
    events = [
        added(0, message()),
        about("output_text.delta", 0, "msg_1", content_index=0, delta="Hello"),
        about("output_text.done", 0, "msg_1", content_index=0, text=""),
        done(0, message()),
        completed(message("")),
    ]
    deltas = read(ResponsesDialect(), sse(*events))
    assert only(Meta, deltas) == []
    assert answer_of(deltas).text == "Hello"


@pytest.mark.parametrize(
    ("item", "kind", "text"),
    [
        (message("Hello"), Text, "Hello"),
        (reasoning("why"), Reasoning, "why"),
        (reasoning(content=[{"type": "reasoning_text", "text": "hm"}]), Reasoning, "hm"),
        (message(content=[{"type": "refusal", "refusal": "no"}]), Refusal, "no"),
        (call('{"a":1}'), ToolArgs, '{"a":1}'),
    ],
)
def test_what_stands_in_a_snapshot_only_is_synthetic(item: Event, kind: Any, text: str) -> None:
    streamed = read(ResponsesDialect(), sse(added(0, {**item, "content": []}), done(0, item)))
    assert [(one.delta, one.synthetic) for one in only(kind, streamed)] == [(text, True)]
    whole = read_whole(ResponsesDialect(), response("completed", [item]))
    assert [(one.delta, one.synthetic) for one in only(kind, whole)] == [(text, False)]


def test_the_rest_of_a_text_whose_deltas_were_lost() -> None:
    events = [
        added(0, message()),
        about("output_text.delta", 0, "msg_1", content_index=0, delta="Hel"),
        done(0, message("Hello")),
    ]
    deltas = read(ResponsesDialect(), sse(*events))
    assert [(one.delta, one.synthetic) for one in only(Text, deltas)] == [
        ("Hel", False),
        ("lo", True),
    ]


def test_arguments_that_are_a_value() -> None:
    deltas = read(
        ResponsesDialect(), sse(added(0, call()), done(0, {**call(), "arguments": {"a": 1}}))
    )
    assert answer_of(deltas).choices[0].tool_calls[0].args == {"a": 1}


def test_a_second_terminal_event_says_nothing_new() -> None:
    deltas = read(
        ResponsesDialect(), sse(created(), completed(message("x")), completed(message("y")))
    )
    assert answer_of(deltas).text == "x"
    assert len(only(Finish, deltas)) == len(only(End, deltas)) == 1
    assert [meta.what for meta in only(Meta, deltas)] == ["second_terminal_event"]


def test_the_name_of_the_event_where_the_data_has_no_type() -> None:
    data = msgspec.json.encode({"output_index": 0, "content_index": 0, "delta": "x"})
    deltas = read(ResponsesDialect(), [frame(1, data, "response.output_text.delta")])
    assert [one.delta for one in only(Text, deltas)] == ["x"]


def test_a_model_that_was_another_in_the_end() -> None:
    events = [created(), {**completed(), "response": {**response("completed"), "model": "n"}}]
    deltas = read(ResponsesDialect(), sse(*events))
    assert [start.model for start in only(Start, deltas)] == ["m", "n"]
    assert answer_of(deltas).model == "n"


def test_the_short_way_and_the_long_way_say_the_same() -> None:
    events = [event for event in FULL if "delta" in event]
    hot = read(ResponsesDialect(), sse(*FULL))
    cold = read(ResponsesDialect(), sse(*({**one, "response_id": "r"} for one in FULL)))
    assert events
    assert hot == cold


def test_a_call_whose_name_comes_last() -> None:
    events = [
        about("function_call_arguments.delta", 0, "fc_1", delta="{}"),
        about("function_call_arguments.done", 0, "fc_1", arguments="{}", name="weather"),
        done(0, call("{}")),
    ]
    deltas = read(ResponsesDialect(), sse(*events))
    assert [(one.name, one.call_id) for one in only(ToolStart, deltas)] == [
        *(("", ""), ("weather", ""), ("weather", "call_1")),
    ]
    assert answer_of(deltas).choices[0].tool_calls[0].name == "weather"


def test_a_call_that_is_not_named_starts_again_when_it_is() -> None:
    events = [about("function_call_arguments.delta", 0, "fc_1", delta="{}"), added(0, call())]
    deltas = read(ResponsesDialect(), sse(*events))
    assert [(one.name, one.part) for one in only(ToolStart, deltas)] == [
        ("", "0"),
        ("weather", "0"),
    ]


def test_calls_that_are_open_at_once_under_one_index_are_told_apart_by_id() -> None:
    second = {"item_id": "fc_2", "call_id": "call_2", "name": "time"}
    events = [
        added(0, call()),
        added(0, call(**second)),
        about("function_call_arguments.delta", 0, "fc_1", delta='{"a"'),
        about("function_call_arguments.delta", 0, "fc_2", delta='{"b"'),
        about("function_call_arguments.delta", 0, "fc_1", delta=":1}"),
        about("function_call_arguments.delta", 0, "fc_2", delta=":2}"),
        done(0, call('{"a":1}')),
        done(0, call('{"b":2}', **second)),
        completed(call('{"a":1}'), call('{"b":2}', **second)),
    ]
    deltas = read(ResponsesDialect(), sse(*events))
    assert [(one.part, one.delta) for one in only(ToolArgs, deltas)] == [
        *(("0", '{"a"'), ("1", '{"b"'), ("0", ":1}"), ("1", ":2}")),
    ]
    assert only(Meta, deltas) == []


def test_an_announcement_that_is_repeated_while_the_text_grows() -> None:
    events = [
        added(0, message()),
        about("output_text.delta", 0, "msg_1", content_index=0, delta="Hel"),
        added(0, message("He")),
        about("output_text.delta", 0, "msg_1", content_index=0, delta="lo"),
        done(0, message("Hello")),
    ]
    deltas = read(ResponsesDialect(), sse(*events))
    assert [one.delta for one in only(Text, deltas)] == ["Hel", "lo"]
    assert only(Meta, deltas) == []
