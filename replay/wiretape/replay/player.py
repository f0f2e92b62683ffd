"""Which recording answers a request: the Answerer that plays a tape.

Keys every recording once, so that a request is answered by one lookup. What has been played
is kept here and nowhere else. Knows matching and redaction; nothing of sockets, time or pace.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from typing import Literal

from wiretape.cassettes.answering import Difference, Miss
from wiretape.cassettes.matching import DEFAULT_RULES, MatchRules, differences, request_key
from wiretape.cassettes.model import Interaction, Request
from wiretape.cassettes.redaction import DEFAULT_RULES as DEFAULT_REDACTION
from wiretape.cassettes.redaction import RedactionRules, Redactor

AfterLast = Literal["repeat", "error"]

_COMPARED = 16
"""Recordings a miss is compared with: enough to explain it, little enough to do it at once."""
_COMPARED_BYTES = 4 << 20
"""Body bytes a miss is compared with, beyond the first recording."""


MOST_SEARCHED_FOR = 512
"""Forms of credentials. Every request is searched for each: a load test with a key a request
would be slower and slower. Then the oldest are forgotten."""


class Player:
    """Answers requests from interactions.

    Several recordings of one request play in their order. After the last one, `repeat` gives
    that one again (what a poll ended with, it stays at), `error` a Miss. `redaction`: the rules
    that the tape was recorded with.
    """

    def __init__(
        self,
        interactions: Iterable[Interaction],
        *,
        rules: MatchRules = DEFAULT_RULES,
        after_last: AfterLast = "repeat",
        redaction: RedactionRules = DEFAULT_REDACTION,
    ) -> None:
        self._rules = rules
        self._redaction = redaction
        self._redactor = Redactor(redaction)
        self._after_last = after_last
        self._recordings: dict[str, _Recordings] = {}
        self.played = 0
        """Requests answered with a recording."""
        self.misses = 0
        """Requests for which there was none."""
        tape = tuple(interactions)
        self._upstreams = frozenset(interaction.upstream for interaction in tape)
        self._shelves = _Shelves(tape)
        for interaction in tape:
            key = request_key(interaction.upstream, interaction.request, rules)
            self._recordings.setdefault(key, _Recordings()).all.append(interaction)

    @property
    def upstreams(self) -> frozenset[str]:
        """The names of the upstreams on the tape."""
        return self._upstreams

    @property
    def unplayed(self) -> tuple[int, ...]:
        """The numbers of the recordings no request has asked for, rising."""
        left = (
            interaction.number
            for recordings in self._recordings.values()
            for interaction in recordings.all[recordings.played :]
        )
        return tuple(sorted(left))

    def answer(self, upstream: str, request: Request) -> Interaction | Miss:
        """The next recording of the request, or why there is none.

        The request is redacted as one that is recorded would be, so a key it carries neither
        keeps it from matching nor gets into a Miss.
        """
        asked = self._redacted(request)
        recordings = self._recordings.get(request_key(upstream, asked, self._rules))
        if recordings is None:
            self.misses += 1
            return self._miss(upstream, asked)
        if recordings.played < len(recordings.all):
            recordings.played += 1
        elif self._after_last == "error":
            self.misses += 1
            return Miss("recordings_used_up", recordings.all[-1].number, ())
        self.played += 1
        return recordings.all[recordings.played - 1]

    def _redacted(self, request: Request) -> Request:
        """The request as a recording that began with this server would hold it: a key that
        came with one request is masked in those that follow.
        """
        if self._redactor.searched_for > MOST_SEARCHED_FOR:
            self._redactor = Redactor(self._redaction)
        return self._redactor.as_recorded(request)

    def _miss(self, upstream: str, asked: Request) -> Miss:
        nearest: Interaction | None = None
        fewest: tuple[Difference, ...] = ()
        for candidate in self._shelves.like(upstream, asked):
            found = differences(upstream, asked, candidate.upstream, candidate.request, self._rules)
            if nearest is None or len(found) < len(fewest):
                nearest, fewest = candidate, found
        return Miss("no_recording", None if nearest is None else nearest.number, fewest)


class _Recordings:
    """The recordings of one request, and how many of them were played."""

    __slots__ = ("all", "played")

    def __init__(self) -> None:
        self.all: list[Interaction] = []
        self.played = 0


Shelf = list[tuple[int, int]]
"""(size of the request body, place in the order of the tape), sorted."""


class _Shelves:
    """Finds the recordings worth comparing a request with, without looking at all of them."""

    def __init__(self, tape: tuple[Interaction, ...]) -> None:
        self._tape = tape
        self._shelves: defaultdict[tuple[str, ...], Shelf] = defaultdict(list)
        for index, interaction in enumerate(tape):
            for label in _labels(interaction.upstream, interaction.request):
                self._shelves[label].append((len(interaction.request.body), index))
        for shelf in self._shelves.values():
            shelf.sort()

    def like(self, upstream: str, request: Request) -> list[Interaction]:
        """Recordings from the shelf that has most in common, bodies of like size first."""
        size = len(request.body)
        for label in _labels(upstream, request):
            if shelf := self._shelves.get(label):
                middle = bisect_left(shelf, (size, 0))
                near = shelf[max(0, middle - _COMPARED) : middle + _COMPARED]
                near.sort(key=lambda place: (abs(place[0] - size), place[1]))
                return self._affordable(near[:_COMPARED])
        return []

    def _affordable(self, places: Shelf) -> list[Interaction]:
        chosen: list[Interaction] = []
        total = 0
        for size, index in places:
            total += size
            if chosen and total > _COMPARED_BYTES:
                break
            chosen.append(self._tape[index])
        return chosen


def _labels(upstream: str, request: Request) -> tuple[tuple[str, ...], ...]:
    """The shelves a request belongs on, the one with most in common first."""
    path = request.target.partition("?")[0]
    return (
        (upstream, request.method, path),
        ("", request.method, path),
        ("", "", path),
        (upstream, request.method),
        (upstream,),
        (),
    )
