"""What dialects have in common whose frames carry one JSON value each.

A subclass says what a value means. Knows no API.
"""

from collections.abc import Callable

from wiretape.cassettes.dialects.delta import Delta, End, Json, Keepalive
from wiretape.cassettes.dialects.payload import Decode, NotJson, decode_error, decode_json, text_of
from wiretape.cassettes.dialects.reading import Reading, quiet
from wiretape.cassettes.framing.frame import Frame


class JsonFrames:
    """The three methods of a dialect, over four that a subclass has."""

    decode: Decode = staticmethod(decode_json)

    def __init__(self) -> None:
        self._ended = False
        self._frame = 0
        """Number of the last frame that was read."""

    def read(self, frame: Frame) -> list[Delta]:
        """What a frame means."""
        keepalive = quiet(frame)
        if keepalive:
            return list(keepalive)
        self._frame = frame.number
        reading = Reading(frame.number, frame.last_ns)
        payload = frame.data.strip()
        if not payload:  # SSE `data:` with nothing behind it; MCP primes its streams so
            reading.add(Keepalive(*reading.at(frame.name), form="blank"))
        elif payload == b"[DONE]":
            self._over(reading, End(*reading.at("[DONE]"), via="sentinel"))
        else:
            self._decoded(reading, frame.data, frame.name)
        return reading.deltas

    def read_whole(self, body: bytes, at_ns: int) -> list[Delta]:
        """What an answer means that came as one JSON value; with its `End`."""
        reading = Reading(0, at_ns)
        value = self.decode(body)
        if isinstance(value, NotJson):
            reading.add(decode_error(0, at_ns, value, body))
        else:
            self._told(reading, body, self._whole, value)
        clean = not isinstance(value, NotJson)
        self._over(reading, End(*reading.at(), via="eof", clean=clean))
        return reading.deltas

    def finish(self, at_ns: int) -> list[Delta]:
        """Closes what is open; an `End` where no frame was one."""
        reading = Reading(self._frame, at_ns)
        self._over(reading, End(*reading.at(), via="eof", clean=self._complete()))
        return reading.deltas

    def _decoded(self, reading: Reading, data: bytes, name: str) -> None:
        value = self.decode(data)
        if isinstance(value, NotJson):
            reading.add(decode_error(reading.frame, reading.at_ns, value, data))
        else:
            self._told(reading, data, self._value, value, name)

    def _told(self, reading: Reading, data: bytes, tell: Callable[..., None], *said: Json) -> None:
        try:
            tell(reading, *said)
        except RecursionError:
            # Decoded just within the interpreter's limit; a walk through it goes beyond.
            problem = NotJson("nested too deep")
            reading.add(decode_error(reading.frame, reading.at_ns, problem, data))

    def _over(self, reading: Reading, end: End) -> None:
        """Close and end, once."""
        if not self._ended:
            self._close(reading)
            reading.add(end)
            self._ended = True

    def _value(self, reading: Reading, value: Json, name: str) -> None:
        """What one frame's value means; `name` is the SSE `event:`."""
        raise NotImplementedError

    def _whole(self, reading: Reading, value: Json) -> None:
        """What an answer means that is no stream."""
        raise NotImplementedError

    def _close(self, reading: Reading) -> None:
        """Close the parts that are open."""
        raise NotImplementedError

    def _complete(self) -> bool:
        """Whether the stream has said all that the API promises."""
        raise NotImplementedError


def word_of(value: Json) -> str:
    """A code that some write as a string and some as a number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text_of(value)
