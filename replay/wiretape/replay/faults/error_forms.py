"""The errors that providers put into a stream, each in its API's own form.

Sources: the dialects of `wiretape.cassettes.dialects`, which read the same forms. Knows frames;
nothing of when an error comes.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from wiretape.cassettes.dialects.payload import decode_json
from wiretape.cassettes.framing.frame import Frame
from wiretape.cassettes.model import Interaction
from wiretape.replay.faults.fault import DoesNotApply
from wiretape.replay.faults.frames import Event, Stream
from wiretape.replay.faults.message import message as eventstream_message


def stream_error(stream: Stream, before: Sequence[Event], message: str) -> bytes:
    """The bytes of an error after the frames `before`. Raises DoesNotApply where the API has no
    form for it that is known."""
    form = _FORMS.get(stream.api)
    if form is None:
        named = stream.api or "an API that is not known"
        raise DoesNotApply(f"no form of an error in a stream is known for {named}")
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


_FORMS: dict[str, Form] = {
    "openai.chat": _chat,
    "openai.completions": _chat,
    "openai.responses": _responses,
    "openai.assistants": _assistants,
    "openai.images": _named_chat,
    "openai.speech": _named_chat,
    "openai.transcription": _named_chat,
    "anthropic.messages": _messages,
    "gemini.generate": _gemini,
    "gemini.interactions": _interactions,
    "bedrock.converse": _bedrock,
    "bedrock.invoke": _bedrock,
    "ollama.chat": _ollama,
    "ollama.generate": _ollama,
    "cohere.v1": _cohere_1,
    "cohere.v2": _cohere,
    "mistral.conversations": _mistral,
    "mcp.http": _json_rpc,
    "a2a": _json_rpc,
}
"""By the API's id in the catalogue."""
