"""Rules of errors: the event in a stream, the message on a WebSocket, the body with a status."""

from collections.abc import Iterator

from wiretape.cassettes.conformance.responses.profiles import LETTER, OPENAI, WIRE
from wiretape.cassettes.conformance.responses.stream import Event, Stream, whole_number
from wiretape.cassettes.conformance.rule import Exchange, Finding, Rule, found
from wiretape.cassettes.dialects.delta import Json
from wiretape.cassettes.dialects.payload import object_of
from wiretape.cassettes.framing.frame import Frame

FLAT = Rule(
    "responses.error-flat",
    "error",
    "schema",
    "An `error` event has its details in `error` (OpenAI's SDK declares them beside `type`).",
    LETTER,
)
NESTED = Rule(
    "responses.error-nested",
    "warning",
    "sdk",
    "An `error` event has its details beside `type`: openai-python raises at a top-level `error` "
    "instead of giving the event.",
    OPENAI,
)
TYPE = Rule(
    "responses.error-type",
    "warning",
    "prose",
    "The type of an error is one of the five of the specification (an example of the prose has "
    "OpenAI's `invalid_request_error`).",
    LETTER,
)
BODY = Rule(
    "responses.error-body",
    "error",
    "prose",
    'A response with an error status is `{"error": {"message", "type", "param", "code"}}`.',
    WIRE,
)
SOCKET = Rule(
    "responses.socket-error",
    "error",
    "schema",
    "An error on a WebSocket has `status`, an integer, and `error` with `code` and `message`.",
    WIRE,
)

RULES = (FLAT, NESTED, TYPE, BODY, SOCKET)

TYPES = ("server_error", "invalid_request", "not_found", "model_error", "too_many_requests")

HTTP_ERROR = 400


def check_errors(stream: Stream) -> Iterator[Finding]:
    """Errors among the events of a stream."""
    for event in stream.events:
        if event.type == "error":
            yield from _socket(event) if stream.socket else _event(event)
            error = event.body.get("error")
            if isinstance(error, dict):
                yield from _type(error, event.frame, "$.error.type")


def _event(event: Event) -> Iterator[Finding]:
    if isinstance(event.body.get("error"), dict):
        words = "the details of the error are nested: openai-python raises APIError"
        yield found(NESTED, words, event.frame, "$.error")
    else:
        words = "the details of the error are not in `error`"
        yield found(FLAT, words, event.frame, "$.error")


def _socket(event: Event) -> Iterator[Finding]:
    error = object_of(event.body.get("error"))
    missing = [f"error.{key}" for key in ("code", "message") if key not in error]
    if whole_number(event.body.get("status")) is None:
        missing.insert(0, "status")
    if missing:
        words = f"the error message has no {', '.join(missing)}"
        yield found(SOCKET, words, event.frame, "$")


def check_error_body(body: Json, exchange: Exchange, frame: Frame | None) -> Iterator[Finding]:
    """The body of a response with an error status; None where it is no JSON."""
    response = exchange.interaction.response
    status = response.status if response is not None else 0
    error = object_of(body).get("error")
    if not isinstance(error, dict):
        words = f"status {status} with a body that has no object `error`"
        yield found(BODY, words, frame, "$.error")
        return
    missing = [key for key in ("message", "type", "param", "code") if key not in error]
    if missing:
        words = f"status {status} with an error that has no {', '.join(missing)}"
        yield found(BODY, words, frame, "$.error")
    yield from _type(error, frame, "$.error.type")


def _type(error: dict[str, Json], frame: Frame | None, path: str) -> Iterator[Finding]:
    kind = error.get("type")
    if isinstance(kind, str) and kind not in TYPES:
        yield found(TYPE, f"the error's type is {kind!r}, expected {', '.join(TYPES)}", frame, path)
