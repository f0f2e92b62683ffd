"""What the wire tells of two answers: status, ending, streaming, finish, errors, usage, pace.

Knows measures and tolerances.
"""

import re
from collections.abc import Iterator, Sequence

from wiretape.cassettes.dialects.answer import Choice
from wiretape.cassettes.dialects.delta import Error, Json
from wiretape.cassettes.dialects.payload import NotJson
from wiretape.cassettes.diff.apart import shown_apart
from wiretape.cassettes.diff.comparison import Difference, Side, Tolerance
from wiretape.cassettes.diff.measures import MEASURES, TOKENS, Measure
from wiretape.cassettes.diff.two import Two, shown
from wiretape.cassettes.diff.volatile import without_volatile
from wiretape.cassettes.framing.frame import Malformed

_MINTED = re.compile(r"\b(?=\S*\d)[\w-]{12,}|\d+(?:\.\d+)?")
"""Ids, names of versions and numbers in the words of an error."""

_IDS = re.compile(
    r"\b(?:req|request|resp|msg|chatcmpl|call|run|trace|cf-ray)[-_](?=\w*\d)[\w-]+"
    r"|\b(?=[a-f-]*\d)[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b|\b(?=[a-z]*\d)[\da-z]{16,}\b",
    re.IGNORECASE,
)
"""Of them, what is made anew for each request."""


def wire_differences(two: Two) -> Iterator[Difference]:
    """Status, ending, streaming and API."""
    a, b = two.a.measured, two.b.measured
    if a.status != b.status:
        yield two.unequal("status", "status", a.status, b.status)
    if a.ending != b.ending:
        counts = not _is_left_behind_the_last_word(two)
        yield two.unequal("ending", "ending", a.ending, b.ending, counts=counts)
    # An error comes in one piece, whatever was asked for.
    if a.streamed != b.streamed and a.status == b.status:
        told = ["streamed" if one.streamed else "in one piece" for one in (a, b)]
        yield two.unequal("streaming", "answer", *told, path="streamed")
    if a.api != b.api:
        names = [one.api or "unknown" for one in (a, b)]
        yield two.unequal("streaming", "API", *names, path="api", counts=False)
    elif not a.api and _payloads(two.a) != _payloads(two.b):
        yield Difference("text", "other data, of an API that is not known", "body")


def _is_left_behind_the_last_word(two: Two) -> bool:
    """Clients hang up at `[DONE]`: what the provider would have done then is not known."""
    ended = two.a.meaning.answer.ended and two.b.meaning.answer.ended
    return ended and "client_left" in (two.a.measured.ending, two.b.measured.ending)


def _payloads(side: Side) -> list[Json]:
    """What the frames carry, ids and the like left out where it is JSON."""
    found: list[Json] = []
    for frame in side.meaning.frames:
        if isinstance(frame, Malformed):
            found.append(frame.raw)
        elif frame.kind == "data":
            value = side.meaning.decode(frame.data)
            found.append(frame.data if isinstance(value, NotJson) else without_volatile(value))
    return found


def finish_differences(two: Two, a: Choice, b: Choice, where: str) -> Iterator[Difference]:
    """The common word for how it ended; the provider's own word beside one that is `other`."""
    ours, theirs = finish_word(a), finish_word(b)
    if ours != theirs:
        path = f"{where}finish"
        yield Difference("finish", two.apart(path, ours, theirs), path, ours, theirs)


def finish_word(choice: Choice) -> str:
    """`stop`; `other (eos_token)` where there is no common word."""
    if choice.finish is None:
        return ""
    if choice.finish.reason == "other" and choice.finish.raw_reason:
        return f"other ({choice.finish.raw_reason})"
    return choice.finish.reason


def error_differences(two: Two) -> Iterator[Difference]:
    """Errors that the provider told; those of the transport are the ending's. Messages are
    compared between sides of one API, ids and numbers in them left out."""
    ours, theirs = errors_of(two.a), errors_of(two.b)
    kinds_a, kinds_b = [_kind(one) for one in ours], [_kind(one) for one in theirs]
    if kinds_a != kinds_b:
        words = two.apart("error", *("; ".join(map(_told, one)) for one in (ours, theirs)))
        yield Difference("errors", words, "errors", kinds_a, kinds_b)
    elif two.same_api:
        yield from _message_differences(two, ours, theirs)


def _message_differences(
    two: Two, ours: Sequence[Error], theirs: Sequence[Error]
) -> Iterator[Difference]:
    """Where nothing but numbers and versions differs, that is worth knowing, and does not count:
    how long to wait is another each time."""
    told = ["; ".join(_without(_IDS, one.message) for one in each) for each in (ours, theirs)]
    if told[0] == told[1]:
        return
    said = ["; ".join(one.message for one in each) for each in (ours, theirs)]
    words = two.apart("words of the error", *shown_apart(*said))
    counts = _without(_MINTED, said[0]) != _without(_MINTED, said[1])
    a, b = map(shown, said)
    yield Difference("errors", words, "errors", a, b, counts=counts)


def error_words(side: Side) -> str:
    """`429 rate_limit_exceeded; overloaded`; `failed` where neither status nor code is told."""
    return "; ".join(_kind(one) or "failed" for one in errors_of(side))


def errors_of(side: Side) -> list[Error]:
    """Without those of the transport. Of an API that is not known nobody can say what it should
    have sent, so there no payload is an error."""
    none = ("transport",) if side.meaning.api else ("transport", "decode")
    return [one for one in side.meaning.answer.errors if one.origin not in none]


def _kind(error: Error) -> str:
    return error_kind(str(error.http_status or ""), error.code or error.type)


def error_kind(*names: str) -> str:
    """`429 rate_limit_exceeded`; a code that is the status again is said once."""
    return " ".join(dict.fromkeys(filter(None, names)))


def _told(error: Error) -> str:
    kind = _kind(error)
    message = shown(error.message)
    return f"{kind} ({message})" if kind and message else kind or message or "an error"


def _without(what: re.Pattern[str], message: str) -> str:
    return " ".join(what.sub("#", message).split())


def usage_differences(two: Two, tolerance: Tolerance) -> Iterator[Difference]:
    """Tokens. They make sides different only beyond a tolerance that was asked for."""
    for measure in TOKENS:
        yield from _measured(two, measure, tolerance, always=True)


def pace_differences(two: Two, tolerance: Tolerance) -> Iterator[Difference]:
    """The measures that a tolerance was given for; and stalls, which are no matter of degree,
    where both sides were timed."""
    for measure in MEASURES:
        timed = None not in (measure.of(two.a.measured), measure.of(two.b.measured))
        always = measure.name == "stalls" and timed
        yield from _measured(two, measure, tolerance, always=always)


def _measured(
    two: Two, measure: Measure, tolerance: Tolerance, *, always: bool
) -> Iterator[Difference]:
    fraction = tolerance.fractions.get(measure.name)
    a, b = measure.of(two.a.measured), measure.of(two.b.measured)
    if measure.untaken(two.a.measured) or measure.untaken(two.b.measured):
        fraction = None
    if a == b or (fraction is None and (not always or (measure.none_is_zero and not (a or b)))):
        return
    beyond = fraction is not None and (a is None or b is None or abs(b - a) > fraction * a)
    words = two.apart(measure.words, measure.told(a), measure.told(b))
    if fraction is not None:
        words += f" ({'beyond' if beyond else 'within'} {fraction * 100:.10g}%)"
    yield Difference(measure.aspect, words, measure.name, a, b, counts=beyond)
