"""What a test is told in the end: what it asked without an answer, and what it never asked for.

Pure: from what happened to text. Shows what differs of a request, which is redacted; never a
request itself.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from wiretape.cassettes.answering import Difference
from wiretape.cassettes.model import Interaction
from wiretape.replay.answers import asked_text
from wiretape.testing.blocking import PAST
from wiretape.testing.journal import Asked
from wiretape.testing.settings import Settings

SHOWN = 10
"""Of each kind; a loop that went wrong has a thousand."""
_WAY_OUT = "  (record it anew, or say what may differ: match_on=[...], ignore=[...])"
_PAST_THE_TAPE = (
    "\n  (a client that was made before the test does not know of the tape: make it in the test "
    "or a fixture, or give it wiretape.base_url(...))"
)
_VALUE = 200
"""Characters of a value."""


class Happened(msgspec.Struct, frozen=True):
    """What is to be judged of a view."""

    cassette: Path
    settings: Settings
    asked: tuple[Asked, ...] = ()
    unplayed: tuple[Interaction, ...] = ()
    idle_faults: tuple[str, ...] = ()
    """Each with the reason, where there is one."""
    problem: str = ""
    """What went wrong while recording."""
    blocked: tuple[str, ...] = ()
    """Where the code under test was about to reach out to."""


def judge(happened: Happened, *, whole: bool = True) -> str:
    """Why a test must not pass; empty where it may.

    `whole`: False where the test has failed by itself: what it did not come to is no fault then.
    """
    settings = happened.settings
    parts: list[str] = []
    unanswered = [one for one in happened.asked if one.unanswered]
    if unanswered and not settings.allow_unmatched:
        parts.append(_unanswered(unanswered))
    if whole and happened.unplayed and not settings.allow_unplayed:
        parts.append(_unplayed(happened.unplayed))
    if whole and happened.idle_faults:
        parts.append(_list("fault met no answer", "faults met no answer", happened.idle_faults))
    if happened.blocked:
        parts.append(_blocked(happened.blocked))
    if happened.problem:
        parts.append(happened.problem)
    if not parts:
        return ""
    return "\n".join([f"wiretape: {parts[0]}", *parts[1:], f"  (cassette: {happened.cassette})"])


def _unanswered(unanswered: Sequence[Asked]) -> str:
    lines = [line for one in unanswered[:SHOWN] for line in _why(one)]
    counted = _counted(len(unanswered), "request has no recording", "requests have no recording")
    way_out = [_WAY_OUT] if any(one.miss for one in unanswered) else []
    return "\n".join([f"{counted}:", *lines, *_more(len(unanswered)), *way_out])


def _why(one: Asked) -> list[str]:
    if one.miss is None:
        path = _short(one.as_recorded.target.partition("?")[0])
        return [f"  {one.method} {path} of {one.upstream or 'any upstream'}: {one.refusal}"]
    head = f"  {asked_text(one.upstream, one.as_recorded, one.miss)}: "
    if one.miss.code == "recordings_used_up":
        return [f"{head}all its recordings have been played, the last is {one.miss.nearest}"]
    if one.miss.nearest is None:
        return [head + "the tape is empty"]
    return [
        f"{head}the nearest is recording {one.miss.nearest}, which differs in",
        *(_differs(difference) for difference in one.miss.differences[:SHOWN]),
        *_more(len(one.miss.differences)),
    ]


def _differs(difference: Difference) -> str:
    asked, recorded = _short(difference.asked), _short(difference.recorded)
    return f"    {difference.where}\n      asked    {asked}\n      recorded {recorded}"


def _unplayed(unplayed: Sequence[Interaction]) -> str:
    lines = [
        f"recording {one.number}: {one.request.method} "
        f"{_short(one.request.target.partition('?')[0])} of {one.upstream}"
        for one in unplayed
    ]
    return (
        _list("recording was never asked for", "recordings were never asked for", lines)
        + "\n  (if that is meant: allow_unplayed=True)"
    )


def _blocked(places: Sequence[str]) -> str:
    told = _list("connection was blocked", "connections were blocked", places)
    return told + _PAST_THE_TAPE if any(place.endswith(PAST) for place in places) else told


def _list(one: str, several: str, lines: Sequence[str]) -> str:
    shown = [f"  {line}" for line in lines[:SHOWN]]
    return "\n".join([f"{_counted(len(lines), one, several)}:", *shown, *_more(len(lines))])


def _counted(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def _more(number: int) -> list[str]:
    return [f"  ... and {number - SHOWN} more"] if number > SHOWN else []


def _short(text: str) -> str:
    return text if len(text) <= _VALUE else text[: _VALUE - 3] + "..."
