"""One line on a comparison, as a person would say it.

Knows what differs and how the sides are called.
"""

from collections.abc import Iterator, Sequence

from wiretape.cassettes.diff.comparison import Aspect, Difference, Side
from wiretape.cassettes.diff.texts import reasoning_form
from wiretape.cassettes.diff.tokens import word_count
from wiretape.cassettes.diff.two import counted, listed, shown
from wiretape.cassettes.diff.wire import error_kind, errors_of
from wiretape.cassettes.diff.wording import alike_words, share_words
from wiretape.cassettes.diff.words import text_diff
from wiretape.cassettes.meaning import HTTP_ERROR

LATER = 1.5
"""Times as long that a first token is worth a word."""

LATER_NS = 50_000_000
"""And by so much at least: below, it is chance."""


def verdict_of(
    labels: Sequence[str],
    sides: Sequence[Side | None],
    differences: Sequence[Sequence[Difference]],
) -> str:
    """The line."""
    if len(sides) == 2:
        return _of_two(labels, sides, differences[0])
    return _of_many(labels, sides, differences)


def _of_two(
    labels: Sequence[str], sides: Sequence[Side | None], found: Sequence[Difference]
) -> str:
    a, b = sides
    if a is None or b is None:
        return f"only on {labels[1] if a is None else labels[0]}"
    clauses = list(_no_answer(labels, sides))
    if not clauses:
        clauses = [_said(a, b, found), *_reasoning(labels, a, b, found), *_rest(found)]
        clauses = [clause for clause in clauses if clause]
    clauses += _later(labels, a, b)
    return "; ".join(clauses)


def _no_answer(labels: Sequence[str], sides: Sequence[Side | None]) -> Iterator[str]:
    for label, side in zip(labels, sides, strict=True):
        if side is None:
            continue
        how = side.measured.ending.replace("_", " ")
        if side.measured.status is None:
            yield f"{label} gave no answer ({how})"
        elif failed := errors_of(side):
            kind = error_kind(_status(side), failed[0].code or failed[0].type)
            yield f"{label} failed{_behind(side)} ({kind or shown(failed[0].message)})"
        elif side.measured.ending != "complete" and not side.meaning.answer.ended:
            yield f"{label} broke off{_behind(side)} ({how})"


def _behind(side: Side) -> str:
    words = word_count(side.meaning.answer.text)
    return f" after {counted(words, 'word')}" if words else ""


def _status(side: Side) -> str:
    status = side.measured.status
    return str(status) if status is not None and status >= HTTP_ERROR else ""


def _said(a: Side, b: Side, found: Sequence[Difference]) -> str:
    """`same text and tools`, `other text (82% of the words in common), same tools`."""
    text, tools = _first(found, "text"), _first(found, "tools")
    called = a.measured.tool_calls or b.measured.tool_calls
    spoken = _has_text(a) or _has_text(b)
    if text is None:
        both = "same text and tools" if spoken else "same tools"
        if not called:
            return "same text" if spoken else _same_answer(a, b, found)
        return f"{'same text, ' if spoken else ''}{_other_calls(found)}" if tools else both
    if not isinstance(text.a, str) or not text.a or not text.b:
        words = text.words
    else:
        diff = text_diff(text.a, text.b)
        share = f"other text ({share_words(diff)})"
        words = alike_words(diff) if diff.alike else share
    if not called:
        return words
    return f"{words}, {_other_calls(found) if tools else 'same tools'}"


def _has_text(side: Side) -> bool:
    return any(choice.text for choice in side.meaning.answer.choices)


def _same_answer(a: Side, b: Side, found: Sequence[Difference]) -> str:
    """Of answers without text and calls; empty where they differ in what else there is."""
    if any(_first(found, aspect) for aspect in ("refusal", "media", "citations")):
        return ""
    known = a.meaning.api or b.meaning.api
    return "same answer" if known else "same data, of an API that is not known"


def _other_calls(found: Sequence[Difference]) -> str:
    paths = [one.path for one in found if one.aspect == "tools" and one.counts]
    in_order = not all(path.endswith("tools") for path in paths)
    return "other tool calls" if in_order else "same tool calls in another order"


def _first(found: Sequence[Difference], aspect: Aspect) -> Difference | None:
    return next((one for one in found if one.aspect == aspect and one.counts), None)


_FORMS = {
    "raw": "thinks in the open",
    "summary": "sums up its reasoning",
    "inline": "thinks inside its text",
    "unclosed": "never ends its thinking",
    "encrypted": "keeps its reasoning encrypted",
}


def _reasoning(
    labels: Sequence[str], a: Side, b: Side, found: Sequence[Difference]
) -> Iterator[str]:
    apart = [one for one in found if one.aspect == "reasoning"]
    if not apart:
        return
    forms = [
        reasoning_form(side.meaning.answer.choices[0]) if side.meaning.answer.choices else "none"
        for side in (a, b)
    ]
    if forms[0] == forms[1]:
        yield apart[-1].words if apart[-1].path.endswith("when") else "other reasoning"
        return
    if "none" in forms and "raw" in forms:
        open_label, other = labels if forms[0] == "raw" else (labels[1], labels[0])
        yield f"{open_label} thinks in the open, {other} does not"
        return
    told = [_visible(side, form) for side, form in zip((a, b), forms, strict=True)]
    yield ", ".join(f"{label} {how}" for label, how in zip(labels, told, strict=True))


def _visible(side: Side, form: str) -> str:
    """What a side does with its reasoning; of what is not shown, as its tokens were counted."""
    if form == "none":
        tokens = side.measured.tokens.reasoning
        return "hides its own" if tokens else "has none" if tokens == 0 else "shows none"
    return _FORMS.get(form, f"gives reasoning {form}")


_NAMED: dict[Aspect, str] = {
    "status": "status",
    "ending": "ending",
    "citations": "citations",
    "refusal": "refusal",
    "media": "media",
    "errors": "errors",
    "usage": "usage",
    "grammar": "grammar",
    "extensions": "extensions",
    "findings": "findings",
    "pace": "pace",
}


_ONE = frozenset({"status", "ending", "refusal", "usage", "grammar", "pace"})
"""Names that stand for one thing."""


def _rest(found: Sequence[Difference]) -> Iterator[str]:
    for aspect in ("finish", "streaming"):
        one = next((one for one in found if one.aspect == aspect and one.counts), None)
        if one is not None:
            yield one.words
    names = [
        word
        for aspect, word in _NAMED.items()
        if any(d.aspect == aspect and d.counts for d in found)
    ]
    if names:
        listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
        yield f"{listed} {'differs' if len(names) == 1 and names[0] in _ONE else 'differ'}"


def _later(labels: Sequence[str], a: Side, b: Side) -> Iterator[str]:
    ours, theirs = a.measured.pace.ttft_ns, b.measured.pace.ttft_ns
    if ours is None or theirs is None or abs(ours - theirs) < LATER_NS:
        return
    (early, _), (late, label) = sorted(((ours, labels[0]), (theirs, labels[1])))
    if early <= 0 or late / early >= LATER:
        by = f"{late / early:.1f}x later" if early > 0 else "later"
        yield f"first token {by} on {label}"


def _of_many(
    labels: Sequence[str],
    sides: Sequence[Side | None],
    differences: Sequence[Sequence[Difference]],
) -> str:
    there = [label for label, side in zip(labels, sides, strict=True) if side is not None]
    absent = [label for label, side in zip(labels, sides, strict=True) if side is None]
    if all(not one.counts for found in differences for one in found):
        return f"same on all {len(sides)}"
    clauses = list(_some(there, absent))
    clauses += _no_answer(labels, sides)
    base = next(place for place, side in enumerate(sides) if side is not None)
    compared = [
        differences[place - 1]
        for place, side in enumerate(sides)
        if place > base and side is not None
    ]
    everywhere: list[str] = []
    partly: list[str] = []
    for aspect in dict.fromkeys([*_told_of(sides), *_counted(compared)]):
        same = sum(_first(found, aspect) is None for found in compared)
        if same == len(compared):
            everywhere.append(aspect)
        else:
            partly.append(f"{aspect} on {same}")
    if everywhere:
        where = "on all that are there" if absent else "on all"
        clauses.append(f"same {', '.join(everywhere)} {where}")
    if partly:
        clauses.append(f"of {len(compared)} others, as on {there[0]}: {', '.join(partly)}")
    return "; ".join(clauses)


def _some(there: Sequence[str], absent: Sequence[str]) -> Iterator[str]:
    """Which sides have it, where not all have, by the shorter list."""
    if absent:
        few = len(absent) < len(there)
        yield f"{'not' if few else 'only'} on {listed(absent if few else there)}"


def _counted(compared: Sequence[Sequence[Difference]]) -> list[Aspect]:
    """All aspects that differ on some side; a failure is told by itself."""
    found = {one.aspect for differences in compared for one in differences if one.counts}
    return [aspect for aspect in ("streaming", *_NAMED) if aspect in found]


def _told_of(sides: Sequence[Side | None]) -> Iterator[Aspect]:
    """The aspects of which any side has something to say."""
    there = [side for side in sides if side is not None]
    if any(side.measured.text_chars for side in there):
        yield "text"
    if any(side.measured.tool_calls for side in there):
        yield "tools"
    if any(
        choice.reasoning or choice.opaque
        for side in there
        for choice in side.meaning.answer.choices
    ):
        yield "reasoning"
    yield "finish"
