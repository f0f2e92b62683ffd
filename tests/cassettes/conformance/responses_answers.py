"""Good Responses answers, event by event, legal by both texts of Open Responses.

Each function gives fresh events, without sequence numbers: `numbered` adds them, so that a test
may leave one out first.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any

Event = dict[str, Any]
Item = dict[str, Any]

REQUEST: dict[str, Any] = {"model": "m", "input": "hi", "stream": True, "temperature": 0.5}

ANNOTATIONS = [
    {
        "type": "url_citation",
        "url": f"https://example.com/{n}",
        "title": "t",
        "start_index": 0,
        "end_index": 3,
    }
    for n in range(2)
]


def snapshot(status: str = "in_progress", output: Iterable[Item] = (), **changes: Any) -> Item:
    """A response object with all 31 keys."""
    usage = {
        "input_tokens": 5,
        "output_tokens": 7,
        "total_tokens": 12,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    }
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "completed_at": 2 if status == "completed" else None,
        "status": status,
        "incomplete_details": None,
        "model": "m",
        "previous_response_id": None,
        "instructions": None,
        "output": list(output),
        "error": None,
        "tools": [],
        "tool_choice": "auto",
        "truncation": "disabled",
        "parallel_tool_calls": True,
        "text": {"format": {"type": "text"}},
        "top_p": 1.0,
        "presence_penalty": 0.0,
        "frequency_penalty": 0.0,
        "top_logprobs": 0,
        "temperature": 0.5,
        "reasoning": None,
        "usage": usage if status in ("completed", "incomplete") else None,
        "max_output_tokens": None,
        "max_tool_calls": None,
        "store": True,
        "background": False,
        "service_tier": "default",
        "metadata": {},
        "safety_identifier": None,
        "prompt_cache_key": None,
        **changes,
    }


def lifecycle(name: str, status: str = "", output: Iterable[Item] = (), **changes: Any) -> Event:
    return {"type": f"response.{name}", "response": snapshot(status or name, output, **changes)}


def output_text(text: str, annotations: Iterable[Item] = ()) -> Item:
    return {"type": "output_text", "text": text, "annotations": list(annotations)}


def refusal(text: str) -> Item:
    return {"type": "refusal", "refusal": text}


def reasoning_text(text: str) -> Item:
    return {"type": "reasoning_text", "text": text}


def summary_text(text: str) -> Item:
    return {"type": "summary_text", "text": text}


def message(name: str, parts: Iterable[Item], status: str = "completed") -> Item:
    return {
        "type": "message",
        "id": name,
        "status": status,
        "role": "assistant",
        "content": list(parts),
    }


def function_call(name: str, arguments: str, status: str = "completed") -> Item:
    return {
        "type": "function_call",
        "id": name,
        "call_id": f"call_{name}",
        "name": "weather",
        "arguments": arguments,
        "status": status,
    }


def reasoning(
    name: str, summary: Iterable[Item], content: Iterable[Item] = (), status: str = "completed"
) -> Item:
    return {
        "type": "reasoning",
        "id": name,
        "status": status,
        "summary": list(summary),
        "content": list(content),
        "encrypted_content": "opaque",
    }


_NAMES = {
    "output_text": "response.output_text",
    "refusal": "response.refusal",
    "reasoning_text": "response.reasoning",
    "summary_text": "response.reasoning_summary_text",
}


def streamed_part(item: Item, index: int, part: Item, at: int) -> list[Event]:
    """added, two deltas, the annotations, the text's done, done."""
    summary = part["type"] == "summary_text"
    where = {
        "item_id": item["id"],
        "output_index": index,
        ("summary_index" if summary else "content_index"): at,
    }
    kind = "response.reasoning_summary_part" if summary else "response.content_part"
    name = _NAMES[part["type"]]
    field = "refusal" if part["type"] == "refusal" else "text"
    text = part[field]
    half = len(text) // 2
    empty = {**part, field: "", **({"annotations": []} if "annotations" in part else {})}
    return [
        {"type": f"{kind}.added", **where, "part": empty},
        {"type": f"{name}.delta", **where, "delta": text[:half]},
        {"type": f"{name}.delta", **where, "delta": text[half:]},
        *(
            {
                "type": "response.output_text.annotation.added",
                **where,
                "annotation_index": n,
                "annotation": annotation,
            }
            for n, annotation in enumerate(part.get("annotations", ()))
        ),
        {"type": f"{name}.done", **where, field: text},
        {"type": f"{kind}.done", **where, "part": part},
    ]


def streamed(item: Item, index: int) -> list[Event]:
    """All events of an item."""
    status = {"status": "in_progress"}
    events: list[Event] = []
    added = {**item, **status}
    if item["type"] == "function_call":
        added["arguments"] = ""
        half = len(item["arguments"]) // 2
        where = {"item_id": item["id"], "output_index": index}
        name = "response.function_call_arguments"
        events += [
            {"type": f"{name}.delta", **where, "delta": item["arguments"][:half]},
            {"type": f"{name}.delta", **where, "delta": item["arguments"][half:]},
            {"type": f"{name}.done", **where, "arguments": item["arguments"]},
        ]
    for space in ("summary", "content"):
        if space in item:
            added[space] = []
            for at, part in enumerate(item[space]):
                events += streamed_part(item, index, part, at)
    if item["type"] in ("compaction", "function_call_output"):
        added = item
    return [
        {"type": "response.output_item.added", "output_index": index, "item": added},
        *events,
        {"type": "response.output_item.done", "output_index": index, "item": item},
    ]


def answer(
    *items: Item, end: str = "completed", queued: bool = False, **changes: Any
) -> list[Event]:
    """A stream of items one after the other."""
    asked: dict[str, Any] = {"background": True} if queued else {}
    return [
        lifecycle("created", "queued" if queued else "in_progress", **asked),
        *([lifecycle("queued", **asked)] if queued else []),
        lifecycle("in_progress", **asked),
        *(event for index, item in enumerate(items) for event in streamed(item, index)),
        lifecycle(end, output=items, **asked, **changes),
    ]


def hello() -> list[Event]:
    """One message of one part."""
    return answer(message("msg_1", [output_text("Hello, world!")]))


def two_parts() -> list[Event]:
    """A message with a text and a refusal."""
    return answer(message("msg_1", [output_text("Hello, world!"), refusal("No more of it.")]))


def thinking() -> list[Event]:
    """Reasoning, raw and with a summary of two parts, then a message."""
    thought = reasoning(
        "rs_1",
        [summary_text("First this."), summary_text("Then that.")],
        [reasoning_text("Let me see, and see again.")],
    )
    return answer(thought, message("msg_1", [output_text("Forty-two.")]))


def call() -> list[Event]:
    """One function call."""
    return answer(function_call("fc_1", '{"city": "Berlin"}'))


def two_calls() -> list[Event]:
    """Two function calls whose events interleave."""
    one, other = function_call("fc_1", '{"city": "Berlin"}'), function_call("fc_2", '{"n": 1}')
    first, second = streamed(one, 0), streamed(other, 1)
    mixed = [event for pair in zip(first, second, strict=True) for event in pair]
    plain = answer(one, other)
    return [*plain[:2], *mixed, plain[-1]]


def cited() -> list[Event]:
    """A message with two annotations."""
    return answer(message("msg_1", [output_text("See there.", ANNOTATIONS)]))


def background() -> list[Event]:
    """Queued first."""
    return answer(message("msg_1", [output_text("Hello, world!")]), queued=True)


def incomplete() -> list[Event]:
    """Cut off by the token limit."""
    half = message("msg_1", [output_text("Hello, wor")], "incomplete")
    return answer(half, end="incomplete", incomplete_details={"reason": "max_output_tokens"})


def failed() -> list[Event]:
    """An error in the middle of a message."""
    events = hello()[:4]
    error = {"type": "server_error", "code": "boom", "message": "it broke", "param": None}
    return [
        *events,
        {"type": "error", "error": error},
        lifecycle("failed", error={"code": "boom", "message": "it broke"}),
    ]


def others() -> list[Event]:
    """The items that have no events of their own but added and done."""
    return answer(
        {
            "type": "function_call_output",
            "id": "fco_1",
            "call_id": "call_1",
            "output": "sunny",
            "status": "completed",
        },
        {"type": "compaction", "id": "cmp_1", "encrypted_content": "x", "status": "completed"},
    )


def unshared(events: Iterable[Event]) -> list[Event]:
    """Copies in which no value stands in two places."""
    copies: list[Event] = json.loads(json.dumps(list(events)))
    return copies


def numbered(events: Iterable[Event]) -> list[Event]:
    """With `sequence_number` 0, 1, 2 and so on."""
    return [{**event, "sequence_number": n} for n, event in enumerate(events)]


GOOD: dict[str, Callable[[], list[Event]]] = {
    "a message": hello,
    "two parts, one of them a refusal": two_parts,
    "reasoning with a summary": thinking,
    "a function call": call,
    "two calls that interleave": two_calls,
    "annotations": cited,
    "queued, in the background": background,
    "incomplete": incomplete,
    "failed": failed,
    "a tool's output and a compaction": others,
}
