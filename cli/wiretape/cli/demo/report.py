"""The demo's result: a table, a verdict, and the commands to look on. Pure."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from wiretape.cli.demo.comparing import Compared, GapErrors, View, gap_errors_ns, summed_up
from wiretape.cli.units import NS_PER_MS, counted, ending_name, human_bytes, human_time

SHA_SHOWN = 6
BUSY_NS = 50 * NS_PER_MS
"""A median beyond this says more of the machine than of the replay."""


def report(compared: Sequence[Compared], cassette: Path, file_bytes: int) -> RenderableType:
    """Everything the demo prints."""
    return Group(_table(compared), *_verdict(compared), "", *_commands(cassette, file_bytes))


def report_json(compared: Sequence[Compared], cassette: Path) -> str:
    """The same for programs: one JSON object."""
    streams = [
        {
            "stream": one.title,
            "same": not one.differences,
            "differences": one.differences,
            "replayed_gaps": summed_up(gap_errors_ns(one.replay, one.tape)),
            **{name: _view_json(view) for name, view in one.views},
        }
        for one in compared
    ]
    same = not any(one.differences for one in compared)
    value = {"same": same, "cassette": str(cassette), "streams": streams}
    return msgspec.json.encode(value).decode()


def _view_json(view: View) -> dict[str, object]:
    return {
        "bytes": view.body_bytes,
        "sha256": view.sha256,
        "chunks": len(view.chunks),
        "longest_gap_ns": view.longest_gap_ns,
        "ending": view.ending,
        "ended_ns": view.ended_ns,
    }


def _table(compared: Sequence[Compared]) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=0, pad_edge=False, show_edge=False)
    table.add_column("stream", no_wrap=True)
    table.add_column("seen", no_wrap=True)
    for name in ("bytes", "sha256", "chunks"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("longest\ngap", justify="right", no_wrap=True)
    table.add_column("gaps off by\nmedian, max", justify="right", no_wrap=True)
    table.add_column("ending", no_wrap=True)
    for one in compared:
        for name, view in one.views:
            errors = summed_up(gap_errors_ns(view, one.tape)) if name != "tape" else None
            table.add_row(
                one.title if name == "live" else "",
                name,
                f"{view.body_bytes:,}",
                view.sha256[:SHA_SHOWN],
                str(len(view.chunks)),
                human_time(view.longest_gap_ns),
                _errors_text(errors),
                Text(ending_name(view.ending), style="" if view.ending == "complete" else "red"),
                end_section=name == "replay",
            )
    return table


def _errors_text(errors: GapErrors | None) -> str:
    if errors is None or not errors.gaps:
        return "-"
    return f"{errors.median_ns / NS_PER_MS:.1f}, {errors.largest_ns / NS_PER_MS:.1f} ms"


def _verdict(compared: Sequence[Compared]) -> list[Text]:
    different = [one for one in compared if one.differences]
    if different:
        return [
            Text(f"DIFFERENT: {one.title}: {', '.join(one.differences)}", style="bold red")
            for one in different
        ]
    errors = summed_up([error for one in compared for error in gap_errors_ns(one.replay, one.tape)])
    lines = [
        Text(
            f"The same: {counted(len(compared), 'stream')}, byte for byte and chunk for chunk, "
            "with the same endings, as they came live, on the tape, and replayed.",
            style="bold green",
        ),
        Text(
            f"Of {errors.gaps:,} silences, the replay kept half to within "
            f"{human_time(errors.median_ns)} and all to within {human_time(errors.largest_ns)}."
        ),
    ]
    if errors.median_ns > BUSY_NS:
        lines.append(Text("That is coarse: this machine is busy. Try again when it is not."))
    return lines


def _commands(cassette: Path, file_bytes: int) -> list[Text]:
    commands = (
        ("ls", "", "what is on it"),
        ("show", " 3", "a stream in full, its pace as a plot"),
        ("play", " 3", "watch it as it came"),
        ("replay", "", "serve it to any client, offline"),
    )
    width = max(len(verb) + len(more) for verb, more, _ in commands)
    return [
        Text(f"It is all in {cassette} ({human_bytes(file_bytes)}):"),
        *(
            Text(f"  wiretape {verb} {cassette}{more:<{width - len(verb)}}   ").append(
                words, style="dim"
            )
            for verb, more, words in commands
        ),
    ]
