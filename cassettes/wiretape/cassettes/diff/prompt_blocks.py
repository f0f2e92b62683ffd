"""The text of what a message holds: blocks of text, media, and the results of tools.

Knows the shapes of content in requests; total over any JSON.
"""

import hashlib
from collections.abc import Iterator

import msgspec

from wiretape.cassettes.dialects.delta import Json
from wiretape.cassettes.dialects.payload import NotJson, decode_json, json_text

DEEPEST = 32
"""Levels of content that are read."""

_WRAPPERS = ("result", "output", "content", "response", "json", "data", "document", "text")
"""Members in which a provider wraps the one thing that a tool gave, in the order they are tried."""

_ABOUT = frozenset(
    {"type", "name", "id", "call_id", "tool_use_id", "toolUseId", "tool_call_id", "status"}
    | {"is_error", "title", "cache_control", "call"}
)
"""Members that may stand beside it."""


def text_of_content(content: Json) -> str:
    """The texts of a message's content, one line each; media by a stand-in with its hash."""
    return "\n".join(_texts(content, 0))


def _texts(content: Json, depth: int) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif depth > DEEPEST:
        return
    elif isinstance(content, list):
        for block in content:
            yield from _texts(block, depth + 1)
    elif isinstance(content, dict):
        yield from _block(content, depth)


def _block(block: dict[str, Json], depth: int) -> Iterator[str]:
    if isinstance(block.get("text"), str):
        yield block["text"]
    elif "parts" in block or "content" in block:
        yield from _texts(block.get("parts", block.get("content")), depth + 1)
    elif held := max(_strings(block, depth), key=len, default=""):
        yield f"[media {hashlib.sha256(_encoded(held)).hexdigest()[:12]}]"


def _strings(value: Json, depth: int) -> Iterator[str]:
    """The strings in a block, those that say what kind of block it is left out."""
    if isinstance(value, str):
        # A data URL and bare base64 hold the same.
        yield value.rpartition(",")[2] if value.startswith("data:") else value
    elif isinstance(value, dict) and depth <= DEEPEST:
        for name, member in value.items():
            if name not in ("type", "detail", "cache_control"):
                yield from _strings(member, depth + 1)
    elif isinstance(value, list) and depth <= DEEPEST:
        for element in value:
            yield from _strings(element, depth + 1)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def result_text(value: Json) -> str:
    """What a tool gave, by value: the same whether a provider wants it bare, as JSON text, or
    wrapped; whitespace normalised."""
    bare = _unwrapped(value, 0)
    text = bare if isinstance(bare, str) else json_text(_ordered(bare, 0))
    return " ".join(text.split())


def _unwrapped(value: Json, depth: int) -> Json:
    if depth > DEEPEST:
        return value
    if isinstance(value, str):
        return _parsed(value, depth)
    if isinstance(value, list) and len(value) == 1:
        return _unwrapped(value[0], depth + 1)
    if isinstance(value, dict):
        for name in ("toolResult", "functionResponse", "function_response"):
            if name in value:
                return _unwrapped(value[name], depth + 1)
        kept = [name for name in value if name not in _ABOUT]
        if len(kept) == 1 and kept[0] in _WRAPPERS:
            return _unwrapped(value[kept[0]], depth + 1)
    return value


def _parsed(text: str, depth: int) -> Json:
    """JSON that is given as text, read; other text as it is."""
    if text.lstrip()[:1] in ("{", "["):
        value = decode_json(_encoded(text))
        if not isinstance(value, NotJson):
            return _unwrapped(value, depth + 1)
    return text


def _ordered(value: Json, depth: int) -> Json:
    """Members by name, so that their order is of no weight."""
    if depth > DEEPEST:
        return str(msgspec.json.encode(None))
    if isinstance(value, dict):
        return {name: _ordered(value[name], depth + 1) for name in sorted(value)}
    if isinstance(value, list):
        return [_ordered(element, depth + 1) for element in value]
    return value
