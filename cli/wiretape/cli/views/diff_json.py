"""A diff for programs: JSON Lines, an object a comparison and one of sums. Pure.

The names are a promise (`docs/diff-json.md`): the schema in `docs/diff.schema.json` is made of
the structs here, and a test holds the two together.
"""

from typing import Any

import msgspec

from wiretape.cassettes.conformance.rule import Finding
from wiretape.cassettes.diff.comparison import Aspect, Comparison, Json, Row, Side, Span
from wiretape.cassettes.measuring import Measured
from wiretape.cli.views.diff_total import Total, is_compared, there


class SideRow(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a comparison."""

    label: str
    """What it is called in words and cells."""
    file: str
    method: str
    path: str
    """Path and query of the request."""
    measured: Measured
    """As a row of `wiretape stats --json`. Times are nanoseconds."""
    remarks: tuple[str, ...]
    """What stood in the way of reading it."""
    findings: tuple[Finding, ...]
    """As in `wiretape check --json`."""


class DifferenceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is not the same on two sides."""

    a_side: int
    """Place in `sides`, from 0, of the first that is there."""
    b_side: int
    """And of the one that differs from it."""
    aspect: Aspect
    words: str
    path: str
    """Where in the answer; empty where it is about all of it."""
    a: Json
    b: Json
    spans: tuple[Span, ...]
    """The text diff; empty where no texts differ."""
    counts: bool
    """False where it is within its tolerance."""


class ComparisonRow(msgspec.Struct, frozen=True, kw_only=True, tag_field="row", tag="comparison"):
    """One exchange on all sides."""

    number: int
    """Place in the report, from 1."""
    prompt: str
    verdict: str
    compared: bool
    """False where only one side has it, or no side has an answer or a measure that was asked for,
    so that there was nothing to compare."""
    same: bool | None
    """Whether nothing that counts differs; null where there was nothing to compare."""
    labels: tuple[str, ...]
    sides: tuple[SideRow | None, ...]
    """As many as labels; null where a side has no such interaction."""
    differences: tuple[DifferenceRow, ...]
    matrix: tuple[Row, ...]
    remarks: tuple[str, ...]
    """What could not be compared."""


class SumRow(msgspec.Struct, frozen=True, kw_only=True, tag_field="row", tag="sum"):
    """The last object."""

    compared: int
    same: int
    different: int
    unpaired: int
    """Exchanges that some side lacks."""
    not_compared: int
    """Exchanges that two sides or more have, with nothing that could be compared."""
    aspects: dict[str, int]
    """Exchanges with a difference that counts, by aspect."""
    failed: bool
    """Whether the exit code is 1."""


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of one line."""
    made = msgspec.json.schema(ComparisonRow | SumRow)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


class JsonView:
    """A line for each comparison, and one at the end."""

    def add(self, number: int, comparison: Comparison) -> str:
        return _line(
            ComparisonRow(
                number=number,
                prompt=comparison.prompt,
                verdict=comparison.verdict,
                compared=is_compared(comparison),
                same=comparison.same if is_compared(comparison) else None,
                labels=comparison.labels,
                sides=tuple(map(_side, comparison.sides)),
                differences=tuple(_differences(comparison)),
                matrix=comparison.rows,
                remarks=comparison.remarks,
            )
        )

    def end(self, total: Total) -> str:
        return _line(
            SumRow(
                compared=total.compared,
                same=total.same,
                different=total.different,
                unpaired=total.unpaired,
                not_compared=total.uncompared.total(),
                aspects=dict(sorted(total.by_aspect.items())),
                failed=total.failed,
            )
        )


def _line(row: ComparisonRow | SumRow) -> str:
    return f"{msgspec.json.encode(row).decode()}\n"


def _side(side: Side | None) -> SideRow | None:
    if side is None:
        return None
    return SideRow(
        label=side.label,
        file=side.file,
        method=side.interaction.request.method,
        path=side.interaction.request.target,
        measured=side.measured,
        remarks=side.meaning.remarks,
        findings=side.findings,
    )


def _differences(comparison: Comparison) -> list[DifferenceRow]:
    base = next(iter(there(comparison)), 0)
    return [
        DifferenceRow(
            a_side=base,
            b_side=place,
            aspect=one.aspect,
            words=one.words,
            path=one.path,
            a=one.a,
            b=one.b,
            spans=one.spans,
            counts=one.counts,
        )
        for place, side in enumerate(comparison.differences, 1)
        for one in side
    ]
