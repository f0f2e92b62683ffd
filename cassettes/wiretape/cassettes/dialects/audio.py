"""Speech and transcription: text to sound and sound to text.

Knows the events of OpenAI and Mistral, the JSON answers, and the bare bodies: sound as bytes, a
transcript as plain text or subtitles.
"""

from typing import ClassVar

from wiretape.cassettes.dialects.chat_errors import is_error
from wiretape.cassettes.dialects.chat_media import Sound, bytes_of
from wiretape.cassettes.dialects.chat_stream import JsonStream, Told
from wiretape.cassettes.dialects.chat_usage import tell_usage
from wiretape.cassettes.dialects.delta import Json, Transcript
from wiretape.cassettes.dialects.payload import NotJson, list_of, text_of

Object = dict[str, Json]


class SpeechDialect(JsonStream):
    """Reads `speech.audio.*` events, or a whole body of sound."""

    api: ClassVar[str] = "openai.speech"

    def __init__(self) -> None:
        super().__init__()
        self._sound = Sound("speech.audio", "audio")

    def _value(self, told: Told, name: str, value: Json) -> None:
        if name == "error" or (isinstance(value, dict) and is_error(value)):
            self._error(told, value)
            return
        if not isinstance(value, dict):
            told.unknown("$", value, name)
            return
        kind = text_of(value.get("type")) or name
        sound = text_of(value.get("audio")) or text_of(value.get("audio_data"))
        if kind == "speech.audio.delta":
            if sound:
                self._sound.piece(told, bytes_of(sound))
        elif kind == "speech.audio.done":
            tell_usage(told, value.get("usage"))
            self._end(told, "terminal_event", clean=True)
        elif sound and not kind:  # Mistral's whole answer
            self._sound.whole(told, bytes_of(sound))
        else:
            told.unknown("$", value, kind)
            return
        told.unknown_keys(value, _SPEECH_KEYS, "$")

    def _body(self, told: Told, body: bytes, problem: NotJson) -> None:
        if body:
            self._sound.whole(told, body)

    def _close(self, told: Told) -> None:
        self._sound.end(told)


_SPEECH_KEYS = frozenset({"type", "audio", "audio_data", "usage", "sequence_number"})

_EVENT_KEYS = frozenset(
    {
        "type",
        "delta",
        "text",
        "logprobs",
        "segment_id",
        "usage",
        "languages",
        "language",
        "audio_language",
        "model",
        "segments",
        "words",
        "duration",
        "task",
        "sequence_number",
        "x_groq",
    }
)
_SEGMENT_KEYS = frozenset({"type", "id", "text", "speaker", "speaker_id", "start", "end"})


class TranscriptionDialect(JsonStream):
    """Reads `transcript.text.*` events (OpenAI) and `transcription.*` events (Mistral), or a whole
    answer: JSON, plain text or subtitles. The transcript is what was answered."""

    api: ClassVar[str] = "openai.transcription"

    def __init__(self) -> None:
        super().__init__()
        self._said: list[str] = []
        self._by_deltas = False

    def _value(self, told: Told, name: str, value: Json) -> None:
        if name == "error" or (isinstance(value, dict) and is_error(value)):
            self._error(told, value)
            return
        if not isinstance(value, dict):
            told.unknown("$", value, name)
            return
        kind = text_of(value.get("type")) or name
        if kind in ("transcript.text.delta", "transcription.text.delta"):
            self._by_deltas = True
            self._say(told, kind, text_of(value.get("delta")) or text_of(value.get("text")))
        elif kind in ("transcript.text.segment", "transcription.segment"):
            self._segment(told, kind, value)
            return
        elif kind in ("transcript.text.done", "transcription.done") or "text" in value:
            self._whole(told, kind, value)
        elif kind == "transcription.language":
            self._changed(told, "language", value.get("audio_language"))
        else:
            told.unknown("$", value, kind)
            return
        told.unknown_keys(value, _EVENT_KEYS, "$")

    def _say(self, told: Told, kind: str, text: str, *, synthetic: bool = False) -> None:
        if text:
            self._said.append(text)
            told.deltas.append(
                Transcript(told.frame, told.at_ns, kind, "transcript", 0, text, synthetic=synthetic)
            )

    def _segment(self, told: Told, kind: str, value: Object) -> None:
        """A segment repeats its deltas where there were any; else it is the text. Whisper's
        tokens begin with a blank, the transcript as a whole does not."""
        told.meta("segment", value, kind)
        told.unknown_keys(value, _SEGMENT_KEYS, "$")
        text = text_of(value.get("text"))
        if not self._by_deltas:
            self._say(told, kind, text if self._said else text.lstrip())

    def _whole(self, told: Told, kind: str, value: Object) -> None:
        """The transcript at the end of a stream, or the one JSON answer."""
        text, said = text_of(value.get("text")), "".join(self._said)
        is_answer = not kind
        if not said:
            self._say(told, kind or "text", text, synthetic=not is_answer)
        elif text and text != said:
            self._said = [text]
            told.mismatch("transcript", text, kind)
        if not kind or kind == "transcription.done":
            for segment in list_of(value.get("segments")):
                told.meta("segment", segment, "segments")
        for key in ("language", "languages", "duration"):
            self._changed(told, key, value.get(key))
        tell_usage(told, value.get("usage"))
        if not is_answer:
            self._end(told, "terminal_event", clean=True)

    def _body(self, told: Told, body: bytes, problem: NotJson) -> None:
        self._say(told, "text", body.decode("utf-8", "replace"))
