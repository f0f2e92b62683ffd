"""Good answers of Ollama, and each broken in the one way that a rule is about."""

from typing import Any, Final

from tests.cassettes.conformance.breaking_objects import (
    Form,
    Objects,
    again,
    drop,
    insert,
    json_lines,
    move,
    put,
    replace,
    without,
)
from tests.cassettes.conformance.mutations import Mutation

CHAT: Final = Form("ollama.chat", "ndjson", json_lines)
GENERATE: Final = Form("ollama.generate", "ndjson", json_lines)
WHOLE: Final = Form("ollama.chat", "json", json_lines)

ERROR: Final = {"error": "out of memory"}
COUNTS: Final = {
    "total_duration": 9,
    "load_duration": 1,
    "prompt_eval_count": 3,
    "prompt_eval_duration": 2,
    "eval_count": 2,
    "eval_duration": 6,
}


def line(**more: Any) -> dict[str, Any]:
    return {"model": "m", "created_at": "2026-01-01T00:00:00Z", **more, "done": False}


def said(**message: Any) -> dict[str, Any]:
    return line(message={"role": "assistant", "content": "", **message})


def last(one: dict[str, Any]) -> dict[str, Any]:
    return {**one, "done": True, "done_reason": "stop", **COUNTS}


def hello() -> Objects:
    return [said(thinking="Hm."), said(content="Hello"), said(content=" world"), last(said())]


def tools() -> Objects:
    function = {"name": "weather", "arguments": {"city": "Paris"}}
    return [said(tool_calls=[{"function": function}]), last(said())]


def generated() -> Objects:
    return [line(response="Hello"), line(response=" world"), last(line(response=""))]


def loaded() -> Objects:
    return [{**said(), "done": True, "done_reason": "load"}]


def drawn() -> Objects:
    return [line(completed=1, total=2), last(line(image="AAAA"))]


def asked(limit: int) -> dict[str, Any]:
    return {"options": {"num_predict": limit}}


GOOD = {
    "openai: Ollama, chat": CHAT.made(hello),
    "openai: Ollama, chat, whole": WHOLE.made(lambda: hello()[-1:]),
    "openai: Ollama, a tool": CHAT.made(tools),
    "openai: Ollama, generate": GENERATE.made(generated),
    "openai: Ollama, loaded": WHOLE.made(loaded),
    "openai: Ollama, an image": GENERATE.made(drawn),
    "openai: Ollama, cut off": CHAT.made(hello, drop(-1), ending="reset"),
    "openai: Ollama, below the limit": CHAT.made(hello, asked=asked(3)),
    "openai: Ollama, no limit": CHAT.made(hello, asked=asked(-1)),
    "openai: Ollama, at the limit": CHAT.made(
        hello, put(3, "done_reason", "length"), asked=asked(2)
    ),
}

_b = CHAT.broken
CALL: Final = "message.tool_calls.0.function"

MUTATIONS: dict[str, tuple[Mutation, ...]] = {
    "ollama.not-an-object": (
        _b("an array", hello, insert(1, "[1]"), frame=2),
        WHOLE.broken("a string", lambda: ['"no"'], frame=1),
    ),
    "ollama.key-missing": (
        _b("no model", hello, without(1, "model"), frame=2),
        _b("no time", hello, without(1, "created_at"), frame=2),
        _b("no done", hello, without(1, "done"), frame=2),
        GENERATE.broken("no response", generated, without(1, "response"), frame=2),
    ),
    "ollama.message-missing": (
        _b("missing", hello, without(1, "message"), frame=2),
        _b("a string", hello, put(1, "message", "Hello"), frame=2),
    ),
    "ollama.role-missing": (_b("missing", hello, without(1, "message.role"), frame=2),),
    "ollama.wrong-type": (
        _b("content", hello, put(1, "message.content", ["Hello"]), frame=2),
        _b("calls", tools, put(0, "message.tool_calls", {}), frame=1),
        _b("a count", hello, put(3, "eval_count", "two"), frame=4),
        _b("done", hello, put(1, "done", [False]), frame=2),
        GENERATE.broken("response", generated, put(1, "response", 1), frame=2),
    ),
    "ollama.arguments-not-an-object": (
        _b("a string", tools, put(0, f"{CALL}.arguments", "{}"), frame=1),
        _b("missing", tools, without(0, f"{CALL}.arguments"), frame=1),
    ),
    "ollama.tool-name-missing": (
        _b("missing", tools, without(0, f"{CALL}.name"), frame=1),
        _b("no function", tools, put(0, "message.tool_calls", [{"name": "weather"}]), frame=1),
    ),
    "ollama.model-changes": (_b("in the third", hello, put(2, "model", "n"), frame=3),),
    "ollama.done-missing": (
        _b("missing", hello, drop(3), frame=0),
        _b("nothing at all", hello, *[drop(0)] * 4, frame=0),
    ),
    "ollama.after-done": (
        _b("twice", hello, again(3), frame=5),
        _b("text", hello, move(3, 2), frame=4),
    ),
    "ollama.done-reason-missing": (_b("missing", hello, without(3, "done_reason"), frame=4),),
    "ollama.counts-missing": (
        _b("no tokens", hello, without(3, "eval_count"), frame=4),
        _b("no duration", hello, without(3, "total_duration"), frame=4),
    ),
    "ollama.limit-not-told": (_b("all used up", hello, asked=asked(2), frame=4),),
    "ollama.error-in-stream": (_b("in the place of the end", hello, replace(3, ERROR), frame=4),),
    "ollama.after-error": (_b("the rest", hello, insert(1, ERROR), frame=5),),
}
