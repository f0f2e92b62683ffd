"""Gemini's Interactions API.

Events have their name in `event_type`: the interaction is created, its steps start, go on and
stop, it is completed, `[DONE]`. The completed interaction seldom has its steps again; where it
has, they are held against what was streamed.
"""

from typing import ClassVar

import msgspec

from wiretape.cassettes.dialects.delta import (
    Delta,
    Error,
    Finish,
    FinishReason,
    Json,
    Meta,
    Reasoning,
    Start,
    Text,
    ToolArgs,
)
from wiretape.cassettes.dialects.finishing import finish_reason
from wiretape.cassettes.dialects.gemini_usage import INTERACTIONS, tell_usage
from wiretape.cassettes.dialects.interactions_steps import Steps
from wiretape.cassettes.dialects.json_frames import JsonFrames, word_of
from wiretape.cassettes.dialects.payload import (
    NotJson,
    count_of,
    decode_json,
    list_of,
    object_of,
    text_of,
)
from wiretape.cassettes.dialects.reading import Reading

EVENTS: dict[str, frozenset[str]] = {
    "interaction.created": frozenset({"interaction"}),
    "interaction.status_update": frozenset(
        {"interaction_id", "status", "usage", "continuation_token"}
    ),
    "interaction.completed": frozenset({"interaction"}),
    "step.start": frozenset({"index", "step"}),
    "step.delta": frozenset({"index", "delta", "metadata"}),
    "step.stop": frozenset({"index", "usage", "step_usage"}),
    "error": frozenset({"error"}),
}
"""Each event's `event_type`, and what it carries beside it and `event_id`."""

INTERACTION = frozenset(
    {
        "id",
        "object",
        "status",
        "model",
        "agent",
        "created",
        "updated",
        "steps",
        "usage",
        "errors",
        "service_tier",
        "continuation_token",
        "continuation_ids",
        "environment_id",
        # Shortcuts to what stands in the steps.
        "output_text",
        "output_image",
        "output_audio",
        "output_video",
        # What was asked, again.
        "agent_config",
        "cached_content",
        "environment",
        "generation_config",
        "input",
        "labels",
        "previous_interaction_id",
        "response_format",
        "response_mime_type",
        "response_modalities",
        "safety_settings",
        "system_instruction",
        "tools",
        "webhook_config",
    }
)

_REASONS: dict[str, FinishReason] = {
    # "contains incomplete results (e.g. hitting max_tokens)": reference of Interaction.status
    "incomplete": "length",
}
_OVER = frozenset({"completed", "failed", "cancelled", "incomplete", "budget_exceeded"})

_Said = dict[str, list[Text | Reasoning | ToolArgs]]


class InteractionsDialect(JsonFrames):
    """Reads one response of the Interactions API."""

    api: ClassVar[str] = "gemini.interactions"

    def __init__(self) -> None:
        super().__init__()
        self._steps = Steps()
        self._said: _Said = {}
        self._told_the_end = False

    def _value(self, reading: Reading, value: Json, name: str) -> None:
        if not isinstance(value, dict):
            reading.unknown("$", value, name)
            return
        kind = text_of(value.get("event_type")) or name
        known = EVENTS.get(kind)
        if known is None:
            reading.unknown("$", value, kind)
            return
        reading.only(value, known | {"event_type", "event_id"})
        if kind.startswith("step."):
            self._step(reading, kind, value)
            _keep(self._said, reading.deltas)
        elif kind == "error":
            self._error(reading, object_of(value.get("error")))
        elif kind == "interaction.status_update":
            self._status(reading, text_of(value.get("status")))
            tell_usage(reading, object_of(value.get("usage")), INTERACTIONS, "running")
        else:
            self._interaction(reading, kind, object_of(value.get("interaction")))

    def _whole(self, reading: Reading, value: Json) -> None:
        if not isinstance(value, dict):
            reading.unknown("$", value)
        elif "error" in value:
            self._error(reading, object_of(value["error"]))
        else:
            self._interaction(reading, "interaction.created", value)
            _tell_steps(self._steps, reading, value)
            self._end(reading, value)

    def _close(self, reading: Reading) -> None:
        self._steps.close(reading)

    def _complete(self) -> bool:
        return self._told_the_end

    def _step(self, reading: Reading, kind: str, value: dict[str, Json]) -> None:
        index = count_of(value.get("index")) or 0
        if kind == "step.start":
            self._steps.start(reading, index, reading.members(value, "step"), "$.step")
        elif kind == "step.delta":
            self._steps.delta(reading, index, reading.members(value, "delta"), "$.delta")
            total = object_of(object_of(value.get("metadata")).get("total_usage"))
            tell_usage(reading, total, INTERACTIONS, "running")
        else:
            self._steps.stop(reading, index)
            tell_usage(reading, object_of(value.get("usage")), INTERACTIONS, "running")
            if value.get("step_usage"):
                meta = {"index": index, "usage": value["step_usage"]}
                reading.add(Meta(*reading.at(kind), what="step_usage", value=meta))

    def _error(self, reading: Reading, error: dict[str, Json]) -> None:
        reading.add(
            Error(
                *reading.at("error"),
                code=word_of(error.get("code")),
                type=text_of(error.get("status")),
                message=text_of(error.get("message")),
            )
        )

    def _status(self, reading: Reading, status: str) -> None:
        """Of the whole interaction, not of a tool."""
        if status:
            at = reading.at("interaction.status_update")
            reading.add(Meta(*at, what="status", value=status))

    def _interaction(self, reading: Reading, kind: str, value: dict[str, Json]) -> None:
        reading.only(value, INTERACTION, "$.interaction" if reading.frame else "$")
        if kind == "interaction.created":
            created = value.get("created")
            reading.add(
                Start(
                    *reading.at(kind),
                    id=text_of(value.get("id")),
                    model=text_of(value.get("model")) or text_of(value.get("agent")),
                    role="model",
                    created=created if isinstance(created, str) else None,
                )
            )
            return
        self._steps.close(reading)
        _keep(self._said, reading.deltas)
        self._check(reading, value)
        self._end(reading, value)

    def _end(self, reading: Reading, value: dict[str, Json]) -> None:
        """What an interaction says when it is over, or waits for the client."""
        for error in list_of(value.get("errors")):
            self._error(reading, object_of(error))
        tell_usage(reading, object_of(value.get("usage")), INTERACTIONS, "final")
        raw = text_of(value.get("status"))
        if raw in _OVER or raw.startswith("requires_"):
            self._told_the_end = True
            reason = _REASONS.get(raw) or finish_reason(raw)
            if reason == "stop" and self._steps.ends_in_call:
                reason = "tool_calls"
            reading.add(Finish(*reading.at("status"), reason=reason, raw_reason=raw))
        else:
            self._status(reading, raw)

    def _check(self, reading: Reading, value: dict[str, Json]) -> None:
        """Hold the steps of a completed interaction against what was streamed."""
        snapshot = Reading(reading.frame, reading.at_ns)
        _tell_steps(Steps(), snapshot, value)
        said: _Said = {}
        _keep(said, snapshot.deltas)
        for part, told in said.items():
            streamed = self._said.get(part)
            if streamed is None:
                for delta in snapshot.deltas:
                    if delta.part == part:
                        reading.add(_synthetic(delta))
            elif not _same(text := _joined(told), _joined(streamed)):
                meta = {"part": part, "text": text}
                at = reading.at("interaction.completed", part)
                reading.add(Meta(*at, what="snapshot_mismatch", value=meta))


def _tell_steps(steps: Steps, reading: Reading, value: dict[str, Json]) -> None:
    for index, step in enumerate(list_of(value.get("steps"))):
        steps.start(reading, index, object_of(step), f"$.steps[{index}]")
        steps.stop(reading, index)


def _keep(said: _Said, deltas: list[Delta]) -> None:
    for delta in deltas:
        if isinstance(delta, Text | Reasoning | ToolArgs):
            said.setdefault(delta.part, []).append(delta)


def _joined(deltas: list[Text | Reasoning | ToolArgs]) -> str:
    return "".join(delta.delta for delta in deltas)


def _synthetic(delta: Delta) -> Delta:
    if isinstance(delta, Text | Reasoning | ToolArgs):
        return msgspec.structs.replace(delta, synthetic=True)
    return delta


def _same(one: str, other: str) -> bool:
    """The same text, or the same JSON value in other words."""
    if one == other:
        return True
    first, second = decode_json(one.encode()), decode_json(other.encode())
    return not isinstance(first, NotJson) and first == second
