"""What a text of faults looks like, as one regular expression that says no more than is so.

JSON Schema has no other word for a grammar. The settings stand in the order in which they are told
of: no expression says of any order that none comes twice. Every text it takes `parsing` takes too;
not the other way round. Knows the catalogue.
"""

import types
from functools import cache
from itertools import groupby
from typing import Any, Literal, Union, get_args, get_origin

from wiretape.replay.faults.catalogue import FAULTS, AnyFault, Setting, settings_of
from wiretape.replay.faults.fault import Amount, Duration

_WHOLE = "[0-9]{1,12}"
_FROM_1 = "[1-9][0-9]{0,11}"
_TIME = r"[0-9]{1,9}(?:\.[0-9]{1,9})?"
_PERCENT = "(?:100|[1-9]?[0-9])%"
_EVENTS = f"(?:{_WHOLE}(?: events?)?|{_PERCENT})"
_TEXT = """(?:"[ !#-~]*"|[A-Za-z_][A-Za-z0-9_]*)"""

_OF_TYPE: dict[Any, str] = {
    Amount: f"(?:{_WHOLE}(?: (?:event|byte)s?)?|{_PERCENT}|{_TIME}m?s)",
    Duration: f"{_TIME}(?:m?s)?",
    int: _WHOLE,
    str: _TEXT,
}

_NARROWER: dict[tuple[str, str], str] = {
    ("corrupt", "at"): f"(?:{_FROM_1}(?: events?)?|seed)",
    ("drop", "count"): _FROM_1,
    ("duplicate", "count"): _FROM_1,
    ("error_event", "after"): _EVENTS,
    ("rechunk", "how"): f"(?:{_FROM_1}|crlf|utf8|whole|random|event)",
    ("reorder", "count"): _FROM_1,
    ("slow", "bytes_per_second"): _FROM_1,
    ("status", "code"): "[45][0-9]{2}",
}
"""Settings of which not everything of their type will do."""


@cache
def faults_pattern() -> str:
    """For a whole text: one fault, or several with semicolons between them."""
    alike = groupby(FAULTS.items(), key=lambda named: _brackets(*named))
    kinds = [f"(?:{'|'.join(name for name, _ in named)}){after}" for after, named in alike]
    return f"^(?:(?:{'|'.join(kinds)})(?:; ?|$))+$"


def _brackets(name: str, fault: type[AnyFault]) -> str:
    """The settings of a fault with their brackets; all of it optional where they are."""
    settings = list(settings_of(fault).values())
    written = [f"{one.name}={_value(name, one)}" for one in settings]
    needed = [place for place, one in enumerate(settings) if one.required]
    firsts = range(needed[0] + 1 if needed else len(settings))
    heads = [written[first] + _rest(written, needed, first + 1) for first in firsts]
    inside = rf"\((?:{'|'.join(heads)})\)"
    return inside if needed else f"(?:{inside})?"


def _rest(written: list[str], needed: list[int], begin: int) -> str:
    return "".join(
        f"(?:, ?{one}){'' if place in needed else '?'}"
        for place, one in enumerate(written)
        if place >= begin
    )


def _value(name: str, setting: Setting) -> str:
    return _NARROWER.get((name, setting.name)) or _of_type(setting.type)


def _of_type(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return f"(?:{'|'.join(get_args(kind))})"
    if get_origin(kind) in (Union, types.UnionType):
        return f"(?:{'|'.join(map(_of_type, get_args(kind)))})"
    return _OF_TYPE[kind]
