"""Reasoning in a delta or a message of Chat Completions, under the names of all vendors.

Several of them say one text under several names; it is told once. Knows no frame and no state.
"""

from wiretape.cassettes.dialects.chat_stream import Told
from wiretape.cassettes.dialects.chat_tools import opaque
from wiretape.cassettes.dialects.delta import Json, Reasoning
from wiretape.cassettes.dialects.payload import count_of, text_of

REASONING_KEYS = frozenset(
    {"reasoning_content", "reasoning", "reasoning_details", "thinking_blocks"}
)
_BLOCK_KEYS = frozenset(
    {
        "type",
        "id",
        "index",
        "format",
        "text",
        "summary",
        "data",
        "signature",
        "thinking",
        "cache_control",
    }
)
_RAW = frozenset({"reasoning.text", "thinking", "text"})
_OPAQUE = {"reasoning.encrypted": "encrypted", "redacted_thinking": "redacted"}


def tell_reasoning(told: Told, delta: dict[str, Json], path: str, choice: int) -> None:
    """All reasoning of a delta: OpenRouter's `reasoning_details` or LiteLLM's `thinking_blocks`
    where they have text, for they tell its form; else the plain text."""
    said = False
    for key in ("reasoning_details", "thinking_blocks"):
        value = delta.get(key)
        if isinstance(value, list):
            if not said:
                said = _tell_blocks(told, value, f"{path}.{key}", choice)
        elif value is not None:
            told.unknown(f"{path}.{key}", value, key, choice)
    told_text = ""
    for key in ("reasoning_content", "reasoning"):
        value = delta.get(key)
        if not isinstance(value, str):
            if value is not None:
                told.unknown(f"{path}.{key}", value, key, choice)
        elif value and not said and value != told_text:
            if told_text:
                told.unknown(f"{path}.{key}", value, key, choice)
                continue
            told_text = value
            told.deltas.append(Reasoning(told.frame, told.at_ns, key, "reasoning", choice, value))


def _tell_blocks(told: Told, blocks: list[Json], path: str, choice: int) -> bool:
    """Whether there was text among them."""
    said = False
    for position, block in enumerate(blocks):
        here = f"{path}[{position}]"
        if not isinstance(block, dict):
            told.unknown(here, block, choice=choice)
            continue
        told.unknown_keys(block, _BLOCK_KEYS, here, choice)
        said = _tell_block(told, block, here, choice) or said
    return said


def _tell_block(told: Told, block: dict[str, Json], path: str, choice: int) -> bool:
    kind = text_of(block.get("type"))
    index = count_of(block.get("index"))
    part = "reasoning" if index is None else f"reasoning:{index}"
    signature = text_of(block.get("signature"))
    if signature:
        told.deltas.append(opaque(told, "signature", signature, part, choice))
    if kind in _OPAQUE:
        data = text_of(block.get("data"))
        if data:
            told.deltas.append(opaque(told, _OPAQUE[kind], data, part, choice))
        return False
    if kind == "reasoning.summary":
        text = text_of(block.get("summary"))
        if text:
            told.deltas.append(
                Reasoning(
                    told.frame, told.at_ns, kind, f"{part}.summary", choice, text, form="summary"
                )
            )
        return bool(text)
    if kind in _RAW:
        text = text_of(block.get("text")) or text_of(block.get("thinking"))
        if text:
            told.deltas.append(Reasoning(told.frame, told.at_ns, kind, part, choice, text))
        return bool(text)
    told.unknown(path, block, kind, choice)
    return False
