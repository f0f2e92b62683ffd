"""What every chunk of Chat Completions has, and what stays the same from chunk to chunk.

Azure's chunks that tell of its filters alone have an empty `object`, `id` and `model`, and say
nothing; they are passed over, as openai-python does. Knows chunks one by one, and no choice.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from wiretape.cassettes.conformance.objects import Said, Stream, is_or_missing
from wiretape.cassettes.conformance.responses.profiles import CLIENTS, OPENAI
from wiretape.cassettes.conformance.rule import Finding, Rule, found
from wiretape.cassettes.dialects.delta import Json
from wiretape.cassettes.dialects.payload import list_of, object_of

CHUNK: Final = "chat.completion.chunk"

NOT_AN_OBJECT = Rule(
    "chat.not-an-object",
    "error",
    "prose",
    "The data of every event is one JSON object, or `[DONE]`.",
    CLIENTS,
)
OBJECT = Rule(
    "chat.object-wrong",
    "error",
    "sdk",
    "A chunk that says anything has the `object` `chat.completion.chunk`: `stream()` of"
    " openai-python passes others over.",
    CLIENTS,
)
KEY_MISSING = Rule(
    "chat.key-missing", "error", "prose", "Every chunk has `id`, `created` and `model`.", OPENAI
)
ID = Rule("chat.id-changes", "error", "prose", "All chunks have the same `id`.", OPENAI)
MODEL = Rule(
    "chat.model-changes", "warning", "inferred", "All chunks have the same `model`.", OPENAI
)
CREATED = Rule(
    "chat.created-changes",
    "warning",
    "prose",
    "All chunks have the same `created`.",
    OPENAI,
)
CHOICES = Rule(
    "chat.choices-missing", "error", "sdk", "Every chunk has `choices`, an array.", CLIENTS
)

RULES = (NOT_AN_OBJECT, OBJECT, KEY_MISSING, ID, MODEL, CREATED, CHOICES)

_SAME: Final = (("id", ID), ("model", MODEL), ("created", CREATED))


def is_error(one: Said) -> bool:
    """Whether it tells of a failure, and is no chunk."""
    return bool(one.body.get("error")) or one.frame.name == "error"


def is_chunk(one: Said) -> bool:
    """Whether openai-python takes it for a chunk."""
    return one.body.get("object") == CHUNK and isinstance(one.body.get("choices"), list)


def choices_of(one: Said) -> Iterator[tuple[str, dict[str, Json]]]:
    """The choices of a chunk that are objects, each with its path."""
    for place, choice in enumerate(list_of(one.body.get("choices"))):
        if isinstance(choice, dict):
            yield f"$.choices[{place}]", choice


class Read(msgspec.Struct, frozen=True):
    """What openai-python reads of a stream: all that stands before `[DONE]`."""

    said: Sequence[Said]
    """Without errors."""
    chunks: Sequence[Said]
    """Of these, the chunks."""
    failed: Said | None
    """The first error."""


def read_chunks(stream: Stream) -> Read:
    """Errors and chunks told apart."""
    end = stream.done[0].number if stream.done else None
    before = [one for one in stream.said if end is None or one.frame.number < end]
    failed = next(filter(is_error, before), None)
    said = before if failed is None else [one for one in before if not is_error(one)]
    return Read(said, [one for one in said if is_chunk(one)], failed)


def check_chunks(said: Sequence[Said]) -> Iterator[Finding]:
    """What each is by itself, and beside the first."""
    first: dict[str, Json] = {}
    reported: set[str] = set()
    flawless: tuple[Json, ...] = ()
    for one in said:
        body = one.body
        head = (body.get("object"), body.get("id"), body.get("model"), body.get("created"))
        if head == flawless and isinstance(body.get("choices"), list):
            continue  # as the one before: nearly every chunk
        flawless = head if head[0] == CHUNK and all(head) else ()
        yield from _shape(one)
        for key, rule in _SAME:
            value = body.get(key)
            if not value:  # of Azure's first
                continue
            if value != first.setdefault(key, value) and key not in reported:
                reported.add(key)  # once: the rest of the stream is likely to be so
                yield found(rule, f"{value!r}, and {first[key]!r} before", one.frame, f"$.{key}")


def _shape(one: Said) -> Iterator[Finding]:
    body, frame = one.body, one.frame
    kind = body.get("object")
    if kind != CHUNK and (says_anything(one) or "object" not in body):
        what = f"`object` is {kind!r}" if "object" in body else "`object` is missing"
        yield found(OBJECT, what, frame, "$.object")
    if not isinstance(body.get("choices"), list):
        yield found(CHOICES, is_or_missing(body, "choices"), frame, "$.choices")
    for key in ("id", "created", "model"):
        if body.get(key) is None:
            yield found(KEY_MISSING, is_or_missing(body, key), frame, f"$.{key}")


def says_anything(one: Said) -> bool:
    """Whether there is something in it that the answer is made of."""
    if one.body.get("usage"):
        return True
    return any(
        choice.get("finish_reason") or says(object_of(choice.get("delta")))
        for _, choice in choices_of(one)
    )


def says(delta: dict[str, Json]) -> bool:
    """Whether a delta adds to the answer."""
    return any(delta.get(key) for key in ("content", "refusal", "tool_calls", "function_call"))
