"""Mistral's Conversations API.

Events are named in `event:` and in `type`. What they tell of is keyed by `output_index`, and
within a message by `content_index`; a content is a string, or one typed chunk. The last event is
`conversation.response.done`, or `.error`. An answer that is no stream has the same as `outputs`.
"""

from typing import ClassVar

from wiretape.cassettes.dialects.delta import (
    Citation,
    End,
    Error,
    Finish,
    Json,
    Meta,
    Reasoning,
    ReasoningOpaque,
    Start,
    Text,
    ToolArgs,
    ToolEnd,
    ToolOutput,
    ToolStart,
    ToolStatus,
    Usage,
)
from wiretape.cassettes.dialects.json_frames import JsonFrames, word_of
from wiretape.cassettes.dialects.media import linked
from wiretape.cassettes.dialects.payload import (
    count_of,
    json_text,
    list_of,
    object_of,
    sha256,
    text_of,
)
from wiretape.cassettes.dialects.reading import Reading, whole_number

_OUTPUT = frozenset({"id", "output_index", "model", "agent_id"})

EVENTS: dict[str, frozenset[str]] = {
    "conversation.response.started": frozenset({"conversation_id"}),
    "conversation.response.done": frozenset({"usage"}),
    "conversation.response.error": frozenset({"message", "code"}),
    "message.output.delta": _OUTPUT | {"content", "content_index", "role"},
    "function.call.delta": _OUTPUT | {"name", "tool_call_id", "arguments", "confirmation_status"},
    "tool.execution.started": _OUTPUT | {"name", "arguments"},
    "tool.execution.delta": _OUTPUT | {"name", "arguments"},
    "tool.execution.done": _OUTPUT | {"name", "info"},
    "agent.handoff.started": _OUTPUT | {"previous_agent_id", "previous_agent_name"},
    "agent.handoff.done": _OUTPUT | {"next_agent_id", "next_agent_name"},
}
"""Each event's `type`, and what it carries beside it and `created_at`."""

CHUNKS: dict[str, frozenset[str]] = {
    "text": frozenset({"text"}),
    "thinking": frozenset({"thinking", "signature", "closed"}),
    "image_url": frozenset({"image_url"}),
    "document_url": frozenset({"document_url", "document_name"}),
    "tool_file": frozenset({"tool", "file_id", "file_name", "file_type"}),
    "tool_reference": frozenset({"tool", "title", "url", "favicon", "description"}),
    "reference": frozenset({"reference_ids"}),
}
"""Each chunk's `type`, and what it carries beside it."""

_RESPONSE = frozenset({"conversation_id", "object", "outputs", "usage", "guardrails"})
_ENTRY = frozenset({"object", "type", "created_at", "completed_at"})

_TIMES = frozenset({"type", "created_at"})


class _Call:
    """A call of a function or of one of Mistral's own tools."""

    def __init__(self, part: str) -> None:
        self.part = part
        self.ended = False


class MistralConversationsDialect(JsonFrames):
    """Reads one response of the Conversations API."""

    api: ClassVar[str] = "mistral.conversations"

    def __init__(self) -> None:
        super().__init__()
        self._model = ""
        self._calls: dict[str, _Call] = {}
        self._ends_in_call = False

    def _value(self, reading: Reading, value: Json, name: str) -> None:
        if not isinstance(value, dict):
            reading.unknown("$", value, name)
            return
        kind = text_of(value.get("type")) or name
        known = EVENTS.get(kind)
        if known is None:
            reading.unknown("$", value, kind)
            return
        reading.only(value, known | _TIMES)
        if kind == "conversation.response.started":
            self._start(reading, value)
        elif kind == "conversation.response.error":
            at = reading.at(kind)
            message = text_of(value.get("message"))
            reading.add(Error(*at, code=word_of(value.get("code")), message=message))
            self._over(reading, End(*at, via="terminal_event"))
        elif kind == "conversation.response.done":
            self._done(reading, value)
            self._over(reading, End(*reading.at(kind), via="terminal_event"))
        else:
            self._output(reading, kind, value)

    def _whole(self, reading: Reading, value: Json) -> None:
        if not isinstance(value, dict):
            reading.unknown("$", value)
            return
        reading.only(value, _RESPONSE)
        self._start(reading, value)
        for index, entry in enumerate(list_of(value.get("outputs"))):
            self._entry(reading, index, object_of(entry), f"$.outputs[{index}]")
        if value.get("guardrails"):
            what = "guardrails"
            reading.add(Meta(*reading.at(what), what=what, value=value["guardrails"]))
        self._done(reading, value)

    def _close(self, reading: Reading) -> None:
        for call in self._calls.values():
            self._end_call(reading, call)

    def _complete(self) -> bool:
        return False  # the last event is promised

    def _start(self, reading: Reading, value: dict[str, Json]) -> None:
        created = value.get("created_at")
        reading.add(
            Start(
                *reading.at("conversation.response.started"),
                id=text_of(value.get("conversation_id")),
                role="assistant",
                created=created if isinstance(created, str) else None,
            )
        )

    def _done(self, reading: Reading, value: dict[str, Json]) -> None:
        self._close(reading)
        self._usage(reading, reading.members(value, "usage"))
        at = reading.at("conversation.response.done")
        reading.add(Finish(*at, reason="tool_calls" if self._ends_in_call else "stop"))

    def _usage(self, reading: Reading, usage: dict[str, Json]) -> None:
        """What connectors read is counted beside the prompt; the total has both."""
        if not usage:
            return
        prompt = whole_number(usage.get("prompt_tokens"))
        connectors = whole_number(usage.get("connector_tokens"))
        read = prompt if connectors is None else (prompt or 0) + connectors
        written = whole_number(usage.get("completion_tokens"))
        total = whole_number(usage.get("total_tokens"))
        at = reading.at("usage")
        reading.add(Usage(*at, input=read, output=written, total=total))
        if total is not None and read is not None and total != read + (written or 0):
            value = {"input": read, "output": written, "total": total}
            reading.add(Meta(*at, what="usage_inconsistent", value=value))

    def _output(self, reading: Reading, kind: str, value: dict[str, Json]) -> None:
        self._model_of(reading, kind, value)
        index = count_of(value.get("output_index"))
        if kind == "message.output.delta":
            part = f"{index or 0}.{count_of(value.get('content_index')) or 0}"
            self._content(reading, part, value.get("content"), "$.content")
        elif kind == "function.call.delta":
            # Older answers leave the index out; then the id tells two calls apart.
            key = text_of(value.get("tool_call_id")) if index is None else str(index)
            self._function(reading, kind, key, value)
        elif kind.startswith("tool.execution."):
            key = text_of(value.get("id")) if index is None else str(index)
            self._execution(reading, kind, key, value)
        else:
            handoff = {key: said for key, said in value.items() if key.endswith(("_id", "_name"))}
            reading.add(Meta(*reading.at(kind), what="handoff", value=handoff))

    def _model_of(self, reading: Reading, kind: str, value: dict[str, Json]) -> None:
        """The start does not tell the model; the first output does."""
        model = text_of(value.get("model"))
        if model and not self._model:
            self._model = model
            reading.add(Start(*reading.at(kind), model=model))

    def _content(self, reading: Reading, part: str, content: Json, path: str) -> None:
        self._ends_in_call = False
        if isinstance(content, str):
            self._text(reading, part, content)
        elif isinstance(content, dict):
            self._chunk(reading, part, content, path)
        elif content is not None:
            reading.unknown(path, content)

    def _text(self, reading: Reading, part: str, text: str) -> None:
        if text:
            reading.add(Text(*reading.at("text", part), delta=text))

    def _chunk(self, reading: Reading, part: str, chunk: dict[str, Json], path: str) -> None:
        kind = text_of(chunk.get("type"))
        known = CHUNKS.get(kind)
        if known is None:
            reading.unknown(path, chunk, kind)
            return
        reading.only(chunk, known | {"type"}, path)
        at = reading.at(kind, part)
        match kind:
            case "text":
                self._text(reading, part, text_of(chunk.get("text")))
            case "thinking":
                self._thinking(reading, part, chunk)
            case "image_url":
                image = chunk.get("image_url")
                url = text_of(object_of(image).get("url")) or text_of(image)
                reading.add(linked(at, url, modality="image"))
            case "document_url":
                url = text_of(chunk.get("document_url"))
                reading.add(linked(at, url, modality="document"))
            case "tool_file":
                file, mime = text_of(chunk.get("file_id")), text_of(chunk.get("file_type"))
                reading.add(linked(at, file, mime))
            case _:
                self._reference(reading, part, chunk)

    def _thinking(self, reading: Reading, part: str, chunk: dict[str, Json]) -> None:
        for thought in map(object_of, list_of(chunk.get("thinking"))):
            text = text_of(thought.get("text"))
            if text:
                reading.add(Reasoning(*reading.at("thinking", part), delta=text))
            elif text_of(thought.get("type")) in ("reference", "tool_reference"):
                self._reference(reading, part, thought)
        signature = text_of(chunk.get("signature"))
        if signature:
            at = reading.at("thinking", part)
            size, digest = len(signature), sha256(signature.encode())
            reading.add(ReasoningOpaque(*at, form="signature", size=size, sha256=digest))

    def _reference(self, reading: Reading, part: str, chunk: dict[str, Json]) -> None:
        kind = text_of(chunk.get("type"))
        url, title = text_of(chunk.get("url")), text_of(chunk.get("title"))
        ids = [word_of(one) for one in list_of(chunk.get("reference_ids"))]
        for file in ids or [""]:
            at = reading.at(kind, part)
            reading.add(Citation(*at, ctype=kind, url=url, title=title, file_id=file))

    def _function(self, reading: Reading, kind: str, key: str, value: dict[str, Json]) -> None:
        call = self._calls.get(key)
        if call is None:
            call = self._calls[key] = _Call(f"{key}.call")
            self._ends_in_call = True
            reading.add(
                ToolStart(
                    *reading.at(kind, call.part),
                    name=text_of(value.get("name")),
                    call_id=text_of(value.get("tool_call_id")),
                    tool_type="function.call",
                )
            )
        self._arguments(reading, call, value.get("arguments"))
        status = text_of(value.get("confirmation_status"))
        if status:
            reading.add(ToolStatus(*reading.at(kind, call.part), status=status))

    def _execution(self, reading: Reading, kind: str, key: str, value: dict[str, Json]) -> None:
        self._ends_in_call = False
        call = self._calls.get(key)
        if call is None:
            call = self._calls[key] = _Call(f"{key}.tool")
            reading.add(
                ToolStart(
                    *reading.at(kind, call.part),
                    name=text_of(value.get("name")),
                    call_id=text_of(value.get("id")),
                    origin="hosted",
                    tool_type="tool.execution",
                )
            )
        self._arguments(reading, call, value.get("arguments"))
        if kind == "tool.execution.done":
            info = value.get("info")
            if info:
                reading.add(ToolOutput(*reading.at(kind, call.part), content=info))
            self._end_call(reading, call)

    def _arguments(self, reading: Reading, call: _Call, arguments: Json) -> None:
        at = reading.at("arguments", call.part)
        if isinstance(arguments, dict):
            reading.add(ToolArgs(*at, delta=json_text(arguments), encoding="object"))
        elif isinstance(arguments, str) and arguments:
            reading.add(ToolArgs(*at, delta=arguments))

    def _end_call(self, reading: Reading, call: _Call) -> None:
        if not call.ended:
            call.ended = True
            reading.add(ToolEnd(*reading.at("", call.part)))

    def _entry(self, reading: Reading, index: int, entry: dict[str, Json], path: str) -> None:
        """One of the `outputs` of an answer that is no stream."""
        kind = text_of(entry.get("type"))
        event = {
            "message.output": "message.output.delta",
            "function.call": "function.call.delta",
            "tool.execution": "tool.execution.done",
            "agent.handoff": "agent.handoff.done",
        }.get(kind)
        if event is None:
            reading.unknown(path, entry, kind)
            return
        known = EVENTS[event] | EVENTS["agent.handoff.started"] | _ENTRY | {"arguments"}
        reading.only(entry, known, path)
        if kind == "message.output":
            self._model_of(reading, kind, entry)
            content = entry.get("content")
            chunks = content if isinstance(content, list) else [content]
            for n, chunk in enumerate(chunks):
                self._content(reading, f"{index}.{n}", chunk, f"{path}.content[{n}]")
        else:
            self._output(reading, event, {**entry, "output_index": index})
