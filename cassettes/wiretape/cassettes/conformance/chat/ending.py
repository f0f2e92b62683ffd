"""How a stream of Chat Completions ends: usage, `[DONE]`, or an error.

Knows the request for what it asked: usage, and how many tokens at most.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from wiretape.cassettes.conformance.chat.chunk import Read, choices_of, is_error
from wiretape.cassettes.conformance.objects import Said, Stream, asked
from wiretape.cassettes.conformance.responses.profiles import CLIENTS, OPENAI
from wiretape.cassettes.conformance.rule import Exchange, Finding, Rule, found
from wiretape.cassettes.dialects.payload import object_of
from wiretape.cassettes.dialects.reading import whole_number
from wiretape.cassettes.framing.frame import Frame

NO_CHUNKS = Rule(
    "chat.no-chunks",
    "error",
    "sdk",
    "A stream has a chunk, or an error: openai-python has no completion to give without.",
    CLIENTS,
)
DONE_MISSING = Rule(
    "chat.done-missing",
    "error",
    "prose",
    "A stream ends with `data: [DONE]`, after an error too.",
    OPENAI,
)
DONE_AGAIN = Rule("chat.done-again", "warning", "inferred", "There is one `[DONE]`.", OPENAI)
AFTER_DONE = Rule(
    "chat.after-done",
    "error",
    "sdk",
    "Nothing follows `[DONE]`: openai-python reads no further.",
    CLIENTS,
)
ERROR = Rule(
    "chat.error-in-stream",
    "note",
    "sdk",
    "A stream that began says its answer, and no error: openai-python raises APIError.",
    OPENAI,
)
ERROR_UNSEEN = Rule(
    "chat.error-not-data",
    "error",
    "sdk",
    "An error stands in `data:`: a line `error: {...}` is passed over by every client.",
    CLIENTS,
)
AFTER_ERROR = Rule(
    "chat.after-error",
    "error",
    "sdk",
    "After an error no chunk follows: openai-python has raised APIError.",
    CLIENTS,
)
USAGE_MISSING = Rule(
    "chat.usage-missing",
    "error",
    "prose",
    "A stream that is asked for usage, with `stream_options.include_usage`, says it.",
    OPENAI,
)
USAGE_CHOICES = Rule(
    "chat.usage-with-choices",
    "note",
    "prose",
    "Usage comes in a chunk of its own, whose `choices` are empty.",
    OPENAI,
)
USAGE_LOST = Rule(
    "chat.usage-not-last",
    "error",
    "sdk",
    "No chunk follows the one with usage: `stream()` of openai-python keeps what the last chunk"
    " says of usage, and be it nothing.",
    CLIENTS,
)
USAGE_SUM = Rule(
    "chat.usage-sum",
    "warning",
    "prose",
    "`total_tokens` is `prompt_tokens` and `completion_tokens` together.",
    OPENAI,
)
LIMIT = Rule(
    "chat.limit-not-told",
    "warning",
    "prose",
    "A choice that used up `max_tokens` or `max_completion_tokens` ends with `length`, not `stop`.",
    OPENAI,
)

RULES = (
    *(
        NO_CHUNKS,
        DONE_MISSING,
        DONE_AGAIN,
        AFTER_DONE,
        ERROR,
        ERROR_UNSEEN,
        AFTER_ERROR,
        USAGE_MISSING,
    ),
    *(USAGE_CHOICES, USAGE_LOST, USAGE_SUM, LIMIT),
)

_LIMITS: Final = ("max_completion_tokens", "max_tokens")


def check_stream(stream: Stream, read: Read) -> Iterator[Finding]:
    """Its last event, and what follows an error; `stream` still has what follows `[DONE]`."""
    yield from _done(stream)
    if read.failed is not None:
        yield from _failed(read.failed, read.chunks)
    elif stream.whole and not read.chunks:
        yield found(NO_CHUNKS, "there is none")


def check_unseen(frames: Sequence[Frame]) -> Iterator[Finding]:
    """Errors that no client sees."""
    for frame in frames:
        yield found(ERROR_UNSEEN, f"the line {_line(frame)!r}", frame)


def unseen_errors(exchange: Exchange) -> Iterator[Frame]:
    """Events of GPUStack, and of old llama-servers: the field is no field of server-sent events."""
    for frame in exchange.frames:
        if isinstance(frame, Frame) and frame.kind == "empty" and frame.raw.startswith(b"error:"):
            yield frame


def _line(frame: Frame) -> str:
    return frame.raw[:200].decode("utf-8", "replace").rstrip("\r\n")


def _done(stream: Stream) -> Iterator[Finding]:
    if not stream.done:
        if stream.whole:
            failed = bool(stream.said) and is_error(stream.said[-1])
            last = "an error" if failed else "a chunk" if stream.said else "nothing"
            frame = stream.said[-1].frame if stream.said else None
            yield found(DONE_MISSING, f"the stream ends with {last}, without `[DONE]`", frame)
        return
    for frame in stream.done[1:]:
        yield found(DONE_AGAIN, "`[DONE]` again", frame)
    late = next((one for one in stream.said if one.frame.number > stream.done[0].number), None)
    if late is not None:
        yield found(AFTER_DONE, "data after `[DONE]`", late.frame)


def _failed(failed: Said, chunks: Sequence[Said]) -> Iterator[Finding]:
    error = failed.body.get("error")
    message = object_of(error).get("message") or error or failed.body.get("message")
    yield found(ERROR, f"an error: {str(message)[:200]!r}", failed.frame, "$.error")
    late = next((one for one in chunks if one.frame.number > failed.frame.number), None)
    if error and late is not None:
        yield found(AFTER_ERROR, "a chunk after an error", late.frame)


def check_usage(chunks: Sequence[Said], exchange: Exchange, *, whole: bool) -> Iterator[Finding]:
    """What is said of tokens; `whole` where nothing cut the stream off, and no error came."""
    counted = [one for one in chunks if isinstance(one.body.get("usage"), dict)]
    if not counted:
        options = object_of(asked(exchange).get("stream_options"))
        if whole and chunks and options.get("include_usage") is True:
            yield found(USAGE_MISSING, "usage was asked for, and there is none")
        return
    first, last = counted[0], counted[-1]
    if first.body["choices"]:
        words = "usage in a chunk with choices"
        yield found(USAGE_CHOICES, words, first.frame, "$.usage")
    if whole and last is not chunks[-1]:
        words = f"usage was in frame {last.frame.number}, and this chunk has none"
        yield found(USAGE_LOST, words, chunks[-1].frame, "$.usage")
    yield from _counts(last, chunks, exchange)


def _counts(counted: Said, chunks: Sequence[Said], exchange: Exchange) -> Iterator[Finding]:
    usage = object_of(counted.body.get("usage"))
    read, said, total = (
        whole_number(usage.get(key))
        for key in ("prompt_tokens", "completion_tokens", "total_tokens")
    )
    if None not in (read, said, total) and (read or 0) + (said or 0) != total:
        words = f"{read} and {said} are not {total}"
        yield found(USAGE_SUM, words, counted.frame, "$.usage.total_tokens")
    yield from _limit_told(counted, chunks, exchange)


def check_plain(one: Said, exchange: Exchange) -> Iterator[Finding]:
    """An answer that is one JSON object."""
    yield from _limit_told(one, [one], exchange)


def _limit_told(counted: Said, choosing: Sequence[Said], exchange: Exchange) -> Iterator[Finding]:
    said = whole_number(object_of(counted.body.get("usage")).get("completion_tokens"))
    limit = _limit(exchange)
    if limit is not None and said is not None and said >= limit and _reasons(choosing) == {"stop"}:
        words = f"{said} tokens of {limit}, and `finish_reason` is 'stop'"
        yield found(LIMIT, words, counted.frame, "$.usage.completion_tokens")


def _limit(exchange: Exchange) -> int | None:
    """Tokens at most, where usage is that of one choice."""
    request = asked(exchange)
    if whole_number(request.get("n")) not in (None, 1):
        return None
    return next((whole_number(request[key]) for key in _LIMITS if request.get(key)), None)


def _reasons(chunks: Sequence[Said]) -> set[str]:
    return {
        reason
        for one in chunks
        for _, choice in choices_of(one)
        if isinstance(reason := choice.get("finish_reason"), str) and reason
    }
