"""Rules of extensions: what is not in the specification says so by a prefix, `slug:name`.

Four kinds of names: core, a declared extension (a colon), OpenAI's dialect, and anything else.
"""

import re
from collections.abc import Iterator
from typing import Literal

from wiretape.cassettes.conformance.responses.kinds import (
    CORE,
    CORE_ITEMS,
    LIFECYCLE,
    OPENAI,
    OPENAI_ITEMS,
)
from wiretape.cassettes.conformance.responses.profiles import LETTER, WIRE
from wiretape.cassettes.conformance.responses.stream import Event, Stream
from wiretape.cassettes.conformance.rule import Finding, Rule, found
from wiretape.cassettes.dialects.delta import Json
from wiretape.cassettes.dialects.payload import list_of, object_of, text_of
from wiretape.cassettes.framing.frame import Frame

DECLARED = Rule(
    "responses.extension-declared",
    "note",
    "schema",
    "A declared extension is legal in the prose; the closed unions of the schema refuse it.",
    LETTER,
)
UNDECLARED = Rule(
    "responses.extension-undeclared",
    "error",
    "prose",
    "Types of OpenAI's dialect that are not in the specification have a prefix.",
    LETTER,
)
UNKNOWN = Rule(
    "responses.extension-unknown",
    "error",
    "prose",
    "Types that neither the specification nor OpenAI's dialect has have a prefix.",
    WIRE,
)
ITEM_FIELDS = Rule(
    "responses.extension-item-incomplete",
    "error",
    "prose",
    "An item of an extension has `id`, `type` and `status`.",
    LETTER,
)
STATUS_MISSING = Rule(
    "responses.item-status-missing",
    "error",
    "prose",
    "Every item has a `status` (the schema has none for reasoning and compaction).",
    LETTER,
)

RULES = (DECLARED, UNDECLARED, UNKNOWN, ITEM_FIELDS, STATUS_MISSING)

Standing = Literal["core", "declared", "undeclared", "unknown"]

_PREFIXED = re.compile(r"[a-zA-Z0-9_-]+:[^\s:]\S*")

STATUSLESS = frozenset({"reasoning", "compaction"})
"""Items for which the schema knows no status."""


def standing(name: str, core: frozenset[str], openai: frozenset[str]) -> Standing:
    """Which of the four kinds a name is."""
    if name in core:
        return "core"
    if _PREFIXED.fullmatch(name):
        return "declared"
    return "undeclared" if name in openai else "unknown"


def check_extensions(stream: Stream) -> Iterator[Finding]:
    """Types of events, and of the items and tools in them."""
    for event in stream.events:
        if event.type:
            yield from _named("event", event.type, _EVENTS, event.frame, "$.type")
        if event.type in ("response.output_item.added", "response.output_item.done"):
            item = object_of(event.body.get("item"))
            if event.type.endswith("added"):
                yield from _item_type(item, event.frame, "$.item")
            yield from _item_fields(item, event.frame, "$.item")
    final = _final(stream)
    if final is not None:
        yield from check_response(final[1], final[0].frame, "$.response")


def _final(stream: Stream) -> tuple[Event, dict[str, Json]] | None:
    last = next((event for event in reversed(stream.events) if event.type in LIFECYCLE), None)
    return None if last is None else (last, object_of(last.body.get("response")))


def check_response(
    response: dict[str, Json], frame: Frame, path: str, *, items: bool = False
) -> Iterator[Finding]:
    """The tools of a response; also the types of its items where they were not streamed."""
    for number, tool in enumerate(map(object_of, list_of(response.get("tools")))):
        where = f"{path}.tools[{number}].type"
        yield from _named("tool", text_of(tool.get("type")), _TOOLS, frame, where)
    for number, item in enumerate(map(object_of, list_of(response.get("output")))):
        where = f"{path}.output[{number}]"
        if items:
            yield from _item_type(item, frame, where)
        yield from _item_fields(item, frame, where)


_Names = tuple[frozenset[str], frozenset[str]]
_EVENTS: _Names = (frozenset(CORE), frozenset(OPENAI))
_ITEMS: _Names = (CORE_ITEMS, OPENAI_ITEMS)
_TOOLS: _Names = (
    frozenset({"function"}),
    frozenset(
        {
            *("apply_patch", "code_interpreter", "computer", "computer_use_preview", "custom"),
            *("file_search", "image_generation", "local_shell", "mcp", "namespace", "program"),
            *("shell", "tool_search", "web_search", "web_search_2025_08_26"),
            *("web_search_preview", "web_search_preview_2025_03_11", "additional_tools"),
        }
    ),
)


def _named(what: str, name: str, names: _Names, frame: Frame, path: str) -> Iterator[Finding]:
    match standing(name, *names) if name else "core":
        case "declared":
            words = f"{what} type {name!r} is an extension of {name.partition(':')[0]}"
            yield found(DECLARED, words, frame, path)
        case "undeclared":
            words = f"{what} type {name!r} is OpenAI's, expected 'openai:{name}'"
            yield found(UNDECLARED, words, frame, path)
        case "unknown":
            yield found(UNKNOWN, f"{what} type {name!r} is not known", frame, path)


def _item_type(item: dict[str, Json], frame: Frame, path: str) -> Iterator[Finding]:
    yield from _named("item", text_of(item.get("type")), _ITEMS, frame, f"{path}.type")


def _item_fields(item: dict[str, Json], frame: Frame, path: str) -> Iterator[Finding]:
    kind = text_of(item.get("type"))
    if ":" in kind:
        missing = [key for key in ("id", "status") if key not in item]
        if missing:
            words = f"an item of type {kind!r} without {' and '.join(missing)}"
            yield found(ITEM_FIELDS, words, frame, path)
    elif kind in STATUSLESS and "status" not in item:
        yield found(STATUS_MISSING, f"a {kind} item without status", frame, f"{path}.status")
