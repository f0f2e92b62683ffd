"""What the demo's provider says, when, and how it stops. Pure and seeded: always the same.

The gaps are irregular, as a model's are. Some events share a write and some are torn between
two, in the middle of a character too, as happens on the way through a provider's edge.
"""

import math
import random
import re
from collections.abc import Iterator, Sequence

import msgspec

from wiretape.cli.demo.wire_events import ChatStream, ResponsesStream

MODEL_PREFIX = "demo-"
"""Every model of the demo begins so; it tells a cassette of the demo from any other."""

STALL_MS = 1200.0
MEDIAN_GAP_MS = 28.0
LEAST_GAP_MS, LARGEST_GAP_MS = 4.0, 180.0
FIRST_BYTE_MS = 240.0
SHARED, TORN = 0.12, 0.10
"""Shares of the writes that carry two events, and of the events that take two writes."""


class Piece(msgspec.Struct, frozen=True):
    """One write: after a silence, some bytes."""

    after_ms: float
    data: bytes


class Script(msgspec.Struct, frozen=True):
    """One stream, and the request that asks for it."""

    title: str
    path: str
    request: dict[str, object]
    pieces: tuple[Piece, ...]
    reset: bool = False
    """The connection is reset after the last piece."""

    @property
    def model(self) -> str:
        return str(self.request["model"])


_THOUGHT = (
    "**Scattering**\n\nThe question is about colour, so I compare how strongly air scatters "
    "short and long waves, and why violet does not win."
)
_ANSWER = (
    "Sunlight is a mix of colours. Air scatters short waves far more than long ones "
    "(by λ⁻⁴), so blue light reaches your eyes from all over the sky — „Rayleigh "
    "scattering“. Violet is scattered even more, but the sun sends less of it and our eyes "
    "see it less: the sky looks blue. 🌤️"
)
_PLAN = "I need the weather for two places; I ask for the first one now."
_ARGUMENTS = '{"latitude":"52.5200","longitude":"13.4050","unit":"celsius"}'
_RIDDLE_THOUGHT = "A mirror swaps front and back, not left and right. So the clock shows"
_RIDDLE_STALLED = " … let me check that once more: ten past nine becomes ten to three."
_RIDDLE_ANSWER = "The clock shows **ten past nine**. A mirror turns it into ten to three."
_STORY = (
    "Once upon a time a tape recorder lived beside a river. Every evening it listened to the "
    "water, and every morning it played the river back to itself, until one day"
)


def scripts() -> tuple[Script, ...]:
    """The four streams."""
    return (_reasoning(), _tool_call(), _stall(), _reset())


def _reasoning() -> Script:
    model = f"{MODEL_PREFIX}reasoner-1"
    stream = ResponsesStream("resp_0a51c0ffee01", model)
    stream.reasoning(_words(_THOUGHT))
    stream.message(_words(_ANSWER))
    stream.complete(16, 118, 34)
    return Script(
        "Responses, reasoning",
        "/v1/responses",
        {
            "model": model,
            "input": "Why is the sky blue?",
            "reasoning": {"effort": "medium", "summary": "detailed"},
            "stream": True,
        },
        _pieces(stream.events, seed=1),
    )


def _tool_call() -> Script:
    model = f"{MODEL_PREFIX}tools-1"
    stream = ResponsesStream("resp_0a51c0ffee02", model)
    stream.reasoning(_words(_PLAN))
    stream.function_call("get_weather", _words(_ARGUMENTS, r'"[^"]*"[:,]?|[{}]'))
    stream.complete(74, 41, 15)
    tool = {
        "type": "function",
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": {"latitude": {"type": "string"}, "longitude": {"type": "string"}},
        },
    }
    return Script(
        "Responses, tool call",
        "/v1/responses",
        {
            "model": model,
            "input": "What's the weather in Berlin and in Lima?",
            "tools": [tool],
            "stream": True,
        },
        _pieces(stream.events, seed=2),
    )


def _stall() -> Script:
    model = f"{MODEL_PREFIX}chat-1"
    stream = ChatStream("chatcmpl-0a51c0ffee03", model)
    stream.reasoning(_words(_RIDDLE_THOUGHT))
    stalled_at = len(stream.events)
    stream.reasoning(_words(_RIDDLE_STALLED))
    stream.text(_words(_RIDDLE_ANSWER))
    stream.finish("stop", 22, 49)
    return Script(
        "Chat, stalls 1.2 s",
        "/v1/chat/completions",
        _chat_request(model, "In a mirror a clock shows ten to three. What time is it?"),
        _pieces(stream.events[:stalled_at], seed=3)
        + _pieces(stream.events[stalled_at:], seed=4, first_ms=STALL_MS),
    )


def _reset() -> Script:
    model = f"{MODEL_PREFIX}flaky-1"
    stream = ChatStream("chatcmpl-0a51c0ffee04", model)
    stream.text(_words(_STORY))
    return Script(
        "Chat, reset half way",
        "/v1/chat/completions",
        _chat_request(model, "Tell me a story."),
        _pieces(stream.events, seed=5),
        reset=True,
    )


def _chat_request(model: str, question: str) -> dict[str, object]:
    return {
        "model": model,
        "messages": [{"role": "user", "content": question}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def _words(text: str, pattern: str = r"\s*\S+\s*$|\s*\S+") -> list[str]:
    return re.findall(pattern, text)


def _pieces(
    events: Sequence[bytes], seed: int, first_ms: float = FIRST_BYTE_MS
) -> tuple[Piece, ...]:
    rng = random.Random(seed)  # noqa: S311  (a script, no secret)
    writes = list(_writes(events, rng))
    gaps = [first_ms, *(_gap_ms(rng) for _ in writes[1:])]
    return tuple(Piece(gap, data) for gap, data in zip(gaps, writes, strict=True))


def _writes(events: Sequence[bytes], rng: random.Random) -> Iterator[bytes]:
    held = b""
    for event in events:
        held += event
        chance = rng.random()
        if chance < SHARED:
            continue
        if chance < SHARED + TORN:
            cut = rng.randrange(1, len(held))
            yield held[:cut]
            held = held[cut:]
        yield held
        held = b""
    if held:
        yield held


def _gap_ms(rng: random.Random) -> float:
    gap = rng.lognormvariate(math.log(MEDIAN_GAP_MS), 0.8)
    return round(min(max(gap, LEAST_GAP_MS), LARGEST_GAP_MS), 1)
