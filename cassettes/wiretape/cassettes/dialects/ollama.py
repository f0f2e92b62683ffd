"""Ollama: `POST /api/chat` and `/api/generate`, one JSON object a line.

The last line has `done: true` and the counts; a whole answer is that line with the text in it. Tool
calls come complete. Knows frames.
"""

from typing import ClassVar, Final

from wiretape.cassettes.dialects.delta import (
    End,
    Error,
    Finish,
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
from wiretape.cassettes.dialects.json_frames import JsonFrames
from wiretape.cassettes.dialects.media import embedded
from wiretape.cassettes.dialects.payload import json_text, object_of, text_of
from wiretape.cassettes.dialects.reading import Reading, whole_number

_DURATIONS: Final = (
    "total_duration",
    "load_duration",
    "prompt_eval_duration",
    "eval_duration",
)
"""Nanoseconds, as the server itself measured them."""
_KEYS: Final = frozenset(
    {
        "model",
        "created_at",
        "remote_model",
        "remote_host",
        "message",
        "response",
        "thinking",
        "image",
        "completed",
        "total",
        "done",
        "done_reason",
        "prompt_eval_count",
        "eval_count",
        "error",
        "status",
        # Tokens and their probabilities, for the next request and for science.
        "context",
        "logprobs",
        *_DURATIONS,
    }
)
_MESSAGE_KEYS: Final = frozenset(
    {"role", "content", "thinking", "images", "tool_calls", "tool_name"}
)


class OllamaDialect(JsonFrames):
    """Reads one response of Ollama, of chat or of generate."""

    api: ClassVar[str] = "ollama.chat"

    def __init__(self) -> None:
        super().__init__()
        self._started = False
        self._calls = 0
        self._last_is_call = False

    def _value(self, r: Reading, value: Json, name: str) -> None:
        if isinstance(value, dict):
            self._line(r, value)
        else:
            r.unknown("$", value, name)

    def _whole(self, r: Reading, value: Json) -> None:
        self._value(r, value, "")

    def _close(self, r: Reading) -> None:
        """Nothing stays open from one line to the next."""

    def _complete(self) -> bool:
        return False  # the line with `done: true` was the end

    def _line(self, r: Reading, line: dict[str, Json]) -> None:
        if "error" in line:
            self._error(r, line)
        message = r.members(line, "message")
        if not self._started and "error" not in line:
            self._started = True
            self._start(r, line, message)
        self._said(r, line, "$", "response")
        self._said(r, message, "$.message", "content")
        for picture in (line.get("image"), *r.elements(message, "images", "$.message")):
            if isinstance(picture, str):
                r.add(embedded(r.at("image", "images"), picture, "", "image"))
        for number, call in enumerate(r.elements(message, "tool_calls", "$.message")):
            self._call(r, object_of(call), f"$.message.tool_calls[{number}]")
        if "completed" in line:
            progress = {key: line.get(key) for key in ("completed", "total")}
            r.add(Meta(*r.at("completed"), what="progress", value=progress))
        r.only(message, _MESSAGE_KEYS, "$.message")
        r.only(line, _KEYS)
        if line.get("done") is True:
            self._done(r, line)

    def _start(self, r: Reading, line: dict[str, Json], message: dict[str, Json]) -> None:
        r.add(
            Start(
                *r.at("line"),
                model=r.string(line, "model"),
                role=r.string(message, "role", "$.message"),
                created=r.string(line, "created_at") or None,
            )
        )

    def _said(self, r: Reading, value: dict[str, Json], path: str, key: str) -> None:
        """A thought and a text; chat has both in the message, generate at the top."""
        if thought := r.string(value, "thinking", path):
            r.add(Reasoning(*r.at("thinking", "thinking"), delta=thought))
            self._last_is_call = False
        if text := r.string(value, key, path):
            r.add(Text(*r.at(key, "content"), delta=text))
            self._last_is_call = False

    def _call(self, r: Reading, call: dict[str, Json], path: str) -> None:
        part = f"tool:{self._calls}"
        self._calls += 1
        self._last_is_call = True
        function = r.members(call, "function", path)
        arguments = function.get("arguments")
        r.add(
            ToolStart(
                *r.at("tool_calls", part),
                name=r.string(function, "name", f"{path}.function"),
                call_id=r.string(call, "id", path),
                tool_type="function",
            )
        )
        if isinstance(arguments, str):  # servers that speak like Ollama, and like OpenAI
            r.add(ToolArgs(*r.at("tool_calls", part), delta=arguments))
        else:
            args = json_text({} if arguments is None else arguments)
            r.add(ToolArgs(*r.at("tool_calls", part), delta=args, encoding="object"))
        r.add(ToolEnd(*r.at("tool_calls", part)))
        r.only(function, ("name", "arguments", "index", "description"), f"{path}.function")
        r.only(call, ("id", "type", "function"), path)

    def _error(self, r: Reading, line: dict[str, Json]) -> None:
        """`{"error": "words"}`, at any line."""
        inner = object_of(line["error"])
        words = text_of(line["error"]) or text_of(inner.get("message")) or json_text(line["error"])
        r.add(Error(*r.at("error"), message=words, origin="stream" if r.frame else "http"))

    def _done(self, r: Reading, line: dict[str, Json]) -> None:
        counts = (
            whole_number(line.get("prompt_eval_count")),
            whole_number(line.get("eval_count")),
        )
        if counts != (None, None):
            r.add(Usage(*r.at("done"), input=counts[0], output=counts[1]))
        times = {key: line[key] for key in _DURATIONS if key in line}
        if times:
            r.add(Meta(*r.at("done"), what="durations", value=times))
        raw = r.string(line, "done_reason")
        reason = finish_reason(raw)
        if self._last_is_call and (reason == "stop" or not raw):
            reason = "tool_calls"
        r.add(Finish(*r.at("done"), reason=reason, raw_reason=raw))
        if r.frame:
            self._over(r, End(*r.at("done"), via="terminal_event"))
