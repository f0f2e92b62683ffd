"""Everything one can do with a tape on the desk: no sockets, no asyncio, no clock.

The public names of this room; everything else in it is its own business. Those that read meaning
are loaded when they are asked for: a recorder starts without them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from wiretape.cassettes.conformance.checking import check
    from wiretape.cassettes.conformance.rule import Exchange, Finding
    from wiretape.cassettes.dialects.answer import Answer
    from wiretape.cassettes.meaning import Meaning, read_meaning
    from wiretape.cassettes.pace import Pace, pace_of

_LOADED_LATE = {
    "Answer": "wiretape.cassettes.dialects.answer",
    "Exchange": "wiretape.cassettes.conformance.rule",
    "Finding": "wiretape.cassettes.conformance.rule",
    "Meaning": "wiretape.cassettes.meaning",
    "Pace": "wiretape.cassettes.pace",
    "check": "wiretape.cassettes.conformance.checking",
    "pace_of": "wiretape.cassettes.pace",
    "read_meaning": "wiretape.cassettes.meaning",
}


def __getattr__(name: str) -> Any:
    if name in _LOADED_LATE:
        return getattr(import_module(_LOADED_LATE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Answer",
    "Answerer",
    "Cassette",
    "CassetteCorrupt",
    "CassetteError",
    "CassetteLocked",
    "CassetteNotFound",
    "Chunk",
    "Difference",
    "Ending",
    "Exchange",
    "Finding",
    "Folded",
    "IndexCorrupt",
    "IndexEntry",
    "Interaction",
    "InteractionNotFound",
    "LimitExceeded",
    "Meaning",
    "Miss",
    "NotACassette",
    "Notes",
    "Pace",
    "Request",
    "Response",
    "Session",
    "Timeline",
    "UnsupportedVersion",
    "append",
    "at_speed",
    "check",
    "fold",
    "instant",
    "pace_of",
    "read_meaning",
    "with_max_gap",
]
