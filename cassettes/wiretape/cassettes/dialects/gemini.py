"""Gemini's generateContent and streamGenerateContent, of the Gemini API and of Vertex AI.

Each chunk is a whole `GenerateContentResponse` with what is new in it; SSE without names, or one
JSON array of the same objects. There is no last event: the body ends after a `finishReason`. An
error in the middle is a chunk `{"error": ...}`, and stands in an SSE body without `data:`.
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
    Start,
)
from wiretape.cassettes.dialects.finishing import finish_reason
from wiretape.cassettes.dialects.gemini_citations import Sources
from wiretape.cassettes.dialects.gemini_parts import Parts
from wiretape.cassettes.dialects.gemini_usage import GENERATE, Mode, tell_usage
from wiretape.cassettes.dialects.json_frames import JsonFrames
from wiretape.cassettes.dialects.payload import count_of, object_of, text_of
from wiretape.cassettes.dialects.reading import Reading
from wiretape.cassettes.framing.frame import Frame

_CHUNK = frozenset(
    {
        "candidates",
        "promptFeedback",
        "usageMetadata",
        "modelVersion",
        "responseId",
        "createTime",
        "modelStatus",
        "error",
    }
)
_CANDIDATE = frozenset(
    {
        "index",
        "content",
        "finishReason",
        "finishMessage",
        "safetyRatings",
        "citationMetadata",
        "groundingMetadata",
        "urlContextMetadata",
        "groundingAttributions",
        "tokenCount",
        "avgLogprobs",
        "logprobsResult",
        "continuationToken",
    }
)
_CONTENT = frozenset({"role", "parts"})


class _Candidate:
    def __init__(self) -> None:
        self.parts = Parts()
        self.sources = Sources()
        self.told: dict[str, Json] = {}
        """What chunks repeat, and is told when it changes."""
        self.finished = False


class GeminiDialect(JsonFrames):
    """Reads one response of generateContent or streamGenerateContent."""

    api: ClassVar[str] = "gemini.generate"

    def __init__(self) -> None:
        super().__init__()
        self._candidates: dict[int, _Candidate] = {}
        self._started = False
        self._failed = False
        self._blocked = False
        self._mode: Mode = "running"

    def read(self, frame: Frame) -> list[Delta]:
        """What a frame means; an error that stands among SSE lines without `data:` as well."""
        if frame.kind == "empty" and frame.raw.lstrip()[:1] == b"{":
            frame = msgspec.structs.replace(frame, kind="data", data=frame.raw)
        return super().read(frame)

    def _value(self, reading: Reading, value: Json, name: str) -> None:
        if isinstance(value, list):  # an error of an array stream is an array of its own
            for n, chunk in enumerate(value):
                self._chunk(reading, chunk, f"$[{n}]")
        else:
            self._chunk(reading, value, "$")

    def _whole(self, reading: Reading, value: Json) -> None:
        self._mode = "running" if isinstance(value, list) else "final"
        self._value(reading, value, "")

    def _close(self, reading: Reading) -> None:
        for index, candidate in self._candidates.items():
            reading.choice = index
            candidate.parts.close(reading)
            candidate.sources.rest(reading)
        reading.choice = 0

    def _complete(self) -> bool:
        finished = all(candidate.finished for candidate in self._candidates.values())
        said_so = self._blocked or (bool(self._candidates) and finished)
        return said_so and not self._failed

    def _chunk(self, reading: Reading, chunk: Json, path: str) -> None:
        if not isinstance(chunk, dict):
            reading.unknown(path, chunk)
            return
        reading.only(chunk, _CHUNK, path)
        if chunk.get("error") is not None:
            self._error(reading, chunk["error"])
        elif not self._started:
            self._start(reading, chunk, path)
        for n, candidate in enumerate(reading.elements(chunk, "candidates", path)):
            where = f"{path}.candidates[{n}]"
            if isinstance(candidate, dict):
                self._candidate(reading, candidate, where)
            else:
                reading.unknown(where, candidate)
        feedback = reading.members(chunk, "promptFeedback", path)
        if feedback:
            self._feedback(reading, feedback)
        status = reading.members(chunk, "modelStatus", path)
        if status:
            reading.add(Meta(*reading.at("modelStatus"), what="model_status", value=status))
        usage = reading.members(chunk, "usageMetadata", path)
        tell_usage(reading, usage, GENERATE, self._mode)

    def _start(self, reading: Reading, chunk: dict[str, Json], path: str) -> None:
        self._started = True
        created = chunk.get("createTime")
        reading.add(
            Start(
                *reading.at(),
                id=reading.string(chunk, "responseId", path),
                model=reading.string(chunk, "modelVersion", path),
                role="model",
                created=created if isinstance(created, str) else None,
            )
        )

    def _error(self, reading: Reading, error: Json) -> None:
        self._failed = True
        said = {"message": error} if isinstance(error, str) else object_of(error)
        code = count_of(said.get("code"))
        reading.add(
            Error(
                *reading.at("error"),
                code="" if code is None else str(code),
                type=text_of(said.get("status")),
                message=text_of(said.get("message")),
                http_status=code,
            )
        )

    def _candidate(self, reading: Reading, value: dict[str, Json], path: str) -> None:
        reading.only(value, _CANDIDATE, path)
        reading.choice = count_of(value.get("index")) or 0
        candidate = self._candidates.setdefault(reading.choice, _Candidate())
        content = reading.members(value, "content", path)
        reading.only(content, _CONTENT, f"{path}.content")
        for n, part in enumerate(reading.elements(content, "parts", f"{path}.content")):
            where = f"{path}.content.parts[{n}]"
            if isinstance(part, dict):
                candidate.parts.read(reading, part, where)
            else:
                reading.unknown(where, part)
        self._about(reading, candidate, value, path)
        reason = reading.string(value, "finishReason", path)
        if reason and reason != "FINISH_REASON_UNSPECIFIED":
            self._finish(reading, candidate, reason, value)
        reading.choice = 0

    def _about(
        self, reading: Reading, candidate: _Candidate, value: dict[str, Json], path: str
    ) -> None:
        """What is said about a candidate, beside what it says."""
        citations = reading.members(value, "citationMetadata", path)
        if citations:
            candidate.sources.citations(reading, citations)
        grounding = reading.members(value, "groundingMetadata", path)
        if grounding:
            candidate.sources.grounding(reading, grounding)
        for key, what in (("safetyRatings", "safety"), ("urlContextMetadata", "url_context")):
            about = value.get(key)
            if about and about != candidate.told.get(key):
                candidate.told[key] = about
                reading.add(Meta(*reading.at(key), what=what, value=about))

    def _finish(
        self, reading: Reading, candidate: _Candidate, raw: str, value: dict[str, Json]
    ) -> None:
        candidate.parts.close(reading)
        candidate.finished = True
        self._mode = "final"
        reason = finish_reason(raw)
        if reason == "stop" and candidate.parts.ends_in_call:
            reason = "tool_calls"
        detail = text_of(value.get("finishMessage"))
        reading.add(
            Finish(*reading.at("finishReason"), reason=reason, raw_reason=raw, detail=detail)
        )

    def _feedback(self, reading: Reading, feedback: dict[str, Json]) -> None:
        """A prompt that is blocked has an answer without candidates."""
        at = reading.at("promptFeedback")
        reading.add(Meta(*at, what="prompt_feedback", value=feedback))
        raw = text_of(feedback.get("blockReason"))
        if raw and not self._candidates:
            self._blocked = True
            self._mode = "final"
            reason: FinishReason = "content_filter"
            detail = text_of(feedback.get("blockReasonMessage"))
            reading.add(Finish(*at, reason=reason, raw_reason=raw, detail=detail))
