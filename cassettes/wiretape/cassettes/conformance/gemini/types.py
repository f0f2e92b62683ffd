"""What the members of a Gemini chunk are: google-genai checks each, and refuses the whole chunk.

Knows one chunk by itself, and of each member no more than its kind.
"""

from collections.abc import Callable, Iterator
from typing import Final

from wiretape.cassettes.conformance.objects import Said, kind_of
from wiretape.cassettes.conformance.responses.profiles import CLIENTS
from wiretape.cassettes.conformance.rule import Finding, Rule, found
from wiretape.cassettes.dialects.delta import Json
from wiretape.cassettes.dialects.payload import list_of, object_of, unwrapped_base64
from wiretape.cassettes.dialects.reading import whole_number

WRONG_TYPE = Rule(
    "gemini.wrong-type",
    "error",
    "sdk",
    "Members are of their types: `text` a string, `index` and counts whole numbers, `candidates`"
    " and `parts` arrays: google-genai raises ValidationError, or drops them.",
    CLIENTS,
)
ARGS = Rule(
    "gemini.args-not-an-object",
    "error",
    "sdk",
    "The `args` of a function call are an object: google-genai raises ValidationError.",
    CLIENTS,
)
NOT_BASE64 = Rule(
    "gemini.not-base64",
    "error",
    "sdk",
    "`thoughtSignature` and `inlineData.data` are base64: google-genai raises ValidationError.",
    CLIENTS,
)

RULES = (WRONG_TYPE, ARGS, NOT_BASE64)

_COUNTS: Final = (
    "promptTokenCount",
    "candidatesTokenCount",
    "thoughtsTokenCount",
    "totalTokenCount",
)


def _is_array(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _is_object(value: Json) -> bool:
    return isinstance(value, dict)


def _is_string(value: Json) -> bool:
    return isinstance(value, str)


def _is_number(value: Json) -> bool:
    return whole_number(value) is not None


_Check = tuple[Callable[[Json], bool], str]
_ARRAY: Final[_Check] = (_is_array, "an array of objects")
_OBJECT: Final[_Check] = (_is_object, "an object")
_STRING: Final[_Check] = (_is_string, "a string")
_NUMBER: Final[_Check] = (_is_number, "a whole number")


def check_types(one: Said) -> Iterator[Finding]:
    """All members of a chunk."""
    body = one.body
    if "candidates" in body:  # null is taken for none, and what stood there is lost
        yield from _is(one, body, "$", candidates=_ARRAY)
    yield from _is(one, body, "$", usageMetadata=_OBJECT, promptFeedback=_OBJECT)
    usage = object_of(body.get("usageMetadata"))
    yield from _is(one, usage, "$.usageMetadata", **dict.fromkeys(_COUNTS, _NUMBER))
    for place, candidate in enumerate(list_of(body.get("candidates"))):
        if isinstance(candidate, dict):
            yield from _candidate(one, candidate, f"$.candidates[{place}]")


def _candidate(one: Said, candidate: dict[str, Json], path: str) -> Iterator[Finding]:
    members = {"index": _NUMBER, "content": _OBJECT, "finishReason": _STRING}
    yield from _is(one, candidate, path, **members)
    content = object_of(candidate.get("content"))
    yield from _is(one, content, f"{path}.content", role=_STRING, parts=_ARRAY)
    for place, part in enumerate(list_of(content.get("parts"))):
        if isinstance(part, dict):
            yield from _part(one, part, f"{path}.content.parts[{place}]")


def _part(one: Said, part: dict[str, Json], path: str) -> Iterator[Finding]:
    members = {"text": _STRING, "functionCall": _OBJECT, "inlineData": _OBJECT}
    yield from _is(one, part, path, **members)
    call = object_of(part.get("functionCall"))
    yield from _is(one, call, f"{path}.functionCall", name=_STRING)
    if not isinstance(call.get("args"), dict | None):
        words = f"`args` is {kind_of(call['args'])}"
        yield found(ARGS, words, one.frame, f"{path}.functionCall.args")
    encoded = (
        ("thoughtSignature", part.get("thoughtSignature")),
        ("inlineData.data", object_of(part.get("inlineData")).get("data")),
    )
    for name, value in encoded:
        if value is not None and (not isinstance(value, str) or unwrapped_base64(value) is None):
            yield found(NOT_BASE64, f"`{name}` is no base64", one.frame, f"{path}.{name}")


def _is(one: Said, where: dict[str, Json], path: str, **members: _Check) -> Iterator[Finding]:
    for key, (fits, words) in members.items():
        value = where.get(key)
        if value is None and not (key == "candidates" and key in where):
            continue
        if not fits(value):
            yield found(
                WRONG_TYPE,
                f"`{key}` is {_kind(value)}, not {words}",
                one.frame,
                f"{path}.{key}",
            )


def _kind(value: Json) -> str:
    if isinstance(value, list):
        return "an array with something else"
    return "a fraction" if isinstance(value, float) else kind_of(value)
