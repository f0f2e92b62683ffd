"""The parts of a Gemini candidate: text, thoughts, calls, code, media.

A stream has no indexes for parts. What belongs together is told by the order: text goes on until
something else comes, or until a thought signature, which belongs to the part it stands in and is
to be sent back with that part as it was (Gemini API, "Thought signatures").
"""

from typing import Literal

from wiretape.cassettes.dialects.delta import (
    Json,
    PartEnd,
    PartStart,
    PartType,
    Reasoning,
    ReasoningOpaque,
    Text,
    ToolArgs,
    ToolEnd,
    ToolOutput,
    ToolStart,
    ToolStatus,
    Transcript,
)
from wiretape.cassettes.dialects.media import Pieces, embedded, linked
from wiretape.cassettes.dialects.payload import json_text, sha256
from wiretape.cassettes.dialects.reading import Reading

KNOWN = frozenset(
    {
        "text",
        "thought",
        "thoughtSignature",
        "inlineData",
        "fileData",
        "executableCode",
        "codeExecutionResult",
        "functionCall",
        "functionResponse",
        "toolCall",
        "toolResponse",
        "audioTranscription",
        # About what the part is, not what it says.
        "videoMetadata",
        "audioMetadata",
        "documentMetadata",
        "spreadsheetMetadata",
        "speechMetadata",
        "mediaResolution",
        "mediaProcessing",
        "partMetadata",
    }
)
"""The members of a part."""

CALL = frozenset({"id", "name", "args", "partialArgs", "willContinue"})
_PIECE = frozenset(
    {"jsonPath", "stringValue", "numberValue", "boolValue", "nullValue", "willContinue"}
)


class _Call:
    """A function call whose arguments are still coming."""

    def __init__(self, part: str, name: str, call_id: str) -> None:
        self.part = part
        self.name = name
        self.call_id = call_id
        self.key = call_id or part
        self.in_pieces = False
        self.has_args = False


class Parts:
    """The parts of one candidate so far."""

    def __init__(self) -> None:
        self.ends_in_call = False
        """Whether the last thing said is a call that the client is to make."""
        self._count = 0
        self._run: PartType | None = None
        self._latest = ""
        """Key of the last part that said something; that of the run, while one is open."""
        self._audio: Pieces | None = None
        self._open: dict[str, _Call] = {}
        """Calls whose arguments are still coming, by id, or by part where they have none; the one
        that was spoken of last is the last."""
        self._hosted: dict[str, str] = {}
        """Id, or kind where a call has none, to the part of a tool that the provider runs."""

    def read(self, reading: Reading, part: dict[str, Json], path: str) -> None:
        """One part, or a piece of one."""
        reading.only(part, KNOWN, path)
        text = reading.string(part, "text", path)
        if text:
            self._text(reading, text, thought=part.get("thought") is True)
        if part.get("functionCall") is not None:
            self._function_call(reading, reading.members(part, "functionCall", path), path)
        self._media(reading, part, path)
        self._tools(reading, part, path)
        transcription = reading.members(part, "audioTranscription", path)
        if transcription:
            said = reading.string(transcription, "text", f"{path}.audioTranscription")
            key = self._latest or self._begin("transcript")
            reading.add(Transcript(*reading.at("audioTranscription", key), delta=said))
        signature = reading.string(part, "thoughtSignature", path)
        if signature:
            self._signature(reading, signature)

    def close(self, reading: Reading) -> None:
        """Close what is open: a run of text or audio, or a call that nothing has closed."""
        self._end_run(reading)
        for call in list(self._open.values()):
            self._end_call(reading, call)

    def _end_run(self, reading: Reading) -> None:
        if self._audio is not None:
            reading.add(self._audio.whole(reading.at("inlineData", self._latest)))
            self._audio = None
        elif self._run is not None:
            reading.add(PartEnd(*reading.at("", self._latest), ptype=self._run))
        self._run = None

    def _begin(self, kind: str) -> str:
        self._latest = f"{self._count}.{kind}"
        self._count += 1
        return self._latest

    def _open_run(self, reading: Reading, ptype: PartType) -> None:
        if self._run != ptype:
            self.close(reading)
            self._begin(ptype)
            self._run = ptype
            if ptype != "audio":
                reading.add(PartStart(*reading.at("", self._latest), ptype=ptype))

    def _text(self, reading: Reading, text: str, *, thought: bool) -> None:
        self._open_run(reading, "reasoning" if thought else "text")
        place = reading.at("text", self._latest)
        if thought:
            reading.add(Reasoning(*place, delta=text, form="summary"))
        else:
            reading.add(Text(*place, delta=text))
            self.ends_in_call = False

    def _signature(self, reading: Reading, signature: str) -> None:
        """Of the part it came with; with an empty text, as streams end, of the one before."""
        key = self._latest or self._begin("text")
        size, digest = len(signature), sha256(signature.encode())
        reading.add(
            ReasoningOpaque(
                *reading.at("thoughtSignature", key), form="signature", size=size, sha256=digest
            )
        )
        if not self._open:
            self.close(reading)

    def _function_call(self, reading: Reading, call: dict[str, Json], path: str) -> None:
        path = f"{path}.functionCall"
        reading.only(call, CALL, path)
        name = reading.string(call, "name", path)
        call_id = reading.string(call, "id", path)
        pieces = reading.elements(call, "partialArgs", path)
        args = reading.members(call, "args", path)
        meant = self._meant(call_id)
        if _is_another(meant, name, call_id, pieces) or (meant is None and (pieces or args)):
            meant = self._start_call(reading, name, call_id)
        if meant is None:  # the marker `{}` behind a call that has ended
            return
        self._latest = meant.part
        for n, piece in enumerate(pieces):
            self._arg_piece(reading, meant, piece, f"{path}.partialArgs[{n}]")
        if isinstance(call.get("args"), dict):
            self._args(reading, meant, args)
        if call.get("willContinue") is not True:
            self._end_call(reading, meant)

    def _meant(self, call_id: str) -> _Call | None:
        """The open call of that id, else the one that was spoken of last."""
        if call_id in self._open:
            self._open[call_id] = self._open.pop(call_id)
        return next(reversed(self._open.values()), None)

    def _start_call(self, reading: Reading, name: str, call_id: str) -> _Call:
        """A new call. Others may go on beside it where all have ids to tell them apart."""
        last = next(reversed(self._open.values()), None)
        if call_id and call_id not in self._open and last is not None and last.call_id:
            self._end_run(reading)
        else:
            self.close(reading)
        call = _Call(self._begin("call"), name, call_id)
        self._open[call.key] = call
        self.ends_in_call = True
        reading.add(
            ToolStart(
                *reading.at("functionCall", self._latest),
                name=name,
                call_id=call_id,
                tool_type="functionCall",
            )
        )
        return call

    def _arg_piece(self, reading: Reading, call: _Call, piece: Json, path: str) -> None:
        if not isinstance(piece, dict):
            reading.unknown(path, piece)
            return
        reading.only(piece, _PIECE, path)
        where = reading.string(piece, "jsonPath", path)
        named = ("stringValue", "numberValue", "boolValue")
        value = next((piece[key] for key in named if key in piece), None)
        self._path_args(reading, call, where, value, piece.get("willContinue") is True)

    def _args(self, reading: Reading, call: _Call, args: dict[str, Json]) -> None:
        if call.in_pieces:
            self._path_args(reading, call, "$", args, more=False)
            return
        place = reading.at("args", call.part)
        reading.add(ToolArgs(*place, delta=json_text(args), encoding="object"))
        call.has_args = True

    def _path_args(self, reading: Reading, call: _Call, path: str, value: Json, more: bool) -> None:
        piece = json_text({"path": path, "value": value, "more": more})
        place = reading.at("partialArgs", call.part)
        reading.add(ToolArgs(*place, delta=piece, encoding="json_path"))
        call.in_pieces = call.has_args = True

    def _end_call(self, reading: Reading, call: _Call) -> None:
        self._open.pop(call.key, None)
        place = reading.at("functionCall", call.part)
        if not call.has_args:  # protobuf leaves out what is empty
            reading.add(ToolArgs(*place, delta="{}", encoding="object", synthetic=True))
        reading.add(ToolEnd(*place))

    def _media(self, reading: Reading, part: dict[str, Json], path: str) -> None:
        inline = reading.members(part, "inlineData", path)
        if inline:
            self.ends_in_call = False
            mime = reading.string(inline, "mimeType", f"{path}.inlineData")
            data = reading.string(inline, "data", f"{path}.inlineData")
            if mime.startswith("audio/"):
                self._spoken(reading, mime, data)
            else:
                self.close(reading)
                place = reading.at("inlineData", self._begin("media"))
                # An image that is a thought is a draft of the one to come.
                reading.add(embedded(place, data, mime, final=part.get("thought") is not True))
        file = reading.members(part, "fileData", path)
        if file:
            self.ends_in_call = False
            self.close(reading)
            mime = reading.string(file, "mimeType", f"{path}.fileData")
            uri = reading.string(file, "fileUri", f"{path}.fileData")
            reading.add(linked(reading.at("fileData", self._begin("media")), uri, mime))

    def _spoken(self, reading: Reading, mime: str, data: str) -> None:
        if self._audio is None or self._audio.mime != mime:
            self.close(reading)
            self._open_run(reading, "audio")
            self._audio = Pieces(mime)
        reading.add(self._audio.piece(reading.at("inlineData", self._latest), data))

    def _tools(self, reading: Reading, part: dict[str, Json], path: str) -> None:
        """What the provider's own tools are asked, and answer."""
        code = reading.members(part, "executableCode", path)
        if code:
            self._code(reading, code, f"{path}.executableCode")
        result = reading.members(part, "codeExecutionResult", path)
        if result:
            self._code_result(reading, result, f"{path}.codeExecutionResult")
        tool = reading.members(part, "toolCall", path)
        if tool:
            self._tool_call(reading, tool, f"{path}.toolCall")
        for kind, name in (("toolResponse", "toolType"), ("functionResponse", "name")):
            response = reading.members(part, kind, path)
            if response:
                key = self._part_of(reading, kind, response, name, f"{path}.{kind}")
                content = response.get("response")
                reading.add(ToolOutput(*reading.at(kind, key), content=content))

    def _code(self, reading: Reading, code: dict[str, Json], path: str) -> None:
        call_id = reading.string(code, "id", path)
        key = self._hosted_call(reading, "executableCode", "code_execution", call_id)
        place = reading.at("executableCode", key)
        source = reading.string(code, "code", path)
        reading.add(ToolArgs(*place, delta=source, encoding="freeform"))
        reading.add(ToolEnd(*place))

    def _tool_call(self, reading: Reading, tool: dict[str, Json], path: str) -> None:
        name, call_id = reading.string(tool, "toolType", path), reading.string(tool, "id", path)
        key = self._hosted_call(reading, "toolCall", name, call_id)
        place = reading.at("toolCall", key)
        args = json_text(reading.members(tool, "args", path))
        reading.add(ToolArgs(*place, delta=args, encoding="object"))
        reading.add(ToolEnd(*place))

    def _hosted_call(self, reading: Reading, kind: str, name: str, call_id: str) -> str:
        self.close(reading)
        self.ends_in_call = False
        key = self._begin("tool")
        self._hosted[name] = key
        if call_id:
            self._hosted[call_id] = key
        place = reading.at(kind, key)
        reading.add(ToolStart(*place, name=name, call_id=call_id, origin="hosted", tool_type=kind))
        return key

    def _part_of(
        self, reading: Reading, kind: str, result: dict[str, Json], name: str, path: str
    ) -> str:
        """The part of the call that a result is of: by id, else the last one of its name."""
        self.close(reading)
        call_id = reading.string(result, "id", path)
        named = reading.string(result, name, path)
        key = self._hosted.get(call_id) or self._hosted.get(named)
        return key or self._hosted_call(reading, kind, named, call_id)

    def _code_result(self, reading: Reading, result: dict[str, Json], path: str) -> None:
        named = {**result, "name": "code_execution"}
        key = self._part_of(reading, "codeExecutionResult", named, "name", path)
        place = reading.at("codeExecutionResult", key)
        outcome = reading.string(result, "outcome", path)
        failed = outcome not in ("", "OUTCOME_OK")
        output = reading.string(result, "output", path)
        # `output` is stdout where the outcome is OK, else stderr (reference of
        # CodeExecutionResult).
        stream: Literal["stdout", "stderr"] = "stderr" if failed else "stdout"
        reading.add(ToolOutput(*place, content=output, is_error=failed, stream=stream))
        reading.add(ToolStatus(*place, status=outcome))


def _is_another(meant: _Call | None, name: str, call_id: str, pieces: list[Json]) -> bool:
    """Whether this begins a call: it has a name, and is not the next piece of the one meant."""
    if not name:
        return False
    if meant is None or name != meant.name:
        return True
    return bool(call_id and call_id != meant.call_id) or not pieces
