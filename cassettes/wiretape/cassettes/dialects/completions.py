"""Legacy completions: a prompt and its continuation.

Their chunk is that of Chat Completions with a `text` where the delta would be, so they are read
alike. Knows what differs.
"""

from typing import ClassVar

from wiretape.cassettes.dialects.chat import ChatDialect
from wiretape.cassettes.dialects.chat_stream import Told
from wiretape.cassettes.dialects.delta import Json, Text


class CompletionsDialect(ChatDialect):
    """Reads `text_completion` chunks, or one whole `text_completion`."""

    api: ClassVar[str] = "openai.completions"

    def __init__(self) -> None:
        super().__init__()
        self._bare = False

    def _value(self, told: Told, name: str, value: Json) -> None:
        if isinstance(value, dict) and "value" in value and "choices" not in value:
            self._bare_text(told, value)
        else:
            super()._value(told, name, value)

    def _bare_text(self, told: Told, value: dict[str, Json]) -> None:
        """Writer's stream is `{"value": "…"}` and nothing else: no id, no finish, no usage."""
        text = value["value"]
        self._bare = True
        if not isinstance(text, str):
            told.unknown("$.value", text, "value")
        elif text:
            told.deltas.append(Text(told.frame, told.at_ns, "value", "text", 0, text))
        told.unknown_keys(value, _BARE_KEYS, "$")

    def _complete(self) -> bool:
        return super()._complete() or (self._bare and not self._choices)


_BARE_KEYS = frozenset({"value"})
