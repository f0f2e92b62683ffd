"""One choice of a chat completion: what its delta, its message or its text means.

Knows the names of all vendors for what a choice holds; nothing of frames, usage or errors of the
whole response.
"""

from collections.abc import Callable

from wiretape.cassettes.dialects.chat_citations import tell_annotations
from wiretape.cassettes.dialects.chat_content import tell_content, tell_image
from wiretape.cassettes.dialects.chat_media import Sound, bytes_of
from wiretape.cassettes.dialects.chat_reasoning import REASONING_KEYS, tell_reasoning
from wiretape.cassettes.dialects.chat_stream import Told
from wiretape.cassettes.dialects.chat_tools import ToolCalls, opaque
from wiretape.cassettes.dialects.delta import (
    Finish,
    Json,
    Reasoning,
    Refusal,
    Text,
    Transcript,
)
from wiretape.cassettes.dialects.finishing import finish_reason
from wiretape.cassettes.dialects.payload import json_text, list_of, object_of, text_of

CHOICE_KEYS = frozenset(
    {
        "index",
        "delta",
        "message",
        "text",
        "finish_reason",
        "native_finish_reason",
        "stop_reason",
        "matched_stop",
        "logprobs",
        "content_filter_results",
        "content_filter_offsets",
        "content_filter_result",
        "usage",
        "error",
        "seed",
        "token_ids",
        "prompt_token_ids",
        "prompt_logprobs",
        "trace_details",
    }
)
PLAIN_CHOICE = frozenset({"index", "delta", "finish_reason", "logprobs"})
"""What nearly every choice has, and no more."""

_FILTERS = ("content_filter_results", "content_filter_result", "content_filter_offsets")

_SILENT = frozenset(
    {"role", "name", "token_id", "token_ids", "tool_call_id", "index", "metadata", "obfuscation"}
)
"""Of a delta: known, and of no meaning beside the rest."""

_ASIDE = frozenset(
    {
        "graph_data",  # Writer, with the next four
        "llm_data",
        "image_data",
        "translation_data",
        "web_search_data",
        "provider_specific_fields",  # LiteLLM
        "reasoning_steps",  # Perplexity
        "prefix",
    }
)
"""Of a delta: told as `Meta` where there is anything in it."""


class ChatChoice:
    """What one choice has said so far."""

    def __init__(self, index: int) -> None:
        self.finish: Finish | None = None
        self._index = index
        self._said: list[str] = []
        self._tools = ToolCalls(index)
        self._sound = Sound("audio", "audio", index)
        self._whole = False
        self._readers: dict[str, Callable[[Told, Json, str], None]] = {
            "refusal": self._refusal,
            "tool_calls": self._tool_calls,
            "function_call": self._tools.read_legacy,
            "executed_tools": self._tools.read_executed,
            "audio": self._audio,
            "images": self._images,
            "annotations": self._annotations,
            "extra_content": self._extra_content,
        }

    def read(self, told: Told, choice: dict[str, Json], path: str, *, plain: bool) -> None:
        """A choice of a chunk, or of a whole completion; `plain` where it has no other keys than
        `PLAIN_CHOICE`."""
        delta = choice.get("delta")
        if isinstance(delta, dict):
            content = delta.get("content")
            if len(delta) == 1 and isinstance(content, str):  # nearly every chunk
                self._say(told, content, "content", "content")
            else:
                self._delta(told, delta, f"{path}.delta")
        if not plain:
            self._beside(told, choice, path)
        raw = choice.get("finish_reason")
        if raw:
            self._check(told, object_of(choice.get("message")), delta)
            self._finish(told, raw, choice, path)

    def _beside(self, told: Told, choice: dict[str, Json], path: str) -> None:
        """What stands in a choice beside a delta, or in its place."""
        delta, message, text = choice.get("delta"), choice.get("message"), choice.get("text")
        if not isinstance(delta, dict):
            if isinstance(message, dict):
                self._message(told, message, f"{path}.message")
            elif isinstance(text, str):
                self._say(told, text, "text", "text")
        for key, kind in (("message", dict), ("text", str)):
            odd = choice.get(key)
            if odd is not None and not isinstance(odd, kind):
                told.unknown(f"{path}.{key}", odd, key, self._index)
        told.unknown_keys(choice, CHOICE_KEYS, path, self._index)

    def filters(self, choice: dict[str, Json]) -> dict[str, Json]:
        """What a content filter says of it."""
        return {key: choice[key] for key in _FILTERS if choice.get(key)}

    def close(self, told: Told) -> None:
        """Nothing more comes: ends what is open, and derives that a finish was for tool calls."""
        self._tools.end(told, cut=True)
        self._sound.end(told)
        if self.finish is not None and self.finish.reason == "stop" and self._tools.last_is_clients:
            self._tell_finish(told, self.finish.raw_reason, self.finish.detail)

    def _delta(self, told: Told, delta: dict[str, Json], path: str) -> None:
        reasoned = False
        for key, value in delta.items():
            if key == "content":
                if value:
                    self._content(told, value, delta, path)
            elif value is None or key in _SILENT:
                continue
            elif key in REASONING_KEYS:
                if not reasoned:
                    reasoned = True
                    tell_reasoning(told, delta, path, self._index)
            elif key in self._readers:
                self._readers[key](told, value, f"{path}.{key}")
            elif key in _ASIDE:
                if any(object_of(value).values()) or (value and not isinstance(value, dict)):
                    told.meta(key, value, key, self._index)
            else:
                told.unknown(f"{path}.{key}", value, key, self._index)

    def _content(self, told: Told, value: Json, delta: dict[str, Json], path: str) -> None:
        if isinstance(value, str):
            if "extra_content" in delta and _is_thought(delta["extra_content"]):
                told.deltas.append(
                    Reasoning(
                        told.frame,
                        told.at_ns,
                        "content",
                        "reasoning.summary",
                        self._index,
                        value,
                        form="summary",
                    )
                )
                return
            self._say(told, value, "content", "content")
        elif isinstance(value, list | dict):
            parts = value if isinstance(value, list) else [value]
            said = tell_content(told, parts, f"{path}.content", self._index)
            self._said.append(said)
        else:
            told.unknown(f"{path}.content", value, "content", self._index)

    def _say(self, told: Told, text: str, raw_type: str, part: str) -> None:
        if text:
            self._said.append(text)
            told.deltas.append(Text(told.frame, told.at_ns, raw_type, part, self._index, text))

    def _message(self, told: Told, message: dict[str, Json], path: str) -> None:
        """A message where a delta is expected: of a whole completion, or Perplexity's of old,
        which repeats all that was said before."""
        if not self._said and not len(self._tools):
            self._whole = True
            self._delta(told, message, path)
            self._whole = False
            return
        content, said = message.get("content"), "".join(self._said)
        if isinstance(content, str) and content.startswith(said):
            self._say(told, content[len(said) :], "message", "content")
        elif isinstance(content, str) and content:
            self._said = [content]
            told.mismatch("content", content, "message", self._index)
        calls = message.get("tool_calls")
        if calls and not len(self._tools):
            self._tools.read(told, calls, f"{path}.tool_calls", whole=True)

    def _check(self, told: Told, message: dict[str, Json], delta: Json) -> None:
        """Perplexity repeats the whole text in the last chunk; Writer's `message` is but the
        delta again."""
        content = message.get("content")
        if not isinstance(content, str) or not isinstance(delta, dict):
            return
        said = "".join(self._said)
        if content in ("", said, delta.get("content")):
            return
        if said:
            told.mismatch("content", content, "message", self._index)
        else:
            told.deltas.append(
                Text(
                    told.frame,
                    told.at_ns,
                    "message",
                    "content",
                    self._index,
                    content,
                    synthetic=True,
                )
            )
        self._said = [content]

    def _refusal(self, told: Told, value: Json, path: str) -> None:
        if not isinstance(value, str):
            told.unknown(path, value, "refusal", self._index)
        elif value:
            told.deltas.append(
                Refusal(told.frame, told.at_ns, "refusal", "refusal", self._index, value)
            )

    def _tool_calls(self, told: Told, value: Json, path: str) -> None:
        self._tools.read(told, value, path, whole=self._whole)

    def _audio(self, told: Told, value: Json, path: str) -> None:
        if not isinstance(value, dict):
            told.unknown(path, value, "audio", self._index)
            return
        transcript, data = value.get("transcript"), text_of(value.get("data"))
        if isinstance(transcript, str) and transcript:
            told.deltas.append(
                Transcript(
                    told.frame, told.at_ns, "audio.transcript", "audio", self._index, transcript
                )
            )
        if data and self._whole:
            self._sound.whole(told, bytes_of(data))
        elif data:
            self._sound.piece(told, bytes_of(data))
        told.unknown_keys(value, _AUDIO_KEYS, path, self._index)

    def _images(self, told: Told, value: Json, path: str) -> None:
        for position, image in enumerate(list_of(value)):
            where = object_of(image).get("image_url")
            if where is None:
                told.unknown(f"{path}[{position}]", image, "images", self._index)
            else:
                tell_image(told, where, self._index)

    def _annotations(self, told: Told, value: Json, path: str) -> None:
        tell_annotations(told, value, path, "content", self._index)

    def _extra_content(self, told: Told, value: Json, path: str) -> None:
        """Google's compatible API: whether the content is thought, and the thought's signature."""
        google = object_of(object_of(value).get("google"))
        signature = text_of(google.get("thought_signature"))
        if signature:
            told.deltas.append(opaque(told, "signature", signature, "content", self._index))
        if not google:
            told.unknown(path, value, "extra_content", self._index)

    def _finish(self, told: Told, raw: Json, choice: dict[str, Json], path: str) -> None:
        if not isinstance(raw, str):
            told.unknown(f"{path}.finish_reason", raw, "finish_reason", self._index)
            return
        self._tools.end(told)
        self._sound.end(told)
        native = choice.get("native_finish_reason")
        stop = choice.get("stop_reason")
        stop = choice.get("matched_stop") if stop is None else stop
        detail = native if isinstance(native, str) and native != raw else stop
        detail = "" if detail is None else detail
        self._tell_finish(told, raw, detail if isinstance(detail, str) else json_text(detail))

    def _tell_finish(self, told: Told, raw: str, detail: str) -> None:
        """Told again only where it says something new."""
        reason = finish_reason(raw)
        if reason == "stop" and self._tools.last_is_clients:
            reason = "tool_calls"
        before = self.finish
        if before is not None and (before.reason, before.raw_reason) == (reason, raw):
            return
        self.finish = Finish(
            told.frame,
            told.at_ns,
            "finish_reason",
            "",
            self._index,
            reason=reason,
            raw_reason=raw,
            detail=detail,
        )
        told.deltas.append(self.finish)


_AUDIO_KEYS = frozenset({"id", "data", "transcript", "expires_at", "format"})


def _is_thought(extra: Json) -> bool:
    return object_of(object_of(extra).get("google")).get("thought") is True
