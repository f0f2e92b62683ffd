"""Which recording answers a request: the Answerer that plays a tape.

Keys every recording once, so that a request is answered by one lookup. What has been played is
kept in the sessions here and nowhere else. Knows matching and redaction; nothing of sockets, time
or pace.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple

from wiretape.cassettes.answering import Difference, Miss
from wiretape.cassettes.matching import DEFAULT_RULES, MatchRules, differences, request_key
from wiretape.cassettes.model import Interaction, Request
from wiretape.cassettes.redaction import DEFAULT_RULES as DEFAULT_REDACTION
from wiretape.cassettes.redaction import RedactionRules, Redactor
from wiretape.replay.derived import Derived
from wiretape.replay.id_mapping import Chains, json_rpc_id, with_json_rpc_id
from wiretape.replay.resuming import Resumes, mark_of
from wiretape.replay.retrying import asks_again, is_retry_of
from wiretape.replay.sessions import MOST_SESSIONS, Plays, Sessions

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

    Several recordings of one request play in their order, in each session from the first on. After
    the last one, `repeat` gives that one again (what a poll ended with, it stays at), `error` a
    Miss. `redaction`: the rules that the tape was recorded with. `most_sessions`: how many are
    remembered.
    """

    def __init__(
        self,
        interactions: Iterable[Interaction],
        *,
        rules: MatchRules = DEFAULT_RULES,
        after_last: AfterLast = "repeat",
        redaction: RedactionRules = DEFAULT_REDACTION,
        most_sessions: int = MOST_SESSIONS,
    ) -> None:
        self._rules = rules
        self._redaction = redaction
        self._redactor = Redactor(redaction)
        self._after_last = after_last
        self._sessions = Sessions(most_sessions)
        self.played = 0
        """Requests answered with a recording, of all sessions."""
        self.misses = 0
        """Requests for which there was none, of all sessions."""
        self._given: set[int] = set()
        self._tape = tape = tuple(interactions)
        self._upstreams = frozenset(interaction.upstream for interaction in tape)
        self._shelves = _Shelves(tape)
        self._resumes = Resumes(tape)
        self._derived = Derived()
        self._last_redacted: tuple[Request, Request] | None = None
        places: defaultdict[str, list[int]] = defaultdict(list)
        for place, one in enumerate(tape):
            places[request_key(one.upstream, one.request, rules)].append(place)
        self._recordings = {
            key: _Recordings(found, Chains.of(tape, found, rules)) for key, found in places.items()
        }

    @property
    def upstreams(self) -> frozenset[str]:
        """The names of the upstreams on the tape."""
        return self._upstreams

    @property
    def tape(self) -> tuple[Interaction, ...]:
        """All recordings, in order."""
        return self._tape

    @property
    def unplayed(self) -> tuple[int, ...]:
        """The numbers of the recordings no session has been given, rising."""
        return self._left(self._given)

    @property
    def left(self) -> int:
        """How many those are, without looking at them."""
        return len(self._tape) - len(self._given)

    @property
    def sessions(self) -> tuple[str, ...]:
        """The names of the sessions remembered, the one that asked last at the end."""
        return self._sessions.names

    def session(self, name: str = "") -> "SessionView":
        """One session as it stands at any time; looking makes none."""
        return SessionView(self._sessions, name, self._left, len(self._tape))

    def reset(self) -> None:
        """Begin all sessions anew, and the sums over them."""
        self._sessions.clear()
        self._given.clear()
        self.played = self.misses = 0

    def when_forgotten(self, told: Callable[[str], None]) -> None:
        """Have `told` the name of each session that makes room for others."""
        self._sessions.forgotten = told

    def answer(self, upstream: str, request: Request, session: str = "") -> Interaction | Miss:
        """The next recording of the request in the session, or why there is none.

        The request is redacted as one that is recorded would be, so a key it carries neither
        keeps it from matching nor gets into a Miss.
        """
        asked = self.as_recorded(request)
        plays = self._sessions.asking(session)
        key = request_key(upstream, asked, self._rules)
        recordings = self._recordings.get(key)
        found = self._resumed(plays, upstream, asked, recordings is not None)
        if found is None:
            if recordings is None:
                return self._missed(plays, self._miss(upstream, asked))
            place = self._next(key, recordings, plays, asked)
            if place is None:
                last = self._tape[recordings.places[-1]].number
                return self._missed(plays, Miss("recordings_used_up", last, ()))
            plays.give(key, place)
            self._given.add(place)
            found = self._following(plays, place, request)
        plays.played += 1
        self.played += 1
        return found

    def as_recorded(self, request: Request) -> Request:
        """The request as a recording that began with this server would hold it: a key that
        came with one request is masked in those that follow.
        """
        if self._last_redacted is not None and self._last_redacted[0] is request:
            return self._last_redacted[1]
        if self._redactor.searched_for > MOST_SEARCHED_FOR:
            self._redactor = Redactor(self._redaction)
        redacted = self._redactor.as_recorded(request)
        self._last_redacted = (request, redacted)
        return redacted

    def without_secrets(self, text: str) -> str:
        """A text that may quote a request, as it may be kept or shown."""
        return self._redactor.text(text, Counter())

    def following(self, request: Request, interaction: Interaction) -> Interaction:
        """A recording as it answers a request: an `id` of JSON-RPC is that of the request."""
        wanted = json_rpc_id(request.body)
        return interaction if wanted is None else with_json_rpc_id(interaction, wanted)

    def _following(self, plays: Plays, place: int, request: Request) -> Interaction:
        recorded = self._tape[place]
        wanted = json_rpc_id(request.body)
        if wanted is None or wanted == json_rpc_id(recorded.request.body):
            return recorded
        plays.asked_as[recorded.number] = wanted
        return self._derived.get((place, wanted), lambda: with_json_rpc_id(recorded, wanted))

    def _resumed(
        self, plays: Plays, upstream: str, asked: Request, keyed: bool
    ) -> Interaction | None:
        """Out of the base recording, where the tape has not the resume itself."""
        mark = mark_of(asked)
        if mark is None or (keyed and self._resumes.on_tape(mark, upstream, asked)):
            return None
        found = self._resumes.behind(mark, upstream, asked)
        if found is None or found.number not in plays.asked_as:
            return found
        return with_json_rpc_id(found, plays.asked_as[found.number])

    def _next(
        self, key: str, recordings: "_Recordings", plays: Plays, asked: Request
    ) -> int | None:
        """The place to answer from; None where all are used up."""
        places: Sequence[int] = recordings.places
        if recordings.chains is None:
            left = plays.first_left(key, places)
        else:
            places = [places[index] for index in recordings.chains.nearest(asked)]
            left = plays.first_of(places)
        if left is None and self._after_last == "repeat":
            return places[-1]
        last = plays.last.get(key)
        if last is not None and asks_again(asked.headers) and last in places:
            following = None if left is None else self._tape[left]
            if not is_retry_of(self._tape[last], following):
                return last
        return left

    def _missed(self, plays: Plays, miss: Miss) -> Miss:
        plays.misses += 1
        self.misses += 1
        return miss

    def _left(self, given: set[int]) -> tuple[int, ...]:
        left = (one.number for place, one in enumerate(self._tape) if place not in given)
        return tuple(sorted(left))

    def _miss(self, upstream: str, asked: Request) -> Miss:
        nearest: Interaction | None = None
        fewest: tuple[Difference, ...] = ()
        for candidate in self._shelves.like(upstream, asked):
            found = differences(upstream, asked, candidate.upstream, candidate.request, self._rules)
            if nearest is None or len(found) < len(fewest):
                nearest, fewest = candidate, found
        return Miss("no_recording", None if nearest is None else nearest.number, fewest)


class SessionView:
    """What one session has been given, as it stands when it is asked."""

    def __init__(
        self,
        sessions: Sessions,
        name: str,
        left: Callable[[set[int]], tuple[int, ...]],
        recordings: int,
    ) -> None:
        self._sessions = sessions
        self._left = left
        self._recordings = recordings
        self.name = name

    @property
    def played(self) -> int:
        """Requests answered with a recording."""
        return self._sessions.seen(self.name).played

    @property
    def misses(self) -> int:
        """Requests for which there was none."""
        return self._sessions.seen(self.name).misses

    @property
    def unplayed(self) -> tuple[int, ...]:
        """The numbers of the recordings it has not been given, rising."""
        return self._left(self._sessions.seen(self.name).given)

    @property
    def left(self) -> int:
        """How many those are, without looking at them."""
        return self._recordings - len(self._sessions.seen(self.name).given)

    def reset(self) -> None:
        """Begin it anew. The sums over all sessions stay."""
        self._sessions.reset(self.name)


class _Recordings(NamedTuple):
    """The recordings of one request: their places on the tape, rising, and what tells them
    apart."""

    places: list[int]
    chains: Chains | None


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
