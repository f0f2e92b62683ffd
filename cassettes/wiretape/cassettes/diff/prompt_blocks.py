"""The text of what a message holds: blocks of text, media, and the results of tools.

Knows the shapes of content in requests; total over any JSON.
"""

import hashlib
import re
from collections.abc import Iterator

import msgspec

from wiretape.cassettes.dialects.delta import Json
from wiretape.cassettes.dialects.payload import (
    NotJson,
    decode_json,
    json_text,
    list_of,
    unwrapped_base64,
)

DEEPEST = 32
"""Levels of content that are read."""

_WRAPPERS = ("result", "output", "content", "response", "json", "data", "document", "text")
"""Members in which a provider wraps the one thing that a tool gave, in the order they are tried."""

_ABOUT = frozenset(
    {"type", "name", "id", "call_id", "tool_use_id", "toolUseId", "tool_call_id", "status"}
    | {"is_error", "title", "cache_control", "call"}
)
"""Members that may stand beside it."""


class Content(msgspec.Struct, frozen=True):
    """What a message holds. Where its media stand between the texts is each provider's own."""

    text: str
    """The texts, one line each."""
    media: tuple[str, ...]
    """Hashes, in alphabetical order, each once."""


def content_of(content: Json, images: Json = None) -> Content:
    """What a message's content holds. `images` is a list of media beside it, as Ollama has them."""
    texts, media = [], []
    for one in _held(content, 0):
        if isinstance(one, _Media):
            media.append(one.hash)
        else:
            texts.append(one)
    media += [_media(one).hash for one in list_of(images) if isinstance(one, str)]
    return Content("\n".join(texts), tuple(sorted(set(media))))


class _Media(msgspec.Struct, frozen=True):
    hash: str


def _media(text: str) -> _Media:
    """Of the bytes that base64 stands for, in a data URL or bare; else of the text, a URL or id."""
    bare = text.partition(",")[2] if text.startswith("data:") else text
    data = unwrapped_base64("".join(bare.split()))
    return _Media(hashlib.sha256(_encoded(text) if data is None else data).hexdigest()[:12])


def _held(content: Json, depth: int) -> Iterator[str | _Media]:
    if isinstance(content, str):
        yield content
    elif depth > DEEPEST:
        return
    elif isinstance(content, list):
        for block in content:
            yield from _held(block, depth + 1)
    elif isinstance(content, dict):
        yield from _block(content, depth)


def _block(block: dict[str, Json], depth: int) -> Iterator[str | _Media]:
    if isinstance(block.get("text"), str):
        yield block["text"]
    elif "parts" in block or "content" in block:
        yield from _held(block.get("parts", block.get("content")), depth + 1)
    elif held := max(_strings(block, depth), key=len, default=""):
        yield _media(held)


_KINDS = frozenset({"type", "detail", "cache_control", "format", "filename"}) | frozenset(
    {"media_type", "mimeType", "mime_type"}
)


def _strings(value: Json, depth: int) -> Iterator[str]:
    """The strings in a block, those that say what kind of block it is left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict) and depth <= DEEPEST:
        for name, member in value.items():
            if name not in _KINDS:
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


_JSON = re.compile(r'\s*[{\["\-0-9]')
"""How JSON starts that is not a mere word."""


def _parsed(text: str, depth: int) -> Json:
    """JSON that is given as text, read; other text as it is."""
    if _JSON.match(text):
        value = decode_json(_encoded(text))
        if not isinstance(value, NotJson):
            return _unwrapped(value, depth + 1)
    return text


_EXACT = 2**53
"""From here on a float is not one integer (RFC 8259, section 6)."""


def _ordered(value: Json, depth: int) -> Json:
    """Members by name, so that their order is of no weight; 15.0 is 15."""
    if depth > DEEPEST:
        return str(msgspec.json.encode(None))
    if isinstance(value, dict):
        return {name: _ordered(value[name], depth + 1) for name in sorted(value)}
    if isinstance(value, list):
        return [_ordered(element, depth + 1) for element in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    return value
