"""`content` that is a list of parts, as Mistral streams it and others answer.

Knows the types of parts; no frame and no state.
"""

from collections.abc import Callable

from wiretape.cassettes.dialects.chat_media import tell_media
from wiretape.cassettes.dialects.chat_stream import Told
from wiretape.cassettes.dialects.chat_tools import opaque
from wiretape.cassettes.dialects.delta import Citation, Json, Reasoning, Refusal, Text
from wiretape.cassettes.dialects.payload import list_of, object_of, text_of

Parts = dict[str, Json]


def tell_content(told: Told, parts: list[Json], path: str, choice: int) -> str:
    """Everything in the list; gives the text of it."""
    said = []
    for position, part in enumerate(parts):
        here = f"{path}[{position}]"
        if isinstance(part, str):
            said.append(_tell_text(told, {"text": part}, choice))
        elif isinstance(part, dict):
            tell = _TELLERS.get(text_of(part.get("type")))
            if tell is None:
                told.unknown(here, part, text_of(part.get("type")), choice)
            else:
                said.append(tell(told, part, choice))
                told.unknown_keys(part, _KEYS, here, choice)
        else:
            told.unknown(here, part, choice=choice)
    return "".join(said)


_KEYS = frozenset(
    {
        "type",
        "text",
        "thinking",
        "closed",
        "signature",
        "reference_ids",
        "image_url",
        "summary",
        "refusal",
        "index",
        "annotations",
        "tool",
        "title",
        "url",
        "favicon",
        "description",
        "id",
    }
)


def _tell_text(told: Told, part: Parts, choice: int) -> str:
    text = text_of(part.get("text"))
    if text:
        told.deltas.append(Text(told.frame, told.at_ns, "content", "content", choice, text))
    return text


def _tell_thinking(told: Told, part: Parts, choice: int) -> str:
    """Mistral: a list of text chunks; a string where others imitate it."""
    inner = part.get("thinking")
    pieces = [{"text": inner}] if isinstance(inner, str) else list_of(inner)
    for piece in pieces:
        text = text_of(object_of(piece).get("text"))
        if text:
            told.deltas.append(
                Reasoning(told.frame, told.at_ns, "thinking", "reasoning", choice, text)
            )
        elif piece != {"type": "text", "text": ""}:
            told.unknown("$.thinking", piece, "thinking", choice)
    _tell_signature(told, part, choice)
    return ""


def _tell_reasoning(told: Told, part: Parts, choice: int) -> str:
    """Databricks: `{"type": "reasoning", "summary": [{"type": "summary_text", "text"}]}`."""
    for piece in list_of(part.get("summary")):
        text = text_of(object_of(piece).get("text"))
        if text:
            told.deltas.append(
                Reasoning(
                    told.frame,
                    told.at_ns,
                    "summary_text",
                    "reasoning.summary",
                    choice,
                    text,
                    form="summary",
                )
            )
        _tell_signature(told, object_of(piece), choice)
    return ""


def _tell_signature(told: Told, part: Parts, choice: int) -> None:
    signature = text_of(part.get("signature"))
    if signature:
        told.deltas.append(opaque(told, "signature", signature, "reasoning", choice))


def _tell_reference(told: Told, part: Parts, choice: int) -> str:
    """Mistral: numbers of documents that the request gave."""
    for reference in list_of(part.get("reference_ids")):
        told.deltas.append(
            Citation(
                told.frame,
                told.at_ns,
                "reference",
                "content",
                choice,
                ctype="reference",
                file_id=str(reference) if isinstance(reference, str | int) else "",
            )
        )
    return ""


def _tell_tool_reference(told: Told, part: Parts, choice: int) -> str:
    told.deltas.append(
        Citation(
            told.frame,
            told.at_ns,
            "tool_reference",
            "content",
            choice,
            ctype="tool_reference",
            url=text_of(part.get("url")),
            title=text_of(part.get("title")),
            quoted=text_of(part.get("description")),
        )
    )
    return ""


def _tell_image(told: Told, part: Parts, choice: int) -> str:
    tell_image(told, part.get("image_url"), choice)
    return ""


def tell_image(told: Told, image: Json, choice: int, part: str = "images") -> None:
    """`image_url`: an address or an object with one, often a data URL."""
    url = image if isinstance(image, str) else text_of(object_of(image).get("url"))
    if url:
        tell_media(told, "image", url, part=part, raw_type="image_url", choice=choice)


def _tell_refusal(told: Told, part: Parts, choice: int) -> str:
    text = text_of(part.get("refusal"))
    if text:
        told.deltas.append(Refusal(told.frame, told.at_ns, "refusal", "refusal", choice, text))
    return ""


_TELLERS: dict[str, Callable[[Told, Parts, int], str]] = {
    "text": _tell_text,
    "output_text": _tell_text,
    "thinking": _tell_thinking,
    "reasoning": _tell_reasoning,
    "reference": _tell_reference,
    "tool_reference": _tell_tool_reference,
    "image_url": _tell_image,
    "refusal": _tell_refusal,
}
