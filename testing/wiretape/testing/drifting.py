"""What is new in a recording of the same requests: drift, and failures that were none before.

Pure but for reading a cassette's index. Knows the cassettes room alone.
"""

from collections.abc import Sequence
from pathlib import Path

from wiretape.cassettes.diff.drift import drift_report
from wiretape.cassettes.errors import CassetteError
from wiretape.cassettes.model import Interaction
from wiretape.cassettes.store import Cassette, is_absent

MOST_DRIFTS = 20


def drifted(old: Sequence[Interaction], new: Sequence[Interaction]) -> str:
    """How the providers' answers differ in shape from what is on the tape, or why nothing can be
    said of that; empty where they do not differ."""
    report = drift_report(old, new)
    if report.pairs and not report.compared and not report.drifts:
        return "\n".join(["the tape is not verified:", *(f"  {words}" for words in report.remarks)])
    lines = [
        f"  {one.severity} {one.upstream} {one.event or one.api}: {one.words}"
        for one in report.drifts[:MOST_DRIFTS]
    ]
    if len(report.drifts) > MOST_DRIFTS:
        lines.append(f"  ... and {len(report.drifts) - MOST_DRIFTS} more")
    lines += [f"  recording {number} was not asked for again" for number in report.only_old]
    if report.only_new:
        number = len(report.only_new)
        what = "request is" if number == 1 else "requests are"
        lines.append(f"  {number} {what} not on the tape")
    return "\n".join(["the providers have drifted from the tape:", *lines]) if lines else ""


def new_failures(old: Path, new: Path) -> str:
    """That a cassette is replaced by one with failures which the old one has none of; empty where
    it is not. An old one that cannot be read has none."""
    if is_absent(old):
        return ""
    try:
        before = _failures(old)
    except CassetteError:
        before = set()
    found = sorted(_failures(new) - before)
    if not found:
        return ""
    statuses = ", ".join(map(str, found))
    return f"{old} was recorded anew, and holds what it did not: answers of status {statuses}"


def _failures(cassette: Path) -> set[int]:
    with Cassette.open(cassette) as tape:
        return {one.status for one in tape.index if one.status is not None and one.status >= 400}
