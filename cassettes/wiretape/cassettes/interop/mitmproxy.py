"""mitmproxy's flow dumps: a typed netstring for each flow.

Bodies are as they came, content coding on. Of times there are when the request was whole, when
the head of the answer came and when its body was; not those of what came in between.
Source: mitmproxy/http.py and mitmproxy/io of mitmproxy 7 to 12.
"""

from typing import Any

from msgspec.structs import replace

from wiretape.cassettes.interop.exchange import Exchange, Refused
from wiretape.cassettes.interop.fields import Reader, row, table, text, whole
from wiretape.cassettes.model import Headers, Timing

_DEFAULT_PORTS = {"http": 80, "https": 443}
_NS_PER_S = 1_000_000_000


class MitmproxyReader(Reader):
    """Reads flows."""

    part = "flow"

    def exchange(self, part: Any, place: str) -> Exchange:
        """The exchange in a flow. Raises Refused."""
        flow = table(part, "the flow")
        kind = text(flow.get("type"), "type")
        if kind != "http":
            raise Refused(f"a flow of type {kind[:20]!r}, not http")
        if flow.get("websocket") is not None:
            raise Refused("a WebSocket")
        asked = table(flow.get("request"), "request")
        if asked.get("content") is None:
            raise Refused("the file does not hold the body of the request")
        unanswered = Exchange(
            place=place,
            method=text(asked.get("method"), "request.method"),
            url=_url(asked),
            request_headers=_headers(asked.get("headers"), "request.headers"),
            request_body=_bytes(asked.get("content"), "request.content"),
            status=None,
            reason="",
            response_headers=(),
            response_body=b"",
        )
        asked_ns = _time_ns(asked.get("timestamp_end")) or _time_ns(asked.get("timestamp_start"))
        if flow.get("response") is None:
            return _unanswered(flow, asked_ns, unanswered)
        answer = table(flow.get("response"), "response")
        if answer.get("content") is None:
            raise Refused("the file does not hold the body of the response (it was streamed)")
        timing, head_ns, end_ns = _times(answer, asked_ns)
        return replace(
            unanswered,
            status=whole(answer.get("status_code"), "response.status_code"),
            reason=text(answer.get("reason"), "response.reason"),
            response_headers=_headers(answer.get("headers"), "response.headers"),
            response_body=_bytes(answer.get("content"), "response.content"),
            trailers=_headers(answer.get("trailers"), "response.trailers"),
            version=text(answer.get("http_version"), "response.http_version"),
            timing=timing,
            started_ns=asked_ns,
            head_ns=head_ns,
            end_ns=end_ns,
        )


def _unanswered(flow: dict[str, Any], asked_ns: int | None, exchange: Exchange) -> Exchange:
    """A request of which mitmproxy kept no answer, not even the part that had come."""
    error = flow.get("error")
    if error is None:
        raise Refused("no response came")
    told = table(error, "error")
    at_ns = _time_ns(told.get("timestamp"))
    timed = asked_ns is not None and at_ns is not None and at_ns >= asked_ns
    return replace(
        exchange,
        timing="ends" if timed else "none",
        started_ns=asked_ns,
        end_ns=(at_ns or 0) - (asked_ns or 0) if timed else 0,
        ending="cut",
        detail=text(told.get("msg"), "error.msg"),
    )


def _url(asked: dict[str, Any]) -> str:
    scheme = text(asked.get("scheme"), "request.scheme")
    host = text(asked.get("host"), "request.host")
    port = whole(asked.get("port"), "request.port")
    path = text(asked.get("path"), "request.path")
    if not host or not path.startswith("/"):
        raise Refused("a request that names no host and path")
    named = f"[{host}]" if ":" in host else host
    behind = "" if _DEFAULT_PORTS.get(scheme) == port else f":{port}"
    return f"{scheme}://{named}{behind}{path}"


def _headers(value: Any, what: str) -> Headers:
    pairs: list[tuple[str, str]] = []
    for pair in row(value, what):
        if not isinstance(pair, list) or len(pair) != 2:
            raise Refused(f"{what} holds what is no pair")
        pairs.append((text(pair[0], what), text(pair[1], what)))
    return tuple(pairs)


def _bytes(value: Any, what: str) -> bytes:
    if not isinstance(value, bytes):
        raise Refused(f"{what} is not bytes")
    return value


def _time_ns(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return round(value * _NS_PER_S) if 0 < value < 1e11 else None


def _times(answer: dict[str, Any], asked_ns: int | None) -> tuple[Timing, int, int]:
    head_ns, end_ns = _time_ns(answer.get("timestamp_start")), _time_ns(answer.get("timestamp_end"))
    if asked_ns is None or head_ns is None or end_ns is None:
        return "none", 0, 0
    # An answer may begin before the request was whole.
    head_ns = max(0, head_ns - asked_ns)
    return "ends", head_ns, max(head_ns, end_ns - asked_ns)
