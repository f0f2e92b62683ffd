"""Arguments that come as values at paths, as Gemini streams them, put together into JSON text.

A piece is `{"path": "$.city.name", "value": "Ber", "more": true}`; the string at a path goes on
until a piece of it says there is no more. Paths have names and numbers only: that is all that is
sent. Knows nothing of frames.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

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
        if len(steps) > DEEPEST:
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


def _steps(path: str) -> list[str | int]:
    """`$.a[0]['b']` is a, 0, b."""
    plain = path.removeprefix("$").replace("[", ".").replace("]", "")
    names = [name.strip("'\"") for name in plain.split(".") if name]
    return [int(name) if name.isdecimal() else name for name in names]


MOST_ELEMENTS = 10_000
"""An index beyond this is not believed: a list is filled up to it."""


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
