"""AWS eventstream messages written and rewritten, with both checksums right.

`total length | length of headers | CRC of both | headers | payload | CRC of all before`, four bytes
each and big-endian (the Smithy specification of application/vnd.amazon.eventstream). Pure.
"""

import struct
import zlib
from collections.abc import Mapping

_PRELUDE = struct.Struct(">II")
_CRC = struct.Struct(">I")
_STRING = 7
"""The type of a header's value: text, two bytes of length before it."""


def message(headers: Mapping[str, str], payload: bytes) -> bytes:
    """A message whose headers are all text."""
    fields = b""
    for name, value in headers.items():
        key, text = name.encode(), value.encode()
        fields += bytes([len(key)]) + key + bytes([_STRING]) + struct.pack(">H", len(text)) + text
    return _sealed(fields, payload)


def payload_span(raw: bytes) -> tuple[int, int]:
    """Where the payload of a message begins and ends."""
    _, headers = _PRELUDE.unpack_from(raw)
    return _PRELUDE.size + _CRC.size + headers, len(raw) - _CRC.size


def with_payload(raw: bytes, payload: bytes) -> bytes:
    """The message with another payload."""
    start, _ = payload_span(raw)
    return _sealed(raw[_PRELUDE.size + _CRC.size : start], payload)


def _sealed(fields: bytes, payload: bytes) -> bytes:
    size = _PRELUDE.size + 2 * _CRC.size + len(fields) + len(payload)
    prelude = _PRELUDE.pack(size, len(fields))
    prelude += _CRC.pack(zlib.crc32(prelude))
    whole = prelude + fields + payload
    return whole + _CRC.pack(zlib.crc32(whole))
