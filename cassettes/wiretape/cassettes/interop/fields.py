"""Asking a document of unknown shape for what it should hold.

Every question has one answer or a Refused that says what stands there instead. Knows nothing of
any format.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from wiretape.cassettes.interop.exchange import Exchange, Left, Refused
from wiretape.cassettes.model import Headers

_WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_NS_PER_S = 1_000_000_000
_YEARS = range(1970, 2100)
"""Of dates that can be meant; nanoseconds since 1970 then fit into 64 bits, whatever is added."""


def table(value: Any, what: str) -> dict[str, Any]:
    """An object. Raises Refused."""
    if not isinstance(value, dict):
        raise Refused(f"{what} is {kind_of(value)} and no object")
    return value


def row(value: Any, what: str) -> list[Any]:
    """A list; nothing is an empty one. Raises Refused."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise Refused(f"{what} is {kind_of(value)} and no list")
    return value


def text(value: Any, what: str) -> str:
    """A text; nothing is an empty one. Raises Refused."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if not isinstance(value, str):
        raise Refused(f"{what} is {kind_of(value)} and no text")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Refused(f"{what} holds half a character (a lone surrogate)") from None
    return str(value)


def _header_value(value: Any, what: str) -> str:
    """Who writes a cassette by hand may write a length as a number. Raises Refused."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return wire_text(text(str(value) if number else value, what))


def whole(value: Any, what: str) -> int:
    """A whole number, also where it is written as a text. Raises Refused."""
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refused(f"{what} is {kind_of(value)} and no whole number")
    return value


def milliseconds(value: Any) -> int | None:
    """A time of a HAR or a fixture in nanoseconds; None where there is none that can be meant."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return round(value * 1_000_000) if 0 <= value < 1e12 else None


def wire_text(value: str) -> str:
    """Text of a head as the bytes of the wire read as ISO-8859-1."""
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass").decode("latin-1")
    return value


def header_pairs(value: Any, what: str) -> Headers:
    """A mapping of names to one value or to a list of them, as pairs. Raises Refused."""
    if value is None:
        return ()
    pairs: list[tuple[str, str]] = []
    for name, held in table(value, what).items():
        values = held if isinstance(held, list) else [held]
        pairs += [(wire_text(name), _header_value(one, f"{what}.{name[:40]}")) for one in values]
    return tuple(pairs)


def body_bytes(value: Any, what: str) -> bytes:
    """A body that stands as a text in UTF-8 or as bytes; nothing is an empty one."""
    if value is None:
        return b""
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise Refused(f"{what} is {kind_of(value)} and no text")
    try:
        return value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise Refused(f"{what} holds half a character (a lone surrogate)") from None


def from_base64(value: Any, what: str) -> bytes:
    """Bytes in base64, white space allowed. Raises Refused."""
    try:
        return base64.b64decode("".join(text(value, what).split()), validate=True)
    except (binascii.Error, ValueError):
        raise Refused(f"{what} is no base64") from None


def wall_clock_ns(value: Any) -> int | None:
    """A date of RFC 3339 or of HTTP, in nanoseconds since 1970; None where it is none that can
    be meant."""
    if not isinstance(value, str) or not value:
        return None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(str(value))
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        if moment.year not in _YEARS:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        since = max(moment - datetime(1970, 1, 1, tzinfo=UTC), timedelta())
        return (since.days * 86_400 + since.seconds) * _NS_PER_S + since.microseconds * 1_000
    return None


def kind_of(value: Any) -> str:
    """What a value is, in words."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case bytes():
            return "bytes"
        case Mapping():
            return "an object"
        case list() | tuple():
            return "a list"
    return type(value).__name__


class Reader:
    """Reads the parts of a file one after the other, and goes on behind those it must leave.

    A format gives `exchange`, which raises Refused.
    """

    part = "interaction"
    """What the format calls a part."""

    def exchange(self, part: Any, place: str) -> Exchange:
        """The exchange in a part of the file. Raises Refused."""
        raise NotImplementedError

    def read(self, parts: Iterable[Any]) -> Iterator[Exchange | Left]:
        """All parts, in order; their numbers are from 1."""
        for number, part in enumerate(parts, 1):
            place = f"{self.part} {number}"
            try:
                yield self.exchange(part, place)
            except Refused as refused:
                yield Left(place, str(refused))
