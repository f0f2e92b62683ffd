"""Where two JSON values differ.

Order of members is of no weight, 1 equals 1.0, true does not equal 1. Elements of arrays are
compared by place. Pure.
"""

import re
from collections.abc import Iterator

import msgspec

from wiretape.cassettes.dialects.delta import Json

DEEPEST = 64
"""Levels that are compared one by one; below, values are equal or not."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


class Absent:
    """The type of ABSENT."""

    def __repr__(self) -> str:
        return "absent"


ABSENT = Absent()
"""Stands where one side has no such member."""


class Place(msgspec.Struct, frozen=True):
    """Where two values differ, and how."""

    path: str
    """`.city`, `.days[2]`; empty where it is the whole value."""
    a: Json
    b: Json
    """Either may be ABSENT."""


def places(a: Json, b: Json, path: str = "", depth: int = 0) -> Iterator[Place]:
    """Each place where the values differ, in the order of the first."""
    if depth < DEEPEST and isinstance(a, dict) and isinstance(b, dict):
        for name in (*a, *(name for name in b if name not in a)):
            yield from places(
                a.get(name, ABSENT), b.get(name, ABSENT), path + member(name), depth + 1
            )
    elif depth < DEEPEST and isinstance(a, list) and isinstance(b, list):
        for place in range(max(len(a), len(b))):
            ours = a[place] if place < len(a) else ABSENT
            theirs = b[place] if place < len(b) else ABSENT
            yield from places(ours, theirs, f"{path}[{place}]", depth + 1)
    elif not _equal(a, b):
        yield Place(path, a, b)


def member(name: str) -> str:
    """A member's name as a step of a path."""
    return f".{name}" if _NAME.fullmatch(name) else f"[{msgspec.json.encode(name).decode()}]"


def _equal(a: Json, b: Json) -> bool:
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    return bool(a == b)


def same_value(a: Json, b: Json) -> bool:
    """Whether two values are the same."""
    return next(places(a, b), None) is None


def leaves(value: Json, depth: int = 0) -> int:
    """How many values there are in a value."""
    if depth < DEEPEST and isinstance(value, dict):
        return sum(leaves(each, depth + 1) for each in value.values())
    if depth < DEEPEST and isinstance(value, list):
        return sum(leaves(each, depth + 1) for each in value)
    return 1
