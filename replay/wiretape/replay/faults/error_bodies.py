"""The bodies that providers send with an HTTP error, each in its API's own form.

Sources: the shapes that `wiretape.cassettes.dialects.http_error` reads. Knows APIs by id.
"""

from collections.abc import Callable
from http import HTTPStatus

import msgspec

OVERLOADED = 529
"""Anthropic's own status: all of the service is overloaded, not one customer."""

_OURS = 500
"""Statuses from here on are the provider's own errors, below it the client's (RFC 9110 section
15)."""

_REASONS = {OVERLOADED: "Overloaded"}

_MESSAGES = {
    429: "Rate limit reached; try again later",
    500: "The server had an error while processing your request",
    503: "The service is temporarily unavailable",
    OVERLOADED: "Overloaded",
}


def reason_of(code: int) -> str:
    """The reason phrase of a status; empty where it has none."""
    try:
        return HTTPStatus(code).phrase
    except ValueError:
        return _REASONS.get(code, "")


def error_body(api: str, code: int) -> bytes:
    """What the API's provider says with a status."""
    message = _MESSAGES.get(code) or reason_of(code) or f"status {code}"
    form = _BODIES.get(api, _openai)
    return msgspec.json.encode(form(code, message))


def error_headers(api: str, code: int) -> tuple[tuple[str, str], ...]:
    """The headers that belong to the body; without them its SDK does not know the error."""
    if api.startswith("bedrock."):
        other = "InternalServerException" if code >= _OURS else "ValidationException"
        return (("x-amzn-errortype", _BEDROCK.get(code, other)),)
    return ()


_OPENAI_CODES = {
    401: "invalid_api_key",
    404: "model_not_found",
    429: "rate_limit_exceeded",
}


def _openai(code: int, message: str) -> object:
    kind = "server_error" if code >= _OURS else "invalid_request_error"
    if code == HTTPStatus.TOO_MANY_REQUESTS:
        kind = "requests"
    name = _OPENAI_CODES.get(code)
    return {"error": {"message": message, "type": kind, "param": None, "code": name}}


_ANTHROPIC = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    OVERLOADED: "overloaded_error",
}
"""Any other of the client's is an `invalid_request_error`, of the provider's an `api_error`."""


def _anthropic(code: int, message: str) -> object:
    other = "api_error" if code >= _OURS else "invalid_request_error"
    error = {"type": _ANTHROPIC.get(code, other), "message": message}
    return {"type": "error", "error": error, "request_id": None}


_GOOGLE = {
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    408: "DEADLINE_EXCEEDED",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


def _google(code: int, message: str) -> object:
    status = _GOOGLE.get(code, "INTERNAL" if code >= _OURS else "INVALID_ARGUMENT")
    return {"error": {"code": code, "message": message, "status": status}}


_BEDROCK = {
    401: "UnrecognizedClientException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    408: "ModelTimeoutException",
    424: "ModelErrorException",
    429: "ThrottlingException",
    503: "ServiceUnavailableException",
}


def _message(code: int, message: str) -> object:
    return {"message": message}


def _ollama(code: int, message: str) -> object:
    return {"error": message}


def _mistral(code: int, message: str) -> object:
    return {"object": "error", "message": message, "type": "error", "param": None, "code": code}


def _json_rpc(code: int, message: str) -> object:
    return {"jsonrpc": "2.0", "id": None, "error": {"code": -32603, "message": message}}


_BODIES: dict[str, Callable[[int, str], object]] = {
    "anthropic.messages": _anthropic,
    "gemini.generate": _google,
    "gemini.interactions": _google,
    "bedrock.converse": _message,
    "bedrock.invoke": _message,
    "ollama.chat": _ollama,
    "ollama.generate": _ollama,
    "cohere.v1": _message,
    "cohere.v2": _message,
    "mistral.conversations": _mistral,
    "mcp.http": _json_rpc,
    "a2a": _json_rpc,
}
"""By the API's id in the catalogue; all others answer as OpenAI does."""
