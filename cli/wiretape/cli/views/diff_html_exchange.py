"""One exchange on the page: its verdict, what differs, its streams and its tables. Pure."""

from collections.abc import Iterator, Sequence

from wiretape.cassettes.diff.comparison import Comparison
from wiretape.cli.units import counted
from wiretape.cli.views.diff_html_lanes import Lane, drawn_measures, has_pace, lane_of
from wiretape.cli.views.diff_html_markup import Markup, element, joined, shortened
from wiretape.cli.views.diff_html_streams import drawing
from wiretape.cli.views.diff_html_tables import (
    NOTHING,
    findings,
    measures,
    names,
    pace,
    table,
    tool_calls,
    usage,
)
from wiretape.cli.views.diff_html_text import answers, differences
from wiretape.cli.views.diff_total import is_compared, lacks, there

MOST_PROMPT = 160
MOST_REMARKS = 40
REMARKS_OPEN = 6
"""More of them are folded."""

MOST_REMARK = 500


def prompt_of(comparison: Comparison) -> str:
    """On one line, shortened."""
    return shortened(" ".join(comparison.prompt.split()), MOST_PROMPT) or "(no prompt)"


def is_different(comparison: Comparison) -> bool:
    """Whether sides that have the exchange differ in it."""
    return is_compared(comparison) and not comparison.same


def is_same(comparison: Comparison) -> bool:
    """Whether all sides have the exchange, and nothing differs."""
    return comparison.same and not lacks(comparison)


def section(number: int, comparison: Comparison) -> Markup:
    """The whole exchange; where nothing differs, folded."""
    same, different = is_same(comparison), is_different(comparison)
    key = f"x{number}"
    verdict = "verdict " + ("same" if same else "different")
    # A key in each name: two regions of one page must not have the same.
    return element(
        "section",
        {"id": key, "aria-labelledby": f"{key}-title", "tabindex": -1},
        element(
            "h2", {"id": f"{key}-title"}, f"{number}. ", element("bdi", {}, prompt_of(comparison))
        ),
        element("p", {"class": verdict}, sign(same=same), comparison.verdict),
        _remarks(comparison),
        *(_open(comparison, key) if different else _folded(comparison, key)),
    )


def _folded(comparison: Comparison, key: str) -> Iterator[Markup]:
    yield element(
        "details",
        {"class": "all"},
        element("summary", {}, "Streams and tables"),
        *_open(comparison, key),
    )


def _open(comparison: Comparison, key: str) -> Iterator[Markup | None]:
    # Of two sides, what differs is the first thing to read; of more, the matrix.
    matrix = measures(comparison, f"{key}-measures") if comparison.rows else None
    of_two = len(comparison.labels) == 2
    if not of_two:
        yield matrix
    yield from _differing(comparison)
    yield element("h3", {}, "Streams")
    yield from _streams(comparison, key)
    tables = [
        matrix if of_two else None,
        tool_calls(comparison, f"{key}-tools"),
        usage(comparison, f"{key}-usage"),
        findings(comparison, f"{key}-findings"),
    ]
    if any(tables):
        yield element("h3", {}, "Tables")
        yield from tables
    said = list(answers(comparison))
    if said:
        yield element("h3", {}, "What each side said")
        yield from said


def _differing(comparison: Comparison) -> Iterator[Markup]:
    sides = there(comparison)
    found = [
        (place, comparison.differences[place - 1])
        for place in sides[1:]
        if comparison.differences[place - 1]
    ]
    if not found:
        return
    labels = comparison.labels
    first = labels[sides[0]]
    title = (
        "What differs"
        if len(sides) == 2
        else joined("What differs from ", element("bdi", {}, first))
    )
    yield element("h3", {}, title)
    if len(sides) == 2:
        yield differences(found[0][1], first, labels[found[0][0]])
        return
    for place, those in found:
        yield element(
            "details",
            {"class": "side"},
            element(
                "summary",
                {},
                element("bdi", {}, labels[place]),
                f": {', '.join(dict.fromkeys(one.aspect for one in those))}",
            ),
            differences(those, first, labels[place]),
        )


def _streams(comparison: Comparison, key: str) -> Iterator[Markup]:
    lanes = [
        None if side is None else lane_of(side, label)
        for side, label in zip(comparison.sides, comparison.labels, strict=True)
    ]
    timed = any(has_pace(lane) for lane in lanes if lane is not None)
    yield element(
        "figure",
        {},
        drawing(lanes, comparison.labels),
        element("figcaption", {}, _CAPTION if timed else _IN_ORDER),
    )
    yield element(
        "details",
        {},
        element("summary", {}, "Streams and pace in numbers"),
        _numbers(lanes, comparison.labels, f"{key}-drawn"),
        pace(comparison, f"{key}-pace"),
    )


_IN_ORDER = (
    "Each stream is one moment on its tape, so its deltas are drawn in their order, counted below. "
    "The taller a bar, the more characters it holds. A triangle is the first token."
)

_CAPTION = (
    "What came when, from the moment when the request had been passed on. The taller a bar, the "
    "more characters came then. A triangle is the first token, a hatched band a silence of more "
    "than a second, a diamond an error."
)


def _numbers(lanes: Sequence[Lane | None], labels: Sequence[str], name: str) -> Markup:
    rows = (
        (word, *(NOTHING if lane is None else cell(lane) or NOTHING for lane in lanes))
        for word, cell in drawn_measures([lane for lane in lanes if lane is not None])
    )
    return table(name, "The streams in numbers", ["measure", *names(labels)], rows)


def _remarks(comparison: Comparison) -> Markup | None:
    told = [
        f"{label}: {remark}"
        for side, label in zip(comparison.sides, comparison.labels, strict=True)
        if side is not None
        for remark in side.meaning.remarks
    ]
    found = [
        shortened(remark, MOST_REMARK) for remark in dict.fromkeys([*comparison.remarks, *told])
    ]
    lines = [element("li", {}, line) for line in found[:MOST_REMARKS]]
    if len(found) > MOST_REMARKS:
        lines.append(element("li", {}, f"{len(found) - MOST_REMARKS:,} more remarks"))
    shown = element("ul", {"class": "remarks"}, *lines) if lines else None
    if len(found) <= REMARKS_OPEN:
        return shown
    return element("details", {}, element("summary", {}, counted(len(found), "remark")), shown)


def sign(*, same: bool) -> Markup:
    """Equal or not, by more than colour."""
    shown = element("span", {"aria-hidden": "true"}, "=" if same else "≠")
    return element("span", {"class": "same" if same else "different"}, shown, " ")
