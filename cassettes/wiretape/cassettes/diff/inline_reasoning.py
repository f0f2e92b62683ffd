"""Reasoning that a server left in the text, between `<think>` and `</think>`.

Servers without a parser for a model's reasoning hand it on as text. An answer as it was read keeps
what the wire says; for the comparison the reasoning is taken out, in a form of its own, `inline`.
Only what stands at the beginning of the text is taken for it. Knows answers.
"""

import re
from typing import NamedTuple

from msgspec.structs import replace

from wiretape.cassettes.dialects.answer import Answer, Choice, ReasoningPart, TextPart

INLINE = "inline"
"""The form of such reasoning, beside `raw` and `summary`."""

_OPENING = re.compile(r"\s*<(think|thinking)>")
_CLOSING = re.compile(r"(?<![`\"'])</think>(?![`\"'])")
"""By itself, where the prompt's template has `<think>` in it (DeepSeek R1, QwQ); in quotes, the
text is about it."""


class Inline(NamedTuple):
    """The text of an answer, taken apart."""

    reasoning: str
    ends: int
    """Where in the text the answer begins."""
    how: str
    """In which tags it stands, in words."""


def without_inline_reasoning(answer: Answer) -> tuple[Answer, str]:
    """The answer with reasoning and text apart, and a remark on how they were together; the answer
    itself and no remark where they were not."""
    if not any("think" in choice.text for choice in answer.choices):
        return answer, ""
    apart = [_apart(choice) for choice in answer.choices]
    remark = next(filter(None, (words for _, words in apart)), "")
    if not remark:
        return answer, ""
    return replace(answer, choices=tuple(choice for choice, _ in apart)), remark


def _apart(choice: Choice) -> tuple[Choice, str]:
    found = inline_reasoning("".join(part.text for part in choice.texts if part.channel == "final"))
    if found is None:
        return choice, ""
    choice = replace(choice, texts=_behind(choice.texts, found.ends))
    if not found.reasoning:
        return choice, f"no reasoning {found.how}: the tags in the text are left out"
    reasoning = ReasoningPart(INLINE, INLINE, found.reasoning)
    choice = replace(choice, reasoning=(reasoning, *choice.reasoning))
    return choice, f"reasoning in the text, {found.how}, is compared as reasoning"


def _behind(parts: tuple[TextPart, ...], ends: int) -> tuple[TextPart, ...]:
    """The parts without what stands before a place in the final text."""
    kept = []
    for part in parts:
        if part.channel == "final":
            part, ends = replace(part, text=part.text[ends:]), max(ends - len(part.text), 0)
        kept.append(part)
    return tuple(kept)


def inline_reasoning(text: str) -> Inline | None:
    """The reasoning at the beginning of a text; None where there is none."""
    opening = _OPENING.match(text)
    if opening is None:
        return _without_opening(text)
    tag = opening[1]
    begins, ends = opening.end(), text.find(f"</{tag}>", opening.end())
    if ends < 0:
        return Inline(text[begins:].strip(), len(text), f"behind <{tag}>, with no </{tag}>")
    closed = ends + len(f"</{tag}>")
    return _told(text, begins, ends, closed, f"between <{tag}> and </{tag}>")


def _without_opening(text: str) -> Inline | None:
    closings = list(_CLOSING.finditer(text))
    # Of more than one, or with its opening, it is what the text is about; or markup of a program.
    if len(closings) != 1 or "<think>" in text or text.count("```", 0, closings[0].start()) % 2:
        return None
    words = "before </think>, with no <think>"
    return _told(text, 0, closings[0].start(), closings[0].end(), words)


def _told(text: str, begins: int, ends: int, closed: int, how: str) -> Inline:
    """Whitespace between the tags and the answer belongs to neither."""
    answer = len(text) - len(text[closed:].lstrip())
    return Inline(text[begins:ends].strip(), answer, how)
