"""Reasoning that a server left in the text, between `<think>` and `</think>`.

Servers without a parser for a model's reasoning hand it on as text. An answer as it was read keeps
what the wire says; for the comparison the reasoning is taken out, in a form of its own, `inline`.
Only what stands at the beginning of the text is taken for it. Knows answers.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from wiretape.cassettes.dialects.answer import Answer, Choice, ReasoningPart, TextPart

INLINE = "inline"
"""The form of such reasoning, beside `raw` and `summary`."""

UNCLOSED = "unclosed"
"""The form of it where the text ends before it does."""

_OPENING = re.compile(r"\s*<(think|thinking)>")

_LINE = 200
"""Characters before and behind a tag that are looked at."""


class _Tag(NamedTuple):
    """A tag on its way through a text."""

    starts: int
    ends: int
    opens: bool
    before: str
    behind: str
    """What stands beside it on its line."""
    quoted: bool
    """In quotes, or in a block of code."""

    @property
    def spoken_of(self) -> bool:
        """Whether the text is about it: it is quoted, or a word of a sentence."""
        among = self.before[-1:].isspace() and self.behind[:1].isspace() and self.behind.strip()
        return self.quoted or bool(among)


class Inline(NamedTuple):
    """The text of an answer, taken apart."""

    reasoning: str
    ends: int
    """Where in the text the answer begins."""
    how: str
    """In which tags it stands, in words."""
    form: str = INLINE


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
    reasoning = ReasoningPart(INLINE, found.form, found.reasoning)
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
    begins = opening.end()
    closing = _closing(list(_tags(text, begins, tag)))
    if closing is None:
        how = f"behind <{tag}>, with no </{tag}>"
        return Inline(text[begins:].strip(), len(text), how, UNCLOSED)
    return _told(text, begins, closing, f"between <{tag}> and </{tag}>")


def _closing(tags: Sequence[_Tag]) -> _Tag | None:
    """The one that ends what was opened before the first of them: by count; else the first that
    the text is not about; else the first."""
    depth = 1
    meant = [tag for tag in tags if not tag.spoken_of]
    for tag in meant:
        depth += 1 if tag.opens else -1
        if depth == 0:
            return tag
    return next((tag for tag in (*meant, *tags) if not tag.opens), None)


def _without_opening(text: str) -> Inline | None:
    """The prompt's template has `<think>` in it (DeepSeek R1, QwQ). Closed a second time, or with
    its opening, it is what the text is about."""
    if "</think>" not in text or "<think>" in text:
        return None
    standing = [tag for tag in _tags(text, 0, "think") if _stands(tag, text)]
    if len(standing) != 1:
        return None
    return _told(text, 0, standing[0], "before </think>, with no <think>")


def _stands(tag: _Tag, text: str) -> bool:
    """Whether a tag begins its line or ends it. Behind the last word of all, it is part of that
    sentence; indented, it is code."""
    if tag.quoted or tag.before.expandtabs(4).startswith("    "):
        return False
    if not tag.before.strip():
        return True
    ends_all = tag.before[-1].isspace() and not text[tag.ends :].strip()
    return not tag.behind.strip() and not ends_all


def _tags(text: str, begins: int, name: str) -> Iterator[_Tag]:
    in_code = False
    for found in re.finditer(rf"```|<(/?){name}>", text[begins:]):
        if found[0] == "```":
            in_code = not in_code
            continue
        starts, ends = begins + found.start(), begins + found.end()
        before = text[max(begins, starts - _LINE) : starts].rpartition("\n")[2]
        behind = text[ends : ends + _LINE].partition("\n")[0]
        yield _Tag(starts, ends, not found[1], before, behind, in_code or _quoted(before, behind))


def _quoted(before: str, behind: str) -> bool:
    if any(before.count(quote) % 2 and quote in behind for quote in '`"'):
        return True
    return (before[-1:], behind[:1]) in _PAIRS


_PAIRS = frozenset({("'", "'"), ("\u2018", "\u2019"), ("\u201c", "\u201d"), ("\xab", "\xbb")})


def _told(text: str, begins: int, closing: _Tag, how: str) -> Inline:
    """Whitespace between the tags and the answer belongs to neither."""
    answer = len(text) - len(text[closing.ends :].lstrip())
    return Inline(text[begins : closing.starts].strip(), answer, how)
