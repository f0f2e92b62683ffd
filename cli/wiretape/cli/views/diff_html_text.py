"""What differs, in words and in the text itself.

Words are marked with `ins` and `del`; moved and rephrased passages have marks of their own; long
stretches that are the same are folded. Pure.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from wiretape.cassettes.dialects.answer import Choice
from wiretape.cassettes.diff.comparison import Comparison, Difference, Json, Span
from wiretape.cli.units import counted
from wiretape.cli.views.diff_html_markup import Child, Markup, element, joined, shortened
from wiretape.cli.views.diff_html_tables import MOST_IN_VALUE, pretty
from wiretape.cli.views.diff_total import said

KEPT_WORDS = 24
"""Words that stay on either side of a fold."""

FOLDED_WORDS = 80
"""A stretch is folded where that hides so many words."""

MOST_CHARACTERS = 40_000
"""Of one text diff, of both sides together."""

MOST_DIFFERENCES = 200
MOST_WORDS = 500

_WORD = re.compile(r"\S{1,24}\s*")
"""A longer run counts as several, as languages without spaces have them."""

_SHORT = 60
"""Values up to here stand in the words already."""

_NAMES = 3


def differences(found: Sequence[Difference], first: str, other: str) -> Markup:
    """What differs between two sides, by aspect; texts with their words marked."""
    items: list[Markup] = []
    for aspect, group in groupby(found[:MOST_DIFFERENCES], key=lambda one: one.aspect):
        lines = [element("li", {}, *_difference(one, first, other)) for one in group]
        items.append(element("div", {}, element("dt", {}, aspect), element("dd", {}, _list(lines))))
    left = len(found) - MOST_DIFFERENCES
    return joined(
        element("dl", {"class": "differences"}, *items),
        element("p", {}, f"{left:,} more differences are not shown here.") if left > 0 else None,
    )


def _list(lines: Sequence[Markup]) -> Markup:
    return element("ul", {"class": "plain"}, *lines)


def _difference(one: Difference, first: str, other: str) -> Iterator[Child]:
    yield shortened(said(one), MOST_WORDS)
    if not one.counts:
        yield joined(" ", element("small", {"class": "tag"}, "does not count"))
    if one.spans:
        yield text_diff(one.spans)
    elif _is_long(one.a) or _is_long(one.b):
        yield element(
            "details",
            {},
            element("summary", {}, f"Both values{_where(one.path)}"),
            element("div", {"class": "values"}, *_value(first, one.a), *_value(other, one.b)),
        )


def _where(path: str) -> str:
    return f" of {shortened(path, MOST_WORDS)}" if path else ""


def _is_long(value: Json) -> bool:
    """Whether it stands in the words only in part; a list of names does whole."""
    if isinstance(value, list | tuple):
        return any(map(_is_long, value)) or len(value) > _NAMES
    return isinstance(value, dict) or (isinstance(value, str) and len(value) > _SHORT)


def _value(label: str, value: Json) -> Iterator[Markup]:
    shown = value if isinstance(value, str) else pretty(value)
    yield element(
        "div",
        {},
        element("b", {}, element("bdi", {}, label)),
        element("pre", {"dir": "auto"}, shortened(shown, MOST_IN_VALUE)),
    )


def text_diff(spans: Sequence[Span]) -> Markup:
    """The text of both sides in one, cut where it is very long."""
    pieces: list[Child] = []
    room = MOST_CHARACTERS
    for place, span in enumerate(spans):
        if len(span.a) + len(span.b) > room:
            left = sum(len(one.a) + len(one.b) for one in spans[place:]) - room
            cut = Span(span.op, span.a[:room], span.b[: max(0, room - len(span.a))])
            pieces.append(_span(cut, first=False, last=True))
            pieces.append(
                element("p", {"class": "cut"}, f"Cut here: {left:,} more characters of both sides.")
            )
            break
        room -= len(span.a) + len(span.b)
        pieces.append(_span(span, first=place == 0, last=place == len(spans) - 1))
    return element("div", {"class": "text-diff", "dir": "auto"}, *pieces)


def _span(span: Span, *, first: bool, last: bool) -> Markup:
    if span.op == "same":
        # What stands next to no change is folded whole.
        head, tail = 0 if first else KEPT_WORDS, 0 if last else KEPT_WORDS
        return joined(*_folded(span.a or span.b, "the same", head, tail, None))
    if span.op in ("removed", "moved_from"):
        return _changed("del", span.a, "moved" if span.op == "moved_from" else None)
    if span.op in ("added", "moved_to"):
        return _changed("ins", span.b, "moved" if span.op == "moved_to" else None)
    return joined(_changed("del", span.a, "rephrased"), _changed("ins", span.b, "rephrased"))


def _changed(name: str, text: str, kind: str | None) -> Markup:
    mark = (name, kind)
    return joined(*_folded(text, "more", FOLDED_WORDS, FOLDED_WORDS, mark))


def _folded(
    text: str, what: str, head: int, tail: int, mark: tuple[str, str | None] | None
) -> Iterator[Child]:
    """The text, its middle folded where that is long; each piece in its mark."""
    ends = [found.end() for found in _WORD.finditer(text)]
    count = len(ends) - head - tail
    if count < FOLDED_WORDS:
        yield _marked(text, mark)
        return
    start = ends[head - 1] if head else 0
    stop = ends[-tail - 1] if tail else len(text)
    yield _marked(text[:start], mark)
    yield element(
        "details",
        {"class": "fold"},
        element("summary", {}, f"{counted(count, 'word')} {what}"),
        element("div", {}, _marked(text[start:stop], mark)),
    )
    yield _marked(text[stop:], mark)


def _marked(text: str, mark: tuple[str, str | None] | None) -> Child:
    if mark is None or not text:
        return text
    name, kind = mark
    return element(name, {"class": kind}, text)


def answers(comparison: Comparison) -> Iterator[Markup]:
    """What each side said, folded."""
    for side, label in zip(comparison.sides, comparison.labels, strict=True):
        if side is None:
            continue
        parts = list(_parts(side.meaning.answer.choices))
        if not parts:
            continue
        size = sum(len(text) for _, text in parts)
        yield element(
            "details",
            {},
            element("summary", {}, element("bdi", {}, label), f": {size:,} characters"),
            *(
                element(
                    "div",
                    {},
                    element("p", {"class": "part"}, name),
                    element("pre", {"dir": "auto"}, shortened(text, MOST_CHARACTERS // 2)),
                )
                for name, text in parts
            ),
        )


def _parts(choices: Iterable[Choice]) -> Iterator[tuple[str, str]]:
    for choice in choices:
        number = f"choice {choice.index + 1}, " if choice.index else ""
        for thought in choice.reasoning:
            form = "" if thought.form == "raw" else f" ({thought.form})"
            yield f"{number}reasoning{form}", thought.text
        for part in choice.texts:
            yield f"{number}{'commentary' if part.channel == 'commentary' else 'text'}", part.text
        for part in choice.transcripts:
            yield f"{number}transcript", part.text
        if choice.refusal:
            yield f"{number}refusal", choice.refusal
