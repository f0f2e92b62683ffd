"""JSON-RPC 2.0 messages, as MCP and A2A send them.

Knows the envelope, and nothing of methods.
"""

from wiretape.cassettes.dialects.delta import Error, Json
from wiretape.cassettes.dialects.json_frames import word_of
from wiretape.cassettes.dialects.payload import object_of, text_of
from wiretape.cassettes.dialects.reading import Reading

MESSAGE = frozenset({"jsonrpc", "id", "method", "params", "result", "error"})
"""The members of a message."""

_TYPES = {
    "-32700": "parse_error",
    "-32600": "invalid_request",
    "-32601": "method_not_found",
    "-32602": "invalid_params",
    "-32603": "internal_error",
}
"""Section 5.1 of the specification."""


def tell_error(reading: Reading, error: Json) -> None:
    """The error of a response."""
    said = object_of(error)
    code = word_of(said.get("code"))
    reading.add(
        Error(
            *reading.at("error"),
            code=code,
            type=_TYPES.get(code, ""),
            message=text_of(said.get("message")) or text_of(error),
        )
    )
