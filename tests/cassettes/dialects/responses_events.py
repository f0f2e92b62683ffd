"""Events of the Responses API made by hand, shorter than the real ones."""

from collections.abc import Sequence
from typing import Any

Json = Any
Event = dict[str, Json]


def response(status: str, output: Sequence[Json] = (), **more: Json) -> Event:
    """A response object."""
    base = {"id": "resp_1", "object": "response", "created_at": 7, "model": "m", "status": status}
    return {**base, "output": list(output), **more}


def created() -> Event:
    return {"type": "response.created", "response": response("in_progress")}


def completed(*output: Json, **more: Json) -> Event:
    return {"type": "response.completed", "response": response("completed", output, **more)}


def added(index: int, item: Event) -> Event:
    return {"type": "response.output_item.added", "output_index": index, "item": item}


def done(index: int, item: Event) -> Event:
    return {"type": "response.output_item.done", "output_index": index, "item": item}


def about(event: str, index: int, item_id: str = "", **more: Json) -> Event:
    """An event about an item: `response.` and what it is called."""
    base = {"type": f"response.{event}", "output_index": index}
    return {**base, **({"item_id": item_id} if item_id else {}), **more}


def message(*texts: str, item_id: str = "msg_1", **more: Json) -> Event:
    content = [{"type": "output_text", "text": text, "annotations": []} for text in texts]
    base = {"id": item_id, "type": "message", "role": "assistant", "status": "completed"}
    return {**base, "content": content, **more}


def reasoning(*summary: str, item_id: str = "rs_1", **more: Json) -> Event:
    told = [{"type": "summary_text", "text": text} for text in summary]
    return {"id": item_id, "type": "reasoning", "summary": told, **more}


def call(arguments: str = "", item_id: str = "fc_1", **more: Json) -> Event:
    base = {"id": item_id, "type": "function_call", "call_id": "call_1", "name": "weather"}
    return {**base, "arguments": arguments, "status": "completed", **more}


def text_events(index: int, item_id: str, *pieces: str, content: int = 0) -> list[Event]:
    """A text as OpenAI streams it."""
    where: dict[str, Any] = {"index": index, "item_id": item_id, "content_index": content}
    whole = "".join(pieces)
    return [
        about("content_part.added", **where, part={"type": "output_text", "text": ""}),
        *(about("output_text.delta", **where, delta=piece, logprobs=[]) for piece in pieces),
        about("output_text.done", **where, text=whole, logprobs=[]),
        about("content_part.done", **where, part={"type": "output_text", "text": whole}),
    ]


def arguments_events(index: int, item_id: str, *pieces: str) -> list[Event]:
    """The arguments of a function call as OpenAI streams them."""
    deltas = [
        about("function_call_arguments.delta", index, item_id, delta=piece, obfuscation="x")
        for piece in pieces
    ]
    whole = "".join(pieces)
    return [*deltas, about("function_call_arguments.done", index, item_id, arguments=whole)]
