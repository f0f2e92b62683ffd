"""What the APIs beside and around Chat Completions do alike with a frame.

Their payload is one JSON value a frame, `[DONE]` is a sentinel, comments and empty frames keep the
connection alive. Knows frames and no API: what a value means, the dialect says.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

from wiretape.cassettes.dialects.chat_errors import error_of
from wiretape.cassettes.dialects.delta import Delta, End, Json, Keepalive, Meta, Unknown
from wiretape.cassettes.dialects.payload import Decode, NotJson, decode_error, decode_json
from wiretape.cassettes.framing.frame import Frame

Via = Literal["sentinel", "terminal_event", "eof"]

_FORMS: dict[str, Literal["comment", "blank", "ws_ping"]] = {
    "comment": "comment",
    "ping": "ws_ping",
    "pong": "ws_ping",
}


class Told:
    """The deltas of one frame while they are being told: where, when, and what so far."""

    __slots__ = ("at_ns", "deltas", "frame")

    def __init__(self, frame: int, at_ns: int) -> None:
        self.frame = frame
        self.at_ns = at_ns
        self.deltas: list[Delta] = []

    def unknown(self, path: str, value: Json, raw_type: str = "", choice: int = 0) -> None:
        self.deltas.append(
            Unknown(self.frame, self.at_ns, raw_type, "", choice, path=path, value=value)
        )

    def unknown_keys(
        self, value: dict[str, Json], known: frozenset[str], path: str, choice: int = 0
    ) -> None:
        """Every key that is not among the known ones."""
        if known.issuperset(value):
            return
        for key in value:
            if key not in known:
                self.unknown(f"{path}.{key}", value[key], choice=choice)

    def meta(self, what: str, value: Json, raw_type: str = "", choice: int = 0) -> None:
        self.deltas.append(
            Meta(self.frame, self.at_ns, raw_type, "", choice, what=what, value=value)
        )

    def mismatch(self, part: str, text: str, raw_type: str, choice: int = 0) -> None:
        """A snapshot says other than the deltas did; the snapshot is what counts."""
        value = {"part": part, "text": text}
        self.deltas.append(
            Meta(
                self.frame,
                self.at_ns,
                raw_type,
                part,
                choice,
                what="snapshot_mismatch",
                value=value,
            )
        )


class JsonStream:
    """Reads frames whose payload is JSON. A dialect says in `_value` what a value means, in
    `_body` what a whole body means that is no JSON, and in `_close` what is open at the end."""

    decode: Decode = staticmethod(decode_json)

    def __init__(self) -> None:
        self._ended = False
        self._failed = False
        self._frame = 0
        self._seen: dict[str, Json] = {}

    def read(self, frame: Frame) -> Sequence[Delta]:
        """What a frame means."""
        self._frame = frame.number
        if frame.kind != "data" or not frame.data:
            return self._silence(frame)
        told = Told(frame.number, frame.last_ns)
        if frame.data[:1] != b"{" and frame.data.strip() == b"[DONE]":
            self._end(told, "sentinel", clean=True)
            return told.deltas
        value = self.decode(frame.data)
        if isinstance(value, NotJson):
            return [decode_error(frame.number, frame.last_ns, value, frame.data)]
        self._try(told, frame.name, value)
        return told.deltas

    def read_whole(self, body: bytes, at_ns: int) -> Sequence[Delta]:
        """What an answer means that came as one value."""
        told = Told(0, at_ns)
        value = self.decode(body)
        if isinstance(value, NotJson):
            self._body(told, body, value)
        else:
            # Google's compatible API wraps its errors in an array.
            wrapped = isinstance(value, list) and len(value) == 1
            self._try(told, "", value[0] if wrapped else value)
        self._end(told, "eof", clean=True)
        return told.deltas

    def finish(self, at_ns: int) -> Sequence[Delta]:
        """The body is over."""
        told = Told(self._frame, at_ns)
        self._end(told, "eof", clean=self._complete() and not self._failed)
        return told.deltas

    def _try(self, told: Told, name: str, value: Json) -> None:
        try:
            self._value(told, name, value)
        except RecursionError:  # a value that could just be decoded, and not compared
            words = NotJson("the value is nested too deep")
            told.deltas.append(decode_error(told.frame, told.at_ns, words, b""))

    def _value(self, told: Told, name: str, value: Json) -> None:
        """One JSON value, with the name of its SSE event."""
        raise NotImplementedError

    def _body(self, told: Told, body: bytes, problem: NotJson) -> None:
        """A whole body that is no JSON."""
        told.deltas.append(decode_error(told.frame, told.at_ns, problem, body))
        self._failed = True

    def _close(self, told: Told) -> None:
        """End what is open."""

    def _complete(self) -> bool:
        """Whether a stream without a sentinel says by other means that it is over."""
        return False

    def _end(
        self, told: Told, via: Literal["sentinel", "terminal_event", "eof"], *, clean: bool
    ) -> None:
        if self._ended:
            return
        self._close(told)
        self._ended = True
        clean = clean and not (via == "eof" and self._failed)
        told.deltas.append(End(told.frame, told.at_ns, via=via, clean=clean))

    def _error(self, told: Told, value: Json, raw_type: str = "error") -> None:
        self._failed = True
        told.deltas.append(error_of(told.frame, told.at_ns, value, raw_type))

    def _changed(self, told: Told, what: str, value: Json, key: str = "", choice: int = 0) -> None:
        """A `Meta` of something that providers repeat in every frame: told once a value."""
        key = key or what
        if value is None or value in ("", {}, []) or self._seen.get(key) == value:
            return
        self._seen[key] = value
        told.meta(what, value, what, choice)

    def _silence(self, frame: Frame) -> Sequence[Delta]:
        if frame.kind == "close":
            return ()
        if frame.kind in ("empty", "data"):
            error = _error_field(frame.raw.splitlines())
            if error:
                told = Told(frame.number, frame.last_ns)
                value = decode_json(error)
                text = error.decode("utf-8", "replace")
                self._error(told, text if isinstance(value, NotJson) else value, "error:")
                return told.deltas
        return [Keepalive(frame.number, frame.last_ns, form=_FORMS.get(frame.kind, "blank"))]


def _error_field(lines: Iterable[bytes]) -> bytes:
    """llama-box (GPUStack) ends a broken stream with an SSE field `error`, which is no event."""
    for line in lines:
        if line.startswith(b"error:"):
            return line[len(b"error:") :].strip()
    return b""
