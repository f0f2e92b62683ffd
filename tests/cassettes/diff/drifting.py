"""Answers to hold against one another: small streams of each kind, and what is done to them."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tests.interactions import make_interaction, make_request
from wiretape.cassettes.model import Headers, Interaction

Json = Any

HEADERS: Headers = (
    ("Content-Type", "text/event-stream; charset=utf-8"),
    ("Transfer-Encoding", "chunked"),
    ("openai-version", "2020-10-01"),
)


def event(kind: str, **members: Json) -> Json:
    """An event of Responses."""
    return {"type": kind, "sequence_number": 0, **members}


def part(kind: str, **members: Json) -> Json:
    """The same, of the first item."""
    return event(kind, output_index=0, item_id="msg_1", **members)


def answer() -> list[Json]:
    """A stream of Responses that says one thing."""
    response = {"id": "resp_1", "object": "response", "status": "in_progress", "output": []}
    item = {"type": "message", "id": "msg_1", "role": "assistant", "content": []}
    text = {"type": "output_text", "text": "", "annotations": []}
    done = {"input_tokens": 3, "output_tokens": 2}
    said = [
        event("response.created", response=response),
        event("response.in_progress", response=response),
        event("response.output_item.added", output_index=0, item=item),
        part("response.content_part.added", content_index=0, part=text),
        part("response.output_text.delta", content_index=0, delta="a"),
        part("response.output_text.delta", content_index=0, delta="b", obfuscation="xyz"),
        part("response.output_text.done", content_index=0, text="ab"),
        part("response.content_part.done", content_index=0, part={**text, "text": "ab"}),
        event("response.output_item.done", output_index=0, item={**item, "content": [text]}),
        event(
            "response.completed",
            response={**response, "status": "completed", "output": [item], "usage": done},
        ),
    ]
    copied: list[Json] = json.loads(json.dumps(said))  # no object in two places
    return copied


def streamed(
    events: Iterable[Json],
    *,
    named: bool = True,
    number: int = 1,
    asked: Mapping[str, Json] | None = None,
    headers: Headers = HEADERS,
    **more: Any,
) -> Interaction:
    """Events as a provider sends them, a read each."""
    body = json.dumps({"model": "m", "input": "hi", "stream": True, **(asked or {})})
    pieces = []
    for place, one in enumerate(events):
        line = f"event: {one['type']}\n" if named and isinstance(one, dict) else ""
        data = one if isinstance(one, str) else json.dumps(one)
        pieces.append((10 + place, f"{line}data: {data}\n\n".encode()))
    return make_interaction(
        pieces,
        number=number,
        request=make_request(body=body.encode()),
        headers=headers,
        **more,
    )


def chunk(delta: Json, finish: str | None = None, **members: Json) -> Json:
    """A chunk of Chat Completions."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c1", "object": "chat.completion.chunk", "choices": [choice], **members}


def chat(*chunks: Json, done: bool = True, **more: Any) -> Interaction:
    """A stream of them, with its sentinel."""
    made = streamed([*chunks, "[DONE]"] if done else chunks, named=False, **more)
    request = make_request(target="/v1/chat/completions", body=made.request.body)
    return make_interaction(
        [(10, made.response.body if made.response else b"")], request=request, headers=HEADERS
    )
