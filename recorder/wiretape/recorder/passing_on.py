"""What of a client's request goes to the provider, and what of it goes on the tape.

Pure functions over header pairs and targets (RFC 9110 section 7.6.1). Knows no sockets.
"""

from collections.abc import Iterable

from wiretape.cassettes.http1 import HOP_BY_HOP, header, keeps_alive, tokens
from wiretape.cassettes.model import Headers

OURS = "x-wiretape-"
"""Headers that speak to Wiretape (its token, its sessions): no provider's business, no tape's."""

_FRAMING = frozenset({"content-length", "transfer-encoding", "host"})
"""Never dropped because `Connection` names them: that would let a client desynchronise us."""


def decode_headers(raw: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Pairs of bytes as the model keeps them."""
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in raw)


def split_target(target: str) -> tuple[str, str]:
    """`/NAME/rest?query` to NAME and `/rest?query`."""
    path, question, query = target.partition("?")
    name, _, rest = path[1:].partition("/")
    return name, f"/{rest}{question}{query}"


def recorded_headers(headers: Headers) -> Headers:
    """The pairs for the tape: what the client sent, less what it said to us."""
    return tuple(pair for pair in headers if not pair[0].lower().startswith(OURS))


def upstream_headers(headers: Headers, version: str, authority: str) -> Headers:
    """The pairs for the provider, in the client's order.

    Host becomes the provider's. Accept-Encoding becomes `identity`, so that what is recorded
    can be read. Whether the client keeps its connection decides whether we keep ours, so that
    the response says what it would have said to the client.
    """
    named = tokens(headers, "connection") - _FRAMING
    dropped = (HOP_BY_HOP | named | {"expect", "host", "accept-encoding"}) - {"transfer-encoding"}
    passed = [("Host", authority)]
    passed += [
        (name, value)
        for name, value in headers
        if name.lower() not in dropped and not name.lower().startswith(OURS)
    ]
    passed.append((_name_as_sent(headers, "Accept-Encoding"), "identity"))
    connection = []
    if "trailers" in tokens(headers, "te"):
        passed.append(("TE", "trailers"))
        connection.append("TE")
    if not keeps_alive(version, headers):
        connection.append("close")
    if connection:
        passed.append(("Connection", ", ".join(connection)))
    return tuple(passed)


def is_chunked(headers: Headers) -> bool:
    """Whether the request's body is delimited by chunks."""
    return "chunked" in tokens(headers, "transfer-encoding")


def awaits_continue(headers: Headers, version: str) -> bool:
    """Whether the client waits for a 100 before it sends its body (RFC 9110 section 10.1.1)."""
    return version != "1.0" and (header(headers, "expect") or "").lower() == "100-continue"


def _name_as_sent(headers: Headers, name: str) -> str:
    return next((sent for sent, _ in headers if sent.lower() == name.lower()), name)
