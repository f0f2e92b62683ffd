"""What was asked, in words that all providers share: who was asked the same, is compared.

System prompt, turns in order, names of the tools, results of tools by value. Not in it: model,
sampling, ids, and what an assistant said before, since that is each provider's own. Reads shapes
rather than APIs, so that a vendor's variant is read as well. Total: a body that is no JSON, or of
no known shape, is a prompt of its own bytes.
"""

import hashlib
from collections.abc import Iterator
from itertools import groupby
from typing import Literal
from unicodedata import is_normalized, normalize

import msgspec

from wiretape.cassettes.dialects.delta import Json
from wiretape.cassettes.dialects.payload import (
    NotJson,
    decode_json,
    list_of,
    object_of,
    text_of,
)
from wiretape.cassettes.diff.prompt_blocks import content_of, result_text
from wiretape.cassettes.matching.canonical import canonical
from wiretape.cassettes.matching.rules import DEFAULT_RULES, compiled
from wiretape.cassettes.model import Request

Role = Literal["system", "user", "assistant", "tool"]

SHOWN = 80
"""Characters of a prompt that a reader is shown."""

_OWN = frozenset({"model", "model_id", "stream", "stream_options", "temperature", "top_p", "seed"})
"""Members of a body of unknown shape that ask for the same thing otherwise."""

_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "SYSTEM": "system",
    "assistant": "assistant",
    "model": "assistant",
    "chatbot": "assistant",
    "CHATBOT": "assistant",
    "tool": "tool",
    "function": "tool",
    "TOOL": "tool",
}
"""Whoever is not named here is the user."""


class Turn(msgspec.Struct, frozen=True):
    """What one role said; the turns of a role that follow one another are one."""

    role: Role
    text: str
    """Whitespace and Unicode (NFC) normalised; empty of an assistant."""
    media: tuple[str, ...] = ()
    """Hashes, in alphabetical order, each once: where they stand is of no weight."""


class Prompt(msgspec.Struct, frozen=True):
    """What was asked."""

    system: str
    turns: tuple[Turn, ...]
    tools: tuple[str, ...]
    """Names, in alphabetical order."""
    key: str
    """Equal where all of the above is equal."""
    turn: str
    """Equal where the last user turn, and how many tool results follow it, is equal."""
    shown: str
    """The last user turn, shortened; the path where there is none."""


def prompt_of(api: str, request: Request) -> Prompt:
    """What a request asked. `api` is its id in the catalogue, empty where it is unknown."""
    body = decode_json(request.body) if request.body else None
    spoken = list(_turns(api, body)) if isinstance(body, dict) else []
    system = " ".join(turn.text for turn in spoken if turn.role == "system" and turn.text)
    turns = tuple(_merged(turn for turn in spoken if turn.role != "system"))
    if not turns:
        turns = (Turn("user", _otherwise(request, body)),)
    tools = tuple(sorted(set(_tools(object_of(body)))))
    last = _last_said(turns)
    results = sum(turn.role == "tool" for turn in turns[_last_user(turns) :])
    return Prompt(
        system=system,
        turns=turns,
        tools=tools,
        key=_hash(system, tools, [(turn.role, turn.text, turn.media) for turn in turns]),
        turn=_hash(last.text, last.media, results) if last else "",
        shown=_shown(last) if last and spoken else request.target.partition("?")[0],
    )


def _hash(*values: Json) -> str:
    return hashlib.blake2b(msgspec.json.encode(values), digest_size=12).hexdigest()


def _last_said(turns: tuple[Turn, ...]) -> Turn | None:
    said = (turn for turn in reversed(turns) if turn.role == "user" and (turn.text or turn.media))
    return next(said, None)


def _last_user(turns: tuple[Turn, ...]) -> int:
    return max((n for n, turn in enumerate(turns) if turn.role == "user"), default=0)


def _shown(turn: Turn) -> str:
    text = turn.text or " ".join(f"[media {one}]" for one in turn.media)
    return text if len(text) <= SHOWN else text[: SHOWN - 3].rstrip() + "..."


def _normal(text: str) -> str:
    if not text.isascii() and not is_normalized("NFC", text):
        text = normalize("NFC", text)
    return " ".join(text.split())


def _merged(turns: Iterator[Turn]) -> Iterator[Turn]:
    for role, run in groupby(turns, key=lambda turn: turn.role):
        said = list(run)
        texts = [turn.text for turn in said if turn.text]
        media = tuple(sorted({one for turn in said for one in turn.media}))
        # Results of calls made at one time come in any order.
        yield Turn(role, " ".join(sorted(texts) if role == "tool" else texts), media)


def _unless_empty(turn: Turn) -> Iterator[Turn]:
    if turn.text or turn.media:
        yield turn


def _said(role: Role, content: Json, images: Json = None) -> Turn:
    held = content_of(content, images)
    return Turn(role, _normal(held.text), held.media)


def _turns(api: str, body: dict[str, Json]) -> Iterator[Turn]:
    for name in ("system", "instructions", "systemInstruction", "system_instruction", "preamble"):
        if name in body:
            yield _said("system", body[name])
    if api == "mcp.http" or "jsonrpc" in body:
        yield from _rpc(body)
        return
    for name in ("chat_history", "messages", "contents", "input", "inputs"):
        if name in body:
            yield from _listed(body[name])
    for name in ("message", "prompt", "inputText"):
        if name in body:
            yield _said("user", body[name], body.get("images"))
    for result in list_of(body.get("tool_results")):  # Cohere v1
        yield Turn("tool", result_text(object_of(result).get("outputs")))


def _listed(value: Json) -> Iterator[Turn]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str):
            yield Turn("user", _normal(item))
        elif isinstance(item, dict):
            yield from _item(item)


def _item(item: dict[str, Json]) -> Iterator[Turn]:
    """A message, or an item of Responses."""
    kind = text_of(item.get("type"))
    if kind.endswith(("_output", "_result")):
        yield Turn("tool", result_text(item.get("output", item.get("result"))))
    elif kind.endswith("_call") or kind in _ASSISTANT_ITEMS:
        yield Turn("assistant", "")
    else:
        yield from _message(item)


_ASSISTANT_ITEMS = frozenset({"reasoning", "item_reference", "compaction", "thought", "mcp_call"})


def _message(message: dict[str, Json]) -> Iterator[Turn]:
    role = _ROLES.get(text_of(message.get("role")), "user")
    content = message.get("content", message.get("parts", message.get("message")))
    if content is None and "text" in message:
        content = message["text"]
    if role == "assistant":
        yield Turn(role, "")
    elif role == "tool":
        yield Turn(role, result_text(content if content is not None else message.get("outputs")))
    else:
        blocks = content if isinstance(content, list) else [content]
        # Anthropic, Gemini and Converse give the results of tools in a turn of the user.
        for is_result, run in groupby(blocks, key=_is_result):
            if is_result:
                yield from (Turn("tool", result_text(block)) for block in run)
            else:
                yield from _unless_empty(_said(role, list(run)))
        yield from _unless_empty(_said(role, None, message.get("images")))  # Ollama


_RESULTS = ("toolResult", "functionResponse", "function_response")


def _is_result(block: Json) -> bool:
    if not isinstance(block, dict):
        return False
    return text_of(block.get("type")).endswith("tool_result") or any(
        name in block for name in _RESULTS
    )


def _rpc(body: dict[str, Json]) -> Iterator[Turn]:
    """A2A's message, or the method and parameters of an MCP request."""
    params = object_of(body.get("params"))
    message = params.get("message")
    if isinstance(message, dict):
        yield _said("user", message.get("parts"))
        return
    kept = {name: value for name, value in params.items() if name != "_meta"}
    yield Turn("user", _normal(f"{text_of(body.get('method'))} {result_text(kept)}"))


def _tools(body: dict[str, Json]) -> Iterator[str]:
    for tool in [
        *list_of(body.get("tools")),
        *list_of(object_of(body.get("toolConfig")).get("tools")),
    ]:
        if not isinstance(tool, dict):
            continue
        declared = tool.get("functionDeclarations", tool.get("function_declarations"))
        nested = [tool.get("function"), tool.get("toolSpec"), *list_of(declared)]
        names = [text_of(object_of(one).get("name")) for one in (tool, *nested)]
        if any(names):
            yield from filter(None, names)
        else:
            yield text_of(tool.get("type")) or next(iter(tool), "")


def _otherwise(request: Request, body: Json | NotJson) -> str:
    """Of a body of no known shape: its canonical form, without the choice of model."""
    if isinstance(body, dict):
        kept = [name for name in body if name not in _OWN and not name.endswith("_id")]
        return result_text({name: body[name] for name in kept})
    form = canonical("", request, compiled(DEFAULT_RULES))
    parts = form.body
    if form.kind == "multipart":
        parts = [part for part in parts if part[0] not in _OWN]
    return msgspec.json.encode([form.method, form.path.rpartition("/")[2], parts]).decode()
