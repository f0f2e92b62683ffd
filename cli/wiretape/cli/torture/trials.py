"""What a client is tried with: each fault, in the shapes in which it hurts most. Pure."""

from collections.abc import Iterable

import msgspec

from wiretape.replay.faults import FAULTS, parse_faults


class Trial(msgspec.Struct, frozen=True):
    """One run of the client."""

    fault: str
    """As it is written; several with semicolons between them."""
    tells: bool = True
    """Whether a client can tell from what it gets that something is wrong."""


_UNTOLD = frozenset({"drop", "duplicate", "reorder"})
"""What most APIs give a client no means to see: their events have no numbers."""

_TEXTS = (
    *("cut(after=0)", "cut(after=50%)", "cut(after=100%)", "cut(after=100 bytes)"),
    *("reset(after=0)", "reset(after=50%)"),
    *("stall(after=50%, for=2s)", "stall(after=50%)"),
    *("slow_first_byte(by=2s)", "slow(bytes_per_second={half})"),
    *("drop", "duplicate", "reorder"),
    *("corrupt(what=bytes)", "corrupt(what=utf8)", "corrupt(what=json)", "corrupt(what=crc)"),
    *("rechunk(how=1)", "rechunk(how=crlf)", "rechunk(how=utf8)"),
    *("rechunk(how=whole)", "rechunk(how=random)"),
    *("error_event(after=0)", "error_event(after=50%)", "error_event(after=50%, rest=kept)"),
    *("status(code=429, retry_after=1s)", "status(code=500)", "status(code=503, retry_after=1s)"),
    *("status(code=529)", "status(code=429, times=0)"),
    *("no_done", "double_terminal", "wrong_content_type"),
)


def all_trials(largest: int) -> tuple[Trial, ...]:
    """Everything. `largest`: bytes of the longest body on the tape, which the slow line carries in
    2 s."""
    half = max(1, largest // 2)
    return tuple(_trial(text.replace("{half}", str(half))) for text in _TEXTS)


def chosen_trials(only: Iterable[str], largest: int) -> tuple[Trial, ...]:
    """Those asked for: the name of a fault is all its trials, a fault with brackets is tried as it
    stands. All where nothing is asked for. Raises BadFault."""
    trials = all_trials(largest)
    chosen: list[Trial] = []
    for text in only:
        if text in FAULTS:
            chosen += [trial for trial in trials if _name(trial.fault) == text]
        else:
            parse_faults(text)  # raises
            chosen.append(_trial(text))
    return tuple(dict.fromkeys(chosen)) or trials


def _trial(text: str) -> Trial:
    name = _name(text)
    return Trial(text, tells=name not in _UNTOLD and text not in ("corrupt", "corrupt(what=bytes)"))


def _name(text: str) -> str:
    return text.partition("(")[0].strip()
