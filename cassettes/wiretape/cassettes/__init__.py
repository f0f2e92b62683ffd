"""Everything one can do with a tape on the desk: no sockets, no asyncio, no clock.

The public names of this room; everything else in it is its own business.
"""

from wiretape.cassettes.answering import Answerer, Difference, Miss
from wiretape.cassettes.codec.index import IndexEntry
from wiretape.cassettes.errors import (
    CassetteCorrupt,
    CassetteError,
    CassetteLocked,
    CassetteNotFound,
    IndexCorrupt,
    InteractionNotFound,
    LimitExceeded,
    NotACassette,
    UnsupportedVersion,
)
from wiretape.cassettes.folding import Folded, fold
from wiretape.cassettes.model import (
    Chunk,
    Ending,
    Interaction,
    Notes,
    Request,
    Response,
    Session,
    Timeline,
)
from wiretape.cassettes.store import Cassette, append
from wiretape.cassettes.timeline import at_speed, instant, with_max_gap

__all__ = [
    "Answerer",
    "Cassette",
    "CassetteCorrupt",
    "CassetteError",
    "CassetteLocked",
    "CassetteNotFound",
    "Chunk",
    "Difference",
    "Ending",
    "Folded",
    "IndexCorrupt",
    "IndexEntry",
    "Interaction",
    "InteractionNotFound",
    "LimitExceeded",
    "Miss",
    "NotACassette",
    "Notes",
    "Request",
    "Response",
    "Session",
    "Timeline",
    "UnsupportedVersion",
    "append",
    "at_speed",
    "fold",
    "instant",
    "with_max_gap",
]
