"""Good streams of Chat Completions, and each broken in the one way that a rule is about."""

from typing import Any, Final

from tests.cassettes.conformance.breaking_objects import (
    Form,
    Objects,
    add,
    again,
    data_lines,
    drop,
    everywhere,
    insert,
    move,
    put,
    without,
)
from tests.cassettes.conformance.exchanges import exchange
from tests.cassettes.conformance.mutations import Mutation

CHAT: Final = Form("openai.chat", "sse", data_lines)
DONE: Final = "[DONE]"


def chunk(*choices: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": list(choices),
        **more,
    }


def choice(delta: Any, finish: str | None = None, index: int = 0) -> dict[str, Any]:
    return {"index": index, "delta": delta, "finish_reason": finish}


def usage(said: int = 2) -> dict[str, Any]:
    return {"prompt_tokens": 3, "completion_tokens": said, "total_tokens": 3 + said}


def piece(index: int, arguments: str, **more: Any) -> dict[str, Any]:
    return {"index": index, **more, "function": {"arguments": arguments}}


def call(index: int, name: str, arguments: str = "") -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {"index": index, "id": f"call_{name}", "type": "function", "function": function}


def called(*pieces: dict[str, Any]) -> dict[str, Any]:
    return chunk(choice({"tool_calls": list(pieces)}))


def hello() -> Objects:
    """0 the role, 1 and 2 text, 3 the finish, 4 `[DONE]`."""
    return [
        chunk(choice({"role": "assistant", "content": "", "refusal": None})),
        chunk(choice({"content": "Hello"})),
        chunk(choice({"content": " world"})),
        chunk(choice({}, "stop")),
        DONE,
    ]


def counted() -> Objects:
    """`hello` with a chunk of usage, at 4."""
    return [*hello()[:-1], chunk(usage=usage()), DONE]


def two() -> Objects:
    """Two choices, side by side."""
    return [
        chunk(choice({"role": "assistant", "content": "A"})),
        chunk(choice({"role": "assistant", "content": "B"}, index=1)),
        chunk(choice({}, "stop")),
        chunk(choice({}, "length", index=1)),
        DONE,
    ]


def tools() -> Objects:
    """0 the role, 1 to 3 a call, 4 to 5 another, 6 the finish, 7 `[DONE]`."""
    return [
        chunk(choice({"role": "assistant", "content": None})),
        called(call(0, "weather")),
        called(piece(0, '{"city":')),
        called(piece(0, '"Paris"}')),
        called(call(1, "time")),
        called(piece(1, "{}")),
        chunk(choice({}, "tool_calls")),
        DONE,
    ]


def azure() -> Objects:
    """The first chunk tells of the prompt, others of the filter alone; `created` is 0 there."""
    empty = {"id": "", "object": "", "created": 0, "model": ""}
    checked = {"index": 0, "finish_reason": None, "content_filter_offsets": {"start_offset": 0}}
    return [
        {**empty, "choices": [], "prompt_filter_results": [{"prompt_index": 0}]},
        *hello()[:2],
        {**empty, "choices": [checked]},
        *hello()[2:],
    ]


FAILED: Final = {"error": {"code": 500, "message": "no such thing", "type": "server_error"}}
FUNCTION: Final = "choices.0.delta.tool_calls.0.function"
CALL: Final = "choices.0.delta.tool_calls.0"

GOOD = {
    "openai: Chat, text": CHAT.made(hello),
    "openai: Chat, usage": CHAT.made(counted, asked={"stream_options": {"include_usage": True}}),
    "openai: Chat, two choices": CHAT.made(two),
    "openai: Chat, tool calls": CHAT.made(tools),
    "openai: Chat, two whole calls in one chunk": CHAT.made(
        tools,
        put(1, "choices.0.delta.tool_calls", [call(0, "weather", "{}"), call(1, "time", "{}")]),
        *(drop(2), drop(2), drop(2), drop(2)),
    ),
    "openai: Chat, a filter": CHAT.made(azure),
    "openai: Chat, cut off": CHAT.made(hello, drop(-1), drop(-1), ending="reset"),
    "openai: Chat, at the limit": CHAT.made(
        counted, put(3, "choices.0.finish_reason", "length"), asked={"max_completion_tokens": 2}
    ),
    "openai: Chat, below the limit": CHAT.made(counted, asked={"max_tokens": 3}),
    "openai: Chat, arguments cut off": CHAT.made(
        tools, drop(5), put(5, "choices.0.finish_reason", "length")
    ),
    "openai: Chat, a function call": CHAT.made(
        hello,
        put(1, "choices.0.delta", {"function_call": {"name": "weather", "arguments": "{}"}}),
        drop(2),
        put(2, "choices.0.finish_reason", "function_call"),
    ),
    "openai: Chat, a custom tool": CHAT.made(
        tools,
        *(drop(2), drop(2), drop(2), drop(2)),
        put(1, CALL, {"index": 0, "id": "c", "type": "custom", "custom": {"name": "x"}}),
    ),
    "openai: Chat, refused with an HTTP error": lambda: exchange(
        b'{"error": {"message": "no"}}', api="openai.chat", framing="json", status=400
    ),
}

_b = CHAT.broken

MUTATIONS: dict[str, tuple[Mutation, ...]] = {
    "chat.not-an-object": (
        _b("an array", hello, insert(2, "[1]"), frame=3),
        _b("null", hello, insert(2, "null"), frame=3),
    ),
    "chat.object-wrong": (
        _b("that of a whole answer", hello, put(2, "object", "chat.completion"), frame=3),
        _b("none", hello, without(1, "object"), frame=2),
        _b("empty, yet with text", hello, put(1, "object", ""), frame=2),
        _b("empty, with usage", counted, put(4, "object", ""), frame=5),
    ),
    "chat.key-missing": (
        _b("no id", hello, without(1, "id"), frame=2),
        _b("no model", hello, without(1, "model"), frame=2),
        _b("created is null", hello, put(2, "created", None), frame=3),
    ),
    "chat.id-changes": (_b("in the third", hello, put(2, "id", "chatcmpl-2"), frame=3),),
    "chat.model-changes": (_b("in the third", hello, put(2, "model", "n"), frame=3),),
    "chat.created-changes": (_b("in the third", hello, put(2, "created", 2), frame=3),),
    "chat.choices-missing": (
        _b("missing", hello, insert(1, {**chunk(), "choices": None}), frame=2),
        _b("null", counted, put(4, "choices", None), frame=5),
    ),
    "chat.choice-index-missing": (
        _b("missing", hello, without(1, "choices.0.index"), frame=2),
        _b("a string", hello, put(1, "choices.0.index", "0"), frame=2),
    ),
    "chat.choice-index-gap": (
        _b("all from 1", hello, lambda objects: everywhere("choices.0.index", 1)(objects), frame=1),
        _b("the second first", two, move(1, 0), frame=1),
    ),
    "chat.delta-missing": (
        _b("missing", hello, without(3, "choices.0.delta"), frame=4),
        _b("null", hello, put(3, "choices.0.delta", None), frame=4),
    ),
    "chat.role-missing": (_b("missing", hello, without(0, "choices.0.delta.role"), frame=1),),
    "chat.role-again": (
        _b("in another", hello, put(2, "choices.0.delta.role", "assistant"), frame=3),
    ),
    "chat.content-not-a-string": (
        _b("a list", hello, put(1, "choices.0.delta.content", [{"type": "text"}]), frame=2),
    ),
    "chat.finish-missing": (
        _b("none", hello, drop(3), frame=0),
        _b("of one of two", two, drop(3), frame=0),
    ),
    "chat.finish-again": (
        _b("the same", hello, again(3), frame=5),
        _b("another", hello, insert(4, chunk(choice({}, "length"))), frame=5),
    ),
    "chat.finish-unknown": (
        _b("of another's", hello, put(3, "choices.0.finish_reason", "eos"), frame=4),
        _b("empty", hello, put(1, "choices.0.finish_reason", ""), frame=2),
    ),
    "chat.after-finish": (
        _b("text", hello, move(3, 2), frame=4),
        _b("a tool call", tools, move(6, 5), frame=7),
    ),
    "chat.finish-without-call": (
        _b("none", hello, put(3, "choices.0.finish_reason", "tool_calls"), frame=4),
    ),
    "chat.tool-index-missing": (
        _b("missing", tools, without(1, f"{CALL}.index"), frame=2),
        _b("in a later piece", tools, without(3, f"{CALL}.index"), frame=4),
    ),
    "chat.tool-index-gap": (
        _b(
            "from 1",
            tools,
            *(put(n, f"{CALL}.index", 1) for n in (1, 2, 3)),
            *(drop(4), drop(4)),
            frame=2,
        ),
        _b("2 after 0", tools, *(put(n, f"{CALL}.index", 2) for n in (4, 5)), frame=5),
    ),
    "chat.tool-id-missing": (_b("missing", tools, without(4, f"{CALL}.id"), frame=5),),
    "chat.tool-name-missing": (
        _b("missing", tools, without(4, f"{FUNCTION}.name"), frame=5),
        _b("empty", tools, put(4, f"{FUNCTION}.name", ""), frame=5),
    ),
    "chat.tool-type-missing": (_b("missing", tools, without(4, f"{CALL}.type"), frame=5),),
    "chat.tool-type-null": (_b("null", tools, put(2, f"{CALL}.type", None), frame=3),),
    "chat.tool-id-again": (_b("the same", tools, put(2, f"{CALL}.id", "call_weather"), frame=3),),
    "chat.tool-name-again": (
        _b("the same", tools, put(2, f"{FUNCTION}.name", "weather"), frame=3),
        _b("another", tools, put(3, f"{FUNCTION}.name", "time"), frame=4),
    ),
    "chat.tool-function-missing": (
        _b("missing", tools, insert(2, called({"index": 0})), frame=3),
        _b("null", tools, insert(2, called({"index": 0, "function": None})), frame=3),
    ),
    "chat.arguments-not-a-string": (
        _b("an object", tools, put(2, f"{FUNCTION}.arguments", {"city": "Paris"}), frame=3),
    ),
    "chat.tool-interleaved": (_b("the end of the first", tools, move(3, 5), frame=4),),
    "chat.arguments-not-json": (
        _b("half", tools, drop(3), frame=2),
        _b("an array", tools, put(5, f"{FUNCTION}.arguments", "[]"), frame=5),
        _b("nothing", tools, drop(5), frame=5),
    ),
    "chat.no-chunks": (_b("none", lambda: [DONE], frame=0),),
    "chat.done-missing": (
        _b("missing", hello, drop(4), frame=4),
        _b("after usage", counted, drop(5), frame=5),
        # llama-server, where its grammar fails
        _b("after an error", lambda: [*hello()[:3], FAILED], frame=4),
    ),
    "chat.done-again": (_b("twice", hello, add(DONE), frame=6),),
    "chat.after-done": (_b("usage", hello, add(chunk(usage=usage())), frame=6),),
    "chat.error-in-stream": (
        _b("in the place of the end", lambda: [*hello()[:3], FAILED, DONE], frame=4),
        _b("as the whole", lambda: [FAILED, DONE], frame=1),
    ),
    "chat.error-not-data": (
        # GPUStack
        Mutation(
            "a line of its own",
            lambda: exchange(
                data_lines(hello()[:3]) + b'error: {"message": "no"}\n\n' + data_lines([DONE]),
                api="openai.chat",
            ),
            4,
        ),
    ),
    "chat.after-error": (_b("text", hello, insert(1, FAILED), frame=3),),
    "chat.usage-missing": (
        _b("missing", hello, asked={"stream_options": {"include_usage": True}}, frame=0),
    ),
    "chat.usage-with-choices": (_b("at the finish", hello, put(3, "usage", usage()), frame=4),),
    "chat.usage-not-last": (
        _b("an empty chunk after", counted, insert(5, chunk(usage=None)), frame=6),
    ),
    "chat.usage-sum": (_b("one more", counted, put(4, "usage.total_tokens", 6), frame=5),),
    "chat.limit-not-told": (
        _b("all used up", counted, asked={"max_tokens": 2}, frame=5),
        _b("by the newer name", counted, asked={"max_completion_tokens": 2}, frame=5),
    ),
}
