"""Heads of exchanges as they may stand on a wire (RFC 9110 section 5, RFC 9112 section 4).

A file may name a header as no header is named, or hold a line end in a value: sent so, it would
be another header; or a body that no client reads. What cannot be sent is left out, and each is
said. Knows exchanges alone.
"""

import re

from msgspec.structs import replace

from wiretape.cassettes.http1 import response_framing
from wiretape.cassettes.interop.exchange import Exchange, Left
from wiretape.cassettes.interop.fields import wire_text
from wiretape.cassettes.model import Headers

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
"""RFC 9110 section 5.6.2."""

CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
"""What no value holds: all control characters but the tab."""

_IN_A_VALUE = "a line end or another control character stands in its value"
_NO_BODY = "an answer to HEAD, or of status 204 or 304, has none"
_IN_A_NAME = "its name is none that a header can have"


def sendable(exchange: Exchange) -> tuple[Exchange, list[Left]]:
    """The exchange with heads that can be sent, and what is not in them."""
    left: list[Left] = []
    reason = wire_text(exchange.reason)
    if CONTROL.search(reason):
        left.append(Left(f"the reason of {exchange.place}", _IN_A_VALUE))
        reason = ""
    heads = {
        "request_headers": _sendable(exchange.request_headers, "request", exchange, left),
        "response_headers": _sendable(exchange.response_headers, "response", exchange, left),
        "trailers": _sendable(exchange.trailers, "response", exchange, left),
    }
    body = exchange.response_body
    if body and exchange.status and _has_no_body(exchange.method, exchange.status):
        left.append(Left(f"the response's body of {exchange.place}", _NO_BODY))
        body = b""
    behind = f" of {exchange.place}"
    remarks = tuple(f"{one.place.removesuffix(behind)} is left out" for one in left)
    remarks = (*exchange.remarks, *remarks)
    clean = replace(exchange, reason=reason, response_body=body, remarks=remarks, **heads)
    return clean, left


def _has_no_body(method: str, status: int) -> bool:
    return response_framing(method, status, ()) == "none"


def _sendable(headers: Headers, side: str, exchange: Exchange, left: list[Left]) -> Headers:
    kept: list[tuple[str, str]] = []
    for name, value in headers:
        name, value = wire_text(name), wire_text(value).strip(" \t")
        # The pseudo headers of HTTP/2 have a colon in front, and go later.
        problem = "" if TOKEN.fullmatch(name.removeprefix(":")) else _IN_A_NAME
        problem = problem or (_IN_A_VALUE if CONTROL.search(value) else "")
        if problem:
            left.append(Left(f"the {side}'s header {name[:40]!r} of {exchange.place}", problem))
        else:
            kept.append((name, value))
    return tuple(kept)
