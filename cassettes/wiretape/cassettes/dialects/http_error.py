"""What an HTTP error means, in the bodies that providers send with it.

Shapes: `{"error": {"message", "type", "code"}}` (OpenAI, Anthropic, most), `{"error": "words"}`
(Ollama), `{"error": {"code", "status", "message"}}`, also inside an array (Gemini),
`{"message", "type"|"code"}` (Cohere, Bedrock, Mistral), `{"detail"}` (FastAPI), or no JSON at all.
"""

from wiretape.cassettes.dialects.delta import Error, Json
from wiretape.cassettes.dialects.payload import NotJson, decode_json, object_of

MOST_WORDS = 500
"""Characters of a body that is no JSON, which are told as the message."""


def http_error(status: int, reason: str, body: bytes, at_ns: int) -> Error:
    """The error of a response with an error status."""
    value = decode_json(body)
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, NotJson) or not isinstance(value, dict):
        words = body[: 4 * MOST_WORDS].decode("utf-8", "replace").strip()[:MOST_WORDS]
        return Error(0, at_ns, origin="http", message=words or reason, http_status=status)
    inner = value.get("error", value)
    error = {"message": inner} if isinstance(inner, str) else object_of(inner)
    return Error(
        0,
        at_ns,
        origin="http",
        code=_word(error.get("code")),
        type=_word(error.get("type") or error.get("status") or error.get("__type")),
        message=_word(error.get("message") or error.get("detail") or value.get("message"))
        or reason,
        http_status=status,
    )


def _word(value: Json) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)[:MOST_WORDS]
