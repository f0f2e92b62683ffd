"""Responses: items, parts and texts, their indexes and ids, and how they are told again."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from tests.cassettes.conformance.breaking import (
    Break,
    again,
    both,
    broken,
    drop,
    drop_key,
    everywhere,
    insert,
    move,
    place,
    put,
)
from tests.cassettes.conformance.mutations import Mutation
from tests.cassettes.conformance.responses_answers import (
    Event,
    answer,
    call,
    cited,
    function_call,
    hello,
    incomplete,
    message,
    output_text,
    reasoning,
    streamed_part,
    summary_text,
    thinking,
    two_calls,
    two_parts,
)
from wiretape.cassettes.conformance.rule import Exchange

GOOD: dict[str, Callable[[], Exchange]] = {}

DELTA = "output_text.delta"
ARGUMENTS = "function_call_arguments"
SUMMARY = "reasoning_summary_part"


def each(name: str, key: str, values: Callable[[int, Any], Any]) -> Break:
    """Set a member of every event that has it and whose type contains `name`, from its place
    among them and its value."""

    def change(events: list[Event]) -> None:
        chosen = [event for event in events if key in event and name in event["type"]]
        for n, event in enumerate(chosen):
            event[key] = values(n, event[key])

    return change


def two_messages() -> list[Event]:
    return answer(
        message("msg_1", [output_text("Hello, world!")]), message("msg_2", [output_text("Again.")])
    )


def without_item_keys(events: list[Event]) -> None:
    """As llama-server: no output_index anywhere."""
    everywhere("output_index")(events)


def thinking_and_calling() -> list[Event]:
    """Items of three kinds."""
    return answer(
        reasoning("rs_1", [summary_text("Hm.")]),
        message("msg_1", [output_text("Hello, world!")]),
        function_call("fc_1", '{"a": 1}'),
    )


def swapped(events: list[Event]) -> None:
    events[-1]["response"]["output"] = events[-1]["response"]["output"][::-1]


def part_twice(events: list[Event]) -> None:
    """A second part under the index of the first; told right at the end."""
    events[-1]["response"]["output"][0]["content"] = [output_text("Hello, world!")] * 2
    item = events[-1]["response"]["output"][0]
    at = place(events, "output_item.done")
    events[at]["item"] = deepcopy(item)
    events[at:at] = streamed_part(item, 0, item["content"][0], 0)


PLACES: dict[str, tuple[Mutation, ...]] = {
    "responses.output-index-missing": (
        Mutation("everywhere", broken(hello, without_item_keys), frame=3),
        Mutation("everywhere, of two items", broken(two_messages, without_item_keys)),
        Mutation("everywhere, of calls that interleave", broken(two_calls, without_item_keys)),
        Mutation("once", broken(hello, drop_key(DELTA, "output_index")), frame=5),
        Mutation("where it is added", broken(hello, drop_key("output_item.added", "output_index"))),
    ),
    "responses.output-index-gap": (
        Mutation("from 1", broken(hello, everywhere("output_index", 1)), frame=3),
        Mutation(
            "one item left over", broken(two_messages, each("", "output_index", lambda _, i: 2 * i))
        ),
        Mutation(
            "only where it is added", broken(hello, put("output_item.added", "output_index", 7))
        ),
    ),
    "responses.output-index-reused": (
        Mutation("0 for two", broken(two_messages, everywhere("output_index", 0))),
        Mutation(
            "only where it is added",
            broken(two_messages, put("output_item.added", "output_index", 0, 1)),
        ),
    ),
    "responses.output-index-differs": (
        Mutation("a delta", broken(hello, put(DELTA, "output_index", 5)), frame=5),
        Mutation(
            "that of another item", broken(two_calls, put(f"{ARGUMENTS}.delta", "output_index", 1))
        ),
        Mutation("the end", broken(hello, put("output_item.done", "output_index", 1))),
    ),
    "responses.item-id-missing": (
        Mutation("everywhere", broken(hello, everywhere("item_id"))),
        Mutation("once", broken(call, drop_key(f"{ARGUMENTS}.delta", "item_id")), frame=4),
    ),
    "responses.item-id-differs": (
        Mutation("a delta", broken(hello, put(DELTA, "item_id", "msg_x")), frame=5),
        Mutation(
            "another at every event", broken(hello, each("", "item_id", lambda n, _: f"m{n}"))
        ),
        Mutation(
            "added under another", broken(hello, put("output_item.added", "item.id", "msg_x"))
        ),
        Mutation(
            "done under another",
            broken(hello, put("output_item.done", "item.id", "msg_x")),
            frame=9,
        ),
    ),
    "responses.item-id-reused": (
        Mutation(
            "one for two",
            broken(
                lambda: answer(
                    message("msg_1", [output_text("Hello, world!")]),
                    message("msg_1", [output_text("Again.")]),
                )
            ),
        ),
    ),
    "responses.item-not-added": (
        Mutation("a message", broken(hello, drop("output_item.added")), frame=3),
        Mutation("a call", broken(two_calls, drop("output_item.added", 1))),
        Mutation("added too late", broken(hello, move("output_item.added", DELTA))),
    ),
    "responses.part-index-missing": (
        Mutation("everywhere", broken(hello, everywhere("content_index"))),
        Mutation("of two parts", broken(two_parts, everywhere("content_index"))),
        Mutation("a delta", broken(hello, drop_key(DELTA, "content_index")), frame=5),
        Mutation("of a summary", broken(thinking, everywhere("summary_index"))),
    ),
    "responses.part-index-gap": (
        Mutation("from 1", broken(hello, everywhere("content_index", 1)), frame=4),
        Mutation(
            "of a summary", broken(thinking, each("summary", "summary_index", lambda _, i: 3 * i))
        ),
        Mutation(
            "only where it is added", broken(hello, put("content_part.added", "content_index", 1))
        ),
    ),
    "responses.part-index-reused": (Mutation("0 for two", broken(hello, part_twice)),),
    "responses.part-index-unknown": (
        Mutation(
            "one that grows with every delta",
            broken(hello, each(DELTA, "content_index", lambda n, _: n)),
        ),
        Mutation("a delta", broken(hello, put(DELTA, "content_index", 3)), frame=5),
        Mutation("the end of a part", broken(hello, put("content_part.done", "content_index", 1))),
        Mutation("of a summary", broken(thinking, put(f"{SUMMARY}.done", "summary_index", 9))),
    ),
    "responses.part-not-added": (
        Mutation("a message's", broken(hello, drop("content_part.added")), frame=4),
        Mutation("the second", broken(two_parts, drop("content_part.added", 1))),
        Mutation("a summary's", broken(thinking, drop(f"{SUMMARY}.added", 1))),
        Mutation(
            "none is ever added or done",
            broken(hello, both(drop("content_part.added"), drop("content_part.done"))),
        ),
        Mutation("added too late", broken(hello, move("content_part.added", "output_text.done"))),
    ),
}

ORDER: dict[str, tuple[Mutation, ...]] = {
    "responses.item-null": (
        Mutation("added", broken(hello, put("output_item.added", "item", None)), frame=3),
        Mutation("done", broken(hello, put("output_item.done", "item", None))),
        Mutation("missing", broken(call, drop_key("output_item.added", "item"))),
    ),
    "responses.after-item-done": (
        Mutation("a delta more", broken(hello, insert(hello()[4], "completed")), frame=10),
        Mutation("done twice", broken(hello, again("output_item.done"))),
        Mutation("a part more", broken(hello, insert(hello()[3], "completed"))),
    ),
    "responses.item-not-closed": (
        Mutation("the only one", broken(hello, drop("output_item.done"))),
        Mutation("one of two", broken(two_calls, drop("output_item.done"))),
    ),
    "responses.part-not-closed": (
        Mutation("a message's", broken(hello, drop("content_part.done"))),
        Mutation("a summary's", broken(thinking, drop(f"{SUMMARY}.done"))),
    ),
    "responses.text-not-closed": (
        Mutation("a text", broken(hello, drop("output_text.done")), frame=7),
        Mutation("after its part", broken(hello, move("output_text.done", "output_item.done"))),
        Mutation("a refusal", broken(two_parts, drop("refusal.done"))),
        Mutation("arguments", broken(call, drop(f"{ARGUMENTS}.done"))),
    ),
    "responses.after-text-done": (
        Mutation("a delta more", broken(hello, insert(hello()[4], "content_part.done")), frame=8),
        Mutation("done twice", broken(hello, again("output_text.done"))),
        Mutation("a delta after the part", broken(hello, insert(hello()[4], "output_item.done"))),
        Mutation("the part done twice", broken(hello, again("content_part.done"))),
        Mutation("arguments", broken(call, again(f"{ARGUMENTS}.done"))),
    ),
    "responses.item-type-mismatch": (
        Mutation(
            "arguments of a message",
            broken(
                hello,
                insert(
                    {
                        "type": "response.function_call_arguments.delta",
                        "item_id": "msg_1",
                        "output_index": 0,
                        "delta": "{",
                    },
                    "output_item.done",
                ),
            ),
        ),
        Mutation(
            "text of a call",
            broken(call, insert({**hello()[4], "item_id": "fc_1"}, "output_item.done")),
        ),
    ),
    "responses.part-type-mismatch": (
        Mutation(
            "a refusal in a text",
            broken(
                hello,
                insert(
                    {
                        "type": "response.refusal.delta",
                        "item_id": "msg_1",
                        "output_index": 0,
                        "content_index": 0,
                        "delta": "no",
                    },
                    "output_text.done",
                ),
            ),
        ),
        Mutation(
            "it changes",
            broken(
                hello, put("content_part.done", "part", {"type": "text", "text": "Hello, world!"})
            ),
        ),
    ),
    "responses.added-not-empty": (
        Mutation("a part", broken(hello, put("content_part.added", "part.text", "Hello, world!"))),
        Mutation(
            "an item",
            broken(hello, put("output_item.added", "item.content", [output_text("Hello, world!")])),
        ),
        Mutation("a call", broken(call, put("output_item.added", "item.arguments", "{}"))),
    ),
    "responses.item-type-changes": (
        Mutation(
            "at its end",
            broken(
                call,
                lambda events: [
                    item.update(type="function_call_output", output="")
                    for item in (events[-2]["item"], events[-1]["response"]["output"][0])
                ],
            ),
        ),
    ),
    "responses.call-changes": (
        Mutation("call_id at its end", broken(call, put("output_item.done", "item.call_id", "x"))),
        Mutation(
            "name in the response", broken(call, put("completed", "response.output.0.name", "x"))
        ),
        Mutation(
            "call_id where it is added", broken(call, put("output_item.added", "item.call_id", "x"))
        ),
    ),
    "responses.item-added-status": (
        Mutation("completed", broken(hello, put("output_item.added", "item.status", "completed"))),
    ),
    "responses.item-done-status": (
        Mutation(
            "in progress",
            broken(
                hello,
                both(
                    put("output_item.done", "item.status", "in_progress"),
                    put("completed", "response.output.0.status", "in_progress"),
                ),
            ),
        ),
    ),
    "responses.annotation-index-gap": (
        Mutation(
            "from 1", broken(cited, each("annotation", "annotation_index", lambda _, i: i + 1))
        ),
        Mutation(
            "0 for two",
            broken(cited, put("output_text.annotation.added", "annotation_index", 0, 1)),
        ),
    ),
    "responses.annotations-differ": (
        Mutation(
            "one is missing", broken(cited, drop_key("content_part.done", "part.annotations.1"))
        ),
        Mutation(
            "another address",
            broken(
                cited, put("content_part.done", "part.annotations.0.url", "https://example.com/x")
            ),
        ),
    ),
}

TEXTS: dict[str, tuple[Mutation, ...]] = {
    "responses.done-differs": (
        Mutation(
            "a text", broken(hello, put("output_text.done", "text", "Hello, World!")), frame=7
        ),
        Mutation("a delta is lost", broken(hello, drop(DELTA))),
        Mutation("a delta came twice", broken(hello, again(DELTA))),
        Mutation("a refusal", broken(two_parts, put("refusal.done", "refusal", "No."))),
        Mutation("reasoning", broken(thinking, put("reasoning.done", "text", "Let me see."))),
        Mutation("a summary", broken(thinking, put("reasoning_summary_text.done", "text", "", 1))),
        Mutation("arguments", broken(call, put(f"{ARGUMENTS}.done", "arguments", "{}"))),
        Mutation("arguments, one delta lost", broken(two_calls, drop(f"{ARGUMENTS}.delta", -1))),
    ),
    "responses.part-differs": (
        Mutation("a text", broken(hello, put("content_part.done", "part.text", "Hello")), frame=8),
        Mutation("a refusal", broken(two_parts, put("content_part.done", "part.refusal", "no", 1))),
        Mutation("a summary", broken(thinking, put(f"{SUMMARY}.done", "part.text", "x", 1))),
    ),
    "responses.item-differs": (
        Mutation("a text", broken(hello, put("output_item.done", "item.content.0.text", "Hello"))),
        Mutation(
            "a part is missing", broken(two_parts, drop_key("output_item.done", "item.content.1"))
        ),
        Mutation("no part", broken(hello, put("output_item.done", "item.content", []))),
        Mutation("arguments", broken(call, put("output_item.done", "item.arguments", "{}"))),
        Mutation(
            "a summary", broken(thinking, put("output_item.done", "item.summary.1.text", "x"))
        ),
    ),
    "responses.final-differs": (
        Mutation(
            "a text", broken(hello, put("completed", "response.output.0.content.0.text", "x"))
        ),
        Mutation("arguments", broken(call, put("completed", "response.output.0.arguments", "{}"))),
        Mutation("no item", broken(hello, put("completed", "response.output", []))),
        Mutation("another order, two alike", broken(two_messages, swapped)),
        Mutation("another order", broken(thinking_and_calling, swapped)),
        Mutation(
            "an item is missing", broken(two_messages, drop_key("completed", "response.output.1"))
        ),
        Mutation(
            "an item too many",
            broken(
                hello, put("completed", "response.output", two_messages()[-1]["response"]["output"])
            ),
        ),
        Mutation(
            "its status", broken(hello, put("completed", "response.output.0.status", "in_progress"))
        ),
        Mutation(
            "incomplete",
            broken(incomplete, put("incomplete", "response.output.0.content.0.text", "")),
        ),
    ),
    "responses.final-id-differs": (
        Mutation("another", broken(hello, put("completed", "response.output.0.id", "msg_x"))),
    ),
    "responses.text-without-deltas": (
        Mutation("a text", broken(hello, both(drop(DELTA), drop(DELTA)))),
        Mutation(
            "arguments", broken(call, both(drop(f"{ARGUMENTS}.delta"), drop(f"{ARGUMENTS}.delta")))
        ),
        Mutation(
            "no events but added and done",
            broken(lambda: [event for event in call() if ARGUMENTS not in event["type"]]),
        ),
        Mutation(
            "a message without the events of its part",
            broken(
                lambda: [
                    event
                    for event in hello()
                    if "part" not in event["type"] and "text" not in event["type"]
                ]
            ),
        ),
    ),
    "responses.core-not-rebuilt": (
        Mutation(
            "a delta of an extension",
            broken(hello, lambda events: events[5].update(type="acme:output_text.delta")),
        ),
        Mutation(
            "all deltas of an extension",
            broken(call, lambda events: [event.update(type="acme:delta") for event in events[3:5]]),
        ),
    ),
}

MUTATIONS = {**PLACES, **ORDER, **TEXTS}
