"""Values that are real to a test, and redacted where they are shown.

A failing assertion prints what it compared, to terminals, reports and the logs of CI: there a key
must not stand. Knows text and bytes; what is to be shown is given.
"""

from msgspec.structs import replace

from wiretape.cassettes.model import Request


class CoveredText(str):
    """A text whose repr is that of another."""

    shown: str

    def __new__(cls, real: str, shown: str = "") -> "CoveredText":
        made = super().__new__(cls, real)
        made.shown = shown
        return made

    def __repr__(self) -> str:
        return repr(self.shown)


class CoveredBytes(bytes):
    """Bytes whose repr is that of others."""

    shown: bytes

    def __new__(cls, real: bytes, shown: bytes = b"") -> "CoveredBytes":
        made = super().__new__(cls, real)
        made.shown = shown
        return made

    def __repr__(self) -> str:
        return repr(self.shown)


def covered_text(real: str, shown: str) -> str:
    """The same text where there is nothing to cover."""
    return real if real == shown else CoveredText(real, shown)


def covered_request(request: Request, as_recorded: Request) -> Request:
    """The request, with what a recording of it would not hold covered."""
    pairs = zip(request.headers, as_recorded.headers, strict=True)
    body, shown = request.body, as_recorded.body
    return replace(
        request,
        target=covered_text(request.target, as_recorded.target),
        headers=tuple((name, covered_text(value, kept)) for (name, value), (_, kept) in pairs),
        body=body if body == shown else CoveredBytes(body, shown),
    )
