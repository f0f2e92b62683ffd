"""Good bodies of every framing, and each broken in the one way that a rule of framing is about."""

import json
import struct
import zlib
from collections.abc import Callable
from typing import Any

from tests.cassettes.conformance.exchanges import exchange
from tests.cassettes.conformance.mutations import Mutation
from tests.interactions import make_request
from tests.wire_bodies import eventstream_message
from wiretape.cassettes.conformance.framing_rules import LONGEST_LINE
from wiretape.cassettes.conformance.rule import Exchange
from wiretape.cassettes.framing.frame import Framing

BOM = b"\xef\xbb\xbf"


def sse(value: Any, name: str = "") -> bytes:
    line = f"event: {name}\n" if name else ""
    return f"{line}data: {json.dumps(value)}\n\n".encode()


def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [choice],
    }


HELLO, WORLD, STOP = (
    sse(chunk({"role": "assistant", "content": "Hello"})),
    sse(chunk({"content": " world"})),
    sse(chunk({}, "stop")),
)
DONE = b"data: [DONE]\n\n"
CHAT = HELLO + WORLD + STOP + DONE


def named(value: dict[str, Any]) -> bytes:
    return sse(value, value["type"])


_MESSAGE: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "content": [],
    "stop_reason": None,
    "stop_sequence": None,
    "usage": {"input_tokens": 1, "output_tokens": 1},
}
_BLOCK = {"type": "text", "text": ""}
DELTA = named(
    {
        "type": "content_block_delta",
        "index": 0,
        "delta": {"type": "text_delta", "text": "Hello"},
    }
)
BEFORE = named({"type": "message_start", "message": _MESSAGE}) + named(
    {"type": "content_block_start", "index": 0, "content_block": _BLOCK}
)
AFTER = (
    named({"type": "content_block_stop", "index": 0})
    + named(
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None},
            "usage": {"output_tokens": 1},
        }
    )
    + named({"type": "message_stop"})
)
MESSAGES = BEFORE + DELTA + AFTER


def candidate(text: str, finish: str | None = None) -> dict[str, Any]:
    content = {"role": "model", "parts": [{"text": text}]}
    extra = {"finishReason": finish} if finish else {}
    return {"candidates": [{"index": 0, "content": content, **extra}], "modelVersion": "m"}


G_HELLO, G_WORLD = sse(candidate("Hello")), sse(candidate(" world", "STOP"))
GEMINI = G_HELLO + G_WORLD
ELEMENTS = (json.dumps(candidate("Hello")), json.dumps(candidate(" world", "STOP")))
ARRAY = f"[{ELEMENTS[0]}\n,\r\n{ELEMENTS[1]}\n]\n".encode()

_C_START = named({"type": "message-start", "id": "1", "delta": {"message": {"role": "assistant"}}})
COHERE = (
    _C_START
    + named({"type": "content-start", "index": 0, "delta": {"message": {"content": _BLOCK}}})
    + named(
        {
            "type": "content-delta",
            "index": 0,
            "delta": {"message": {"content": {"text": "Hello"}}},
        }
    )
    + named({"type": "content-end", "index": 0})
    + named({"type": "message-end", "id": "1", "delta": {"finish_reason": "COMPLETE"}})
)

_M_START = named(
    {
        "type": "conversation.response.started",
        "created_at": "2026-01-01T00:00:00Z",
        "conversation_id": "conv_1",
    }
)
_M_DELTA = named(
    {
        "type": "message.output.delta",
        "created_at": "2026-01-01T00:00:00Z",
        "output_index": 0,
        "id": "msg_1",
        "content_index": 0,
        "model": "m",
        "role": "assistant",
        "content": "Hello",
    }
)
_M_DONE = named(
    {
        "type": "conversation.response.done",
        "created_at": "2026-01-01T00:00:00Z",
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }
)
CONVERSATION = _M_START + _M_DELTA + _M_DONE


def line(text: str, *, done: bool = False) -> bytes:
    value = {
        "model": "m",
        "created_at": "2026-01-01T00:00:00Z",
        "message": {"role": "assistant", "content": text},
        "done": done,
    }
    last = {"done_reason": "stop", "eval_count": 2, "prompt_eval_count": 1} if done else {}
    return (json.dumps(value | last, ensure_ascii=False) + "\n").encode()


O_HELLO, O_WORLD, O_END = line("Hello"), line(" world"), line("", done=True)
OLLAMA = O_HELLO + O_WORLD + O_END


def message(kind: str, value: dict[str, Any], **headers: str) -> bytes:
    names = {":message-type": "event", ":event-type": kind, ":content-type": "application/json"}
    return eventstream_message(names | headers, json.dumps(value).encode())


B_START = message("messageStart", {"role": "assistant"})
B_DELTA = message("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Hello"}})
B_END = (
    message("contentBlockStop", {"contentBlockIndex": 0})
    + message("messageStop", {"stopReason": "end_turn"})
    + message(
        "metadata",
        {
            "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
            "metrics": {"latencyMs": 5},
        },
    )
)
CONVERSE = B_START + B_DELTA + B_END


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def lengths(total: int, headers: int) -> bytes:
    """The beginning of a message, its checksum right."""
    prelude = struct.pack(">II", total, headers)
    return prelude + struct.pack(">I", zlib.crc32(prelude))


def with_headers(headers: bytes) -> bytes:
    """A message of these header bytes."""
    head = lengths(16 + len(headers) + 2, len(headers)) + headers + b"{}"
    return head + struct.pack(">I", zlib.crc32(head))


_TARGETS: dict[str, tuple[str, Framing]] = {
    "openai.chat": ("/v1/chat/completions", "sse"),
    "anthropic.messages": ("/v1/messages", "sse"),
    "gemini.generate": ("/v1beta/models/m:streamGenerateContent?alt=sse", "sse"),
    "mistral.conversations": ("/v1/conversations", "sse"),
    "cohere.v2": ("/v2/chat", "sse"),
    "ollama.chat": ("/api/chat", "ndjson"),
    "bedrock.converse": ("/model/m/converse-stream", "eventstream"),
    "mcp.http": ("/mcp", "sse"),
    "openai.responses.ws": ("/v1/responses", "websocket"),
}


def of(
    api: str, body: bytes, *, framing: Framing | None = None, content_type: str | None = None
) -> Callable[[], Exchange]:
    """An exchange of this API, made when asked for."""
    target, usual = _TARGETS[api]
    return lambda: exchange(
        body,
        api=api,
        framing=framing or usual,
        content_type=content_type,
        request=make_request(target=target),
    )


def array(body: bytes) -> Callable[[], Exchange]:
    return of("gemini.generate", body, framing="json_array")


def ws(opcode: int, payload: bytes) -> bytes:
    return bytes([0x80 | opcode, len(payload)]) + payload


MCP = sse({"jsonrpc": "2.0", "id": 1, "result": {}}, "message")
WS = ws(9, b"") + ws(8, b"\x03\xe8")

GOOD: dict[str, Callable[[], Exchange]] = {
    "sdk: a Chat stream": of("openai.chat", CHAT),
    "sdk: a Chat stream with comments": of(
        "openai.chat", b": hello\n\n" + CHAT.replace(b"\n", b"\r\n")
    ),
    "sdk: a Chat stream with blank lines": of("openai.chat", HELLO + b"\n\n" + WORLD + STOP + DONE),
    "sdk: a Chat stream with half a surrogate pair": of(
        "openai.chat", CHAT.replace(b" world", b"\\ud83d")
    ),
    "sdk: a Chat stream without spaces": of(
        "openai.chat", HELLO.replace(b": {", b":{") + b"event: x\nid: 1\n" + WORLD + STOP + DONE
    ),
    "sdk: a Chat stream with U+2028 escaped": of(
        "openai.chat", CHAT.replace(b" world", b"\\u2028\\u0085")
    ),
    "sdk: a Messages stream": of("anthropic.messages", MESSAGES),
    "sdk: a Gemini stream": of("gemini.generate", GEMINI),
    "sdk: a Gemini stream with CRLF": of("gemini.generate", GEMINI.replace(b"\n", b"\r\n")),
    "sdk: a Gemini array": array(ARRAY),
    "sdk: an array of nothing": array(b"[]"),
    "sdk: a Cohere stream": of("cohere.v2", COHERE),
    "sdk: a Mistral conversation": of("mistral.conversations", CONVERSATION),
    "sdk: an Ollama stream": of("ollama.chat", OLLAMA),
    "sdk: an Ollama stream with CRLF": of("ollama.chat", OLLAMA.replace(b"\n", b"\r\n")),
    "sdk: an Ollama stream without its last LF": of("ollama.chat", OLLAMA[:-1]),
    "sdk: a Converse stream": of("bedrock.converse", CONVERSE),
    "sdk: an MCP stream with ids and a mark, which its clients bear": of(
        "mcp.http", BOM + b"id: 1\ndata:\n\n: keep-alive\n\n" + MCP
    ),
    "sdk: a WebSocket": of("openai.responses.ws", WS),
    "sdk: a stream that was cut": lambda: exchange(
        MCP + b"data: {", api="mcp.http", ending="cut", request=make_request(target="/mcp")
    ),
}

MUTATIONS: dict[str, tuple[Mutation, ...]] = {
    "sse.truncated": (
        Mutation("the last blank line is missing", of("mcp.http", MCP + MCP[:-1]), 2),
        Mutation("half a line", of("mcp.http", MCP + b"da"), 2),
    ),
    "sse.not-utf8": (
        Mutation("a byte of Latin-1", of("mcp.http", MCP.replace(b"{}", b'{"a":"\xe9"}')), 1),
        Mutation("in a comment", of("mcp.http", b": \xff\n\n" + MCP), 1),
    ),
    "sse.bom": (
        Mutation("before Chat", of("openai.chat", BOM + CHAT), 1),
        Mutation("before Messages", of("anthropic.messages", BOM + MESSAGES), 1),
        Mutation("before Gemini", of("gemini.generate", BOM + GEMINI), 1),
    ),
    "sse.event-without-data": (
        Mutation(
            "a name alone", of("openai.chat", HELLO + b"event: ping\n\n" + WORLD + STOP + DONE), 2
        ),
        Mutation("a retry alone", of("openai.chat", b"retry: 10\n\n" + CHAT), 1),
        Mutation("empty data", of("openai.chat", HELLO + b"data:\n\n" + WORLD + STOP + DONE), 2),
        Mutation("empty data, Gemini", of("gemini.generate", G_HELLO + b"data: \n\n" + G_WORLD), 2),
        Mutation(
            "empty data, Mistral",
            of("mistral.conversations", _M_START + b"event: x\ndata:\n\n" + _M_DELTA + _M_DONE),
            2,
        ),
    ),
    "sse.id-makes-empty-events": (
        Mutation(
            "a comment", of("openai.chat", b"id: 1\n" + HELLO + b": k\n\n" + WORLD + STOP + DONE), 2
        ),
        Mutation(
            "a blank line", of("openai.chat", b"id: 1\n" + HELLO + b"\n" + WORLD + STOP + DONE), 2
        ),
        Mutation(
            "CRLF",
            of(
                "openai.chat",
                (b"id: 1\n" + HELLO + WORLD + b": k\n\n" + STOP + DONE).replace(b"\n", b"\r\n"),
            ),
            3,
        ),
        Mutation(
            "a field that there is not",
            of("openai.chat", b"id: 1\n" + HELLO + b"a: b\n\n" + WORLD + STOP + DONE),
            2,
        ),
    ),
    "sse.data-without-space": (
        Mutation(
            "no space", of("gemini.generate", G_HELLO + G_WORLD.replace(b"data: ", b"data:")), 2
        ),
    ),
    "sse.other-lines": (
        Mutation("a comment", of("gemini.generate", G_HELLO + b": keep-alive\n\n" + G_WORLD), 2),
        Mutation("a name", of("gemini.generate", G_HELLO + b"event: x\n" + G_WORLD), 2),
        Mutation("an id", of("gemini.generate", b"id: 1\n" + G_HELLO + G_WORLD), 1),
    ),
    "sse.no-event-name": (
        Mutation(
            "no name",
            of("anthropic.messages", BEFORE + DELTA.partition(b"\n")[2] + DELTA + AFTER),
            3,
        ),
    ),
    "sse.not-json": (
        Mutation("words", of("openai.chat", HELLO + b"data: oops\n\n" + WORLD + STOP + DONE), 2),
        Mutation(
            "half a value",
            of("anthropic.messages", BEFORE + b'event: a\ndata: {"type"\n\n' + DELTA + AFTER),
            3,
        ),
        Mutation("[DONE], Gemini", of("gemini.generate", GEMINI + DONE), 3),
        Mutation("words, Cohere", of("cohere.v2", COHERE + b"event: debug\ndata: oops\n\n"), 6),
        Mutation(
            "words, Mistral",
            of("mistral.conversations", _M_START + b"event: x\ndata: oops\n\n" + _M_DONE),
            2,
        ),
    ),
    "sse.done-not-exact": (
        Mutation("two spaces", of("openai.chat", HELLO + WORLD + STOP + b"data:  [DONE]\n\n"), 4),
    ),
    "sse.line-by-line": (
        Mutation(
            "data in two lines",
            of("openai.chat", HELLO + WORLD.replace(b', "ch', b',\ndata: "ch') + STOP + DONE),
            2,
        ),
        Mutation(
            "U+2028",
            of("openai.chat", HELLO + WORLD.replace(b" world", "\u2028".encode()) + STOP + DONE),
            2,
        ),
        Mutation(
            "U+0085",
            of("openai.chat", HELLO + WORLD.replace(b" world", "\x85".encode()) + STOP + DONE),
            2,
        ),
        Mutation(
            "no space before [DONE]",
            of("openai.chat", HELLO + WORLD + STOP + b"data:[DONE]\n\n"),
            4,
        ),
    ),
    "sse.long-line": (
        Mutation(
            "a line of 2 MiB",
            of("cohere.v2", COHERE + named({"type": "debug", "prompt": "x" * 2 * LONGEST_LINE})),
            6,
        ),
    ),
    "sse.error-key": (
        Mutation(
            "an error instead of the rest",
            of("openai.chat", HELLO + sse({"error": {"message": "busy", "code": 500}}) + DONE),
            2,
        ),
    ),
    "sse.error-unseen": (
        Mutation(
            "an error by name only",
            of("openai.chat", HELLO + sse({"message": "busy"}, "error") + STOP + DONE),
            2,
        ),
    ),
    "http.content-type": (
        Mutation("SSE as JSON", of("openai.chat", CHAT, content_type="application/json"), 0),
        Mutation("SSE as nothing", of("openai.chat", CHAT, content_type=""), 0),
        Mutation("lines as JSON", of("ollama.chat", OLLAMA, content_type="application/json"), 0),
        Mutation("SSE as lines", of("mcp.http", MCP, content_type="application/x-ndjson"), 0),
        Mutation(
            "JSON as SSE",
            of("mcp.http", b'{"jsonrpc":"2.0"}', framing="json", content_type="text/event-stream"),
            0,
        ),
    ),
    "eventstream.bad-crc": (
        Mutation(
            "a bit of a payload",
            of("bedrock.converse", B_START + flipped(B_DELTA, -6) + B_DELTA + B_END),
            2,
        ),
        Mutation("a bit of a length", of("bedrock.converse", CONVERSE + flipped(B_DELTA, 3)), 6),
    ),
    "eventstream.bad-length": (
        Mutation(
            "too much payload", of("bedrock.converse", CONVERSE + lengths(17 + (24 << 20), 0)), 6
        ),
        Mutation("too little for a message", of("bedrock.converse", CONVERSE + lengths(15, 0)), 6),
    ),
    "eventstream.bad-header": (
        Mutation("a name twice", of("bedrock.converse", CONVERSE + with_headers(b"\1a\0\1a\1")), 6),
        Mutation(
            "a type that there is not",
            of("bedrock.converse", CONVERSE + with_headers(b"\1a\x0a")),
            6,
        ),
    ),
    "eventstream.truncated": (
        Mutation("half a message", of("bedrock.converse", CONVERSE + B_DELTA[:-1]), 6),
    ),
    "ndjson.truncated": (Mutation("half a line", of("ollama.chat", OLLAMA + b'{"a"'), 4),),
    "ndjson.not-json": (
        Mutation("words", of("ollama.chat", O_HELLO + b"oops\n" + O_WORLD + O_END), 2),
    ),
    "ndjson.not-utf8": (
        Mutation("a byte of Latin-1", of("ollama.chat", OLLAMA.replace(b" world", b"\xe9")), 2),
    ),
    "ndjson.bom": (Mutation("a mark", of("ollama.chat", BOM + OLLAMA), 1),),
    "ndjson.blank-line": (
        Mutation("between lines", of("ollama.chat", O_HELLO + b"\n" + O_WORLD + O_END), 2),
        Mutation("at the end", of("ollama.chat", OLLAMA + b"\r\n"), 4),
    ),
    "ndjson.line-separator": (
        Mutation("U+2028", of("ollama.chat", O_HELLO + line("\u2028") + O_END), 2),
        Mutation("U+0085", of("ollama.chat", O_HELLO + line("a\u0085b") + O_END), 2),
        Mutation("a CR", of("ollama.chat", O_HELLO + O_WORLD.replace(b", ", b",\r") + O_END), 2),
    ),
    "json-array.truncated": (
        Mutation("no closing bracket", array(ARRAY.rstrip()[:-1]), 3),
        Mutation("half an element", array(ARRAY[:-9]), 2),
    ),
    "json-array.comma": (
        Mutation("none", array(ARRAY.replace(b"\n,", b"\n")), 2),
        Mutation("two", array(ARRAY.replace(b"\n,", b"\n,,")), 2),
        Mutation("one before the first", array(b"[," + ARRAY[1:]), 1),
        Mutation("one after the last", array(ARRAY.replace(b"\n]", b",]")), 3),
    ),
    "json-array.not-json": (
        Mutation("a word", array(ARRAY.replace(b"\n,", b"\n,oops,")), 2),
        Mutation("an element that is none", array(ARRAY.replace(b"\n,", b"\n,{a},")), 2),
    ),
    "json-array.not-one-array": (
        Mutation("two arrays", array(ARRAY + b"[]"), 4),
        Mutation("an object", array(ELEMENTS[0].encode()), 1),
    ),
    "websocket.protocol": (
        Mutation("a mask", of("openai.responses.ws", b"\x89\x80mask" + WS), 1),
        Mutation("after the close", of("openai.responses.ws", WS + ws(9, b"")), 3),
    ),
    "websocket.truncated": (
        Mutation("half a message", of("openai.responses.ws", ws(9, b"") + b"\x81\x05a"), 2),
    ),
}
