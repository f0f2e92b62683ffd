"""The journal: what was asked of the server, in order, bounded in entries and in bytes.

Beyond the bounds the oldest entries go; how many went is known. Counts all there ever were, for
metrics. Knows entries and filters; nothing of sockets.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from wiretape.cassettes.model import Request
from wiretape.replay.control.entry import Entry, Place, entry_of
from wiretape.replay.control.filtering import Filter
from wiretape.replay.exchange import Exchange

MOST_ENTRIES = 10_000
MOST_BYTES = 64 << 20


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Journal:
    """The last exchanges of a server. `entries`: how many are kept; none with 0. `size`: bytes.
    `now`: the wall clock."""

    def __init__(
        self,
        *,
        entries: int = MOST_ENTRIES,
        size: int = MOST_BYTES,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._most = entries
        self._most_bytes = size
        self._now = now
        self._entries: deque[Entry] = deque()
        self._bytes = 0
        self._noted = 0
        self.dropped = 0
        """Entries that made room for others, since the last `clear` of all."""
        self.counted: Counter[tuple[str, str]] = Counter()
        """Exchanges since the start, by upstream and outcome."""

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        """The oldest first."""
        return iter(tuple(self._entries))

    def note(
        self,
        exchange: Exchange,
        redact: Callable[[Request], Request],
        place: Place | None = None,
    ) -> None:
        """Add an exchange. `redact`: makes of its request what a recording would hold."""
        self.counted[exchange.upstream, exchange.outcome] += 1
        self._noted += 1
        if self._most <= 0:
            self.dropped += 1
            return
        redacted = redact(exchange.request)
        entry = entry_of(exchange, redacted, place, self._noted, self._now())
        self._entries.append(entry)
        self._bytes += entry.size
        while len(self._entries) > self._most or self._bytes > self._most_bytes:
            self._bytes -= self._entries.popleft().size
            self.dropped += 1

    def matching(self, wanted: Filter) -> list[Entry]:
        """Those a filter means, the oldest first."""
        return [entry for entry in self._entries if wanted.holds(entry)]

    def unclear(self, wanted: Filter) -> list[Entry]:
        """Those of which it cannot be told: not all of their body can be read."""
        return [
            entry for entry in self._entries if not wanted.holds(entry) and wanted.may_hold(entry)
        ]

    def get(self, number: int) -> Entry | None:
        """The entry of that number, where it is still there."""
        return next((entry for entry in self._entries if entry.number == number), None)

    def clear(self, session: str | None = None) -> None:
        """Forget the entries of a session, or all. Numbers go on rising."""
        if session is None:
            self._entries.clear()
            self.dropped = 0
        else:
            self._entries = deque(one for one in self._entries if one.session != session)
        self._bytes = sum(entry.size for entry in self._entries)
