"""Secrets covered in a body of AWS eventstream messages, with the checksums made anew.

A message is `total length | length of headers | CRC of both | headers | payload | CRC of all
before`, four bytes each and big-endian (the Smithy specification of
application/vnd.amazon.eventstream). Covers have the length of what they cover, so the first
checksum stays true and only the last one changes. What is no such message, and all that
follows it, is searched as bytes. Knows what to search for; nothing of what messages mean.
"""

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

from wiretape.cassettes.redaction.stream import BodyRedactor, Secrets

_PRELUDE = struct.Struct(">III")
_CRC = struct.Struct(">I")

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
        """The body is over. A message that broke off is searched as bytes."""
        if self._bytes is None:
            return self._give_up() + self.finish()
        return self._bytes.finish()

    def _message_size(self, at: int) -> int:
        """Bytes of the message that begins there; 0 where none does. More than there are
        where that cannot be told yet."""
        if len(self._held) - at < _PRELUDE.size:
            return _PRELUDE.size
        total, headers, crc = _PRELUDE.unpack_from(self._held, at)
        is_message = (
            zlib.crc32(self._held[at : at + _PRELUDE.size - _CRC.size]) == crc
            and headers <= MOST_HEADERS
            and _OVERHEAD + headers <= total <= _OVERHEAD + headers + MOST_PAYLOAD
        )
        return total if is_message else 0

    def _redacted(self, message: bytes) -> bytes:
        content, crc = message[: -_CRC.size], message[-_CRC.size :]
        body = content[_PRELUDE.size :]
        kept = BodyRedactor(self._secrets, self._counts).whole(body)
        if kept == body:
            return message
        content = content[: _PRELUDE.size] + kept
        # A checksum that was wrong stays wrong: the tape must not repair what the wire broke.
        was_right = zlib.crc32(message[: -_CRC.size]) == _CRC.unpack(crc)[0]
        return content + (_CRC.pack(zlib.crc32(content)) if was_right else crc)

    def _give_up(self) -> bytes:
        self._bytes = BodyRedactor(self._secrets, self._counts)
        held, self._held = bytes(self._held), bytearray()
        return self._bytes.feed(held)


def payloads(body: bytes) -> Iterator[bytes]:
    """What the messages of a body carry, up to the first that is none or is not whole."""
    at = 0
    while len(body) - at >= _OVERHEAD:
        total, headers, crc = _PRELUDE.unpack_from(body, at)
        whole = _OVERHEAD + headers <= total <= len(body) - at
        if not whole or zlib.crc32(body[at : at + 8]) != crc:
            return
        yield body[at + _PRELUDE.size + headers : at + total - _CRC.size]
        at += total
