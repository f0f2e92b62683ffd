"""`wiretape diff --drift`: two recordings of one provider, shape against shape."""

from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import click

from wiretape.cli.choosing import Choice, Numbers

if TYPE_CHECKING:
    from wiretape.cassettes.diff.contrast import Severity
    from wiretape.cassettes.diff.drift import Report
    from wiretape.cassettes.model import Interaction

EXIT_CODES: "MappingProxyType[Severity, int]" = MappingProxyType(
    {"added": 1, "removed": 3, "changed": 4}
)
"""By the weightiest finding; 0 where there is none, 2 where nothing could be compared."""


def drift_report(
    old: Path,
    new: Path,
    *,
    as_json: bool = False,
    fail_on: "Severity" = "added",
    numbers: tuple[Numbers.Chosen | None, Numbers.Chosen | None] = (None, None),
) -> int:
    """Print how the shape of the new recording differs from that of the old, and give the exit
    code: 0 where nothing is as weighty as `fail_on`. `numbers` are the interactions of each that
    are meant, None for all. Raises what opening a cassette does, and NothingToCompare."""
    from wiretape.cassettes.diff.drift import drift_report as compared
    from wiretape.cli.console import working
    from wiretape.cli.errors import NothingToCompare
    from wiretape.cli.views.drift_text import drift_json, drift_lines

    with working(f"comparing {old} with {new}"):
        report = compared(_interactions(old, numbers[0]), _interactions(new, numbers[1]))
    if not report.pairs:
        raise NothingToCompare(
            f"{old} and {new} have no request in common, so there is no drift to tell "
            "('wiretape diff' pairs by prompt)"
        )
    if as_json:
        click.echo(drift_json(str(old), str(new), report))
    else:
        for line in drift_lines(str(old), str(new), report):
            click.echo(line)
    return _exit_code(report, fail_on)


def _interactions(path: Path, numbers: Numbers.Chosen | None) -> "Iterator[Interaction]":
    from wiretape.cli.tapes import open_tape

    choice = Choice(keep=numbers)
    with open_tape(path) as tape:
        if numbers is not None:
            choice.check(path, tape.index)
        for entry in filter(choice.keeps, tape.index):
            yield tape.read(entry.number)


def _exit_code(report: "Report", fail_on: "Severity") -> int:
    codes = [EXIT_CODES[one.severity] for one in report.drifts]
    return max((code for code in codes if code >= EXIT_CODES[fail_on]), default=0)
