"""Cohere: `POST /v2/chat`, and `/v1/chat` by way of `cohere_v1`.

Texts and thoughts are told apart by the index of their content, tool calls by an index of their
own. What stands under `delta.message` is one object where a whole answer has an array. Knows
frames.
"""

from collections.abc import Callable
from typing import ClassVar, Final

from wiretape.cassettes.dialects.cohere_v1 import PLAN, FirstChat, tell_usage
from wiretape.cassettes.dialects.delta import (
    Citation,
    End,
    Error,
    Finish,
    Json,
    Meta,
    PartEnd,
    PartStart,
    PartType,
    Reasoning,
    Start,
    Text,
    ToolArgs,
    ToolEnd,
    ToolStart,
)
from wiretape.cassettes.dialects.finishing import finish_reason
from wiretape.cassettes.dialects.json_frames import JsonFrames
from wiretape.cassettes.dialects.payload import object_of, text_of
from wiretape.cassettes.dialects.reading import Reading, whole_number

_PATH = "$.delta.message"
_USAGE_KEYS: Final = ("tokens", "billed_units", "cached_tokens")


class CohereDialect(JsonFrames):
    """Reads one response of Cohere's chat, of either version."""

    api: ClassVar[str] = "cohere.v2"

    def __init__(self) -> None:
        super().__init__()
        self._first = FirstChat()
        self._contents: dict[int, PartType] = {}
        """Open contents by index."""
        self._calls: dict[int, bool] = {}
        """Open tool calls by index; whether arguments came that are not empty."""
        self._last_is_call = False

    def _value(self, r: Reading, value: Json, name: str) -> None:
        if not isinstance(value, dict):
            r.unknown("$", value, name)
            return
        if "event_type" in value:
            self._first.read(r, value)
            if self._first.finished:
                self._over(r, End(*r.at("stream-end"), via="terminal_event"))
            return
        kind = value.get("type") or name
        event = _EVENTS.get(kind) if isinstance(kind, str) else None
        if event is not None:
            event(self, r, value)
        elif isinstance(value.get("message"), str):
            self._error(r, value, "stream")
        else:
            r.unknown("$", value, text_of(kind))

    def _whole(self, r: Reading, value: Json) -> None:
        answer = object_of(value)
        if isinstance(answer.get("message"), str) or "error" in answer:
            self._error(r, answer, "http")
        elif "message" in answer:
            self._answer(r, answer)
        elif "text" in answer or "response_id" in answer:
            self._first.whole(r, answer)
        else:
            r.unknown("$", value)

    def _complete(self) -> bool:
        return False  # `message-end` or `stream-end` was the end

    def _close(self, r: Reading) -> None:
        for index, ptype in self._contents.items():
            r.add(PartEnd(*r.at("content", str(index)), ptype=ptype))
        self._contents.clear()
        for index in tuple(self._calls):
            self._close_call(r, index)

    def _error(self, r: Reading, value: dict[str, Json], origin: str) -> None:
        """`{"message": "words"}`, in a stream too."""
        words = text_of(value.get("message")) or text_of(value.get("error"))
        words = words or text_of(object_of(value.get("error")).get("message"))
        r.add(Error(*r.at("error"), origin="http" if origin == "http" else "stream", message=words))

    def _message_start(self, r: Reading, event: dict[str, Json]) -> None:
        message = r.members(r.members(event, "delta"), "message", "$.delta")
        r.add(
            Start(
                *r.at("message-start"),
                id=r.string(event, "id"),
                role=r.string(message, "role", _PATH),
            )
        )
        r.only(event, ("type", "id", "delta"))
        known = ("role", "content", "tool_plan", "tool_calls", "citations")
        r.only(message, known, _PATH)

    def _content_start(self, r: Reading, event: dict[str, Json]) -> None:
        index = _index(event)
        content = r.members(self._message(r, event), "content", _PATH)
        if index in self._contents:
            r.add(PartEnd(*r.at("content", str(index)), ptype=self._contents[index]))
        kind = r.string(content, "type", f"{_PATH}.content")
        ptype = _PTYPES.get(kind, "other")
        self._contents[index] = ptype
        self._last_is_call = False
        r.add(PartStart(*r.at("content-start", str(index)), ptype=ptype))
        if ptype == "other":
            r.unknown(f"{_PATH}.content", content, kind)
        self._said(r, index, content, "content-start", f"{_PATH}.content")
        r.only(event, ("type", "index", "delta"))

    def _content_delta(self, r: Reading, event: dict[str, Json]) -> None:
        content = r.members(self._message(r, event), "content", _PATH)
        self._said(r, _index(event), content, "content-delta", f"{_PATH}.content")
        r.only(event, ("type", "index", "delta", "logprobs"))

    def _said(self, r: Reading, index: int, content: dict[str, Json], raw: str, path: str) -> None:
        at = r.at(raw, str(index))
        if thought := r.string(content, "thinking", path):
            r.add(Reasoning(*at, delta=thought))
        if text := r.string(content, "text", path):
            r.add(Text(*at, delta=text))
        r.only(content, ("type", "text", "thinking"), path)

    def _content_end(self, r: Reading, event: dict[str, Json]) -> None:
        index = _index(event)
        ptype = self._contents.pop(index, None)
        if ptype is not None:
            r.add(PartEnd(*r.at("content-end", str(index)), ptype=ptype))
        r.only(event, ("type", "index"))

    def _plan(self, r: Reading, event: dict[str, Json]) -> None:
        plan = r.string(self._message(r, event), "tool_plan", _PATH)
        r.add(Reasoning(*r.at("tool-plan-delta", PLAN), delta=plan))
        r.only(event, ("type", "delta"))

    def _call_start(self, r: Reading, event: dict[str, Json]) -> None:
        index = _index(event)
        if index in self._calls:
            self._close_call(r, index)
        call = r.members(self._message(r, event), "tool_calls", _PATH)
        self._open_call(r, index, call, f"{_PATH}.tool_calls")
        r.only(event, ("type", "index", "delta"))

    def _open_call(self, r: Reading, index: int, call: dict[str, Json], path: str) -> None:
        part = f"tool:{index}"
        function = r.members(call, "function", path)
        self._calls[index] = False
        self._last_is_call = True
        r.add(PartStart(*r.at("tool-call-start", part), ptype="tool_call"))
        r.add(
            ToolStart(
                *r.at("tool-call-start", part),
                name=r.string(function, "name", f"{path}.function"),
                call_id=r.string(call, "id", path),
                tool_type=r.string(call, "type", path),
            )
        )
        self._args(r, index, function, f"{path}.function")
        r.only(call, ("id", "type", "function"), path)

    def _call_delta(self, r: Reading, event: dict[str, Json]) -> None:
        path = f"{_PATH}.tool_calls"
        call = r.members(self._message(r, event), "tool_calls", _PATH)
        self._args(r, _index(event), r.members(call, "function", path), f"{path}.function")
        r.only(call, ("function",), path)
        r.only(event, ("type", "index", "delta"))

    def _args(self, r: Reading, index: int, function: dict[str, Json], path: str) -> None:
        if piece := r.string(function, "arguments", path):
            self._calls[index] = True
            r.add(ToolArgs(*r.at("tool-call-delta", f"tool:{index}"), delta=piece))
        r.only(function, ("name", "arguments"), path)

    def _call_end(self, r: Reading, event: dict[str, Json]) -> None:
        self._close_call(r, _index(event))
        r.only(event, ("type", "index"))

    def _close_call(self, r: Reading, index: int) -> None:
        heard = self._calls.pop(index, None)
        if heard is None:
            return
        at = r.at("tool-call-end", f"tool:{index}")
        if not heard:
            r.add(ToolArgs(*at, delta="{}", synthetic=True))
        r.add(ToolEnd(*at))
        r.add(PartEnd(*at, ptype="tool_call"))

    def _citation(self, r: Reading, event: dict[str, Json]) -> None:
        _cite(r, r.members(self._message(r, event), "citations", _PATH), f"{_PATH}.citations")
        r.only(event, ("type", "index", "delta"))

    def _citation_end(self, r: Reading, event: dict[str, Json]) -> None:
        r.only(event, ("type", "index"))

    def _debug(self, r: Reading, event: dict[str, Json]) -> None:
        r.add(Meta(*r.at("debug"), what="debug", value=event.get("prompt")))
        r.only(event, ("type", "prompt"))

    def _message_end(self, r: Reading, event: dict[str, Json]) -> None:
        delta = r.members(event, "delta")
        self._close(r)
        if problem := r.string(delta, "error", "$.delta"):
            r.add(Error(*r.at("message-end"), message=problem))
        self._stop(r, delta, "$.delta")
        r.only(delta, ("error", "finish_reason", "usage"), "$.delta")
        r.only(event, ("type", "id", "delta"))
        self._over(r, End(*r.at("message-end"), via="terminal_event"))

    def _stop(self, r: Reading, value: dict[str, Json], path: str) -> None:
        usage = r.members(value, "usage", path)
        tell_usage(r, usage, "usage")
        r.only(usage, _USAGE_KEYS, f"{path}.usage")
        raw = r.string(value, "finish_reason", path)
        reason = finish_reason(raw)
        if reason == "stop" and self._last_is_call:
            reason = "tool_calls"
        r.add(Finish(*r.at("finish_reason"), reason=reason, raw_reason=raw))

    def _message(self, r: Reading, event: dict[str, Json]) -> dict[str, Json]:
        return r.members(r.members(event, "delta"), "message", "$.delta")

    def _answer(self, r: Reading, answer: dict[str, Json]) -> None:
        """A whole answer of the second version."""
        message = r.members(answer, "message")
        id_, role = r.string(answer, "id"), r.string(message, "role", "$.message")
        r.add(Start(*r.at("message"), id=id_, role=role))
        if plan := r.string(message, "tool_plan", "$.message"):
            r.add(Reasoning(*r.at("tool_plan", PLAN), delta=plan))
        for index, content in enumerate(r.elements(message, "content", "$.message")):
            self._said(r, index, object_of(content), "content", f"$.message.content[{index}]")
        for index, call in enumerate(r.elements(message, "tool_calls", "$.message")):
            self._open_call(r, index, object_of(call), f"$.message.tool_calls[{index}]")
            self._close_call(r, index)
        for index, one in enumerate(r.elements(message, "citations", "$.message")):
            _cite(r, object_of(one), f"$.message.citations[{index}]")
        self._stop(r, answer, "$")
        r.only(message, ("role", "content", "tool_plan", "tool_calls", "citations"), "$.message")
        r.only(answer, ("id", "message", "finish_reason", "usage", "logprobs"))


_PTYPES: Final[dict[str, PartType]] = {"text": "text", "thinking": "reasoning"}


def _index(event: dict[str, Json]) -> int:
    return whole_number(event.get("index")) or 0


_CITATION_KEYS: Final = frozenset({"start", "end", "text", "sources", "type", "content_index"})


def _cite(r: Reading, one: dict[str, Json], path: str) -> None:
    """A citation; of its sources the first gives title, address and id."""
    sources = r.elements(one, "sources", path)
    source = object_of(sources[0]) if sources else {}
    document = object_of(source.get("document"))
    content = whole_number(one.get("content_index"))
    r.add(
        Citation(
            *r.at("citation", "" if content is None else str(content)),
            ctype=text_of(source.get("type")) or r.string(one, "type", path),
            url=text_of(document.get("url")),
            title=text_of(document.get("title")),
            file_id=text_of(source.get("id")),
            start=whole_number(one.get("start")),
            end=whole_number(one.get("end")),
            unit="char",
            quoted=r.string(one, "text", path),
        )
    )
    r.only(one, _CITATION_KEYS, path)


_EVENTS: Final[dict[str, Callable[[CohereDialect, Reading, dict[str, Json]], None]]] = {
    "message-start": CohereDialect._message_start,
    "content-start": CohereDialect._content_start,
    "content-delta": CohereDialect._content_delta,
    "content-end": CohereDialect._content_end,
    "tool-plan-delta": CohereDialect._plan,
    "tool-call-start": CohereDialect._call_start,
    "tool-call-delta": CohereDialect._call_delta,
    "tool-call-end": CohereDialect._call_end,
    "citation-start": CohereDialect._citation,
    "citation-end": CohereDialect._citation_end,
    "message-end": CohereDialect._message_end,
    "debug": CohereDialect._debug,
}
