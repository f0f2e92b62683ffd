"""Many sides on one screen: a column a provider, or a line each where that is shorter. Pure.

A cell that differs from the first side's has a `*`, and a colour where there are colours.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from wiretape.cassettes.diff.comparison import Comparison, Row
from wiretape.cli.views.diff_total import there
from wiretape.cli.views.terminal import harmless_line

MARK = "*"
GAP = 2
LEAST = 8
"""A column is wrapped to no less than this."""
MOST_OF_NAME = 30
"""Columns of what tells the lines apart, before it is wrapped."""
MOST = 48
"""And a wider one is wrapped wherever lines are of a limited length."""
SHORT = 24
"""Characters of names in a cell; of more, how many."""
READABLE = 160
"""A wider line is turned round, where nothing is wrapped and that is narrower."""
DIFFERS = "bold yellow"
HEAD = "bold"

_WRAPPING = Console(width=1000, color_system=None)


class Cell(NamedTuple):
    """What stands in a place."""

    text: str
    style: str = ""


class Grid(NamedTuple):
    """Lines of cells, the first of them the head. `pinned` columns stand in every block."""

    lines: list[list[Cell]]
    pinned: int


class Laid(NamedTuple):
    """A grid in blocks that fit, and how wide its columns are."""

    grid: Grid
    blocks: list[list[int]]
    widths: list[int]


def alike(comparison: Comparison) -> str:
    """What is the same on all sides: `status 200, tools none`."""
    told = [
        f"{row.name} {harmless_line(row.cells[there(comparison)[0]])}"
        for row in comparison.rows
        if is_alike(row, comparison) and any(row.cells)
    ]
    return ", ".join(told)


def matrix(comparison: Comparison, width: int | None) -> list[Text]:
    """The lines of the matrix, none wider than `width` columns where that can be; of what is not
    the same on all sides."""
    rows = [row for row in comparison.rows if not is_alike(row, comparison)]
    if not rows:
        return []
    by_column = _a_column_a_side(comparison, rows)
    by_line = Grid([list(line) for line in zip(*by_column.lines, strict=True)], 1)
    if width is None:
        whole = [_whole(by_column), _whole(by_line)]
        return _lines(whole[0] if _wide(whole[0]) <= READABLE else min(whole, key=_wide))
    layouts = [
        _laid(grid, width, most)
        for grid in (by_column, by_line)
        for most in range(MOST, LEAST - 1, -2)
    ]
    fitting = [laid for laid in layouts if _wide(laid) <= width]
    return _lines(min(fitting or layouts[-1:], key=_height))


def is_alike(row: Row, comparison: Comparison) -> bool:
    """Whether all sides that are there read the same and none differs."""
    places = there(comparison)
    return len({row.cells[place] for place in places}) == 1 and not any(
        row.differs[place] for place in places
    )


def _a_column_a_side(comparison: Comparison, rows: Sequence[Row]) -> Grid:
    """Of the sides that are there: the verdict names them."""
    places = there(comparison)
    labels = (comparison.labels[place] for place in places)
    head = [Cell(""), *(Cell(f" {harmless_line(label)}", HEAD) for label in labels)]
    lines = [[Cell(row.name, HEAD)] for row in rows]
    for row, line in zip(rows, lines, strict=True):
        for place in places:
            text = row.cells[place]
            short = counted_names(text) if row.aspect == "extensions" else text
            line.append(_cell(short, row.differs[place]))
    return Grid([head, *lines], 2)


def counted_names(names: str) -> str:
    """Names where they are few, or else how many; of a long one its end."""
    if len(names) <= SHORT:
        return names
    more = _MORE.search(names)
    count = names.count(", ") + 1 + (int(more[1]) if more else 0)
    return f"{count} names" if count > 1 else _end_of(names)


def _end_of(path: str) -> str:
    """`…delta.reasoning_content`: as many of the last names in a path as there is room for."""
    parts = path.split(".")
    ends = (".".join(parts[place:]) for place in range(1, len(parts)))
    return next((f"…{end}" for end in ends if len(end) < SHORT), path)


_MORE = re.compile(r" and (\d+) more\b")


def _cell(text: str, differs: bool) -> Cell:
    shown = harmless_line(text) or "-"
    return Cell(f"{MARK}{shown}", DIFFERS) if differs else Cell(f" {shown}")


def _laid(grid: Grid, width: int, most: int) -> Laid:
    """Columns of no more than `most`, in as many blocks as they need. What tells the lines apart
    is wrapped last."""
    natural = _natural(grid)
    widths = [
        min(natural[0], MOST_OF_NAME, max(LEAST, width // 2)),
        *(min(wide, most) for wide in natural[1:]),
    ]
    pinned = list(range(grid.pinned))
    blocks = [list(pinned)]
    for column in range(grid.pinned, len(widths)):
        wide = _total([widths[one] for one in (*blocks[-1], column)])
        if wide > width and len(blocks[-1]) > grid.pinned:
            blocks.append(list(pinned))
        blocks[-1].append(column)
    return Laid(grid, blocks, widths)


def _height(laid: Laid) -> int:
    """How much of the screen it takes; a word that has to be broken weighs as much as
    three lines."""
    height = len(laid.blocks) - 1
    for block in laid.blocks:
        for line in laid.grid.lines:
            cells = [(line[column].text, laid.widths[column]) for column in block]
            height += max(-(-cell_len(text) // width) for text, width in cells)
            height += 3 * sum(
                any(cell_len(word) > width for word in text.split())
                for text, width in cells
                if cell_len(text) > width
            )
    return height


def _whole(grid: Grid) -> Laid:
    """One block, nothing wrapped."""
    heads = [cell_len(head.text) for head in grid.lines[0]]
    widths = [max(pair) for pair in zip(_natural(grid), heads, strict=True)]
    return Laid(grid, [list(range(len(widths)))], widths)


def _wide(laid: Laid) -> int:
    return max(_total([laid.widths[column] for column in block]) for block in laid.blocks)


def _natural(grid: Grid) -> list[int]:
    """As wide as the widest cell; what stands above may be wrapped at its spaces."""
    found = []
    for head, *column in zip(*grid.lines, strict=True):
        inset = len(head.text) - len(head.text.lstrip())
        words = max((cell_len(word) for word in head.text.split()), default=0)
        found.append(max(inset + words, *(cell_len(cell.text) for cell in column)))
    return found


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1)


def _lines(laid: Laid) -> list[Text]:
    found: list[Text] = []
    for block in laid.blocks:
        if found:
            found.append(Text(""))
        for line in laid.grid.lines:
            found += _line([line[column] for column in block], [laid.widths[one] for one in block])
    return found


def _line(cells: Sequence[Cell], widths: Sequence[int]) -> list[Text]:
    """One line of the grid, in as many of the screen as its longest cell needs."""
    wrapped = [_wrapped(cell, width) for cell, width in zip(cells, widths, strict=True)]
    lines = []
    for place in range(max(map(len, wrapped))):
        line = Text()
        for pieces, width in zip(wrapped, widths, strict=True):
            piece = pieces[place] if place < len(pieces) else Text("")
            line.append_text(piece)
            line.append(" " * (width - piece.cell_len + GAP))
        line.rstrip()
        lines.append(line)
    return lines


def _wrapped(cell: Cell, width: int) -> list[Text]:
    if cell_len(cell.text) <= width:
        return [Text(cell.text, cell.style)]
    # What follows the mark stands beneath itself.
    inset = 1 if cell.text[:1] in (MARK, " ") else 0
    words = Text(cell.text[inset:], cell.style)
    pieces = words.wrap(_WRAPPING, max(1, width - inset), overflow="fold")
    mark = Text(cell.text[:inset], cell.style)
    return [
        Text.assemble(mark if place == 0 else " " * inset, piece)
        for place, piece in enumerate(pieces)
    ]
