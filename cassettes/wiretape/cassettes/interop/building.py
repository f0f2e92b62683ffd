"""From exchanges to interactions: upstream and target, heads that agree, one timeline.

Knows the model and names of upstreams it is told; redaction comes behind it.
"""

import re
from collections.abc import Mapping
from urllib.parse import SplitResult, quote, urlsplit

from wiretape.cassettes.interop.agreeing import agreed_request, agreed_response
from wiretape.cassettes.interop.exchange import Exchange, Refused
from wiretape.cassettes.interop.heads import CONTROL, TOKEN
from wiretape.cassettes.keeping import keepable
from wiretape.cassettes.model import (
    Chunk,
    Ending,
    Interaction,
    Request,
    Response,
    Timeline,
)
from wiretape.cassettes.notes import notes_of

_LONGEST_METHOD = 40
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_LATER_HTTP = re.compile(r"(?:HTTP/|h)?([23])(?:\.0)?", re.IGNORECASE | re.ASCII)
_SAFE = "/:?#[]@!$&'()*+,;=%-._~|\"<>\\^`{}"
"""Left as they are in a target: what is no character of a URL is what a client sent."""


class Builder:
    """Makes interactions of one file's exchanges.

    `upstreams` are names to base URLs; a host that is none of theirs is given a name of its own.
    """

    def __init__(self, upstreams: Mapping[str, str], told: str) -> None:
        # The longest base first, so that one below another is found.
        self._known = sorted(
            ((urlsplit(base), base, name) for name, base in upstreams.items()),
            key=lambda known: -len(known[1]),
        )
        self._named = dict(upstreams)
        self._told = told

    def interaction(self, exchange: Exchange, zero_ns: int | None) -> Interaction:
        """The interaction, its epoch counted from `zero_ns`. Raises Refused."""
        if len(exchange.method) > _LONGEST_METHOD or not TOKEN.fullmatch(exchange.method):
            raise Refused("a method that is none")
        upstream, base, target, host = self._placed(exchange.url)
        remarks = list(exchange.remarks)
        asked = Request(
            method=exchange.method,
            target=target,
            version="1.1",
            headers=agreed_request(exchange.request_headers, exchange.request_body, host, remarks),
            body=exchange.request_body,
        )
        response = _response(exchange, remarks)
        started_ns = zero_ns if exchange.started_ns is None else exchange.started_ns
        told = dict.fromkeys([self._told, *remarks])
        return keepable(
            Interaction(
                number=1,
                session=1,
                start_ns=(started_ns or 0) - (zero_ns or 0),
                upstream=upstream,
                base=base,
                request=asked,
                response=response,
                timeline=_timeline(exchange),
                notes=notes_of(upstream, asked, response),
                imported="; ".join(told),
            )
        )

    def _placed(self, url: str) -> tuple[str, str, str, str]:
        """Upstream, its base, the target below it, and the host."""
        parts = _split(url)
        authority = _ascii(parts.netloc.rpartition("@")[2].lower())
        authority = authority.removesuffix(_DEFAULT_PORTS[parts.scheme])
        target = quote(parts.path or "/", safe=_SAFE)
        if parts.query:
            target += f"?{quote(parts.query, safe=_SAFE)}"
        for known, base, name in self._known:
            below = _below(target, known.path.rstrip("/"))
            if (known.scheme, known.netloc.lower()) == (parts.scheme, authority) and below:
                return name, base, below, authority
        base = f"{parts.scheme}://{authority}"
        return self._name(authority, base), base, target, authority

    def _name(self, authority: str, base: str) -> str:
        plain = "-".join(re.findall("[a-z0-9]+", authority)) or "upstream"
        name, number = plain, 1
        while self._named.setdefault(name, base) != base:
            number += 1
            name = f"{plain}-{number}"
        return name


def _split(url: str) -> SplitResult:
    if CONTROL.search(url) or "\t" in url:
        # urlsplit would take line ends out, and so make another URL of it.
        raise Refused("a URL with a line end or another control character in it")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise Refused("a URL that cannot be read") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused("a URL that is not of http or https")
    return parts


def _ascii(authority: str) -> str:
    """Names of other scripts as the name service knows them (RFC 5891). Raises Refused."""
    if authority.isascii():
        return authority
    host, colon, port = authority.partition(":")
    try:
        return host.encode("idna").decode() + colon + port
    except UnicodeError:
        raise Refused("a URL whose host is no name") from None


def _below(target: str, base_path: str) -> str:
    """The target below a base path; empty where it is not below it."""
    if not base_path:
        return target
    rest = target.removeprefix(base_path)
    return rest if rest != target and rest.startswith("/") else ""


def _response(exchange: Exchange, remarks: list[str]) -> Response | None:
    if exchange.status is None:
        return None
    if exchange.status == 101:
        raise Refused("a WebSocket, or another upgrade (status 101)")
    if not 200 <= exchange.status < 1000:
        raise Refused("a status that no answer ends with")
    later = _LATER_HTTP.fullmatch(exchange.version)
    version = "1.0" if exchange.version in ("1.0", "HTTP/1.0", "http/1.0") else "1.1"
    if later and (remark := f"it was HTTP/{later[1]}") not in remarks:
        remarks.append(remark)
    return Response(
        version=version,
        status=exchange.status,
        reason=exchange.reason,
        headers=agreed_response(
            exchange.method,
            exchange.status,
            version,
            exchange.response_headers,
            exchange.response_body,
            remarks,
        ),
        body=exchange.response_body,
        trailers=exchange.trailers,
    )


def _timeline(exchange: Exchange) -> Timeline:
    sent, received = len(exchange.request_body), len(exchange.response_body)
    return Timeline(
        sent=(Chunk(0, sent),) if sent else (),
        head_ns=None if exchange.status is None else exchange.head_ns,
        received=(Chunk(exchange.end_ns, received),) if received else (),
        ending=Ending(exchange.ending, exchange.end_ns, received, exchange.detail),
        timing=exchange.timing,
    )
