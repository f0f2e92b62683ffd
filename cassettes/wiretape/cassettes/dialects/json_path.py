"""Arguments that come as values at paths, as Gemini streams them, put together into JSON text.

A piece is `{"path": "$.city.name", "value": "Ber", "more": true}`; the string at a path goes on
until a piece of it says there is no more. Paths have names and numbers only: that is all that is
sent. Knows no frames.
"""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from wiretape.cassettes.dialects.payload import joined_halves

Json = Any


def assembled(pieces: Iterable[str]) -> str:
    """The whole object as JSON text. A piece that cannot be placed is left out."""
    whole: Json = {}
    going_on: set[str] = set()
    for text in pieces:
        try:
            piece = msgspec.json.decode(text, type=_Piece)
        except (ValueError, RecursionError):  # msgspec.DecodeError is a ValueError
            continue
        steps = _steps(piece.path)
        if steps is None or len(steps) > DEEPEST:
            continue
        whole = _placed(whole, steps, piece.value, piece.path in going_on)
        (going_on.add if piece.more else going_on.discard)(piece.path)
    return msgspec.json.encode(whole).decode()


class _Piece(msgspec.Struct, frozen=True):
    path: str
    value: Json = None
    more: bool = False


DEEPEST = 100
"""A path of more steps is left out."""

MOST_ELEMENTS = 10_000
"""An index beyond this is not believed: a list is filled up to it."""

_STEP = re.compile(
    r"""
    \.* \[ (?:
        \s* ' (?P<single> (?: [^'\\] | \\. )* ) ' \s*
      | \s* " (?P<double> (?: [^"\\] | \\. )* ) " \s*
      | (?P<bare> [^]'"]* )
    ) \]
    | \.* (?P<name> [^.[]+ )
    | \.+
    """,
    re.DOTALL | re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_CONTROLS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_LONGEST_INDEX = 9
"""Digits."""


def _steps(path: str) -> list[str | int] | None:
    """`$.a[0]['b.c']` is a, 0, b.c (RFC 9535 section 2.3: quoted is a name, whatever is in it, and
    a number is an index without quotes only). None where it is no path."""
    steps: list[str | int] = []
    place = 1 if path.startswith("$") else 0
    while place < len(path):
        found = _STEP.match(path, place)
        if found is None:
            return None
        place = found.end()
        quoted = found["single"] if found["double"] is None else found["double"]
        bare = found["name"] if found["bare"] is None else found["bare"].strip()
        if quoted is not None:
            steps.append(joined_halves(_ESCAPE.sub(_unescaped, quoted)))
        elif bare:
            steps.append(_index(bare) if bare.isdecimal() else bare)
    return steps


def _unescaped(found: re.Match[str]) -> str:
    code, character = found.groups()
    return chr(int(code, 16)) if code else _CONTROLS.get(character, character)


def _index(digits: str) -> int:
    return int(digits) if len(digits) <= _LONGEST_INDEX else MOST_ELEMENTS


def _placed(whole: Json, steps: list[str | int], value: Json, goes_on: bool) -> Json:
    if not steps:
        both = goes_on and isinstance(whole, str) and isinstance(value, str)
        return whole + value if both else value
    step, rest = steps[0], steps[1:]
    if isinstance(step, int):
        elements = whole if isinstance(whole, list) else []
        if step < MOST_ELEMENTS:
            elements.extend([None] * (step + 1 - len(elements)))
            elements[step] = _placed(elements[step], rest, value, goes_on)
        return elements
    members = whole if isinstance(whole, dict) else {}
    members[step] = _placed(members.get(step), rest, value, goes_on)
    return members
