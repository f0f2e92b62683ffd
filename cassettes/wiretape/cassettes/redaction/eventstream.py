"""Secrets covered in a body of AWS eventstream messages, with the checksums made anew.

A message is `total length | length of headers | CRC of both | headers | payload | CRC of all
before`, four bytes each and big-endian; a header is a length of one byte, the name, a type of one
byte and the value (the Smithy specification of application/vnd.amazon.eventstream). Each name,
value and payload is searched by itself: a length in front of a value may look like a letter. Covers
have the length of what they cover, so the first checksum stays true and only the last one changes.
What is no such message, and all that follows it, is searched as bytes. Knows what to search for;
nothing of what messages mean.
"""

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

from wiretape.cassettes.redaction.masks import Span
from wiretape.cassettes.redaction.stream import BodyRedactor, Secrets

_PRELUDE = struct.Struct(">III")
_CRC = struct.Struct(">I")
_LENGTH = struct.Struct(">I")
_SIZES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Type of a header's value to its bytes."""
_WITH_LENGTH = (6, 7)
"""Bytes and text: two bytes in front say how many."""

_OVERHEAD = _PRELUDE.size + _CRC.size
MOST_HEADERS = 128 * 1024
MOST_PAYLOAD = 24 * 1024 * 1024
"""Bytes; the limits of the format. A length beyond them is not one."""


class EventstreamRedactor:
    """Holds back each message until it is whole."""

    lost = ""

    def __init__(self, secrets: Secrets, counts: Counter[str]) -> None:
        self._secrets = secrets
        self._counts = counts
        self._held = bytearray()
        self._bytes: BodyRedactor | None = None
        """What takes over once the body turns out to be something else."""

    def feed(self, data: bytes) -> bytes:
        """Take a piece; gives the messages that are whole."""
        if self._bytes is not None:
            return self._bytes.feed(data)
        self._held += data
        messages: list[bytes] = []
        at = 0
        while (size := self._message_size(at)) and at + size <= len(self._held):
            messages.append(self._redacted(bytes(self._held[at : at + size])))
            at += size
        del self._held[:at]
        if size == 0:
            messages.append(self._give_up())
        return b"".join(messages)

    def finish(self) -> bytes:
        """The body is over. A message that broke off is searched as far as it goes."""
        if self._bytes is not None:
            return self._bytes.finish()
        held, self._held = bytes(self._held), bytearray()
        # What its headers seem to be may be none: search it as bytes too.
        return BodyRedactor(self._secrets, self._counts).whole(self._searched(held))

    def _message_size(self, at: int) -> int:
        """Bytes of the message that begins there; 0 where none does. More than there are
        where that cannot be told yet."""
        if len(self._held) - at < _PRELUDE.size:
            return _PRELUDE.size
        return _message_size(self._held, at)

    def _redacted(self, message: bytes) -> bytes:
        content, crc = message[: -_CRC.size], message[-_CRC.size :]
        content = self._searched(content)
        if content == message[: -_CRC.size]:
            return message
        # A checksum that was wrong stays wrong: the tape must not repair what the wire broke.
        was_right = zlib.crc32(message[: -_CRC.size]) == _CRC.unpack(crc)[0]
        return content + (_CRC.pack(zlib.crc32(content)) if was_right else crc)

    def _searched(self, content: bytes) -> bytes:
        """A message without its last checksum, covered inside."""
        kept: list[bytes] = []
        at = 0
        for start, end in _spans(content):
            inside = BodyRedactor(self._secrets, self._counts).whole(content[start:end])
            kept += (content[at:start], inside)
            at = end
        return b"".join(kept)

    def _give_up(self) -> bytes:
        self._bytes = BodyRedactor(self._secrets, self._counts)
        held, self._held = bytes(self._held), bytearray()
        return self._bytes.feed(held)


def spans(body: bytes) -> Iterator[Span]:
    """Where the names, values and payloads of the messages of a body stand, in order, also of one
    that broke off; what is no message, and all behind it, is one more.
    """
    at = 0
    for start, end in _messages(body):
        for span in _spans(body[start : end - _CRC.size]):
            yield start + span[0], start + span[1]
        at = end
    for span in _spans(body[at:]):
        yield at + span[0], at + span[1]


def _message_size(data: bytes | bytearray, at: int) -> int:
    """Bytes of the message of which at least the prelude is there; 0 where it is none."""
    total, headers, crc = _PRELUDE.unpack_from(data, at)
    is_message = (
        zlib.crc32(data[at : at + _PRELUDE.size - _CRC.size]) == crc
        and headers <= MOST_HEADERS
        and _OVERHEAD + headers <= total <= _OVERHEAD + headers + MOST_PAYLOAD
    )
    return int(total) if is_message else 0


def payloads(body: bytes) -> Iterator[bytes]:
    """What the messages of a body carry, up to the first that is none or is not whole."""
    for start, end in _messages(body):
        (headers,) = _LENGTH.unpack_from(body, start + _LENGTH.size)
        yield body[start + _PRELUDE.size + headers : end - _CRC.size]


def _spans(content: bytes) -> Iterator[Span]:
    """Names, values and payload of one message without its last checksum, as far as it goes; all
    of what is none.
    """
    if len(content) < _PRELUDE.size or not _message_size(content, 0):
        yield 0, len(content)
        return
    total, size, _ = _PRELUDE.unpack_from(content)
    broke_off = len(content) < total - _CRC.size
    at, end = _PRELUDE.size, min(_PRELUDE.size + size, len(content))
    while at < end:
        name = at + 1, min(at + 1 + content[at], end)
        value = _value(content, name[1])
        if value is None or (value[1] > end and not broke_off):
            yield at, end  # no header; whatever it is, it is searched
            break
        at = min(value[1], end)
        yield name
        yield min(value[0], end), at
    yield end, len(content)


def _value(content: bytes, at: int) -> Span | None:
    """Where the value stands whose type is at `at`; None where that cannot be told."""
    kind = content[at] if at < len(content) else None
    if kind in _SIZES:
        start, size = at + 1, _SIZES[kind]
    elif kind in _WITH_LENGTH and at + 3 <= len(content):
        start, size = at + 3, int.from_bytes(content[at + 1 : at + 3], "big")
    else:
        return None
    return start, start + size


def _messages(body: bytes) -> Iterator[Span]:
    """Where the messages of a body stand, up to the first that is none or is not whole."""
    at = 0
    while len(body) - at >= _OVERHEAD:
        total, headers, crc = _PRELUDE.unpack_from(body, at)
        whole = _OVERHEAD + headers <= total <= len(body) - at
        if not whole or zlib.crc32(body[at : at + 8]) != crc:
            return
        yield at, at + total
        at += total
