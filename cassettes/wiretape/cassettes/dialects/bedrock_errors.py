"""Errors of Bedrock: exception messages inside a stream, and the bodies of failed requests.

Knows nothing of what the models say.
"""

from typing import Literal

from wiretape.cassettes.dialects.delta import Error, Json
from wiretape.cassettes.dialects.payload import NotJson, decode_json, object_of, text_of
from wiretape.cassettes.dialects.reading import Reading, whole_number
from wiretape.cassettes.framing.frame import Frame


def is_exception(frame: Frame) -> bool:
    """Whether an eventstream message is an exception or an error, no event."""
    kind = frame.headers.get(":message-type", "")
    return kind in ("exception", "error") or frame.name.endswith("Exception")


def tell_exception(r: Reading, frame: Frame) -> None:
    """`:exception-type` with JSON, or `:error-code` with `:error-message` and nothing else."""
    value = decode_json(frame.data)
    told = {} if isinstance(value, NotJson) else object_of(value)
    error = error_of(r, told, "stream", frame.name)
    if not error.message:
        words = frame.headers.get(":error-message", "") or frame.data.decode("utf-8", "replace")
        error = Error(*r.at(frame.name), type=error.type, code=error.code, message=words[:500])
    r.add(error)


def error_of(
    r: Reading, value: dict[str, Json], origin: Literal["stream", "http"], name: str
) -> Error:
    """`{"message"}`, with what the model itself said where that is known."""
    own = text_of(value.get("originalMessage"))
    message = text_of(value.get("message")) or text_of(value.get("Message"))
    return Error(
        *r.at(name),
        origin=origin,
        type=name or text_of(value.get("__type")),
        message=f"{message} ({own})" if own and own != message else message,
        http_status=whole_number(value.get("originalStatusCode")),
    )


def is_error_body(value: dict[str, Json]) -> bool:
    """Whether a whole answer is an error: `{"message": "..."}`, sometimes with a capital."""
    return isinstance(value.get("message"), str) or isinstance(value.get("Message"), str)
