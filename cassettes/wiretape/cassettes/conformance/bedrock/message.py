"""The message of ConverseStream around its blocks: begun, stopped, and its usage.

Knows the events, wherever they come from: eventstream messages, or chunks of InvokeModel, as Nova
has them. Knows the request for how many tokens it asked at most.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from wiretape.cassettes.conformance.bedrock.blocks import KIND_UNKNOWN, Blocks
from wiretape.cassettes.conformance.objects import Said, is_or_missing
from wiretape.cassettes.conformance.responses.profiles import OPENAI
from wiretape.cassettes.conformance.rule import Finding, Rule, found
from wiretape.cassettes.dialects.delta import Json
from wiretape.cassettes.dialects.payload import object_of, text_of
from wiretape.cassettes.dialects.reading import whole_number

START_MISSING = Rule(
    "bedrock.start-missing", "error", "prose", "The first event is `messageStart`.", OPENAI
)
START_AGAIN = Rule("bedrock.start-again", "error", "prose", "There is one `messageStart`.", OPENAI)
ROLE_MISSING = Rule(
    "bedrock.role-missing", "error", "schema", "`messageStart` has a `role`.", OPENAI
)
STOP_MISSING = Rule(
    "bedrock.stop-missing", "error", "prose", "A stream has a `messageStop`.", OPENAI
)
AFTER_STOP = Rule(
    "bedrock.after-stop",
    "error",
    "prose",
    "Nothing follows `messageStop` but `metadata`.",
    OPENAI,
)
REASON_MISSING = Rule(
    "bedrock.stop-reason-missing",
    "error",
    "schema",
    "`messageStop` has a `stopReason`.",
    OPENAI,
)
REASON_UNKNOWN = Rule(
    "bedrock.stop-reason-unknown",
    "warning",
    "schema",
    "`stopReason` is one of those that AWS lists.",
    OPENAI,
)
REASON_NO_CALL = Rule(
    "bedrock.tool-use-without-call",
    "error",
    "prose",
    "A message that stops with `tool_use` has a `toolUse` block.",
    OPENAI,
)
REASON_NOT_TOLD = Rule(
    "bedrock.tool-use-not-told",
    "warning",
    "inferred",
    "A message with a `toolUse` block does not stop with `end_turn`.",
    OPENAI,
)
METADATA_MISSING = Rule(
    "bedrock.metadata-missing", "warning", "prose", "A stream has one `metadata`.", OPENAI
)
METADATA_ORDER = Rule(
    "bedrock.metadata-order", "note", "inferred", "`metadata` follows `messageStop`.", OPENAI
)
USAGE_MISSING = Rule(
    "bedrock.usage-missing",
    "error",
    "schema",
    "`metadata` has `usage` with `inputTokens`, `outputTokens` and `totalTokens`.",
    OPENAI,
)
USAGE_SUM = Rule(
    "bedrock.usage-sum",
    "warning",
    "prose",
    "`totalTokens` is `inputTokens` and `outputTokens` together, with or without the cache's.",
    OPENAI,
)
LIMIT = Rule(
    "bedrock.limit-not-told",
    "warning",
    "prose",
    "A message that used up `maxTokens` stops with `max_tokens`, not `end_turn`.",
    OPENAI,
)

RULES = (
    *(START_MISSING, START_AGAIN, ROLE_MISSING, STOP_MISSING, AFTER_STOP, REASON_MISSING),
    *(REASON_UNKNOWN, REASON_NO_CALL, REASON_NOT_TOLD, METADATA_MISSING, METADATA_ORDER),
    *(USAGE_MISSING, USAGE_SUM, LIMIT),
)

_REASONS: Final = frozenset(
    {
        *("end_turn", "tool_use", "max_tokens", "stop_sequence", "guardrail_intervened"),
        *("content_filtered", "malformed_model_output", "malformed_tool_use"),
        "model_context_window_exceeded",
    }
)
_COMPLETE: Final = frozenset({"end_turn", "tool_use", "stop_sequence"})
"""Reasons after which no block was cut off."""
_COUNTS: Final = ("inputTokens", "outputTokens", "totalTokens")


class Message:
    """What was said of the message so far."""

    def __init__(self, request: dict[str, Json], *, native: bool) -> None:
        self.wanted = _COUNTS[:2] if native else _COUNTS
        config = object_of(request.get("inferenceConfig"))
        self.limit = whole_number(config.get("maxTokens"))
        self.blocks = Blocks()
        self.started = self.stopped = self.told_late = False
        self.reason = ""
        self.counted: Said | None = None
        self.usage: dict[str, Json] = {}

    def read(self, name: str, one: Said) -> Iterator[Finding]:
        """The next event."""
        if not self.started and name != "messageStart":
            yield found(START_MISSING, f"the first event is {name!r}", one.frame)
            self.started = True
        if self.stopped and name != "metadata" and not self.told_late:
            self.told_late = True  # once
            yield found(AFTER_STOP, f"{name!r} after `messageStop`", one.frame)
        handler = _EVENTS.get(name)
        if handler is not None:
            yield from handler(self, one)
        else:
            yield found(KIND_UNKNOWN, f"an event {name!r}", one.frame)

    def start(self, one: Said) -> Iterator[Finding]:
        """`messageStart`."""
        if self.started:
            yield found(START_AGAIN, "`messageStart` again", one.frame)
        self.started = True
        if not text_of(one.body.get("role")):
            yield found(ROLE_MISSING, is_or_missing(one.body, "role"), one.frame, "$.role")

    def block_start(self, one: Said) -> Iterator[Finding]:
        """`contentBlockStart`."""
        yield from self.blocks.start(one)

    def block_delta(self, one: Said) -> Iterator[Finding]:
        """`contentBlockDelta`."""
        yield from self.blocks.delta(one)

    def block_stop(self, one: Said) -> Iterator[Finding]:
        """`contentBlockStop`."""
        yield from self.blocks.stop(one)

    def stop(self, one: Said) -> Iterator[Finding]:
        """`messageStop`."""
        if not self.stopped:
            yield from self.blocks.all_stopped(one.frame)
        self.stopped = True
        reason, path = text_of(one.body.get("stopReason")), "$.stopReason"
        if not reason:
            words = is_or_missing(one.body, "stopReason")
            yield found(REASON_MISSING, words, one.frame, path)
        elif reason not in _REASONS:
            yield found(REASON_UNKNOWN, f"`stopReason` is {reason!r}", one.frame, path)
        if reason == "tool_use" and not self.blocks.has_call():
            yield found(REASON_NO_CALL, "'tool_use', but no such block", one.frame, path)
        if reason == "end_turn" and self.blocks.has_call():
            yield found(REASON_NOT_TOLD, "'end_turn', with a `toolUse` block", one.frame, path)
        self.reason = self.reason or reason

    def metadata(self, one: Said) -> Iterator[Finding]:
        """`metadata`."""
        if not self.stopped:
            yield found(METADATA_ORDER, "`metadata` before `messageStop`", one.frame)
        if self.counted is not None:
            yield found(METADATA_MISSING, "`metadata` again", one.frame)
        self.counted = one
        usage = self.usage = object_of(one.body.get("usage"))
        for key in self.wanted:
            if whole_number(usage.get(key)) is None:
                words = is_or_missing(usage, key)
                yield found(USAGE_MISSING, words, one.frame, f"$.usage.{key}")
                return
        yield from self._sum(usage, one)

    def _sum(self, usage: dict[str, Json], one: Said) -> Iterator[Finding]:
        read, said, total = (whole_number(usage.get(key)) for key in _COUNTS)
        if read is None or said is None or total is None:
            return
        cached = sum(
            whole_number(usage.get(key)) or 0
            for key in ("cacheReadInputTokens", "cacheWriteInputTokens")
        )
        if total not in (read + said, read + said + cached):
            words = f"{read} and {said} are not {total}"
            yield found(USAGE_SUM, words, one.frame, "$.usage.totalTokens")

    def finish(self, *, whole: bool) -> Iterator[Finding]:
        """The end of the stream; `whole` where nothing cut it off, and no exception came."""
        if whole and not self.started:
            yield found(START_MISSING, "there is no event")
        elif whole and not self.stopped:
            yield found(STOP_MISSING, "there is none")
        elif whole and self.counted is None:
            yield found(METADATA_MISSING, "there is none")
        if self.reason in _COMPLETE:
            yield from self.blocks.check_input()
        said = whole_number(self.usage.get("outputTokens"))
        if self.counted is None or self.limit is None or said is None:
            return
        if said >= self.limit and self.reason == "end_turn":
            words = f"{said} tokens of {self.limit}, and `stopReason` is 'end_turn'"
            yield found(LIMIT, words, self.counted.frame, "$.usage.outputTokens")


_EVENTS: Final[dict[str, Callable[[Message, Said], Iterator[Finding]]]] = {
    "messageStart": Message.start,
    "contentBlockStart": Message.block_start,
    "contentBlockDelta": Message.block_delta,
    "contentBlockStop": Message.block_stop,
    "messageStop": Message.stop,
    "metadata": Message.metadata,
}
EVENTS: Final = frozenset(_EVENTS)


def check_events(
    events: Sequence[tuple[str, Said]],
    request: dict[str, Json],
    *,
    whole: bool,
    native: bool = False,
) -> Iterator[Finding]:
    """What is wrong with the events of one message: each with its name. `native` are those that
    Nova says by itself: it does not count the total."""
    message = Message(request, native=native)
    for name, one in events:
        yield from message.read(name, one)
    yield from message.finish(whole=whole)
