"""Streams drawn on one time axis as inline SVG, a lane a side.

Lanes stretch with the page while words and marks keep their size: bars stand in a nested SVG of
WIDTH units that is stretched, marks are placed by percentages. Shape, place and a word carry what
colour carries, too. Pure.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence

from wiretape.cassettes.model import EndingKind
from wiretape.cli.units import NS_PER_MS, NS_PER_S, ending_name, human_time
from wiretape.cli.views.diff_html_lanes import Lane, Track, has_pace, in_order, spoken
from wiretape.cli.views.diff_html_markup import Child, Markup, element, joined

WIDTH = 400
"""Places along the axis: what falls on one place is one bar, so that thousands stay few."""

TRACK = 20
"""Height of a track in CSS pixels; the style sheet has the same for the names beside it."""

TALLEST, LEAST = 16.0, 3.0
"""Heights of bars."""

MOST_STEPS = 5
MOST_BELOW_ONE = 5
"""More lanes than these have the axis above them, too."""

STALL_LABEL_SHARE = 0.12
"""A stall of so much of the axis has room for its duration."""

NARROW_SHARE = 0.6
"""Beyond this much of the axis a word stands left of its mark."""

DEFINITIONS = Markup(
    '<svg class="definitions" aria-hidden="true" width="0" height="0"><defs>'
    '<pattern id="stall" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><path class="hatch" d="M0 0V6"></path></pattern></defs></svg>'
)
"""What drawings refer to; once a page."""

_ENDINGS: dict[EndingKind, str] = {
    "complete": "M-4 -4H4V4H-4Z",
    "cut": "M-2 -7V7M2 -7V7",
    "reset": "M-5 -5L5 5M5 -5L-5 5",
    "timeout": "M-5 -6H5L-5 6H5Z",
    "client_left": "M6 0H-5M-1 -5L-6 0L-1 5",
}
"""The marks: a square, two bars, a cross, an hourglass, an arrow back."""


class Axis:
    """The common time axis: from 0 to the last end."""

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self.by_order = not any(map(has_pace, lanes))
        """Places count deltas where no lane has times."""
        shown = [self.placed(lane) for lane in lanes]
        moments = (
            moment.at_ns for lane in shown for track in lane.tracks for moment in track.moments
        )
        self.length_ns = max([1, *(lane.end_ns for lane in shown), *moments])
        self.tallest: dict[str, int] = {}
        for track in (track for lane in shown for track in lane.tracks):
            most = max(_bars(track, self).values(), default=0)
            self.tallest[track.name] = max(self.tallest.get(track.name, 0), most)

    def placed(self, lane: Lane) -> Lane:
        """The lane as it is drawn on this axis."""
        return in_order(lane) if self.by_order else lane

    def share(self, at_ns: int) -> float:
        """How far along, from 0 to 1; what stands before the request's end stands at 0."""
        return min(1.0, max(0, at_ns) / self.length_ns)

    def place(self, at_ns: int) -> int:
        return round(self.share(at_ns) * WIDTH)

    def percent(self, at_ns: int) -> str:
        return f"{self.share(at_ns) * 100:.2f}%"

    def steps(self) -> Iterator[tuple[int, str]]:
        """Where the axis has a line, and its words."""
        if self.by_order:
            for order in range(0, self.length_ns + 1, _step(self.length_ns)):
                yield order, f"{order:,}"
            return
        unit_ns, unit = (NS_PER_MS, "ms") if self.length_ns < NS_PER_S else (NS_PER_S, "s")
        step_ns = _step(self.length_ns)
        for at_ns in range(0, self.length_ns + 1, step_ns):
            yield at_ns, f"{at_ns / unit_ns:g} {unit}"


def _step(length_ns: int) -> int:
    """The smallest of 1, 2, 5 times a power of ten that makes few enough steps."""
    step_ns = 1
    while True:
        for factor in (1, 2, 5):
            if step_ns * factor * MOST_STEPS >= length_ns:
                return step_ns * factor
        step_ns *= 10


def drawing(lanes: Sequence[Lane | None], labels: Sequence[str]) -> Markup:
    """All lanes, and the axis; their order is drawn where no tape has times."""
    axis = Axis([lane for lane in lanes if lane is not None])
    scale = element("div", {"class": "lane axis"}, element("span", {}), _scale(axis))
    items = [
        element("li", {}, _missing(label) if lane is None else _lane(lane, axis))
        for lane, label in zip(lanes, labels, strict=True)
    ]
    above = scale if len(lanes) > MOST_BELOW_ONE else None
    return joined(above, element("ul", {"class": "lanes"}, *items), scale)


def _missing(label: str) -> Markup:
    return _heading(label, "no such interaction on this side")


def _heading(label: str, words: str) -> Markup:
    return element(
        "p",
        {"class": "lane-head"},
        element("b", {}, element("bdi", {}, label)),
        " ",
        element("span", {}, words),
    )


def _lane(lane: Lane, axis: Axis) -> Markup:
    shown = axis.placed(lane)
    names = [element("span", {}, track.name) for track in lane.tracks]
    height = TRACK * (len(lane.tracks) + 1)
    picture = element(
        "svg",
        {"role": "img", "aria-label": spoken(lane), "width": "100%", "height": height},
        _grid(axis, height),
        *(_stall(start, stop, axis, height) for start, stop in shown.stalls),
        *(_track(track, row, axis) for row, track in enumerate(shown.tracks)),
        _life(shown, axis, height - TRACK / 2),
    )
    return joined(
        _heading(lane.label, _summary(lane)),
        element(
            "div",
            {"class": "lane"},
            element("span", {"class": "tracks", "aria-hidden": "true"}, *names),
            picture,
        ),
    )


def _summary(lane: Lane) -> str:
    facts = [] if lane.first_ns is None else [f"first token {human_time(lane.first_ns)}"]
    if not lane.streamed:
        facts.append("not streamed")
    elif not lane.timed:
        facts.append("no timing")
    elif lane.tracks and not has_pace(lane):
        facts.append("all at one moment")
    return ", ".join([*facts, f"{ending_name(lane.ending)} {human_time(lane.end_ns)}"])


def _scale(axis: Axis) -> Markup:
    words = []
    for at_ns, name in axis.steps():
        share = axis.share(at_ns)
        anchor = "start" if share < 0.02 else "end" if share > 0.97 else "middle"
        words.append(
            element("text", {"x": axis.percent(at_ns), "y": 12, "text-anchor": anchor}, name)
        )
    return element("svg", {"aria-hidden": "true", "width": "100%", "height": 16}, *words)


def _grid(axis: Axis, height: int) -> Markup:
    lines = "".join(f"M{axis.place(at_ns)} 0V{height}" for at_ns, _ in axis.steps())
    return _stretched(0, height, element("path", {"class": "grid", "d": lines}))


def _stretched(top: float, height: float, *children: Child) -> Markup:
    return element(
        "svg",
        {
            "y": f"{top:g}",
            "width": "100%",
            "height": f"{height:g}",
            "viewBox": f"0 0 {WIDTH} {height:g}",
            "preserveAspectRatio": "none",
        },
        *children,
    )


def _track(track: Track, row: int, axis: Axis) -> Markup:
    tallest = axis.tallest[track.name]
    bars = "".join(
        f"M{place} {TRACK - 1}v-{_height(size, tallest):.3g}"
        for place, size in sorted(_bars(track, axis).items())
    )
    path = element("path", {"class": f"bar {track.name}", "d": bars})
    return _stretched(row * TRACK, TRACK, path)


def _bars(track: Track, axis: Axis) -> dict[int, int]:
    """Place to characters."""
    bars: defaultdict[int, int] = defaultdict(int)
    for moment in track.moments:
        bars[axis.place(moment.at_ns)] += moment.size
    return bars


def _height(size: int, tallest: int) -> float:
    """By the root, so that one long delta leaves the usual ones to be seen."""
    if not tallest:
        return TALLEST / 2
    return LEAST + (TALLEST - LEAST) * math.sqrt(size / tallest)


def _stall(start: int, stop: int, axis: Axis, height: int) -> Markup:
    share = axis.share(stop) - axis.share(start)
    inner = height - TRACK
    band: dict[str, str | int | None] = {
        "class": "stall",
        "x": axis.percent(start),
        "y": 1,
        "width": f"{share * 100:.2f}%",
        "height": inner - 1,
        "fill": "url(#stall)",
    }
    middle = {
        "class": "halo",
        "x": axis.percent((start + stop) // 2),
        "y": f"{inner / 2 + 4:g}",
        "text-anchor": "middle",
    }
    words = element("text", middle, human_time(stop - start))
    return joined(element("rect", band), words if share > STALL_LABEL_SHARE else None)


def _life(lane: Lane, axis: Axis, y: float) -> Markup:
    """Waiting, answering, and how it stopped."""
    first_ns = lane.end_ns if lane.first_ns is None else lane.first_ns

    def line(kind: str, start: int, stop: int) -> Markup:
        ends = {"x1": axis.percent(start), "x2": axis.percent(stop), "y1": f"{y:g}", "y2": f"{y:g}"}
        return element("line", {"class": kind, **ends})

    marks = [line("waiting", 0, first_ns), line("answering", first_ns, lane.end_ns)]
    marks += [_mark("error", "M0 -7L7 0L0 7L-7 0Z", axis, at_ns, y) for at_ns in lane.errors_ns]
    if lane.first_ns is not None:
        marks.append(_mark("first", "M0 -6L6 5H-6Z", axis, lane.first_ns, y))
    marks.append(_mark(f"ending {lane.ending}", _ENDINGS[lane.ending], axis, lane.end_ns, y))
    left = axis.share(lane.end_ns) > NARROW_SHARE
    word = {
        "class": "halo",
        "x": axis.percent(lane.end_ns),
        "dx": -11 if left else 11,
        "y": f"{y + 4:g}",
        "text-anchor": "end" if left else "start",
    }
    return joined(*marks, element("text", word, ending_name(lane.ending)))


def _mark(kind: str, shape: str, axis: Axis, at_ns: int, y: float) -> Markup:
    place = {"x": axis.percent(at_ns), "y": f"{y:g}", "class": "mark"}
    return element("svg", place, element("path", {"class": kind, "d": shape}))
