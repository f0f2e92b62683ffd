"""What models on Bedrock say in their own words, where they have no API of their own elsewhere.

Told apart by their keys: Titan `outputText`, Llama `generation`, Mistral's texts `outputs`,
Claude's old completions `completion`, Cohere Command `is_finished` or `generations`, Jurassic
`completions`, image models `images`. Streamed or whole, each is a text with a reason to stop and
counts. Knows one decoded object at a time.
"""

from typing import Final

import msgspec

from wiretape.cassettes.dialects.delta import Finish, FinishReason, Json, Start, Text, Usage
from wiretape.cassettes.dialects.finishing import finish_reason
from wiretape.cassettes.dialects.media import embedded
from wiretape.cassettes.dialects.payload import object_of, text_of
from wiretape.cassettes.dialects.reading import Reading, whole_number


class _Words(msgspec.Struct, frozen=True):
    """The keys of one piece of text."""

    text: str
    reason: str
    input: str = ""
    output: str = ""
    silent: frozenset[str] = frozenset()
    """Known, and of no meaning here."""


_TITAN: Final = _Words(
    "outputText",
    "completionReason",
    "inputTextTokenCount",
    "totalOutputTextTokenCount",
    frozenset({"index", "tokenCount"}),
)
_COMMAND: Final = _Words(
    "text",
    "finish_reason",
    silent=frozenset({"is_finished", "index", "id", "prompt", "likelihood", "token_likelihoods"}),
)
_PIECES: Final[tuple[_Words, ...]] = (
    _TITAN,
    _Words("generation", "stop_reason", "prompt_token_count", "generation_token_count"),
    _Words("completion", "stop_reason", silent=frozenset({"type", "stop", "log_id", "model"})),
)
_LISTS: Final[dict[str, _Words]] = {
    "results": _TITAN,
    "outputs": _Words("text", "stop_reason"),
    "generations": _COMMAND,
}

_REASONS: Final[dict[str, FinishReason]] = {
    "FINISH": "stop",
    "FINISHED": "stop",
    "LENGTH": "length",
    "STOP_CRITERIA_MET": "stop_sequence",
    "CONTENT_FILTERED": "content_filter",
    "endoftext": "stop",
}
"""Words of these models alone."""


class Natives:
    """The state of one response."""

    def __init__(self) -> None:
        self.finished = False
        """Whether a reason to stop was told."""
        self._started = False

    def read(self, r: Reading, value: dict[str, Json]) -> bool:
        """Tell what an object means; False where it is none of these models'."""
        for words in _PIECES:
            if words.text in value:
                self._piece(r, value, words, "$", _choice(value))
                return True
        if "is_finished" in value:
            self._piece(r, value, _COMMAND, "$", _choice(value))
            return True
        for key, words in _LISTS.items():
            if isinstance(value.get(key), list):
                self._several(r, value, key, words)
                return True
        if isinstance(value.get("completions"), list):
            self._jurassic(r, value)
            return True
        return self._images(r, value)

    def _start(self, r: Reading) -> None:
        if not self._started:
            self._started = True
            r.add(Start(*r.at("chunk"), role="assistant"))

    def _piece(
        self, r: Reading, value: dict[str, Json], words: _Words, path: str, choice: int
    ) -> None:
        self._start(r)
        r.choice = choice
        if text := r.string(value, words.text, path):
            r.add(Text(*r.at(words.text, "text"), delta=text))
        self._finish(r, r.string(value, words.reason, path), words.reason)
        _tell_usage(r, value, words)
        known = {words.text, words.reason, words.input, words.output} | words.silent
        r.only(value, known, path)

    def _finish(self, r: Reading, raw: str, raw_type: str) -> None:
        if raw:
            self.finished = True
            reason = _REASONS.get(raw) or finish_reason(raw)
            r.add(Finish(*r.at(raw_type), reason=reason, raw_reason=raw))

    def _several(self, r: Reading, value: dict[str, Json], key: str, words: _Words) -> None:
        """One text a choice."""
        for number, one in enumerate(r.elements(value, key)):
            self._piece(r, object_of(one), words, f"$.{key}[{number}]", number)
        r.choice = 0
        if words is _TITAN and key in value:
            made = [whole_number(object_of(one).get("tokenCount")) for one in value[key]]
            total = {"totalOutputTextTokenCount": sum(count or 0 for count in made)}
            _tell_usage(r, value | total, words)
        r.only(value, {key, words.input, "id", "prompt"})

    def _jurassic(self, r: Reading, value: dict[str, Json]) -> None:
        self._start(r)
        for number, one in enumerate(map(object_of, r.elements(value, "completions"))):
            r.choice = number
            text = text_of(object_of(one.get("data")).get("text"))
            r.add(Text(*r.at("completions", "text"), delta=text))
            self._finish(r, text_of(object_of(one.get("finishReason")).get("reason")), "reason")
        r.choice = 0
        r.only(value, ("id", "prompt", "completions"))

    def _images(self, r: Reading, value: dict[str, Json]) -> bool:
        images = value.get("images")
        if not isinstance(images, list) or not all(isinstance(one, str) for one in images):
            return False
        self._start(r)
        for number, data in enumerate(images):
            r.add(embedded(r.at("images", f"images.{number}"), data, "", "image"))
        r.only(value, ("images",))
        return True


def _choice(value: dict[str, Json]) -> int:
    """Titan and Command number their answers."""
    return whole_number(value.get("index")) or 0


def _tell_usage(r: Reading, value: dict[str, Json], words: _Words) -> None:
    came = whole_number(value.get(words.input)) if words.input else None
    went = whole_number(value.get(words.output)) if words.output else None
    if came is not None or went is not None:
        r.add(Usage(*r.at("chunk"), input=came, output=went))
