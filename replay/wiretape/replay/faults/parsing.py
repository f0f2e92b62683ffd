"""Faults as they are written: `cut(after=7)`, `status(code=429, times=2); rechunk(how=1)`.

    faults   = fault *( ";" fault )
    fault    = name [ "(" [ setting *( "," setting ) ] ")" ]
    setting  = name "=" value
    value    = number [ unit ] / word / text
    number   = 1*DIGIT [ "." 1*DIGIT ]
    unit     = "events" / "event" / "%" / "bytes" / "byte" / "s" / "ms"
    text     = between double or single quotes, which cannot stand in it

White space may stand between all of them. Knows the catalogue; nothing of what faults do.
"""

import re
import types
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

from wiretape.replay.errors import BadFault
from wiretape.replay.faults.catalogue import FAULTS, Setting, settings_of
from wiretape.replay.faults.fault import Amount, Duration, Fault

_TOKEN = re.compile(
    r"\s*(?:(?P<number>[0-9]+(?:\.[0-9]+)?)(?:\s*(?P<unit>[a-zA-Z]+|%))?"
    r"|(?P<word>[A-Za-z_][\w-]*)|(?P<text>\"[^\"]*\"|'[^']*')|(?P<mark>[(),=;]))"
)
_UNITS = {
    "": "events",
    "event": "events",
    "events": "events",
    "%": "percent",
    "byte": "bytes",
    "bytes": "bytes",
    "s": "time",
    "ms": "time",
}
_NS = {"": 1_000_000_000, "s": 1_000_000_000, "ms": 1_000_000}

MOST = 10**12
"""No number in a fault is larger."""

_LONGEST = 2000
"""Characters of a text: it may come in a header of a request."""


class _Value(NamedTuple):
    """A value before it is known what it is for."""

    text: str
    number: float | None = None
    unit: str = ""
    quoted: bool = False


def parse_fault(text: str) -> Fault:
    """One fault. Raises BadFault, whose message says what is allowed."""
    faults = parse_faults(text)
    if len(faults) != 1:
        raise BadFault(f"one fault is wanted, {text!r} has {len(faults)}")
    return faults[0]


def parse_faults(text: str) -> tuple[Fault, ...]:
    """Faults with semicolons between them, in the order in which they apply. Raises BadFault."""
    if len(text) > _LONGEST:
        raise BadFault(f"a fault of {len(text):,} characters; {_LONGEST:,} are the most")
    reader = _Reader(text)
    faults = [_fault(reader)]
    while reader.take(";"):
        if not reader.done:
            faults.append(_fault(reader))
    if not reader.done:
        raise reader.unexpected("';' or the end")
    return tuple(faults)


class _Reader:
    """The tokens of a text, one after the other."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    @property
    def done(self) -> bool:
        return not self._text[self._at :].strip()

    def take(self, mark: str) -> bool:
        """Step over a mark, if it is the next token."""
        found = _TOKEN.match(self._text, self._at)
        if found is None or found["mark"] != mark:
            return False
        self._at = found.end()
        return True

    def word(self, wanted: str) -> str:
        found = _TOKEN.match(self._text, self._at)
        if found is None or not found["word"]:
            raise self.unexpected(wanted)
        self._at = found.end()
        return found["word"]

    def value(self, setting: Setting) -> _Value:
        found = _TOKEN.match(self._text, self._at)
        if found is None or found["mark"]:
            raise self.unexpected(f"the value of {setting.name}: {setting.allowed}")
        self._at = found.end()
        if found["number"]:
            text = found[0].strip()
            return _Value(text, float(found["number"]), found["unit"] or "")
        if found["text"]:
            return _Value(found["text"][1:-1], quoted=True)
        return _Value(found["word"])

    def unexpected(self, wanted: str) -> BadFault:
        rest = self._text[self._at :].strip()
        place = f"before {_shown(rest)}" if rest else "at the end"
        return BadFault(f"the fault {_shown(self._text)} wants {wanted} {place}")


def _shown(text: str) -> str:
    """Within the one line of a message."""
    return repr(text if len(text) <= 60 else f"{text[:57]}...")


def _fault(reader: _Reader) -> Fault:
    name = reader.word("the name of a fault")
    made = FAULTS.get(name)
    if made is None:
        raise BadFault(f"there is no fault {_shown(name)}; there are {', '.join(FAULTS)}")
    settings = settings_of(made)
    given: dict[str, Any] = {}
    if reader.take("(") and not reader.take(")"):
        while True:
            key, value = _setting(reader, name, settings)
            if key in given:
                raise BadFault(f"{name}: {key} is said twice")
            given[key] = value
            if reader.take(")"):
                break
            if not reader.take(","):
                raise reader.unexpected("',' or ')'")
    for setting in settings.values():
        if setting.required and setting.name not in given:
            raise BadFault(f"{name} needs {setting.name}: {setting.allowed}")
    try:
        return made(**{_FIELDS.get(key, key): value for key, value in given.items()})
    except ValueError as problem:
        raise BadFault(f"{name}: {problem}") from None


_FIELDS = {"for": "for_"}
"""What Python does not let a field be called."""


def _setting(reader: _Reader, name: str, settings: dict[str, Setting]) -> tuple[str, Any]:
    key = reader.word(f"a setting of {name} ({', '.join(settings)})")
    setting = settings.get(key)
    if setting is None:
        raise BadFault(f"{name} has no setting {_shown(key)}; it has {', '.join(settings)}")
    if not reader.take("="):
        raise reader.unexpected(f"'=' after {key}")
    value = reader.value(setting)
    converted = _converted(setting.type, value)
    if converted is None:
        raise BadFault(f"{name}: {key} cannot be {_shown(value.text)}; it is {setting.allowed}")
    return key, converted


def _converted(kind: Any, value: _Value) -> Any:
    """The value as the type has it; None where it cannot be."""
    if get_origin(kind) is Literal:
        return value.text if value.text in get_args(kind) else None
    if get_origin(kind) in (Union, types.UnionType):
        tried = (_converted(one, value) for one in get_args(kind))
        return next((found for found in tried if found is not None), None)
    if kind is str:
        return value.text
    if value.number is None or value.number > MOST:
        return None
    if kind is Duration:
        per = _NS.get(value.unit)
        return None if per is None else Duration(round(value.number * per))
    if kind is Amount:
        return _amount(value.number, value.unit)
    whole = not value.unit or value.unit in ("byte", "bytes", "event", "events")
    return int(value.number) if whole and value.number.is_integer() else None


def _amount(number: float, unit: str) -> Amount | None:
    named = _UNITS.get(unit)
    if named == "time":
        return Amount(round(number * _NS[unit]), "time")
    if not number.is_integer() or (named == "percent" and number > 100):
        return None
    match named:
        case "events" | "percent" | "bytes":
            return Amount(int(number), named)
    return None
