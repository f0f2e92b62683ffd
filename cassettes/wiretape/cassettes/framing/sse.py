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

from typing import Final, Literal

from wiretape.cassettes.framing.base import NO_HEADERS, Decoder, seen
from wiretape.cassettes.framing.frame import Frame, FrameKind

BOM: Final = b"\xef\xbb\xbf"

_LF: Final = 0x0A
_CR: Final = 0x0D
_COLON: Final = 0x3A


_Place = Literal[
    "body",
    "bom_2",
    "bom_3",
    "block",
    "comment",
    "comment_cr",
    "comment_end",
    "line",
    "line_cr",
    "line_end",
    "blank_cr",
    "with",
    "before",
]
"""What the next byte is.

body                 the first one of the body
bom_2, bom_3         after the first or second byte of a byte order mark
block                the first one of a block
comment              in a comment line before the first field
comment_cr           after the CR of such a line
comment_end          after its end, where a blank line may follow
line                 in a line of an event
line_cr, line_end    after its CR, and after its end
blank_cr             after the CR of the blank line, where an LF may follow
with, before         none: the frame ended with this byte, or with the one before
"""

_NEXT: Final[dict[_Place, tuple[dict[int, _Place], _Place]]] = {
    "body": ({_LF: "with", _CR: "blank_cr", _COLON: "comment", BOM[0]: "bom_2"}, "line"),
    "bom_2": ({_LF: "line_end", _CR: "line_cr", BOM[1]: "bom_3"}, "line"),
    "bom_3": ({_LF: "line_end", _CR: "line_cr", BOM[2]: "block"}, "line"),
    "block": ({_LF: "with", _CR: "blank_cr", _COLON: "comment"}, "line"),
    "comment": ({_LF: "comment_end", _CR: "comment_cr"}, "comment"),
    "comment_cr": ({_LF: "comment_end", _CR: "blank_cr"}, "before"),
    "comment_end": ({_LF: "with", _CR: "blank_cr"}, "before"),
    "line": ({_LF: "line_end", _CR: "line_cr"}, "line"),
    "line_cr": ({_LF: "line_end", _CR: "blank_cr"}, "line"),
    "line_end": ({_LF: "with", _CR: "blank_cr"}, "line"),
    "blank_cr": ({_LF: "with"}, "before"),
}
"""What follows for each byte, and for every other one."""

_INSIDE: Final = frozenset[_Place]({"line", "comment"})
"""Where only a line end matters."""

_BETWEEN: Final = frozenset[_Place]({"body", "block"})
"""Where an event may begin."""

_LINES: Final = frozenset[_Place]({"line", "line_end"})
"""Where the fast way can go on."""

_WHOLE: Final = frozenset[_Place]({"block", "comment_cr", "comment_end", "blank_cr"})
"""Where the body may end without cutting anything off."""


_USUAL: Final = (b"data:", b"event:")
"""How an event begins."""


class SseDecoder(Decoder):
    """Takes the body of a `text/event-stream` apart."""

    def __init__(self) -> None:
        super().__init__()
        self._place: _Place = "body"
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
        if self._place in _INSIDE and b"\n" not in data and b"\r" not in data:
            self._hold(data, at_ns)
            return
        if self._place in _BETWEEN and not self._held and _is_event(data):
            self._place = "block"
            self._given.append(_frame(data, self._number, self._offset, at_ns, at_ns))
            self._number += 1
            self._offset += len(data)
            return
        self._lf = self._cr = -1
        at = 0
        while at < len(data):
            before = at
            if self._place in _LINES or (self._place == "block" and not self._held):
                at = self._events(data, at, at_ns)
            if at == before:
                at = self._piece(data, at, at_ns)

    def feed_eof(self) -> None:
        """There is no more. An event without its blank line becomes a `Malformed`."""
        self._ended = True
        if not self._held:
            return
        if self._place in _WHOLE:
            self._give_held()
        else:
            raw = bytes(self._held)
            words = f"the body ends before the blank line of an event: {seen(raw)}"
            self._give_malformed("truncated", words, raw, self._first_ns, self._last_ns)
        self._held.clear()

    def _events(self, data: bytes, at: int, at_ns: int) -> int:
        """The fast way, through events whose lines end with LF alone. Gives where the read is
        over or something else comes."""
        limit = self._next_cr(data, at)
        if self._held:
            at = self._rest(data, at, limit, at_ns)
            if self._held:
                return at
        number, offset = self._number, self._offset - at
        while at < limit and data[at] != _LF and data[at] != _COLON:
            end = data.find(b"\n\n", at, limit) + 2
            if end == 1:
                break
            self._given.append(_frame(data[at:end], number, offset + at, at_ns, at_ns))
            number += 1
            at = end
        self._number, self._offset = number, offset + at
        if at < limit == len(data) and data[at] != _LF and data[at] != _COLON:
            at = self._hold_lines(data[at:], at_ns, at)
        return at

    def _rest(self, data: bytes, at: int, limit: int, at_ns: int) -> int:
        """What the event that is held still lacks, as far as it is on the fast way."""
        ends_here = self._place == "line_end" and data[at] == _LF
        end = at + 1 if ends_here else data.find(b"\n\n", at, limit) + 2
        if ends_here or end > 1:
            self._hold(data[at:end], at_ns)
            self._give_held()
            return end
        return self._hold_lines(data[at:], at_ns, at) if limit == len(data) else at

    def _hold_lines(self, rest: bytes, at_ns: int, at: int) -> int:
        """The end of a read, in an event, without CR and blank lines; gives where that is."""
        self._hold(rest, at_ns)
        self._place = "line_end" if rest[-1] == _LF else "line"
        return at + len(rest)

    def _piece(self, data: bytes, at: int, at_ns: int) -> int:
        """Take bytes up to the end of one frame, or all there are; gives where it stopped."""
        start, place = at, self._place
        while at < len(data):
            if place in _INSIDE:
                at = min(self._next_lf(data, at), self._next_cr(data, at))
                if at == len(data):
                    break
            follows, otherwise = _NEXT[place]
            place = follows.get(data[at], otherwise)
            if place == "before":
                break
            at += 1
            if place == "with":
                break
        self._hold(data[start:at], at_ns)
        self._place = place
        if place in ("with", "before"):
            self._give_held()
        return at

    def _hold(self, data: bytes, at_ns: int) -> None:
        if data:
            if not self._held:
                self._first_ns = at_ns
            self._held += data
            self._last_ns = at_ns

    def _give_held(self) -> None:
        """The frame that is held is whole."""
        raw = bytes(self._held)
        self._held.clear()
        self._place = "block"
        times = (self._first_ns, self._last_ns)
        if self._offset and b"\r" not in raw:
            self._given.append(_frame(raw, self._number, self._offset, *times))
            self._number += 1
            self._offset += len(raw)
            return
        kind, name, data, headers = _fields(raw if self._offset else raw.removeprefix(BOM))
        self._give(kind, data, raw, *times, name=name, headers=headers)

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


def _is_event(data: bytes) -> bool:
    """Whether a read is one event, whose lines end with LF alone: so most servers write."""
    return data.startswith(_USUAL) and data.find(b"\n\n") == len(data) - 2 and b"\r" not in data


def _frame(raw: bytes, number: int, offset: int, first_ns: int, last_ns: int) -> Frame:
    """The frame of a block whose lines end with LF alone."""
    end = len(raw) - 2
    first = raw.find(b"\n")
    if first == end and raw.startswith(b"data: "):
        data = raw[6:-2]
        return Frame(number, "data", "", data, raw, offset, first_ns, last_ns, NO_HEADERS)
    second = first + 1
    if (
        raw.startswith(b"event: ")
        and raw.startswith(b"data: ", second)
        and raw.find(b"\n", second) == end
    ):
        name, data = raw[7:first].decode("utf-8", "replace"), raw[second + 6 : -2]
        return Frame(number, "data", name, data, raw, offset, first_ns, last_ns, NO_HEADERS)
    kind, name, data, headers = _fields(raw)
    kept = headers or NO_HEADERS
    return Frame(number, kind, name, data, raw, offset, first_ns, last_ns, kept)


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
