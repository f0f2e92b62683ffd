"""The message around the blocks: begun once, stopped once, its usage and its stop reason.

Knows the events of a stream, wherever they come from: server-sent events, or chunks of Bedrock's
InvokeModel. Knows the request for how many tokens it asked at most.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from wiretape.cassettes.conformance.messages.blocks import MEMBER_MISSING, TYPE_UNKNOWN, Blocks
from wiretape.cassettes.conformance.objects import Said, is_or_missing
from wiretape.cassettes.conformance.responses.profiles import CLIENTS, OPENAI
from wiretape.cassettes.conformance.rule import Finding, Rule, found
from wiretape.cassettes.dialects.delta import Json
from wiretape.cassettes.dialects.payload import list_of, object_of, text_of
from wiretape.cassettes.dialects.reading import whole_number

TYPE_MISSING = Rule(
    "messages.type-missing", "error", "prose", "Every event has a `type`, a string.", CLIENTS
)
START_MISSING = Rule(
    "messages.start-missing",
    "error",
    "prose",
    "The first event is `message_start`; only pings may come before.",
    CLIENTS,
)
START_AGAIN = Rule(
    "messages.start-again",
    "error",
    "prose",
    "There is one `message_start`: anthropic's client adds what follows another to the first.",
    CLIENTS,
)
START_CONTENT = Rule(
    "messages.start-content",
    "error",
    "prose",
    "The message of `message_start` has `content`, an empty array: blocks are added to it.",
    CLIENTS,
)
AFTER_DELTA = Rule(
    "messages.after-message-delta",
    "error",
    "prose",
    "All blocks come before `message_delta`.",
    OPENAI,
)
DELTA_MISSING = Rule(
    "messages.message-delta-missing",
    "error",
    "prose",
    "A `message_delta` comes before `message_stop`.",
    CLIENTS,
)
DELTA_AGAIN = Rule(
    "messages.message-delta-again",
    "note",
    "inferred",
    "There is one `message_delta`; the reference allows more, Anthropic sends one.",
    OPENAI,
)
REASON_MISSING = Rule(
    "messages.stop-reason-missing",
    "error",
    "prose",
    "When a message ends, its `stop_reason` has been said.",
    CLIENTS,
)
REASON_UNKNOWN = Rule(
    "messages.stop-reason-unknown",
    "warning",
    "prose",
    "`stop_reason` is one of those that Anthropic lists.",
    OPENAI,
)
REASON_NO_CALL = Rule(
    "messages.tool-use-without-call",
    "error",
    "prose",
    "A message that stops with `tool_use` has a `tool_use` block.",
    OPENAI,
)
REASON_NOT_TOLD = Rule(
    "messages.tool-use-not-told",
    "warning",
    "inferred",
    "A message with a `tool_use` block does not stop with `end_turn`.",
    OPENAI,
)
STOP_MISSING = Rule(
    "messages.stop-missing", "error", "prose", "A stream ends with `message_stop`.", OPENAI
)
AFTER_STOP = Rule(
    "messages.after-stop", "error", "prose", "Nothing follows `message_stop` but pings.", OPENAI
)
USAGE_MISSING = Rule(
    "messages.usage-missing",
    "error",
    "sdk",
    "`message_start` and `message_delta` have `usage`, with `output_tokens`: anthropic's client"
    " fails without.",
    CLIENTS,
)
USAGE_FALLS = Rule(
    "messages.usage-falls",
    "error",
    "prose",
    "The counts of `usage` are cumulative, so none falls: anthropic's client keeps the last.",
    CLIENTS,
)
LIMIT = Rule(
    "messages.limit-not-told",
    "warning",
    "prose",
    "A message that used up `max_tokens` stops with `max_tokens`, not `end_turn`.",
    OPENAI,
)
ERROR = Rule(
    "messages.error-in-stream",
    "note",
    "prose",
    "A stream that began says its message, and no error: anthropic's client raises APIStatusError.",
    OPENAI,
)
AFTER_ERROR = Rule(
    "messages.after-error", "error", "sdk", "Nothing follows an error: nobody reads it.", CLIENTS
)

RULES = (
    *(TYPE_MISSING, START_MISSING, START_AGAIN, START_CONTENT, AFTER_DELTA, DELTA_MISSING),
    *(DELTA_AGAIN, REASON_MISSING, REASON_UNKNOWN, REASON_NO_CALL, REASON_NOT_TOLD),
    *(STOP_MISSING, AFTER_STOP, USAGE_MISSING, USAGE_FALLS, LIMIT, ERROR, AFTER_ERROR),
)

_REASONS: Final = frozenset(
    {
        "end_turn",
        "max_tokens",
        "stop_sequence",
        "tool_use",
        "pause_turn",
        "compaction",
        "refusal",
        "model_context_window_exceeded",
    }
)
_COMPLETE: Final = frozenset({"end_turn", "tool_use", "stop_sequence"})
"""Reasons after which no block was cut off."""
_COUNTS: Final = (
    "input_tokens",
    "output_tokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
)


class Message:
    """What was said of the message so far."""

    def __init__(self, request: dict[str, Json]) -> None:
        self.limit = whole_number(request.get("max_tokens"))
        self.eager = any(
            object_of(tool).get("eager_input_streaming") is True
            for tool in list_of(request.get("tools"))
        )
        self.started = self.stopped = self.ended = False
        self.begin()

    def begin(self) -> None:
        """A message, or another attempt at it."""
        self.blocks = Blocks(eager=self.eager)
        self.deltas = 0
        self.reason: str | None = None
        self.counts: dict[str, int] = {}
        self.told_late = False

    def read(self, kind: str, one: Said) -> Iterator[Finding]:
        """The next event, neither a ping nor an error."""
        if not self.started and kind != "message_start":
            yield found(START_MISSING, f"the first event is {kind!r}", one.frame)
            self.started = True
        if self.stopped and not self.ended:
            self.ended = True  # once
            yield found(AFTER_STOP, f"{kind!r} after `message_stop`", one.frame)
        handler = _EVENTS.get(kind)
        if handler is not None:
            yield from handler(self, one)
        elif kind:
            yield found(TYPE_UNKNOWN, f"an event of type {kind!r}", one.frame, "$.type")

    def start(self, one: Said) -> Iterator[Finding]:
        """`message_start`."""
        if self.started:
            yield found(START_AGAIN, "`message_start` again", one.frame)
            self.begin()
        self.started = True
        message = one.body.get("message")
        if not isinstance(message, dict):
            yield found(MEMBER_MISSING, is_or_missing(one.body, "message"), one.frame, "$.message")
            return
        if message.get("content") != []:
            has = "is not empty" if list_of(message.get("content")) else ""
            words = f"`content` {has}" if has else is_or_missing(message, "content")
            yield found(START_CONTENT, words, one.frame, "$.message.content")
        yield from self._usage(message, "$.message.usage", one)

    def block_start(self, one: Said) -> Iterator[Finding]:
        """`content_block_start`."""
        yield from self._late(one)
        yield from self.blocks.start(one)

    def block_delta(self, one: Said) -> Iterator[Finding]:
        """`content_block_delta`."""
        yield from self._late(one)
        yield from self.blocks.delta(one)

    def block_stop(self, one: Said) -> Iterator[Finding]:
        """`content_block_stop`."""
        yield from self._late(one)
        yield from self.blocks.stop(one)

    def _late(self, one: Said) -> Iterator[Finding]:
        if self.deltas and not self.told_late:
            self.told_late = True  # once
            yield found(AFTER_DELTA, "a block's event after `message_delta`", one.frame)

    def delta(self, one: Said) -> Iterator[Finding]:
        """`message_delta`."""
        yield from self.blocks.all_stopped(one)
        self.deltas += 1
        if self.deltas > 1:
            yield found(DELTA_AGAIN, "`message_delta` again", one.frame)
        delta = one.body.get("delta")
        if not isinstance(delta, dict):
            yield found(MEMBER_MISSING, is_or_missing(one.body, "delta"), one.frame, "$.delta")
        reason = object_of(delta).get("stop_reason")
        if isinstance(reason, str):
            self.reason = reason
            yield from self._reason(reason, one)
        yield from self._usage(one.body, "$.usage", one)
        used = self.counts.get("output_tokens", 0)
        yield from _limit_told(one, reason, used, self.limit, "$.delta.stop_reason")

    def stop(self, one: Said) -> Iterator[Finding]:
        """`message_stop`."""
        self.stopped = True
        if not self.deltas:
            yield found(DELTA_MISSING, "no `message_delta` before", one.frame)
        elif self.reason is None:
            yield found(REASON_MISSING, "no `stop_reason` before", one.frame)

    def finish(self, *, whole: bool) -> Iterator[Finding]:
        """The end of the stream; `whole` where nothing cut it off, and no error came."""
        if whole and not self.started:
            yield found(START_MISSING, "there is no event")
        elif whole and not self.stopped:
            yield found(STOP_MISSING, "there is none")
        if self.reason in _COMPLETE:
            yield from self.blocks.check_input()

    def _reason(self, reason: str, one: Said) -> Iterator[Finding]:
        path = "$.delta.stop_reason"
        if reason not in _REASONS:
            yield found(REASON_UNKNOWN, f"`stop_reason` is {reason!r}", one.frame, path)
        if reason == "tool_use" and not self.blocks.has_call():
            yield found(REASON_NO_CALL, "'tool_use', but no such block", one.frame, path)
        if reason == "end_turn" and self.blocks.has_call():
            yield found(REASON_NOT_TOLD, "'end_turn', with a `tool_use` block", one.frame, path)

    def _usage(self, where: dict[str, Json], path: str, one: Said) -> Iterator[Finding]:
        usage = object_of(where.get("usage"))
        if whole_number(usage.get("output_tokens")) is None:
            words = is_or_missing(usage, "output_tokens")
            words = words if usage else is_or_missing(where, "usage")
            yield found(USAGE_MISSING, words, one.frame, path)
        for key in _COUNTS:
            count = whole_number(usage.get(key))
            if count is None:
                continue
            before = self.counts.get(key, 0)
            if count < before:
                words = f"`{key}` is {count}, and was {before}"
                yield found(USAGE_FALLS, words, one.frame, f"{path}.{key}")
            self.counts[key] = count


_EVENTS: Final[dict[str, Callable[[Message, Said], Iterator[Finding]]]] = {
    "message_start": Message.start,
    "content_block_start": Message.block_start,
    "content_block_delta": Message.block_delta,
    "content_block_stop": Message.block_stop,
    "message_delta": Message.delta,
    "message_stop": Message.stop,
}


def _limit_told(
    one: Said, reason: Json, used: int | None, limit: int | None, path: str
) -> Iterator[Finding]:
    if reason == "end_turn" and limit is not None and used is not None and used >= limit:
        words = f"{used} tokens of {limit}, and `stop_reason` is 'end_turn'"
        yield found(LIMIT, words, one.frame, path)


def check_plain(one: Said, request: dict[str, Json]) -> Iterator[Finding]:
    """An answer that is one JSON object."""
    used = whole_number(object_of(one.body.get("usage")).get("output_tokens"))
    limit = whole_number(request.get("max_tokens"))
    yield from _limit_told(one, one.body.get("stop_reason"), used, limit, "$.stop_reason")


def check_events(
    said: Sequence[Said], request: dict[str, Json], *, whole: bool
) -> Iterator[Finding]:
    """What is wrong with the events of one message."""
    message = Message(request)
    failed = late = False
    for one in said:
        kind = one.body.get("type")
        if not isinstance(kind, str):
            yield found(TYPE_MISSING, is_or_missing(one.body, "type"), one.frame, "$.type")
            kind = one.frame.name or ("error" if "error" in one.body else "")
        if kind == "ping":
            continue
        if failed and not late:
            late = True  # once
            yield found(AFTER_ERROR, f"{kind!r} after an error", one.frame)
        if kind == "error":
            failed = True
            yield found(ERROR, f"an error: {_error(one)!r}", one.frame, "$.error")
        else:
            yield from message.read(kind, one)
    yield from message.finish(whole=whole and not failed)


def _error(one: Said) -> str:
    error = object_of(one.body.get("error"))
    return ": ".join(part for key in ("type", "message") if (part := text_of(error.get(key))[:200]))
