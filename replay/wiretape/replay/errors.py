"""The errors of this room, named by cause.

    ReplayError
    ├── PortTaken       another process listens on the port
    ├── OpenToNetwork   others could reach the server, and no token keeps them out
    ├── CannotListen    the host or the port cannot be listened on at all
    ├── BadPace         a speed or a longest gap that is no pace
    ├── BadFault        a text that says no fault
    └── BadSession      a request that says no session, or two

A request for which there is no recording is not an error of the room: it is a Miss, and the
client is told. This module knows nothing of the rest of the room.
"""


class ReplayError(Exception):
    """Base of every error of this room. The message is one line a person can act on."""


class PortTaken(ReplayError):
    """Another process listens on the port."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        super().__init__(f"port {port} of {host} is taken; choose another, or 0 for a free one")


class OpenToNetwork(ReplayError):
    """The server would listen where others reach it without a token, or with a weak one."""


class CannotListen(ReplayError):
    """The system does not let us listen there."""

    def __init__(self, host: str, port: int, problem: str) -> None:
        self.host = host
        self.port = port
        super().__init__(f"cannot listen on port {port} of {host!r}: {problem}")


class BadPace(ReplayError):
    """A pace nothing can be played at."""


class BadFault(ReplayError):
    """A text that says no fault: the message names what is allowed."""


class BadSession(ReplayError):
    """A request says no session that can be one, or two."""
