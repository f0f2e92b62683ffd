"""How much of anything the proxy takes on, and how long it waits. Named, with the reason.

Data only, but for asking the system how many files a process may open.
"""

import resource

import msgspec

MAX_HEAD_BYTES = 256 * 1024
"""Of a request's head. The strictest provider's edge takes 64 KiB; servers refuse 8 to 80."""

MAX_HEADERS = 1_000
"""Ten times what the most talkative client sends."""

MAX_BODY = 1 << 30
"""Bytes of one body on the tape: four times what any provider takes or sends."""

IDLE_SECONDS = 75.0
"""Without a whole request on a connection. Above the 60 s and 75 s of the usual servers, so that
a client's pool finds its connection as it would have found the provider's."""

MAX_CONNECTIONS = 10_000

_SPARE_FILES = 64
"""For the journal, the cassette, certificates, and what Python opens."""


class Limits(msgspec.Struct, frozen=True):
    """What can be chosen for one proxy."""

    body: int = MAX_BODY
    """Bytes. A longer request is refused; of a longer response the rest is not recorded."""
    connections: int = 0
    """Open connections of clients; 0 is as many as the system has files for."""
    idle_seconds: float = IDLE_SECONDS
    stall_seconds: float | None = None
    """Without a byte from the upstream; None waits as long as the client does."""

    @property
    def most_connections(self) -> int:
        """Each may need two files: the client's socket and the upstream's."""
        if self.connections:
            return self.connections
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if files == resource.RLIM_INFINITY:
            return MAX_CONNECTIONS
        return max(1, min(MAX_CONNECTIONS, (files - _SPARE_FILES) // 2))
