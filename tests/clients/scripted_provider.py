"""A small provider that speaks three dialects, and does what the model's name says.

    good      answers: text, a tool call, usage; reasoning in Chat and Messages
    limited   429 with Retry-After and rate limits at first, then `good`
    down      502 with a page of HTML
    breaks    a stream that turns into an error half way; whole: a 500 in JSON
    cut       a connection that is closed half way

Any other model is `good`. A real server on loopback. The order of events and their fields are
those of the providers' documentation. Knows nothing of wiretape.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

Event = tuple[str, Any]
"""Its name, empty where it has none, and its data."""

RATE_LIMITS = {
    "Retry-After": "1",
    "Retry-After-Ms": "1",
    "X-RateLimit-Limit-Requests": "60",
    "X-RateLimit-Remaining-Requests": "0",
    "anthropic-ratelimit-requests-remaining": "0",
}
ARGUMENTS = ('{"city":', ' "Orléans"}')
TEXT = ("He", "llo, ", "wörld ", "😀", "\n")


def chat_events(model: str) -> list[Event]:
    """Chat Completions: a chunk a piece, the usage in one of its own."""

    def chunk(delta: dict[str, Any] | None, finish: str | None = None, **more: Any) -> Event:
        choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
        return "", {**_chat_head(model, "chat.completion.chunk"), "choices": choices, **more}

    def tool(**call: Any) -> Event:
        return chunk({"tool_calls": [{"index": 0, **call}]})

    return [
        chunk({"role": "assistant", "content": ""}),
        chunk({"reasoning_content": "They greet."}),
        *(chunk({"content": piece}) for piece in TEXT),
        tool(id="call_1", type="function", function={"name": "weather", "arguments": ""}),
        *(tool(function={"arguments": piece}) for piece in ARGUMENTS),
        chunk({}, "tool_calls"),
        chunk(None, usage=_CHAT_USAGE),
        ("", "[DONE]"),
    ]


def chat_whole(model: str) -> dict[str, Any]:
    call = {"name": "weather", "arguments": "".join(ARGUMENTS)}
    message = {
        "role": "assistant",
        "content": "".join(TEXT),
        "tool_calls": [{"id": "call_1", "type": "function", "function": call}],
    }
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    head = _chat_head(model, "chat.completion")
    return {**head, "choices": [choice], "usage": _CHAT_USAGE}


_CHAT_USAGE = {"prompt_tokens": 3, "completion_tokens": 9, "total_tokens": 12}


def _chat_head(model: str, kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1_780_000_000, "model": model}


def responses_events(model: str) -> list[Event]:
    """Responses: every event is named, numbered, and says where in the output it belongs."""
    text_at = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    call_at = {"item_id": "fc_1", "output_index": 1}
    whole = responses_whole(model)
    message, call = whole["output"]
    part = message["content"][0]
    begun = {**whole, "status": "in_progress", "output": [], "usage": None}
    events: list[tuple[str, dict[str, Any]]] = [
        ("created", {"response": begun}),
        ("in_progress", {"response": begun}),
        ("output_item.added", {"output_index": 0, "item": {**message, "content": []}}),
        ("content_part.added", {**text_at, "part": {**part, "text": ""}}),
        *(("output_text.delta", {**text_at, "delta": piece, "logprobs": []}) for piece in TEXT),
        ("output_text.done", {**text_at, "text": part["text"], "logprobs": []}),
        ("content_part.done", {**text_at, "part": part}),
        ("output_item.done", {"output_index": 0, "item": message}),
        ("output_item.added", {"output_index": 1, "item": {**call, "arguments": ""}}),
        *(("function_call_arguments.delta", {**call_at, "delta": piece}) for piece in ARGUMENTS),
        ("function_call_arguments.done", {**call_at, "arguments": call["arguments"]}),
        ("output_item.done", {"output_index": 1, "item": call}),
        ("completed", {"response": whole}),
    ]
    return [
        (f"response.{name}", {"type": f"response.{name}", "sequence_number": number, **fields})
        for number, (name, fields) in enumerate(events)
    ]


def responses_whole(model: str) -> dict[str, Any]:
    part = {"type": "output_text", "text": "".join(TEXT), "annotations": [], "logprobs": []}
    message = {
        "type": "message",
        "id": "msg_1",
        "status": "completed",
        "role": "assistant",
        "content": [part],
    }
    call = {
        "type": "function_call",
        "id": "fc_1",
        "call_id": "call_1",
        "status": "completed",
        "name": "weather",
        "arguments": "".join(ARGUMENTS),
    }
    usage = {
        "input_tokens": 3,
        "output_tokens": 9,
        "total_tokens": 12,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    }
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1_780_000_000,
        "model": model,
        "status": "completed",
        "error": None,
        "tools": [],
        "tool_choice": "auto",
        "parallel_tool_calls": True,
        "output": [message, call],
        "usage": usage,
    }


def messages_events(model: str) -> list[Event]:
    """Messages: blocks that open, grow and close, and a ping in between."""

    def grow(index: int, **delta: str) -> dict[str, Any]:
        return {"type": "content_block_delta", "index": index, "delta": delta}

    def block(index: int, block: dict[str, Any], *deltas: dict[str, Any]) -> list[dict[str, Any]]:
        opened = {"type": "content_block_start", "index": index, "content_block": block}
        return [opened, *deltas, {"type": "content_block_stop", "index": index}]

    whole = messages_whole(model)
    thinking, text, tool = whole["content"]
    begun = {**whole, "content": [], "stop_reason": None}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": begun},
        {"type": "ping"},
        *block(
            0,
            {**thinking, "thinking": "", "signature": ""},
            grow(0, type="thinking_delta", thinking=thinking["thinking"]),
            grow(0, type="signature_delta", signature=thinking["signature"]),
        ),
        *block(1, {**text, "text": ""}, *(grow(1, type="text_delta", text=t) for t in TEXT)),
        *block(
            2,
            {**tool, "input": {}},
            *(grow(2, type="input_json_delta", partial_json=piece) for piece in ("", *ARGUMENTS)),
        ),
        {
            "type": "message_delta",
            "usage": {"output_tokens": 9},
            "delta": {"stop_reason": "tool_use", "stop_sequence": None},
        },
        {"type": "message_stop"},
    ]
    return [(str(event["type"]), event) for event in events]


def messages_whole(model: str) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [
            {"type": "thinking", "thinking": "They greet.", "signature": "c2lnbmVk"},
            {"type": "text", "text": "".join(TEXT)},
            {
                "type": "tool_use",
                "id": "toolu_1",
                "name": "weather",
                "input": json.loads("".join(ARGUMENTS)),
            },
        ],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": {"input_tokens": 3, "output_tokens": 9},
    }


_SCRIPTS = {
    "/v1/chat/completions": (chat_events, chat_whole),
    "/v1/responses": (responses_events, responses_whole),
    "/v1/messages": (messages_events, messages_whole),
}


def error_of(path: str, kind: str, message: str) -> dict[str, Any]:
    """The error as the dialect of the path words it."""
    error = {"type": kind, "message": message}
    if path == "/v1/messages":
        return {"type": "error", "error": error, "request_id": "req_1"}
    return {"error": {**error, "param": None, "code": kind}}


def sse(event: Event) -> bytes:
    name, data = event
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return (f"event: {name}\n" if name else "").encode() + f"data: {text}\n\n".encode()


class _Provider:
    """Answers, and keeps in mind who was turned away before."""

    def __init__(self) -> None:
        self._limited: set[bytes] = set()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        model, body = asked["model"], await request.read()
        if model == "limited" and body not in self._limited:
            self._limited.add(body)
            error = error_of(request.path, "rate_limit_error", "Slow down")
            return web.json_response(error, status=429, headers=RATE_LIMITS)
        if model == "down":
            return web.Response(status=502, text="<h1>502</h1>", content_type="text/html")
        if asked.get("stream"):
            return await self._stream(request, model)
        if model == "breaks":
            error = error_of(request.path, "server_error", "It broke")
            return web.json_response(error, status=500)
        return await self._whole(request, model)

    async def _whole(self, request: web.Request, model: str) -> web.StreamResponse:
        body = json.dumps(_SCRIPTS[request.path][1](model)).encode()
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        response.content_length = len(body)
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
        return await self._end(request, response, body[len(body) // 2 :], cut=model == "cut")

    async def _stream(self, request: web.Request, model: str) -> web.StreamResponse:
        events = _SCRIPTS[request.path][0](model)
        if model == "breaks":
            error = error_of(request.path, "overloaded_error", "Too much at once")
            name = "error" if request.path == "/v1/messages" else ""
            events = [*events[: len(events) // 2], (name, error)]
        if model == "cut":
            events = events[: len(events) // 2]
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b": a comment\n\n")
        for event in events:
            await response.write(sse(event))
            await asyncio.sleep(0)  # so that the next one is, as a rule, another read
        return await self._end(request, response, b"", cut=model == "cut")

    async def _end(
        self, request: web.Request, response: web.StreamResponse, rest: bytes, *, cut: bool
    ) -> web.StreamResponse:
        if cut:
            assert request.transport is not None
            request.transport.close()
        else:
            await response.write_eof(rest)
        return response


@asynccontextmanager
async def scripted_provider() -> AsyncIterator[str]:
    """Run the provider. Gives its URL."""
    app = web.Application()
    app.router.add_post("/{path:.*}", _Provider().answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
