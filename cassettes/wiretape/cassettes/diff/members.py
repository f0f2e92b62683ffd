"""The names of members in the JSON of events: which there are, never what they hold.

A member that is null counts as absent. Names that are data (arguments, metadata, the tools a
response repeats) are not looked into; nor is what belongs to content that the other side lacks.
"""

from collections.abc import Collection
from typing import Any

from wiretape.cassettes.dialects.delta import Json
from wiretape.cassettes.diff.volatile import VOLATILE

Members = dict[str, Any]
"""Name to the members below it. Elements of an array stand under `[]`, or `[type]`."""

DEEPEST = 6
"""Levels that are looked at."""

_DATA = frozenset(
    {
        *("args", "arguments", "input", "metadata", "parameters", "schema", "tools", "tool_choice"),
        *("instructions", "results", "search_results", "action", "headers", "partial_json"),
        *("input_schema", "logit_bias", "content_filter_offsets", "location"),
        *("inputAssessment", "outputAssessments"),
    }
)
"""Members whose own members are data."""

_OF_CONTENT = {
    "reasoning": "reasoning",
    "reasoning_content": "reasoning",
    "reasoning_details": "reasoning",
    "reasoning_text": "reasoning",
    "thinking": "reasoning",
    "thought": "reasoning",
    "tool_calls": "tool",
    "function_call": "tool",
    "functionCall": "tool",
    "arguments": "arguments",
    "toolResult": "output",
    "serverToolUsage": "output",
    "server_tool_use": "output",
    "refusal": "refusal",
    "audio": "media",
    "images": "media",
    "inlineData": "media",
    "annotations": "citation",
    "citations": "citation",
    "groundingMetadata": "citation",
    "citationMetadata": "citation",
    "usage": "usage",
    "usageMetadata": "usage",
    "thoughtsTokenCount": "reasoning",
    "error": "error",
    "cachedContentTokenCount": "cached",
    "cacheTokensDetails": "cached",
    "prompt_eval_count": "cached",
}
"""Members that are there where the answer has such content. What was cached is told as usage, and
is no answer's content."""

_OF_CONTENT_IN = {
    ("delta", "content"): "text",
    ("message", "content"): "text",
    ("delta", "text"): "text",
    ("[]", "text"): "text",
    ("usage", "cached_tokens"): "cached",
    ("tokens", "reasoning_tokens"): "reasoning",
}
"""The same of names that are others' elsewhere: Chat, Cohere, Ollama; Converse; parts of Gemini;
Cohere's usage."""


def take(members: Members, value: dict[str, Json], depth: int = 0) -> None:
    """Add the names of a value to those that were seen."""
    for name, each in value.items():
        if each is None:
            continue
        below = members.get(name)
        if below is None:
            if name in VOLATILE:
                continue
            below = members[name] = {}
        kind = type(each)
        if (kind is dict or kind is list) and depth < DEEPEST and name not in _DATA:
            if kind is dict:
                take(below, each, depth + 1)
            else:
                _take_elements(below, each, depth + 1)


def _take_elements(members: Members, elements: list[Json], depth: int) -> None:
    for element in elements:
        if type(element) is dict:
            kind = element.get("type")
            name = f"[{kind}]" if type(kind) is str else "[]"
            below = members.get(name)
            if below is None:
                below = members[name] = {}
            take(below, element, depth)


def missing(one: Members, other: Members, contents: Collection[str], inside: str = "") -> list[str]:
    """Paths of the one that the other lacks, the topmost only; elements of a kind that the other
    does not have are no lack, nor is content that it has none of. `inside` is the member that both
    stand in."""
    found: list[str] = []
    for name, below in one.items():
        if name not in other:
            content = _OF_CONTENT.get(name) or _OF_CONTENT_IN.get((inside, name))
            if not name.startswith("[") and (content is None or content in contents):
                found.append(name)
        elif below:
            found += [
                name + path if path.startswith("[") else f"{name}.{path}"
                for path in missing(below, other[name], contents, name)
            ]
    return found
