"""A body as a person reads it. Pure."""

import codecs

import msgspec

from wiretape.cassettes.http1 import header
from wiretape.cassettes.model import Headers
from wiretape.cli.units import human_bytes
from wiretape.cli.views.hexdump import hexdump


def body_text(body: bytes, headers: Headers, *, pretty: bool) -> str:
    """Text as it is, JSON laid out where `pretty`, anything else as a short hexdump."""
    text = _readable(body)
    if text is None:
        return "\n".join([_binary_title(body, headers), *hexdump(body)])
    return laid_out(body) or text if pretty else text


def as_text(body: bytes) -> str | None:
    """The body as UTF-8; None where it is none, or holds a NUL, which no text does."""
    if b"\0" in body:
        return None
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def _readable(body: bytes) -> str | None:
    """The same, but a stream that stopped inside its last character is text too."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        text = decoder.decode(body)
    except UnicodeDecodeError:
        return None
    torn, _ = decoder.getstate()
    return None if "\0" in text else text + "\ufffd" * bool(torn)


def laid_out(body: bytes) -> str | None:
    """JSON with indents; None where the body is no JSON object or array."""
    if body.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
        return msgspec.json.format(body, indent=2).decode()
    except (ValueError, RecursionError):  # DecodeError is a ValueError
        return None


def _binary_title(body: bytes, headers: Headers) -> str:
    coding = header(headers, "content-encoding")
    return f"binary, {human_bytes(len(body))}" + (f", content coding {coding}" if coding else "")
