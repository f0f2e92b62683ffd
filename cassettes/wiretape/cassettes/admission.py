"""Whom the proxy and the replay server serve: what they listen on, and who may ask.

A server without a token is for the programs of its own machine. The network cannot reach it,
but a page in a browser of that machine can: across origins, and through a name of its own that
resolves to 127.0.0.1 (DNS rebinding). Both are told by what a browser cannot help sending. With
a token nothing else is asked: no page and no neighbour knows it.

Pure functions over hosts and header pairs. Knows no sockets and no server.
"""

import hmac
from ipaddress import ip_address
from urllib.parse import urlsplit

import msgspec

from wiretape.cassettes.http1 import header
from wiretape.cassettes.model import Headers

TOKEN_HEADER = "X-Wiretape-Token"  # noqa: S105 - its name

LEAST_TOKEN = 16
"""Characters: 64 bits where they are hex digits, too many to try over a network."""


class Denial(msgspec.Struct, frozen=True):
    """Why a request is not served: HTTP status, a code for programs, a line for people."""

    status: int
    code: str
    message: str


def listening_problem(host: str, token: str) -> str:
    """Why a server must not listen on `host` with that token; empty where it may."""
    if token:
        return token_problem(token)
    if is_loopback(host):
        return ""
    return (
        f"{host!r} is open to the network: give a token that clients must send as "
        f"{TOKEN_HEADER}, or use 127.0.0.1"
    )


def token_problem(token: str) -> str:
    """What is wrong with a token; empty where nothing is. Never repeats it."""
    if len(token) < LEAST_TOKEN:
        return f"the token is too short: {LEAST_TOKEN} characters at least"
    if not all("!" <= character <= "~" for character in token):
        return "the token holds a character that no header can: visible ASCII only"
    return ""


def is_loopback(host: str) -> bool:
    """Whether a host, by its name or address alone, is this machine and no other."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def denial_of(headers: Headers, token: str) -> Denial | None:
    """Why a request is not served; None where it is.

    With a token the request must carry it. Without one it must be addressed to this machine by
    a name no one else can own, and must not come from a page of another.
    """
    if token:
        return _without_token(headers, token)
    asked = header(headers, "host")
    if asked is not None and not _is_ours(_host_of(asked)):
        return Denial(
            421,
            "wrong_host",
            "this server answers to localhost and 127.0.0.1 only, so that no page of a browser "
            "reaches it by a name of its own; use one of those in the base URL, or start "
            f"wiretape with --token and send {TOKEN_HEADER}",
        )
    if _is_from_elsewhere(headers):
        return Denial(
            403,
            "cross_origin",
            "a page of another origin may not use this server; serve the page from localhost, "
            f"or start wiretape with --token and send {TOKEN_HEADER}",
        )
    return None


def _without_token(headers: Headers, token: str) -> Denial | None:
    sent = header(headers, TOKEN_HEADER.lower())
    if sent is None:
        return Denial(
            401, "token_missing", f"this server was started with a token: send it as {TOKEN_HEADER}"
        )
    if not hmac.compare_digest(sent.encode("latin-1"), token.encode("latin-1")):
        return Denial(401, "token_wrong", f"the token sent as {TOKEN_HEADER} is not this server's")
    return None


def _is_from_elsewhere(headers: Headers) -> bool:
    """Whether a browser says that a page of another machine asks (Fetch standard, Origin;
    Fetch Metadata, Sec-Fetch-Site, where a request needs no Origin).

    `null` is what a sandboxed frame of any page sends. Origins of other schemes (`app://`,
    `vscode-webview://`) are programs of this machine.
    """
    origin = header(headers, "origin")
    if origin is None:
        return header(headers, "sec-fetch-site") == "cross-site"
    scheme, separator, authority = origin.partition("://")
    if scheme.lower() not in ("http", "https"):
        return not separator
    return not _is_ours(_host_of(authority))


def _is_ours(host: str) -> bool:
    """Browsers resolve `*.localhost` to this machine without asking (RFC 6761 section 6.3)."""
    host = host.lower().removesuffix(".")
    return is_loopback(host) or host.endswith(".localhost")


def _host_of(authority: str) -> str:
    """The host of `host:port`; empty where it cannot be read."""
    try:
        return urlsplit(f"//{authority}").hostname or ""
    except ValueError:
        return ""
