"""What a client was told, and what of it was not the whole of an answer.

The provider's side of a run: when each request came, which faults met its answer, and whether what
was on the wire still says all that the recording says. Knows faults and meaning; no process.
"""

import time
from collections.abc import Iterable, Sequence

from wiretape.cassettes.dialects.delta import Delta, End, Error, Finish
from wiretape.cassettes.meaning import Meaning, read_meaning
from wiretape.cassettes.model import Interaction, Request
from wiretape.cli.torture.judging import Asked, Broken
from wiretape.replay.faults import Fault, Faulted, FaultPlan, Turn
from wiretape.replay.faults.status import Status


class SeenPlan(FaultPlan):
    """A plan that keeps when each request came, and what its faults left of the answers."""

    def __init__(self, faults: Iterable[str], *, seed: int) -> None:
        super().__init__(faults, seed=seed)
        self.asked: list[Asked] = []
        self.met = not self.list()
        self.reason = ""
        self._broken: dict[str, Broken] = {}

    @property
    def broken(self) -> tuple[Broken, ...]:
        """The requests whose last answer was broken: what was asked again and came whole is not."""
        return tuple(self._broken.values())

    def turn(
        self, upstream: str, request: Request, session: str = "", own: Sequence[Fault] = ()
    ) -> Turn:
        turn = super().turn(upstream, request, session, own)
        waits = [fault.retry_after.ns for fault in turn.faults if isinstance(fault, Status)]
        self.asked.append(Asked(time.monotonic_ns(), turn.key, max(waits, default=0)))
        self._broken.pop(turn.key, None)
        return turn

    def faulted(self, turn: Turn, interaction: Interaction, played: Interaction) -> Faulted:
        done = super().faulted(turn, interaction, played)
        self.met = self.met or bool(done.applied)
        if not self.met and done.refused:
            self.reason = done.refused[0][1]
        if done.applied and (broken := broken_of(interaction, done.interaction)):
            self._broken[turn.key] = broken
        return done


def broken_of(recorded: Interaction, sent: Interaction) -> Broken | None:
    """What is wrong with an answer that a client could see to be broken: its connection ended too
    soon, it lacks what says that it is over, or it is an error. None of an answer that says it is
    whole, whatever it says."""
    before, after = read_meaning(recorded), read_meaning(sent)
    if sent.timeline.ending.kind != recorded.timeline.ending.kind:
        how = f"the answer broke off ({sent.timeline.ending.kind})"
    elif _errors(after) > _errors(before):
        how = "the answer is an error"
    elif before.framing == after.framing and _last_words(before) - _last_words(after):
        how = "the answer lacks what says that it is over"
    else:
        return None
    return Broken(how, before.answer.text)


def _errors(meaning: Meaning) -> int:
    return sum(isinstance(delta, Error) for delta in meaning.deltas)


def _last_words(meaning: Meaning) -> set[str]:
    return {word for delta in meaning.deltas if (word := _last_word(delta))}


def _last_word(delta: Delta) -> str:
    if isinstance(delta, End):
        return "" if delta.via == "eof" else delta.via
    return "finish" if isinstance(delta, Finish) else ""
