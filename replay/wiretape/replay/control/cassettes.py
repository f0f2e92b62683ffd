"""The cassettes behind a server: what each holds, and where a recording stands.

Several cassettes are one tape, numbered through; here is what leads back. Knows the model only.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from wiretape.cassettes.model import Interaction
from wiretape.replay.control.entry import Place


class LoadedCassette(msgspec.Struct, frozen=True, kw_only=True):
    """One cassette, as the server has it in memory."""

    path: str
    """As it was given on the command line; empty where the server was given recordings alone."""
    first: int
    """The number of its first recording on the server's tape."""
    recordings: int
    upstreams: tuple[str, ...]
    models: tuple[str, ...]
    """Those asked for."""


def loaded_cassette(path: str, first: int, recordings: Sequence[Interaction]) -> LoadedCassette:
    """What a cassette holds, in words."""
    return LoadedCassette(
        path=path,
        first=first,
        recordings=len(recordings),
        upstreams=tuple(sorted({one.upstream for one in recordings})),
        models=tuple(sorted({one.notes.model_asked for one in recordings} - {""})),
    )


class Loaded:
    """The set of cassettes that is played. `problem`: why a newer one is not."""

    def __init__(self, cassettes: Sequence[LoadedCassette], *, watched: bool = False) -> None:
        self.cassettes = tuple(cassettes)
        self.watched = watched
        self.time = datetime.now(UTC)
        self.problem = ""
        self._firsts = [one.first for one in self.cassettes]

    def place_of(self, number: int) -> Place:
        """Where the recording of that number on the server's tape stands."""
        index = bisect_right(self._firsts, number) - 1
        if index < 0:
            return Place("", number)
        found = self.cassettes[index]
        return Place(found.path, number - found.first + 1)
