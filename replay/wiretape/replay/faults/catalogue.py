"""All faults by the name they are called by, and what can be said of each.

What the command line lists, the documentation shows and the parser allows is read from the classes
themselves: their fields are their settings. Knows the faults; nothing of texts that call them.
"""

import ast
import inspect
import textwrap
import types
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

import msgspec

from wiretape.replay.faults.corrupt import Corrupt
from wiretape.replay.faults.cut import Cut
from wiretape.replay.faults.double_terminal import DoubleTerminal
from wiretape.replay.faults.drop import Drop
from wiretape.replay.faults.duplicate import Duplicate
from wiretape.replay.faults.error_event import ErrorEvent
from wiretape.replay.faults.fault import Aim, Amount, AmountUnit, Duration, Fault
from wiretape.replay.faults.no_done import NoDone
from wiretape.replay.faults.rechunk import Rechunk
from wiretape.replay.faults.reorder import Reorder
from wiretape.replay.faults.reset import Reset
from wiretape.replay.faults.slow import Slow
from wiretape.replay.faults.slow_first_byte import SlowFirstByte
from wiretape.replay.faults.stall import Stall
from wiretape.replay.faults.status import Status
from wiretape.replay.faults.wrong_content_type import WrongContentType

AnyFault = (
    Cut
    | Reset
    | Stall
    | SlowFirstByte
    | Slow
    | Drop
    | Duplicate
    | Reorder
    | Corrupt
    | Rechunk
    | ErrorEvent
    | Status
    | NoDone
    | DoubleTerminal
    | WrongContentType
)

FAULTS: dict[str, type[AnyFault]] = {
    "cut": Cut,
    "reset": Reset,
    "stall": Stall,
    "slow_first_byte": SlowFirstByte,
    "slow": Slow,
    "drop": Drop,
    "duplicate": Duplicate,
    "reorder": Reorder,
    "corrupt": Corrupt,
    "rechunk": Rechunk,
    "error_event": ErrorEvent,
    "status": Status,
    "no_done": NoDone,
    "double_terminal": DoubleTerminal,
    "wrong_content_type": WrongContentType,
}
"""In the order in which they are told of."""


class Setting(msgspec.Struct, frozen=True):
    """What can be said in the brackets."""

    name: str
    type: Any
    default: str
    """As it would be written; empty where it must be said."""
    required: bool
    words: str
    units: tuple[AmountUnit, ...] = ()
    """What an amount may be of."""

    @property
    def allowed(self) -> str:
        """What may stand there, in words."""
        return allowed(self.type, self.units)


class Described(msgspec.Struct, frozen=True):
    """A fault in words."""

    name: str
    sentence: str
    settings: tuple[Setting, ...]
    """Its own, without those that every fault has."""


def described() -> tuple[Described, ...]:
    """All faults."""
    common = set(settings_of(Aim)) - {"times"}
    return tuple(
        Described(
            name,
            _sentence(fault),
            tuple(
                setting
                for setting in settings_of(fault).values()
                if setting.name not in common
                and (setting.name != "times" or "times" in fault.__annotations__)
            ),
        )
        for name, fault in FAULTS.items()
    )


@cache
def settings_of(fault: type[Aim]) -> dict[str, Setting]:
    """By name, the fault's own first and then those that all have."""
    words = {name: text for kind in reversed(fault.__mro__) for name, text in _words(kind).items()}
    own = {name: place for place, name in enumerate(fault.__annotations__)}
    fields = sorted(msgspec.structs.fields(fault), key=lambda one: own.get(one.name, len(own)))
    return {
        field.encode_name: Setting(
            field.encode_name,
            field.type,
            "" if field.required else written(field.default),
            field.required,
            words.get(field.name, ""),
            fault.units,
        )
        for field in fields
    }


def fault_text(fault: Fault) -> str:
    """A fault as it is written, without what goes without saying; a name alone where it is none
    of these."""
    name = next((name for name, kind in FAULTS.items() if type(fault) is kind), "")
    if not isinstance(fault, Aim) or not name:
        return type(fault).__name__
    settings = settings_of(type(fault))
    said = [
        f"{field.encode_name}={text}"
        for field in msgspec.structs.fields(fault)
        if (text := written(getattr(fault, field.name))) != settings[field.encode_name].default
    ]
    order = list(settings)
    said.sort(key=lambda one: order.index(one.partition("=")[0]))
    return f"{name}({', '.join(said)})" if said else name


def written(value: object) -> str:
    """A value of a setting as it is written in a text."""
    if isinstance(value, Amount):
        return _amount(value)
    if isinstance(value, Duration):
        return _seconds(value.ns)
    if isinstance(value, str):
        return value if value.isidentifier() else f'"{value}"'
    return str(value)


def _seconds(ns: int) -> str:
    whole, rest = divmod(ns, 1_000_000_000)
    return f"{whole}.{rest:09}".rstrip("0").rstrip(".") + "s"


def _amount(value: Amount) -> str:
    match value.unit:
        case "percent":
            return f"{value.count}%"
        case "time":
            return _seconds(value.count)
        case "bytes":
            return f"{value.count} bytes"
        case _:
            return str(value.count)


def allowed(kind: Any, units: tuple[AmountUnit, ...]) -> str:
    """What a setting of this type may be, in words; `units` those of an amount."""
    if get_origin(kind) is Literal:
        return ", ".join(map(str, get_args(kind)))
    if get_origin(kind) in (Union, types.UnionType):
        return " or ".join(allowed(one, units) for one in get_args(kind))
    return _amounts(units) if kind is Amount else _ALLOWED[kind]


def _amounts(units: tuple[AmountUnit, ...]) -> str:
    """`events (7, 50%), bytes (120 bytes) or a time (1.5s)`."""
    events = ", ".join(_EXAMPLES[one] for one in units if one in ("events", "percent"))
    other = [_EXAMPLES[one] for one in units if one not in ("events", "percent")]
    named = [f"events ({events})", *other]
    return " or ".join(filter(None, (", ".join(named[:-1]), named[-1])))


_EXAMPLES: dict[AmountUnit, str] = {
    "events": "7",
    "percent": "50%",
    "bytes": "bytes (120 bytes)",
    "time": "a time (1.5s)",
}


_ALLOWED: dict[Any, str] = {
    Duration: "a time (2, 2s, 300ms)",
    int: "a whole number",
    str: "a text",
}


def _sentence(fault: type[Aim]) -> str:
    return inspect.cleandoc(fault.__doc__ or "").partition("\n\n")[0].replace("\n", " ")


@cache
def _words(kind: type[object]) -> dict[str, str]:
    """The text under each field of a class, which Python itself does not keep."""
    if kind.__module__.partition(".")[0] != "wiretape":
        return {}
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    for field, below in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(below, ast.Expr)
            and isinstance(below.value, ast.Constant)
            and isinstance(below.value.value, str)
        ):
            found[field.target.id] = " ".join(below.value.value.split())
    return found
