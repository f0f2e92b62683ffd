"""Typed netstrings, in which mitmproxy writes its flows: `LENGTH:PAYLOAD TYPE`.

A file is one after the other. Lengths are checked before anything is taken, depth is bounded.
Source: tnetstrings.org, and mitmproxy's `;` for text.
"""

from collections.abc import Callable, Iterator
from typing import Any

from wiretape.cassettes.interop.exchange import Unreadable

MOST_DEPTH = 50
_MOST_DIGITS = 12


def read_tnetstrings(data: bytes) -> Iterator[Any]:
    """The values that stand one behind the other. Raises Unreadable with the byte."""
    at = 0
    while at < len(data):
        value, at = _value(data, at, len(data), 0)
        yield value


def _value(data: bytes, at: int, limit: int, depth: int) -> tuple[Any, int]:
    colon = data.find(b":", at, min(limit, at + _MOST_DIGITS + 1))
    digits = data[at:colon] if colon > 0 else b""
    if not digits.isdigit():
        raise Unreadable(f"byte {at}: no length where a value should begin")
    begin = colon + 1
    end = begin + int(digits)
    if end >= limit:
        raise Unreadable(f"byte {at}: a value of {int(digits):,} bytes, and the file ends before")
    if depth > MOST_DEPTH:
        raise Unreadable(f"byte {at}: nested more than {MOST_DEPTH} deep")
    kind = data[end : end + 1]
    if kind == b"]":
        return list(_values(data, begin, end, depth)), end + 1
    if kind == b"}":
        return _mapping(list(_values(data, begin, end, depth)), at), end + 1
    read = _SCALARS.get(kind)
    try:
        if read is not None:
            return read(data[begin:end]), end + 1
    except ValueError:
        pass
    raise Unreadable(f"byte {at}: no value of the type {kind!r}")


def _values(data: bytes, at: int, end: int, depth: int) -> Iterator[Any]:
    while at < end:
        value, at = _value(data, at, end, depth + 1)
        yield value


def _mapping(flat: list[Any], at: int) -> dict[str, Any]:
    keys, values = flat[::2], flat[1::2]
    if len(keys) != len(values):
        raise Unreadable(f"byte {at}: a key without a value")
    return {_key(key): value for key, value in zip(keys, values, strict=True)}


def _key(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _truth(data: bytes) -> bool:
    if data not in (b"true", b"false"):
        raise ValueError(data)
    return data == b"true"


_SCALARS: dict[bytes, Callable[[bytes], Any]] = {
    b",": bytes,
    b";": lambda data: data.decode("utf-8"),
    b"#": int,
    b"^": float,
    b"!": _truth,
    b"~": lambda data: None,
}
