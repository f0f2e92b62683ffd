"""Sides set beside one another: what differs, in all that a tape tells.

Knows interactions read and measured; no file, no terminal. Each aspect is compared in a module of
its own; here they are called, in the order in which a reader wants them.
"""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from msgspec.structs import replace

from wiretape.cassettes.conformance.checking import check
from wiretape.cassettes.conformance.rule import Exchange, Finding
from wiretape.cassettes.dialects.answer import Choice
from wiretape.cassettes.dialects.payload import decode_once
from wiretape.cassettes.diff.calls import (
    citation_differences,
    media_differences,
    tool_differences,
)
from wiretape.cassettes.diff.comparison import Comparison, Difference, Side, Tolerance
from wiretape.cassettes.diff.grammar import (
    Grammar,
    extension_differences,
    grammar_differences,
    grammar_of,
)
from wiretape.cassettes.diff.held import held_measures, untaken_remarks
from wiretape.cassettes.diff.inline_reasoning import without_inline_reasoning
from wiretape.cassettes.diff.matrix import rows_of
from wiretape.cassettes.diff.prompts import Prompt, prompt_of
from wiretape.cassettes.diff.texts import (
    reasoning_differences,
    refusal_differences,
    text_differences,
)
from wiretape.cassettes.diff.two import Two
from wiretape.cassettes.diff.verdict import verdict_of
from wiretape.cassettes.diff.wire import (
    error_differences,
    finish_differences,
    pace_differences,
    usage_differences,
    wire_differences,
)
from wiretape.cassettes.framing.frame import Malformed
from wiretape.cassettes.meaning import read_meaning
from wiretape.cassettes.measuring import measure
from wiretape.cassettes.model import Headers, Interaction

EXACT = Tolerance()
"""No measure of pace or usage is held against a side."""


def side_of(
    label: str,
    file: str,
    interaction: Interaction,
    like: Side | None = None,
    *,
    checked: bool = True,
) -> Side:
    """An interaction read, measured and, unless that is not wanted, checked. Where another side
    answered the same request by the same bytes, its findings are taken over."""
    same = like is not None and _is_same_exchange(like.interaction, interaction)
    decode = like.meaning.decode if like is not None and same else decode_once()
    meaning = read_meaning(interaction, decode)
    findings: tuple[Finding, ...] = ()
    if like is not None and same:
        findings = like.findings
    elif checked:
        findings = check(
            Exchange(
                interaction,
                meaning.api,
                meaning.framing,
                meaning.frames,
                meaning.deltas,
                meaning.decode,
            )
        )
    measured = measure(interaction, meaning)
    answer, remark = without_inline_reasoning(meaning.answer)
    if remark:
        meaning = replace(meaning, answer=answer, remarks=(*meaning.remarks, remark))
    return Side(label, file, interaction, meaning, measured, findings)


def _is_same_exchange(a: Interaction, b: Interaction) -> bool:
    """Whether rules find the same in both: they look at bodies and at the type of the content."""
    asked = (a.request.method, a.request.target, a.request.body)
    return asked == (b.request.method, b.request.target, b.request.body) and _is_same_answer(a, b)


def _is_same_answer(a: Interaction, b: Interaction) -> bool:
    """Whether nothing but times can differ."""
    return (
        a.response is not None
        and b.response is not None
        and a.response.body == b.response.body
        and a.response.status == b.response.status
        and _content_headers(a.response.headers) == _content_headers(b.response.headers)
        and a.timeline.ending.kind == b.timeline.ending.kind
    )


def _content_headers(headers: Headers) -> list[tuple[str, str]]:
    return [(name.lower(), value) for name, value in headers if name.lower() in _OF_CONTENT]


_OF_CONTENT = frozenset({"content-type", "content-encoding"})


def _is_same(a: Side, b: Side) -> bool:
    return (
        a.meaning.api == b.meaning.api
        and a.meaning.framing == b.meaning.framing
        and a.meaning.remarks == b.meaning.remarks
        and _is_same_answer(a.interaction, b.interaction)
    )


def compare(
    labels: Sequence[str], sides: Sequence[Side | None], tolerance: Tolerance = EXACT
) -> Comparison:
    """What differs between the first side that is there and each other.

    `labels` name all sides, those that are not there too. Raises ValueError where none is there.
    """
    base = next((place for place, side in enumerate(sides) if side is not None), None)
    if base is None or len(labels) != len(sides):
        raise ValueError("a comparison needs a label a side, and one side that is there")
    grammars = _grammars(sides, base)
    differences = tuple(
        tuple(_against(labels, sides, grammars, base, place, tolerance))
        for place in range(1, len(sides))
    )
    prompts = _prompts(sides, base)
    comparison = Comparison(
        prompt=next(prompt.shown for prompt in prompts if prompt is not None),
        labels=tuple(labels),
        sides=tuple(sides),
        differences=differences,
        rows=rows_of(sides, differences, grammars),
        verdict=verdict_of(labels, sides, differences),
        remarks=(
            *_remarks(labels, sides, prompts),
            *(untaken_remarks(labels, sides, tolerance) if tolerance.fractions else ()),
        ),
        held=held_measures(sides, tolerance) if tolerance.fractions else (),
        uncompared="" if any(map(_has_answer, sides)) else "no side gave an answer",
    )
    silent = comparison.uncompared and comparison.same
    if silent and not all(len(sides) == 2 and one and one.measured.status is None for one in sides):
        return replace(comparison, verdict=comparison.uncompared)
    return comparison


def _has_answer(side: Side | None) -> bool:
    """Whether the provider said anything; that there is no content (204) is said."""
    response = side.interaction.response if side is not None else None
    if side is None or response is None:
        return False
    if response.status not in _WITH_CONTENT or side.interaction.request.method == "HEAD":
        return True
    frames = side.meaning.frames
    return bool(response.body) and (
        not frames or any(isinstance(one, Malformed) or one.kind == "data" for one in frames)
    )


_WITH_CONTENT = (200, 201, 202)
"""Of what went well, what is nothing without content (RFC 9110, 15.3)."""


def _prompts(sides: Sequence[Side | None], base: int) -> list[Prompt | None]:
    """One a side, made once for sides that were asked by the same bytes."""
    first = sides[base]
    shared = None if first is None else _prompt(first)
    return [
        None
        if side is None or first is None
        else shared
        if side.interaction.request == first.interaction.request
        else _prompt(side)
        for side in sides
    ]


def _prompt(side: Side) -> Prompt:
    return prompt_of(side.meaning.api, side.interaction.request)


def _against(
    labels: Sequence[str],
    sides: Sequence[Side | None],
    grammars: Sequence[Grammar | None],
    base: int,
    place: int,
    tolerance: Tolerance,
) -> Iterator[Difference]:
    a, b = sides[base], sides[place]
    if place == base:
        yield _absent(labels[0])
    elif b is None:
        # Where the first has none either, that is said of the side that has one.
        yield _absent(labels[place])
    elif a is not None:
        two = Two(a, b, labels[base], labels[place])
        if not _is_same(a, b):
            yield from _differences(two, tolerance)
            ours, theirs = grammars[base], grammars[place]
            if ours is not None and theirs is not None:
                yield from grammar_differences(two, ours, theirs)
                yield from extension_differences(two, ours, theirs)
        yield from _finding_differences(two)
        yield from pace_differences(two, tolerance)


def _grammars(sides: Sequence[Side | None], base: int) -> list[Grammar | None]:
    """One a side, made once for sides that answered by the same bytes."""
    first = sides[base]
    shared = None if first is None else grammar_of(first)
    return [
        None
        if side is None or first is None
        else shared
        if side is first or _is_same(first, side)
        else grammar_of(side)
        for side in sides
    ]


def _absent(label: str) -> Difference:
    return Difference("status", f"there is no such interaction on {label}", "interaction")


def _differences(two: Two, tolerance: Tolerance) -> Iterator[Difference]:
    yield from wire_differences(two)
    choices = [side.meaning.answer.choices for side in (two.a, two.b)]
    several = max(map(len, choices)) > 1
    for number, (a, b) in enumerate(zip_longest(*choices), 1):
        where = f"choice {number} " if several else ""
        yield from _choice_differences(two, a or Choice(-1), b or Choice(-1), where)
    yield from error_differences(two)
    yield from usage_differences(two, tolerance)


def _choice_differences(two: Two, a: Choice, b: Choice, where: str) -> Iterator[Difference]:
    for compared in (
        text_differences,
        reasoning_differences,
        tool_differences,
        refusal_differences,
        citation_differences,
        media_differences,
        finish_differences,
    ):
        yield from compared(two, a, b, where)


def _finding_differences(two: Two) -> Iterator[Difference]:
    """Rules that only one side breaks. They count between sides that were told in one grammar, and
    where they are more than a note."""
    severity = {one.rule: one.severity for side in (two.a, two.b) for one in side.findings}
    ours, theirs = ({one.rule for one in side.findings} for side in (two.a, two.b))
    for counts in (True, False):
        wanted = {
            rule for rule, how in severity.items() if (two.same_grammar and how != "note") is counts
        }
        on_a, on_b = sorted((ours - theirs) & wanted), sorted((theirs - ours) & wanted)
        if on_a or on_b:
            yield two.only("findings", "findings", on_a, on_b, path="findings", counts=counts)


def _remarks(
    labels: Sequence[str], sides: Sequence[Side | None], prompts: Sequence[Prompt | None]
) -> Iterator[str]:
    """What could not be compared, or was not asked alike."""
    for label, side in zip(labels, sides, strict=True):
        if side is None:
            continue
        yield from (f"{label}: {remark}" for remark in side.meaning.remarks)
        if side.interaction.lost:
            yield f"{label}: the recorder could not keep everything: {side.interaction.lost}"
    yield from _asked_apart(labels, prompts)


def _asked_apart(labels: Sequence[str], prompts: Sequence[Prompt | None]) -> Iterator[str]:
    there = [(label, one) for label, one in zip(labels, prompts, strict=True) if one is not None]
    first_label, first = there[0]
    for label, prompt in there[1:]:
        if prompt.key == first.key:
            continue
        apart = [
            what
            for what, ours, theirs in (
                ("the system prompt", first.system, prompt.system),
                ("the turns", first.turns, prompt.turns),
                ("the tools offered", first.tools, prompt.tools),
            )
            if ours != theirs
        ]
        verb = "differs" if apart == ["the system prompt"] else "differ"
        yield f"{first_label} and {label} were not asked the same: {', '.join(apart)} {verb}"
