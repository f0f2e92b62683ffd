"""A response as it comes in: bytes of one read to what that read brought. No sockets, no clock.

The grammar is llhttp's (httptools), strict: what it refuses is broken framing, reported with
the read that broke it. One reader is for one response. 1xx responses are read and dropped
(the cassette does not keep them, FORMAT.md says so).
"""

import httptools
import msgspec

from wiretape.cassettes.codec.legal import STATUSES, out_of_place
from wiretape.cassettes.http1 import (
    VERSIONS,
    BodyFraming,
    header,
    keeps_alive,
    response_framing,
)
from wiretape.cassettes.model import EndingKind, Headers

MAX_HEAD_BYTES = 256 * 1024
"""Of a head, and of trailers. Servers refuse 8 to 80 KiB by default; a cookie jar at its worst
(180 cookies of 4 KiB a domain) is no provider's answer. One read of asyncio is 256 KiB."""

MAX_HEADERS = 1_000
"""Ten times what the most talkative gateway adds."""


class ResponseHead(msgspec.Struct, frozen=True):
    """Status line and header pairs as they stood on the wire."""

    version: str
    status: int
    reason: str
    headers: Headers
    framing: BodyFraming
    length: int | None
    """Content-Length where it frames the body."""


class ResponseEnd(msgspec.Struct, frozen=True):
    """That nothing more will come, and why."""

    kind: EndingKind
    detail: str = ""
    trailers: Headers = ()


class Brought(msgspec.Struct, frozen=True):
    """What one read brought; every part may be absent."""

    head: ResponseHead | None
    body: bytes
    end: ResponseEnd | None


class _Refused(Exception):
    """The grammar lets it pass, and this module does not."""


class ResponseReader:
    """Feed it the reads of a connection until one brings an end."""

    def __init__(self, method: str) -> None:
        self._method = method
        self._parser = httptools.HttpResponseParser(self)
        self._reason = b""
        self._fields: list[tuple[str, str]] = []
        self._fields_bytes = 0
        self._unread_bytes = 0
        self._pieces: list[bytes] = []
        self._head: ResponseHead | None = None
        self._received = 0
        self._complete = False
        self._excess = False
        self._surplus = 0

    @property
    def reusable(self) -> bool:
        """Whether the connection may carry another request (RFC 9112 section 9.3)."""
        head = self._head
        if head is None or not self._complete or self._excess or self._surplus:
            return False
        if head.framing == "close":
            return False
        return keeps_alive(head.version, head.headers)

    def feed(self, data: bytes) -> Brought:
        """The bytes of one read, in order. Not to be called after an end."""
        known = self._head
        problem = self._take(data)
        body = b"".join(self._pieces) if len(self._pieces) != 1 else self._pieces[0]
        self._pieces.clear()
        self._received += len(body)
        if self._complete:
            trailers = tuple(self._fields)
            end: ResponseEnd | None = ResponseEnd("complete", self._remark(), trailers)
        else:
            problem = problem or self._over_limit(len(data), progress=bool(body))
            end = ResponseEnd("cut", f"broken response: {problem}") if problem else None
        return Brought(self._head if known is None else None, body, end)

    def feed_eof(self) -> ResponseEnd:
        """The connection was closed in order: what that means depends on the framing."""
        if self._head is None:
            return ResponseEnd("cut", "closed before the head of the response was complete")
        if self._head.framing == "close":
            self._complete = self._excess = True
            return ResponseEnd("complete")
        if self._head.framing == "length":
            awaited = f"{self._received:,} of {self._head.length:,} body bytes"
            return ResponseEnd("cut", f"closed after {awaited}")
        return ResponseEnd(
            "cut", f"closed after {self._received:,} body bytes, before the last chunk"
        )

    def _take(self, data: bytes) -> str:
        """Parse what is of this response; returns what is wrong with it, or nothing.

        The head is parsed by lines, so that it is known where the body begins: what stands
        behind a body of known length is never shown to the parser, which would tell of it as
        broken framing, or as another response, and not of its size.
        """
        begin, problem = 0, ""
        while self._head is None and not problem and begin < len(data):
            line_end = data.find(b"\n", begin) + 1 or len(data)
            problem = self._parse(data[begin:line_end])
            begin = line_end
        if problem or self._head is None:
            return problem
        rest = data[begin:]
        awaited = self._awaited()
        if awaited is not None and awaited < len(rest):
            self._surplus = len(rest) - awaited
            rest = rest[:awaited]
        return self._parse(rest) if rest else ""

    def _awaited(self) -> int | None:
        """Bytes of the body that are still to come; None where the head does not say."""
        assert self._head is not None
        if self._head.framing == "none":
            return 0
        return None if self._head.length is None else self._head.length - self._received

    def _remark(self) -> str:
        """What is said of a response that is complete and was not all that came."""
        if self._excess:
            return "bytes stood behind the last chunk, not passed on"
        if not self._surplus:
            return ""
        assert self._head is not None
        where = "a head that has no body" if self._head.framing == "none" else "the Content-Length"
        count = "1 byte" if self._surplus == 1 else f"{self._surplus:,} bytes"
        return f"{count} stood behind {where}, not passed on"

    def _parse(self, data: bytes) -> str:
        """Run the parser; returns what is wrong with the bytes, or nothing."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            return "101 Switching Protocols, which was not asked for"
        except httptools.HttpParserCallbackError as error:
            if isinstance(error.__context__, _Refused):
                return str(error.__context__)
            raise
        except httptools.HttpParserError as error:
            self._excess = True
            return str(error)
        return ""

    def _over_limit(self, size: int, *, progress: bool) -> str:
        """Bytes that are neither body nor an end pile up inside the parser."""
        self._unread_bytes = 0 if progress else self._unread_bytes + size
        if self._unread_bytes <= MAX_HEAD_BYTES:
            return ""
        part = "head" if self._head is None else "trailers or chunk heads"
        return f"its {part} passed {MAX_HEAD_BYTES:,} bytes"

    # What follows is called by httptools.

    def on_message_begin(self) -> None:
        """A second message in the bytes of one answer is nothing we asked for."""
        if self._complete:
            self._excess = True

    def on_status(self, data: bytes) -> None:
        """The reason phrase, possibly in pieces."""
        self._reason += data

    def on_header(self, name: bytes, value: bytes) -> None:
        """One field of the head or, behind the body, of the trailers."""
        if self._complete:
            return
        self._fields_bytes += len(name) + len(value)
        self._fields.append((name.decode("latin-1"), value.decode("latin-1")))
        if len(self._fields) > MAX_HEADERS:
            raise _Refused(f"it has more than {MAX_HEADERS:,} headers")
        if self._fields_bytes > MAX_HEAD_BYTES:
            raise _Refused(f"its headers passed {MAX_HEAD_BYTES:,} bytes")

    def on_headers_complete(self) -> None:
        """The head is whole, unless it is that of a 1xx."""
        status = self._parser.get_status_code()
        if self._complete or 100 <= status < 200:
            return
        version, reason = self._parser.get_http_version(), self._reason.decode("latin-1")
        if problem := _status_line_problem(version, status, reason):
            raise _Refused(problem)
        headers = tuple(self._fields)
        framing = response_framing(self._method, status, headers)
        length = header(headers, "content-length") if framing == "length" else None
        self._head = ResponseHead(
            version=version,
            status=status,
            reason=reason,
            headers=headers,
            framing=framing,
            length=None if length is None else int(length),
        )
        self._restart_fields()
        # llhttp knows no HEAD: it would wait for the body that Content-Length promises.
        self._complete = framing == "none"

    def on_body(self, data: bytes) -> None:
        """Body bytes, possibly several pieces a read."""
        if self._complete:
            self._excess = True
        else:
            self._pieces.append(data)

    def on_message_complete(self) -> None:
        """The framing is complete: of a 1xx, or of the response itself."""
        if self._head is not None:
            self._complete = True
        self._reason = b""
        if not self._complete:
            self._restart_fields()

    def _restart_fields(self) -> None:
        self._fields = []
        self._fields_bytes = 0


def _status_line_problem(version: str, status: int, reason: str) -> str:
    """What clients, or a cassette, would not take; empty where they do."""
    if version not in VERSIONS:
        return f"HTTP/{version} in the status line, HTTP/1.1 was asked for"
    if status not in STATUSES:
        return f"status {status:03}"
    return "" if out_of_place([reason]) is None else "a control character in the reason"
