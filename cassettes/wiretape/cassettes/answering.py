"""Who answers a request from a tape: the protocol between the rooms.

The recorder's proxy is handed an Answerer in the modes that both replay and record, so that
it need not know the room that plays. Knows the model only.
"""

from typing import Protocol

import msgspec

from wiretape.cassettes.model import Interaction, Request


class Difference(msgspec.Struct, frozen=True):
    """One criterion on which a request and a recording differ."""

    where: str
    """`upstream`, `method`, `path`, `query.NAME`, or a JSON path like `$.messages[2].content`."""
    asked: str
    recorded: str


class Miss(msgspec.Struct, frozen=True):
    """No recording answers the request."""

    code: str
    """`no_recording`, `recordings_used_up`."""
    nearest: int | None
    """Number of the recording that differs least; None on an empty tape."""
    differences: tuple[Difference, ...]


class Answerer(Protocol):
    """Gives a recording for a request, or says why there is none."""

    def answer(self, upstream: str, request: Request) -> Interaction | Miss:
        """Each call that finds a recording uses it up, as one request does."""
        ...
