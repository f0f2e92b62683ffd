"""Good streams of Anthropic's Messages, and each broken in the one way that a rule is about."""

from typing import Any, Final

from tests.cassettes.conformance.breaking_objects import (
    Break,
    Form,
    Objects,
    add,
    again,
    drop,
    insert,
    move,
    named_events,
    put,
    without,
)
from tests.cassettes.conformance.mutations import Mutation

MESSAGES: Final = Form("anthropic.messages", "sse", named_events)

PING: Final = {"type": "ping"}
ERROR: Final = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
STOP: Final = {"type": "message_stop"}


def start(**more: Any) -> dict[str, Any]:
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 3, "output_tokens": 1},
        **more,
    }
    return {"type": "message_start", "message": message}


def begun(index: int, **block: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def delta(index: int, **delta: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": delta}


def text(index: int, words: str) -> dict[str, Any]:
    return delta(index, type="text_delta", text=words)


def json_of(index: int, part: str) -> dict[str, Any]:
    return delta(index, type="input_json_delta", partial_json=part)


def stopped(index: int) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


def ended(reason: str | None = "end_turn", said: int = 5, **usage: int) -> dict[str, Any]:
    return {
        "type": "message_delta",
        "delta": {"stop_reason": reason, "stop_sequence": None},
        "usage": {"output_tokens": said, **usage},
    }


def hello() -> Objects:
    """0 `message_start`, 1 to 4 a text, 5 `message_delta`, 6 `message_stop`."""
    return [
        start(),
        begun(0, type="text", text=""),
        text(0, "Hello"),
        text(0, " world"),
        stopped(0),
        ended(),
        STOP,
    ]


def tools() -> Objects:
    """1 to 4 a thought, 5 to 7 a text, 8 to 11 a call, 12 `message_delta`, 13 `message_stop`."""
    return [
        start(),
        begun(0, type="thinking", thinking="", signature=""),
        delta(0, type="thinking_delta", thinking="Hm."),
        delta(0, type="signature_delta", signature="c2ln"),
        stopped(0),
        begun(1, type="text", text=""),
        text(1, "I look."),
        stopped(1),
        begun(2, type="tool_use", id="toolu_1", name="weather", input={}),
        json_of(2, '{"city":'),
        json_of(2, '"Paris"}'),
        stopped(2),
        ended("tool_use"),
        STOP,
    ]


def hosted() -> Objects:
    """A call that Anthropic answers itself, and citations."""
    cited = {"type": "char_location", "cited_text": "x", "document_index": 0}
    return [
        start(),
        PING,
        begun(0, type="server_tool_use", id="srvtoolu_1", name="web_search", input={}),
        json_of(0, ""),
        stopped(0),
        begun(1, type="web_search_tool_result", tool_use_id="srvtoolu_1", content=[]),
        stopped(1),
        begun(2, type="text", text="", citations=[]),
        delta(2, type="citations_delta", citation=cited),
        text(2, "x"),
        stopped(2),
        ended("end_turn", input_tokens=9),
        STOP,
    ]


def eager() -> dict[str, Any]:
    return {"tools": [{"name": "weather", "eager_input_streaming": True}]}


def every(index: int, to: int) -> Break:
    """Give a block another index."""

    def change(objects: Objects) -> None:
        for one in objects:
            if one.get("index") == index:
                one["index"] = to

    return change


def name(place: int, event: str) -> Break:
    """Give an event a name that is not its type."""

    def change(objects: Objects) -> None:
        objects[place] = (event, objects[place])

    return change


GOOD = {
    "openai: Messages, text": MESSAGES.made(hello),
    "openai: Messages, pings": MESSAGES.made(hello, *(insert(n, PING) for n in (7, 5, 3, 0))),
    "openai: Messages, a tool": MESSAGES.made(tools),
    "openai: Messages, Anthropic's own tool": MESSAGES.made(hosted),
    "openai: Messages, no input": MESSAGES.made(tools, drop(10), put(9, "delta.partial_json", "")),
    "openai: Messages, eager": MESSAGES.made(tools, drop(10), asked=eager()),
    "openai: Messages, cut off": MESSAGES.made(tools, *[drop(-1)] * 4, ending="reset"),
    "openai: Messages, at the limit": MESSAGES.made(
        tools, drop(10), put(11, "delta.stop_reason", "max_tokens"), asked={"max_tokens": 5}
    ),
    "openai: Messages, below the limit": MESSAGES.made(hello, asked={"max_tokens": 6}),
    "openai: Messages, refused": MESSAGES.made(lambda: [start(), ended("refusal"), STOP]),
}

_b = MESSAGES.broken

MUTATIONS: dict[str, tuple[Mutation, ...]] = {
    "messages.not-an-object": (_b("an array", hello, insert(2, ("x", "[1]")), frame=3),),
    "messages.event-line-differs": (
        _b("of a delta", hello, name(2, "content_block_start"), frame=3),
    ),
    "messages.done-present": (_b("at the end", hello, add("[DONE]"), frame=8),),
    "messages.type-missing": (
        _b("missing", hello, without(2, "type"), name(2, "content_block_delta"), frame=3),
        _b("a number", hello, put(2, "type", 1), name(2, "content_block_delta"), frame=3),
    ),
    "messages.type-unknown": (
        _b("an event", hello, insert(2, {"type": "weather"}), frame=3),
        _b("a block", hello, put(1, "content_block.type", "weather"), frame=2),
        _b("a delta", hello, insert(2, delta(0, type="weather_delta")), frame=3),
    ),
    "messages.start-missing": (
        _b("missing", hello, drop(0), frame=1),
        _b("nothing at all", lambda: [PING], frame=0),
    ),
    "messages.start-again": (
        _b("twice", hello, again(0), frame=2),
        _b("in the middle", hello, lambda objects: objects.__setitem__(slice(0, 0), hello()[:3])),
    ),
    "messages.start-content": (
        _b("missing", hello, without(0, "message.content"), frame=1),
        _b("not empty", hello, put(0, "message.content", [{"type": "text", "text": ""}]), frame=1),
    ),
    "messages.member-missing": (
        _b("no message", hello, put(0, "message", None), frame=1),
        _b("no block", hello, without(1, "content_block"), frame=2),
        _b("no delta", hello, without(2, "delta"), frame=3),
        _b("no delta at the end", hello, insert(6, {**ended(), "delta": None}), frame=7),
    ),
    "messages.index-missing": (
        _b("missing", hello, without(2, "index"), frame=3),
        _b("null", hello, put(3, "index", None), frame=4),
    ),
    "messages.index-gap": (
        _b("from 1", hello, every(0, 1), frame=2),
        _b("4 after 1", tools, every(2, 4), frame=9),
        _b("0 again", tools, every(1, 0), frame=6),
    ),
    "messages.block-not-started": (
        _b("missing", hello, drop(1), frame=2),
        _b("another's delta", tools, put(6, "index", 2), frame=7),
    ),
    "messages.block-stopped-before": (
        _b("a late delta", hello, move(4, 3), frame=5),
        _b("stopped twice", hello, again(4), frame=6),
    ),
    "messages.block-not-stopped": (_b("missing", hello, drop(4), frame=5),),
    "messages.blocks-overlap": (_b("the next begins", tools, move(4, 5), frame=5),),
    "messages.delta-type": (
        _b("text in a call", tools, insert(9, text(2, "x")), frame=10),
        _b("input in a text", hello, insert(2, json_of(0, "{}")), frame=3),
        _b("a thought in a text", hello, insert(2, delta(0, type="thinking_delta", thinking="x"))),
    ),
    "messages.delta-value": (
        _b("missing", hello, without(2, "delta.text"), frame=3),
        _b("null", hello, put(2, "delta.text", None), frame=3),
        _b("an object", tools, put(9, "delta.partial_json", {}), drop(10), frame=10),
    ),
    "messages.input-not-json": (
        _b("half", tools, drop(10), frame=9),
        _b("an array", tools, drop(10), put(9, "delta.partial_json", "[]"), frame=9),
        _b("no JSON", tools, drop(10), put(9, "delta.partial_json", "city"), frame=9),
    ),
    "messages.tool-key-missing": (
        _b("no id", tools, without(8, "content_block.id"), frame=9),
        _b("no name", tools, put(8, "content_block.name", ""), frame=9),
    ),
    "messages.signature-again": (
        _b(
            "another", tools, insert(4, delta(0, type="signature_delta", signature="eA==")), frame=5
        ),
    ),
    "messages.signature-missing": (_b("missing", tools, drop(3), frame=4),),
    "messages.after-message-delta": (
        _b("a block", tools, move(12, 8), put(8, "delta.stop_reason", "pause_turn"), frame=10),
    ),
    "messages.message-delta-missing": (_b("missing", hello, drop(5), frame=6),),
    "messages.message-delta-again": (_b("twice", hello, again(5), frame=7),),
    "messages.stop-reason-missing": (
        _b("null", hello, put(5, "delta.stop_reason", None), frame=7),
        _b("missing", hello, without(5, "delta.stop_reason"), frame=7),
    ),
    "messages.stop-reason-unknown": (
        _b("of another's", hello, put(5, "delta.stop_reason", "stop"), frame=6),
    ),
    "messages.tool-use-without-call": (
        _b("none", hello, put(5, "delta.stop_reason", "tool_use"), frame=6),
    ),
    "messages.tool-use-not-told": (
        _b("end_turn", tools, put(12, "delta.stop_reason", "end_turn"), frame=13),
    ),
    "messages.stop-missing": (_b("missing", hello, drop(6), frame=0),),
    "messages.after-stop": (
        _b("again", hello, again(6), frame=8),
        _b("message_delta", hello, insert(7, ended()), frame=8),
    ),
    "messages.usage-missing": (
        _b("at the start", hello, without(0, "message.usage"), frame=1),
        _b("at the end", hello, without(5, "usage"), frame=6),
        _b("null at the end", hello, put(5, "usage", None), frame=6),
        _b("no output", hello, put(5, "usage", {"input_tokens": 3}), frame=6),
    ),
    "messages.usage-falls": (
        _b("of output", hello, put(5, "usage.output_tokens", 0), frame=6),
        _b("of input", hello, put(5, "usage.input_tokens", 0), frame=6),
    ),
    # LiteLLM, over a server of Chat Completions
    "messages.limit-not-told": (_b("all used up", hello, asked={"max_tokens": 5}, frame=6),),
    "messages.error-in-stream": (
        _b("in the place of the end", lambda: [*hello()[:3], ERROR], frame=4),
        _b("as the whole", lambda: [ERROR], frame=1),
    ),
    "messages.after-error": (_b("the rest", hello, insert(3, ERROR), frame=5),),
}
