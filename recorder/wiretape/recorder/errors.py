"""The errors of this room, named by cause.

    RecorderError
    ├── BadUpstream        what `NAME=URL` says cannot be an upstream
    ├── UnknownUpstream    no upstream of that name, or one whose host must be given
    ├── UpstreamFailed     no connection to the upstream
    │   ├── UpstreamUnreachable   refused, no route, no answer
    │   ├── UpstreamNotFound      its name does not resolve
    │   └── UpstreamUntrusted     TLS failed
    ├── OpenToNetwork      others could reach the proxy, and no token keeps them out
    ├── UnusableFolder     the cassette cannot be written where it should stand
    └── PortTaken          the proxy cannot listen there

The errors of the cassettes room pass through this one unchanged. This module knows nothing of
the rest of the room.
"""

from pathlib import Path


class RecorderError(Exception):
    """Base of every error of this room. The message is one line a person can act on."""


class BadUpstream(RecorderError):
    """`NAME=URL` cannot be read as an upstream."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"{problem}; give an upstream as NAME=URL, such as mine=https://host/base")


class UnknownUpstream(RecorderError):
    """There is no upstream of that name to send the request to."""

    def __init__(self, name: str, problem: str) -> None:
        self.name = name
        super().__init__(problem)


class UpstreamFailed(RecorderError):
    """No connection to the upstream; the client is told so with a 502."""

    code = "upstream_failed"

    def __init__(self, name: str, base: str, problem: str) -> None:
        self.name = name
        super().__init__(f"upstream '{name}' ({base}): {problem}")


class UpstreamUnreachable(UpstreamFailed):
    """Nobody answers at the upstream's address."""

    code = "upstream_unreachable"


class UpstreamNotFound(UpstreamFailed):
    """The upstream's host name does not resolve."""

    code = "upstream_not_found"


class UpstreamUntrusted(UpstreamFailed):
    """The TLS handshake failed; nothing of the request was sent."""

    code = "upstream_untrusted"


class OpenToNetwork(RecorderError):
    """The proxy would listen where others reach it without a token, or with a weak one."""


class UnusableFolder(RecorderError):
    """The folder of the cassette is missing, or cannot be written to."""

    def __init__(self, folder: Path, problem: str) -> None:
        self.folder = folder
        super().__init__(f"{folder}: {problem}")


class PortTaken(RecorderError):
    """Another program listens there already, or the address is not ours."""

    def __init__(self, host: str, port: int, problem: str) -> None:
        super().__init__(
            f"cannot listen on {host}:{port}: {problem}; choose another port, or 0 for a free one"
        )
