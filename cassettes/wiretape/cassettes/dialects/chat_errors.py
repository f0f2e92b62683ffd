"""Errors in the shapes that Chat Completions servers give them, in a stream and whole.

Knows no frame and no state.
"""

from wiretape.cassettes.dialects.delta import Error, Json
from wiretape.cassettes.dialects.payload import json_text, text_of

_LONGEST_MESSAGE = 2000
"""Characters: an error may carry a page."""


def is_error(value: dict[str, Json]) -> bool:
    """Whether an object of a stream is an error: `{"error": …}` of OpenAI and most, `{"object":
    "error", …}` of vLLM and Mistral, `{"detail": …}` of FastAPI, a bare code with a message."""
    if value.get("error"):
        return True
    if "choices" in value:
        return False
    if value.get("object") == "error" or value.get("type") == "error":
        return True
    message = value.get("message")
    return "detail" in value or (isinstance(message, str) and "code" in value)


def error_of(frame: int, at_ns: int, value: Json, raw_type: str) -> Error:
    """The delta of an error: of an object that is one, of what stood under `error`, of a string."""
    named = value
    while isinstance(named, dict) and named.get("error"):
        outer, named = named, named["error"]
        if isinstance(named, str):
            named = {**outer, "error": None, "message": text_of(outer.get("message")) or named}
    if not isinstance(named, dict):
        return Error(frame, at_ns, raw_type, message=_words(named))
    code = named.get("code")
    status = _status(code) or _status(named.get("status")) or _status(named.get("status_code"))
    return Error(
        frame,
        at_ns,
        raw_type,
        code=_code(code),
        type=text_of(named.get("type")) or text_of(named.get("status")),
        message=_words(_message(named)),
        http_status=status,
    )


def _message(named: dict[str, Json]) -> Json:
    for key in ("message", "detail", "msg", "error_message"):
        if named.get(key):
            return named[key]
    return named


def _words(value: Json) -> str:
    if isinstance(value, str):
        return value[:_LONGEST_MESSAGE]
    return json_text(value)[:_LONGEST_MESSAGE]


def _code(value: Json) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _status(value: Json) -> int | None:
    """An HTTP status, as llama.cpp and OpenRouter give it for a code, vLLM even as a string."""
    if isinstance(value, str) and len(value) == 3 and value.isascii() and value.isdigit():
        value = int(value)
    is_status = isinstance(value, int) and not isinstance(value, bool) and 100 <= value < 600
    return value if is_status else None
