"""A timeline as a small plot: bytes over time, silences, and where it stopped. Pure."""

from itertools import pairwise
from typing import NamedTuple

from wiretape.cassettes.model import Timeline
from wiretape.cli.units import NS_PER_MS, NS_PER_S, ending_name, human_bytes, human_time

HEIGHT = 5
LEAST_WIDTH = 50
MARGIN = 11
"""Columns left of the plot: a number of bytes and the axis."""

BARS = " ▁▂▃▄▅▆▇█"
TICK_COLUMNS = 10
"""Ticks stand at least so far apart that their labels never touch."""

SILENCES = 3
SILENCE_SHARE = 10
"""A silence worth a mark lasts at least a tenth of the stream, and five times the usual gap."""

_UNITS = ((NS_PER_S, NS_PER_MS, "ms"), (600 * NS_PER_S, NS_PER_S, "s"))
_MINUTE = (60 * NS_PER_S, "min")


class _Span(NamedTuple):
    """The time that is drawn, and how many columns it has."""

    start_ns: int
    end_ns: int
    columns: int

    @property
    def length_ns(self) -> int:
        return self.end_ns - self.start_ns

    def column(self, at_ns: int) -> int:
        place = (at_ns - self.start_ns) * self.columns // self.length_ns
        return min(self.columns - 1, place)


def plot_timeline(timeline: Timeline, width: int = 80) -> list[str]:
    """The lines of the plot, none longer than `width` columns (or LEAST_WIDTH)."""
    width = max(width, LEAST_WIDTH)
    times = [chunk.at_ns for chunk in timeline.received]
    end_ns = max([timeline.ending.at_ns, *times])
    span = _Span(min([0, *times]), end_ns, width - MARGIN)
    if not times or span.length_ns <= 0:
        return [_ending_words(timeline)]
    per_column = round(span.length_ns / span.columns)
    return [
        f"bytes per {human_time(per_column)}",
        *_bars(timeline, span),
        *_axis(span),
        *_silences(timeline, span),
        _ending_mark(timeline, span),
    ]


def _bars(timeline: Timeline, span: _Span) -> list[str]:
    sums = [0] * span.columns
    for chunk in timeline.received:
        sums[span.column(chunk.at_ns)] += chunk.size
    steps = len(BARS) - 1
    peak = max(1, *sums)
    levels = [-(-size * HEIGHT * steps // peak) for size in sums]
    lines = []
    for row in reversed(range(HEIGHT)):
        cells = "".join(BARS[max(0, min(steps, level - row * steps))] for level in levels)
        label = human_bytes(peak) if row == HEIGHT - 1 else ""
        lines.append(f"{label:>{MARGIN - 2}} {'┤' if label else '│'}{cells}".rstrip())
    return lines


def _axis(span: _Span) -> list[str]:
    unit_ns, name = next(
        ((unit, name) for limit, unit, name in _UNITS if span.length_ns < limit), _MINUTE
    )
    step_ns = _tick_step(span, unit_ns)
    line, labels = ["─"] * span.columns, [" "] * (span.columns + 1)
    for at_ns in range(0, span.end_ns + 1, step_ns):
        label = f"{at_ns / unit_ns:g} {name}"
        column = span.column(at_ns)
        line[column] = "┬"
        first = max(0, min(column - len(label) // 2 + 1, len(labels) - len(label)))
        labels[first : first + len(label)] = label
    return [
        f"{'0 B':>{MARGIN - 2}} └{''.join(line)}",
        f"{'':{MARGIN - 1}}{''.join(labels)}".rstrip(),
    ]


def _tick_step(span: _Span, unit_ns: int) -> int:
    """The smallest of 1, 2, 5 times a power of ten that leaves room for the labels."""
    least_ns = span.length_ns * TICK_COLUMNS / span.columns
    step_ns = unit_ns // 1000
    while True:
        for factor in (1, 2, 5):
            if step_ns * factor >= least_ns:
                return step_ns * factor
        step_ns *= 10


def _silences(timeline: Timeline, span: _Span) -> list[str]:
    """A line of brackets under the longest silences; none where there are none."""
    times = [0, *(chunk.at_ns for chunk in timeline.received), timeline.ending.at_ns]
    gaps = [(after - before, before, after) for before, after in pairwise(times)]
    usual_ns = sorted(gap for gap, _, _ in gaps)[len(gaps) // 2]
    least_ns = max(span.length_ns // SILENCE_SHARE, 5 * usual_ns, 1)
    long = sorted((gap for gap in gaps if gap[0] >= least_ns), reverse=True)[:SILENCES]
    cells = [" "] * span.columns
    for gap_ns, before_ns, after_ns in long:
        first, last = span.column(before_ns), span.column(after_ns)
        if last - first < 2:
            continue
        what = "to first byte" if before_ns == 0 else "silent"
        room = last - first - 1
        duration = human_time(gap_ns)
        label = next(
            (text for text in (f" {duration} {what} ", f" {duration} ") if len(text) <= room), ""
        )
        cells[first : last + 1] = f"╰{label:─^{room}}╯"
    line = f"{'':{MARGIN}}{''.join(cells)}".rstrip()
    return [line] if line else []


def _ending_mark(timeline: Timeline, span: _Span) -> str:
    column = MARGIN + span.column(timeline.ending.at_ns)
    return f"{_ending_words(timeline):>{column - 1}} ▲"


def _ending_words(timeline: Timeline) -> str:
    ending = timeline.ending
    after = f"after {human_time(ending.at_ns)}"
    return f"{ending_name(ending.kind)} {after}, {human_bytes(ending.offset)}"
