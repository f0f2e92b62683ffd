"""A listing for a terminal: as many columns as its width holds. Pure."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from wiretape.cli.views.listing import Listed
from wiretape.cli.views.listing_plain import COLUMNS, RIGHT, cells

LEAST_WIDTH = {"path": 14, "model": 10}
"""These two are shortened where a line is too narrow."""

DROPPED = ("method", "start", "status", "first byte", "model")
"""Left out one after the other until the rest fits; `--json` has them all."""

GAP = 2

_STYLES = {"complete": "green", "cut": "yellow", "timeout": "yellow", "reset": "red"}


def listing_table(rows: Sequence[Listed], width: int, title: str = "") -> Table:
    """A rich table no wider than `width` columns."""
    lines = [_terminal_cells(row) for row in rows]
    table = Table(box=SIMPLE_HEAD, padding=(0, GAP, 0, 0), pad_edge=False, title=title or None)
    table.title_justify = "left"
    names = columns_for(lines, width)
    for name in names:
        table.add_column(
            name,
            justify="right" if name in RIGHT else "left",
            no_wrap=True,
            overflow="ellipsis",
            min_width=None if name in LEAST_WIDTH else _width(lines, name),
        )
    for row, line in zip(rows, lines, strict=True):
        style = "dim" if row.ending == "client_left" else _STYLES.get(row.ending, "")
        table.add_row(
            *(Text(line[name], style=style if name == "ending" else "") for name in names)
        )
    return table


def columns_for(lines: Sequence[dict[str, str]], width: int) -> tuple[str, ...]:
    """The columns that fit, in their order."""
    names = list(COLUMNS)
    for dropped in DROPPED:
        needed = sum(min(_width(lines, name), LEAST_WIDTH.get(name, 999)) + GAP for name in names)
        if needed <= width:
            break
        names.remove(dropped)
    return tuple(names)


def _terminal_cells(row: Listed) -> dict[str, str]:
    line = cells(row)
    line["start"] = row.started[5:19].replace("T", " ")
    return line


def _width(lines: Sequence[dict[str, str]], name: str) -> int:
    return max(len(name), *(len(line[name]) for line in lines))
