"""What is on a cassette: frozen data, no behaviour beyond simple sums.

Knows nothing of files, compression, sockets or clocks. What has been *played* is not here:
that lives in the player. All times are integer nanoseconds; the zero of an interaction (its
epoch) is the moment when the request had been passed on whole, so the chunks of the request
stand at or before 0 and those of the response, as a rule, after it.

Header names and values are the bytes of the wire read as ISO-8859-1 (RFC 9110 section 5.5),
which is lossless: `value.encode("latin-1")` gives the bytes back.
"""

from typing import Literal

import msgspec

Headers = tuple[tuple[str, str], ...]
"""Raw header pairs in the order of the wire, duplicates and letter case kept."""

EndingKind = Literal["complete", "cut", "reset", "timeout", "client_left"]


Timing = Literal["reads", "ends", "head", "none", "given"]
"""Which times of a response were measured. A recorder measures all; other tools' files have fewer.

reads  those of every read, the head and the end
ends   those of the head and of the end; the chunks stand at the end
head   that of the head; the rest stands with it
none   none: every time of the response is 0
given  none: they were made up when the file of another tool was imported
"""


class Chunk(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The body bytes that one read of the transport gave."""

    at_ns: int
    size: int


class Ending(msgspec.Struct, frozen=True, gc=False):
    """How the response stopped.

    complete     its framing was complete
    cut          the connection was closed before that
    reset        the connection was reset
    timeout      nothing came for longer than the recorder was willing to wait
    client_left  the client closed first; what would have followed was never received
    """

    kind: EndingKind
    at_ns: int
    offset: int
    """Body bytes of the response that had arrived."""
    detail: str = ""
    """Words for a person; no program reads them."""


class Timeline(msgspec.Struct, frozen=True):
    """When every byte moved, and how it stopped."""

    sent: tuple[Chunk, ...]
    """The request body, client to provider."""
    head_ns: int | None
    """When the head of the response had arrived; None where none came."""
    received: tuple[Chunk, ...]
    """The response body, provider to client."""
    ending: Ending
    timing: Timing = "reads"


class Request(msgspec.Struct, frozen=True):
    """The request as the client sent it, after redaction."""

    method: str
    target: str
    """Path and query as they stood behind the upstream's name, e.g. `/v1/responses?x=1`."""
    version: str
    """HTTP version, e.g. `1.1`."""
    headers: Headers
    body: bytes


class Response(msgspec.Struct, frozen=True):
    """The response as the provider sent it, transfer coding removed, content coding kept."""

    version: str
    status: int
    reason: str
    headers: Headers
    body: bytes
    trailers: Headers = ()


class Notes(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the recorder read out of the bodies and heads for people and listings."""

    model_asked: str = ""
    model_answered: str = ""
    provider: str = ""
    """The `:provider` suffix of a router's model name, without the colon."""
    open_responses_version: str = ""


class Interaction(msgspec.Struct, frozen=True):
    """One request and everything that came back."""

    number: int
    """Place on the cassette, from 1."""
    session: int
    """Number of the recording session, from 1."""
    start_ns: int
    """The epoch, counted from the start of the session."""
    upstream: str
    base: str
    """The upstream's base URL at the time, without user information."""
    request: Request
    response: Response | None
    """None where not even a head came back."""
    timeline: Timeline
    notes: Notes = Notes()
    redacted: dict[str, int] = {}
    """Redaction rule to number of replacements. Never a value."""
    lost: str = ""
    """Not empty where the recorder could not keep everything: what is missing, and why."""
    imported: str = ""
    """Not empty where it comes from the file of another tool: which, and what was changed."""


class Asked(msgspec.Struct, frozen=True):
    """What pairing looks at: an interaction as far as it is its request's."""

    number: int
    start_ns: int
    upstream: str
    model: str
    """The one that answered, or that was asked for; at most as long as a listing shows."""
    request: Request


class Session(msgspec.Struct, frozen=True):
    """One run of a recorder."""

    number: int
    started: str
    """Wall clock at the session's zero, RFC 3339 in UTC. The only wall clock on a cassette."""
    tool: str
