"""What a run of a client came to. Pure: knows exit codes, output and times, no process.

A client is asked for one of two things: to get by (the same output as without the fault), or to say
that it did not (an exit code and words). Everything else is bad, but for what no client can see.
"""

import re
from collections.abc import Sequence
from typing import Literal

import msgspec

Kind = Literal[
    "survived", "error", "altered", "untried", "hung", "truncated", "impatient", "crashed"
]

WORDS: dict[Kind, str] = {
    "survived": "survived",
    "error": "clear error",
    "altered": "altered output",
    "untried": "does not apply",
    "hung": "hung",
    "truncated": "took a part for the whole",
    "impatient": "ignored Retry-After",
    "crashed": "crashed",
}
BAD = frozenset[Kind]({"hung", "truncated", "impatient", "crashed"})

_TOLERANCE_NS = 50_000_000
"""Sooner than told by less than this is a clock's business."""

_NAMED = re.compile(r"^(?:Uncaught )?(?:[\w.$]+[.$])?(\w*(?:Error|Exception|panic|panicked))\b")
_DECODERS = frozenset(
    {
        *("JSONDecodeError", "UnicodeDecodeError", "KeyError", "IndexError", "AttributeError"),
        *("TypeError", "ValueError", "AssertionError", "NameError", "UnboundLocalError"),
        *("RecursionError", "MemoryError", "StopIteration", "SyntaxError", "RangeError"),
        *("ReferenceError", "NullPointerException", "panic", "panicked", "ValidationError"),
    }
)
"""Names that say where a program fell over, and not what happened to it."""

_LONGEST = 160


class Asked(msgspec.Struct, frozen=True):
    """One request, as the server saw it."""

    at_ns: int
    key: str
    """Equal for requests that are the same."""
    retry_after_ns: int = 0
    """What it was told to wait before it asks again."""


class Broken(msgspec.Struct, frozen=True):
    """An answer that was not whole on the wire."""

    how: str
    """In words."""
    text: str = ""
    """What the whole one says, as Wiretape reads the tape; empty where it has no text."""


class Ran(msgspec.Struct, frozen=True):
    """One run of the client."""

    code: int | None
    """The exit code, below 0 for a signal; None where it had to be ended."""
    stdout: bytes
    stderr: bytes
    seconds: float
    asked: tuple[Asked, ...] = ()
    met: bool = True
    """Whether the fault was laid on any answer."""
    reason: str = ""
    """Why not."""
    broken: tuple[Broken, ...] = ()
    """Of the requests whose last answer was broken."""


class Verdict(msgspec.Struct, frozen=True):
    """What it came to."""

    kind: Kind
    words: str = ""
    """What the client said, or what else there is to say."""

    @property
    def bad(self) -> bool:
        return self.kind in BAD


def judged(run: Ran, baseline: Ran, *, tells: bool) -> Verdict:
    """`tells`: whether the client can tell that something is wrong."""
    if not run.met:
        return Verdict("untried", run.reason)
    if early := too_early(run.asked):
        return Verdict("impatient", early)
    if run.code is None:
        return Verdict("hung", f"still running after {run.seconds:.0f} s")
    if run.code == 0:
        return _of_success(run, baseline, tells)
    said = last_words(run.stderr) or last_words(run.stdout)
    if run.code < 0:
        return Verdict("crashed", f"signal {-run.code} {said}".strip())
    if not said:
        return Verdict("crashed", f"exit code {run.code} and not a word")
    named = _NAMED.match(said)
    fell = named is not None and named[1] in _DECODERS
    return Verdict("crashed" if fell else "error", said)


def too_early(asked: Sequence[Asked]) -> str:
    """Words, where a request came again sooner than it was told to."""
    for place, first in enumerate(asked):
        if not first.retry_after_ns:
            continue
        again = next((one for one in asked[place + 1 :] if one.key == first.key), None)
        waited_ns = again.at_ns - first.at_ns if again else first.retry_after_ns
        if waited_ns < first.retry_after_ns - _TOLERANCE_NS:
            told = first.retry_after_ns / 1e9
            return f"asked again after {waited_ns / 1e9:.2f} s, was told {told:g} s"
    return ""


def last_words(output: bytes) -> str:
    """The line that names what happened: the last one that begins with the name of an error, or
    the last there is."""
    lines = [line.strip() for line in output.decode("utf-8", "replace").splitlines()]
    lines = [line for line in lines if line]
    named = [line for line in lines if _NAMED.match(line)]
    last = (named or lines or [""])[-1]
    return last if len(last) <= _LONGEST else f"{last[: _LONGEST - 1]}…"


def _of_success(run: Ran, baseline: Ran, tells: bool) -> Verdict:
    if run.stdout == baseline.stdout:
        asked = len(run.asked) - len(baseline.asked)
        return Verdict("survived", f"asked {asked} times more" if asked > 1 else "")
    size = f"{len(run.stdout):,} bytes of output, {len(baseline.stdout):,} without the fault"
    for one in run.broken:
        held = _holds(run.stdout, one.text)
        if not held and _holds(baseline.stdout, one.text):
            return Verdict("truncated", f"{one.how}; {size}, and not all of its text among them")
    shorter = len(run.stdout) < len(baseline.stdout)
    if shorter and (tells or any(not _holds(run.stdout, one.text) for one in run.broken)):
        return Verdict("truncated", size)
    return Verdict("altered", size)


def _holds(output: bytes, text: str) -> bool:
    """Whether the text is in the output, however its lines were broken."""
    sought = "".join(text.split())
    return bool(sought) and sought in "".join(output.decode("utf-8", "replace").split())
