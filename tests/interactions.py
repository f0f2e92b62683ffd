"""Interactions made by hand, for tests of every room.

Times are given in milliseconds, because that is what a person writes; the model has
nanoseconds. Knows the model only.
"""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from wiretape.cassettes.http1 import header
from wiretape.cassettes.model import (
    Chunk,
    Ending,
    EndingKind,
    Headers,
    Interaction,
    Request,
    Response,
    Timeline,
)

MS = 1_000_000
"""Nanoseconds in a millisecond."""

JSON_HEADERS: Headers = (("Content-Type", "application/json"),)
SSE_CHUNKED: Headers = (
    ("Content-Type", "text/event-stream"),
    ("Transfer-Encoding", "chunked"),
)


def make_request(
    method: str = "POST",
    target: str = "/v1/responses",
    body: bytes = b'{"model":"m","input":"hi","stream":true}',
    headers: Headers = JSON_HEADERS,
    version: str = "1.1",
) -> Request:
    """A request as it stands on a cassette."""
    return Request(method, target, version, headers, body)


def make_interaction(
    pieces: Iterable[tuple[float, bytes]] = ((10, b"data: one\n\n"), (30, b"data: two\n\n")),
    *,
    number: int = 1,
    session: int = 1,
    start_ms: float = 0,
    upstream: str = "openai",
    request: Request | None = None,
    status: int = 200,
    reason: str = "OK",
    version: str = "1.1",
    headers: Headers = SSE_CHUNKED,
    trailers: Headers = (),
    head_ms: float = 5,
    ending: EndingKind = "complete",
    end_ms: float | None = None,
    detail: str = "",
) -> Interaction:
    """An interaction whose response came in `pieces`: (milliseconds, body bytes of one read).

    `end_ms` is the time of the last piece where it is not given.
    """
    read = tuple(pieces)
    body = b"".join(data for _, data in read)
    chunks = tuple(Chunk(_ns(at_ms), len(data)) for at_ms, data in read)
    last_ms = read[-1][0] if read else head_ms
    return Interaction(
        number=number,
        session=session,
        start_ns=_ns(start_ms),
        upstream=upstream,
        base=f"https://{upstream}.test",
        request=request or make_request(),
        response=Response(version, status, reason, headers, body, trailers),
        timeline=Timeline(
            sent=_sent(request or make_request()),
            head_ns=_ns(head_ms),
            received=chunks,
            ending=Ending(ending, _ns(last_ms if end_ms is None else end_ms), len(body), detail),
        ),
    )


def make_unanswered(
    *,
    number: int = 1,
    upstream: str = "openai",
    request: Request | None = None,
    ending: EndingKind = "cut",
    end_ms: float = 20,
) -> Interaction:
    """An interaction to which not even a head came back."""
    asked = request or make_request()
    return Interaction(
        number=number,
        session=1,
        start_ns=0,
        upstream=upstream,
        base=f"https://{upstream}.test",
        request=asked,
        response=None,
        timeline=Timeline(_sent(asked), None, (), Ending(ending, _ns(end_ms), 0)),
    )


def numbered(interactions: Sequence[Interaction]) -> tuple[Interaction, ...]:
    """The same interactions, numbered from 1 as on a cassette."""
    return tuple(replace(one, number=n) for n, one in enumerate(interactions, 1))


def with_length(headers: Headers, length: int) -> Headers:
    """`headers` with a Content-Length in the place of chunking."""
    assert header(headers, "content-length") is None
    kept = tuple(pair for pair in headers if pair[0].lower() != "transfer-encoding")
    return (*kept, ("Content-Length", str(length)))


def _sent(request: Request) -> tuple[Chunk, ...]:
    return (Chunk(0, len(request.body)),) if request.body else ()


def _ns(milliseconds: float) -> int:
    return round(milliseconds * MS)
