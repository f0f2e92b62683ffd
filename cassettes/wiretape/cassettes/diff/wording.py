"""The words on two texts that differ, and the difference they make.

Knows what the words of both have in common; nothing of where the texts stand in an answer.
"""

from collections.abc import Iterator

from wiretape.cassettes.diff.apart import around_the_first
from wiretape.cassettes.diff.comparison import Aspect, Difference
from wiretape.cassettes.diff.tokens import word_count
from wiretape.cassettes.diff.two import Two, counted, removed_or_added, shown
from wiretape.cassettes.diff.words import MOST_COMPARED, Alike, TextDiff, text_diff

_OTHER: dict[Alike, str] = {
    "unseen": "characters that are not seen",
}


def text_difference(two: Two, aspect: Aspect, path: str, a: str, b: str) -> Iterator[Difference]:
    """How two texts differ, in words and marked in the text; nothing where they do not."""
    if a == b:
        return
    if a and b:
        diff = text_diff(a, b)
        words, spans = f"{path}: {_said(two, diff)}", diff.spans
        if all(span.op == "same" for span in spans):
            words = two.apart(words, *around_the_first(a, b))
    else:
        words, spans = two.apart(path, text_size(a), text_size(b)), removed_or_added(a, b)
    yield Difference(aspect, words, path, a, b, spans)


def text_size(text: str) -> str:
    """`3 words`; of a text without a word, its signs; empty where there is none."""
    words = word_count(text)
    if words or not text:
        return counted(words, "word") if words else ""
    return shown(text) or "whitespace"


def _said(two: Two, diff: TextDiff) -> str:
    """`82% of the words in common; 2 passages rephrased, 1 moved, 1 only on groq`."""
    if diff.alike:
        return alike_words(diff)
    if diff.cut:
        part = f"{MOST_COMPARED:,} characters from the first difference on"
        return f"{_shared(two, diff)}; compared are {part}"
    return _stops(two, diff) or _shared(two, diff)


def _shared(two: Two, diff: TextDiff) -> str:
    if diff.common == 0 and any(diff.words):
        sizes = f"{counted(diff.words[0], 'word')} and {counted(diff.words[1], 'word')}"
        return f"no words in common ({sizes})"
    found = [
        (diff.count("rephrased"), "rephrased"),
        (diff.count("moved_from"), "moved"),
        (diff.count("removed"), f"only on {two.on_a}"),
        (diff.count("added"), f"only on {two.on_b}"),
    ]
    told = [f"{number} {how}" for number, how in found if number]
    if not told and not diff.others:
        told = ["other signs"]
    return "; ".join(filter(None, (share_words(diff), ", ".join(told))))


def share_words(diff: TextDiff) -> str:
    """`82% of the words in common`, `the same words in another order, and other signs`."""
    of_all = " of a part" if diff.cut else ""
    if diff.agreement == 1 and not diff.cut:
        others = f", and other {' and '.join(diff.others)}" if diff.others else ""
        return f"the same words in another order{others}"
    return f"{percent(diff.agreement)} of the words{of_all} in common"


def alike_words(diff: TextDiff) -> str:
    """Of texts with the same words, what differs."""
    other = f"other {_OTHER.get(diff.alike, diff.alike)}"
    return f"the same words, {other}" if any(diff.words) else other


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
