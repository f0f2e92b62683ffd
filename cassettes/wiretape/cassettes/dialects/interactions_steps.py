"""The steps of a Gemini interaction: what the model says, thinks, calls and is answered.

A step is keyed by its index. Its shell comes with `step.start`, often with what it says left out
or empty; then come deltas; a whole answer has each step in one object. What a step says is told
the same in both.
"""

import msgspec

from wiretape.cassettes.dialects.delta import (
    Citation,
    Json,
    PartEnd,
    PartStart,
    Reasoning,
    ReasoningOpaque,
    Text,
    ToolArgs,
    ToolEnd,
    ToolOutput,
    ToolStart,
)
from wiretape.cassettes.dialects.media import Modality, Pieces, embedded, linked
from wiretape.cassettes.dialects.payload import (
    count_of,
    json_text,
    list_of,
    object_of,
    sha256,
    text_of,
)
from wiretape.cassettes.dialects.reading import Reading

STEP_TYPES = frozenset(
    {
        "user_input",
        "model_output",
        "thought",
        "function_call",
        "function_result",
        "code_execution_call",
        "code_execution_result",
        "file_search_call",
        "file_search_result",
        "google_maps_call",
        "google_maps_result",
        "google_search_call",
        "google_search_result",
        "mcp_server_tool_call",
        "mcp_server_tool_result",
        "processing_call",
        "processing_result",
        "retrieval_call",
        "retrieval_result",
        "tool_search_call",
        "tool_search_result",
        "url_context_call",
        "url_context_result",
    }
)
"""What `step.type` may be."""

MEDIA: dict[str, Modality] = {
    "image": "image",
    "audio": "audio",
    "video": "video",
    "document": "document",
}

DELTA_TYPES = (STEP_TYPES - {"user_input", "model_output", "thought", "function_call"}) | {
    "text",
    "thought_summary",
    "thought_signature",
    "arguments_delta",
    "text_annotation_delta",
    *MEDIA,
}
"""What `delta.type` may be."""

STEP = frozenset(
    {
        "type",
        "id",
        "call_id",
        "name",
        "server_name",
        "arguments",
        "result",
        "is_error",
        "signature",
        "summary",
        "content",
        "error",
        "search_type",
        "retrieval_type",
    }
)
"""The members of a step, of a call's or result's delta as well."""

CONTENT = frozenset(
    {
        "type",
        "text",
        "annotations",
        "data",
        "uri",
        "mime_type",
        "content",
        "signature",
        "arguments",
        # About a medium, not what it shows.
        "channels",
        "rate",
        "sample_rate",
        "resolution",
        "processing",
        "name",
    }
)
"""The members of a content, and of any other delta."""


class Step:
    """One step that is open."""

    def __init__(self, index: int, kind: str) -> None:
        self.index = index
        self.kind = kind
        self.runs = 0
        self.run = ""
        """Key of the text that is going on."""
        self.latest = str(index)
        self.audio: Pieces | None = None
        self.call = ""
        """Key of the call that the step makes."""
        self.shell_args: Json = None
        """Arguments that came with the start: a place-holder, where deltas follow."""
        self.has_args = False

    def next_run(self) -> str:
        self.latest = f"{self.index}.{self.runs}"
        self.runs += 1
        return self.latest


class Steps:
    """The steps of one interaction so far."""

    def __init__(self) -> None:
        self.ends_in_call = False
        """Whether the last thing said is a call that the client is to make."""
        self._open: dict[int, Step] = {}
        self._calls: dict[str, str] = {}
        """Call id to its part."""

    def start(self, reading: Reading, index: int, shell: dict[str, Json], path: str) -> None:
        """A step begins, with what its shell says already."""
        self.stop(reading, index)
        kind = reading.string(shell, "type", path)
        reading.only(shell, STEP, path)
        if kind not in STEP_TYPES:
            reading.unknown(path, shell, "step.start")
        step = self._open[index] = Step(index, kind)
        if kind == "user_input":  # what was asked, not what was answered
            return
        for content in list_of(shell.get("content")):
            self._content(reading, step, object_of(content), f"{path}.content")
        if kind == "thought":
            reading.add(PartStart(*reading.at(kind, str(index)), ptype="reasoning"))
            for content in list_of(shell.get("summary")):
                self._thought(reading, step, object_of(content))
        if kind.endswith("_call"):
            self._call(reading, step, shell)
            step.shell_args = shell.get("arguments")
        elif kind.endswith("_result") and shell.get("result") is not None:
            self._result(reading, step, shell)
        elif kind.endswith("_result"):
            step.call = self._calls.get(text_of(shell.get("call_id")), "")
        self._signature(reading, step, shell)

    def delta(self, reading: Reading, index: int, delta: dict[str, Json], path: str) -> None:
        """More of a step; of one that nothing started, too."""
        kind = reading.string(delta, "type", path)
        step = self._open.get(index)
        if step is None:
            step = self._open[index] = Step(index, kind)
        if kind not in DELTA_TYPES:
            reading.unknown(path, delta, "step.delta")
        elif kind == "arguments_delta":
            reading.only(delta, CONTENT, path)
            self._arguments(reading, step, text_of(delta.get("arguments")), whole=False)
        elif kind == "thought_summary":
            reading.only(delta, CONTENT, path)
            self._thought(reading, step, object_of(delta.get("content")))
        elif kind.endswith(("_call", "_result")):
            reading.only(delta, STEP, path)
            self._tool(reading, step, kind, delta)
        else:
            self._content(reading, step, delta, path)
        self._signature(reading, step, delta)

    def stop(self, reading: Reading, index: int) -> None:
        """A step is over."""
        step = self._open.pop(index, None)
        if step is None:
            return
        self._end_run(reading, step)
        if step.kind == "thought":
            reading.add(PartEnd(*reading.at(step.kind, str(index)), ptype="reasoning"))
        if step.kind.endswith("_call") and step.call:
            if not step.has_args and isinstance(step.shell_args, dict):
                self._arguments(reading, step, json_text(step.shell_args), whole=True)
            reading.add(ToolEnd(*reading.at(step.kind, step.call)))

    def close(self, reading: Reading) -> None:
        """All that are open."""
        for index in list(self._open):
            self.stop(reading, index)

    def _content(self, reading: Reading, step: Step, content: dict[str, Json], path: str) -> None:
        reading.only(content, CONTENT, path)
        kind = text_of(content.get("type"))
        if kind in MEDIA:
            self._media(reading, step, kind, content)
        elif kind in ("text", "text_annotation_delta"):
            self._text(reading, step, text_of(content.get("text")))
            for annotation in list_of(content.get("annotations")):
                self._annotation(reading, step, object_of(annotation))
        elif kind != "thought_signature":
            reading.unknown(path, content, step.kind)

    def _text(self, reading: Reading, step: Step, text: str) -> None:
        if not text:
            return
        self.ends_in_call = False
        if not step.run:
            self._end_run(reading, step)
            step.run = step.next_run()
            reading.add(PartStart(*reading.at("text", step.run), ptype="text"))
        reading.add(Text(*reading.at("text", step.run), delta=text))

    def _annotation(self, reading: Reading, step: Step, annotation: dict[str, Json]) -> None:
        url = annotation.get("url") or annotation.get("document_uri")
        title = annotation.get("title") or annotation.get("file_name") or annotation.get("name")
        file_id = annotation.get("media_id") or annotation.get("place_id")
        reading.add(
            Citation(
                *reading.at("text_annotation_delta", step.latest),
                ctype=text_of(annotation.get("type")),
                url=text_of(url),
                title=text_of(title),
                file_id=text_of(file_id),
                start=count_of(annotation.get("start_index")),
                end=count_of(annotation.get("end_index")),
                # "measured in bytes" (reference of `UrlCitation`)
                unit="byte" if "end_index" in annotation else "",
            )
        )

    def _media(self, reading: Reading, step: Step, kind: str, content: dict[str, Json]) -> None:
        self.ends_in_call = False
        mime, uri = text_of(content.get("mime_type")), text_of(content.get("uri"))
        if kind == "audio" and not uri:
            if step.audio is None:
                self._end_run(reading, step)
                step.audio = Pieces(mime)
                step.next_run()
            place = reading.at(kind, step.latest)
            reading.add(step.audio.piece(place, text_of(content.get("data"))))
            return
        self._end_run(reading, step)
        place = reading.at(kind, step.next_run())
        data = text_of(content.get("data"))
        modality = MEDIA[kind]
        reading.add(
            linked(place, uri, mime, modality)
            if uri and not data
            else embedded(place, data, mime, modality, final=step.kind != "thought")
        )

    def _end_run(self, reading: Reading, step: Step) -> None:
        if step.run:
            reading.add(PartEnd(*reading.at("text", step.run), ptype="text"))
            step.run = ""
        if step.audio is not None:
            reading.add(step.audio.whole(reading.at("audio", step.latest)))
            step.audio = None

    def _thought(self, reading: Reading, step: Step, content: dict[str, Json]) -> None:
        text = text_of(content.get("text"))
        if text:
            place = reading.at("thought_summary", str(step.index))
            reading.add(Reasoning(*place, delta=text, form="summary"))
        elif text_of(content.get("type")) in MEDIA:
            self._media(reading, step, text_of(content.get("type")), content)

    def _signature(self, reading: Reading, step: Step, value: dict[str, Json]) -> None:
        signature = text_of(value.get("signature"))
        if signature:
            reading.add(
                ReasoningOpaque(
                    *reading.at("signature", step.call or str(step.index)),
                    form="signature",
                    size=len(signature),
                    sha256=sha256(signature.encode()),
                )
            )

    def _tool(self, reading: Reading, step: Step, kind: str, delta: dict[str, Json]) -> None:
        """A call or a result whose delta has all of it."""
        if kind.endswith("_result"):
            self._result(reading, step, delta)
            return
        if not step.call:
            step.kind = kind
            self._call(reading, step, delta)
        if isinstance(delta.get("arguments"), dict):
            self._arguments(reading, step, json_text(delta["arguments"]), whole=True)

    def _call(self, reading: Reading, step: Step, shell: dict[str, Json]) -> None:
        step.call = f"{step.index}.call"
        call_id = text_of(shell.get("id"))
        if call_id:
            self._calls[call_id] = step.call
        self.ends_in_call = step.kind == "function_call"
        start = ToolStart(
            *reading.at(step.kind, step.call),
            name=text_of(shell.get("name")) or step.kind.removesuffix("_call"),
            call_id=call_id,
            origin="client" if self.ends_in_call else "hosted",
            tool_type=step.kind,
        )
        if step.kind == "mcp_server_tool_call":
            start = msgspec.structs.replace(start, origin="mcp")
        reading.add(start)

    def _arguments(self, reading: Reading, step: Step, text: str, *, whole: bool) -> None:
        if not step.call:
            step.kind = "function_call"
            self._call(reading, step, {})
        if whole and step.has_args:  # told once more, not more of it
            reading.add(ToolEnd(*reading.at(step.kind, step.call), args_raw=text))
            return
        step.has_args = True
        reading.add(
            ToolArgs(
                *reading.at("arguments", step.call),
                delta=text,
                encoding="object" if whole else "json_text",
            )
        )

    def _result(self, reading: Reading, step: Step, shell: dict[str, Json]) -> None:
        self.ends_in_call = False
        call = self._calls.get(text_of(shell.get("call_id"))) or step.call
        step.call = call or f"{step.index}.result"
        reading.add(
            ToolOutput(
                *reading.at(step.kind, step.call),
                content=shell.get("result"),
                is_error=shell.get("is_error") is True,
            )
        )
