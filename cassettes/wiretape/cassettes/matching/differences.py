"""What sets two requests apart, in words a person can act on.

Compares canonical forms, so that it names exactly what keeps their keys from being equal:
there are no differences if and only if the keys are equal.
"""

import re
from itertools import zip_longest

import msgspec

from wiretape.cassettes.answering import Difference
from wiretape.cassettes.matching.canonical import Canonical, Json, Pairs, canonical
from wiretape.cassettes.matching.rules import DEFAULT_RULES, MatchRules, compiled
from wiretape.cassettes.model import Request

ABSENT = "(absent)"

READABLE = 80
"""Characters of a value that are shown."""

LEAD = 20
"""Characters shown before the place where two long values part."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MISSING = msgspec.UNSET


def differences(
    asked_upstream: str,
    asked: Request,
    recorded_upstream: str,
    recorded: Request,
    rules: MatchRules = DEFAULT_RULES,
) -> tuple[Difference, ...]:
    """Each criterion on which the requests differ; empty where their keys are equal.

    Both requests as `request_key` wants them. Arrays are compared element by element.
    """
    rules_apart = compiled(rules)
    ours = canonical(asked_upstream, asked, rules_apart)
    theirs = canonical(recorded_upstream, recorded, rules_apart)
    found: list[Difference] = []
    for where in ("upstream", "method", "path"):
        _compare_text(where, getattr(ours, where), getattr(theirs, where), found)
    _compare_pairs("query", ours.query, theirs.query, found)
    _compare_pairs("header", ours.headers, theirs.headers, found)
    _compare_bodies(ours, theirs, found)
    return tuple(found)


def _compare_text(where: str, asked: str, recorded: str, found: list[Difference]) -> None:
    if asked != recorded:
        found.append(Difference(where, *_shortened(asked, recorded)))


def _compare_pairs(kind: str, asked: Pairs, recorded: Pairs, found: list[Difference]) -> None:
    ours, theirs = _values(asked), _values(recorded)
    for name in sorted(ours.keys() | theirs.keys()):
        if ours.get(name) != theirs.get(name):
            shown = _shortened(_listed(ours.get(name)), _listed(theirs.get(name)))
            found.append(Difference(f"{kind}.{name}", *shown))


def _values(pairs: Pairs) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return values


def _listed(values: list[str] | None) -> str:
    return ABSENT if values is None else ", ".join(values)


def _compare_bodies(asked: Canonical, recorded: Canonical, found: list[Difference]) -> None:
    if asked.kind != recorded.kind:
        found.append(Difference("body", _body_shown(asked), _body_shown(recorded)))
    elif asked.kind == "json":
        _compare_json("$", asked.body, recorded.body, found)
    elif asked.kind == "multipart":
        parts = enumerate(zip_longest(asked.body, recorded.body))
        for index, (ours, theirs) in parts:
            if ours != theirs:
                shown = _part_shown(ours), _part_shown(theirs)
                found.append(Difference(f"part[{index}]", *shown))
    elif asked.body != recorded.body:
        found.append(Difference("body", asked.body, recorded.body))


def _body_shown(form: Canonical) -> str:
    if form.kind == "absent":
        return ABSENT
    if form.kind == "json":
        return _shortened(f"JSON {_shown(form.body)}", "")[0]
    if form.kind == "multipart":
        return f"multipart of {len(form.body)}"
    return str(form.body)


def _part_shown(part: tuple[str, str] | None) -> str:
    return ABSENT if part is None else f"{part[0]} {part[1]}"


def _compare_json(where: str, asked: Json, recorded: Json, found: list[Difference]) -> None:
    if type(asked) is not type(recorded):
        shown = _shortened(_shown(asked), _shown(recorded))
        found.append(Difference(where, *shown))
    elif type(asked) is dict:
        for name in sorted(asked.keys() | recorded.keys()):
            place = f"{where}.{name}" if _NAME.fullmatch(name) else f"{where}[{_shown(name)}]"
            ours, theirs = asked.get(name, _MISSING), recorded.get(name, _MISSING)
            _compare_json(place, ours, theirs, found)
    elif type(asked) is list:
        for index, (ours, theirs) in enumerate(zip_longest(asked, recorded, fillvalue=_MISSING)):
            _compare_json(f"{where}[{index}]", ours, theirs, found)
    elif asked != recorded:
        shown = _shortened(_shown(asked), _shown(recorded))
        found.append(Difference(where, *shown))


def _shown(value: Json) -> str:
    if value is _MISSING:
        return ABSENT
    return msgspec.json.encode(value).decode()


def _shortened(asked: str, recorded: str) -> tuple[str, str]:
    """Both at a readable length, from shortly before the place where they part."""
    if len(asked) <= READABLE and len(recorded) <= READABLE:
        return asked, recorded
    same = 0
    for ours, theirs in zip(asked, recorded, strict=False):
        if ours != theirs:
            break
        same += 1
    start = max(0, same - LEAD)
    return _window(asked, start), _window(recorded, start)


def _window(text: str, start: int) -> str:
    # A text that is short on its own is shown whole, whatever the other one is.
    if len(text) <= READABLE:
        return text
    before = "…" if start else ""
    after = "…" if len(text) - start > READABLE else ""
    return before + text[start : start + READABLE - len(before) - len(after)] + after
