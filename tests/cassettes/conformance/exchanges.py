"""Exchanges for tests of rules: from the bytes of a body, or from the events of a stream."""

import json
from collections.abc import Sequence
from typing import Any

from tests.interactions import make_interaction, make_request
from wiretape.cassettes.conformance.rule import Exchange
from wiretape.cassettes.dialects.delta import Delta
from wiretape.cassettes.framing.decoding import frames_in
from wiretape.cassettes.framing.frame import Framing
from wiretape.cassettes.model import EndingKind, Headers, Request

CONTENT_TYPES: dict[Framing, str] = {
    "sse": "text/event-stream",
    "json": "application/json",
    "json_array": "application/json",
    "ndjson": "application/x-ndjson",
    "eventstream": "application/vnd.amazon.eventstream",
}


def exchange(
    body: bytes,
    *,
    api: str = "openai.responses",
    framing: Framing = "sse",
    content_type: str | None = None,
    status: int = 200,
    ending: EndingKind = "complete",
    request: Request | None = None,
    deltas: Sequence[Delta] = (),
) -> Exchange:
    """The body as it came in one read, 10 ms after the request."""
    content_type = CONTENT_TYPES.get(framing, "") if content_type is None else content_type
    headers: Headers = (("Content-Type", content_type),) if content_type else ()
    interaction = make_interaction(
        [(10, body)],
        request=request or make_request(),
        status=status,
        headers=headers,
        ending=ending,
    )
    frames = tuple(frames_in(framing, [(body, 10_000_000)]))
    return Exchange(interaction, api, framing, frames, tuple(deltas))


def sse(events: Sequence[dict[str, Any]], *, done: bool = True) -> bytes:
    """Events as Responses streams have them: `event:` is their type; `[DONE]` where asked for."""
    blocks = [
        f"event: {event['type']}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n"
        for event in events
    ]
    return "".join([*blocks, "data: [DONE]\n\n" if done else ""]).encode()
