"""One direction of a WebSocket, its messages as frames (RFC 6455), and both directions in one log.

A message is one frame, its fragments put together and its compression removed
(permessage-deflate, RFC 7692). Where a ping, pong or close stands between its fragments, the
fragments before it are an `empty` frame and the raw bytes of the message are those of the rest, so
that all stay in order. What breaks a rule is `protocol` as far as it goes, and reading goes on
with the next one; after a close there is none.

Knows nothing of the handshake but the header that tells the compression.
"""

import heapq
import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from wiretape.cassettes.framing.base import NO_HEADERS, Decoder
from wiretape.cassettes.framing.frame import Frame, FrameKind, Malformed, MalformedCause

MOST_INFLATED: Final = 256 * 1024 * 1024
"""Bytes of a message once decompressed; what gives more is not believed."""

_CONTINUATION: Final = 0x0
_TEXT: Final = 0x1
_CLOSE: Final = 0x8

_DATA: Final = {
    _TEXT: {"opcode": "text"},
    0x2: {"opcode": "binary"},
}
"""Opcodes of messages, and the headers of their frames, which all of them share."""

_CONTROL: Final[dict[int, FrameKind]] = {_CLOSE: "close", 0x9: "ping", 0xA: "pong"}
_OPCODES: Final = frozenset({_CONTINUATION, *_DATA, *_CONTROL})

_FIN: Final = 0x80
_COMPRESSED: Final = 0x40
_RESERVED: Final = 0x70
_MASKED: Final = 0x80
_LONG: Final = {126: 2, 127: 8}
"""Values of the first length to the bytes of the one that follows."""
_MOST_CONTROL: Final = 125
"""Bytes of a control frame's payload (section 5.5)."""
_CODE: Final = struct.Struct(">H")
_NOT_SENT: Final = frozenset({1004, 1005, 1006, 1015})
"""Close codes that never stand on the wire (section 7.4.1)."""


class Deflate(msgspec.Struct, frozen=True):
    """How one direction is compressed."""

    context_takeover: bool = True
    """Whether a message may refer to those before it."""
    window_bits: int = 15


def agreed_deflate(extensions: str, *, sent: bool) -> Deflate | None:
    """What the `Sec-WebSocket-Extensions` header of the response agreed on for what the client
    sent, or for what it received; None where nothing is compressed (RFC 7692 section 7.1)."""
    name, *parameters = (part.strip() for part in extensions.partition(",")[0].split(";"))
    if name != "permessage-deflate":
        return None
    side = "client" if sent else "server"
    values = dict(parameter.partition("=")[::2] for parameter in parameters)
    bits = values.get(f"{side}_max_window_bits", "").strip(' "')
    return Deflate(
        context_takeover=f"{side}_no_context_takeover" not in values,
        window_bits=int(bits) if bits.isdigit() and 8 <= int(bits) <= 15 else 15,
    )


class BrokenRule(Exception):
    """What a wire frame or a message is against."""


class WebSocketDecoder(Decoder):
    """Takes one direction apart: `sent` is client to server, where all must be masked."""

    def __init__(self, *, sent: bool = False, deflate: Deflate | None = None) -> None:
        super().__init__()
        self._sent = sent
        self._deflate = deflate
        self._inflater: zlib._Decompress | None = None
        self._wire = bytearray()
        """The wire frame that is not whole yet."""
        self._size = 2
        """Its bytes as far as they are known."""
        self._held = bytearray()
        """Fragments of the message that is not whole yet, and that are in no frame yet."""
        self._opcode = _CONTINUATION
        """Of that message; of a continuation where there is none."""
        self._compressed = False
        self._parts: list[bytes] = []
        """The payloads of its fragments."""
        self._closed = False
        self._first_ns = self._held_ns = 0
        """When the first and the last byte of what is held came."""
        self._wire_ns = self._last_ns = 0
        """When the first byte of the wire frame came, and the last byte of all."""

    def feed(self, data: bytes, at_ns: int) -> None:
        """Take what one read gave. Raises FedAfterEnd once `feed_eof` was called."""
        self._open()
        at = 0
        while at < len(data):
            end = len(data) if self._closed else at + self._size - len(self._wire)
            if not self._wire:
                self._wire_ns = at_ns
            self._wire += data[at:end]
            at = min(end, len(data))
            if not self._closed and len(self._wire) == self._size:
                self._size = _size_of(self._wire)
                if self._size == len(self._wire):
                    self._frame(at_ns)
            self._last_ns = at_ns

    def feed_eof(self) -> None:
        """There is no more. What is not whole becomes a `Malformed`."""
        self._ended = True
        if self._closed:
            if self._wire:
                words = f"{len(self._wire):,} bytes stand after the close frame"
                self._refuse("protocol", words, self._last_ns)
        elif self._wire or self._opcode:
            where = "a frame" if self._wire else "a message that has more fragments"
            self._refuse("truncated", f"the connection ends inside {where}", self._last_ns)

    def _frame(self, at_ns: int) -> None:
        """A wire frame is whole."""
        wire = bytes(self._wire)
        opcode = wire[0] & 0x0F
        try:
            payload = self._payload(wire)
            if opcode in _CONTROL:
                self._control(opcode, payload, at_ns)
            else:
                self._fragment(opcode, payload, at_ns)
        except BrokenRule as problem:
            self._refuse("protocol", str(problem), at_ns)
        self._size = 2

    def _payload(self, wire: bytes) -> bytes:
        """The payload without its mask. Raises BrokenRule."""
        first, second = wire[0], wire[1]
        opcode = first & 0x0F
        if opcode not in _OPCODES:
            raise BrokenRule(f"the opcode {opcode} has no meaning")
        if bool(second & _MASKED) is not self._sent:
            raise BrokenRule(
                "a client's frame has no mask" if self._sent else "a server's frame has a mask"
            )
        if first & _RESERVED and not (
            first & _RESERVED == _COMPRESSED and opcode in _DATA and self._deflate
        ):
            raise BrokenRule(f"the reserved bits are {(first & _RESERVED) >> 4:03b}")
        size = second & 0x7F
        start = 2 + _LONG.get(size, 0)
        length = int.from_bytes(wire[2:start], "big") if start > 2 else size
        if length < {126: 126, 127: 65_536}.get(size, 0):
            raise BrokenRule(f"the length {length:,} is not written in its shortest form")
        if opcode in _CONTROL and (length > _MOST_CONTROL or not first & _FIN):
            raise BrokenRule("a control frame is longer than 125 bytes or in fragments")
        return _unmasked(wire[start:]) if second & _MASKED else wire[start:]

    def _control(self, opcode: int, payload: bytes, at_ns: int) -> None:
        headers = _close_headers(payload) if opcode == _CLOSE else NO_HEADERS
        self._closed = opcode == _CLOSE
        if self._opcode and self._closed:
            self._drop("truncated", "a message is closed before its last fragment")
        elif self._held:
            self._give_raw("empty", b"", bytes(self._held), self._first_ns, self._held_ns)
            self._held.clear()
        wire, first_ns = self._take_wire()
        self._give_raw(_CONTROL[opcode], payload, wire, first_ns, at_ns, headers)

    def _fragment(self, opcode: int, payload: bytes, at_ns: int) -> None:
        """A frame of a message: the only one, one of several, or the last one."""
        if opcode == _CONTINUATION and not self._opcode:
            raise BrokenRule("a continuation stands where no message is open")
        if opcode:
            if self._opcode:
                self._drop("protocol", "another message begins before the last fragment of one")
            self._opcode = opcode
            self._compressed = bool(self._wire[0] & _COMPRESSED)
        self._parts.append(payload)
        if self._wire[0] & _FIN:
            self._message(at_ns)
            return
        if not self._held:
            self._first_ns = self._wire_ns
        self._held += self._wire
        self._held_ns = at_ns
        self._wire.clear()

    def _message(self, at_ns: int) -> None:
        data = b"".join(self._parts)
        opcode = self._opcode
        self._forget()
        if self._compressed:
            data = self._inflated(data)
        if opcode == _TEXT and not _is_utf8(data):
            raise BrokenRule("a text message is not UTF-8")
        first_ns = self._first_ns if self._held else self._wire_ns
        raw = bytes(self._held) + self._take_wire()[0]
        self._held.clear()
        self._give_raw("data", data, raw, first_ns, at_ns, _DATA[opcode])

    def _inflated(self, data: bytes) -> bytes:
        """Without compression (RFC 7692 section 7.2.2). Raises BrokenRule."""
        agreed = self._deflate or Deflate()
        if self._inflater is None or not agreed.context_takeover:
            self._inflater = zlib.decompressobj(-agreed.window_bits)
        try:
            inflated = self._inflater.decompress(data + b"\0\0\xff\xff", MOST_INFLATED)
        except zlib.error as problem:
            self._inflater = None
            raise BrokenRule(f"a compressed message cannot be read: {problem}") from None
        if self._inflater.unconsumed_tail:
            self._inflater = None
            raise BrokenRule(f"a compressed message gives more than {MOST_INFLATED:,} bytes")
        if self._inflater.eof:  # a block marked as the last one (section 7.2.3.4)
            self._inflater = None
        return inflated

    def _take_wire(self) -> tuple[bytes, int]:
        wire = bytes(self._wire)
        self._wire.clear()
        return wire, self._wire_ns

    def _forget(self) -> None:
        """No message is open any more."""
        self._opcode = _CONTINUATION
        self._parts = []

    def _drop(self, cause: MalformedCause, words: str) -> None:
        """The open message ends here, without its last fragment."""
        self._forget()
        raw = bytes(self._held)
        self._held.clear()
        times = (self._first_ns, self._held_ns) if raw else (self._wire_ns, self._wire_ns)
        self._bad(cause, words, raw, *times)

    def _refuse(self, cause: MalformedCause, words: str, at_ns: int) -> None:
        """The open message and the wire frame behind it are no frame."""
        self._forget()
        first_ns = self._first_ns if self._held else self._wire_ns
        raw = bytes(self._held) + self._take_wire()[0]
        self._held.clear()
        self._bad(cause, words, raw, first_ns, at_ns)

    def _give_raw(
        self,
        kind: FrameKind,
        data: bytes,
        raw: bytes,
        first_ns: int,
        last_ns: int,
        headers: dict[str, str] = NO_HEADERS,
    ) -> None:
        self._give(kind, data, raw, first_ns, last_ns, headers=headers, sent=self._sent)

    def _bad(
        self, cause: MalformedCause, words: str, raw: bytes, first_ns: int, last_ns: int
    ) -> None:
        self._give_malformed(cause, words, raw, first_ns, last_ns, sent=self._sent)


def one_log(
    received: Iterable[Frame | Malformed], sent: Iterable[Frame | Malformed]
) -> Iterator[Frame | Malformed]:
    """The frames of both directions in the order in which they were whole, numbered anew; of two
    at the same moment the sent one is first. Offsets stay those of each direction."""
    merged = heapq.merge(sent, received, key=lambda frame: (frame.last_ns, not frame.sent))
    for number, frame in enumerate(merged, 1):
        yield msgspec.structs.replace(frame, number=number)


def _size_of(wire: bytearray) -> int:
    """Bytes of a wire frame, as far as its beginning tells (section 5.2)."""
    size = wire[1] & 0x7F
    start = 2 + _LONG.get(size, 0)
    head = start + (4 if wire[1] & _MASKED else 0)
    if len(wire) < head:
        return head
    return head + (int.from_bytes(wire[2:start], "big") if start > 2 else size)


def _unmasked(masked: bytes) -> bytes:
    """The payload behind a mask of four bytes (section 5.3)."""
    mask, payload = masked[:4], masked[4:]
    size = len(payload)
    key = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
    return (int.from_bytes(payload, "big") ^ key).to_bytes(size, "big")


def _close_headers(payload: bytes) -> dict[str, str]:
    """Code and reason; 1005 where there is no code (section 7.1.5). Raises BrokenRule."""
    if not payload:
        return {"code": "1005", "reason": ""}
    if len(payload) < _CODE.size or not _is_utf8(payload[_CODE.size :]):
        raise BrokenRule("a close frame has half a code, or a reason that is not UTF-8")
    (code,) = _CODE.unpack_from(payload)
    if code in _NOT_SENT or not 1000 <= code < 5000:
        raise BrokenRule(f"the close code {code} may not be sent")
    return {"code": str(code), "reason": payload[_CODE.size :].decode()}


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
