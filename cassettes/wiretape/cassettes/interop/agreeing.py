"""Heads that agree with the bytes they stand over.

Other tools take a content coding off and leave its header, join or drop what frames a body, or
write the pseudo headers of HTTP/2. On a cassette a head says what a replay will send, so it is
mended here, and each change is said in words. Bytes are never changed. Knows headers alone.
"""

from wiretape.cassettes.codec.content import TooLarge, decode
from wiretape.cassettes.http1 import header, response_framing, tokens
from wiretape.cassettes.interop.exchange import Refused
from wiretape.cassettes.model import Headers

_CODINGS = {"gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate", "br": "br", "zstd": "zstd"}
_NO_CONTENT = 204
_STREAMS = ("text/event-stream", "ndjson", "jsonlines", "vnd.amazon.eventstream")


def agreed_request(headers: Headers, body: bytes, host: str, remarks: list[str]) -> Headers:
    """The head of a request for its body; HTTP/1.1 needs a Host."""
    authority = header(headers, ":authority") or host
    headers = _without_pseudo(headers, remarks)
    if header(headers, "host") is None:
        headers = (("Host", authority), *headers)
    headers = _without_coding(headers, body, "request", remarks)
    headers = _without_transfer_coding(headers, body, "request", remarks)
    length = header(headers, "content-length")
    if "chunked" in tokens(headers, "transfer-encoding"):
        return _without(headers, "content-length")
    if body and length != str(len(body)):
        headers = (*_without(headers, "content-length"), ("Content-Length", str(len(body))))
        if length is not None:
            remarks.append(f"the request's Content-Length was {length[:20]}")
    return headers


def agreed_response(
    method: str, status: int, version: str, headers: Headers, body: bytes, remarks: list[str]
) -> Headers:
    """The head of a response for its body."""
    headers = _without_pseudo(headers, remarks)
    headers = _without_coding(headers, body, "response", remarks)
    headers = _without_transfer_coding(headers, body, "response", remarks)
    delimited = response_framing(method, status, headers)
    if delimited == "none":
        if status == _NO_CONTENT:  # RFC 9110 section 8.6, RFC 9112 section 6.1
            return _without(_without(headers, "transfer-encoding"), "content-length")
        return headers
    length = header(headers, "content-length")
    if delimited == "chunked":
        # Both would contradict each other (RFC 9112 section 6.3).
        return _without(headers, "content-length")
    if delimited == "length" and length != str(len(body)):
        remarks.append(f"the response's Content-Length was {(length or '')[:20]}")
    elif delimited == "length" and len(_values(headers, "content-length")) == 1:
        return headers
    if delimited == "close" and version == "1.0":
        return headers
    headers = _without(headers, "content-length")
    content_type = (header(headers, "content-type") or "").lower()
    if delimited == "close" and any(stream in content_type for stream in _STREAMS):
        return (*headers, ("Transfer-Encoding", "chunked"))
    return (*headers, ("Content-Length", str(len(body))))


def _without_pseudo(headers: Headers, remarks: list[str]) -> Headers:
    kept = tuple(pair for pair in headers if not pair[0].startswith(":"))
    if len(kept) != len(headers) and "it was HTTP/2" not in remarks:
        remarks.append("it was HTTP/2")
    return kept


def _without_transfer_coding(
    headers: Headers, body: bytes, side: str, remarks: list[str]
) -> Headers:
    """Leave chunked alone of the transfer codings: no other can be played. Raises Refused where
    the bytes still have one."""
    codings = tokens(headers, "transfer-encoding")
    if not _values(headers, "transfer-encoding") or list(codings) == ["chunked"]:
        return headers
    others = [coding for coding in codings if coding not in ("chunked", "identity")]
    if others and body and others[-1] in _CODINGS and _is_coded(others, body):
        raise Refused(f"the {side}'s body is in a transfer coding")
    if others:
        remarks.append(
            f"the {side}'s Transfer-Encoding ({', '.join(others)[:40]}) was taken off: "
            "the file holds the body without"
        )
    headers = _without(headers, "transfer-encoding")
    return (*headers, ("Transfer-Encoding", "chunked")) if "chunked" in codings else headers


def _without_coding(headers: Headers, body: bytes, side: str, remarks: list[str]) -> Headers:
    """Take a Content-Encoding away that the bytes do not have."""
    named = [
        coding.strip().lower()
        for name, value in headers
        if name.lower() == "content-encoding"
        for coding in value.split(",")
        if coding.strip() and coding.strip().lower() != "identity"
    ]
    if not named or not body or _is_coded(named, body):
        return headers
    remarks.append(
        f"the {side}'s Content-Encoding ({', '.join(named)[:40]}) was taken off: "
        "the file holds the body decoded"
    )
    return _without(headers, "content-encoding")


def _is_coded(named: list[str], body: bytes) -> bool:
    """Whether the outermost coding can be taken off; one that is not known is believed."""
    coding = _CODINGS.get(named[-1])
    if coding is None:
        return True
    try:
        found = decode(coding, body)
    except TooLarge:
        return True
    # Most texts begin as some deflate without a wrapping, and end before the text does.
    return found.complete or (coding != "deflate" and not found.broken and bool(found.body))


def _values(headers: Headers, wanted: str) -> list[str]:
    return [value for name, value in headers if name.lower() == wanted]


def _without(headers: Headers, name: str) -> Headers:
    return tuple(pair for pair in headers if pair[0].lower() != name)
