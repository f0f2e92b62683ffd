"""Every rule of Responses, streamed or whole, over one exchange."""

from collections.abc import Iterator

from wiretape.cassettes.conformance.responses import (
    errors,
    extensions,
    lifecycle,
    order,
    request,
    schema,
    sequence,
    snapshots,
    stream,
)
from wiretape.cassettes.conformance.responses.profiles import ALL
from wiretape.cassettes.conformance.rule import Exchange, Finding, Rule, found
from wiretape.cassettes.framing.frame import Frame
from wiretape.cassettes.http1 import header

CONTENT_TYPE = Rule(
    "responses.content-type",
    "error",
    "prose",
    "A stream is `text/event-stream`, a plain answer `application/json`.",
    ALL,
)

RULES = (
    CONTENT_TYPE,
    *stream.RULES,
    *sequence.RULES,
    *lifecycle.RULES,
    *order.RULES,
    *snapshots.RULES,
    *schema.RULES,
    *extensions.RULES,
    *errors.RULES,
    *request.RULES,
)

_CONTENT_TYPES = {
    "sse": ("text/event-stream", "server-sent events"),
    "json": ("application/json", "one JSON value"),
}


def check_responses(exchange: Exchange) -> Iterator[Finding]:
    """All of them."""
    yield from _content_type(exchange)
    yield from request.check_request(exchange)
    if exchange.framing in ("sse", "websocket"):
        yield from _streamed(exchange)
    elif exchange.framing == "json":
        yield from _whole(exchange)


def _content_type(exchange: Exchange) -> Iterator[Finding]:
    response, expected = exchange.interaction.response, _CONTENT_TYPES.get(exchange.framing)
    if response is None or expected is None or not response.body:
        return
    named = (header(response.headers, "content-type") or "").partition(";")[0].strip().lower()
    if named != expected[0]:
        words = f"the content type is {named or 'missing'}, the body is {expected[1]}"
        yield found(CONTENT_TYPE, words)


def _streamed(exchange: Exchange) -> Iterator[Finding]:
    streams, unreadable = stream.read_events(exchange)
    yield from unreadable
    for one in streams:
        yield from sequence.check_sequence(one)
        yield from lifecycle.check_lifecycle(one)
        if not one.resumed:  # the items began before
            yield from order.check_items(one)
        yield from snapshots.check_snapshots(one, exchange)
        yield from schema.check_schema(one)
        yield from extensions.check_extensions(one)
        yield from errors.check_errors(one)
        yield from request.check_echo(one, exchange)


def _whole(exchange: Exchange) -> Iterator[Finding]:
    frame = next((one for one in exchange.frames if isinstance(one, Frame)), None)
    body = exchange.decode(frame.data) if frame is not None else None
    response = exchange.interaction.response
    if response is not None and response.status >= errors.HTTP_ERROR:
        yield from errors.check_error_body(body, exchange, frame)
    elif frame is not None and isinstance(body, dict):
        match body.get("object", "response" if "output" in body else ""):
            case "response":
                yield from snapshots.check_whole(body, exchange, frame)
                yield from schema.check_response_schema(body, frame)
                yield from extensions.check_response(body, frame, "$", items=True)
            case "response.compaction":
                yield from schema.check_compaction(body, frame)
