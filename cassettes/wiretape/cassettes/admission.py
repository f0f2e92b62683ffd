"""Whom the proxy and the replay server serve: what they listen on, and who may ask.

A server without a token is for the programs of its own machine. The network cannot reach it,
but a page in a browser of that machine can: across origins, and through a name of its own that
resolves to 127.0.0.1 (DNS rebinding). Both are told by what a browser cannot help sending. With
a token nothing else is asked: no page and no neighbour knows it.

Pure functions over hosts and header pairs. Knows no sockets and no server.
"""

import hmac
import re
from ipaddress import ip_address

import msgspec

from wiretape.cassettes.model import Headers

TOKEN_HEADER = "X-Wiretape-Token"  # noqa: S105 - its name

LEAST_TOKEN = 16
"""Characters: 64 bits where they are hex digits, too many to try over a network."""

_AUTHORITY = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::[0-9]*)?")
"""Host and port as a browser writes them: an address in brackets with nothing behind it but a
port, no user information (RFC 9110 sections 4.2.4 and 7.2)."""


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
    asked = _values(headers, "host")
    if len(asked) > 1 or not all(_is_ours(host) for host in asked):
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
    sent = _values(headers, TOKEN_HEADER.lower())
    if not sent:
        return Denial(
            401, "token_missing", f"this server was started with a token: send it as {TOKEN_HEADER}"
        )
    expected = token.encode("latin-1")
    if not all(hmac.compare_digest(one.encode("latin-1"), expected) for one in sent):
        return Denial(401, "token_wrong", f"the token sent as {TOKEN_HEADER} is not this server's")
    return None


def _is_from_elsewhere(headers: Headers) -> bool:
    """Whether a browser says that a page of another machine asks (Fetch standard, Origin;
    Fetch Metadata, Sec-Fetch-Site, where a request needs no Origin).

    `null` is what a sandboxed frame of any page sends. Origins of other schemes (`app://`,
    `vscode-webview://`) are programs of this machine.
    """
    origins = _values(headers, "origin")
    if not origins:
        return "cross-site" in (site.lower() for site in _values(headers, "sec-fetch-site"))
    if len(origins) > 1:  # no browser's
        return True
    scheme, separator, authority = origins[0].partition("://")
    if scheme.lower() not in ("http", "https"):
        return not separator
    return not _is_ours(authority)


def _is_ours(authority: str) -> bool:
    """Whether `host:port` names this machine. Browsers resolve `*.localhost` to it without
    asking (RFC 6761 section 6.3).
    """
    found = _AUTHORITY.fullmatch(authority)
    if found is None:
        return False
    address, name = found.groups()
    host = address or name.lower().removesuffix(".")
    return is_loopback(host) or host.endswith(".localhost")


def _values(headers: Headers, name: str) -> list[str]:
    """Every value of a header, `name` in lower case: no reader may take another one of two."""
    return [value for key, value in headers if key.lower() == name]
