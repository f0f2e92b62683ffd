"""What a dialect is: the state of reading one response, frames in, deltas out.

Implementations live one file a provider API, and are total: what a provider sends that they do
not know becomes `Unknown`, what is no JSON becomes an `Error` of origin `decode`; they never raise.
"""

from collections.abc import Sequence
from typing import Protocol

from wiretape.cassettes.dialects.delta import Delta
from wiretape.cassettes.dialects.payload import Decode
from wiretape.cassettes.framing.frame import Frame


class Dialect(Protocol):
    """Reads one response; make a new one for the next."""

    decode: Decode
    """How the JSON of frames is decoded. Who shares the frames with others may put one here that
    remembers."""

    def read(self, frame: Frame) -> Sequence[Delta]:
        """What a frame means, in the order of its JSON. An empty frame or a comment included:
        those are keepalives."""

    def read_whole(self, body: bytes, at_ns: int) -> Sequence[Delta]:
        """What an answer means that came as one JSON value. The deltas have frame 0."""

    def finish(self, at_ns: int) -> Sequence[Delta]:
        """The body is over: closes what is open, derives what the API leaves to be derived, and
        gives an `End` where no frame was one."""
