"""The content blocks of Bedrock Converse: opened, filled by deltas, closed.

Text has no start event, so a block may be opened by its first delta. A block of a whole message is
turned into the deltas that would have told it. Knows nothing of events and their order.
"""

from collections.abc import Callable
from typing import Final, Literal

from wiretape.cassettes.dialects.delta import (
    Citation,
    Error,
    Json,
    Media,
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
from wiretape.cassettes.dialects.payload import (
    json_text,
    object_of,
    sha256,
    text_of,
    unwrapped_base64,
)
from wiretape.cassettes.dialects.reading import Reading, whole_number

_Modality = Literal["image", "audio", "video", "document"]


class Block:
    """One content block while it is open."""

    __slots__ = (
        "call",
        "heard",
        "is_error",
        "media",
        "mime",
        "modality",
        "output",
        "part",
        "ptype",
    )

    def __init__(self, part: str, ptype: PartType) -> None:
        self.part = part
        self.ptype = ptype
        self.heard = False
        """Whether a piece of a call's input came that was not empty."""
        self.call = part
        """The part of the call that a tool's result belongs to."""
        self.output: list[Json] = []
        self.is_error = False
        self.modality: _Modality = "image"
        self.mime = ""
        self.media: list[str] = []
        """Pieces of base64, or a place in S3."""


def open_block(
    r: Reading, part: str, start: dict[str, Json], calls: dict[str, str], path: str
) -> Block:
    """A block begins. `calls` gives the part of each tool call by its id, and learns this one."""
    block = open_unannounced(r, part, start)
    if "toolUse" in start:
        _open_call(r, block, r.members(start, "toolUse", path), calls, f"{path}.toolUse")
    elif "toolResult" in start:
        result = r.members(start, "toolResult", path)
        block.call = calls.get(r.string(result, "toolUseId", f"{path}.toolResult"), part)
        block.is_error = result.get("status") == "error"
        r.only(result, ("toolUseId", "type", "status", "content"), f"{path}.toolResult")
    elif "image" in start:
        block.mime = _mime("image", r.members(start, "image", path))
    r.only(start, _PTYPES, path)
    return block


_PTYPES: Final[dict[str, PartType]] = {
    "text": "text",
    "citation": "text",
    "reasoningContent": "reasoning",
    "toolUse": "tool_call",
    "toolResult": "tool_result",
    "image": "image",
}


def open_unannounced(r: Reading, part: str, delta: dict[str, Json]) -> Block:
    """A block begins with its first delta; its one key says what it is."""
    key = next(iter(delta), "")
    block = Block(part, _PTYPES.get(key, "other"))
    r.add(PartStart(*r.at(key, part), ptype=block.ptype))
    return block


def _open_call(
    r: Reading, block: Block, use: dict[str, Json], calls: dict[str, str], path: str
) -> None:
    call_id = r.string(use, "toolUseId", path)
    calls[call_id] = block.part
    kind = r.string(use, "type", path)
    r.add(
        ToolStart(
            *r.at("toolUse", block.part),
            name=r.string(use, "name", path),
            call_id=call_id,
            origin="hosted" if kind == "server_tool_use" else "client",
            tool_type=kind or "toolUse",
        )
    )
    r.only(use, ("toolUseId", "name", "type", "input"), path)


def block_delta(r: Reading, block: Block, delta: dict[str, Json], path: str) -> None:
    """More of an open block."""
    for key in delta:
        more = _DELTAS.get(key)
        if more is None:
            r.unknown(f"{path}.{key}", delta[key], key)
        else:
            more(r, block, delta, path)


def _text(r: Reading, block: Block, delta: dict[str, Json], path: str) -> None:
    r.add(Text(*r.at("text", block.part), delta=r.string(delta, "text", path)))


def _tool_use(r: Reading, block: Block, delta: dict[str, Json], path: str) -> None:
    use = r.members(delta, "toolUse", path)
    piece = r.string(use, "input", f"{path}.toolUse")
    block.heard = block.heard or bool(piece)
    r.add(ToolArgs(*r.at("toolUse", block.part), delta=piece))
    r.only(use, ("input",), f"{path}.toolUse")


def _tool_result(r: Reading, block: Block, delta: dict[str, Json], path: str) -> None:
    for item in r.elements(delta, "toolResult", path):
        more = _only_text(item)
        said = _only_text(block.output[-1]) if block.output else None
        if more is not None and said is not None:
            block.output[-1] = {"text": said + more}
        else:
            block.output.append(item)


def _only_text(item: Json) -> str | None:
    """The text of an item that is nothing else."""
    text = item.get("text") if isinstance(item, dict) and len(item) == 1 else None
    return text if isinstance(text, str) else None


def _reasoning(r: Reading, block: Block, delta: dict[str, Json], path: str) -> None:
    path = f"{path}.reasoningContent"
    content = object_of(delta.get("reasoningContent"))
    if "text" in content:
        thought = r.string(content, "text", path)
        r.add(Reasoning(*r.at("reasoningContent", block.part), delta=thought))
    if signature := r.string(content, "signature", path):
        _opaque(r, "signature", block.part, signature)
    if sealed := r.string(content, "redactedContent", path):
        _opaque(r, "redacted", block.part, sealed)
    r.only(content, ("text", "signature", "redactedContent"), path)


def _opaque(r: Reading, form: Literal["signature", "redacted"], part: str, text: str) -> None:
    digest = sha256(text.encode("utf-8", "surrogatepass"))
    r.add(ReasoningOpaque(*r.at(form, part), form=form, size=len(text), sha256=digest))


_UNITS: Final[dict[str, Literal["char", "page", "block"]]] = {
    "documentChar": "char",
    "documentPage": "page",
    "documentChunk": "block",
    "searchResultLocation": "block",
}


def _citation(r: Reading, block: Block, delta: dict[str, Json], path: str) -> None:
    path = f"{path}.citation"
    citation = object_of(delta.get("citation"))
    location = r.members(citation, "location", path)
    kind = next(iter(location), "")
    place = object_of(location.get(kind))
    quoted = [text_of(object_of(one).get("text")) for one in r.elements(citation, "sourceContent")]
    r.add(
        Citation(
            *r.at("citation", block.part),
            ctype=kind,
            url=text_of(place.get("url")) or r.string(citation, "source", path),
            title=r.string(citation, "title", path),
            start=whole_number(place.get("start")),
            end=whole_number(place.get("end")),
            unit=_UNITS.get(kind, ""),
            quoted="".join(quoted),
        )
    )
    r.only(citation, ("title", "source", "sourceContent", "location"), path)


def _image(r: Reading, block: Block, delta: dict[str, Json], path: str) -> None:
    _media(r, block, r.members(delta, "image", path), f"{path}.image")


def _media(r: Reading, block: Block, value: dict[str, Json], path: str) -> None:
    source = r.members(value, "source", path)
    place = text_of(object_of(source.get("s3Location")).get("uri"))
    block.media.append(place or r.string(source, "bytes", f"{path}.source"))
    if problem := r.members(value, "error", path):
        words = text_of(problem.get("message"))
        r.add(Error(*r.at("image", block.part), type="image", message=words, terminal=False))
    r.only(value, ("format", "source", "error", "name", "context", "citations"), path)


_DELTAS: Final[dict[str, Callable[[Reading, Block, dict[str, Json], str], None]]] = {
    "text": _text,
    "toolUse": _tool_use,
    "toolResult": _tool_result,
    "reasoningContent": _reasoning,
    "citation": _citation,
    "image": _image,
}


def close_block(r: Reading, block: Block) -> None:
    """A block ends: what comes in pieces that say nothing alone is told now."""
    at = r.at(block.ptype, block.part)
    if block.ptype == "tool_call":
        if not block.heard:
            r.add(ToolArgs(*at, delta="{}", synthetic=True))
        r.add(ToolEnd(*at))
    if block.output or block.ptype == "tool_result":
        at_call = r.at("toolResult", block.call)
        r.add(ToolOutput(*at_call, content=block.output, is_error=block.is_error))
    if block.media:
        _tell_media(r, block)
    r.add(PartEnd(*at, ptype=block.ptype))


def _tell_media(r: Reading, block: Block) -> None:
    pieces = [unwrapped_base64(piece) for piece in block.media]
    plain = "".join(block.media).encode("utf-8", "surrogatepass")  # a place in S3
    data = b"".join(piece or b"" for piece in pieces) if None not in pieces else plain
    r.add(
        Media(
            *r.at(block.modality, block.part),
            modality=block.modality,
            mime=block.mime,
            size=len(data),
            sha256=sha256(data),
        )
    )


def _mime(modality: str, value: dict[str, Json]) -> str:
    form = text_of(value.get("format"))
    return f"{modality}/{form}" if form and modality != "document" else form


def whole_block(
    r: Reading, part: str, value: dict[str, Json], calls: dict[str, str], path: str
) -> PartType:
    """A block of a whole message, told as its stream would have told it."""
    key = next(iter(value), "")
    if key in _WHOLE:
        r.only(value, (key,), path)
    if key == "citationsContent":
        return _whole_citations(r, part, r.members(value, key, path), f"{path}.{key}")
    if modality := _MODALITIES.get(key):
        return _whole_media(r, part, modality, r.members(value, key, path), f"{path}.{key}")
    if key in ("toolUse", "toolResult"):
        return _whole_tool(r, part, {key: value[key]}, calls, path)
    block = open_unannounced(r, part, value)
    block_delta(r, block, _flattened(value), path)
    close_block(r, block)
    return block.ptype


_MODALITIES: Final[dict[str, _Modality]] = {
    "image": "image",
    "audio": "audio",
    "video": "video",
    "document": "document",
}
_WHOLE: Final = frozenset({"citationsContent", "toolUse", "toolResult", *_MODALITIES})
"""Blocks that differ from what a stream would have told."""


def _whole_tool(
    r: Reading, part: str, value: dict[str, Json], calls: dict[str, str], path: str
) -> PartType:
    block = open_block(r, part, value, calls, path)
    if block.ptype == "tool_call":
        args = json_text(object_of(object_of(value["toolUse"]).get("input")))
        r.add(ToolArgs(*r.at("toolUse", part), delta=args, encoding="object"))
        block.heard = True
    else:
        content = object_of(value["toolResult"]).get("content")
        _tool_result(r, block, {"toolResult": content}, path)
    close_block(r, block)
    return block.ptype


def _flattened(value: dict[str, Json]) -> dict[str, Json]:
    """`reasoningText{text, signature}` of a whole message stands one level higher in a stream."""
    content = value.get("reasoningContent")
    if not isinstance(content, dict) or not isinstance(content.get("reasoningText"), dict):
        return value
    rest = {key: member for key, member in content.items() if key != "reasoningText"}
    return value | {"reasoningContent": content["reasoningText"] | rest}


def _whole_citations(r: Reading, part: str, value: dict[str, Json], path: str) -> PartType:
    block = open_unannounced(r, part, {"citation": value})
    for number, piece in enumerate(r.elements(value, "content", path)):
        _text(r, block, object_of(piece), f"{path}.content[{number}]")
    for number, citation in enumerate(r.elements(value, "citations", path)):
        _citation(r, block, {"citation": citation}, f"{path}.citations[{number}]")
    r.only(value, ("content", "citations"), path)
    close_block(r, block)
    return block.ptype


def _whole_media(
    r: Reading, part: str, modality: _Modality, value: dict[str, Json], path: str
) -> PartType:
    block = Block(part, "other" if modality == "document" else modality)
    block.modality = modality
    block.mime = _mime(modality, value)
    r.add(PartStart(*r.at(modality, part), ptype=block.ptype))
    _media(r, block, value, path)
    close_block(r, block)
    return block.ptype
