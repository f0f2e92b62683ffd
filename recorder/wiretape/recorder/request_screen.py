"""What a client sends, looked through before anything acts on it. No sockets, no clock.

A second, strict parser (llhttp, as aiohttp's own) over the same bytes. It decides what may go
on: so that no two readers can see different requests in the same bytes (request smuggling, RFC
9112 section 11.2), so that limits are refused with words, and because aiohttp keeps it to itself
when a later chunk of an upload is broken.
"""

import httptools

from wiretape.recorder.limits import MAX_HEAD_BYTES, MAX_HEADERS
from wiretape.recorder.refusals import Refusal

_VERSIONS = ("1.0", "1.1")


class _TooMuch(Exception):
    """A limit on heads."""


class RequestScreen:
    """Feed it the reads of one connection until it finds fault."""

    def __init__(self) -> None:
        self.heads = 0
        """Heads of requests that were whole so far."""
        self.last = False
        """Whether the last request leaves HTTP (WebSocket, CONNECT): nothing may follow it."""
        self._parser = httptools.HttpRequestParser(self)
        self.in_head = True
        """Whether what comes next belongs to a head; if not, to a body."""
        self._head_bytes = 0
        self._fields = self._fields_bytes = 0
        self._hosts = 0
        self._framing: list[bytes] = []
        self._upgrade = b""
        self._target = b""
        self._again = False
        self._begun = False
        self._raw = bytearray()
        """The reads that a head is in, from the one on in which it began."""

    def feed(self, data: bytes) -> Refusal | None:
        """The bytes of one read: what is wrong with them, or None. Not to be fed after that."""
        in_head, heads = self.in_head, self.heads
        self._raw += data
        refusal = self._parse(data)
        if not self._begun:
            self._raw.clear()
        # Of a read that a head shares with what came before it, nothing is counted.
        if refusal is None and in_head and self.in_head and self.heads == heads:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                return _too_large(f"it passed {MAX_HEAD_BYTES:,} bytes")
        return refusal

    def _parse(self, data: bytes) -> Refusal | None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as paused:
            self.last = self._leaves_http()
            if not self.last:
                self._go_on()
                return self._parse(data[paused.args[0] :])
        except httptools.HttpParserCallbackError as error:
            cause = error.__context__
            if isinstance(cause, _TooMuch):
                return _too_large(str(cause))
            return _bad(str(cause))
        except httptools.HttpParserError as error:
            return _bad(str(error))
        return None

    def _go_on(self) -> None:
        """An upgrade that nobody takes changes nothing (h2c, which Java's client offers with
        every request), but httptools stops behind its head: the body is for a parser that
        knows its framing and nothing else.
        """
        self._parser = httptools.HttpRequestParser(self)
        self.in_head = False
        self._again = True
        self._parser.feed_data(b"POST / HTTP/1.1\r\n%b\r\n" % b"".join(self._framing))
        self._again = False

    def _leaves_http(self) -> bool:
        return self._parser.get_method() == b"CONNECT" or b"websocket" in self._upgrade.lower()

    def _count(self, size: int) -> None:
        self._fields_bytes += size
        if self._fields_bytes > MAX_HEAD_BYTES:
            raise _TooMuch(f"it passed {MAX_HEAD_BYTES:,} bytes")

    # What follows is called by httptools.

    def on_message_begin(self) -> None:
        """The first byte of a head."""
        if self._again:
            return
        self.in_head = self._begun = True
        self._fields = self._fields_bytes = 0
        self._hosts = 0
        self._framing = []
        self._upgrade = self._target = b""

    def on_header(self, name: bytes, value: bytes) -> None:
        """One field of a head or, behind the body, of the trailers."""
        self._fields += 1
        if self._fields > MAX_HEADERS:
            raise _TooMuch(f"it has more than {MAX_HEADERS:,} headers")
        self._count(len(name) + len(value))
        match name.lower():
            case b"transfer-encoding" | b"content-length" if self.in_head:
                self._framing.append(b"%b: %b\r\n" % (name, value))
            case b"host" if self.in_head:
                self._hosts += 1
            case b"upgrade" if self.in_head:
                self._upgrade += value

    def on_url(self, target: bytes) -> None:
        """The target, possibly in pieces."""
        if not self._again:
            self._count(len(target))
            self._target += target

    def on_headers_complete(self) -> None:
        """A head is whole."""
        if self._again:
            return
        version = self._parser.get_http_version()
        if version not in _VERSIONS:
            raise ValueError(f"HTTP/{version} is not spoken here")
        if version == "1.0" and any(line[:1] in b"Tt" for line in self._framing):
            # RFC 9112 section 6.1: the framing of such a message is faulty.
            raise ValueError("Transfer-Encoding in a request of HTTP/1.0")
        self._check_first_line(version)
        if self._hosts > 1:
            raise ValueError("more than one Host")
        self.in_head = self._begun = False
        self._head_bytes = 0
        self.heads += 1

    def _check_first_line(self, version: str) -> None:
        """llhttp steps over spaces (RFC 9112 section 3 has one) and takes what no client sends
        (section 3.2). Its callbacks do not say where a line stands, so the right one is looked for.
        """
        if b"#" in self._target:
            raise ValueError("a fragment in its target")
        line = b"%b %b HTTP/%b\r\n" % (self._parser.get_method(), self._target, version.encode())
        if line not in self._raw:
            raise ValueError("more than one space in its first line")

    def on_message_complete(self) -> None:
        """What comes next is another head."""
        self.in_head = True


def _bad(problem: str) -> Refusal:
    return Refusal(400, "bad_request", f"the request is no valid HTTP/1.1: {problem}")


def _too_large(problem: str) -> Refusal:
    return Refusal(431, "head_too_large", f"the head of the request is too large: {problem}")
