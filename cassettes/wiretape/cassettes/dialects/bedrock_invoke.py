"""Bedrock InvokeModel: `POST /model/{id}/invoke-with-response-stream` and `/invoke`.

Each `chunk` holds base64 of the JSON that the model itself speaks: Anthropic's events, Nova's
(which are Converse's, the name as the only key), chunks of Chat Completions, Cohere's, or one of
those in `bedrock_natives`. Which, every chunk tells for itself. Keys that begin with
`amazon-bedrock-` are Bedrock's own, whatever the model. Knows frames.
"""

from typing import ClassVar, Final

from wiretape.cassettes.dialects.bedrock import EVENT_NAMES, ConverseDialect
from wiretape.cassettes.dialects.bedrock_errors import (
    error_of,
    is_error_body,
    is_exception,
    tell_exception,
)
from wiretape.cassettes.dialects.bedrock_natives import Natives
from wiretape.cassettes.dialects.chat import ChatDialect
from wiretape.cassettes.dialects.cohere import CohereDialect
from wiretape.cassettes.dialects.delta import Delta, End, Finish, Json, Meta, Usage
from wiretape.cassettes.dialects.dialect import Dialect
from wiretape.cassettes.dialects.json_frames import JsonFrames
from wiretape.cassettes.dialects.messages import MessagesDialect
from wiretape.cassettes.dialects.payload import (
    NotJson,
    decode_error,
    decode_json,
    json_text,
    object_of,
    unwrapped_base64,
)
from wiretape.cassettes.dialects.reading import Reading, whole_number
from wiretape.cassettes.framing.frame import Frame

_OWN: Final = "amazon-bedrock-"
_METRICS: Final = "amazon-bedrock-invocationMetrics"
_LAST: Final = frozenset({_METRICS, "amazon-bedrock-trace"})
"""Only in the last chunk of a response, whatever the model."""
_ACTION: Final = "amazon-bedrock-guardrailAction"
"""In every chunk, so told when it changes."""


class InvokeDialect(JsonFrames):
    """Reads one response of InvokeModel, of any model."""

    api: ClassVar[str] = "bedrock.invoke"

    def __init__(self) -> None:
        super().__init__()
        self._messages = MessagesDialect()
        self._converse = ConverseDialect()
        self._chat = ChatDialect()
        self._cohere = CohereDialect()
        self._natives = Natives()
        self._speaking: Dialect | None = None
        """Whose the last chunk was; None where it was one of the natives'."""
        self._counted = False
        """Whether the model itself told its usage."""
        self._action = ""
        self._last = False

    def read(self, frame: Frame) -> list[Delta]:
        """What an eventstream message means; an exception is one, too."""
        if is_exception(frame):
            r = Reading(frame.number, frame.last_ns)
            tell_exception(r, frame)
            return r.deltas
        return super().read(frame)

    def finish(self, at_ns: int) -> list[Delta]:
        """As the dialect of the model ends."""
        if self._speaking is None:
            return super().finish(at_ns)
        return list(self._speaking.finish(at_ns))

    def _value(self, r: Reading, value: Json, name: str) -> None:
        chunk = object_of(value)
        inner = unwrapped_base64(r.string(chunk, "bytes"))
        if name not in ("chunk", "") or "bytes" not in chunk:
            r.unknown("$", value, name)
            return
        r.only(chunk, ("bytes", "p"))
        said = NotJson("no base64") if inner is None else decode_json(inner)
        if isinstance(said, NotJson):
            r.add(decode_error(r.frame, r.at_ns, said, inner or b""))
        elif isinstance(said, dict):
            self._own(r, said)
            self._said(r, {key: said[key] for key in said if not key.startswith(_OWN)})
        else:
            r.unknown("$.bytes", said)

    def _said(self, r: Reading, value: dict[str, Json]) -> None:
        """What a model said; `value` has no key of Bedrock's own."""
        kind = value.get("type")
        if isinstance(kind, str) and kind != "completion":
            self._speaking = self._messages
            self._messages.read_event(r, value)
        elif names := EVENT_NAMES.intersection(value):
            self._speaking = self._converse
            for name in sorted(names):
                self._converse.read_event(r, value[name], name, f"$.{name}")
            r.only(value, names)
        elif "choices" in value:
            self._speaking = self._chat
            self._fed(r, self._chat, value)
        elif "event_type" in value:
            self._speaking = self._cohere
            self._fed(r, self._cohere, value)
        elif value and not self._natives.read(r, value):
            r.unknown("$.bytes", value)
        self._counted = self._counted or any(isinstance(one, Usage) for one in r.deltas)

    def _fed(self, r: Reading, dialect: Dialect, value: dict[str, Json]) -> None:
        """Hand it to a dialect as the frame that it would have been."""
        data = json_text(value).encode()
        r.deltas.extend(dialect.read(Frame(r.frame, "data", "", data, data, 0, r.at_ns, r.at_ns)))

    def _own(self, r: Reading, value: dict[str, Json]) -> None:
        """What Bedrock adds to what the model said."""
        for key in [key for key in value if key.startswith(_OWN)]:
            told = value[key]
            self._last = self._last or key in _LAST
            if key == _ACTION:
                if told == self._action:
                    continue
                self._action = told
            if key == _METRICS and isinstance(told, dict) and not self._counted:
                self._count(r, told)
            r.add(Meta(*r.at(key), what=key.removeprefix(_OWN), value=told))

    def _count(self, r: Reading, metrics: dict[str, Json]) -> None:
        """The usage of a model that tells none."""
        read = whole_number(metrics.get("cacheReadInputTokenCount"))
        written = whole_number(metrics.get("cacheWriteInputTokenCount"))
        plain = whole_number(metrics.get("inputTokenCount"))
        given = [count for count in (plain, read, written) if count is not None]
        r.add(
            Usage(
                *r.at(_METRICS),
                input=sum(given) if given else None,
                input_cached=read,
                input_cache_write=written,
                output=whole_number(metrics.get("outputTokenCount")),
            )
        )

    def _whole(self, r: Reading, value: Json) -> None:
        answer = object_of(value)
        self._own(r, answer)
        said = {key: answer[key] for key in answer if not key.startswith(_OWN)}
        if said.get("type") in ("message", "error"):
            self._messages.read_answer(r, said)
        elif "output" in said:
            self._converse.read_answer(r, said)
        elif "choices" in said:
            self._wholly(r, self._chat, said)
        elif is_error_body(said):
            r.add(error_of(r, said, "http", ""))
        elif "response_id" in said:
            self._wholly(r, self._cohere, said)
        elif not self._natives.read(r, said):
            r.unknown("$", value)

    def _wholly(self, r: Reading, dialect: Dialect, value: dict[str, Json]) -> None:
        deltas = dialect.read_whole(json_text(value).encode(), r.at_ns)
        r.deltas.extend(delta for delta in deltas if not isinstance(delta, End))

    def _close(self, r: Reading) -> None:
        """An answer that a guardrail put in place of the model's has no reason of its own."""
        if self._action == "INTERVENED" and not self._natives.finished:
            at = r.at("guardrailAction")
            r.add(Finish(*at, reason="content_filter", raw_reason=self._action))

    def _complete(self) -> bool:
        return self._natives.finished or self._last
