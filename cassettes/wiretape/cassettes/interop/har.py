"""HAR 1.2, as browsers and mitmproxy write it: `log` with `entries`.

A HAR has the body with its content coding off while the headers still name it, as text where it
is one; in which charset the bytes were is found by the length that is told. Of times it has the
wait for the head and the receiving of the rest. A request without an answer has status 0.
Source: the HAR 1.2 specification; Chrome's and mitmproxy's writers for what goes beyond it.
"""

from typing import Any
from urllib.parse import urlencode

from wiretape.cassettes.http1 import header
from wiretape.cassettes.interop.exchange import Exchange, Refused
from wiretape.cassettes.interop.fields import (
    Reader,
    from_base64,
    milliseconds,
    row,
    table,
    text,
    wall_clock_ns,
    whole,
    wire_text,
)
from wiretape.cassettes.model import Headers, Timing

_BEFORE = ("blocked", "dns", "connect", "send")
"""What passes before a request is on its way; `ssl` is part of `connect`."""

_GUESSED = ("json", "html", "css")
"""Types whose charset mitmproxy does not take for latin-1 where none is named."""


class HarReader(Reader):
    """Reads `log.entries`."""

    part = "entry"

    def __init__(self, creator: str = "") -> None:
        self._by_mitmproxy = creator.startswith("mitmproxy")

    def exchange(self, part: Any, place: str) -> Exchange:
        """The exchange in an entry. Raises Refused."""
        entry = table(part, "the entry")
        asked = table(entry.get("request"), "request")
        answer = table(entry.get("response"), "response")
        status = whole(answer.get("status"), "response.status")
        _check(entry, asked, status)
        received = _headers(answer.get("headers"), "response.headers")
        timing, started_ns, head_ns, end_ns = _times(entry)
        remarks: list[str] = []
        return Exchange(
            place=place,
            method=text(asked.get("method"), "request.method"),
            url=text(asked.get("url"), "request.url"),
            request_headers=_headers(asked.get("headers"), "request.headers"),
            request_body=_sent(asked, remarks),
            status=status,
            reason=wire_text(text(answer.get("statusText"), "response.statusText")),
            response_headers=received,
            response_body=self._received(answer, received),
            version=text(answer.get("httpVersion"), "response.httpVersion"),
            timing=timing,
            started_ns=started_ns,
            head_ns=head_ns,
            end_ns=end_ns,
            remarks=tuple(remarks),
        )

    def _received(self, answer: dict[str, Any], headers: Headers) -> bytes:
        content = table(answer.get("content") or {}, "response.content")
        held, size = content.get("text"), content.get("size")
        if held is None or held == "":
            if isinstance(size, int) and size > 0:
                raise Refused("the file does not hold the body of the response")
            return b""
        if content.get("encoding") == "base64":
            return from_base64(held, "response.content.text")
        written = text(held, "response.content.text")
        return self._encoded(written, size, header(headers, "content-type") or "")

    def _encoded(self, written: str, size: object, content_type: str) -> bytes:
        """The text as the bytes it was: those of the length that is told, where one is."""
        named = content_type.lower().partition("charset=")[2].partition(";")[0].strip(' "')
        charsets = [named, "utf-8"] if named else ["utf-8"]
        if self._by_mitmproxy and not named and not any(t in content_type for t in _GUESSED):
            charsets.insert(0, "latin-1")
        tried: list[bytes] = []
        for charset in charsets:
            try:
                tried.append(written.encode(charset))
            except (LookupError, UnicodeEncodeError, ValueError):
                continue
        tried = tried or [written.encode("utf-8", "surrogatepass")]
        return next((body for body in tried if len(body) == size), tried[0])


def _check(entry: dict[str, Any], asked: dict[str, Any], status: int) -> None:
    """Raises Refused where the entry is none that a cassette holds."""
    url = str(asked.get("url"))
    messages = entry.get("_webSocketMessages") is not None
    if messages or status == 101 or url.startswith(("ws:", "wss:")):
        raise Refused("a WebSocket")
    if status == 0:
        raise Refused("no response came (status 0)")


def _headers(value: Any, what: str) -> Headers:
    pairs: list[tuple[str, str]] = []
    for one in row(value, what):
        pair = table(one, what)
        name, held = text(pair.get("name"), what), text(pair.get("value"), what)
        # Chrome joins what came several times with a line end.
        pairs += [(wire_text(name), wire_text(line)) for line in held.split("\n")]
    return tuple(pairs)


def _sent(asked: dict[str, Any], remarks: list[str]) -> bytes:
    posted = asked.get("postData")
    if posted is None:
        size = asked.get("bodySize")
        if isinstance(size, int) and size > 0:
            raise Refused("the file does not hold the body of the request")
        return b""
    data = table(posted, "request.postData")
    held = data.get("text")
    if data.get("encoding") == "base64":
        return from_base64(held, "request.postData.text")
    params = row(data.get("params"), "request.postData.params")
    if not held and params:
        remarks.append("the request's form is written anew")
        pairs = [table(one, "request.postData.params") for one in params]
        return urlencode(
            [(str(one.get("name")), str(one.get("value", ""))) for one in pairs]
        ).encode()
    return text(held, "request.postData.text").encode("utf-8", "surrogatepass")


def _times(entry: dict[str, Any]) -> tuple[Timing, int | None, int, int]:
    """What was timed, when the request was on its way, and head and end counted from there."""
    timings = entry.get("timings")
    told = timings if isinstance(timings, dict) else {}
    wait, receive = milliseconds(told.get("wait")), milliseconds(told.get("receive"))
    started_ns = wall_clock_ns(entry.get("startedDateTime"))
    if started_ns is not None:
        started_ns += sum(milliseconds(told.get(name)) or 0 for name in _BEFORE)
    if wait is None or receive is None or not wait + receive:
        return "none", started_ns, 0, 0
    return "ends", started_ns, wait, wait + receive
