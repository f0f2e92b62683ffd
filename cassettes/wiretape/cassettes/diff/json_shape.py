"""The shape of a JSON value: which keys stand where, of which types, and the words that are enums.

Places are written `$.output[]<message>.content[]<output_text>.text`: `[]` any element of an
array, `{}` any member whose key is an id, `<message>` an object whose `type` is that
word, so that the keys of one kind of object are never held against those of another. Values are
read only where they are words of an enum; what is random, signed or encrypted is passed over.
Pure; knows no API.
"""

import re
from functools import lru_cache
from typing import Any

Json = Any

Fact = tuple[str, str, str]
"""`key`, place, type; or `value`, place, word. A `type` that an object is named by is a value."""

VOLATILE = frozenset(
    [
        "container",
        "encrypted_content",
        "expires_at",
        "logprobs",
        "logprobs_result",
        "logprobsResult",
        "obfuscation",
        "p",
        "redactedContent",
        "signature",
        "system_fingerprint",
        "thoughtSignature",
        "thought_signature",
    ]
)
"""Keys that are there or not from one answer to the next. Ids and times of creation are compared
as all else: their keys and types, never their values."""

_ENUMS = frozenset(
    [
        "doneReason",
        "done_reason",
        "event_type",
        "finishReason",
        "finish_reason",
        "kind",
        "object",
        "role",
        "status",
        "stopReason",
        "stop_reason",
        "type",
    ]
)
"""Keys whose value is a word of the API."""

_FOREIGN = frozenset(
    [
        "args",
        "arguments",
        "input_schema",
        "json_schema",
        "labels",
        "metadata",
        "parameters",
        "properties",
        "schema",
        "structuredContent",
        "structured_content",
    ]
)
"""Keys of which the value is the user's or the model's own: its type counts, what is in it not."""

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.:/-]{0,63}")
_ID = re.compile(
    r"\d+|(?=.*\d)[0-9a-fA-F]{8,}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|([A-Za-z]+[-_])+(?=[A-Za-z]*\d)[A-Za-z0-9]{10,}|(?=(\D*\d){2})(?=.*[a-z])[a-z0-9]{10,}"
)
"""Numbers, hexadecimal digits, UUIDs, `call_9Xk2...`, and `5zwrmdlsra2e` (Bedrock's guardrails)."""

MOST_KEYS = 100
"""An object of more is a map."""

DEEPEST = 40


def json_facts(value: Json) -> list[Fact]:
    """What there is to say of a value, some of it more than once."""
    found: list[Fact] = []
    _add(found, value, "$", 0)
    return found


def json_type(value: Json) -> str:
    """As JSON has them; integers are numbers."""
    return _TYPES.get(type(value), "object")


_TYPES: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
}


def word_of(value: Json) -> str:
    """The value where it may be a word of an enum, else nothing."""
    return value if isinstance(value, str) and _WORD.fullmatch(value) else ""


def _add(found: list[Fact], value: Json, place: str, depth: int) -> None:
    found.append(("key", place, json_type(value)))
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        for element in value:
            _add(found, element, f"{place}[]", depth + 1)
    elif isinstance(value, dict):
        kind = word_of(value.get("type")) if depth else ""
        if kind:
            found.append(("value", f"{place}.type", kind))
            place = f"{place}<{kind}>"
        _add_members(found, value, place, depth)


def _add_members(found: list[Fact], value: dict[str, Json], place: str, depth: int) -> None:
    is_map = len(value) > MOST_KEYS
    for name, member in value.items():
        if name in VOLATILE:
            continue
        here = place + (_FOLDED if is_map else _step(name))
        if name in _FOREIGN or (name == "input" and "name" in value):
            found.append(("key", here, json_type(member)))
            continue
        _add(found, member, here, depth + 1)
        if name in _ENUMS and (word := word_of(member)) and not (name == "type" and depth):
            found.append(("value", here, word))


_FOLDED = ".{}"
"""The step to a member of which the name is made anew each time."""


@lru_cache(maxsize=1024)
def _step(name: str) -> str:
    if _ID.fullmatch(name):
        return _FOLDED
    return f".{name}" if _PLAIN.fullmatch(name) else f"['{name[:MOST_LETTERS]}']"


_PLAIN = re.compile(r"[A-Za-z_@$][A-Za-z0-9_@$:-]*")
MOST_LETTERS = 60
