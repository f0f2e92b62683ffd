"""Every rule of Ollama's chat and generate over one exchange, streamed or whole.

They are what Ollama's reference says and what its Python client relies on: it checks the types of
all members it knows. A whole answer is a stream of one line, the last. Knows one answer.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from wiretape.cassettes.conformance.objects import (
    Said,
    asked,
    is_answer,
    is_or_missing,
    kind_of,
    read_objects,
)
from wiretape.cassettes.conformance.responses.profiles import CLIENTS, OPENAI
from wiretape.cassettes.conformance.rule import Exchange, Finding, Rule, found
from wiretape.cassettes.dialects.delta import Json
from wiretape.cassettes.dialects.payload import list_of, object_of, text_of
from wiretape.cassettes.dialects.reading import whole_number

NOT_AN_OBJECT = Rule(
    "ollama.not-an-object", "error", "prose", "Every line is one JSON object.", CLIENTS
)
KEY_MISSING = Rule(
    "ollama.key-missing",
    "error",
    "prose",
    "Every line has `model`, `created_at` and `done`; of `/api/generate` also `response`.",
    OPENAI,
)
MESSAGE_MISSING = Rule(
    "ollama.message-missing",
    "error",
    "sdk",
    "Every line of `/api/chat` has a `message`, an object: ollama raises ValidationError.",
    CLIENTS,
)
ROLE_MISSING = Rule(
    "ollama.role-missing",
    "error",
    "sdk",
    "Every message has a `role`: ollama raises ValidationError.",
    CLIENTS,
)
WRONG_TYPE = Rule(
    "ollama.wrong-type",
    "error",
    "sdk",
    "Members are of their types: texts strings, `done` a boolean, counts whole numbers: ollama"
    " raises ValidationError.",
    CLIENTS,
)
ARGUMENTS = Rule(
    "ollama.arguments-not-an-object",
    "error",
    "sdk",
    "The `arguments` of a tool call are an object: ollama raises ValidationError.",
    CLIENTS,
)
NAME_MISSING = Rule(
    "ollama.tool-name-missing",
    "error",
    "sdk",
    "A tool call has a `function` with its `name`: ollama raises ValidationError.",
    CLIENTS,
)
MODEL = Rule(
    "ollama.model-changes", "warning", "inferred", "All lines have the same `model`.", OPENAI
)
DONE_MISSING = Rule(
    "ollama.done-missing", "error", "prose", "The last line has `done` true.", OPENAI
)
AFTER_DONE = Rule(
    "ollama.after-done", "error", "prose", "Nothing follows the line with `done` true.", OPENAI
)
REASON_MISSING = Rule(
    "ollama.done-reason-missing",
    "warning",
    "prose",
    "The last line has a `done_reason`.",
    OPENAI,
)
COUNTS_MISSING = Rule(
    "ollama.counts-missing",
    "warning",
    "prose",
    "The last line has `total_duration` and `eval_count`, where a model was run.",
    OPENAI,
)
LIMIT = Rule(
    "ollama.limit-not-told",
    "warning",
    "prose",
    "An answer that used up `num_predict` has the `done_reason` `length`, not `stop`.",
    OPENAI,
)
ERROR = Rule(
    "ollama.error-in-stream",
    "note",
    "sdk",
    "A stream that began says its answer, and no error: ollama raises ResponseError.",
    OPENAI,
)
AFTER_ERROR = Rule(
    "ollama.after-error",
    "error",
    "sdk",
    "Nothing follows an error: ollama has raised ResponseError.",
    CLIENTS,
)

RULES = (
    *(NOT_AN_OBJECT, KEY_MISSING, MESSAGE_MISSING, ROLE_MISSING, WRONG_TYPE, ARGUMENTS),
    *(NAME_MISSING, MODEL, DONE_MISSING, AFTER_DONE, REASON_MISSING, COUNTS_MISSING, LIMIT),
    *(ERROR, AFTER_ERROR),
)

_IMAGES: Final = frozenset({"image", "completed", "total"})
"""Members of lines that tell of an image in the place of `response`."""
_NOT_RUN: Final = frozenset({"load", "unload"})
"""Reasons of answers to an empty prompt: the model was only loaded, or let go."""


def _is_string(value: Json) -> bool:
    return isinstance(value, str)


def _is_boolean(value: Json) -> bool:
    return isinstance(value, bool)


def _is_number(value: Json) -> bool:
    return whole_number(value) is not None


def _is_array(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


_Check = tuple[Callable[[Json], bool], str]
_STRING: Final[_Check] = (_is_string, "a string")
_NUMBER: Final[_Check] = (_is_number, "a whole number")
_COUNTS: Final = (
    "total_duration",
    "load_duration",
    "prompt_eval_count",
    "prompt_eval_duration",
    "eval_count",
    "eval_duration",
)
_LINE: Final[dict[str, _Check]] = {
    "model": _STRING,
    "created_at": _STRING,
    "done": (_is_boolean, "a boolean"),
    "done_reason": _STRING,
    "response": _STRING,
    "thinking": _STRING,
    **dict.fromkeys(_COUNTS, _NUMBER),
}
_MESSAGE: Final[dict[str, _Check]] = {
    "content": _STRING,
    "thinking": _STRING,
    "tool_calls": (_is_array, "an array of objects"),
}


def check_ollama(exchange: Exchange) -> Iterator[Finding]:
    """All of them."""
    if exchange.framing not in ("ndjson", "json") or not is_answer(exchange):
        return
    stream, unreadable = read_objects(exchange, NOT_AN_OBJECT)
    yield from unreadable
    lines = [one for one in stream.said if not one.body.get("error")]
    for one in lines:
        yield from _line(one, exchange.api)
    yield from _models(lines)
    failed = next((one for one in stream.said if one.body.get("error")), None)
    if failed is not None:
        words = f"an error: {str(failed.body['error'])[:200]!r}"
        yield found(ERROR, words, failed.frame, "$.error")
        if stream.said[-1] is not failed:
            yield found(AFTER_ERROR, "a line after an error", stream.said[-1].frame)
    yield from _done(lines, exchange, whole=stream.whole and failed is None and not unreadable)


def _line(one: Said, api: str) -> Iterator[Finding]:
    body, frame = one.body, one.frame
    generates = api == "ollama.generate" and not _IMAGES.intersection(body)
    for key in ("model", "created_at", "done", *(("response",) if generates else ())):
        if body.get(key) is None:
            yield found(KEY_MISSING, is_or_missing(body, key), frame, f"$.{key}")
    yield from _types(one, body, "$", _LINE)
    if api != "ollama.chat":
        return
    message = body.get("message")
    if not isinstance(message, dict):
        yield found(MESSAGE_MISSING, is_or_missing(body, "message"), frame, "$.message")
        return
    if not isinstance(message.get("role"), str):
        yield found(ROLE_MISSING, is_or_missing(message, "role"), frame, "$.message.role")
    yield from _types(one, message, "$.message", _MESSAGE)
    for place, call in enumerate(list_of(message.get("tool_calls"))):
        if isinstance(call, dict):
            yield from _call(one, call, f"$.message.tool_calls[{place}].function")


def _types(
    one: Said, where: dict[str, Json], path: str, members: dict[str, _Check]
) -> Iterator[Finding]:
    for key, (fits, words) in members.items():
        value = where.get(key)
        if value is not None and not fits(value):
            has = "an array with something else" if isinstance(value, list) else kind_of(value)
            yield found(WRONG_TYPE, f"`{key}` is {has}, not {words}", one.frame, f"{path}.{key}")


def _call(one: Said, call: dict[str, Json], path: str) -> Iterator[Finding]:
    function = object_of(call.get("function"))
    if not isinstance(function.get("name"), str):
        where, key = (function, "name") if function else (call, "function")
        yield found(NAME_MISSING, is_or_missing(where, key), one.frame, path)
    elif not isinstance(function.get("arguments"), dict):
        words = is_or_missing(function, "arguments")
        yield found(ARGUMENTS, words, one.frame, f"{path}.arguments")


def _models(lines: Sequence[Said]) -> Iterator[Finding]:
    first = ""
    for one in lines:
        model = text_of(one.body.get("model"))
        first = first or model
        if model and model != first:
            yield found(MODEL, f"{model!r}, and {first!r} before", one.frame, "$.model")
            return


def _done(lines: Sequence[Said], exchange: Exchange, *, whole: bool) -> Iterator[Finding]:
    done = next((one for one in lines if one.body.get("done") is True), None)
    if done is None:
        if whole:
            yield found(DONE_MISSING, "there is none" if lines else "there is no line")
        return
    if lines[-1] is not done:
        late = lines[lines.index(done) + 1]
        yield found(AFTER_DONE, "a line after `done`", late.frame)
    reason = text_of(done.body.get("done_reason"))
    if not reason:
        words = is_or_missing(done.body, "done_reason")
        yield found(REASON_MISSING, words, done.frame, "$.done_reason")
    for key in ("total_duration", "eval_count"):
        if done.body.get(key) is None and reason not in _NOT_RUN:
            yield found(COUNTS_MISSING, is_or_missing(done.body, key), done.frame, f"$.{key}")
    limit = whole_number(object_of(asked(exchange).get("options")).get("num_predict"))
    said = whole_number(done.body.get("eval_count"))
    if reason == "stop" and limit is not None and said is not None and said >= limit > 0:
        words = f"{said} tokens of {limit}, and `done_reason` is 'stop'"
        yield found(LIMIT, words, done.frame, "$.done_reason")
