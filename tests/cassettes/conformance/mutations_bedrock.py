"""Good streams of Bedrock, and each broken in the one way that a rule is about.

An object is one message: its event type, and its payload.
"""

import base64
from typing import Any, Final

from tests.cassettes.conformance import mutations_messages as anthropic
from tests.cassettes.conformance.breaking_objects import (
    Form,
    Objects,
    again,
    drop,
    insert,
    messages,
    move,
    put,
    replace,
    text,
    without,
)
from tests.cassettes.conformance.mutations import Mutation


def _chunks(objects: Objects) -> bytes:
    """What a model said, in chunks of InvokeModel; a message that has a `chunk` is one already."""
    return messages(
        [one if "chunk" in one else {"chunk": {"bytes": _coded(one)}} for one in objects]
    )


def _coded(one: Any) -> str:
    return base64.b64encode(text(one)).decode()


CONVERSE: Final = Form("bedrock.converse", "eventstream", messages)
INVOKE: Final = Form("bedrock.invoke", "eventstream", _chunks)

FAILED: Final = {"throttlingException": {"message": "Too many tokens"}}
USAGE: Final = {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5}
METADATA: Final = {"metadata": {"usage": USAGE, "metrics": {"latencyMs": 9}, "p": "abc"}}


def start(index: int, **start: Any) -> dict[str, Any]:
    return {"contentBlockStart": {"contentBlockIndex": index, "start": start}}


def delta(index: int, **delta: Any) -> dict[str, Any]:
    return {"contentBlockDelta": {"contentBlockIndex": index, "delta": delta}}


def stopped(index: int) -> dict[str, Any]:
    return {"contentBlockStop": {"contentBlockIndex": index}}


def ended(reason: str = "end_turn") -> dict[str, Any]:
    return {"messageStop": {"stopReason": reason}}


def hello() -> Objects:
    """0 the start, 1 to 3 a text, 4 the stop, 5 `metadata`."""
    return [
        {"messageStart": {"role": "assistant", "p": "abc"}},
        delta(0, text="Hello"),
        delta(0, text=" world"),
        stopped(0),
        ended(),
        METADATA,
    ]


def tools() -> Objects:
    """1 to 3 a thought, 4 to 6 a text, 7 to 10 a call, 11 the stop, 12 `metadata`."""
    return [
        {"messageStart": {"role": "assistant"}},
        delta(0, reasoningContent={"text": "Hm."}),
        delta(0, reasoningContent={"signature": "c2ln"}),
        stopped(0),
        delta(1, citation={"title": "x"}),
        delta(1, text="I look."),
        stopped(1),
        start(2, toolUse={"toolUseId": "t1", "name": "weather"}),
        delta(2, toolUse={"input": '{"city":'}),
        delta(2, toolUse={"input": '"Paris"}'}),
        stopped(2),
        ended("tool_use"),
        METADATA,
    ]


def hosted() -> Objects:
    """A call that Bedrock answers itself."""
    return [
        {"messageStart": {"role": "assistant"}},
        start(0, toolUse={"toolUseId": "t1", "name": "nova_grounding", "type": "server_tool_use"}),
        delta(0, toolUse={"input": "{}"}),
        stopped(0),
        start(1, toolResult={"toolUseId": "t1"}),
        delta(1, toolResult=[{"text": "x"}]),
        stopped(1),
        delta(2, text="x"),
        stopped(2),
        ended(),
        METADATA,
    ]


def nova() -> Objects:
    """Nova's own events, which have no total."""
    objects = hello()
    usage = {"inputTokens": 3, "outputTokens": 2}
    return [*objects[:-1], {"metadata": {"usage": usage}}]


def titan() -> Objects:
    return [{"outputText": "Hello", "index": 0, "completionReason": "FINISH"}]


def claude() -> Objects:
    objects = anthropic.tools()
    objects[-1] = {**objects[-1], "amazon-bedrock-invocationMetrics": {"inputTokenCount": 3}}
    return objects


def cached() -> dict[str, int]:
    return {**USAGE, "cacheReadInputTokens": 4, "totalTokens": 9}


def asked(limit: int) -> dict[str, Any]:
    return {"inferenceConfig": {"maxTokens": limit}}


GOOD = {
    "openai: Converse, text": CONVERSE.made(hello),
    "openai: Converse, a tool": CONVERSE.made(tools),
    "openai: Converse, a tool of Bedrock's": CONVERSE.made(hosted),
    "openai: Converse, a cache": CONVERSE.made(hello, put(5, "metadata.usage", cached())),
    "openai: Converse, cut off": CONVERSE.made(tools, *[drop(-1)] * 3, ending="reset"),
    "openai: Converse, at the limit": CONVERSE.made(
        tools, drop(9), put(10, "messageStop.stopReason", "max_tokens"), asked=asked(2)
    ),
    "openai: Converse, below the limit": CONVERSE.made(hello, asked=asked(3)),
    "openai: Invoke, Claude": INVOKE.made(claude),
    "openai: Invoke, Nova": INVOKE.made(nova),
    "openai: Invoke, Titan": INVOKE.made(titan),
}

_b = CONVERSE.broken
STOP: Final = "messageStop.stopReason"

MUTATIONS: dict[str, tuple[Mutation, ...]] = {
    "bedrock.not-json": (
        _b("words", hello, replace(1, {"contentBlockDelta": "oops"}), frame=2),
        _b("an array", hello, replace(1, {"contentBlockDelta": "[1]"}), frame=2),
    ),
    "bedrock.chunk-bytes": (
        INVOKE.broken("missing", claude, insert(3, {"chunk": {"p": "abc"}}), frame=4),
        INVOKE.broken("no base64", claude, insert(3, {"chunk": {"bytes": "!"}}), frame=4),
        INVOKE.broken("no JSON", claude, insert(3, {"chunk": {"bytes": "AAAA"}}), frame=4),
    ),
    "bedrock.exception-in-stream": (
        _b("in the place of the end", lambda: [*hello()[:3], FAILED], frame=4),
        _b("at once", lambda: [FAILED], frame=1),
    ),
    "bedrock.after-exception": (_b("the rest", hello, insert(2, FAILED), frame=4),),
    "bedrock.start-missing": (
        _b("missing", hello, drop(0), frame=1),
        _b("nothing at all", list, frame=0),
    ),
    "bedrock.start-again": (_b("twice", hello, again(0), frame=2),),
    "bedrock.role-missing": (_b("missing", hello, without(0, "messageStart.role"), frame=1),),
    "bedrock.stop-missing": (_b("missing", hello, drop(4), frame=0),),
    "bedrock.after-stop": (
        _b("again", hello, again(4), frame=6),
        _b("another text", hello, insert(5, delta(1, text="x")), frame=6),
    ),
    "bedrock.stop-reason-missing": (_b("missing", hello, without(4, STOP), frame=5),),
    "bedrock.stop-reason-unknown": (_b("another's", hello, put(4, STOP, "stop"), frame=5),),
    "bedrock.tool-use-without-call": (_b("none", hello, put(4, STOP, "tool_use"), frame=5),),
    "bedrock.tool-use-not-told": (_b("end_turn", tools, put(11, STOP, "end_turn"), frame=12),),
    "bedrock.metadata-missing": (
        _b("missing", hello, drop(5), frame=0),
        _b("twice", hello, again(5), frame=7),
    ),
    "bedrock.metadata-order": (_b("before the stop", hello, move(5, 4), frame=5),),
    "bedrock.usage-missing": (
        _b("missing", hello, without(5, "metadata.usage"), frame=6),
        _b("no total", hello, put(5, "metadata.usage", {"inputTokens": 3, "outputTokens": 2})),
        INVOKE.broken("of Nova", nova, put(5, "metadata.usage", {"inputTokens": 3}), frame=6),
    ),
    "bedrock.usage-sum": (_b("one more", hello, put(5, "metadata.usage.totalTokens", 6), frame=6),),
    "bedrock.limit-not-told": (_b("all used up", hello, asked=asked(2), frame=6),),
    "bedrock.index-missing": (
        _b("of a delta", hello, without(2, "contentBlockDelta.contentBlockIndex"), frame=3),
        _b("of a start", tools, put(7, "contentBlockStart.contentBlockIndex", "2"), frame=8),
    ),
    "bedrock.index-gap": (
        _b(
            "from 1",
            hello,
            put(1, "contentBlockDelta.contentBlockIndex", 1),
            put(2, "contentBlockDelta.contentBlockIndex", 1),
            put(3, "contentBlockStop.contentBlockIndex", 1),
            frame=2,
        ),
    ),
    "bedrock.member-missing": (
        _b("no delta", hello, without(2, "contentBlockDelta.delta"), frame=3),
        _b("no start", hello, insert(1, {"contentBlockStart": {"contentBlockIndex": 0}}), frame=2),
    ),
    "bedrock.tool-start-missing": (_b("missing", tools, drop(7), frame=8),),
    "bedrock.tool-key-missing": (
        _b("no id", tools, without(7, "contentBlockStart.start.toolUse.toolUseId"), frame=8),
        _b("no name", tools, put(7, "contentBlockStart.start.toolUse.name", ""), frame=8),
    ),
    "bedrock.block-started-before": (_b("twice", tools, again(7), frame=9),),
    "bedrock.block-stopped-before": (
        _b("a late delta", hello, move(3, 2), frame=4),
        _b("stopped twice", hello, again(3), frame=5),
    ),
    "bedrock.block-empty": (_b("nothing", hello, insert(4, stopped(1)), frame=5),),
    "bedrock.block-not-stopped": (_b("missing", hello, drop(3), frame=4),),
    "bedrock.block-mixed": (
        _b("a thought in a text", hello, insert(2, delta(0, reasoningContent={"text": "x"}))),
        _b("text in a call", tools, insert(8, delta(2, text="x")), frame=9),
    ),
    "bedrock.kind-unknown": (
        _b("an event", hello, insert(2, {"weather": {}}), frame=3),
        _b("a block", tools, insert(11, start(3, weather={})), insert(12, stopped(3)), frame=12),
        _b("a delta", hello, insert(2, delta(0, weather="x")), frame=3),
    ),
    "bedrock.input-not-a-string": (
        _b("an object", tools, put(8, "contentBlockDelta.delta.toolUse.input", {}), drop(9)),
        _b("missing", tools, put(8, "contentBlockDelta.delta.toolUse", {}), drop(9), frame=9),
    ),
    "bedrock.input-not-json": (
        _b("half", tools, drop(9), frame=8),
        _b("an array", tools, drop(9), put(8, "contentBlockDelta.delta.toolUse.input", "[]")),
    ),
    # What Claude says through InvokeModel is held to the rules of Messages.
    "messages.stop-missing": (INVOKE.broken("of Invoke", claude, drop(-1), frame=0),),
    "messages.input-not-json": (INVOKE.broken("of Invoke", claude, drop(10), frame=9),),
}
