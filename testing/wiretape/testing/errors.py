"""The errors of this room, named by cause.

    TestingError
    ├── BadSetting        an option, marker or line of pyproject.toml that cannot be meant
    ├── CannotRecord      the recorder refuses to begin
    ├── MissingCassette   nothing to replay, in a mode that does not record
    ├── NotReplaying      asked of a view that records, or is closed, what only a tape that is
    │                     being played has
    ├── NotAsRecorded     what was asked is not what is on the tape (an AssertionError as well)
    └── NetworkBlocked    a connection outward while the network is blocked, or to a provider
                          while a tape is played (a ConnectionRefusedError as well, so that
                          clients take it as one)

This module knows nothing of the rest of the room.
"""

from pathlib import Path


class TestingError(Exception):
    """Base of every error of this room. The message is one a person can act on."""

    __test__ = False  # pytest would take the name for that of a class of tests


class BadSetting(TestingError):
    """A value that cannot be meant: the message names what is allowed."""


class MissingCassette(TestingError):
    """There is no cassette to replay."""

    def __init__(self, path: Path, way_out: str) -> None:
        self.path = path
        super().__init__(f"no cassette at {path}; {way_out}")


class CannotRecord(TestingError):
    """The recorder refuses to begin: a folder it may not write to, for one."""


class NotReplaying(TestingError):
    """Only a tape that is being played has this."""


class NotAsRecorded(TestingError, AssertionError):
    """Requests without a recording, recordings without a request, faults that met nothing."""


class NetworkBlocked(TestingError, ConnectionRefusedError):
    """The process was about to reach out."""

    def __init__(self, place: str, reason: str) -> None:
        self.place = place
        super().__init__(f"{place}: {reason}")
