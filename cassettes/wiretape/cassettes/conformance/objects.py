"""The JSON objects that a stream is made of, read from its frames.

What is no JSON is left out: that is found by the rules of framing. Knows frames and requests;
nothing of what objects mean.
"""

import msgspec

from wiretape.cassettes.conformance.rule import Exchange, Finding, Rule, found
from wiretape.cassettes.dialects.delta import Json
from wiretape.cassettes.dialects.payload import NotJson, decode_json, object_of
from wiretape.cassettes.framing.frame import Frame, Malformed

DONE = b"[DONE]"
HTTP_ERROR = 400
"""Statuses from here on are errors (RFC 9110 section 15)."""


class Said(msgspec.Struct, frozen=True, gc=False):
    """One object."""

    frame: Frame
    body: dict[str, Json]


class Stream(msgspec.Struct, frozen=True):
    """All objects of a response."""

    said: tuple[Said, ...]
    done: tuple[Frame, ...]
    """Frames that are `[DONE]`."""
    whole: bool
    """Whether it came to its end: nothing that is missing was cut off on the way."""


def is_answer(exchange: Exchange) -> bool:
    """Whether there is a response, and it is no HTTP error."""
    response = exchange.interaction.response
    return response is not None and response.status < HTTP_ERROR


def is_whole(exchange: Exchange) -> bool:
    """Whether the body came to its end, undamaged."""
    return exchange.interaction.timeline.ending.kind == "complete" and not any(
        isinstance(frame, Malformed) for frame in exchange.frames
    )


def read_objects(exchange: Exchange, not_an_object: Rule) -> tuple[Stream, tuple[Finding, ...]]:
    """The objects, and a finding of the rule for each frame that is JSON of another kind."""
    said: list[Said] = []
    done: list[Frame] = []
    findings: list[Finding] = []
    for frame in exchange.frames:
        if not isinstance(frame, Frame) or frame.kind != "data":
            continue
        data = frame.data.strip()
        if data == DONE:
            done.append(frame)
        if not data or data == DONE:
            continue
        body = exchange.decode(frame.data)
        if isinstance(body, dict):
            said.append(Said(frame, body))
        elif not isinstance(body, NotJson):
            findings.append(found(not_an_object, f"the data is {kind_of(body)}", frame, "$"))
    return Stream(tuple(said), tuple(done), is_whole(exchange)), tuple(findings)


def asked(exchange: Exchange) -> dict[str, Json]:
    """The body of the request; empty where it is no JSON object."""
    return object_of(exchange.decode(exchange.interaction.request.body))


def kind_of(value: Json) -> str:
    """What a JSON value is, in words."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "an array"
        case _:
            return "an object"


def is_or_missing(body: dict[str, Json], key: str) -> str:
    """Words for a member that is not what it must be."""
    return f"`{key}` is {kind_of(body[key])}" if key in body else f"`{key}` is missing"


def is_json_object(text: str) -> bool:
    """Whether text is one JSON object."""
    return isinstance(decode_json(text.encode("utf-8", "replace")), dict)
