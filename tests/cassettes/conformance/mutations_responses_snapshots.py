"""Responses: snapshots of the response, the schema, extensions."""

from collections.abc import Callable
from typing import Any

from tests.cassettes.conformance.breaking import (
    Break,
    both,
    broken,
    drop,
    drop_key,
    insert,
    put,
    request,
)
from tests.cassettes.conformance.mutations import Mutation
from tests.cassettes.conformance.mutations_responses import plain
from tests.cassettes.conformance.responses_answers import (
    Event,
    Item,
    answer,
    call,
    cited,
    failed,
    hello,
    incomplete,
    message,
    others,
    output_text,
    snapshot,
    thinking,
)
from wiretape.cassettes.conformance.rule import Exchange

SEARCH: Item = {"type": "acme:search", "id": "as_1", "status": "completed"}
TOOL: Item = {
    "type": "function",
    "name": "weather",
    "description": None,
    "parameters": None,
    "strict": None,
}


def extended() -> list[Event]:
    """With an item and an event of a declared extension."""
    events = answer(SEARCH, message("msg_1", [output_text("Hello, world!")]))
    found = {"type": "acme:search.found", "output_index": 0, "item_id": "as_1"}
    return [*events[:3], found, *events[3:]]


def searched() -> list[Event]:
    """With a tool of OpenAI's, which the specification does not have."""
    return answer(
        {"type": "web_search_call", "id": "ws_1", "status": "completed"},
        message("msg_1", [output_text("Hello, world!")]),
    )


def tooled(tool: Item) -> Callable[[], list[Event]]:
    """With a tool in every snapshot."""

    def made() -> list[Event]:
        events = hello()
        for event in events:
            if "response" in event:
                event["response"]["tools"] = [tool]
        return events

    return made


def everywhere_in_response(key: str, value: Any) -> Break:
    """Set a member of every snapshot."""

    def change(events: list[Event]) -> None:
        for event in events:
            if "response" in event:
                event["response"][key] = value

    return change


def of_item(path: str, value: Any) -> Break:
    """Set a member of the first item, where it is done and in the response."""
    return both(
        put("output_item.done", f"item.{path}", value),
        put("completed", f"response.output.0.{path}", value),
    )


def without(path: str) -> Break:
    """Leave a member of the first item out, wherever it is told."""
    return both(
        drop_key("output_item.added", f"item.{path}"),
        drop_key("output_item.done", f"item.{path}"),
        drop_key("completed", f"response.output.0.{path}"),
    )


COMPACTION: Item = {
    "id": "cmp_1",
    "object": "response.compaction",
    "created_at": 1,
    "output": [{"type": "compaction", "id": "cmp_2", "encrypted_content": "x"}],
    "usage": snapshot("completed")["usage"],
}

GOOD: dict[str, Callable[[], Exchange]] = {
    "a tool": broken(tooled(TOOL)),
    "a compaction": plain(COMPACTION),
}

SNAPSHOTS: dict[str, tuple[Mutation, ...]] = {
    "responses.response-missing": (
        Mutation("created", broken(hello, drop_key("created", "response")), frame=1),
        Mutation("null", broken(hello, put("in_progress", "response", None))),
        Mutation("at the end", broken(hello, drop_key("completed", "response"))),
    ),
    "responses.snapshot-key-missing": (
        Mutation("one", broken(hello, drop_key("completed", "response.prompt_cache_key"))),
        Mutation("one that clients need", broken(hello, drop_key("created", "response.id"))),
        Mutation(
            "of a plain answer, its object",
            plain({key: value for key, value in snapshot("completed").items() if key != "object"}),
        ),
        Mutation(
            "of a plain answer",
            plain({key: value for key, value in snapshot("completed").items() if key != "store"}),
        ),
    ),
    "responses.snapshot-client-key-missing": (
        Mutation("created_at", broken(hello, drop_key("created", "response.created_at")), frame=1),
        Mutation("output", broken(hello, drop_key("completed", "response.output"))),
    ),
    "responses.response-id-changes": (
        Mutation("at the end", broken(hello, put("completed", "response.id", "resp_2"))),
    ),
    "responses.snapshot-changes": (
        Mutation("the model", broken(hello, put("completed", "response.model", "m-2026-11-22"))),
        Mutation("created_at", broken(hello, put("in_progress", "response.created_at", 9))),
    ),
    "responses.early-output": (
        Mutation(
            "all of it",
            broken(hello, lambda e: e[0]["response"].update(output=e[-1]["response"]["output"])),
        ),
    ),
    "responses.incomplete-details": (
        Mutation(
            "none", broken(incomplete, put("incomplete", "response.incomplete_details", None))
        ),
        Mutation(
            "of what is complete",
            broken(hello, put("completed", "response.incomplete_details", {"reason": "x"})),
        ),
    ),
    "responses.error-details": (
        Mutation("none", broken(failed, put("failed", "response.error", None))),
        Mutation(
            "of what is complete",
            broken(hello, put("completed", "response.error", {"code": "x", "message": "y"})),
        ),
        Mutation(
            "of a plain answer",
            plain(snapshot("completed", error={"code": "x", "message": "y"})),
        ),
    ),
    "responses.incomplete-item-last": (
        Mutation(
            "the first of two",
            broken(
                lambda: answer(
                    message("msg_1", [output_text("Hello, wor")], "incomplete"),
                    message("msg_2", [output_text("Again.")]),
                    end="incomplete",
                    incomplete_details={"reason": "max_output_tokens"},
                )
            ),
        ),
    ),
    "responses.incomplete-item-response": (
        Mutation("completed", broken(hello, of_item("status", "incomplete"))),
        Mutation(
            "of a plain answer", plain(snapshot("completed", [message("msg_1", [], "incomplete")]))
        ),
    ),
    "responses.limit-not-told": (
        Mutation(
            "as the request says",
            broken(
                hello,
                asked=request({"max_output_tokens": 7}),
                after=everywhere_in_response("max_output_tokens", 7),
            ),
        ),
        Mutation(
            "as only the request says",
            broken(
                hello,
                lambda events: [
                    event["response"].pop("max_output_tokens")
                    for event in events
                    if "response" in event
                ],
                asked=request({"max_output_tokens": 7}),
                done=False,
            ),
            profile="openai",
        ),
        Mutation(
            "as the response says", broken(hello, everywhere_in_response("max_output_tokens", 7))
        ),
    ),
    "responses.usage-missing": (
        Mutation("null", broken(hello, put("completed", "response.usage", None))),
    ),
    "responses.usage-sum": (
        Mutation("one more", broken(hello, put("completed", "response.usage.total_tokens", 13))),
    ),
}

SCHEMA: dict[str, tuple[Mutation, ...]] = {
    "responses.event-schema": (
        Mutation(
            "logprobs in words", broken(hello, put("output_text.delta", "logprobs", "x")), frame=5
        ),
        Mutation("an index in words", broken(call, put("output_item.done", "output_index", "0"))),
        Mutation(
            "a number in words", broken(hello, after=put("completed", "sequence_number", "9"))
        ),
        Mutation(
            "a part without annotations",
            broken(hello, drop_key("content_part.done", "part.annotations")),
        ),
        Mutation("an error without message", broken(failed, drop_key("error", "error.message"))),
    ),
    "responses.item-schema": (
        Mutation("no role", broken(hello, drop_key("output_item.added", "item.role")), frame=3),
        Mutation(
            "a status that is none", broken(hello, put("output_item.added", "item.status", "x"))
        ),
        Mutation(
            "in the response", broken(call, put("completed", "response.output.0.call_id", None))
        ),
        Mutation("no id", broken(hello, drop_key("output_item.done", "item.id"))),
        Mutation(
            "a part in it",
            broken(hello, drop_key("completed", "response.output.0.content.0.annotations")),
        ),
    ),
    "responses.snapshot-schema": (
        Mutation("a temperature in words", broken(hello, put("completed", "response.top_p", "1"))),
        Mutation(
            "null where it must not be", broken(hello, everywhere_in_response("top_logprobs", None))
        ),
        Mutation(
            "a tool without strict", broken(tooled({k: TOOL[k] for k in TOOL if k != "strict"}))
        ),
        Mutation("of a plain answer", plain(snapshot("completed", metadata={}, store="yes"))),
        Mutation(
            "usage", broken(hello, drop_key("completed", "response.usage.input_tokens_details"))
        ),
    ),
    "responses.type-not-in-schema": (
        Mutation(
            "an annotation",
            broken(
                cited,
                lambda events: [
                    a.update(type="file_citation")
                    for a in (
                        next(e for e in events if "annotation" in e)["annotation"],
                        events[-3]["part"]["annotations"][0],
                        events[-2]["item"]["content"][0]["annotations"][0],
                    )
                ],
            ),
        ),
        Mutation(
            "a format", broken(hello, everywhere_in_response("text", {"format": {"type": "x"}}))
        ),
    ),
    "responses.compaction-schema": (
        Mutation("no output", plain({k: COMPACTION[k] for k in COMPACTION if k != "output"})),
        Mutation("an item", plain({**COMPACTION, "output": [{"type": "compaction", "id": "x"}]})),
    ),
    "responses.encrypted-content-null": (
        Mutation(
            "once", broken(thinking, put("output_item.added", "item.encrypted_content", None))
        ),
    ),
}

EXTENSIONS: dict[str, tuple[Mutation, ...]] = {
    "responses.extension-declared": (
        Mutation("an item and an event", broken(extended)),
        Mutation("a tool", broken(tooled({"type": "acme:search"}))),
    ),
    "responses.extension-undeclared": (
        Mutation("an item", broken(searched)),
        Mutation("a tool", broken(tooled({"type": "web_search"}))),
        Mutation(
            "an event", broken(hello, insert({"type": "keepalive"}, "content_part.done")), frame=8
        ),
        Mutation(
            "in a plain answer",
            plain(snapshot("completed", [{"type": "web_search_call", "id": "x", "status": "y"}])),
        ),
    ),
    "responses.extension-unknown": (
        Mutation("an event", broken(hello, insert({"type": "response.done"}, "completed"))),
        Mutation("a tool", broken(tooled({"type": "acme_search"}))),
        Mutation(
            "an item",
            broken(
                lambda: answer({"type": "acme_search", "id": "as_1", "status": "completed"}, *[])
            ),
        ),
    ),
    "responses.extension-item-incomplete": (
        Mutation("no status", broken(extended, without("status"))),
        Mutation("no id", broken(extended, both(without("id"), drop("acme:search.found")))),
    ),
    "responses.item-status-missing": (
        Mutation("reasoning", broken(thinking, without("status"))),
        Mutation("a compaction", broken(others, drop_key("completed", "response.output.1.status"))),
    ),
}

MUTATIONS = {**SNAPSHOTS, **SCHEMA, **EXTENSIONS}
