"""Drift for a person and for programs: a line a finding, or one JSON object. Pure."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import msgspec

from wiretape.cassettes.diff.drift import Drift, Report
from wiretape.cli.units import counted
from wiretape.cli.views.terminal import harmless_line

SEVERITIES = ("changed", "removed", "added")
"""The weightiest first."""

MOST_EVENTS = 3
"""Names of events on one line."""

MOST_NUMBERS = 20


def drift_lines(old: str, new: str, report: Report) -> Iterator[str]:
    """The verdict, a line a finding, and what could not be compared."""
    yield f"{harmless_line(old)} -> {harmless_line(new)}: {verdict(report)}"
    ordered = sorted(report.drifts, key=_alike)
    groups = [list(group) for _, group in groupby(ordered, key=_alike)]
    for group in sorted(groups, key=lambda group: report.drifts.index(group[0])):
        yield harmless_line(_line(group))
    for words, numbers in (("old", report.only_old), ("new", report.only_new)):
        if numbers:
            yield f"only on the {words} side, and not compared: {_numbers(numbers)}"
    for remark in report.remarks:
        yield harmless_line(remark)


def verdict(report: Report) -> str:
    """In a few words."""
    pairs = counted(report.pairs, "pair")
    where = f" in {pairs}"
    if report.compared < report.pairs:
        where = f"; {report.compared:,} of {pairs} could be compared"
    counts = [
        f"{count:,} {severity}"
        for severity in SEVERITIES
        if (count := sum(one.severity == severity for one in report.drifts))
    ]
    return f"{', '.join(counts) or 'no drift'}{where}"


def drift_json(old: str, new: str, report: Report) -> str:
    """One object: the names of Report, with `old` and `new` the files and `severity` the
    weightiest, null where there is none. A drift has the names of Drift."""
    found = {one.severity for one in report.drifts}
    severity = next((one for one in SEVERITIES if one in found), None)
    head = {"old": old, "new": new, "severity": severity}
    return msgspec.json.encode({**head, **msgspec.to_builtins(report)}).decode()


def _alike(one: Drift) -> tuple[str, ...]:
    """What is one line: the same of several events."""
    return one.severity, one.what, one.upstream, one.api, one.place, one.words


def _line(group: Sequence[Drift]) -> str:
    first = group[0]
    names = sorted({one.event for one in group} - {""})
    events = ", ".join(names[:MOST_EVENTS])
    if len(names) > MOST_EVENTS:
        events += f" and {len(names) - MOST_EVENTS} more"
    about = f" {events}" if events and first.what not in ("event", "order") else ""
    where = f"{first.upstream} {first.api or 'unknown'}{about}"
    seen = _seen(first)
    return f"{first.severity:<7}  {where}: {first.words}" + (f" ({seen})" if seen else "")


def _seen(one: Drift) -> str:
    """Where to look."""
    places = []
    for words, at in (("old", one.old_at), ("new", one.new_at)):
        if at is not None:
            places.append(f"{words} #{at.number}" + (f" frame {at.frame}" if at.frame else ""))
    return ", ".join(places)


def _numbers(numbers: Sequence[int]) -> str:
    shown = ", ".join(f"{number}" for number in numbers[:MOST_NUMBERS])
    more = len(numbers) - MOST_NUMBERS
    return f"{shown} and {more:,} more" if more > 0 else shown
