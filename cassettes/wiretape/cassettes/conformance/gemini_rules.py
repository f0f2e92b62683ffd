"""Every rule of Gemini's generateContent over one exchange, streamed or whole.

They are what Google's reference says and what google-genai relies on: it checks the types of all
members. A whole answer is a stream of one chunk. Knows the parts, in `gemini`.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from wiretape.cassettes.conformance.gemini import candidate, types
from wiretape.cassettes.conformance.objects import Said, asked, is_answer, read_objects
from wiretape.cassettes.conformance.responses.profiles import CLIENTS, OPENAI
from wiretape.cassettes.conformance.rule import Exchange, Finding, Rule, found
from wiretape.cassettes.dialects.payload import object_of, text_of
from wiretape.cassettes.dialects.reading import whole_number

NOT_AN_OBJECT = Rule(
    "gemini.not-an-object",
    "error",
    "prose",
    "Every chunk is one JSON object: google-genai drops what else there is.",
    CLIENTS,
)
KEY_MISSING = Rule(
    "gemini.key-missing",
    "warning",
    "inferred",
    "Every chunk has `responseId` and `modelVersion`.",
    OPENAI,
)
RESPONSE_ID = Rule(
    "gemini.response-id-changes",
    "error",
    "inferred",
    "All chunks have the same `responseId`.",
    OPENAI,
)
MODEL = Rule(
    "gemini.model-version-changes",
    "warning",
    "inferred",
    "All chunks have the same `modelVersion`.",
    OPENAI,
)
BLOCKED = Rule(
    "gemini.blocked-with-candidates",
    "error",
    "prose",
    "Where `promptFeedback` has a `blockReason` there are no candidates.",
    OPENAI,
)
USAGE_MISSING = Rule(
    "gemini.usage-missing",
    "warning",
    "inferred",
    "The last chunk has `usageMetadata` with `totalTokenCount`.",
    OPENAI,
)
USAGE_FALLS = Rule(
    "gemini.usage-falls",
    "warning",
    "inferred",
    "The counts of `usageMetadata` do not fall from chunk to chunk.",
    OPENAI,
)
LIMIT = Rule(
    "gemini.limit-not-told",
    "warning",
    "prose",
    "An answer that used up `maxOutputTokens` ends with `MAX_TOKENS`, not `STOP`.",
    OPENAI,
)
ERROR = Rule(
    "gemini.error-in-stream",
    "note",
    "sdk",
    "A stream that began says its answer, and no error: google-genai raises APIError.",
    OPENAI,
)
ERROR_UNSEEN = Rule(
    "gemini.error-unseen",
    "error",
    "sdk",
    "`error` is the first member of its chunk: google-genai does not see it elsewhere.",
    CLIENTS,
)
AFTER_ERROR = Rule(
    "gemini.after-error",
    "error",
    "sdk",
    "Nothing follows an error: google-genai has raised APIError.",
    CLIENTS,
)

RULES = (
    *(NOT_AN_OBJECT, KEY_MISSING, RESPONSE_ID, MODEL, BLOCKED, USAGE_MISSING, USAGE_FALLS),
    *(LIMIT, ERROR, ERROR_UNSEEN, AFTER_ERROR),
    *candidate.RULES,
    *types.RULES,
)

_FRAMINGS: Final = ("sse", "json_array", "json")
_SAME: Final = (("responseId", RESPONSE_ID), ("modelVersion", MODEL))
_COUNTS: Final = (
    "promptTokenCount",
    "candidatesTokenCount",
    "thoughtsTokenCount",
    "totalTokenCount",
)


def check_gemini(exchange: Exchange) -> Iterator[Finding]:
    """All of them."""
    if exchange.framing not in _FRAMINGS or not is_answer(exchange):
        return
    stream, unreadable = read_objects(exchange, NOT_AN_OBJECT)
    yield from unreadable
    chunks = [one for one in stream.said if "error" not in one.body]
    failed = next((one for one in stream.said if "error" in one.body), None)
    if failed is not None:
        yield from _failed(failed, stream.said)
    candidates = candidate.Candidates()
    for one in chunks:
        yield from types.check_types(one)
        yield from candidates.read(one)
    yield from _same(chunks)
    whole = stream.whole and failed is None and not unreadable
    blocked = _blocked(chunks)
    if blocked is not None:
        if candidates.by_index:
            yield found(BLOCKED, "there are candidates", blocked.frame, "$.promptFeedback")
    elif whole:
        yield from candidates.finish()
    yield from _usage(chunks, whole=whole)
    yield from _limit(chunks, candidates, exchange)


def _blocked(chunks: Sequence[Said]) -> Said | None:
    """The chunk that says that the prompt was blocked."""
    return next(
        (one for one in chunks if object_of(one.body.get("promptFeedback")).get("blockReason")),
        None,
    )


def _failed(failed: Said, said: Sequence[Said]) -> Iterator[Finding]:
    error = object_of(failed.body["error"])
    words = ": ".join(part for key in ("status", "message") if (part := text_of(error.get(key))))
    yield found(ERROR, f"an error: {words[:200]!r}", failed.frame, "$.error")
    first = next(iter(failed.body))
    if first != "error":
        words = f"{first!r} stands before `error`"
        yield found(ERROR_UNSEEN, words, failed.frame, "$.error")
    if said[-1] is not failed:
        yield found(AFTER_ERROR, "a chunk after an error", said[-1].frame)


def _same(chunks: Sequence[Said]) -> Iterator[Finding]:
    for key, rule in _SAME:
        first = ""
        for one in chunks:
            value = text_of(one.body.get(key))
            if not value:
                words = f"`{key}` is missing"
                yield found(KEY_MISSING, words, one.frame, f"$.{key}")
            elif value != (first := first or value):
                words = f"{value!r}, and {first!r} before"
                yield found(rule, words, one.frame, f"$.{key}")
                break


def _usage(chunks: Sequence[Said], *, whole: bool) -> Iterator[Finding]:
    before: dict[str, int] = {}
    usage: dict[str, object] = {}
    for one in chunks:
        usage = object_of(one.body.get("usageMetadata"))
        for key in _COUNTS:
            count = whole_number(usage.get(key))
            if count is None:
                continue
            if count < before.setdefault(key, count):
                words = f"`{key}` is {count}, and was {before[key]}"
                yield found(USAGE_FALLS, words, one.frame, f"$.usageMetadata.{key}")
            before[key] = count
    if whole and chunks and whole_number(usage.get("totalTokenCount")) is None:
        words = "`totalTokenCount` is missing"
        yield found(USAGE_MISSING, words, chunks[-1].frame, "$.usageMetadata")


def _limit(
    chunks: Sequence[Said], candidates: candidate.Candidates, exchange: Exchange
) -> Iterator[Finding]:
    config = object_of(asked(exchange).get("generationConfig"))
    limit = whole_number(config.get("maxOutputTokens"))
    if limit is None or candidates.reasons() != {"STOP"} or len(candidates.by_index) != 1:
        return
    last = chunks[-1]
    usage = object_of(last.body.get("usageMetadata"))
    said = sum(
        whole_number(usage.get(key)) or 0 for key in ("candidatesTokenCount", "thoughtsTokenCount")
    )
    if said >= limit:
        words = f"{said} tokens of {limit}, and `finishReason` is 'STOP'"
        yield found(LIMIT, words, last.frame)
