"""Bedrock Converse: `POST /model/{id}/converse-stream` and `/converse`.

An event's name is in the frame, its members in the payload; `p` pads payloads so that their sizes
tell nothing. There is no terminal event: `messageStop` and `metadata` come in either order, then
the body ends. Knows frames; the blocks themselves are in `bedrock_blocks`.
"""

from collections.abc import Callable
from typing import ClassVar, Final

from wiretape.cassettes.dialects.bedrock_blocks import (
    Block,
    block_delta,
    close_block,
    open_block,
    open_unannounced,
    whole_block,
)
from wiretape.cassettes.dialects.bedrock_errors import (
    error_of,
    is_error_body,
    is_exception,
    tell_exception,
)
from wiretape.cassettes.dialects.delta import (
    Delta,
    Finish,
    Json,
    Meta,
    PartType,
    Start,
    Usage,
)
from wiretape.cassettes.dialects.finishing import finish_reason
from wiretape.cassettes.dialects.json_frames import JsonFrames
from wiretape.cassettes.dialects.payload import object_of
from wiretape.cassettes.dialects.reading import Reading, whole_number
from wiretape.cassettes.framing.frame import Frame

_TOLD: Final = ("metrics", "trace", "performanceConfig", "serviceTier")
_WHOLE_KEYS: Final = frozenset(
    {"output", "stopReason", "usage", "additionalModelResponseFields", *_TOLD}
)


class ConverseDialect(JsonFrames):
    """Reads one response of Bedrock Converse."""

    api: ClassVar[str] = "bedrock.converse"

    def __init__(self) -> None:
        super().__init__()
        self._open: dict[int, Block] = {}
        self._times_opened: dict[int, int] = {}
        self._last_index = 0
        self._last_call_is_clients = False
        self._calls: dict[str, str] = {}
        self._stopped = False

    def read(self, frame: Frame) -> list[Delta]:
        """What an eventstream message means; an exception is one, too."""
        if is_exception(frame):
            r = Reading(frame.number, frame.last_ns)
            tell_exception(r, frame)
            return r.deltas
        return super().read(frame)

    def read_event(self, r: Reading, value: Json, name: str, path: str = "$") -> None:
        """What an event of that name means, its payload decoded."""
        event = _EVENTS.get(name)
        if event is None or not isinstance(value, dict):
            r.unknown(path, value, name)
        else:
            event(self, r, value, path)

    def read_answer(self, r: Reading, value: Json) -> None:
        """What the answer of `/converse` means, or the body of an error."""
        answer = object_of(value)
        if is_error_body(answer):
            r.add(error_of(r, answer, "http", ""))
        elif "output" in answer:
            self._tell_answer(r, answer)
        else:
            r.unknown("$", value)

    def _value(self, r: Reading, value: Json, name: str) -> None:
        self.read_event(r, value, name)

    def _whole(self, r: Reading, value: Json) -> None:
        self.read_answer(r, value)

    def _close(self, r: Reading) -> None:
        for block in self._open.values():
            close_block(r, block)
        self._open.clear()

    def _complete(self) -> bool:
        return self._stopped

    def _tell_answer(self, r: Reading, answer: dict[str, Json]) -> None:
        output = r.members(answer, "output")
        message = r.members(output, "message", "$.output")
        r.add(Start(*r.at("output"), role=r.string(message, "role", "$.output.message")))
        for index, block in enumerate(r.elements(message, "content", "$.output.message")):
            path = f"$.output.message.content[{index}]"
            if isinstance(block, dict):
                self._last_call_is_clients = _is_clients(
                    whole_block(r, str(index), block, self._calls, path), block
                )
            else:
                r.unknown(path, block)
        self._tell_stop(r, answer, "$")
        self._tell_metadata(r, answer, "$")
        r.only(answer, _WHOLE_KEYS)
        r.only(output, ("message",), "$.output")
        r.only(message, ("role", "content"), "$.output.message")

    def _message_start(self, r: Reading, event: dict[str, Json], path: str) -> None:
        r.add(Start(*r.at("messageStart"), role=r.string(event, "role", path)))
        r.only(event, ("role", "p"), path)

    def _block_start(self, r: Reading, event: dict[str, Json], path: str) -> None:
        index = self._index(event)
        before = self._open.pop(index, None)
        if before is not None:
            close_block(r, before)
        start = r.members(event, "start", path)
        block = open_block(r, self._part(index), start, self._calls, f"{path}.start")
        self._open[index] = block
        self._last_call_is_clients = _is_clients(block.ptype, start)
        r.only(event, ("contentBlockIndex", "start", "p"), path)

    def _block_delta(self, r: Reading, event: dict[str, Json], path: str) -> None:
        index = self._index(event)
        delta = r.members(event, "delta", path)
        block = self._open.get(index)
        if block is None:
            block = open_unannounced(r, self._part(index), delta)
            self._open[index] = block
            self._last_call_is_clients = _is_clients(block.ptype, delta)
        block_delta(r, block, delta, f"{path}.delta")
        r.only(event, ("contentBlockIndex", "delta", "p"), path)

    def _block_stop(self, r: Reading, event: dict[str, Json], path: str) -> None:
        block = self._open.pop(self._index(event), None)
        if block is not None:
            close_block(r, block)
        r.only(event, ("contentBlockIndex", "p"), path)

    def _message_stop(self, r: Reading, event: dict[str, Json], path: str) -> None:
        self._tell_stop(r, event, path)
        r.only(event, ("stopReason", "additionalModelResponseFields", "p"), path)

    def _tell_stop(self, r: Reading, event: dict[str, Json], path: str) -> None:
        self._stopped = True
        raw = r.string(event, "stopReason", path)
        reason = finish_reason(raw)
        if reason == "stop" and self._last_call_is_clients:
            reason = "tool_calls"
        r.add(Finish(*r.at("stopReason"), reason=reason, raw_reason=raw))
        own = event.get("additionalModelResponseFields")
        if own is not None:
            r.add(Meta(*r.at("messageStop"), what="additionalModelResponseFields", value=own))

    def _metadata(self, r: Reading, event: dict[str, Json], path: str) -> None:
        self._tell_metadata(r, event, path)
        r.only(event, ("usage", "p", *_TOLD), path)

    def _tell_metadata(self, r: Reading, event: dict[str, Json], path: str) -> None:
        if usage := r.members(event, "usage", path):
            _tell_usage(r, usage, f"{path}.usage")
        for key in _TOLD:
            if event.get(key):
                r.add(Meta(*r.at(key), what=key, value=event[key]))

    def _index(self, event: dict[str, Json]) -> int:
        """Of the block that an event is about; the last one where the event does not say."""
        index = whole_number(event.get("contentBlockIndex"))
        self._last_index = self._last_index if index is None else index
        return self._last_index

    def _part(self, index: int) -> str:
        times = self._times_opened.get(index, 0)
        self._times_opened[index] = times + 1
        return f"{index}.{times}" if times else str(index)


def _is_clients(ptype: PartType, block: dict[str, Json]) -> bool:
    """Whether a block is a call of one of the client's tools."""
    return ptype == "tool_call" and object_of(block.get("toolUse")).get("type") is None


_USAGE_KEYS: Final = frozenset(
    {
        "inputTokens",
        "outputTokens",
        "totalTokens",
        "cacheReadInputTokens",
        "cacheWriteInputTokens",
        # Nova's own names for the two.
        "cacheReadInputTokenCount",
        "cacheWriteInputTokenCount",
        "cacheDetails",
    }
)


def _tell_usage(r: Reading, usage: dict[str, Json], path: str) -> None:
    """The input leaves out what was cached; the total does not."""
    read = _either(usage, "cacheReadInputTokens", "cacheReadInputTokenCount")
    written = _either(usage, "cacheWriteInputTokens", "cacheWriteInputTokenCount")
    given = [whole_number(usage.get("inputTokens")), read, written]
    counts = [count for count in given if count is not None]
    told = Usage(
        *r.at("usage"),
        input=sum(counts) if counts else None,
        input_cached=read,
        input_cache_write=written,
        output=whole_number(usage.get("outputTokens")),
        total=whole_number(usage.get("totalTokens")),
    )
    r.add(told)
    if told.total is not None and told.total != (told.input or 0) + (told.output or 0):
        r.add(Meta(*r.at("usage"), what="usage_inconsistent", value=usage))
    if usage.get("serverToolUsage"):
        r.add(Meta(*r.at("usage"), what="serverToolUsage", value=usage["serverToolUsage"]))
    r.only(usage, _USAGE_KEYS | {"serverToolUsage"}, path)


def _either(usage: dict[str, Json], one: str, other: str) -> int | None:
    count = whole_number(usage.get(one))
    return whole_number(usage.get(other)) if count is None else count


_EVENTS: Final[dict[str, Callable[[ConverseDialect, Reading, dict[str, Json], str], None]]] = {
    "messageStart": ConverseDialect._message_start,
    "contentBlockStart": ConverseDialect._block_start,
    "contentBlockDelta": ConverseDialect._block_delta,
    "contentBlockStop": ConverseDialect._block_stop,
    "messageStop": ConverseDialect._message_stop,
    "metadata": ConverseDialect._metadata,
}
EVENT_NAMES: Final = frozenset(_EVENTS)
"""Of Converse, and of Nova's native stream, where the name is the only key."""
