"""What a session searches for in every body, header and target: all of it at once.

Joins the session's own credentials, the patterns and the leaves that get a stand-in. Where
several begin at one place, the one that knows most decides what stands there.
"""

from wiretape.cassettes.redaction.credentials import Credentials
from wiretape.cassettes.redaction.patterns import Patterns
from wiretape.cassettes.redaction.stand_ins import NamedLeaves, StandIns
from wiretape.cassettes.redaction.stream import Hit


class SessionSecrets:
    """Says where secrets are; grows with what the session's credentials learn."""

    def __init__(
        self, credentials: Credentials, patterns: Patterns, stand_ins: StandIns | None = None
    ) -> None:
        self._credentials = credentials
        self._patterns = patterns
        self._leaves = None if stand_ins is None else NamedLeaves(stand_ins)

    def occurrences(self, data: bytes, at: int = 0) -> list[Hit]:
        """Every secret that begins at `at` or later, by start."""
        hits = [] if self._leaves is None else self._leaves.occurrences(data, at)
        hits += self._credentials.occurrences(data, at)
        hits += self._patterns.occurrences(data, at)
        if len(hits) > 1:
            hits.sort(key=lambda hit: hit.start)
        return hits

    def undecided_from(self, data: bytes, at: int) -> int:
        """Where the tail begins that more bytes could turn into a secret."""
        undecided = min(
            self._credentials.undecided_from(data, at), self._patterns.undecided_from(data, at)
        )
        if self._leaves is not None:
            undecided = min(undecided, self._leaves.undecided_from(data, at))
        return undecided

    def broken_off(self, data: bytes, at: int) -> list[Hit]:
        """What must be covered of a tail that nothing follows."""
        hits = [] if self._leaves is None else self._leaves.broken_off(data, at)
        return hits + self._credentials.broken_off(data, at)
