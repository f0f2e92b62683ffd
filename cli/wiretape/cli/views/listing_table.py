"""A listing for a terminal: as many columns as its width holds. Pure."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from wiretape.cli.views.listing import Listed
from wiretape.cli.views.listing_plain import COLUMNS, RIGHT, cells

LEAST_WIDTH = {"model": 10, "path": 14}
"""These two are shortened where a line is too narrow, to no less than this."""

DROPPED = ("method", "start", "status", "first byte", "model")
"""Left out one after the other until the rest fits; `--json` has them all."""

GAP = 2
"""Columns of space between two of ours; the box brings one of them."""

_STYLES = {"complete": "green", "cut": "yellow", "timeout": "yellow", "reset": "red"}


def listing_table(rows: Sequence[Listed], width: int, title: str = "") -> Table:
    """A rich table no wider than `width` columns."""
    lines = [_terminal_cells(row) for row in rows]
    table = Table(
        box=SIMPLE_HEAD,
        padding=(0, GAP - 1, 0, 0),
        pad_edge=False,
        show_edge=False,
        title=title or None,
        title_justify="left",
    )
    widths = column_widths(lines, width)
    for name, columns in widths.items():
        table.add_column(
            name,
            justify="right" if name in RIGHT else "left",
            no_wrap=True,
            overflow="ellipsis",
            width=columns,
        )
    for row, line in zip(rows, lines, strict=True):
        style = _STYLES.get(row.ending, "dim")
        table.add_row(
            *(Text(line[name], style=style if name == "ending" else "") for name in widths)
        )
    return table


def column_widths(lines: Sequence[dict[str, str]], width: int) -> dict[str, int]:
    """The columns that fit, in their order, and how wide each is."""
    wanted = {name: max(len(name), *(len(line[name]) for line in lines)) for name in COLUMNS}
    for dropped in (*DROPPED, None):
        least = {name: min(wide, LEAST_WIDTH.get(name, wide)) for name, wide in wanted.items()}
        left = width - sum(least.values()) - GAP * (len(least) - 1)
        if left >= 0 or dropped is None:
            break
        del wanted[dropped]
    for name in (name for name in LEAST_WIDTH if name in wanted):
        least[name], left = _widened(least[name], wanted[name], left)
    return least


def _widened(columns: int, wanted: int, left: int) -> tuple[int, int]:
    more = max(0, min(wanted - columns, left))
    return columns + more, left - more


def _terminal_cells(row: Listed) -> dict[str, str]:
    line = cells(row)
    line["start"] = row.started[5:19].replace("T", " ")
    return line
