"""Comparisons as text archives: what two or more providers sent, and the report on it.

An archive is words for a person, then a section a side, `-- label: METHOD TARGET STATUS TYPE ENDING
--` and the body of the response as it stands, then `-- report --`. Of the first line all but the
label may be left out from behind. A side `-- label: none --` has no such interaction. With
`WIRETAPE_REWRITE=1` in the environment the reports are written anew, for a person to look at with
`git diff`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.interactions import make_interaction, make_request, make_unanswered
from wiretape.cassettes.diff.comparing import compare, side_of
from wiretape.cassettes.diff.comparison import Comparison, Difference, Side, Span
from wiretape.cassettes.model import EndingKind, Interaction

FOLDER = Path(__file__).parents[2] / "vectors" / "diff"

_DEFAULTS = ("POST", "/v1/chat/completions", "200", "text/event-stream", "complete")
_ENDINGS: dict[str, EndingKind] = {
    "complete": "complete",
    "cut": "cut",
    "reset": "reset",
    "timeout": "timeout",
}
_MARKS = {
    "same": ("", ""),
    "removed": ("[-", "-]"),
    "added": ("{+", "+}"),
    "moved_from": ("[<", "<]"),
    "moved_to": ("{>", ">}"),
}


class Archive(NamedTuple):
    """One archive."""

    path: Path
    head: str
    """All before the report."""
    labels: tuple[str, ...]
    interactions: tuple[Interaction | None, ...]
    report: str


def archives() -> list[Archive]:
    """All of them, by name."""
    return [read_archive(path) for path in sorted(FOLDER.glob("*.txt"))]


def read_archive(path: Path) -> Archive:
    """One archive. Raises ValueError where it has no report."""
    head, _, report = path.read_text(encoding="utf-8").partition("-- report --\n")
    _, *parts = head.split("\n-- ")
    labels, interactions = [], []
    for part in parts:
        title, _, body = part.partition(" --\n")
        label, _, line = title.partition(": ")
        labels.append(label)
        interactions.append(_interaction(label, line, body.strip("\n")))
    return Archive(path, head, tuple(labels), tuple(interactions), report)


def _interaction(label: str, line: str, body: str) -> Interaction | None:
    words = line.split()
    if words == ["none"]:
        return None
    given = (*words, *_DEFAULTS[len(words) :])
    method, target, status, content_type, ending = given
    request = make_request(method, target, body=b'{"messages":[{"role":"user","content":"Hi?"}]}')
    if status == "0":
        return make_unanswered(upstream=label, request=request, ending=_ENDINGS[ending])
    ends = "\n\n" if content_type == "text/event-stream" and ending == "complete" else ""
    data = (body + ends).encode()
    return make_interaction(
        [(10, data)] if body else [],
        request=request,
        upstream=label,
        status=int(status),
        headers=(("Content-Type", content_type),),
        ending=_ENDINGS[ending],
    )


def compared(archive: Archive) -> Comparison:
    """The comparison of an archive's sides."""
    sides = [
        None if interaction is None else side_of(label, "", interaction)
        for label, interaction in zip(archive.labels, archive.interactions, strict=True)
    ]
    return compare(archive.labels, sides)


def report_of(comparison: Comparison) -> str:
    """A comparison as an archive writes it: verdict, differences (those that do not count in
    brackets), texts with what differs marked, rows, remarks."""
    return "\n".join(_lines(comparison)) + "\n"


def _lines(comparison: Comparison) -> Iterator[str]:
    yield comparison.verdict
    yield "same" if comparison.same else "different"
    others = zip(comparison.labels[1:], comparison.sides[1:], comparison.differences, strict=True)
    for label, side, found in others:
        if len(comparison.labels) > 2:
            yield f"\n{label}{'' if side else ' is not there'}"
        for one in found:
            yield from _difference(one)
    yield ""
    for row in comparison.rows:
        if row.aspect != "pace":
            cells = zip(row.cells, row.differs, strict=True)
            told = " | ".join(f"{cell or '-'}{' *' if differs else ''}" for cell, differs in cells)
            yield f"{row.name}: {told}"
    yield from (f"remark: {remark}" for remark in comparison.remarks)


def _difference(one: Difference) -> Iterator[str]:
    yield one.words if one.counts else f"({one.words})"
    if one.spans:
        yield "    " + "".join(map(_marked, one.spans)).replace("\n", "\\n")


def _marked(span: Span) -> str:
    if span.op == "rephrased":
        return f"[-{span.a}-]{{+{span.b}+}}"
    begin, end = _MARKS[span.op]
    return f"{begin}{span.a or span.b}{end}"


def sides_of(archive: Archive) -> tuple[Side | None, ...]:
    """The sides of an archive, read."""
    return compared(archive).sides
