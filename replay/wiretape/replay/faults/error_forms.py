"""The errors that providers put into a stream, each in its API's own form.

Sources: the dialects of `wiretape.cassettes.dialects`, which read the same forms. Knows frames;
nothing of when an error comes.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from wiretape.cassettes.dialects.payload import decode_json
from wiretape.cassettes.framing.frame import Frame, Framing
from wiretape.cassettes.model import Interaction
from wiretape.replay.faults.fault import DoesNotApply
from wiretape.replay.faults.frames import Event, Stream
from wiretape.replay.faults.message import message as eventstream_message


def stream_error(stream: Stream, before: Sequence[Event], message: str) -> bytes:
    """The bytes of an error after the frames `before`. Raises DoesNotApply where the API has no
    form for it that is known."""
    form, framings = _FORMS.get(stream.api, (None, frozenset[Framing]()))
    if form is None or stream.framing not in framings:
        named = stream.api or "an API that is not known"
        raise DoesNotApply(f"no form of an error is known for {stream.framing} of {named}")
    return form(stream, before, message)


Form = Callable[[Stream, Sequence[Event], str], bytes]


def _sse(value: object, name: str = "") -> bytes:
    named = f"event: {name}\n".encode() if name else b""
    return named + b"data: " + msgspec.json.encode(value) + b"\n\n"


def _openai(message: str) -> dict[str, object]:
    return {"message": message, "type": "server_error", "param": None, "code": "server_error"}


def _chat(stream: Stream, before: Sequence[Event], message: str) -> bytes:
    return _sse({"error": _openai(message)})


def _named_chat(stream: Stream, before: Sequence[Event], message: str) -> bytes:
    return _sse({"type": "error", "error": _openai(message)}, "error")


def _assistants(stream: Stream, before: Sequence[Event], message: str) -> bytes:
    return _sse(_openai(message), "error")


def _responses(stream: Stream, before: Sequence[Event], message: str) -> bytes:
    """`error`, and then the response as it failed, numbered on."""
    number = 0
    response: dict[str, Any] = {}
    for value in map(_value, before):
        if isinstance(value.get("sequence_number"), int):
            number = value["sequence_number"] + 1
        if isinstance(value.get("response"), dict):
            response = value["response"]
    said = {"code": "server_error", "message": message}
    error = {"type": "error", **said, "param": None, "sequence_number": number}
    failed = {
        "type": "response.failed",
        "response": {**response, "status": "failed", "error": said},
        "sequence_number": number + 1,
    }
    return _sse(error, "error") + _sse(failed, "response.failed")


def _messages(stream: Stream, before: Sequence[Event], message: str) -> bytes:
    error = {"type": "api_error", "message": message}
    return _sse({"type": "error", "error": error, "request_id": None}, "error")


def _gemini(stream: Stream, before: Sequence[Event], message: str) -> bytes:
    """Without `data:` among SSE lines too; that is how it comes."""
    error = {"error": {"code": 500, "message": message, "status": "INTERNAL"}}
    return msgspec.json.encode(error) + (b"" if stream.framing == "json_array" else b"\n\n")


def _interactions(stream: Stream, before: Sequence[Event], message: str) -> bytes:
    error = {"code": "internal", "message": message}
    return _sse({"event_type": "error", "error": error}, "error")


def _bedrock(stream: Stream, before: Sequence[Event], message: str) -> bytes:
    headers = {
        ":exception-type": "modelStreamErrorException",
        ":content-type": "application/json",
        ":message-type": "exception",
    }
    told = {"message": message, "originalStatusCode": 500, "originalMessage": message}
    return eventstream_message(headers, msgspec.json.encode(told))


def _ollama(stream: Stream, before: Sequence[Event], message: str) -> bytes:
    return msgspec.json.encode({"error": message}) + b"\n"


def _cohere(stream: Stream, before: Sequence[Event], message: str) -> bytes:
    delta = {"finish_reason": "ERROR", "error": message}
    return _sse({"type": "message-end", "delta": delta}, "message-end")


def _cohere_1(stream: Stream, before: Sequence[Event], message: str) -> bytes:
    error = {"message": message}
    return _sse(error) if stream.framing == "sse" else msgspec.json.encode(error) + b"\n"


def _mistral(stream: Stream, before: Sequence[Event], message: str) -> bytes:
    kind = "conversation.response.error"
    return _sse({"type": kind, "message": message, "code": 500}, kind)


def _json_rpc(stream: Stream, before: Sequence[Event], message: str) -> bytes:
    error = {"code": -32603, "message": message}
    value = {"jsonrpc": "2.0", "id": json_rpc_id(stream.interaction), "error": error}
    return _sse(value, "message" if stream.api == "mcp.http" else "")


def json_rpc_id(interaction: Interaction) -> object:
    """The id of the JSON-RPC request; None where it has none."""
    asked = decode_json(interaction.request.body)
    return asked.get("id") if isinstance(asked, dict) else None


def _value(event: Event) -> dict[str, Any]:
    value = decode_json(event.frame.data) if isinstance(event.frame, Frame) else None
    return value if isinstance(value, dict) else {}


_SSE = frozenset[Framing]({"sse"})
_LINES = frozenset[Framing]({"ndjson"})
_MESSAGES = frozenset[Framing]({"eventstream"})

_FORMS: dict[str, tuple[Form, frozenset[Framing]]] = {
    "openai.chat": (_chat, _SSE),
    "openai.completions": (_chat, _SSE),
    "openai.responses": (_responses, _SSE),
    "openai.assistants": (_assistants, _SSE),
    "openai.images": (_named_chat, _SSE),
    "openai.speech": (_named_chat, _SSE),
    "openai.transcription": (_named_chat, _SSE),
    "anthropic.messages": (_messages, _SSE),
    "gemini.generate": (_gemini, _SSE | {"json_array"}),
    "gemini.interactions": (_interactions, _SSE),
    "bedrock.converse": (_bedrock, _MESSAGES),
    "bedrock.invoke": (_bedrock, _MESSAGES),
    "ollama.chat": (_ollama, _LINES),
    "ollama.generate": (_ollama, _LINES),
    "cohere.v1": (_cohere_1, _SSE | _LINES),
    "cohere.v2": (_cohere, _SSE),
    "mistral.conversations": (_mistral, _SSE),
    "mcp.http": (_json_rpc, _SSE),
    "a2a": (_json_rpc, _SSE),
}
"""By the API's id in the catalogue, with the framings it stands in."""
