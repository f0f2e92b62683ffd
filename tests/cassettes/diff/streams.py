"""Answers made by hand as the streams that providers send, cut anywhere, with any ids.

For tests of the comparison: the same answer can be told in many ways.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from hypothesis import strategies as st

from tests.interactions import make_interaction, make_request
from wiretape.cassettes.diff.comparing import side_of
from wiretape.cassettes.diff.comparison import Side
from wiretape.cassettes.model import Interaction

Json = Any

CHAT = make_request(target="/v1/chat/completions")
RESPONSES = make_request(target="/v1/responses")


class Call(msgspec.Struct, frozen=True):
    """A tool call."""

    name: str
    arguments: dict[str, Json]


class Said(msgspec.Struct, frozen=True):
    """What an answer says."""

    text: str = ""
    reasoning: str = ""
    calls: tuple[Call, ...] = ()
    finish: str = "stop"


class Minted(msgspec.Struct, frozen=True):
    """What is another in every answer."""

    id: str = "chatcmpl-1"
    created: int = 1
    fingerprint: str = "fp_1"
    calls: str = "call_"


PLAIN = Minted()


def cut(text: str, borders: Sequence[int]) -> list[str]:
    """A text in pieces, none of them empty."""
    at = sorted({border % (len(text) + 1) for border in borders} - {0, len(text)})
    ends = [*at, len(text)]
    return [text[start:end] for start, end in zip([0, *at], ends, strict=True) if start < end]


def chat_events(
    said: Said,
    minted: Minted = PLAIN,
    borders: Sequence[int] = (),
) -> Iterator[bytes]:
    """The events of a Chat Completions stream."""
    deltas: list[Json] = [{"role": "assistant", "content": ""}]
    deltas += [{"reasoning_content": piece} for piece in cut(said.reasoning, borders)]
    deltas += [{"content": piece} for piece in cut(said.text, borders)]
    for index, call in enumerate(said.calls):
        function = {"name": call.name, "arguments": ""}
        start = {"id": f"{minted.calls}{index}", "type": "function", "function": function}
        deltas.append({"tool_calls": [{"index": index, **start}]})
        for piece in cut(msgspec.json.encode(call.arguments).decode(), borders):
            deltas.append({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
    for delta in deltas:
        yield _chunk(minted, delta, None)
    yield _chunk(minted, {}, said.finish)
    yield b"data: [DONE]\n\n"


def _chunk(minted: Minted, delta: Json, finish: str | None) -> bytes:
    value = {
        "id": minted.id,
        "object": "chat.completion.chunk",
        "created": minted.created,
        "model": "m",
        "system_fingerprint": minted.fingerprint,
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }
    return b"data: " + msgspec.json.encode(value) + b"\n\n"


def chat(
    said: Said,
    minted: Minted = PLAIN,
    borders: Sequence[int] = (),
    reads: Sequence[int] = (),
) -> Interaction:
    """An interaction whose deltas are cut at `borders` and whose bytes at `reads`."""
    return read_in(b"".join(chat_events(said, minted, borders)), reads)


def read_in(body: bytes, reads: Sequence[int] = ()) -> Interaction:
    """A Chat Completions stream that came in reads of any size, at any time."""
    at = sorted({read % (len(body) + 1) for read in reads} - {0, len(body)})
    pieces = [body[start:end] for start, end in zip([0, *at], [*at, len(body)], strict=True)]
    return make_interaction([(10 + 7 * n, piece) for n, piece in enumerate(pieces)], request=CHAT)


def side(interaction: Interaction, label: str = "one") -> Side:
    """An interaction as a side."""
    return side_of(label, f"{label}.tape.zst", interaction)


VOCABULARY = "a the of Berlin rain sun wind 15 degrees is not and, one. two! \n\n - x"
words = st.sampled_from(VOCABULARY.split(" "))
texts = st.lists(words, max_size=30).map(" ".join)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from([0.5, 1.0, 2.0]) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
calls = st.builds(
    Call, st.sampled_from(["weather", "time"]), st.dictionaries(words, values, max_size=3)
)
saids = st.builds(
    Said,
    texts,
    texts,
    st.lists(calls, max_size=3).map(tuple),
    st.sampled_from(["stop", "length", "tool_calls"]),
)
minteds = st.builds(
    Minted, st.text("abc123", min_size=1), st.integers(1, 2**31), st.text("abc"), st.text("xyz")
)
borders = st.lists(st.integers(0, 2000), max_size=12)
