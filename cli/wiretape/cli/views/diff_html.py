"""`wiretape diff` as one HTML page that needs nothing beside it: no network, no script, no font.

The page may run one style and one script, both known by their hashes; the script adds comfort
only. Exchanges are rendered as they come and then forgotten, and what a page holds is bounded, so
that any number of them may be added. Pure.
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import islice

from msgspec.structs import replace

from wiretape.cassettes.diff.comparison import Comparison
from wiretape.cli.units import counted
from wiretape.cli.views.diff_html_exchange import is_different, prompt_of, section, sign
from wiretape.cli.views.diff_html_markup import (
    Child,
    Markup,
    attribute,
    element,
    joined,
    shortened,
)
from wiretape.cli.views.diff_html_streams import DEFINITIONS
from wiretape.cli.views.diff_html_tables import DIFFERS, NOTHING, names, table
from wiretape.cli.views.diff_total import Total, lacks, names_words, there

MOST_LISTED = 1_000
"""Exchanges that have a line in the summary."""

MOST_DRAWN = 8_000_000
"""Characters of what is drawn in full; a browser on a phone still opens that."""

MOST_DRAWN_SAME = 2_000_000
"""Of them, for exchanges in which nothing differs."""

MOST_LABEL = 60
MOST_FILES = 5
MOST_NAMED = 4
"""Sides that a title names."""

MOST_SIDES = 50
MOST_SIDES_OPEN = 6
"""More of them are folded."""

_VIEWPORT = "width=device-width, initial-scale=1"


def page(comparisons: Sequence[Comparison], *, title: str) -> str:
    """The page of these comparisons, one HTML file."""
    made = Page(title)
    for comparison in comparisons:
        made.add(comparison)
    return made.text()


class HtmlView:
    """The page as a format of the verb: all of it is written at the end."""

    def __init__(self) -> None:
        self._page = Page("")

    def add(self, _number: int, comparison: Comparison) -> str:
        """Nothing yet."""
        self._page.add(comparison)
        return ""

    def end(self, _total: Total) -> str:
        """The page."""
        return self._page.text()


class Page:
    """A page that is made from one comparison after another; without a title it is named after
    its sides."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._count = 0
        self._different = 0
        self._lacking = 0
        self._labels: dict[tuple[str, ...], None] = {}
        """Of pairs of cassettes by their names, each has its own."""
        self._widest = 0
        self._files: dict[str, dict[str, None]] = {}
        self._lines: list[Sequence[Child]] = []
        self._sections: list[Markup] = []
        self._size = 0
        self._left_out = 0

    def add(self, comparison: Comparison) -> None:
        """One exchange more, numbered from 1 in the order they come."""
        short = tuple(shortened(label, MOST_LABEL) for label in comparison.labels)
        comparison = replace(comparison, labels=short)
        self._count += 1
        self._different += is_different(comparison)
        self._lacking += bool(lacks(comparison))
        self._widest = max(self._widest, len(short))
        self._labels.setdefault(short)
        for label, side in zip(comparison.labels, comparison.sides, strict=True):
            known = self._files.setdefault(label, {})
            if side is not None:
                known.setdefault(side.file)
        most = MOST_DRAWN if is_different(comparison) else MOST_DRAWN_SAME
        drawn = self._size < most
        if drawn:
            whole = section(self._count, comparison)
            self._size += len(whole)
            self._sections.append(whole)
        else:
            self._left_out += 1
        if self._count <= MOST_LISTED:
            self._lines.append(_line(self._count, comparison, drawn=drawn))

    def text(self) -> str:
        """The whole file."""
        css, script = _part("diff_html.css"), _part("diff_html.js")
        policy = (
            f"default-src 'none'; style-src '{_hash(css)}'; script-src '{_hash(script)}'; "
            "base-uri 'none'; form-action 'none'"
        )
        head = element(
            "head",
            {},
            element("meta", {"charset": "utf-8"}),
            element("meta", {"http-equiv": "Content-Security-Policy", "content": policy}),
            element("meta", {"name": "viewport", "content": _VIEWPORT}),
            element("meta", {"name": "color-scheme", "content": "light dark"}),
            element("meta", {"name": "referrer", "content": "no-referrer"}),
            # Elements may not stand in a title: what is hidden is shown as in an attribute.
            element("title", {}, Markup(attribute(self._titled()))),
            element("style", {}, Markup(css)),
        )
        body = element(
            "body",
            {},
            element("a", {"class": "skip", "href": "#exchanges"}, "Skip to the exchanges"),
            DEFINITIONS,
            element("header", {}, *self._head()),
            element("main", {"id": "exchanges", "tabindex": -1}, *self._main()),
            element("footer", {}, element("p", {}, *_LEGEND)),
            element("script", {}, Markup(script)),
        )
        return f"<!doctype html>\n{element('html', {'lang': 'en'}, head, body)}\n"

    def _head(self) -> Iterator[Markup]:
        yield element("h1", {}, self._titled())
        yield element("p", {"class": "lead"}, self._words())
        rows: list[Sequence[Child]] = [
            (element("bdi", {}, label), _files(known))
            for label, known in islice(self._files.items(), MOST_SIDES)
        ]
        if len(self._files) > MOST_SIDES:
            rows.append((f"{len(self._files) - MOST_SIDES:,} more", NOTHING))
        if rows:
            sides = table("sides", "Sides", ["side", "cassette"], rows)
            name = element("summary", {}, counted(len(self._files), "side"))
            yield element("details", {}, name, sides) if len(rows) > MOST_SIDES_OPEN else sides

    def _titled(self) -> str:
        if self._title or len(self._labels) != 1:
            return self._title or "wiretape diff"
        (labels,) = self._labels
        if len(labels) > MOST_NAMED:
            return f"{labels[0]} v. {len(labels) - 1} others"
        return names_words(labels)

    def _words(self) -> Child:
        if not self._count:
            return "Nothing was compared: no interaction could be paired."
        if self._count == 1 and self._different:
            words = "The sides differ"
        elif self._different:
            number = "1 differs" if self._different == 1 else f"{self._different:,} differ"
            words = f"{counted(self._count, 'exchange')}, {number}"
        else:
            words = f"{counted(self._count, 'exchange')}, nothing differs"
        if self._lacking:
            words += f"; {self._lacking:,} not on all sides"
        return joined(sign(same=not self._different and not self._lacking), words, ".")

    def _main(self) -> Iterator[Markup]:
        if self._count > 1:
            yield element(
                "nav",
                {"aria-label": "Exchanges"},
                table(
                    "summary",
                    "Exchanges; ≠ marks what differs from the first side",
                    ["exchange", *self._columns()],
                    self._lines,
                    kind="summary",
                ),
                *self._more(),
            )
        yield from self._sections

    def _columns(self) -> list[Child]:
        if len(self._labels) == 1:
            return names(*self._labels)
        return [f"side {place}" for place in range(1, self._widest + 1)]

    def _more(self) -> Iterator[Markup]:
        unlisted = self._count - MOST_LISTED
        if unlisted > 0:
            yield element("p", {}, f"{counted(unlisted, 'more exchange')} not listed here.")
        if self._left_out:
            words = f"{counted(self._left_out, 'exchange')} left out below: the page would be "
            yield element("p", {}, words, "too large. The other formats have all of them.")


def _files(known: dict[str, None]) -> Child:
    if not known:
        return NOTHING
    shown = [element("bdi", {"class": "file"}, file) for file in islice(known, MOST_FILES)]
    more = len(known) - MOST_FILES
    return joined(*shown, f"and {more:,} more" if more > 0 else None)


def _line(number: int, comparison: Comparison, *, drawn: bool) -> Sequence[Child]:
    words = f"{number}. {prompt_of(comparison)}"
    name = element("a", {"href": f"#x{number}"}, words) if drawn else words
    first = there(comparison)[:1]
    cells: list[Child] = []
    for place, side in enumerate(comparison.sides):
        if side is None:
            cells.append(element("td", {"class": "lacks"}, "not there"))
        elif [place] == first:
            cells.append("first")
        else:
            cells.append(_aspects(comparison, place))
    return [name, *cells]


def _aspects(comparison: Comparison, place: int) -> Markup:
    found = comparison.differences[place - 1] if place else ()
    aspects = list(dict.fromkeys(one.aspect for one in found if one.counts))
    if not aspects:
        return element("td", {}, "same")
    return element("td", {"class": "differs"}, DIFFERS, ", ".join(aspects))


_LEGEND: tuple[Child, ...] = (
    "In texts: ",
    element("del", {}, "only in the first"),
    ", ",
    element("ins", {}, "only in the other"),
    ", ",
    element("del", {"class": "moved"}, "moved away"),
    " and ",
    element("ins", {"class": "moved"}, "moved here"),
    ", ",
    element("del", {"class": "rephrased"}, "rephrased"),
    " ",
    element("ins", {"class": "rephrased"}, "so"),
    ". Ids, signatures and times of creation are never compared.",
)


@cache
def _part(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8").strip("\n")


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
