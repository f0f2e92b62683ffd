"""Chat Completions, as OpenAI has it and as everybody else has it.

One reading for all vendors: what differs between them is told apart by what stands in the chunk,
never by who sent it. Knows the chunk and the completion; what a choice holds, `chat_choice` knows.
"""

from typing import ClassVar

from wiretape.cassettes.dialects.chat_choice import PLAIN_CHOICE, ChatChoice
from wiretape.cassettes.dialects.chat_citations import Sources
from wiretape.cassettes.dialects.chat_errors import is_error
from wiretape.cassettes.dialects.chat_stream import JsonStream, Told
from wiretape.cassettes.dialects.chat_usage import tell_usage
from wiretape.cassettes.dialects.delta import Json, Start
from wiretape.cassettes.dialects.payload import object_of, text_of

_SILENT = frozenset(
    {
        "id",
        "object",
        "created",
        "model",
        "choices",
        "usage",
        "error",
        "system_fingerprint",
        "obfuscation",
        "p",
        "request_id",
        "metadata",
        "nonce",
        "type",
        "kv_transfer_params",
        "prompt_logprobs",
        "prompt_token_ids",
    }
)
"""Of a chunk: known, and read elsewhere or of no meaning."""

_ASIDE = {
    "service_tier": "service_tier",
    "provider": "provider",
    "prompt_filter_results": "prompt_filter",
    "moderation": "moderation",
    "timings": "provider_times",  # llama.cpp
    "latency_checkpoint": "provider_times",  # Azure
    "time_info": "provider_times",  # Cerebras
    "prompt_progress": "prompt_progress",  # llama.cpp
    "related_questions": "related_questions",  # Perplexity
    "images": "images",  # Perplexity
    "warnings": "warnings",
    "nvext": "nvext",
}
"""Of a chunk: told as `Meta`, once a value; and what of."""

_SOURCES = ("citations", "search_results", "web_search")


class ChatDialect(JsonStream):
    """Reads `chat.completion.chunk`s, or one `chat.completion`."""

    api: ClassVar[str] = "openai.chat"

    def __init__(self) -> None:
        super().__init__()
        self._started = False
        self._choices: dict[int, ChatChoice] = {}
        self._sources = Sources()

    def _value(self, told: Told, name: str, value: Json) -> None:
        if name == "error" or (isinstance(value, dict) and is_error(value)):
            self._error(told, value)
            if not isinstance(value, dict) or "choices" not in value:
                return
        if isinstance(value, dict):
            self._chunk(told, value)
        else:
            told.unknown("$", value, name)

    def _chunk(self, told: Told, value: dict[str, Json]) -> None:
        choices = value.get("choices")
        if not self._started:
            self._start(told, value, choices)
        if isinstance(choices, list):
            for position, choice in enumerate(choices):
                self._choice(told, position, choice)
        elif choices is not None:
            told.unknown("$.choices", choices, "choices")
        if not _SILENT.issuperset(value):
            for key in value:
                if key not in _SILENT:
                    self._aside(told, key, value)
        usage = value.get("usage")
        if usage is None and "x_groq" in value:
            usage = object_of(value["x_groq"]).get("usage")
        if usage is not None:
            running = bool(choices) and not self._complete()
            tell_usage(told, usage, "running" if running else "final")

    def _start(self, told: Told, value: dict[str, Json], choices: Json) -> None:
        """The first chunk that says whose it is: Azure's very first has but the prompt's filter."""
        chunk_id, model = text_of(value.get("id")), text_of(value.get("model"))
        if not (chunk_id or model or choices):
            return
        self._started = True
        first = object_of(choices[0]) if isinstance(choices, list) and choices else {}
        said = first.get("delta") or first.get("message")
        created = value.get("created")
        told.deltas.append(
            Start(
                told.frame,
                told.at_ns,
                text_of(value.get("object")),
                id=chunk_id,
                model=model,
                role=text_of(object_of(said).get("role")),
                created=created if isinstance(created, int | float | str) else None,
            )
        )

    def _choice(self, told: Told, position: int, choice: Json) -> None:
        path = f"$.choices[{position}]" if position else "$.choices[0]"
        if not isinstance(choice, dict):
            told.unknown(path, choice)
            return
        index = choice.get("index")
        if type(index) is not int:
            index = position
        reader = self._choices.get(index)
        if reader is None:
            reader = self._choices[index] = ChatChoice(index)
        delta = choice.get("delta")
        if delta is not None and not isinstance(delta, dict):
            told.unknown(f"{path}.delta", delta, "delta", index)
        plain = PLAIN_CHOICE.issuperset(choice)
        reader.read(told, choice, path, plain=plain)
        if not plain:
            self._of_choice(told, index, choice, reader.filters(choice))

    def _of_choice(
        self, told: Told, index: int, choice: dict[str, Json], filters: dict[str, Json]
    ) -> None:
        """What some vendors say in a choice that is of the whole response."""
        if choice.get("error") and not self._failed:
            self._error(told, choice["error"])
        if choice.get("usage"):  # Moonshot
            tell_usage(told, choice["usage"])
        if filters:
            self._changed(told, "content_filter", filters, f"content_filter {index}", index)

    def _aside(self, told: Told, key: str, value: dict[str, Json]) -> None:
        if key in _ASIDE:
            self._changed(told, _ASIDE[key], value[key], key)
        elif key in _SOURCES:
            results = value.get("search_results") or value.get("web_search")
            self._sources.read(told, value.get("citations"), results)
        elif key == "x_groq":
            groq = object_of(value[key])
            if groq.get("error"):
                self._error(told, groq["error"], "x_groq.error")
            told.unknown_keys(groq, _GROQ_KEYS, "$.x_groq")
        else:
            told.unknown(f"$.{key}", value[key], key)

    def _close(self, told: Told) -> None:
        for choice in self._choices.values():
            choice.close(told)

    def _complete(self) -> bool:
        """Every choice has said why it stopped."""
        choices = self._choices.values()
        return bool(choices) and all(choice.finish is not None for choice in choices)


_GROQ_KEYS = frozenset({"id", "seed", "error", "usage", "usage_breakdown", "debug"})
