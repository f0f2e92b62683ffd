"""What a model said in the chunks of Bedrock's InvokeModel: base64 of JSON, each in a message.

Claude speaks Anthropic's events, Nova those of ConverseStream. Knows the chunks, and by what
these two are known; no rule.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from wiretape.cassettes.conformance.objects import Said
from wiretape.cassettes.conformance.rule import Exchange
from wiretape.cassettes.dialects.bedrock_errors import is_exception
from wiretape.cassettes.dialects.delta import Json
from wiretape.cassettes.dialects.payload import decode_json, object_of, text_of, unwrapped_base64
from wiretape.cassettes.framing.frame import Frame

_CLAUDE: Final = ("message_start", "content_block_start", "content_block_delta", "message_delta")


def said_in(chunk: dict[str, Json]) -> dict[str, Json] | None:
    """What the model said in a chunk; None where it is no JSON object."""
    data = unwrapped_base64(text_of(chunk.get("bytes")))
    value = decode_json(data) if data else None
    return value if isinstance(value, dict) else None


def said_by_model(exchange: Exchange) -> tuple[Said, ...]:
    """All of it, in order."""
    return tuple(_said(exchange))


def _said(exchange: Exchange) -> Iterator[Said]:
    for frame in exchange.frames:
        if isinstance(frame, Frame) and not is_exception(frame):
            inner = said_in(object_of(exchange.decode(frame.data)))
            if inner is not None:
                yield Said(frame, inner)


def has_exception(exchange: Exchange) -> bool:
    """Whether there is one, so that nothing that is missing need have come."""
    return any(isinstance(frame, Frame) and is_exception(frame) for frame in exchange.frames)


def is_claude(said: Sequence[Said]) -> bool:
    """Whether these are Anthropic's events."""
    return any(one.body.get("type") in _CLAUDE for one in said)
