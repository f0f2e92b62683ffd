"""Which API an interaction speaks, and how its response is framed.

In this order: the path of the request, the content type of the response, the first frame. Each
is believed only where it does not contradict the bytes. Knows no dialect beyond its id.
"""

import re
import zlib
from collections.abc import Iterable
from itertools import islice
from typing import Any

import msgspec

from wiretape.cassettes.dialects.payload import Decode, NotJson, decode_json
from wiretape.cassettes.framing.frame import Frame, Framing

Json = Any

_SUFFIXES = (
    ("/chat/completions", "openai.chat"),
    ("/agents/completions", "openai.chat"),  # Mistral
    ("/fim/completions", "openai.chat"),  # Mistral
    ("/completions", "openai.completions"),
    ("/responses", "openai.responses"),
    ("/audio/speech", "openai.speech"),
    ("/audio/transcriptions", "openai.transcription"),
    ("/audio/translations", "openai.transcription"),
    ("/images/generations", "openai.images"),
    ("/images/edits", "openai.images"),
    ("/threads/runs", "openai.assistants"),
    ("/submit_tool_outputs", "openai.assistants"),
    (":streamgeneratecontent", "gemini.generate"),
    (":generatecontent", "gemini.generate"),
    ("/interactions", "gemini.interactions"),
    ("/converse-stream", "bedrock.converse"),
    ("/converse", "bedrock.converse"),
    ("/invoke-with-response-stream", "bedrock.invoke"),
    ("/invoke", "bedrock.invoke"),
    ("/api/chat", "ollama.chat"),
    ("/api/generate", "ollama.generate"),
    ("/v2/chat", "cohere.v2"),
    ("/v1/chat", "cohere.v1"),
    ("/mcp", "mcp.http"),
    ("/message:stream", "a2a"),
    ("/message:send", "a2a"),
    (":subscribe", "a2a"),
    ("/messages", "anthropic.messages"),
)
"""How a path ends, in lower case, and whose it is; the first that fits."""

_FOLDERS = (
    ("/responses/", "openai.responses"),  # a stored one, retrieved
    ("/interactions/", "gemini.interactions"),
    ("/messages/batches/", "anthropic.messages"),  # the results of a batch, a line each
    ("/v1/conversations", "mistral.conversations"),
)
"""What a path holds where no suffix fits."""

_CONTENT_TYPES: dict[str, Framing] = {
    "text/event-stream": "sse",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "application/x-jsonl": "ndjson",
    "application/stream+json": "ndjson",  # Cohere v1
    "application/vnd.amazon.eventstream": "eventstream",
}

SSE_FIELDS = (b"data:", b"event:", b"id:", b"retry:", b":")
"""How a line of an event stream begins."""

_SSE_OF_JSON = re.compile(rb"(?:^|[\r\n])data: ?\{")
_MEDIA = ("audio/", "image/", "video/")
_AS_TEXT = frozenset({"openai.speech", "openai.transcription"})
"""APIs that answer with bare sound or text, which may begin like anything."""
_BOM = b"\xef\xbb\xbf"


class Framed(msgspec.Struct, frozen=True):
    """How a body is framed."""

    framing: Framing
    remark: str = ""
    """Words, where the content type says otherwise."""


def api_of_path(target: str) -> str:
    """The id of the API that a request's path names; empty where it names none."""
    path = target.partition("?")[0].rstrip("/").lower()
    if path.endswith("/runs") and "/threads/" in path:
        return "openai.assistants"
    if path.endswith("/messages") and "/threads/" in path:
        return ""  # the list of a thread's messages
    for suffix, api in _SUFFIXES:
        if path.endswith(suffix):
            return api
    return next((api for folder, api in _FOLDERS if folder in path), "")


def framing_of(content_type: str, body: bytes, api: str = "") -> Framed:
    """How a body is framed: as its content type says, unless its first bytes say otherwise.

    `api` is what the path names: where bare text is a whole answer, events must hold JSON.
    """
    named = content_type.partition(";")[0].strip().lower()
    if named.startswith(_MEDIA):
        return Framed("json")  # samples may look like anything
    declared = _CONTENT_TYPES.get(named)
    seen = _seen(body, declared)
    if seen == "sse" and declared is None and api in _AS_TEXT and not _SSE_OF_JSON.search(body):
        seen = None
    if declared is None:
        told = "" if seen in ("json", "json_array") else _lie(named, seen)
        return Framed(seen or "json", told)
    if seen is None or seen == declared:
        return Framed(declared)
    return Framed(seen, _lie(named, seen))


def _lie(named: str, seen: Framing | None) -> str:
    if seen is None:
        return ""
    return f"the content type is {named or 'missing'}, the body is {_WORDS[seen]}"


_WORDS: dict[Framing, str] = {
    "sse": "server-sent events",
    "ndjson": "lines of JSON",
    "eventstream": "AWS eventstream messages",
    "json_array": "one JSON array",
    "json": "one JSON value",
    "websocket": "WebSocket frames",
}


def _seen(body: bytes, declared: Framing | None) -> Framing | None:
    """What the bytes look like; None where they do not tell."""
    start = body[:64].removeprefix(_BOM).lstrip()
    if start.startswith(SSE_FIELDS):
        return "sse"
    if _is_eventstream(body):
        return "eventstream"
    if declared == "sse" and start[:1] in b"{[" and start:
        return "json" if not isinstance(decode_json(body), NotJson) else None
    if declared is not None:
        return None
    if start.startswith(b"["):
        return "json_array"
    if start.startswith(b"{"):
        return "ndjson" if _is_lines(body) else "json"
    return None


def _is_eventstream(body: bytes) -> bool:
    """The lengths of the first message fit one another (u32 total, u32 headers), and so does
    their checksum: sound may begin with such lengths."""
    if len(body) < 16 or zlib.crc32(body[:8]) != int.from_bytes(body[8:12], "big"):
        return False
    total, headers = int.from_bytes(body[:4], "big"), int.from_bytes(body[4:8], "big")
    return 16 + headers <= total <= 24 * 1024 * 1024 + 128 * 1024 and headers <= 128 * 1024


def _is_lines(body: bytes) -> bool:
    """More than one line, the first of them a whole JSON value of its own."""
    first, newline, rest = body.lstrip().partition(b"\n")
    return bool(newline and rest.strip()) and not isinstance(decode_json(first), NotJson)


class Spoken(msgspec.Struct, frozen=True):
    """The API of a body."""

    api: str = ""
    remark: str = ""
    """Words, where the path says otherwise."""


def api_of(named: str, frames: Iterable[Frame], decode: Decode = decode_json) -> Spoken:
    """The API that the path named, unless the first frames are surely another's."""
    first = list(islice((frame for frame in frames if frame.kind == "data"), SNIFFED_FRAMES))
    seen = next(filter(None, (api_of_frame(frame, decode) for frame in first)), "")
    if not seen or not named:
        return Spoken(named or seen)
    sure = next(filter(None, (_sure_api_of_frame(frame, decode) for frame in first)), "")
    if sure in ("", named):
        return Spoken(named)
    return Spoken(sure, f"the path is that of {named}, the body speaks {sure}")


SNIFFED_FRAMES = 5
"""Data frames among which one that tells its API is looked for: Azure's first tells nothing."""


def _sure_api_of_frame(frame: Frame, decode: Decode) -> str:
    """The API whose own name for itself stands in the frame."""
    value = decode(frame.data)
    return _api_of_own_name(value) if isinstance(value, dict) else ""


def api_of_frame(frame: Frame, decode: Decode = decode_json) -> str:
    """The API that a first frame speaks; empty where it does not tell."""
    if ":event-type" in frame.headers or ":exception-type" in frame.headers:
        return "bedrock.invoke" if frame.name == "chunk" else "bedrock.converse"
    value = decode(frame.data)
    if isinstance(value, dict):
        return _api_of_object(value) or _api_of_name(frame.name)
    return _api_of_name(frame.name)


_TYPES = (
    ("response.", "openai.responses"),
    ("message_start", "anthropic.messages"),
    ("content_block", "anthropic.messages"),
    ("message-start", "cohere.v2"),
    ("image_generation.", "openai.images"),
    ("image_edit.", "openai.images"),
    ("speech.audio.", "openai.speech"),
    ("transcript.text.", "openai.transcription"),
    ("conversation.response.", "mistral.conversations"),
)
"""How the `type` of a first frame begins."""

_KEYS = (
    ("candidates", "gemini.generate"),
    ("promptFeedback", "gemini.generate"),
    ("event_type", "gemini.interactions"),
    ("statusUpdate", "a2a"),
    ("artifactUpdate", "a2a"),
)

_OBJECTS = {
    "chat.completion.chunk": "openai.chat",
    "chat.completion": "openai.chat",
    "text_completion": "openai.completions",
    "response": "openai.responses",
}


def _api_of_object(value: dict[str, Json]) -> str:
    if own := _api_of_own_name(value):
        return own
    if "event_type" in value and "is_finished" in value:
        return "cohere.v1"
    if "jsonrpc" in value:
        return "a2a" if _is_a2a(value.get("result")) else "mcp.http"
    for key, api in _KEYS:
        if key in value:
            return api
    return _api_of_shape(value)


_A2A_KEYS = frozenset({"task", "message", "statusUpdate", "artifactUpdate"})
_A2A_KINDS = frozenset({"task", "message", "status-update", "artifact-update"})


def _is_a2a(result: Json) -> bool:
    """Whether a JSON-RPC result is one of A2A's: by its key, or by `kind` before version 1.0."""
    if not isinstance(result, dict):
        return False
    kind = result.get("kind")
    return bool(_A2A_KEYS & result.keys()) or (isinstance(kind, str) and kind in _A2A_KINDS)


def _api_of_own_name(value: dict[str, Json]) -> str:
    kind = value.get("type")
    if isinstance(kind, str):
        for start, api in _TYPES:
            if kind.startswith(start):
                return api
        if kind == "message" and "content" in value:
            return "anthropic.messages"
    named = value.get("object")
    return _OBJECTS.get(named, "") if isinstance(named, str) else ""


def _api_of_shape(value: dict[str, Json]) -> str:
    choices = value.get("choices")
    if isinstance(choices, list):
        first = choices[0] if choices and isinstance(choices[0], dict) else {}
        return "openai.completions" if "text" in first else "openai.chat"
    if "done" in value:
        return "ollama.generate" if "response" in value else "ollama.chat"
    return ""


def _api_of_name(name: str) -> str:
    if name.startswith(("thread.", "thread.run")):
        return "openai.assistants"
    return next((api for start, api in _TYPES if name.startswith(start)), "")
