"""What the readers of other tools' files give: exchanges, and what they leave and why.

One shape for all formats, before anything of Wiretape's own (upstreams, redaction, pace) is laid
over it. Knows the model's words; no file, no format.
"""

import msgspec

from wiretape.cassettes.model import EndingKind, Headers, Timing


class Exchange(msgspec.Struct, frozen=True):
    """One request and its answer, as a file has them."""

    place: str
    """Where in the file: `interaction 3`, `entry 12`."""
    method: str
    url: str
    request_headers: Headers
    request_body: bytes
    status: int | None
    """None where no answer came."""
    reason: str
    response_headers: Headers
    response_body: bytes
    version: str = "1.1"
    trailers: Headers = ()
    timing: Timing = "none"
    started_ns: int | None = None
    """Wall clock at the epoch of the exchange, since 1970; None where the file has none."""
    head_ns: int = 0
    end_ns: int = 0
    ending: EndingKind = "complete"
    detail: str = ""
    remarks: tuple[str, ...] = ()
    """What is not as it was on the wire, each in words."""


class Left(msgspec.Struct, frozen=True):
    """What is not imported."""

    place: str
    cause: str
    """In words without numbers, so that many of one cause are one line."""


class Unreadable(ValueError):
    """Nothing of the file can be read; the message says what is wrong and where."""


class Refused(ValueError):
    """One exchange cannot be read; the message is the cause."""
