"""Texts, reasoning and refusals of two answers: words, form, and when they came.

Compares parts of the answer, never chunks: how a provider cut them is of no weight.
"""

from collections.abc import Iterable, Iterator

from wiretape.cassettes.dialects.answer import Choice, TextPart
from wiretape.cassettes.dialects.delta import Delta, Reasoning, Text, ToolArgs, ToolStart
from wiretape.cassettes.diff.comparison import Aspect, Difference, Side
from wiretape.cassettes.diff.inline_reasoning import INLINE
from wiretape.cassettes.diff.two import Two, counted, removed_or_added, shown
from wiretape.cassettes.diff.words import TextDiff, text_diff


def text_differences(two: Two, a: Choice, b: Choice, where: str) -> Iterator[Difference]:
    """What is to be read, commentary, and transcripts of what is to be heard."""
    for channel, name in (("final", "text"), ("commentary", "commentary")):
        texts = [_joined(choice.texts, channel) for choice in (a, b)]
        if INLINE in _forms(a) + _forms(b):
            # What stands between reasoning and text is of neither; other servers leave it in one.
            texts = [text.lstrip() for text in texts]
        yield from text_difference(two, "text", where + name, *texts)
    spoken = [_joined(choice.transcripts, "final") for choice in (a, b)]
    yield from text_difference(two, "text", where + "transcript", *spoken)


def _joined(parts: Iterable[TextPart], channel: str) -> str:
    """The parts of a channel as one text: a provider may begin a part where it cites, or calls."""
    return "".join(part.text for part in parts if part.channel == channel)


def text_difference(two: Two, aspect: Aspect, path: str, a: str, b: str) -> Iterator[Difference]:
    """How two texts differ, in words and marked in the text; nothing where they do not."""
    if a == b:
        return
    diff = text_diff(a, b)
    if a and b:
        words, spans = f"{path}: {_said(two, diff)}", diff.spans
    else:
        sizes = map(_size, (a, b), diff.words)
        words, spans = two.apart(path, *sizes), removed_or_added(a, b)
    yield Difference(aspect, words, path, a, b, spans)


def _size(text: str, words: int) -> str:
    """Of a text without a word, its signs; empty where there is none."""
    if words or not text:
        return counted(words, "word") if words else ""
    return shown(text) or "whitespace"


def _said(two: Two, diff: TextDiff) -> str:
    """`82% of the words in common; 2 passages rephrased, 1 moved, 1 only on groq`."""
    if diff.alike:
        return alike_words(diff)
    shorter = _stops(two, diff)
    if shorter:
        return shorter
    if diff.common == 0 and any(diff.words):
        sizes = f"{counted(diff.words[0], 'word')} and {counted(diff.words[1], 'word')}"
        return f"no words in common ({sizes})"
    found = [
        (diff.count("rephrased"), "rephrased"),
        (diff.count("moved_from"), "moved"),
        (diff.count("removed"), f"only on {two.on_a}"),
        (diff.count("added"), f"only on {two.on_b}"),
    ]
    told = [f"{number} {how}" for number, how in found if number] or ["other punctuation"]
    return f"{percent(diff.agreement)} of the words in common; {', '.join(told)}"


def alike_words(diff: TextDiff) -> str:
    """Of texts with the same words, what differs."""
    other = "whitespace" if diff.alike == "punctuation" else "punctuation"
    return f"the same words, other {other}"


def _stops(two: Two, diff: TextDiff) -> str:
    """Words where one is the beginning of the other, as of a stream that broke off."""
    match [span.op for span in diff.spans]:
        case ["same", "added"]:
            return f"{two.on_a} stops after {diff.words[0]:,} of {counted(diff.words[1], 'word')}"
        case ["same", "removed"]:
            return f"{two.on_b} stops after {diff.words[1]:,} of {counted(diff.words[0], 'word')}"
        case _:
            return ""


def percent(share: float) -> str:
    """A share in whole percent; only what is all is 100%."""
    return f"{min(round(share * 100), 99 if share < 1 else 100)}%"


def refusal_differences(two: Two, a: Choice, b: Choice, where: str) -> Iterator[Difference]:
    """Whether it was refused, and in which words."""
    yield from text_difference(two, "refusal", where + "refusal", a.refusal, b.refusal)


_SHOWN = ("raw", "summary", INLINE)


def _forms(choice: Choice) -> list[str]:
    return [form for form in _SHOWN if any(part.form == form for part in choice.reasoning)]


def reasoning_form(choice: Choice) -> str:
    """`raw`, `summary`, `inline`, `encrypted`, more than one joined by `and`; `none` where nothing
    of it is on the tape. A signature is no reasoning."""
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
        told = [form.replace(INLINE, f"{INLINE} in the text") for form in (form_a, form_b)]
        words = two.apart(path, *told)
        yield Difference("reasoning", words, f"{path} form", form_a, form_b)
    if form_a == form_b or {form_a, form_b} == {"raw", INLINE}:
        for forms in (("raw", INLINE), ("summary",)):
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


def _thought(choice: Choice, forms: tuple[str, ...]) -> str:
    return "\n".join(part.text for part in choice.reasoning if part.form in forms)


def _when(side: Side, choice: Choice) -> str:
    """`before`, `inside` or `after` the rest of the answer; empty where there is no reasoning, or
    nothing else, or no order in which they came."""
    if not choice.reasoning or not side.meaning.streamed:
        return ""
    if _forms(choice) == [INLINE]:
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
