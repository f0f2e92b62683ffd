"""Newline-delimited JSON: one value a line, lines ended by LF.

A CR before the LF is no part of the value. U+2028, U+2029, U+0085 and a CR elsewhere end no line.
A blank line is `empty`. The last line needs no LF as long as it is a complete JSON value;
otherwise it is `truncated`. Whether the other lines are JSON is not asked.
"""

from typing import Final

from wiretape.cassettes.framing.base import Decoder, is_json, seen

_BLANK: Final = b" \t\r\n"


class NdjsonDecoder(Decoder):
    """Takes a body of JSON lines apart."""

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()
        """The beginning of a line whose LF has not come."""
        self._first_ns = 0
        self._last_ns = 0

    def feed(self, data: bytes, at_ns: int) -> None:
        """Take what one read gave. Raises FedAfterEnd once `feed_eof` was called."""
        self._open()
        at = 0
        while end := data.find(b"\n", at) + 1:
            if self._held:
                raw = bytes(self._held + data[at:end])
                self._held.clear()
                self._give_line(raw, self._first_ns, at_ns)
            else:
                self._give_line(data[at:end], at_ns, at_ns)
            at = end
        if at < len(data):
            if not self._held:
                self._first_ns = at_ns
            self._held += data[at:]
            self._last_ns = at_ns

    def feed_eof(self) -> None:
        """There is no more. A last line that is no complete value becomes a `Malformed`."""
        self._ended = True
        if not self._held:
            return
        raw = bytes(self._held)
        self._held.clear()
        if not raw.strip(_BLANK) or is_json(raw):
            self._give_line(raw, self._first_ns, self._last_ns)
        else:
            words = f"the body ends inside a line: {seen(raw)} is no complete JSON value"
            self._give_malformed("truncated", words, raw, self._first_ns, self._last_ns)

    def _give_line(self, raw: bytes, first_ns: int, last_ns: int) -> None:
        data = raw.removesuffix(b"\n").removesuffix(b"\r")
        if data.strip(_BLANK):
            self._give("data", data, raw, first_ns, last_ns)
        else:
            self._give("empty", b"", raw, first_ns, last_ns)
