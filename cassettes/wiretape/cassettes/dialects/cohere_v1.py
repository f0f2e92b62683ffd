"""Cohere's first chat API: `POST /v1/chat`, lines with `event_type`.

The last event repeats the whole answer: that is checked against what was said, and what was said
nowhere else is told from it. Command R on Bedrock speaks it too. Knows no frames.
"""

from collections.abc import Callable
from typing import Final

from wiretape.cassettes.dialects.delta import (
    Citation,
    Finish,
    FinishReason,
    Json,
    Meta,
    Reasoning,
    Start,
    Text,
    ToolArgs,
    ToolEnd,
    ToolStart,
    Usage,
)
from wiretape.cassettes.dialects.finishing import finish_reason
from wiretape.cassettes.dialects.payload import json_text, object_of, text_of
from wiretape.cassettes.dialects.reading import Reading, whole_number

TEXT = "0"
"""The part of the only text."""
PLAN = "tool_plan"
"""The part of what the model says before it calls tools."""

_ANSWER_KEYS: Final = frozenset(
    {
        "response_id",
        "generation_id",
        "text",
        "citations",
        "documents",
        "search_queries",
        "search_results",
        "is_search_required",
        "tool_calls",
        "finish_reason",
        "meta",
        # What was asked, and the tokens of what was said.
        "chat_history",
        "preamble",
        "prompt",
        "token_count",
        "event_type",
        "is_finished",
    }
)

_REASONS: Final[dict[str, FinishReason]] = {
    "ERROR_TOXIC": "content_filter",
    "ERROR_LIMIT": "context_window",
    "USER_CANCEL": "cancelled",
}
"""Words of this version alone."""


class FirstChat:
    """The state of one response."""

    def __init__(self) -> None:
        self.finished = False
        """Whether `stream-end` came, or this is a whole answer."""
        self._started = False
        self._text: list[str] = []
        self._planned = False
        self._cited = False
        self._calls: dict[int, bool] = {}
        """Tool calls by index; whether they are still open."""

    def read(self, r: Reading, event: dict[str, Json]) -> None:
        """What an event means."""
        kind = event.get("event_type")
        known = _EVENTS.get(kind) if isinstance(kind, str) else None
        if known is None:
            r.unknown("$", event, text_of(kind))
        else:
            known(self, r, event)

    def whole(self, r: Reading, answer: dict[str, Json]) -> None:
        """What an answer means that is no stream."""
        self._answer(r, answer, "$")
        self._stop(r, answer)

    def _stream_start(self, r: Reading, event: dict[str, Json]) -> None:
        self._start(r, event, "$")
        r.only(event, ("event_type", "is_finished", "generation_id"))

    def _start(self, r: Reading, value: dict[str, Json], path: str) -> None:
        if not self._started:
            self._started = True
            id_ = r.string(value, "generation_id", path) or r.string(value, "response_id", path)
            r.add(Start(*r.at("stream-start"), id=id_, role="assistant"))

    def _said(self, r: Reading, event: dict[str, Json]) -> None:
        text = r.string(event, "text")
        self._text.append(text)
        r.add(Text(*r.at("text-generation", TEXT), delta=text))
        r.only(event, ("event_type", "is_finished", "text"))

    def _citations(self, r: Reading, event: dict[str, Json]) -> None:
        self._cite(r, event, "$")
        r.only(event, ("event_type", "is_finished", "citations"))

    def _cite(self, r: Reading, value: dict[str, Json], path: str) -> None:
        for one in map(object_of, r.elements(value, "citations", path)):
            self._cited = True
            documents = one.get("document_ids")
            first = documents[0] if isinstance(documents, list) and documents else ""
            r.add(
                Citation(
                    *r.at("citation-generation", TEXT),
                    ctype=text_of(one.get("type")) or "document",
                    file_id=text_of(first),
                    start=whole_number(one.get("start")),
                    end=whole_number(one.get("end")),
                    unit="char",
                    quoted=text_of(one.get("text")),
                )
            )

    def _call_piece(self, r: Reading, event: dict[str, Json]) -> None:
        """`tool-calls-chunk`: the plan, then names and pieces of parameters."""
        delta = r.members(event, "tool_call_delta")
        path = "$.tool_call_delta"
        plan = r.string(event, "text") or r.string(delta, "text", path)
        self._plan(r, plan)
        index = whole_number(delta.get("index"))
        name = r.string(delta, "name", path)
        piece = r.string(delta, "parameters", path)
        if index is not None and (name or piece):
            if index not in self._calls:
                self._open_call(r, index, name)
            if piece:
                r.add(ToolArgs(*r.at("tool-calls-chunk", f"tool:{index}"), delta=piece))
        r.only(delta, ("index", "name", "parameters", "text"), path)
        r.only(event, ("event_type", "is_finished", "text", "tool_call_delta"))

    def _plan(self, r: Reading, plan: str) -> None:
        if plan:
            self._planned = True
            r.add(Reasoning(*r.at("tool-calls-chunk", PLAN), delta=plan))

    def _open_call(self, r: Reading, index: int, name: str) -> None:
        self._calls[index] = True
        part = f"tool:{index}"
        r.add(ToolStart(*r.at("tool_calls", part), name=name, tool_type="function"))

    def _calls_told(self, r: Reading, event: dict[str, Json]) -> None:
        """`tool-calls-generation`: all of them, complete."""
        if not self._planned:
            self._plan(r, r.string(event, "text"))
        self._tell_calls(r, event, "$")
        r.only(event, ("event_type", "is_finished", "text", "tool_calls"))

    def _tell_calls(self, r: Reading, value: dict[str, Json], path: str) -> None:
        for index, call in enumerate(map(object_of, r.elements(value, "tool_calls", path))):
            open_ = self._calls.get(index)
            if open_ is False:
                continue
            args = json_text(object_of(call.get("parameters")))
            at = r.at("tool_calls", f"tool:{index}")
            if open_ is None:
                self._open_call(r, index, text_of(call.get("name")))
                r.add(ToolArgs(*at, delta=args, encoding="object"))
            r.add(ToolEnd(*at))
            self._calls[index] = False
            r.only(call, ("name", "parameters", "generation_id"), f"{path}.tool_calls[{index}]")

    def _searches(self, r: Reading, event: dict[str, Json]) -> None:
        """What the model looks up, and what it finds."""
        for key in ("search_queries", "search_results", "documents"):
            if event.get(key):
                r.add(Meta(*r.at(text_of(event["event_type"])), what=key, value=event[key]))
        known = ("event_type", "is_finished", "search_queries", "search_results", "documents")
        r.only(event, known)

    def _debug(self, r: Reading, event: dict[str, Json]) -> None:
        r.add(Meta(*r.at("debug"), what="debug", value=event.get("prompt")))

    def _stream_end(self, r: Reading, event: dict[str, Json]) -> None:
        self._answer(r, r.members(event, "response"), "$.response")
        self._stop(r, event)
        r.only(event, ("event_type", "is_finished", "finish_reason", "response"))

    def _answer(self, r: Reading, answer: dict[str, Json], path: str) -> None:
        self._start(r, answer, path)
        text = r.string(answer, "text", path)
        said = "".join(self._text)
        if text and not said:
            synthetic = r.frame > 0
            r.add(Text(*r.at("text", TEXT), delta=text, synthetic=synthetic))
        elif text and text != said:
            value = {"part": TEXT, "text": text}
            r.add(Meta(*r.at("text", TEXT), what="snapshot_mismatch", value=value))
        self._tell_calls(r, answer, path)
        if not self._cited:
            self._cite(r, answer, path)
        self._tell_meta(r, r.members(answer, "meta", path))
        r.only(answer, _ANSWER_KEYS, path)

    def _tell_meta(self, r: Reading, meta: dict[str, Json]) -> None:
        tell_usage(r, meta, "meta")
        if meta.get("warnings"):
            r.add(Meta(*r.at("meta"), what="warnings", value=meta["warnings"]))

    def _stop(self, r: Reading, event: dict[str, Json]) -> None:
        for index in [index for index, open_ in self._calls.items() if open_]:
            r.add(ToolEnd(*r.at("tool_calls", f"tool:{index}")))
            self._calls[index] = False
        raw = r.string(event, "finish_reason")
        reason = _REASONS.get(raw) or finish_reason(raw)
        if reason == "stop" and self._calls:
            reason = "tool_calls"
        r.add(Finish(*r.at("stream-end"), reason=reason, raw_reason=raw))
        self.finished = True


def tell_usage(r: Reading, usage: dict[str, Json], raw_type: str) -> None:
    """`tokens` are what the model saw and made, `billed_units` what costs money; both versions of
    the API have them. Counts come as floats."""
    tokens = object_of(usage.get("tokens"))
    billed = usage.get("billed_units")
    if tokens or usage.get("cached_tokens") is not None:
        r.add(
            Usage(
                *r.at(raw_type),
                input=whole_number(tokens.get("input_tokens")),
                input_cached=whole_number(usage.get("cached_tokens")),
                output=whole_number(tokens.get("output_tokens")),
                reasoning=whole_number(tokens.get("reasoning_tokens")),
            )
        )
    if billed:
        r.add(Meta(*r.at(raw_type), what="billed_units", value=billed))


_EVENTS: Final[dict[str, Callable[[FirstChat, Reading, dict[str, Json]], None]]] = {
    "stream-start": FirstChat._stream_start,
    "text-generation": FirstChat._said,
    "citation-generation": FirstChat._citations,
    "tool-calls-chunk": FirstChat._call_piece,
    "tool-calls-generation": FirstChat._calls_told,
    "search-queries-generation": FirstChat._searches,
    "search-results": FirstChat._searches,
    "debug": FirstChat._debug,
    "stream-end": FirstChat._stream_end,
}
