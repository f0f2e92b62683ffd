"""Anthropic Messages: `POST /v1/messages`, streamed or whole, and the results of batches.

Blocks are told apart by `index`. The state is that of one attempt: a second `message_start` after
something was said begins again, and what stood before is to be discarded. Knows frames; the blocks
themselves are in `messages_blocks`.
"""

from collections.abc import Callable
from typing import ClassVar, Final, Literal

from wiretape.cassettes.dialects.delta import (
    End,
    Error,
    Finish,
    Json,
    Keepalive,
    Meta,
    Refusal,
    Start,
)
from wiretape.cassettes.dialects.finishing import finish_reason
from wiretape.cassettes.dialects.json_frames import JsonFrames
from wiretape.cassettes.dialects.messages_blocks import (
    Block,
    block_delta,
    close_block,
    open_block,
)
from wiretape.cassettes.dialects.messages_usage import merged, tell_rest, tell_usage
from wiretape.cassettes.dialects.payload import object_of, text_of
from wiretape.cassettes.dialects.reading import Reading, whole_number

_MESSAGE_KEYS: Final = frozenset(
    {
        "id",
        "type",
        "role",
        "model",
        "content",
        "stop_reason",
        "stop_sequence",
        "stop_details",
        "usage",
        "container",
        "context_management",
        "diagnostics",
        "input_transformations",
    }
)
_STOP_KEYS: Final = frozenset({"stop_reason", "stop_sequence", "stop_details", "container"})
_DETAIL_KEYS: Final = frozenset(
    {
        "type",
        "category",
        "explanation",
        "recommended_model",
        # Worth money for five minutes, so not repeated here.
        "fallback_credit_token",
        "fallback_has_prefill_claim",
    }
)
_TOLD: Final = ("context_management", "diagnostics", "input_transformations")


class MessagesDialect(JsonFrames):
    """Reads one response of Anthropic Messages."""

    api: ClassVar[str] = "anthropic.messages"

    def __init__(self) -> None:
        super().__init__()
        self._batched = 0
        """Results of a batch so far; each is a choice of its own."""
        self._batch_usage: dict[str, Json] = {}
        self._begun = False
        self._begin()

    def _begin(self) -> None:
        """A new attempt."""
        self._said = False
        self._open: dict[int, Block] = {}
        self._times_opened: dict[int, int] = {}
        self._last_index = 0
        self._last_type = ""
        self._calls: dict[str, str] = {}
        self._usage: dict[str, Json] = {}
        self._ended = False

    def read_event(self, r: Reading, value: Json, name: str = "") -> None:
        """What the decoded JSON of an event means; `name` is its type where it has none itself."""
        if not isinstance(value, dict):
            r.unknown("$", value, name)
            return
        if "custom_id" in value and "result" in value:
            self._batch_result(r, value)
            return
        kind = value.get("type") or name
        event = _EVENTS.get(kind) if isinstance(kind, str) else None
        if event is None and "error" in value:
            event = MessagesDialect._error
        if event is not None:
            event(self, r, value)
        else:
            r.unknown("$", value, text_of(kind))

    def read_answer(self, r: Reading, value: Json) -> None:
        """What a whole `message` object means, or the body of an error."""
        message = object_of(value)
        if "error" in message:
            r.add(_error_of(r, message, "http"))
        elif message.get("type") == "message" or "content" in message:
            self._message(r, message, "$")
            tell_usage(r, self._usage, "message", "final")
        else:
            r.unknown("$", value)

    def _value(self, r: Reading, value: Json, name: str) -> None:
        self.read_event(r, value, name)

    def _whole(self, r: Reading, value: Json) -> None:
        self.read_answer(r, value)

    def _complete(self) -> bool:
        """`message_stop` was the end; the results of a batch have none of their own."""
        return self._batched > 0 and not self._begun

    def _message_start(self, r: Reading, event: dict[str, Json]) -> None:
        message = r.members(event, "message")
        if self._begun and not (self._said or self._ended):
            # Gateways repeat it; the SDK takes the first.
            value = {"id": text_of(message.get("id"))}
            r.add(Meta(*r.at("message_start"), what="duplicate_start", value=value))
            return
        if self._begun:
            r.add(Meta(*r.at("message_start"), what="attempt_reset"))
            self._begin()
        self._begun = True
        self._message(r, message, "$.message")
        if self._usage:
            tell_usage(r, self._usage, "message_start", "running")
        r.only(event, ("type", "message"))

    def _block_start(self, r: Reading, event: dict[str, Json]) -> None:
        self._said = True
        value = r.members(event, "content_block")
        self._open_at(r, self._index(event), value, "$.content_block")
        r.only(event, ("type", "index", "content_block"))

    def _block_delta(self, r: Reading, event: dict[str, Json]) -> None:
        self._said = True
        index = self._index(event)
        block = self._open.get(index)
        if block is None:
            block = self._open[index] = Block(str(index))
        block_delta(r, block, r.members(event, "delta"), "$.delta")
        if len(event) > 3:
            r.only(event, ("type", "index", "delta"))

    def _block_stop(self, r: Reading, event: dict[str, Json]) -> None:
        block = self._open.pop(self._index(event), None)
        if block is not None:
            close_block(r, block)
        r.only(event, ("type", "index"))

    def _message_delta(self, r: Reading, event: dict[str, Json]) -> None:
        self._said = True
        delta = r.members(event, "delta")
        self._stop(r, delta, "$.delta")
        r.only(delta, _STOP_KEYS, "$.delta")
        self._tell(r, event)
        if usage := r.members(event, "usage"):
            self._count(r, usage, "message_delta", "$.usage")
            tell_usage(r, self._usage, "message_delta", "final")
        r.only(event, ("type", "delta", "usage", *_TOLD))

    def _message_stop(self, r: Reading, event: dict[str, Json]) -> None:
        r.only(event, ("type",))
        self._over(r, End(*r.at("message_stop"), via="terminal_event"))

    def _ping(self, r: Reading, event: dict[str, Json]) -> None:
        r.add(Keepalive(*r.at("ping"), form="ping_event"))
        r.only(event, ("type",))

    def _error(self, r: Reading, event: dict[str, Json]) -> None:
        r.add(_error_of(r, event, "stream"))
        r.only(event, ("type", "error", "request_id", "message"))

    def _index(self, event: dict[str, Json]) -> int:
        """Of the block that an event is about; the last one where the event does not say."""
        index = whole_number(event.get("index"))
        self._last_index = self._last_index if index is None else index
        return self._last_index

    def _open_at(self, r: Reading, index: int, value: dict[str, Json], path: str) -> None:
        before = self._open.pop(index, None)
        if before is not None:
            close_block(r, before)
        times = self._times_opened.get(index, 0)
        self._times_opened[index] = times + 1
        part = f"{index}.{times}" if times else str(index)  # gateways that call each block 0
        self._last_type = text_of(value.get("type"))
        self._open[index] = open_block(r, part, value, self._calls, path)
        if self._last_type == "fallback":
            # From here on another model answers, and the SDK says that one did.
            model = text_of(object_of(value.get("to")).get("model"))
            r.add(Start(*r.at("fallback"), model=model))

    def _close(self, r: Reading) -> None:
        for block in self._open.values():
            close_block(r, block)
        self._open.clear()

    def _message(self, r: Reading, message: dict[str, Json], path: str) -> None:
        """A message object: nearly empty in `message_start`, complete where nothing is streamed."""
        r.add(
            Start(
                *r.at("message"),
                id=r.string(message, "id", path),
                model=r.string(message, "model", path),
                role=r.string(message, "role", path),
            )
        )
        for index, block in enumerate(r.elements(message, "content", path)):
            self._open_at(r, index, object_of(block), f"{path}.content[{index}]")
            self._close(r)
            self._said = True
        self._stop(r, message, path)
        self._tell(r, message)
        self._count(r, r.members(message, "usage", path), "message", f"{path}.usage")
        r.only(message, _MESSAGE_KEYS, path)

    def _stop(self, r: Reading, value: dict[str, Json], path: str) -> None:
        """Why it stopped, where it says so."""
        details = r.members(value, "stop_details", path)
        explanation = r.string(details, "explanation", f"{path}.stop_details")
        category = r.string(details, "category", f"{path}.stop_details")
        if explanation:
            r.add(Refusal(*r.at("stop_details", "refusal"), delta=explanation))
        if advice := r.string(details, "recommended_model", f"{path}.stop_details"):
            r.add(Meta(*r.at("stop_details"), what="recommended_model", value=advice))
        r.only(details, _DETAIL_KEYS, f"{path}.stop_details")
        raw = r.string(value, "stop_reason", path)
        detail = r.string(value, "stop_sequence", path) or category
        if not raw:
            return
        reason = finish_reason(raw)
        if reason == "stop" and self._last_type == "tool_use":
            reason = "tool_calls"
        r.add(Finish(*r.at("stop_reason"), reason=reason, raw_reason=raw, detail=detail))

    def _tell(self, r: Reading, value: dict[str, Json]) -> None:
        for key in _TOLD:
            if value.get(key) is not None:
                r.add(Meta(*r.at(key), what=key, value=value[key]))

    def _count(self, r: Reading, usage: dict[str, Json], raw_type: str, path: str) -> None:
        self._usage = merged(self._usage, usage)
        tell_rest(r, usage, raw_type, path)

    def _batch_result(self, r: Reading, line: dict[str, Json]) -> None:
        """One line of `GET /v1/messages/batches/{id}/results`."""
        r.choice = self._batched
        self._batched += 1
        result = r.members(line, "result")
        kind = r.string(result, "type", "$.result")
        r.add(Meta(*r.at(kind), what="batch_result", value=text_of(line.get("custom_id"))))
        if kind == "succeeded":
            self._begin()
            self._message(r, r.members(result, "message", "$.result"), "$.result.message")
            self._batch_usage = _sum(self._batch_usage, self._usage)
            tell_usage(r, self._batch_usage, "message", "running")
        elif kind == "errored":
            r.add(_error_of(r, r.members(result, "error", "$.result"), "stream"))
        else:
            reason = "cancelled" if kind == "canceled" else "other"
            r.add(Finish(*r.at(kind), reason=finish_reason(reason), raw_reason=kind))
        r.only(line, ("custom_id", "result"))
        r.only(result, ("type", "message", "error"), "$.result")


def _error_of(r: Reading, event: dict[str, Json], origin: Literal["stream", "http"]) -> Error:
    """`{"error": {"type", "message"}}`; gateways also send the words alone."""
    error = event.get("error")
    inner = object_of(error)
    return Error(
        *r.at("error"),
        origin=origin,
        code=text_of(inner.get("code")),
        type=text_of(inner.get("type")),
        message=text_of(inner.get("message")) or text_of(error) or text_of(event.get("message")),
    )


def _sum(one: dict[str, Json], other: dict[str, Json]) -> dict[str, Json]:
    """The counts of two messages together."""
    counts = {key: whole_number(other[key]) for key in other}
    return one | {
        key: count + (whole_number(one.get(key)) or 0)
        for key, count in counts.items()
        if count is not None
    }


_EVENTS: Final[dict[str, Callable[[MessagesDialect, Reading, dict[str, Json]], None]]] = {
    "message_start": MessagesDialect._message_start,
    "content_block_start": MessagesDialect._block_start,
    "content_block_delta": MessagesDialect._block_delta,
    "content_block_stop": MessagesDialect._block_stop,
    "message_delta": MessagesDialect._message_delta,
    "message_stop": MessagesDialect._message_stop,
    "ping": MessagesDialect._ping,
    "error": MessagesDialect._error,
}
