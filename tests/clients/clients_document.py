"""`docs/clients.md`: which clients stream from a tape, and the versions they were last run with.

`python -m tests.clients.clients_document` runs the tests that try clients and writes it anew. Knows
the rows of a run (`trying.py`) and the document; no client.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

from tests.clients.trying import REQUIRED, Client, Row, Target
from tests.corpus import FILE as CORPUS

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docs" / "clients.md"
WRITE = "WIRETAPE_WRITE_CLIENTS"
"""Set where the run is to write the document."""

MANDATORY = frozenset(
    {
        *("anthropic", "boto3", "cohere", "google-genai", "huggingface_hub", "mistralai"),
        *("ollama", "openai", "ai (npm)", "openai (npm)"),
    }
)
"""Without them a whole run of `make test-clients` fails."""
OTHERS_AT_LEAST = 4
"""So many of the others must pass in it."""

HEAD = """\
# Clients that stream from a tape

Made by `python -m tests.clients.clients_document`, which runs the tests that it is about. `make
test-clients` and `make test-servers` run them too, print what they ran with, and fail where other
clients passed than stand here. The versions are those of the writing; a later one may have come
since.

Each client asks through a recorder, and then, in another order, `wiretape replay`, over real
sockets. What it shows (text, reasoning, tool calls, tokens; a count it does not show is not looked
at) is the same both times, what Wiretape reads on the tape, and what plain JSON says in the bytes.
**live**: recorded before a real server, which is llama.cpp's where a row names no other;
**corpus**: from streams that real providers answered; **written**: from one made by hand, for where
those are not at hand.

"""
NOTES = "\n## Settings, and telemetry\n\n"
COLUMNS = ("client", "version", "tried", "source", "result", "base URL by", "run by")

Cells = tuple[str, ...]


def merged(document: str, rows: Sequence[Row]) -> str:
    """The document, with the rows of a run in the place of those that its target had."""
    ran = {_run_by(row.target) for row in rows}
    kept = [cells for cells in table(document) if cells[-1] not in ran]
    lines = sorted([*kept, *map(_cells, rows)], key=_order)
    names = {cells[0] for cells in kept}
    notes = {note for note in _notes(document) if note.partition(":")[0][2:] in names}
    notes |= {f"- {_name(row.client)}: {row.client.note}" for row in rows if row.client.note}
    table_lines = [_line(COLUMNS), f"|{'---|' * len(COLUMNS)}", *map(_line, lines)]
    return HEAD + "\n".join(table_lines) + "\n" + NOTES + "\n".join(sorted(notes)) + "\n"


def table(document: str) -> Iterator[Cells]:
    """The rows of the table, in Markdown."""
    lines = (line for line in document.splitlines() if line.startswith("| "))
    for line in list(lines)[1:]:
        yield tuple(cell.strip() for cell in line.strip("|").split(" | "))


def problems(document: str, rows: Sequence[Row], target: Target) -> Iterator[str]:
    """What is wrong with a whole run, or with the document, each in a line."""
    passed = [row for row in rows if row.target == target and row.passed == row.tests]
    ran = {_tried(_cells(row)) for row in passed}
    told = {_tried(cells) for cells in table(document) if cells[-1] == _run_by(target)}
    if not CORPUS.exists():
        told = {one for one in told if one[-1] != "corpus"}
    for one in sorted(ran - told):
        yield f"not in docs/clients.md: {', '.join(one)}"
    for one in sorted(told - ran):
        yield f"in docs/clients.md, and did not pass: {', '.join(one)}"
    if target == "test-clients":
        yield from _too_few({_name(row.client).replace("`", "") for row in passed})


def _too_few(passed: set[str]) -> Iterator[str]:
    for name in sorted(MANDATORY - passed):
        yield f"mandatory, and did not pass: {name}"
    if (others := len(passed - MANDATORY)) < OTHERS_AT_LEAST:
        yield f"{others} of the other clients passed; at least {OTHERS_AT_LEAST} must"


def versions(document: str, rows: Sequence[Row]) -> Iterator[str]:
    """A line a client: what ran, and what the document has."""
    known = {cells[0]: cells[1] for cells in table(document)}
    for client, version in dict.fromkeys((row.client, row.version) for row in rows):
        of = [row for row in rows if row.client == client]
        passed, tests = sum(row.passed for row in of), sum(row.tests for row in of)
        then = known.get(_name(client), "nothing")
        other = "" if then == version else f" (docs/clients.md has {then})"
        yield f"{_name(client).replace('`', '')} {version}{other}: {passed} of {tests} tests passed"


def _cells(row: Row) -> Cells:
    streams = f", {row.streams} streams" if row.streams > 1 else ""
    result = f"the same{streams}" if row.passed == row.tests else "not the same"
    how = (row.tried, row.source, result, row.client.base_url, _run_by(row.target))
    return (_name(row.client), row.version, *how)


def _tried(cells: Cells) -> tuple[str, str, str]:
    """What stays the same between versions."""
    return (cells[0], cells[2], cells[3])


def _name(client: Client) -> str:
    return f"`{client.name}`" + ("" if client.registry == "PyPI" else f" ({client.registry})")


def _run_by(target: Target) -> str:
    return f"`make {target}`"


def _order(cells: Cells) -> tuple[bool, Cells]:
    return ("(npm)" in cells[0], cells)


def _line(cells: Cells) -> str:
    return f"| {' | '.join(cells)} |"


def _notes(document: str) -> list[str]:
    return [line for line in document.partition(NOTES)[2].splitlines() if line.startswith("- ")]


def main() -> None:
    """Run the tests of both targets, or of those that are named, and write the document."""
    targets = sys.argv[1:] or get_args(Target)
    for target in targets:
        marked = f"tries and {str(target).removeprefix('test-')}"
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-m", marked, "tests/clients"],
            cwd=ROOT,
            env={**os.environ, REQUIRED: "1", WRITE: "1"},
            check=True,
        )


if __name__ == "__main__":
    main()
