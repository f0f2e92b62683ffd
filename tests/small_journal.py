"""A journal of a session that was killed, for tests of what becomes of it."""

from wiretape.cassettes.journal import (
    Answered,
    Ended,
    Entry,
    Opened,
    PassedOn,
    Received,
    SessionOpened,
)
from wiretape.cassettes.model import Chunk, Ending, Session


def entries() -> list[Entry]:
    """A session of two interactions, one of them still open."""
    headers = (("Transfer-Encoding", "chunked"),)
    said: list[Entry] = [SessionOpened(Session(0, "2026-11-23T00:00:00Z", "wiretape 0.1.0"))]
    for n in (1, 2):
        said += [
            Opened(n, n * 1000, "openai", "https://o.test", "POST", "/v1/x", "1.1", headers),
            PassedOn(n, n * 2000),
            Answered(n, n * 3000, "1.1", 200, "OK", headers),
            Received(n, (Chunk(n * 4000, 5),), b"hello"),
        ]
    return [*said, Ended(1, Ending("complete", 9000, 5))]
