"""The tables of the page: measures, tool calls, usage, pace, findings. Pure."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from wiretape.cassettes.dialects.answer import ToolCall
from wiretape.cassettes.diff.comparison import Comparison, Json, Side
from wiretape.cassettes.measuring import Measured
from wiretape.cli.units import human_time
from wiretape.cli.views.diff_html_markup import Child, Markup, element, joined, shortened

MOST_IN_CELL = 300
MOST_IN_VALUE = 4_000
MOST_FINDINGS = 100

MOST_ON_PAPER = 6
"""Columns that a sheet of paper takes; a wider table is printed a block a row, where each cell says
what stands above it."""

DIFFERS = Markup('<span class="sign" aria-hidden="true">≠</span><span class="vh">differs: </span>')
NOTHING = Markup('<span class="nothing"><span aria-hidden="true">-</span></span>')


def table(
    name: str,
    caption: str,
    head: Sequence[Child],
    rows: Iterable[Sequence[Child]],
    *,
    kind: str = "",
) -> Markup:
    """A table that scrolls inside its own box; the first cell of each row is its name."""
    columns = [element("th", {"scope": "col"}, cell) for cell in head]
    is_wide = len(head) > MOST_ON_PAPER
    lines = [
        element(
            "tr",
            {},
            element("th", {"scope": "row"}, first),
            *(_named(map(_cell, rest), head[1:]) if is_wide else map(_cell, rest)),
        )
        for first, *rest in rows
    ]
    return element(
        "div",
        {"class": "scroll", "role": "region", "tabindex": 0, "aria-labelledby": _within(name)},
        element(
            "table",
            {"class": " ".join(filter(None, (kind, "wide" * is_wide))) or None},
            element("caption", {}, element("span", {"id": name}, caption)),
            element("thead", {}, element("tr", {}, *columns)),
            element("tbody", {}, *lines),
        ),
    )


def _within(name: str) -> str:
    """Ids of what the box is called: no two exchanges have boxes of one name."""
    exchange, _, table = name.partition("-")
    return f"{exchange}-title {name}" if table else name


def _cell(cell: Child) -> Markup:
    is_made = isinstance(cell, Markup) and cell.startswith("<td")
    return cell if is_made else element("td", {}, cell)  # type: ignore[return-value]


def _named(cells: Iterable[Markup], head: Sequence[Child]) -> Iterator[Markup]:
    """Each with what stands above it, for paper alone. A row may be shorter than the head."""
    for cell, above in zip(cells, head, strict=False):
        opening, _, rest = cell.partition(">")
        name = element("span", {"class": "above", "aria-hidden": "true"}, above)
        yield Markup(f"{opening}>{name}{rest}")


def names(labels: Iterable[str]) -> list[Child]:
    """The heads of the columns of sides."""
    return [element("bdi", {}, label) for label in labels]


def measures(comparison: Comparison, name: str) -> Markup:
    """The matrix: a row a measure, a column a side."""
    rows = (
        (
            row.name,
            *(_marked(cell, differs) for cell, differs in zip(row.cells, row.differs, strict=True)),
        )
        for row in comparison.rows
    )
    caption = "Measures; ≠ marks what differs from the first side"
    return table(name, caption, ["measure", *names(comparison.labels)], rows, kind="measures")


def _marked(cell: str, differs: bool) -> Markup:
    words: Child = element("bdi", {}, shortened(cell, MOST_IN_CELL)) if cell else NOTHING
    if not differs:
        return element("td", {}, words)
    return element("td", {"class": "differs"}, DIFFERS, words)


def tool_calls(comparison: Comparison, name: str) -> Markup | None:
    """All calls, in the order in which each side made them; None where no side made any."""
    calls = [[] if side is None else list(_calls(side)) for side in comparison.sides]
    longest = max(map(len, calls))
    if not longest:
        return None
    rows = (
        (
            f"{place + 1}",
            *(_call(made[place]) if place < len(made) else NOTHING for made in calls),
        )
        for place in range(longest)
    )
    return table(name, "Tool calls", ["call", *names(comparison.labels)], rows, kind="calls")


def _calls(side: Side) -> Iterator[ToolCall]:
    for choice in side.meaning.answer.choices:
        yield from choice.tool_calls


def _call(call: ToolCall) -> Markup:
    shown = call.args_raw if call.args is None else pretty(call.args)
    notes = [call.origin if call.origin != "client" else "", call.status]
    if call.args is None and call.args_raw:
        notes.append("arguments are no JSON")
    if call.outputs:
        notes.append(f"{len(call.outputs):,} output" + "s" * (len(call.outputs) > 1))
    if call.is_error:
        notes.append("failed")
    said = ", ".join(filter(None, notes))
    return joined(
        element("b", {}, element("bdi", {}, shortened(call.name or "(no name)", MOST_IN_CELL))),
        element("pre", {}, shortened(shown, MOST_IN_VALUE)) if shown else None,
        element("small", {}, shortened(said, MOST_IN_CELL)) if said else None,
    )


def pretty(value: Json) -> str:
    """A JSON value laid out."""
    try:
        return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    except (TypeError, ValueError, UnicodeEncodeError):
        # Half a surrogate pair is in no UTF-8; msgspec writes nothing else.
        return repr(value)


def usage(comparison: Comparison, name: str) -> Markup | None:
    """Tokens; None where no side told any."""
    rows = []
    for word, field in _TOKENS:
        told = [
            None if side is None else getattr(side.measured.tokens, field)
            for side in comparison.sides
        ]
        if any(number is not None for number in told):
            rows.append((word, *(NOTHING if n is None else f"{n:,}" for n in told)))
    if not rows:
        return None
    head = ["tokens", *names(comparison.labels)]
    return table(name, "Usage, as each provider tells it", head, rows, kind="numbers")


_TOKENS = (
    ("input", "input"),
    ("of it from a cache", "input_cached"),
    ("of it written to a cache", "input_cache_write"),
    ("output", "output"),
    ("of it reasoning", "reasoning"),
    ("cost", "cost"),
)


def pace(comparison: Comparison, name: str) -> Markup | None:
    """Times and rates; None where nothing answered."""
    sides = [None if side is None else side.measured for side in comparison.sides]
    rows = []
    for word, field in _PACE:
        cells = [None if side is None else _pace_cell(side, field) for side in sides]
        if any(cell is not None for cell in cells):
            rows.append((word, *(NOTHING if cell is None else cell for cell in cells)))
    if not rows:
        return None
    return table(name, "Pace", ["measure", *names(comparison.labels)], rows, kind="numbers")


_PACE = (
    ("head of the response", "head_ns"),
    ("first byte", "ttfb_ns"),
    ("first event", "ttfe_ns"),
    ("first token", "ttft_ns"),
    ("first visible token", "visible_ttft_ns"),
    ("gap, p50", "gap_p50_ns"),
    ("gap, p95", "gap_p95_ns"),
    ("gap, p99", "gap_p99_ns"),
    ("gap, longest", "gap_max_ns"),
    ("stalls", "stalls"),
    ("stalled for", "stalled_ns"),
    ("time per output token", "tpot_ns"),
    ("tokens/s while answering", "decode_tokens_s"),
    ("tokens/s in all", "e2e_tokens_s"),
    ("events that shared a read", "coalesced_ratio"),
    ("end", "end_ns"),
)


def _pace_cell(measured: Measured, field: str) -> str | None:
    value = getattr(measured.pace, field)
    if value is None:
        return None
    if field.endswith("_ns"):
        return human_time(value)
    if field == "coalesced_ratio":
        return f"{value:.0%}"
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"


def findings(comparison: Comparison, name: str) -> Markup | None:
    """What `check` has to say, each once with the sides it holds for."""
    held: dict[tuple[str, str, str], list[tuple[str, int]]] = {}
    for side, label in zip(comparison.sides, comparison.labels, strict=True):
        for found in () if side is None else side.findings:
            places = held.setdefault((found.severity, found.rule, found.words), [])
            places.append((label, found.frame))
    if not held:
        return None
    ordered = sorted(held.items(), key=lambda item: (_SEVERITIES.index(item[0][0]), item[0]))
    rows = [
        (rule, severity, _places(places), shortened(words, MOST_IN_CELL))
        for (severity, rule, words), places in ordered[:MOST_FINDINGS]
    ]
    if len(ordered) > MOST_FINDINGS:
        rows.append((f"{len(ordered) - MOST_FINDINGS:,} more", "", NOTHING, "not shown here"))
    head = ["rule", "severity", "where", "what"]
    return table(name, "Findings of check", head, rows, kind="findings")


_SEVERITIES: tuple[str, ...] = ("error", "warning", "note")

MOST_PLACES = 6
"""Frames named for one side."""


def _places(places: Sequence[tuple[str, int]]) -> Markup:
    frames: dict[str, list[int]] = {}
    for label, frame in places:
        frames.setdefault(label, []).append(frame)
    lines = []
    for label, numbers in frames.items():
        told = [f"{number:,}" for number in sorted(numbers) if number][:MOST_PLACES]
        more = " …" if len(numbers) > MOST_PLACES else ""
        place = f", frame {', '.join(told)}{more}" if told else ""
        lines.append(element("li", {}, element("bdi", {}, label), place))
    return element("ul", {"class": "plain"}, *lines)
