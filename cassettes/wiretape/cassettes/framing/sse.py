"""Server-sent events, to the letter of the WHATWG standard (HTML, section 9.2).

How bytes are shared out, so that each is in one frame:
- A frame is a block: its lines, and the blank line that ends it. A byte order mark at the start of
  the body belongs to the first frame.
- A comment line before the first field of a block is a frame of its own, with the blank line if
  one follows directly, so that `: keep-alive` is seen when it comes. A comment between fields
  belongs to the raw bytes of its event.
- A blank line with no block before it, and a block without a `data` field, are `empty`. A `data`
  field without a value is data all the same: the standard dispatches an event whose data is "".

Line ends are CRLF, LF and CR. Whether the LF after a CR belongs to it is known with the next byte,
and so is whether a blank line follows a comment: such a frame is given with the next byte or with
the end of the body, and its times are those of its own bytes. What stands at the end of the body
without its blank line is `truncated`, since no client may dispatch it.

`data` and `raw` are bytes as they came; names and ids are UTF-8 with replacement.
"""

from enum import IntEnum
from typing import Final

from wiretape.cassettes.framing.base import NO_HEADERS, Decoder, seen
from wiretape.cassettes.framing.frame import Frame, FrameKind

BOM: Final = b"\xef\xbb\xbf"

_LF: Final = 0x0A
_CR: Final = 0x0D
_COLON: Final = 0x3A


class _At(IntEnum):
    """Where in a block the next byte stands."""

    BODY = 0
    """the first byte of the body"""
    BOM_2 = 1
    BOM_3 = 2
    BLOCK = 3
    """the first byte of a block"""
    COMMENT = 4
    """in a comment line before the first field"""
    COMMENT_CR = 5
    """after the CR of such a line"""
    COMMENT_END = 6
    """after its end: a blank line may follow"""
    LINE = 7
    """in a line of an event"""
    LINE_CR = 8
    LINE_END = 9
    BLANK_CR = 10
    """after the CR of the blank line: an LF may follow"""
    WITH = 11
    """the frame ended with this byte"""
    BEFORE = 12
    """the frame ended with the byte before"""


_OTHERS: Final = {
    _At.BODY: _At.LINE,
    _At.BOM_2: _At.LINE,
    _At.BOM_3: _At.LINE,
    _At.BLOCK: _At.LINE,
    _At.COMMENT: _At.COMMENT,
    _At.COMMENT_CR: _At.BEFORE,
    _At.COMMENT_END: _At.BEFORE,
    _At.LINE: _At.LINE,
    _At.LINE_CR: _At.LINE,
    _At.LINE_END: _At.LINE,
    _At.BLANK_CR: _At.BEFORE,
}
"""What follows for a byte that is not in the table."""

_NEXT: Final = {
    _At.BODY: {_LF: _At.WITH, _CR: _At.BLANK_CR, _COLON: _At.COMMENT, BOM[0]: _At.BOM_2},
    _At.BOM_2: {_LF: _At.LINE_END, _CR: _At.LINE_CR, BOM[1]: _At.BOM_3},
    _At.BOM_3: {_LF: _At.LINE_END, _CR: _At.LINE_CR, BOM[2]: _At.BLOCK},
    _At.BLOCK: {_LF: _At.WITH, _CR: _At.BLANK_CR, _COLON: _At.COMMENT},
    _At.COMMENT: {_LF: _At.COMMENT_END, _CR: _At.COMMENT_CR},
    _At.COMMENT_CR: {_LF: _At.COMMENT_END, _CR: _At.BLANK_CR},
    _At.COMMENT_END: {_LF: _At.WITH, _CR: _At.BLANK_CR},
    _At.LINE: {_LF: _At.LINE_END, _CR: _At.LINE_CR},
    _At.LINE_CR: {_LF: _At.LINE_END, _CR: _At.BLANK_CR},
    _At.LINE_END: {_LF: _At.WITH, _CR: _At.BLANK_CR},
    _At.BLANK_CR: {_LF: _At.WITH},
}

_INSIDE: Final = frozenset({_At.LINE, _At.COMMENT})
"""Where only a line end matters."""

_WHOLE: Final = frozenset({_At.BLOCK, _At.COMMENT_CR, _At.COMMENT_END, _At.BLANK_CR})
"""Where the body may end without cutting anything off."""


class SseDecoder(Decoder):
    """Takes the body of a `text/event-stream` apart."""

    def __init__(self) -> None:
        super().__init__()
        self._state = _At.BODY
        self._held = bytearray()
        """The bytes of the frame that is not whole yet."""
        self._first_ns = 0
        self._last_ns = 0
        """Of the held bytes."""
        self._lf = self._cr = -1
        """The next ones in the read at hand, at or after where it is read; its size for none."""

    def feed(self, data: bytes, at_ns: int) -> None:
        """Take what one read gave. Raises FedAfterEnd once `feed_eof` was called."""
        self._open()
        self._lf = self._cr = -1
        at = 0
        while at < len(data):
            if self._state is _At.BLOCK and not self._held:
                at = self._blocks(data, at, at_ns)
            at = self._piece(data, at, at_ns)

    def feed_eof(self) -> None:
        """There is no more. An event without its blank line becomes a `Malformed`."""
        self._ended = True
        if not self._held:
            return
        if self._state in _WHOLE:
            self._give_block(bytes(self._held), self._first_ns, self._last_ns)
        else:
            raw = bytes(self._held)
            words = f"the body ends before the blank line of an event: {seen(raw)}"
            self._give_malformed("truncated", words, raw, self._first_ns, self._last_ns)
        self._held.clear()

    def _blocks(self, data: bytes, at: int, at_ns: int) -> int:
        """Give the events that are whole in this read, lines ended by LF alone; gives where it
        came to something else."""
        limit = self._next_cr(data, at)
        number, offset = self._number, self._offset - at
        while at < limit and data[at] != _LF and data[at] != _COLON:
            first = data.find(b"\n", at, limit) + 1
            if first == 0 or first == limit:
                break
            if data[first] == _LF:  # one line
                end = first + 1
                raw = data[at:end]
                if raw.startswith(b"data: "):
                    frame = Frame(
                        *(number, "data", "", raw[6:-2], raw, offset + at, at_ns, at_ns),
                        NO_HEADERS,
                    )
                else:
                    frame = _event(raw, number, offset + at, at_ns)
            else:
                second = data.find(b"\n", first, limit) + 1
                if second == 0 or second == limit:
                    break
                if data[second] == _LF:  # two lines
                    end = second + 1
                else:
                    end = data.find(b"\n\n", second, limit) + 2
                    if end == 1:
                        break
                raw = data[at:end]
                if (
                    end == second + 1
                    and raw.startswith(b"event: ")
                    and data.startswith(b"data: ", first)
                ):
                    name = raw[7 : first - at - 1].decode("utf-8", "replace")
                    frame = Frame(
                        number,
                        "data",
                        name,
                        data[first + 6 : second - 1],
                        raw,
                        offset + at,
                        at_ns,
                        at_ns,
                        NO_HEADERS,
                    )
                else:
                    frame = _event(raw, number, offset + at, at_ns)
            self._given.append(frame)
            number += 1
            at = end
        self._number, self._offset = number, offset + at
        return at

    def _piece(self, data: bytes, at: int, at_ns: int) -> int:
        """Take bytes up to the end of one frame, or all there are; gives where it stopped."""
        start, state = at, self._state
        while at < len(data):
            if state in _INSIDE:
                at = min(self._next_lf(data, at), self._next_cr(data, at))
                if at == len(data):
                    break
            state = _NEXT[state].get(data[at], _OTHERS[state])
            if state is _At.BEFORE:
                break
            at += 1
            if state is _At.WITH:
                break
        if at > start:
            self._hold(data[start:at], at_ns)
        if state < _At.WITH:
            self._state = state
        else:
            self._state = _At.BLOCK
            raw = bytes(self._held)
            self._held.clear()
            self._give_block(raw, self._first_ns, self._last_ns)
        return at

    def _hold(self, data: bytes, at_ns: int) -> None:
        if not self._held:
            self._first_ns = at_ns
        self._held += data
        self._last_ns = at_ns

    def _give_block(self, raw: bytes, first_ns: int, last_ns: int) -> None:
        """Any block: an event, a comment or a blank line, whatever its line ends."""
        block = raw.removeprefix(BOM) if self._offset == 0 else raw
        kind, name, data, headers = _fields(block)
        self._give(kind, data, raw, first_ns, last_ns, name=name, headers=headers)

    def _next_lf(self, data: bytes, at: int) -> int:
        if self._lf < at:
            found = data.find(b"\n", at)
            self._lf = found if found >= 0 else len(data)
        return self._lf

    def _next_cr(self, data: bytes, at: int) -> int:
        if self._cr < at:
            found = data.find(b"\r", at)
            self._cr = found if found >= 0 else len(data)
        return self._cr


def _event(raw: bytes, number: int, offset: int, at_ns: int) -> Frame:
    """The frame of a block that came in one read."""
    kind, name, data, headers = _fields(raw)
    return Frame(number, kind, name, data, raw, offset, at_ns, at_ns, headers or NO_HEADERS)


def _fields(block: bytes) -> tuple[FrameKind, str, bytes, dict[str, str]]:
    """Kind, name, data and headers of a block, its blank line included."""
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if block.startswith(b":"):
        return "comment", "", block[1:].rstrip(b"\n").removeprefix(b" "), {}
    name = ""
    data: list[bytes] = []
    headers: dict[str, str] = {}
    for line in block.split(b"\n"):
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            data.append(value)
        elif field == b"event":
            name = value.decode("utf-8", "replace")
        elif (field == b"id" and b"\0" not in value) or (field == b"retry" and value.isdigit()):
            headers[field.decode()] = value.decode("utf-8", "replace")
    kind: FrameKind = "data" if data else "empty"
    return kind, name, b"\n".join(data), headers
