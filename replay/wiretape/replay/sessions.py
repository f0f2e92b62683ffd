"""Sessions: what has been played, kept apart by a name that each request carries.

Tests that share a server each have a session of their own, and with it the whole tape from its
beginning. Counts places on the tape; knows nothing of requests, keys or sockets.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence

MOST_SESSIONS = 10_000
"""Sessions remembered. Beyond that, the one that has not asked for longest is forgotten, and begins
anew should it ask again. The one without a name never is."""


class Plays:
    """What one session has been given."""

    __slots__ = ("_next", "asked_as", "given", "last", "misses", "played")

    def __init__(self) -> None:
        self.played = 0
        self.misses = 0
        self.given: set[int] = set()
        """Places on the tape."""
        self.last: dict[str, int] = {}
        """By the key of a request, the place that it was given last."""
        self.asked_as: dict[int, bytes] = {}
        """By the number of a recording, the JSON-RPC id that it answered last."""
        self._next: dict[str, int] = {}

    def give(self, key: str, place: int) -> None:
        """Note that a request of this key was answered from this place."""
        self.given.add(place)
        self.last[key] = place

    def first_left(self, key: str, places: Sequence[int]) -> int | None:
        """The first of all places of a key that was not given. Constant, on the average."""
        index = self._next.get(key, 0)
        while index < len(places) and places[index] in self.given:
            index += 1
        self._next[key] = index
        return places[index] if index < len(places) else None

    def first_of(self, places: Iterable[int]) -> int | None:
        """The first of some places that was not given."""
        return next((place for place in places if place not in self.given), None)


_NOTHING = Plays()
"""Of sessions that never asked; nobody writes to it."""


class Sessions:
    """All sessions of a player, those that asked last at the end.

    `forgotten` is told the name of each that makes room.
    """

    def __init__(self, most: int = MOST_SESSIONS) -> None:
        self._most = most
        self._default = Plays()
        self._named: OrderedDict[str, Plays] = OrderedDict()
        self.forgotten: Callable[[str], None] | None = None

    def asking(self, name: str) -> Plays:
        """The session of a request, made where it is new."""
        if not name:
            return self._default
        plays = self._named.get(name)
        if plays is not None:
            self._named.move_to_end(name)
            return plays
        plays = self._named[name] = Plays()
        if len(self._named) > self._most:
            oldest, _ = self._named.popitem(last=False)
            if self.forgotten is not None:
                self.forgotten(oldest)
        return plays

    def seen(self, name: str) -> Plays:
        """The session as it stands; an empty one where it never asked."""
        return self._named.get(name, _NOTHING) if name else self._default

    @property
    def names(self) -> tuple[str, ...]:
        """Of the sessions remembered; the default one only where it has asked."""
        asked = self._default.played or self._default.misses
        return (*(("",) if asked else ()), *self._named)

    def reset(self, name: str) -> None:
        """Begin one anew."""
        if name:
            self._named.pop(name, None)
        else:
            self._default = Plays()

    def clear(self) -> None:
        """Begin all anew."""
        self._named.clear()
        self._default = Plays()
