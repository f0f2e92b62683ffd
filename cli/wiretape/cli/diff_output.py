"""Where a report goes: to standard output, or to a file that is no cassette. Click only."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from wiretape.cli.options import SUFFIX


@contextmanager
def written(output: Path | None) -> Iterator[Callable[[str], object]]:
    """What writes the report; None is standard output."""
    if output is None:
        yield lambda text: click.echo(text, nl=False)
        return
    with output.open("w", encoding="utf-8", newline="\n") as file:
        yield file.write


def is_misplaced(output: Path, tapes: Sequence[Path]) -> str:
    """Why a report cannot go there, as words behind its name; empty where it can. It must not take
    a cassette's place."""
    if output.name.endswith(SUFFIX) or any(
        output.exists() and tape.exists() and output.samefile(tape) for tape in tapes
    ):
        return " is a cassette: the report would replace it"
    return "" if output.parent.is_dir() else ": there is no such folder; create it first"
