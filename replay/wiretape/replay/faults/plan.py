"""Which faults meet which requests, and how often.

A plan counts, so that faults need not: the number of each request in its session, and how often a
fault met a request. What one fault with `times` took the place of is owed to the request, which
gets that same recording once the fault is done with it. Knows requests and recordings; nothing of
sockets.
"""

import random
import reprlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase

import msgspec

from wiretape.cassettes.matching import request_key
from wiretape.cassettes.model import Interaction, Request
from wiretape.replay.faults.fault import DoesNotApply, Fault
from wiretape.replay.faults.parsing import parse_faults

_Key = tuple[str, str]
"""A session and the key of a request."""


class Turn(msgspec.Struct, frozen=True):
    """One request's turn: what is to go wrong with its answer."""

    session: str
    number: int
    """Of the request in its session, from 1."""
    upstream: str
    target: str
    key: str
    """Equal for requests that are the same; empty where no fault asked for it."""
    faults: tuple[Fault, ...]
    owed: Interaction | None = None
    """The recording that is to be played, in the place of the next one."""
    seed: int = 0
    own: tuple[Fault, ...] = ()
    """Those of `faults` that the request itself asked for."""
    names: tuple[object, ...] = ()
    """What each of `faults` is counted by."""


class Faulted(msgspec.Struct, frozen=True):
    """What became of an interaction."""

    interaction: Interaction
    applied: tuple[Fault, ...]
    refused: tuple[tuple[Fault, str], ...]
    """Faults that did not apply, each with the reason."""
    broken_promise: str = ""
    """Words, where a fault that the request itself asked for did not apply."""


class FaultPlan:
    """The faults of a server. Later ones are laid over what earlier ones left.

    `watch` is told of each turn and of what became of it.
    """

    def __init__(
        self,
        faults: Iterable[Fault | str] = (),
        *,
        seed: int = 0,
        watch: Callable[[Turn, Faulted], None] | None = None,
    ) -> None:
        self.seed = seed
        self._watch = watch
        self._faults: dict[int, Fault] = {}
        self._only: dict[int, str] = {}
        """The session of those that meet one alone."""
        self._next = 1
        self._requests: Counter[str] = Counter()
        self._seen: Counter[tuple[str, object]] = Counter()
        self._met: Counter[tuple[_Key, object]] = Counter()
        self._owed: dict[_Key, Interaction] = {}
        for fault in faults:
            self.add(fault)

    def add(self, fault: Fault | str, session: str | None = None) -> tuple[int, ...]:
        """Lay a fault, or those that a text says, over what comes from now on: in one session, or
        in all. Gives the ids they can be removed by. Raises BadFault for a text that says none,
        TypeError for what is neither."""
        given = parse_faults(fault) if isinstance(fault, str) else (fault,)
        if not all(isinstance(one, Fault) and not isinstance(one, type) for one in given):
            raise TypeError(
                "a fault is a text such as 'cut(after=7)' or an object of "
                f"wiretape.replay.faults, not {reprlib.repr(fault)}"
            )
        ids: list[int] = []
        for one in given:
            self._faults[self._next] = one
            if session is not None:
                self._only[self._next] = session
            ids.append(self._next)
            self._next += 1
        return tuple(ids)

    def remove(self, number: int) -> bool:
        """Take one off; False where there is none of that id."""
        self._only.pop(number, None)
        return self._faults.pop(number, None) is not None

    def clear(self) -> None:
        """Take all off. What was counted and what is owed stays."""
        self._faults.clear()
        self._only.clear()

    def session_of(self, number: int) -> str | None:
        """The session that a fault meets alone; None where it meets all."""
        return self._only.get(number)

    def list(self) -> dict[int, Fault]:
        """Those that are laid on now, by id, in the order in which they apply."""
        return dict(self._faults)

    def reset(self, session: str | None = None) -> None:
        """Count anew and owe nothing: in one session, or in all. The faults stay."""
        if session is None:
            self._requests.clear()
            self._seen.clear()
            self._met.clear()
            self._owed.clear()
            return
        del self._requests[session]
        for seen in [one for one in self._seen if one[0] == session]:
            del self._seen[seen]
        for met in [one for one in self._met if one[0][0] == session]:
            del self._met[met]
        for owed in [one for one in self._owed if one[0] == session]:
            del self._owed[owed]

    def turn(
        self, upstream: str, request: Request, session: str = "", own: Sequence[Fault] = ()
    ) -> Turn:
        """What is to happen to a request. `own`: faults that it asked for itself."""
        self._requests[session] += 1
        number = self._requests[session]
        target = request.target
        if not (self._faults or own or self._owed):
            return Turn(session, number, upstream, target, "", ())
        key = request_key(upstream, request)
        laid: list[tuple[object, Fault]] = [
            *(one for one in self._faults.items() if self._only.get(one[0], session) == session),
            *((one, one) for one in own),
        ]
        place = (session, key)
        due = [
            (name, one) for name, one in laid if self._is_due(name, one, upstream, target, place)
        ]
        mine = sum(1 for name, _ in due if not isinstance(name, int))
        return Turn(
            session,
            number,
            upstream,
            target,
            key,
            tuple(one for _, one in due),
            self._owed.pop(place, None),
            self.seed,
            tuple(one for _, one in due[len(due) - mine :]),
            tuple(name for name, _ in due),
        )

    def _is_due(self, name: object, fault: Fault, upstream: str, target: str, place: _Key) -> bool:
        path = target.partition("?")[0]
        full = f"/{upstream}{path}"
        if fault.path and not (fnmatchcase(path, fault.path) or fnmatchcase(full, fault.path)):
            return False
        if fault.nth:
            self._seen[place[0], name] += 1
            if self._seen[place[0], name] != fault.nth:
                return False
        return not fault.times or self._met[place, name] < fault.times

    def faulted(self, turn: Turn, interaction: Interaction, played: Interaction) -> Faulted:
        """The answer of a turn, faults laid on.

        `interaction` is the recording, which is owed again where a fault with `times` took its
        place; `played` is the same at the pace it is played at. A fault is counted where it was
        applied: what comes behind an error status waits for the tape.
        """
        applied: list[Fault] = []
        refused: list[tuple[Fault, str]] = []
        broken_promises: list[str] = []
        met: list[tuple[_Key, object]] = []
        for place, (name, fault) in enumerate(zip(turn.names, turn.faults, strict=True)):
            rng = random.Random(f"{turn.seed}/{turn.number}/{place}")  # noqa: S311 - to be repeated
            try:
                played = fault.applied(played, rng)
            except DoesNotApply as reason:
                refused.append((fault, str(reason)))
                if not isinstance(name, int) and not _turned_away(interaction, played):
                    broken_promises.append(str(reason))
            else:
                applied.append(fault)
                met.append(((turn.session, turn.key), name))
        promised = next(iter(broken_promises), "")
        if not promised:
            self._met.update(met)
        if promised or any(fault.times for fault in applied):
            self._owed[turn.session, turn.key] = interaction
        done = Faulted(played, tuple(applied), tuple(refused), promised)
        if self._watch is not None:
            self._watch(turn, done)
        return done


def _turned_away(recorded: Interaction, played: Interaction) -> bool:
    """Whether a fault put an error status in the place of the recording."""
    before, after = recorded.response, played.response
    return after is not None and after.status >= _ERRORS > (before.status if before else 0)


_ERRORS = 400
"""Statuses from here on are errors (RFC 9110 section 15)."""
