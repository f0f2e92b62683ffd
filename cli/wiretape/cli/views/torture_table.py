"""What a client's trials came to: a table for a person, JSON for a program. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence

import click
import msgspec

from wiretape.cli.torture.judging import BAD, WORDS, Kind, Ran
from wiretape.cli.torture.running import Tried
from wiretape.cli.units import counted
from wiretape.cli.views.terminal import harmless_line

_COLOURS: dict[Kind, str] = {"survived": "green", "error": "green", "altered": "yellow"}
_GAP = "  "
_MANY = 4
"""One of so many that did not apply is worth a word."""


def table(tried: Sequence[Tried], width: int | None) -> Iterator[str]:
    """A line a trial, no wider than `width` where there is one."""
    faults = [one.trial.fault for one in tried]
    left = max(map(len, faults), default=0)
    middle = max((len(WORDS[one.verdict.kind]) for one in tried), default=0)
    for one, fault in zip(tried, faults, strict=True):
        kind = one.verdict.kind
        words = harmless_line(one.verdict.words)
        room = len(words)
        if width is not None:
            room = max(20, width - left - middle - 6 - 3 * len(_GAP))
        shown = words if len(words) <= room else f"{words[: room - 1]}…"
        colour = "red" if kind in BAD else _COLOURS.get(kind)
        verdict = click.style(WORDS[kind].ljust(middle), fg=colour)
        seconds = f"{one.run.seconds:4.1f} s"
        yield f"{fault.ljust(left)}{_GAP}{verdict}{_GAP}{seconds}{_GAP}{shown}".rstrip()


def summary(tried: Sequence[Tried]) -> str:
    """`31 faults: 20 survived, 9 clear error, 2 hung`; where many did not apply, that they show
    nothing."""
    counts = Counter(one.verdict.kind for one in tried)
    words = {**WORDS, "untried": WORDS["untried"] if counts["untried"] == 1 else "do not apply"}
    parts = [f"{counts[kind]} {named}" for kind, named in words.items() if counts[kind]]
    said = f"{counted(len(tried), 'fault')}: {', '.join(parts)}"
    untried = counts["untried"]
    if untried * _MANY < len(tried):
        return said
    reasons = Counter(one.verdict.words for one in tried if one.verdict.kind == "untried")
    return (
        f"{said}; {untried} of {len(tried)} tried nothing, "
        f"most often because {reasons.most_common(1)[0][0]}"
    )


def as_json(baseline: Ran, tried: Sequence[Tried]) -> str:
    """One object."""
    content = {
        "baseline": {
            "seconds": round(baseline.seconds, 3),
            "requests": len(baseline.asked),
            "output_bytes": len(baseline.stdout),
        },
        "faults": [
            {
                "fault": one.trial.fault,
                "verdict": one.verdict.kind,
                "bad": one.verdict.bad,
                "words": one.verdict.words,
                "exit_code": one.run.code,
                "seconds": round(one.run.seconds, 3),
                "requests": len(one.run.asked),
                "output_bytes": len(one.run.stdout),
            }
            for one in tried
        ],
        "bad": sum(one.verdict.bad for one in tried),
    }
    return msgspec.json.format(msgspec.json.encode(content), indent=2).decode()
