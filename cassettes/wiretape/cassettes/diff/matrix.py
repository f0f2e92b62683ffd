"""The rows of a comparison: one measure a line, one side a column.

Knows sides and their differences from the first; how a table looks is for the views.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence, Set

import msgspec

from wiretape.cassettes.dialects.answer import Choice
from wiretape.cassettes.diff.comparison import Aspect, Difference, Row, Side
from wiretape.cassettes.diff.grammar import Grammar
from wiretape.cassettes.diff.measures import MEASURES, TOKENS
from wiretape.cassettes.diff.texts import reasoning_form
from wiretape.cassettes.diff.tokens import word_count
from wiretape.cassettes.diff.two import counted, listed
from wiretape.cassettes.diff.vendors import vendor_names
from wiretape.cassettes.diff.wire import error_words, errors_of, finish_word
from wiretape.cassettes.diff.wording import percent, text_size
from wiretape.cassettes.diff.words import text_diff

Cell = Callable[[Side], str]

Marks = Set[tuple[str, str]]
"""Of one side, what differs from the first: aspect and path."""

_HELD = frozenset({"pace", "usage", "errors"})
"""What may differ each time, and is marked where it counts."""

_SHOWN_PACE = ("ttft", "tokens_s", "stalls")


def rows_of(
    sides: Sequence[Side | None],
    differences: Sequence[Sequence[Difference]],
    grammars: Sequence[Grammar | None],
) -> tuple[Row, ...]:
    """All rows that have something to say. Only sides that are there have marks."""
    base = next(place for place, side in enumerate(sides) if side is not None)
    marks = [
        frozenset() if place == base or sides[place] is None else _marks(found)
        for place, found in enumerate(differences, 1)
    ]
    rows = [
        _row("API", "streaming", sides, marks, _api),
        _marked_by_cell(_row("status", "status", sides, marks, _status), sides),
        _text_row(sides, marks),
        _marked_by_cell(_row("reasoning", "reasoning", sides, marks, _reasoning), sides),
        _row("tools", "tools", sides, marks, _tools),
        *_rare_rows(sides, marks),
        *_rows_of_many(sides, marks, grammars, base),
        *_usage_rows(sides, marks),
        _row("finish", "finish", sides, marks, _finish),
        _extension_row(sides, marks, grammars),
        _row("findings", "findings", sides, marks, _findings),
        *_pace_rows(sides, marks),
    ]
    return tuple(_told_apart(row, marks, base) for row in rows if any(row.cells))


def _told_apart(row: Row, marks: Sequence[Marks], base: int) -> Row:
    """Cells that differ, but read as the first side's: with a word on how."""
    if not any(row.differs):
        return row
    alike = {row.cells[base], "same"}
    cells = tuple(
        f"{cell} ({how})"
        if differs and cell in alike and (how := _how(row.aspect, marks[place - 1]))
        else cell
        for place, (cell, differs) in enumerate(zip(row.cells, row.differs, strict=True))
    )
    return msgspec.structs.replace(row, cells=cells)


def _how(aspect: Aspect, marks: Marks) -> str:
    """In what a side differs whose cell does not tell; empty where a mark has to do."""
    paths = [path for one, path in marks if one == aspect and path]
    if paths and all(_OTHER_CHOICE.match(path) for path in paths):
        return "other choices"
    if aspect in ("tools", "reasoning", "text"):
        for part, words in _BY_PATH:
            if any(part in path for path in paths):
                return words
    return _HOW.get(aspect, "")


_OTHER_CHOICE = re.compile(r"choice (?!1 )")

_BY_PATH = (
    (".arguments", "other arguments"),
    (".outputs", "other outputs"),
    ("tools", "in another order"),
    ("reasoning when", "in another place"),
    ("body", "other data"),
)

_HOW: dict[Aspect, str] = {
    "text": "other parts",
    "reasoning": "other words",
    "tools": "not alike",
    "citations": "others",
    "refusal": "other words",
    "media": "other bytes",
    "errors": "other words",
    "extensions": "other members",
    "findings": "other rules",
}


def _row(
    name: str,
    aspect: Aspect,
    sides: Sequence[Side | None],
    marks: Sequence[Marks],
    cell: Cell,
    path: str = "",
) -> Row:
    cells = tuple("" if side is None else cell(side) for side in sides)
    return Row(name, aspect, cells, _differs(aspect, marks, path))


def _marked_by_cell(row: Row, sides: Sequence[Side | None]) -> Row:
    """Cells that read otherwise are marked too: of endings, which stand beside the status, and of
    tokens that went into reasoning which is not shown."""
    base = next(cell for cell, side in zip(row.cells, sides, strict=True) if side is not None)
    differs = (
        told or (side is not None and cell != base)
        for told, cell, side in zip(row.differs, row.cells, sides, strict=True)
    )
    return msgspec.structs.replace(row, differs=tuple(differs))


def _differs(aspect: Aspect, marks: Sequence[Marks], path: str = "") -> tuple[bool, ...]:
    wanted = (aspect, path)
    return (False, *[wanted in found for found in marks])


def _marks(found: Sequence[Difference]) -> Marks:
    """Aspects that differ, each alone and with its path; of pace and tokens, those that are beyond
    a tolerance, of errors those that are others."""
    return {
        (one.aspect, path)
        for one in found
        if one.counts or one.aspect not in _HELD
        for path in ("", one.path)
    }


def _choice(side: Side) -> Choice:
    choices = side.meaning.answer.choices
    return choices[0] if choices else Choice(-1)


def _api(side: Side) -> str:
    name = side.meaning.api or "unknown"
    whole = side.measured.status is not None and not side.meaning.streamed
    return f"{name}, in one piece" if whole else name


def _status(side: Side) -> str:
    told = [] if side.measured.status is None else [str(side.measured.status)]
    if side.measured.ending != "complete":
        told.append(side.measured.ending.replace("_", " "))
    told += [one.code or one.type for one in errors_of(side)]
    return ", ".join(filter(None, told))


def _text_row(sides: Sequence[Side | None], marks: Sequence[Marks]) -> Row:
    """The first side has its words counted, the others are held against it."""
    base = next(place for place, side in enumerate(sides) if side is not None)
    cells = [_text_cell(sides[base], side) for side in sides]
    cells[base] = _size(sides[base])
    differs = _differs("text", marks)
    for place, cell in enumerate(cells):
        if cell == "same words" and not differs[place]:
            cells[place] = "same"  # but for whitespace behind reasoning that stood in the text
    return Row("text", "text", tuple(cells), differs)


def _size(side: Side | None) -> str:
    return text_size(_text(side)) or "none"


def _text(side: Side | None) -> str:
    return side.meaning.answer.text if side is not None else ""


def _text_cell(base: Side | None, side: Side | None) -> str:
    if side is None:
        return ""
    ours, theirs = _text(base), _text(side)
    if ours == theirs:
        return "same" if ours else "none"
    if not theirs or not ours:
        return _size(side)
    diff = text_diff(ours, theirs)
    if diff.alike in ("case", "signs", "case and signs"):
        return f"other {diff.alike}"
    if diff.cut:
        return f"{percent(diff.agreement)} of a part"
    return "same words" if diff.alike else percent(diff.agreement)


def _reasoning(side: Side) -> str:
    choice = _choice(side)
    form = reasoning_form(choice)
    words = sum(word_count(part.text) for part in choice.reasoning)
    if words:
        return f"{form}, {counted(words, 'word')}"
    tokens = side.measured.tokens.reasoning
    if form == "none" and tokens:
        return f"hidden, {counted(tokens, 'token')}"
    return form


def _tools(side: Side) -> str:
    calls = _choice(side).tool_calls
    if not calls:
        return "none"
    counts = Counter(call.name for call in calls)
    told = [name if count == 1 else f"{name} x{count}" for name, count in counts.items()]
    return listed(told) or "none"


def _finish(side: Side) -> str:
    return finish_word(_choice(side)) or "none"


def _findings(side: Side) -> str:
    """`2 errors, 1 warning`: rules, not places."""
    if not side.findings:
        return "none"
    severities = Counter(severity for _, severity in {(f.rule, f.severity) for f in side.findings})
    told = [
        counted(severities[severity], severity)
        for severity in ("error", "warning", "note")
        if severities[severity]
    ]
    return ", ".join(told)


def _rare_rows(sides: Sequence[Side | None], marks: Sequence[Marks]) -> Iterator[Row]:
    """What few answers have."""
    rare: tuple[tuple[Aspect, Cell], ...] = (
        ("citations", lambda side: str(len(_choice(side).citations) or "")),
        ("refusal", lambda side: "refused" if _choice(side).refusal else ""),
        ("media", lambda side: listed([one.mime or one.modality for one in _choice(side).media])),
    )
    for aspect, cell in rare:
        row = _row(aspect, aspect, sides, marks, cell)
        if any(row.cells):
            yield row


def _rows_of_many(
    sides: Sequence[Side | None],
    marks: Sequence[Marks],
    grammars: Sequence[Grammar | None],
    base: int,
) -> Iterator[Row]:
    """What of two sides is told in words alone: errors and grammar, where they differ."""
    if len(sides) <= 2:
        return
    if any(("errors", "") in found for found in marks):
        yield _row("errors", "errors", sides, marks, error_words)
    if any(("grammar", "") in found for found in marks):
        cells = [_grammar(side, found) for side, found in zip(sides[1:], marks, strict=True)]
        cells.insert(0, "")
        first = grammars[base]
        cells[base] = counted(len(first.order), "name") if first is not None else ""
        yield Row("grammar", "grammar", tuple(cells), _differs("grammar", marks))


def _grammar(side: Side | None, marks: Marks) -> str:
    """`other events and order`; empty where it is not compared."""
    told = [path for path in ("events", "order", "event lines") if ("grammar", path) in marks]
    return f"other {listed(told)}" if side is not None and told else ""


def _usage_rows(sides: Sequence[Side | None], marks: Sequence[Marks]) -> Iterator[Row]:
    for measure in TOKENS[:3]:
        yield _row(
            measure.words,
            "usage",
            sides,
            marks,
            lambda side, measure=measure: measure.told(measure.of(side.measured)),  # type: ignore[misc]
            measure.name,
        )


def _pace_rows(sides: Sequence[Side | None], marks: Sequence[Marks]) -> Iterator[Row]:
    for measure in MEASURES:
        if measure.name in _SHOWN_PACE:
            yield _row(
                measure.words,
                "pace",
                sides,
                marks,
                lambda side, measure=measure: measure.told(measure.of(side.measured)),  # type: ignore[misc]
                measure.name,
            )


def _extension_row(
    sides: Sequence[Side | None],
    marks: Sequence[Marks],
    grammars: Sequence[Grammar | None],
) -> Row:
    apis = ["" if side is None else side.meaning.api for side in sides]
    cells = tuple(
        "" if side is None else listed(vendor_names(place, apis, grammars)) or "none"
        for place, side in enumerate(sides)
    )
    return Row("extensions", "extensions", cells, _differs("extensions", marks))
