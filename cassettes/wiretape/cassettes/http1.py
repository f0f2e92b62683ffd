"""HTTP/1.1 as bytes: heads, chunks, and how a body is delimited (RFC 9112).

Pure functions, shared by the room that passes responses on and the room that plays them.
Knows headers, nothing of sockets or of the rest of the room.
"""

from typing import Literal

from wiretape.cassettes.model import Headers

BodyFraming = Literal["none", "chunked", "length", "close"]
"""How the end of a body is told: there is none, by chunks, by Content-Length, by closing."""

CRLF = b"\r\n"

HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers that speak of one connection only (RFC 9110 section 7.6.1)."""


VERSIONS = frozenset({"1.0", "1.1"})
"""What an answer may call itself (RFC 9112 section 2.3); 0.9 has no status line."""


def header(headers: Headers, name: str) -> str | None:
    """The first value of a header, `name` in lower case."""
    return next((value for key, value in headers if key.lower() == name), None)


def tokens(headers: Headers, name: str) -> frozenset[str]:
    """The comma-separated, lower-cased members of every header called `name`."""
    return frozenset(
        token.strip().lower()
        for key, value in headers
        if key.lower() == name
        for token in value.split(",")
        if token.strip()
    )


def response_framing(method: str, status: int, headers: Headers) -> BodyFraming:
    """How the body of a response is delimited (RFC 9112 section 6.3)."""
    if method == "HEAD" or status in (204, 304) or 100 <= status < 200:
        return "none"
    if "chunked" in tokens(headers, "transfer-encoding"):
        return "chunked"
    return "length" if header(headers, "content-length") is not None else "close"


def keeps_alive(version: str, headers: Headers) -> bool:
    """Whether the connection outlives the message (RFC 9112 section 9.3)."""
    connection = tokens(headers, "connection")
    if "close" in connection:
        return False
    return version != "1.0" or "keep-alive" in connection


def encode_response_head(version: str, status: int, reason: str, headers: Headers) -> bytes:
    """The status line, the headers and the blank line."""
    return _encode_head(f"HTTP/{version} {status} {reason}", headers)


def encode_request_head(method: str, target: str, headers: Headers) -> bytes:
    """The request line of an HTTP/1.1 request, the headers and the blank line."""
    return _encode_head(f"{method} {target} HTTP/1.1", headers)


def encode_chunk(data: bytes) -> bytes:
    """One chunk. `data` must not be empty: an empty chunk is the end of the body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def encode_last_chunk(trailers: Headers = ()) -> bytes:
    """The empty chunk that ends a body, with its trailers."""
    return b"0\r\n" + _encode_fields(trailers) + CRLF


def _encode_head(first_line: str, headers: Headers) -> bytes:
    return first_line.encode("latin-1") + CRLF + _encode_fields(headers) + CRLF


def _encode_fields(headers: Headers) -> bytes:
    return b"".join(f"{name}: {value}\r\n".encode("latin-1") for name, value in headers)
