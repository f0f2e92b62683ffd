"""A listing as aligned text, for pipes: every column whole, nothing cut. Pure."""

from collections.abc import Sequence

from wiretape.cli.units import ending_name, human_bytes, human_time
from wiretape.cli.views.listing import Listed
from wiretape.cli.views.terminal import harmless_line

COLUMNS = (
    "#",
    "start",
    "upstream",
    "method",
    "path",
    "model",
    "status",
    "ending",
    "chunks",
    "bytes",
    "first byte",
    "duration",
)
RIGHT = frozenset({"#", "chunks", "bytes", "first byte", "duration"})


def cells(row: Listed) -> dict[str, str]:
    """Column to text. Foreign text is made harmless."""
    return {
        "#": str(row.number),
        "start": row.started,
        "upstream": harmless_line(row.upstream),
        "method": harmless_line(row.method),
        "path": harmless_line(row.path),
        "model": harmless_line(row.model) or "-",
        "status": "-" if row.status is None else str(row.status),
        "ending": ending_name(row.ending) + (" (lost)" if row.lost else ""),
        "chunks": str(row.chunks),
        "bytes": human_bytes(row.received_bytes),
        "first byte": "-" if row.first_byte_ns is None else human_time(row.first_byte_ns),
        "duration": human_time(row.duration_ns) if row.duration_ns else "-",
    }


def listing_plain(rows: Sequence[Listed]) -> str:
    """A line of names, then a line a row; the file's name first where there are several."""
    several = len({row.file for row in rows}) > 1
    names = ("file", *COLUMNS) if several else COLUMNS
    table = [dict(zip(names, names, strict=True))]
    table += [{"file": harmless_line(row.file), **cells(row)} for row in rows]
    widths = {name: max(len(line[name]) for line in table) for name in names}
    return "".join(
        "  ".join(
            line[name].rjust(widths[name]) if name in RIGHT else line[name].ljust(widths[name])
            for name in names
        ).rstrip()
        + "\n"
        for line in table
    )
