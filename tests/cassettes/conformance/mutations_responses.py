"""Responses: frames, their numbers, the course of the response, errors and the request."""

import json
from collections.abc import Callable
from typing import Any

from tests.cassettes.conformance import responses_answers as answers
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
    put,
    request,
    rewritten,
    stream_of,
)
from tests.cassettes.conformance.exchanges import exchange, sse
from tests.cassettes.conformance.mutations import Mutation
from tests.cassettes.conformance.responses_answers import (
    Event,
    failed,
    hello,
    incomplete,
    lifecycle,
    message,
    numbered,
    output_text,
    snapshot,
)
from tests.interactions import make_request
from wiretape.cassettes.conformance.rule import Exchange

DELTA = "output_text.delta"

Made = Callable[[], Exchange]


def renamed(before: str, after: str) -> Break:
    """Give events another type."""

    def change(events: list[Event]) -> None:
        for event in events:
            event["type"] = event["type"].replace(before, after)

    return change


def without_lines(body: bytes) -> bytes:
    return b"".join(line for line in body.splitlines(True) if not line.startswith(b"event:"))


def plain(body: Any, status: int = 200, **more: Any) -> Made:
    """A plain answer."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda: exchange(data, framing="json", status=status, request=request(), **more)


def socket(*messages: dict[str, Any]) -> Made:
    """Text messages of a WebSocket, as a server sends them."""

    def frame(data: bytes) -> bytes:
        size = len(data)
        length = bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2, "big")
        return b"\x81" + length + data

    body = b"".join(frame(json.dumps(one).encode()) for one in messages)
    return lambda: exchange(body, framing="websocket", request=request())


def resumed(change: Break = lambda events: None) -> Made:
    """The end of an answer, from its event 4 on."""

    def made() -> Exchange:
        events = numbered(hello())[4:]
        change(events)
        asked = make_request("GET", "/v1/responses/resp_1?stream=true&starting_after=3", body=b"")
        return exchange(sse(events), request=asked)

    return made


DONE_MESSAGE = message("msg_1", [output_text("Hello.")])
HTTP_ERROR = {
    "error": {"message": "no", "type": "invalid_request", "param": None, "code": "model_not_found"}
}
SOCKET_ERROR = {
    "type": "error",
    "status": 400,
    "error": {"code": "previous_response_not_found", "message": "no", "type": "invalid_request"},
}

GOOD: dict[str, Made] = {
    **{name: broken(good) for name, good in answers.GOOD.items()},
    "openai: no [DONE]": broken(hello, done=False),
    "openai: a keepalive": broken(
        hello, insert({"type": "keepalive"}, "content_part.done"), done=False
    ),
    "openai: raw reasoning under its name there": broken(
        answers.thinking, renamed("response.reasoning.", "response.reasoning_text."), done=False
    ),
    "openai: an error, its details beside its type, and nothing after it": broken(
        lambda: hello()[:4],
        insert({"type": "error", "code": "boom", "message": "it broke"}),
        done=False,
    ),
    "sdk: no event lines": rewritten(hello, without_lines),
    "sdk: no numbers": broken(hello, after=everywhere("sequence_number")),
    "cut off, and nothing said of what is missing": lambda: stream_of(
        numbered(hello()[:6]), done=False, ending="cut"
    ),
    "resumed": resumed(),
    "a plain answer": plain(snapshot("completed", [DONE_MESSAGE])),
    "an error status": plain(HTTP_ERROR, 400),
    "two responses on a WebSocket": socket(*numbered(hello()), *numbered(hello())),
    "an error on a WebSocket": socket(SOCKET_ERROR),
}


def one(words: str, made: Made, **more: Any) -> tuple[Mutation, ...]:
    return (Mutation(words, made, **more),)


FRAMES: dict[str, tuple[Mutation, ...]] = {
    "responses.content-type": (
        Mutation("a stream as JSON", broken(hello, content_type="application/json")),
        Mutation("a stream as text", broken(hello, content_type="text/plain; charset=utf-8")),
        Mutation("no content type", broken(hello, content_type="")),
        Mutation(
            "a plain answer as a stream",
            plain(snapshot("completed", [DONE_MESSAGE]), content_type="text/event-stream"),
        ),
    ),
    "responses.not-json": (
        Mutation(
            "a frame more that is no JSON",
            rewritten(hello, lambda body: b"data: {oops\n\n" + body),
            frame=1,
        ),
    ),
    "responses.not-an-object": (
        Mutation("a frame more that is an array", rewritten(hello, lambda b: b"data: []\n\n" + b)),
        Mutation("a frame more that is null", rewritten(hello, lambda b: b"data: null\n\n" + b)),
    ),
    "responses.type-missing": (
        Mutation(
            "an error as of Chat Completions, and the end",
            rewritten(
                lambda: hello()[:5], lambda b: b + b'data: {"error": {"code": 500}}\n\n', done=False
            ),
            profile="sdk",
        ),
        Mutation(
            "a delta without type",
            rewritten(
                hello, lambda body: body.replace(b'"type": "response.output_text.delta", ', b"", 1)
            ),
            frame=5,
        ),
        Mutation(
            "a type that is a number",
            rewritten(
                hello,
                lambda body: body.replace(b'"type": "response.output_text.delta"', b'"type": 1', 1),
            ),
        ),
    ),
    "responses.event-line-missing": (
        Mutation("none at all", rewritten(hello, without_lines)),
        Mutation(
            "one is missing",
            rewritten(hello, lambda b: b.replace(b"event: response.output_text.done\n", b"", 1)),
        ),
    ),
    "responses.event-line-differs": one(
        "that of another event",
        rewritten(hello, lambda b: b.replace(b"event: response.output_text.done", b"event: x", 1)),
    ),
    "responses.id-line": one(
        "an id", rewritten(hello, lambda b: b.replace(b"event:", b"id: 7\nevent:", 1)), frame=1
    ),
    "responses.sequence-missing": (
        Mutation("everywhere", broken(hello, after=everywhere("sequence_number"))),
        Mutation("once", broken(hello, after=drop_key(DELTA, "sequence_number")), frame=5),
        Mutation("at the start", broken(hello, after=drop_key("created", "sequence_number"))),
    ),
    "responses.sequence-order": (
        Mutation("a number twice", broken(hello, after=put(DELTA, "sequence_number", 3))),
        Mutation("a step back", broken(hello, after=put(DELTA, "sequence_number", 1)), frame=5),
        Mutation("below zero", broken(hello, after=put("completed", "sequence_number", -1))),
        Mutation(
            "one number for all", broken(hello, after=everywhere("sequence_number", 0)), frame=2
        ),
    ),
    "responses.sequence-gap": (
        Mutation("one that leaps", broken(hello, after=put(DELTA, "sequence_number", 99)), frame=5),
        Mutation(
            "all from one on",
            broken(
                hello,
                after=lambda events: [
                    event.update(sequence_number=event["sequence_number"] + 2)
                    for event in events[5:]
                ],
            ),
            frame=6,
        ),
        Mutation("in the rest of an answer", resumed(drop(DELTA, -1))),
    ),
    "responses.sequence-start": one(
        "from 1",
        broken(
            hello,
            after=lambda events: [
                event.update(sequence_number=event["sequence_number"] + 1) for event in events
            ],
        ),
        frame=1,
    ),
}

COURSE: dict[str, tuple[Mutation, ...]] = {
    "responses.created-first": (
        Mutation("left out", broken(hello, drop("created")), frame=1),
        Mutation("after in_progress", broken(hello, move("in_progress", "created")), frame=1),
    ),
    "responses.lifecycle-order": (
        Mutation("created twice", broken(hello, again("created")), frame=2),
        Mutation("in_progress twice", broken(hello, again("in_progress"))),
        Mutation("in_progress after an item", broken(hello, move("in_progress", DELTA)), frame=4),
        Mutation(
            "queued after in_progress",
            broken(answers.background, move("in_progress", "queued")),
        ),
    ),
    "responses.queued-then-in-progress": (
        Mutation("an item at once", broken(answers.background, drop("in_progress"))),
        Mutation("in_progress too late", broken(answers.background, move("in_progress", DELTA))),
    ),
    "responses.in-progress-missing": one("left out", broken(hello, drop("in_progress"))),
    "responses.terminal-missing": (
        Mutation("left out", broken(hello, drop("completed"))),
        Mutation("half of it", broken(lambda: hello()[:5])),
    ),
    "responses.terminal-twice": (
        Mutation("the same again", broken(hello, again("completed"))),
        Mutation("another", broken(incomplete, insert(lifecycle("completed")))),
    ),
    "responses.after-terminal": (
        Mutation("an item is done", broken(hello, insert(hello()[-2]))),
        Mutation("a snapshot", broken(hello, insert(lifecycle("in_progress"))), frame=11),
    ),
    "responses.error-then-failed": (
        Mutation("the end", broken(failed, drop("failed"))),
        Mutation(
            "it is completed",
            broken(
                hello,
                insert(
                    {
                        "type": "error",
                        "error": {
                            "type": "server_error",
                            "code": None,
                            "message": "x",
                            "param": None,
                        },
                    },
                    "completed",
                ),
            ),
        ),
    ),
    "responses.status-differs": (
        Mutation(
            "completed, yet incomplete",
            broken(
                incomplete,
                lambda events: events[-1].update(type="response.completed"),
            ),
        ),
        Mutation(
            "in progress for good",
            broken(hello, put("completed", "response.status", "in_progress")),
        ),
        Mutation("created and done", broken(hello, put("created", "response.status", "completed"))),
        Mutation(
            "in_progress, yet queued",
            broken(hello, put("in_progress", "response.status", "queued")),
        ),
    ),
    "responses.done-missing": one("left out", broken(hello, done=False)),
    "responses.done-present": one("there it is", broken(hello)),
    "responses.after-done": (
        Mutation("twice", rewritten(hello, lambda body: body + b"data: [DONE]\n\n"), 12),
        Mutation(
            "before the end",
            lambda: exchange(sse(numbered(hello())) + sse(numbered(hello())[:1], done=False)),
            12,
        ),
    ),
}

ERRORS: dict[str, tuple[Mutation, ...]] = {
    "responses.error-flat": one(
        "beside the type",
        broken(
            failed,
            both(
                drop_key("error", "error"), put("error", "message", "x"), put("error", "code", "y")
            ),
        ),
    ),
    "responses.error-nested": one("in `error`", broken(failed, done=False)),
    "responses.error-type": (
        Mutation("OpenAI's", broken(failed, put("error", "error.type", "invalid_request_error"))),
        Mutation("in a body", plain({"error": {**HTTP_ERROR["error"], "type": "invalid"}}, 400)),
    ),
    "responses.error-body": (
        Mutation("words", plain({"error": "no"}, 500)),
        Mutation("FastAPI's", plain({"detail": "no"}, 422)),
        Mutation("no JSON", plain(b"<html>", 502)),
        Mutation(
            "without param",
            plain({"error": {"message": "a", "type": "server_error", "code": 1}}, 500),
        ),
    ),
    "responses.socket-error": (
        Mutation("no status", socket({**SOCKET_ERROR, "status": None})),
        Mutation(
            "OpenAI's form of a stream", socket({"type": "error", "code": "x", "message": "y"})
        ),
    ),
}

REQUESTS: dict[str, tuple[Mutation, ...]] = {
    "responses.request-not-json": one(
        "a form",
        lambda: stream_of(
            numbered(hello()),
            asked=request(headers=(("Content-Type", "application/x-www-form-urlencoded"),)),
        ),
        frame=0,
    ),
    "responses.request-reasoning-content": one(
        "sent back",
        lambda: stream_of(
            numbered(hello()),
            asked=request(
                {"input": [answers.reasoning("rs_0", [], [answers.reasoning_text("x")])]}
            ),
        ),
    ),
    "responses.request-messages": one(
        "messages",
        lambda: stream_of(
            numbered(hello()), asked=make_request(body=b'{"model": "m", "messages": []}')
        ),
    ),
    "responses.echo-differs": (
        Mutation("another temperature", broken(hello, put("completed", "response.temperature", 1))),
        Mutation(
            "not stored",
            lambda: stream_of(numbered(hello()), asked=request({"store": False})),
        ),
    ),
}

MUTATIONS = {**FRAMES, **COURSE, **ERRORS, **REQUESTS}
