"""Rules of a project, read from TOML: what its cassettes must not hold besides the defaults.

    [redaction]
    headers = ["x-acme-auth"]
    header_suffixes = ["-ticket"]
    query_keys = ["ticket"]
    body_paths = ["**.licence_key"]

    [[redaction.values]]
    name = "acme"
    prefixes = ["acme_live_", "acme_test_"]
    minimum = 20
    characters = "A-Za-z0-9"

Strict: what is not understood is a mistake, since a rule with a slip in its name would be one
that never holds. Other tables of the file are none of its business.
"""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from wiretape.cassettes.errors import BadRedactionRules, CassetteError
from wiretape.cassettes.redaction.ruleset import (
    DEFAULT_RULES,
    RedactionRules,
    check_body_path,
    check_header,
    check_header_suffix,
    check_query_key,
    check_value,
)
from wiretape.cassettes.redaction.value_patterns import ValuePattern

_LISTS: dict[str, Callable[[str], None]] = {
    "headers": check_header,
    "header_suffixes": check_header_suffix,
    "query_keys": check_query_key,
    "body_paths": check_body_path,
}
_VALUE_KEYS = ("name", "prefixes", "minimum", "characters")


def read_rules(path: Path | None) -> RedactionRules:
    """The rules in a file, or the defaults where there is none.

    Raises BadRedactionRules, and CassetteError where the file cannot be read.
    """
    if path is None:
        return DEFAULT_RULES
    try:
        return load_rules(path.read_text("utf-8"), path)
    except OSError as error:
        raise CassetteError(path, f"cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise CassetteError(path, f"is not UTF-8 at byte {error.start}") from error


def load_rules(text: str, path: Path) -> RedactionRules:
    """The rules in the text of a TOML file; `path` is for its errors.

    Raises BadRedactionRules at the first mistake, with its place.
    """
    return _Reader(path).rules(text)


class _Reader:
    def __init__(self, path: Path) -> None:
        self._path = path

    def rules(self, text: str) -> RedactionRules:
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            problem, _, place = str(error).partition(" (at ")
            self._mistake(place.rstrip(")") or "TOML", problem)
        except ValueError as error:  # a number or a date that Python cannot hold
            self._mistake("TOML", str(error))
        except RecursionError:
            self._mistake("TOML", "it nests too deep")
        if "redaction" not in document:
            self._mistake("redaction", "there is no such table; begin with [redaction]")
        table = self._table(document["redaction"], "redaction", (*_LISTS, "values"))
        lists = {
            key: self._texts(table.get(key, []), f"redaction.{key}", check)
            for key, check in _LISTS.items()
        }
        return RedactionRules(**lists, values=self._values(table.get("values", [])))

    def _values(self, found: Any) -> tuple[ValuePattern, ...]:
        if not isinstance(found, list):
            self._mistake("redaction.values", f"expected [[redaction.values]], got {_kind(found)}")
        values = tuple(
            self._value(entry, f"redaction.values[{index}]") for index, entry in enumerate(found)
        )
        names = [value.name for value in values]
        for index, name in enumerate(names):
            if name in names[:index]:
                self._mistake(f"redaction.values[{index}].name", f"{name!r} is there twice")
        return values

    def _value(self, found: Any, place: str) -> ValuePattern:
        table = self._table(found, place, _VALUE_KEYS)
        for key in ("name", "prefixes", "minimum"):
            if key not in table:
                self._mistake(place, f"{key} is missing")
        minimum = table["minimum"]
        if type(minimum) is not int:
            self._mistake(f"{place}.minimum", f"expected a whole number, got {_kind(minimum)}")
        pattern = ValuePattern(
            name=self._text(table["name"], f"{place}.name"),
            prefixes=self._texts(table["prefixes"], f"{place}.prefixes"),
            minimum=minimum,
            characters=self._text(table.get("characters", "A-Za-z0-9_-"), f"{place}.characters"),
        )
        self._check(place, check_value, pattern)
        return pattern

    def _table(self, found: Any, place: str, keys: tuple[str, ...]) -> dict[str, Any]:
        if not isinstance(found, dict):
            self._mistake(place, f"expected a table, got {_kind(found)}")
        for key in found:
            if key not in keys:
                self._mistake(f"{place}.{key}", f"unknown; there are {', '.join(keys)}")
        return found

    def _texts(
        self, found: Any, place: str, check: Callable[[str], None] | None = None
    ) -> tuple[str, ...]:
        if not isinstance(found, list):
            self._mistake(place, f"expected an array of strings, got {_kind(found)}")
        texts = []
        for index, entry in enumerate(found):
            texts.append(self._text(entry, f"{place}[{index}]"))
            if check is not None:
                self._check(f"{place}[{index}]", check, texts[-1])
        return tuple(texts)

    def _text(self, found: Any, place: str) -> str:
        if not isinstance(found, str):
            self._mistake(place, f"expected a string, got {_kind(found)}")
        return found

    def _check(self, place: str, check: Callable[[Any], None], found: object) -> None:
        try:
            check(found)
        except ValueError as error:
            self._mistake(place, str(error))

    def _mistake(self, place: str, problem: str) -> NoReturn:
        raise BadRedactionRules(self._path, place, problem)


_KINDS = {dict: "a table", list: "an array", str: "a string", bool: "a boolean", int: "a number"}


def _kind(found: object) -> str:
    return _KINDS.get(type(found), f"a {type(found).__name__}")
