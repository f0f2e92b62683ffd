"""Where words go: what the program says to stderr, what was asked for to stdout."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import click

PATIENCE_S = 1.0
"""Work that is done sooner than this is not worth a word."""


def say(message: str) -> None:
    """One line to the person, on stderr."""
    click.echo(f"wiretape: {message}", err=True)


@contextmanager
def working(message: str) -> Iterator[None]:
    """Show that long work goes on, where a person is watching."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    progress = Progress(*columns, console=Console(stderr=True), transient=True)
    progress.add_task(message, total=None)
    timer = threading.Timer(PATIENCE_S, progress.start)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        progress.stop()
