"""The content blocks of Anthropic's Messages: opened, filled by deltas, closed.

A block of a whole message is one that is opened with all its content and closed at once, so that
both give the same parts. Knows nothing of events and their order.
"""

from typing import Final, Literal

from wiretape.cassettes.dialects.delta import (
    Citation,
    Json,
    Meta,
    PartEnd,
    PartStart,
    PartType,
    Reasoning,
    ReasoningOpaque,
    Text,
    ToolArgs,
    ToolEnd,
    ToolOutput,
    ToolStart,
)
from wiretape.cassettes.dialects.payload import json_text, object_of, sha256, text_of
from wiretape.cassettes.dialects.reading import Reading, whole_number

_Origin = Literal["client", "hosted", "mcp"]

_PTYPES: Final[dict[str, PartType]] = {
    "text": "text",
    "thinking": "reasoning",
    "redacted_thinking": "reasoning",
}

_BLOCK_KEYS: Final[dict[str, frozenset[str]]] = {
    "text": frozenset({"type", "text", "citations"}),
    "thinking": frozenset({"type", "thinking", "signature"}),
    "redacted_thinking": frozenset({"type", "data"}),
}
_CALL_KEYS: Final = frozenset(
    {"type", "id", "name", "input", "caller", "server_name", "toolset_name"}
)
_RESULT_KEYS: Final = frozenset({"type", "tool_use_id", "content", "is_error", "caller"})
_TOLD_WHOLE: Final = frozenset({"mcp_tool_listing", "container_upload", "fallback"})
"""Blocks that are neither said, thought nor called, and come complete."""


class Block:
    """One content block while it is open."""

    __slots__ = ("given", "heard", "origin", "part", "ptype", "type")

    def __init__(self, part: str, type_: str = "", ptype: PartType | None = None) -> None:
        self.part = part
        self.type = type_
        self.ptype = ptype
        """None where the block was never opened: then nothing is closed."""
        self.origin: _Origin | None = None
        """Of a tool call."""
        self.given: Json = None
        """The input that stood in the block itself."""
        self.heard = False
        """Whether a piece of its input came that was not empty."""


def open_block(
    r: Reading, part: str, value: dict[str, Json], calls: dict[str, str], path: str
) -> Block:
    """A block begins, with what stands in it already. `calls` gives the part of each tool call by
    its id, and learns this one."""
    kind = text_of(value.get("type"))
    if kind in _BLOCK_KEYS:
        return _open_said(r, Block(part, kind, _PTYPES[kind]), value, path)
    if kind == "tool_use" or kind.endswith("_tool_use"):
        return _open_call(r, Block(part, kind, "tool_call"), value, calls, path)
    if kind.endswith("_tool_result"):
        return _open_result(r, Block(part, kind, "tool_result"), value, calls, path)
    block = Block(part, kind, "other")
    r.add(PartStart(*r.at(kind, part), ptype="other"))
    if kind == "compaction":
        _compaction(r, part, value, path)
    elif kind in _TOLD_WHOLE:
        r.add(Meta(*r.at(kind, part), what=kind, value=_without_type(value)))
    else:
        r.unknown(path, value, kind)
    return block


def _open_said(r: Reading, block: Block, value: dict[str, Json], path: str) -> Block:
    part = block.part
    r.add(PartStart(*r.at(block.type, part), ptype=block.ptype or "other"))
    if block.type == "text":
        if text := r.string(value, "text", path):
            r.add(Text(*r.at("text", part), delta=text))
        for number, citation in enumerate(r.elements(value, "citations", path)):
            _cite(r, part, object_of(citation), f"{path}.citations[{number}]")
    elif block.type == "thinking":
        if thought := r.string(value, "thinking", path):
            r.add(Reasoning(*r.at("thinking", part), delta=thought))
        if signature := r.string(value, "signature", path):
            _opaque(r, "signature", part, signature)
    else:
        _opaque(r, "redacted", part, r.string(value, "data", path))
    r.only(value, _BLOCK_KEYS[block.type], path)
    return block


def _open_call(
    r: Reading, block: Block, value: dict[str, Json], calls: dict[str, str], path: str
) -> Block:
    if block.type == "tool_use":
        block.origin = "client"
    else:
        block.origin = "mcp" if block.type == "mcp_tool_use" else "hosted"
    call_id = r.string(value, "id", path)
    calls[call_id] = block.part
    block.given = value.get("input")
    r.add(PartStart(*r.at(block.type, block.part), ptype="tool_call"))
    r.add(
        ToolStart(
            *r.at(block.type, block.part),
            name=r.string(value, "name", path),
            call_id=call_id,
            origin=block.origin,
            tool_type=block.type,
        )
    )
    r.only(value, _CALL_KEYS, path)
    return block


def _open_result(
    r: Reading, block: Block, value: dict[str, Json], calls: dict[str, str], path: str
) -> Block:
    content = value.get("content")
    kind = text_of(object_of(content).get("type"))
    call = calls.get(r.string(value, "tool_use_id", path), block.part)
    r.add(PartStart(*r.at(block.type, block.part), ptype="tool_result"))
    r.add(
        ToolOutput(
            *r.at(block.type, call),
            content=content,
            is_error=value.get("is_error") is True or kind.endswith("_error"),
        )
    )
    r.only(value, _RESULT_KEYS, path)
    return block


def block_delta(r: Reading, block: Block, delta: dict[str, Json], path: str) -> None:
    """More of an open block. The delta's own type decides what it means, whatever the block's."""
    match delta.get("type"):
        case "text_delta":
            r.add(Text(*r.at("text_delta", block.part), delta=r.string(delta, "text", path)))
            known: tuple[str, ...] = ("type", "text")
        case "input_json_delta":
            piece = r.string(delta, "partial_json", path)
            block.heard = block.heard or bool(piece)
            r.add(ToolArgs(*r.at("input_json_delta", block.part), delta=piece))
            known = ("type", "partial_json")
        case "thinking_delta":
            thought = r.string(delta, "thinking", path)
            r.add(Reasoning(*r.at("thinking_delta", block.part), delta=thought))
            known = ("type", "thinking", "estimated_tokens")
        case "signature_delta":
            _opaque(r, "signature", block.part, r.string(delta, "signature", path))
            known = ("type", "signature")
        case "citations_delta":
            citation = r.members(delta, "citation", path)
            _cite(r, block.part, citation, f"{path}.citation")
            known = ("type", "citation")
        case "compaction_delta":
            return _compaction(r, block.part, delta, path)
        case kind:
            return r.unknown(path, delta, text_of(kind))
    if len(delta) > len(known) - ("estimated_tokens" in known):
        r.only(delta, known, path)
    return None


def close_block(r: Reading, block: Block) -> None:
    """A block ends. A call whose input never came in pieces has the one it was opened with; most
    often `{}`, the call of a tool without parameters."""
    if block.origin is not None:
        if not block.heard:
            given = block.given if isinstance(block.given, dict) else {}
            args = json_text(given)
            r.add(ToolArgs(*r.at(block.type, block.part), delta=args, synthetic=True))
        r.add(ToolEnd(*r.at(block.type, block.part)))
    if block.ptype is not None:
        r.add(PartEnd(*r.at(block.type, block.part), ptype=block.ptype))


def _opaque(r: Reading, form: Literal["signature", "redacted"], part: str, text: str) -> None:
    digest = sha256(text.encode("utf-8", "surrogatepass"))
    r.add(ReasoningOpaque(*r.at(form, part), form=form, size=len(text), sha256=digest))


_COMPACTION_KEYS: Final = frozenset(
    {"type", "content", "encrypted_content", "signature", "tool_changes"}
)


def _compaction(r: Reading, part: str, value: dict[str, Json], path: str) -> None:
    """The summary that stands for the turns before; null where none could be made."""
    summary = r.string(value, "content", path)
    sealed = r.string(value, "encrypted_content", path)
    if summary or sealed:
        told = {"content": summary, "encrypted_size": len(sealed)}
        r.add(Meta(*r.at("compaction", part), what="compaction", value=told))
    r.only(value, _COMPACTION_KEYS, path)


_CITATION_KEYS: Final = frozenset(
    {
        "type",
        "cited_text",
        "url",
        "source",
        "title",
        "document_title",
        "document_index",
        "search_result_index",
        "file_id",
        "encrypted_index",
        "start_char_index",
        "end_char_index",
        "start_page_number",
        "end_page_number",
        "start_block_index",
        "end_block_index",
    }
)
_Unit = Literal["", "char", "page", "block"]
_UNITS: Final[tuple[tuple[_Unit, str, str], ...]] = (
    ("char", "start_char_index", "end_char_index"),
    ("page", "start_page_number", "end_page_number"),
    ("block", "start_block_index", "end_block_index"),
)
_NO_UNIT: Final[tuple[_Unit, str, str]] = ("", "", "")


def _cite(r: Reading, part: str, value: dict[str, Json], path: str) -> None:
    kind = r.string(value, "type", path)
    unit, start, end = next((found for found in _UNITS if found[1] in value), _NO_UNIT)
    r.add(
        Citation(
            *r.at(kind, part),
            ctype=kind,
            url=r.string(value, "url", path) or r.string(value, "source", path),
            title=r.string(value, "title", path) or r.string(value, "document_title", path),
            file_id=r.string(value, "file_id", path),
            start=whole_number(value.get(start)),
            end=whole_number(value.get(end)),
            unit=unit,
            quoted=r.string(value, "cited_text", path),
        )
    )
    r.only(value, _CITATION_KEYS, path)


def _without_type(value: dict[str, Json]) -> dict[str, Json]:
    return {key: member for key, member in value.items() if key != "type"}
