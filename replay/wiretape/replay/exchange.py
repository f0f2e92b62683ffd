"""One exchange with a client: what it asked, and what the server made of it.

What a server tells those who watch it, at the moment when it knows what to answer and before a
byte of that is played. Knows the model and faults; nothing of sockets.
"""

from collections.abc import Callable
from typing import Literal

import msgspec

from wiretape.cassettes.answering import Miss
from wiretape.cassettes.model import Interaction, Request
from wiretape.replay.faults.fault import Fault

Outcome = Literal["matched", "unmatched", "faulted", "refused"]
"""A recording is played; none answers; one is played with faults; it never came to be matched."""


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """A request and how it is answered."""

    request: Request
    """As the client sent it: keys and all, so that it is for memory only. Without a body where it
    was refused before that was read."""
    unread: bool = False
    """Whether it has a body that was not read."""
    session: str = ""
    upstream: str = ""
    """Empty where none could be meant."""
    played: Interaction | None = None
    """The recording that answers, as it is on the tape."""
    status: int | None = None
    """Of the answer; None where it ends without one."""
    faults: tuple[Fault, ...] = ()
    """Those that are laid over the answer."""
    miss: Miss | None = None
    """Why no recording answers."""
    code: str = ""
    refusal: str = ""
    """What the server said, where the request never came to be matched."""

    @property
    def outcome(self) -> Outcome:
        if self.miss is not None:
            return "unmatched"
        if self.played is None:
            return "refused"
        return "faulted" if self.faults else "matched"


Watch = Callable[[Exchange], None]
"""Called on the server's loop for each exchange. Must not raise."""
