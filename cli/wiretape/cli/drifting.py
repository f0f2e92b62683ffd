"""`wiretape diff --drift`: two recordings of one provider, shape against shape."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import click

from wiretape.cli.choosing import Choice, Numbers
from wiretape.cli.diff_options import SEVERITIES, Typed
from wiretape.cli.diff_output import written

if TYPE_CHECKING:
    from wiretape.cassettes.diff.contrast import Severity
    from wiretape.cassettes.diff.drift import Report
    from wiretape.cassettes.model import Interaction

EXIT_CODES: "MappingProxyType[Severity, int]" = MappingProxyType(
    {"added": 1, "removed": 3, "changed": 4}
)
"""By the weightiest finding; 0 where there is none, 2 where nothing could be compared."""


def drift_verb(
    typed: "Sequence[Typed]",
    fail_on: "Sequence[Sequence[str]]",
    as_json: bool,
    others: bool,
    output: Path | None = None,
) -> int:
    """What `--drift` does, from what was typed; `others` is whether options were that it does not
    know. Raises UsageError, NothingToCompare, NotCompared."""
    if len(typed) != 2:
        raise click.UsageError("--drift takes two cassettes, the older recording and the newer one")
    if others:
        raise click.UsageError(
            "--drift compares shapes, not answers: besides it, only --json, --output and --fail-on "
            "count"
        )
    from wiretape.cassettes.errors import CassetteError
    from wiretape.cli.errors import NotCompared, NothingChosen

    old, new = typed
    least = _least([name for names in fail_on for name in names])
    try:
        return drift_report(
            old.path,
            new.path,
            as_json=as_json,
            fail_on=least,
            numbers=(old.numbers, new.numbers),
            output=output,
        )
    except (CassetteError, NothingChosen) as error:
        raise NotCompared(str(error)) from error
    except OSError as error:
        raise NotCompared(f"{error.filename or 'output'}: {error.strerror or error}") from error


def _least(names: "Sequence[str]") -> "Severity | None":
    """The least weighty of what should fail; None where nothing should."""
    if wrong := next((name for name in names if name not in (*SEVERITIES, "any", "none")), ""):
        raise click.UsageError(
            f"--fail-on {wrong}: with --drift it takes {', '.join(SEVERITIES)}, any or none"
        )
    if len(set(names)) > 1 and {"any", "none"} & set(names):
        raise click.UsageError("--fail-on any and none stand alone")
    if "none" in names:
        return None
    return next((one for one in EXIT_CODES if one in names), "added")


def drift_report(
    old: Path,
    new: Path,
    *,
    as_json: bool = False,
    fail_on: "Severity | None" = "added",
    numbers: tuple[Numbers.Chosen | None, Numbers.Chosen | None] = (None, None),
    output: Path | None = None,
) -> int:
    """Tell how the shape of the new recording differs from that of the old.

    Gives the exit code: 0 where nothing is as weighty as `fail_on`, or that is None. `numbers` are
    the interactions of each that are meant, None for all. Raises what opening a cassette does,
    NothingChosen and NothingToCompare.
    """
    from wiretape.cassettes.diff.drift import drift_report as compared
    from wiretape.cli.console import working
    from wiretape.cli.errors import NothingToCompare
    from wiretape.cli.views.drift_text import drift_json, drift_lines
    from wiretape.cli.views.terminal import harmless_line

    with working(f"comparing {old} with {new}"):
        report = compared(_interactions(old, numbers[0]), _interactions(new, numbers[1]))
    if not report.pairs:
        raise NothingToCompare(
            f"{old} and {new} have no request in common, so there is no drift to tell "
            "('wiretape diff' pairs by prompt)"
        )
    if not report.compared:
        raise NothingToCompare(
            f"{old} and {new}: nothing could be compared, {harmless_line(report.remarks[0])}"
            + (f" (and {more:,} more like it)" if (more := len(report.remarks) - 1) else "")
        )
    lines = (
        [drift_json(str(old), str(new), report)]
        if as_json
        else drift_lines(str(old), str(new), report)
    )
    with written(output) as write:
        for line in lines:
            write(f"{line}\n")
    return _exit_code(report, fail_on)


def _interactions(path: Path, numbers: Numbers.Chosen | None) -> "Iterator[Interaction]":
    from wiretape.cli.tapes import open_tape

    choice = Choice(keep=numbers)
    with open_tape(path) as tape:
        if numbers is not None:
            choice.check(path, tape.index)
        for entry in filter(choice.keeps, tape.index):
            yield tape.read(entry.number)


def _exit_code(report: "Report", fail_on: "Severity | None") -> int:
    if fail_on is None:
        return 0
    codes = [EXIT_CODES[one.severity] for one in report.drifts]
    return max((code for code in codes if code >= EXIT_CODES[fail_on]), default=0)
