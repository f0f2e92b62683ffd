"""What is typed behind `wiretape diff`: sides, aspects, tolerances. Click only.

The names are those of `wiretape.cassettes.diff.comparison`, which is heavy to import; a test holds
the two together.
"""

import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import click
from click.shell_completion import CompletionItem

from wiretape.cli.choosing import Numbers
from wiretape.cli.options import TapePath

ASPECTS = (
    "status",
    "ending",
    "streaming",
    "text",
    "reasoning",
    "tools",
    "citations",
    "refusal",
    "media",
    "finish",
    "errors",
    "usage",
    "grammar",
    "extensions",
    "findings",
    "pace",
)

UNPAIRED = "unpaired"
"""What only some sides have; chosen like an aspect."""

HELD = frozenset({"pace", "usage"})
"""Aspects that count only beyond a tolerance."""

CHOICES = (*ASPECTS, UNPAIRED)

SEVERITIES = ("added", "removed", "changed")
"""Of drift, the weightiest last."""

TOLERANCES = (
    "input_tokens",
    "output_tokens",
    "reasoning_tokens",
    "cached_tokens",
    "ttft",
    "visible_ttft",
    "gap_p50",
    "gap_max",
    "tokens_s",
    "duration",
    "stalls",
)


class Typed(NamedTuple):
    """One side as it was typed."""

    path: Path
    numbers: Numbers.Chosen | None = None

    @property
    def is_one(self) -> bool:
        """Whether it names a single interaction."""
        return (
            self.numbers is not None
            and len(self.numbers) == 1
            and self.numbers[0][0] == self.numbers[0][1]
        )

    def __str__(self) -> str:
        if self.numbers is None:
            return str(self.path)
        ranges = (
            f"{low}" if low == high else f"{low}-{'' if high is None else high}"
            for low, high in self.numbers
        )
        return f"{self.path}:{','.join(ranges)}"


class Side(click.ParamType[Typed]):
    """`TAPE`, a folder, or `TAPE:NUMBER`. What exists by that name is no number."""

    name = "side"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Typed:
        if isinstance(value, Typed):
            return value
        path, colon, number = str(value).rpartition(":")
        if not colon or not _NUMBERS.fullmatch(number) or Path(str(value)).exists():
            return Typed(Path(str(value)))
        return Typed(Path(path), Numbers().convert(number, param, ctx))

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return TapePath().shell_complete(ctx, param, incomplete)


_NUMBERS = re.compile(r"[\d, -]+")


class Names(click.ParamType[tuple[str, ...]]):
    """Names of aspects, with commas between them."""

    name = "aspects"

    def __init__(self, *more: str) -> None:
        self._alone = more
        """Words that stand for all or nothing, and so stand alone."""

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "|".join(("ASPECT[,..]", *self._alone))

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        names = tuple(name.strip() for name in str(value).split(","))
        if len(names) == 1 and names[0] in self._alone:
            return names
        for name in names:
            if name in self._alone:
                self.fail(f"{name!r} stands alone", param, ctx)
            if name not in CHOICES:
                known = ", ".join((*CHOICES, *self._alone))
                self.fail(f"{name!r} is no aspect; there are {known}", param, ctx)
        return names

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        before, comma, last = incomplete.rpartition(",")
        names = CHOICES if comma else (*CHOICES, *self._alone)
        return [CompletionItem(f"{before}{comma}{name}") for name in names if name.startswith(last)]


class Tolerated(click.ParamType[tuple[str, float]]):
    """`ttft=20%`."""

    name = "tolerance"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "MEASURE=N%"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, float]:
        if isinstance(value, tuple):
            return value
        name, equals, share = str(value).partition("=")
        name, share = name.strip(), share.strip()
        if name not in TOLERANCES:
            known = ", ".join(TOLERANCES)
            self.fail(f"{name!r} is no measure with a tolerance; there are {known}", param, ctx)
        try:
            percent = float(share.removesuffix("%"))
        except ValueError:
            percent = -1
        if not equals or not share.endswith("%") or not 0 <= percent < math.inf:
            self.fail(f"{value!r} is no tolerance; write {name}=20%", param, ctx)
        return name, percent / 100

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return [CompletionItem(f"{name}=") for name in TOLERANCES if name.startswith(incomplete)]


class Asked(NamedTuple):
    """What is compared, and what makes the exit code 1."""

    aspects: frozenset[str]
    fail_on: frozenset[str]
    held: frozenset[str] = frozenset()
    """Of pace and usage, those that a tolerance was given for; the others never count."""


def asked(
    only: Iterable[tuple[str, ...]],
    ignored: Iterable[tuple[str, ...]],
    fail_on: Iterable[tuple[str, ...]],
    tolerances: Iterable[tuple[str, float]] = (),
) -> Asked:
    """Raises UsageError where nothing would be compared, or what is not compared should fail."""
    aspects_of = {name: aspect_of(name) for name, _ in tolerances}
    held = frozenset(aspects_of.values())
    wanted = {name for names in only for name in names} or set(CHOICES)
    left_out = {name for names in ignored for name in names}
    aspects = frozenset(wanted - left_out)
    if not aspects & set(ASPECTS):
        raise click.UsageError("with these --only and --ignore nothing would be compared")
    for name, aspect in aspects_of.items():
        if aspect not in aspects:
            raise click.UsageError(f"--tolerance {name}, but {aspect} is not compared")
    failing = {name for names in fail_on for name in names} or {"any"}
    _check_held(aspects & set(ASPECTS), held, failing)
    if len(failing) > 1 and failing & {"any", "none"}:
        raise click.UsageError("--fail-on any and none stand alone")
    if failing == {"any"}:
        return Asked(aspects, aspects, held)
    if failing == {"none"}:
        return Asked(aspects, frozenset(), held)
    if unseen := sorted(failing - aspects):
        raise click.UsageError(f"--fail-on {unseen[0]}, but it is not compared")
    if loose := sorted(failing & HELD - held):
        raise click.UsageError(
            f"--fail-on {loose[0]} needs a tolerance to fail beyond: {_EXAMPLES[loose[0]]}"
        )
    return Asked(aspects, frozenset(failing), held)


def aspect_of(measure: str) -> str:
    """`usage` or `pace`."""
    return "usage" if measure.endswith("_tokens") else "pace"


_EXAMPLES = {"pace": "--tolerance ttft=20%", "usage": "--tolerance output_tokens=20%"}


def _check_held(aspects: frozenset[str], held: frozenset[str], failing: set[str]) -> None:
    """A gate that nothing can fail is none."""
    if aspects <= HELD - held and failing != {"none"}:
        alone = sorted(aspects)
        raise click.UsageError(
            f"{' and '.join(alone)} alone, without a tolerance, can never differ: "
            f"{_EXAMPLES[alone[0]]}, or --fail-on none to look at it"
        )


def fractions(tolerances: Iterable[tuple[str, float]]) -> Mapping[str, float]:
    """Measure to fraction. Raises UsageError where a measure is there twice."""
    found: dict[str, float] = {}
    for name, fraction in tolerances:
        if name in found:
            raise click.UsageError(f"--tolerance {name} is there twice")
        found[name] = fraction
    return MappingProxyType(found)
