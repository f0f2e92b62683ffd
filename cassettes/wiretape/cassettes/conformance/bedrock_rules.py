"""Every rule of Bedrock's streams over one exchange.

They are what AWS's reference and the service model that boto3 is made of say. The chunks of
InvokeModel hold what the model itself speaks: Anthropic's events are held to the rules of
Messages, Nova's to those of ConverseStream, and others to none. Knows the parts, in `bedrock`.
"""

from collections.abc import Iterator, Sequence

from wiretape.cassettes.conformance.bedrock import blocks, invoke, message
from wiretape.cassettes.conformance.objects import (
    Said,
    asked,
    is_answer,
    is_or_missing,
    is_whole,
)
from wiretape.cassettes.conformance.responses.profiles import CLIENTS, OPENAI
from wiretape.cassettes.conformance.rule import Exchange, Finding, Rule, found
from wiretape.cassettes.dialects.bedrock_errors import is_exception
from wiretape.cassettes.dialects.payload import (
    NotJson,
    decode_json,
    object_of,
    text_of,
)
from wiretape.cassettes.framing.frame import Frame

NOT_JSON = Rule(
    "bedrock.not-json",
    "error",
    "sdk",
    "The payload of every event is one JSON object: boto3 loses what is none, or raises.",
    CLIENTS,
)
BYTES = Rule(
    "bedrock.chunk-bytes",
    "error",
    "schema",
    "A chunk of InvokeModel has `bytes`: base64 of a JSON object.",
    OPENAI,
)
EXCEPTION = Rule(
    "bedrock.exception-in-stream",
    "note",
    "sdk",
    "A stream that began says its message, and no exception: boto3 raises EventStreamError.",
    OPENAI,
)
AFTER_EXCEPTION = Rule(
    "bedrock.after-exception",
    "error",
    "sdk",
    "Nothing follows an exception: boto3 has raised EventStreamError.",
    CLIENTS,
)

RULES = (NOT_JSON, BYTES, EXCEPTION, AFTER_EXCEPTION, *message.RULES, *blocks.RULES)


def check_bedrock(exchange: Exchange) -> Iterator[Finding]:
    """All of them."""
    if exchange.framing != "eventstream" or not is_answer(exchange):
        return
    frames = [one for one in exchange.frames if isinstance(one, Frame)]
    said: list[Said] = []
    failed: Frame | None = None
    for frame in frames:
        if failed is not None:
            yield found(AFTER_EXCEPTION, f"{frame.name!r} after an exception", frame)
            break
        if is_exception(frame):
            failed = frame
            yield found(EXCEPTION, f"{frame.name!r}: {_message(frame)!r}", frame)
            continue
        body = exchange.decode(frame.data)
        if isinstance(body, dict):
            said.append(Said(frame, body))
        else:
            words = body.words if isinstance(body, NotJson) else "it is no object"
            yield found(NOT_JSON, f"the payload is no JSON object: {words!r}", frame)
    whole = is_whole(exchange) and failed is None
    if exchange.api == "bedrock.invoke":
        yield from _invoked(said, exchange, whole=whole)
    else:
        events = [(one.frame.name, one) for one in said]
        yield from message.check_events(events, asked(exchange), whole=whole)


def _message(frame: Frame) -> str:
    told = object_of(decode_json(frame.data))
    return (text_of(told.get("message")) or frame.headers.get(":error-message", ""))[:200]


def _invoked(said: Sequence[Said], exchange: Exchange, *, whole: bool) -> Iterator[Finding]:
    for one in said:
        if invoke.said_in(one.body) is None:
            words = "`bytes` is no base64 of a JSON object"
            words = words if one.body.get("bytes") else is_or_missing(one.body, "bytes")
            yield found(BYTES, words, one.frame, "$.bytes")
    events = [
        (name, Said(one.frame, object_of(one.body[name])))
        for one in invoke.said_by_model(exchange)
        for name in one.body
        if name in message.EVENTS
    ]
    if events:
        yield from message.check_events(events, asked(exchange), whole=whole, native=True)
