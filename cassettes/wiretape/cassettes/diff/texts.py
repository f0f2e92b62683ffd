"""Texts, reasoning and refusals of two answers: words, form, and when they came.

Compares parts of the answer, never chunks: how a provider cut them is of no weight.
"""

from collections.abc import Iterable, Iterator

from wiretape.cassettes.dialects.answer import Choice, TextPart
from wiretape.cassettes.dialects.delta import Delta, Reasoning, Text, ToolArgs, ToolStart
from wiretape.cassettes.diff.comparison import Difference, Side
from wiretape.cassettes.diff.inline_reasoning import INLINE, UNCLOSED
from wiretape.cassettes.diff.two import Two
from wiretape.cassettes.diff.wording import text_difference


def text_differences(two: Two, a: Choice, b: Choice, where: str) -> Iterator[Difference]:
    """What is to be read, commentary, and transcripts of what is to be heard."""
    for channel, name in (("final", "text"), ("commentary", "commentary")):
        texts = [_joined(choice.texts, channel) for choice in (a, b)]
        if _IN_TEXT & {*_forms(a), *_forms(b)}:
            # What stands between reasoning and text is of neither; other servers leave it in one.
            texts = [text.lstrip() for text in texts]
        yield from text_difference(two, "text", where + name, *texts)
    spoken = [_joined(choice.transcripts, "final") for choice in (a, b)]
    yield from text_difference(two, "text", where + "transcript", *spoken)


def _joined(parts: Iterable[TextPart], channel: str) -> str:
    """The parts of a channel as one text: a provider may begin a part where it cites, or calls."""
    return "".join(part.text for part in parts if part.channel == channel)


def refusal_differences(two: Two, a: Choice, b: Choice, where: str) -> Iterator[Difference]:
    """Whether it was refused, and in which words."""
    yield from text_difference(two, "refusal", where + "refusal", a.refusal, b.refusal)


_SHOWN = ("raw", "summary", INLINE, UNCLOSED)

_IN_TEXT = frozenset({INLINE, UNCLOSED})

_ITS_OWN = ("raw", INLINE, UNCLOSED)
"""Forms with the words that were thought; a summary has others."""


def _forms(choice: Choice) -> list[str]:
    return [form for form in _SHOWN if any(part.form == form for part in choice.reasoning)]


def reasoning_form(choice: Choice) -> str:
    """`raw`, `summary`, `inline`, `unclosed`, `encrypted`, more than one joined by `and`; `none`
    where nothing of it is on the tape. A signature is no reasoning."""
    forms = _forms(choice)
    if any(one.form != "signature" for one in choice.opaque):
        forms.append("encrypted")
    return " and ".join(forms) or "none"


def reasoning_differences(two: Two, a: Choice, b: Choice, where: str) -> Iterator[Difference]:
    """Form first; words only where the form is the same, since a summary has others than what it
    sums up. What is inline in the text is raw, in another place."""
    form_a, form_b = reasoning_form(a), reasoning_form(b)
    path = where + "reasoning"
    if form_a != form_b:
        words = two.apart(path, *map(_told, (form_a, form_b)))
        yield Difference("reasoning", words, f"{path} form", form_a, form_b)
    if form_a == form_b or {form_a, form_b} <= {*_ITS_OWN}:
        for forms in (_ITS_OWN, ("summary",)):
            texts = [_thought(choice, forms) for choice in (a, b)]
            if form_a != form_b:
                texts = [text.strip() for text in texts]
            yield from text_difference(two, "reasoning", path, *texts)
    when_a, when_b = _when(two.a, a), _when(two.b, b)
    if when_a and when_b and when_a != when_b:
        yield Difference(
            "reasoning",
            f"{path} comes {when_a} the answer on {two.on_a}, {when_b} it on {two.on_b}",
            f"{path} when",
            when_a,
            when_b,
        )


def _told(form: str) -> str:
    """`inline in the text`; where else it stands, the form says."""
    apart = form.split(" and ")
    return " and ".join(f"{one} in the text" if one in _IN_TEXT else one for one in apart)


def _thought(choice: Choice, forms: tuple[str, ...]) -> str:
    return "\n".join(part.text for part in choice.reasoning if part.form in forms)


def _when(side: Side, choice: Choice) -> str:
    """`before`, `inside` or `after` the rest of the answer; empty where there is no reasoning, or
    nothing else, or no order in which they came."""
    if not choice.reasoning or not side.meaning.streamed:
        return ""
    if _forms(choice) in ([INLINE], [UNCLOSED]):
        return "before" if choice.text or choice.tool_calls else ""
    order = _order(side.meaning.deltas, choice.index)
    if "answer" not in order:
        return ""
    if order == ["reasoning", "answer"]:
        return "before"
    return "after" if order == ["answer", "reasoning"] else "inside"


def _order(deltas: Iterable[Delta], index: int) -> list[str]:
    """Runs of reasoning and of answer, in the order in which they came."""
    runs: list[str] = []
    for delta in deltas:
        kind = ""
        if delta.choice != index:
            continue
        if isinstance(delta, Reasoning) and delta.delta:
            kind = "reasoning"
        elif isinstance(delta, ToolStart) or (
            isinstance(delta, Text | ToolArgs) and delta.delta.strip()
        ):
            kind = "answer"
        if kind and (not runs or runs[-1] != kind):
            runs.append(kind)
    return runs
