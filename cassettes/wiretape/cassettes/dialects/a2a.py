"""A2A: what an agent streams of a task, over JSON-RPC or plain HTTP.

Since version 1.0 each response is one of `task`, `message`, `statusUpdate`, `artifactUpdate`;
before, an object with a `kind`. The JSON-RPC binding wraps it in `result`. Artifacts are what the
agent made; messages of a status are what it says on the way.
"""

from typing import ClassVar

from wiretape.cassettes.dialects.delta import (
    End,
    Finish,
    FinishReason,
    Json,
    Meta,
    PartEnd,
    PartStart,
    Start,
    Text,
)
from wiretape.cassettes.dialects.json_frames import JsonFrames
from wiretape.cassettes.dialects.json_rpc import MESSAGE, tell_error
from wiretape.cassettes.dialects.media import embedded, linked
from wiretape.cassettes.dialects.payload import list_of, object_of, text_of
from wiretape.cassettes.dialects.reading import Reading

_KINDS = {
    "task": "task",
    "message": "message",
    "status-update": "statusUpdate",
    "artifact-update": "artifactUpdate",
}
"""The `kind` of versions before 1.0 to the key since."""

RESPONSES: dict[str, frozenset[str]] = {
    "task": frozenset({"id", "contextId", "status", "artifacts", "history", "metadata"}),
    "message": frozenset(
        {
            "messageId",
            "contextId",
            "taskId",
            "role",
            "parts",
            "metadata",
            "extensions",
            "referenceTaskIds",
        }
    ),
    "statusUpdate": frozenset({"taskId", "contextId", "status", "metadata", "final"}),
    "artifactUpdate": frozenset(
        {"taskId", "contextId", "artifact", "append", "lastChunk", "metadata"}
    ),
}
"""Each of the four, and what it carries."""

_PART = frozenset(
    {"text", "raw", "url", "data", "metadata", "filename", "mediaType", "kind", "file"}
)

_TERMINAL: dict[str, FinishReason] = {
    "completed": "stop",
    "failed": "error",
    "canceled": "cancelled",
    "rejected": "refusal",
}
_INTERRUPTED = frozenset({"input-required", "auth-required"})
"""States in which the agent waits for the client; the stream may close on them."""


class _Artifact:
    def __init__(self, part: str) -> None:
        self.part = part
        self.said: list[str] = []
        self.open = True


class A2ADialect(JsonFrames):
    """Reads one response of an A2A agent."""

    api: ClassVar[str] = "a2a"

    def __init__(self) -> None:
        super().__init__()
        self._started = False
        self._messages = 0
        self._artifacts: dict[str, _Artifact] = {}
        self._state = ""
        self._finished = ""

    def _value(self, reading: Reading, value: Json, name: str) -> None:
        if not isinstance(value, dict):
            reading.unknown("$", value, name)
            return
        if "jsonrpc" not in value:
            self._response(reading, value, "$")
            return
        reading.only(value, MESSAGE)
        if value.get("error") is not None:
            tell_error(reading, value["error"])
            self._terminal(reading)
        else:
            self._response(reading, reading.members(value, "result"), "$.result")

    def _whole(self, reading: Reading, value: Json) -> None:
        self._value(reading, value, "")

    def _close(self, reading: Reading) -> None:
        for artifact in self._artifacts.values():
            self._end_artifact(reading, artifact)

    def _complete(self) -> bool:
        return bool(self._finished)

    def _terminal(self, reading: Reading) -> None:
        if reading.frame:
            self._over(reading, End(*reading.at(self._state), via="terminal_event"))

    def _response(self, reading: Reading, value: dict[str, Json], path: str) -> None:
        kind = _KINDS.get(text_of(value.get("kind")))
        if kind is not None:
            self._one(reading, kind, value, path)
            return
        for key, said in value.items():
            if key in RESPONSES and isinstance(said, dict):
                self._one(reading, key, said, f"{path}.{key}")
            elif "status" in value and "id" in value:  # a task, as tasks/get gives it
                self._one(reading, "task", value, path)
                return
            else:
                reading.unknown(f"{path}.{key}", said)

    def _one(self, reading: Reading, kind: str, said: dict[str, Json], path: str) -> None:
        reading.only(said, RESPONSES[kind] | {"kind"}, path)
        self._start(reading, kind, said)
        if kind == "task":
            for artifact in list_of(said.get("artifacts")):
                self._artifact(reading, object_of(artifact), path, snapshot=True)
            self._status(reading, reading.members(said, "status", path), path)
        elif kind == "statusUpdate":
            self._status(reading, reading.members(said, "status", path), path)
            if said.get("final") is True:  # before 1.0, of interrupted tasks as well
                self._terminal(reading)
        elif kind == "artifactUpdate":
            append = said.get("append") is True
            artifact = self._artifact(
                reading, reading.members(said, "artifact", path), path, append=append
            )
            if said.get("lastChunk") is True:
                self._end_artifact(reading, artifact)
        else:
            self._message(reading, said, path, "final")
            self._finish(reading, "message", "stop")
            self._terminal(reading)

    def _start(self, reading: Reading, kind: str, said: dict[str, Json]) -> None:
        if not self._started:
            self._started = True
            own = said.get("id") if kind == "task" else said.get("messageId")
            started = text_of(said.get("taskId")) or text_of(own)
            reading.add(Start(*reading.at(kind), id=started, role="agent"))

    def _status(self, reading: Reading, status: dict[str, Json], path: str) -> None:
        raw = text_of(status.get("state"))
        state = raw.removeprefix("TASK_STATE_").lower().replace("_", "-")
        if raw and state != self._state:
            self._state = state
            reading.add(Meta(*reading.at("status"), what="status", value=state))
        reason = _TERMINAL.get(state)
        message = reading.members(status, "message", path)
        if message:
            on_the_way = reason is None and state not in _INTERRUPTED
            self._message(reading, message, path, "commentary" if on_the_way else "final")
        if state in _INTERRUPTED:
            self._finish(reading, raw, "pause")
        elif reason is not None:
            self._finish(reading, raw, reason)
            self._terminal(reading)

    def _finish(self, reading: Reading, raw: str, reason: FinishReason) -> None:
        if self._finished != raw:
            self._finished = raw
            reading.add(Finish(*reading.at("status"), reason=reason, raw_reason=raw))

    def _message(self, reading: Reading, message: dict[str, Json], path: str, channel: str) -> None:
        if text_of(message.get("role")).lower().endswith("user"):
            return  # what was asked, again
        part = f"message.{self._messages}"
        self._messages += 1
        for n, piece in enumerate(reading.elements(message, "parts", path)):
            where = f"{path}.parts[{n}]"
            text = self._piece(reading, part, piece, where)
            if text:
                commentary = channel == "commentary"
                at = reading.at("message", part)
                reading.add(Text(*at, delta=text, channel="commentary" if commentary else "final"))

    def _artifact(
        self,
        reading: Reading,
        value: dict[str, Json],
        path: str,
        *,
        append: bool = False,
        snapshot: bool = False,
    ) -> _Artifact:
        """An artifact or more of one. Its id is all there is to tell it by."""
        key = text_of(value.get("artifactId"))
        artifact = self._artifacts.get(key)
        known = artifact is not None
        if artifact is None:
            artifact = self._artifacts[key] = _Artifact(f"artifact.{len(self._artifacts)}")
            reading.add(PartStart(*reading.at("artifact", artifact.part), ptype="text"))
        if known and (snapshot or not append):
            self._again(reading, artifact, value)
            return artifact
        for n, piece in enumerate(reading.elements(value, "parts", path)):
            text = self._piece(reading, artifact.part, piece, f"{path}.parts[{n}]")
            if text:
                artifact.said.append(text)
                at = reading.at("artifact", artifact.part)
                late = snapshot and bool(reading.frame) and bool(self._state)
                reading.add(Text(*at, delta=text, synthetic=late))
        return artifact

    def _again(self, reading: Reading, artifact: _Artifact, value: dict[str, Json]) -> None:
        """The whole of an artifact that is known: it holds where it says something else."""
        texts = [text_of(object_of(piece).get("text")) for piece in list_of(value.get("parts"))]
        text = "".join(texts)
        if text != "".join(artifact.said):
            artifact.said = [text]
            at = reading.at("artifact", artifact.part)
            value = {"part": artifact.part, "text": text}
            reading.add(Meta(*at, what="snapshot_mismatch", value=value))

    def _end_artifact(self, reading: Reading, artifact: _Artifact) -> None:
        if artifact.open:
            artifact.open = False
            reading.add(PartEnd(*reading.at("artifact", artifact.part), ptype="text"))

    def _piece(self, reading: Reading, part: str, piece: Json, path: str) -> str:
        """The text of a part; what is none is told at once."""
        if not isinstance(piece, dict):
            reading.unknown(path, piece)
            return ""
        reading.only(piece, _PART, path)
        at = reading.at("part", part)
        file = object_of(piece.get("file"))  # before 1.0
        mime = text_of(piece.get("mediaType")) or text_of(file.get("mimeType"))
        raw = text_of(piece.get("raw")) or text_of(file.get("bytes"))
        url = text_of(piece.get("url")) or text_of(file.get("uri"))
        if raw:
            reading.add(embedded(at, raw, mime))
        elif url:
            reading.add(linked(at, url, mime))
        elif "data" in piece:
            reading.add(Meta(*at, what="data", value=piece["data"]))
        return text_of(piece.get("text"))
