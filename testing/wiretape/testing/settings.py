"""How a view plays or records, from wherever it was said: the words, checked once.

Knows the words alone: nothing of pytest, and nothing heavy is imported, since pytest reads the
options of every run here.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Literal, Self

from wiretape.testing.errors import BadSetting

Mode = Literal["none", "once", "new_episodes", "all", "rewrite", "verify"]
MODES: tuple[Mode, ...] = ("none", "once", "new_episodes", "all", "rewrite", "verify")
ALIASES: dict[str, Mode] = {
    "replay": "none",
    "record": "all",
    "record-on-miss": "new_episodes",
    "new-episodes": "new_episodes",
}
"""What the same is called elsewhere."""

Speed = float | Literal["instant"]
AfterLast = Literal["repeat", "error"]

CRITERIA = ("method", "path", "query", "body")
"""Words of `match_on`; any other is the name of a header, written `header:NAME`."""


@dataclass(frozen=True)
class Settings:
    """What a marker, a flag and pyproject.toml may say of a view."""

    mode: Mode = "none"
    speed: Speed = "instant"
    match_on: tuple[str, ...] = CRITERIA
    ignore: tuple[str, ...] = ()
    """Places in the JSON of a request that are not compared, beside the usual ones."""
    after_last: AfterLast = "repeat"
    allow_unplayed: bool = False
    allow_unmatched: bool = False
    upstreams: tuple[str, ...] = ()
    """`NAME=URL`, beside those that are known."""
    rules: str = ""
    """A file of redaction rules that add to the usual ones."""

    def with_values(
        self, values: dict[str, object], place: str, beside: tuple[str, ...] = ()
    ) -> Self:
        """These with others laid over them. Raises BadSetting, which names `place`; `beside` are
        names that are known there and read by somebody else."""
        known = {field.name for field in fields(self)}
        read: dict[str, object] = {}
        for name, value in values.items():
            key = name.replace("-", "_")
            if key not in known:
                names = ", ".join(sorted({*known, *beside}))
                raise BadSetting(f"{place}: there is no {name!r}; known are {names}")
            try:
                read[key] = _READ[key](value)
            except BadSetting as error:
                raise BadSetting(f"{place}: {name}: {error}") from None
        return replace(self, **read)  # type: ignore[arg-type]


def read_mode(value: object) -> Mode:
    """A mode or what it is called elsewhere. Raises BadSetting."""
    found = ALIASES.get(str(value), str(value))
    for mode in MODES:
        if mode == found:
            return mode
    raise BadSetting(f"{value!r} is no mode; there are {', '.join(MODES)}")


def read_speed(value: object) -> Speed:
    """`instant`, or how many times as fast as recorded. Raises BadSetting."""
    __tracebackhide__ = True  # pytest then shows the line of the test
    if value == "instant":
        return "instant"
    try:
        # Digits of other scripts, and underscores, are part of a number to Python.
        typed = not isinstance(value, str) or (value.isascii() and "_" not in value)
        speed = float(value) if typed else 0.0  # type: ignore[arg-type]
    except (TypeError, ValueError):
        speed = 0.0
    if isinstance(value, bool) or not (speed > 0 and math.isfinite(speed)):
        raise BadSetting(f"{value!r} is no speed; write instant, 1 (as recorded) or 2 (faster)")
    return speed


def _read_criteria(value: object) -> tuple[str, ...]:
    words = _read_words(value)
    for word in words:
        kind, _, header = word.partition(":")
        if word not in CRITERIA and not (kind == "header" and header):
            raise BadSetting(f"{word!r} is nothing to match on; {', '.join(CRITERIA)}, header:NAME")
    return words


def _read_upstreams(value: object) -> tuple[str, ...]:
    if isinstance(value, Mapping):
        value = [f"{name}={url}" for name, url in value.items()]
    words = _read_words(value)
    for word in words:
        if "=" not in word:
            raise BadSetting(f"{word!r} is no upstream; write NAME=URL")
    return words


def _read_words(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(word, str) for word in value):
        raise BadSetting(f"a list of texts is wanted, got {value!r}")
    return tuple(value)


def _read_file(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise BadSetting(f"the name of a file is wanted, got {value!r}")
    return value


def _read_after_last(value: object) -> AfterLast:
    if value == "repeat" or value == "error":
        return value
    raise BadSetting(f"{value!r} is neither repeat nor error")


def _read_flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise BadSetting(f"true or false is wanted, got {value!r}")
    return value


_READ = {
    "mode": read_mode,
    "speed": read_speed,
    "match_on": _read_criteria,
    "ignore": _read_words,
    "after_last": _read_after_last,
    "allow_unplayed": _read_flag,
    "allow_unmatched": _read_flag,
    "upstreams": _read_upstreams,
    "rules": _read_file,
}
