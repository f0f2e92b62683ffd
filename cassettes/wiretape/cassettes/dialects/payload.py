"""What a frame carries, decoded without ever failing: JSON, base64, opaque text.

Knows no API.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable
from functools import cache

import msgspec

from wiretape.cassettes.dialects.delta import Error, Json

_decoder = msgspec.json.Decoder()


class NotJson(msgspec.Struct, frozen=True):
    """Why a payload could not be decoded."""

    words: str


Decode = Callable[[bytes], Json | NotJson]
"""`decode_json`, or one that remembers."""


def decode_json(data: bytes) -> Json | NotJson:
    """The JSON value; bytes that are no UTF-8 count as U+FFFD, as every SSE decoder reads them."""
    try:
        return _decoder.decode(data)
    except (ValueError, RecursionError) as error:  # msgspec.DecodeError is a ValueError
        first = str(error) or type(error).__name__
    text = data.decode("utf-8", "replace")
    try:
        return _decoder.decode(text)
    except (ValueError, RecursionError):
        return _with_lone_surrogates(text) if "\\u" in text else NotJson(first)


def decode_once() -> Decode:
    """A `decode_json` that decodes no payload twice, for all who read the frames of one response.
    It keeps what it decoded as long as it is kept itself; nobody may change that."""
    return cache(decode_json)


def _with_lone_surrogates(text: str) -> Json | NotJson:
    """JSON in which half of a pair is escaped alone, as servers write that cut UTF-16 into deltas:
    Python's decoder takes it, and so do the SDKs. The half reads U+FFFD."""
    try:
        return _whole(json.loads(text, parse_constant=_refused))
    except (ValueError, RecursionError) as error:
        return NotJson(str(error) or type(error).__name__)


def _refused(constant: str) -> Json:
    raise ValueError(f"{constant} is no JSON")


def _whole(value: Json) -> Json:
    if isinstance(value, str):
        return joined_halves(value)
    if isinstance(value, list):
        return [_whole(element) for element in value]
    if isinstance(value, dict):
        return {_whole(name): _whole(member) for name, member in value.items()}
    return value


def joined_halves(text: str) -> str:
    """Text in which surrogates that stand side by side are one character, and lone ones U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def decode_error(frame: int, at_ns: int, problem: NotJson, data: bytes) -> Error:
    """The delta of a payload that is no JSON."""
    seen = data[:60].decode("utf-8", "replace")
    return Error(
        frame,
        at_ns,
        origin="decode",
        type="not_json",
        message=f"{problem.words}: {seen!r}",
        terminal=False,
    )


def sha256(data: bytes) -> str:
    """Hex digest."""
    return hashlib.sha256(data).hexdigest()


def unwrapped_base64(text: str) -> bytes | None:
    """The bytes that base64 text stands for, standard or URL-safe; None where it is none."""
    try:
        data = text.encode("ascii").translate(_STANDARD)
        return base64.b64decode(data + b"=" * (-len(data) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


_STANDARD = bytes.maketrans(b"-_", b"+/")


def text_of(value: Json) -> str:
    """The value where it is a string, else nothing."""
    return value if isinstance(value, str) else ""


def object_of(value: Json) -> dict[str, Json]:
    """The value where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def list_of(value: Json) -> list[Json]:
    """The value where it is an array, else an empty one."""
    return value if isinstance(value, list) else []


def count_of(value: Json) -> int | None:
    """The value where it is a number of something, else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def json_text(value: Json) -> str:
    """A decoded value as JSON text again; nothing where it is nested too deep for that."""
    try:
        return msgspec.json.encode(value).decode()
    except (RecursionError, OverflowError, ValueError):
        return ""
