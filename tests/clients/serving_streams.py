"""A server on loopback that gives one chosen body, whatever it is asked.

For SDKs that block: it lives in threads of its own. Use it so:

    with serving_streams() as server:
        server.gives(body, "text/event-stream")
        client = OpenAI(base_url=server.url, api_key="any")

The body goes out in HTTP chunks of `piece` bytes, so that a client sees it in more than one read.
Knows nothing of wiretape.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class StreamServer(ThreadingHTTPServer):
    """What is given is set by `gives`; what was asked stands in `asked`."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Giver)
        self.asked: list[tuple[str, str, bytes]] = []
        """Method, target and body of each request."""
        self.gives(b"")

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up before it has read all is none of ours."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    @property
    def url(self) -> str:
        """No slash at its end."""
        return f"http://127.0.0.1:{self.server_port}"

    def gives(
        self,
        body: bytes,
        content_type: str = "text/event-stream",
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
        piece: int = 1500,
    ) -> None:
        """From now on every request is answered so."""
        self.body, self.status, self.piece = body, status, piece
        self.headers = {"Content-Type": content_type, **(headers or {})}


class _Giver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: StreamServer

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: the tests speak."""

    def answer(self) -> None:
        self.server.asked.append((self.command, self.path, self._request_body()))
        body, piece = self.server.body, self.server.piece
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for start in range(0, len(body), piece):
            self._chunk(body[start : start + piece])
        self._chunk(b"")

    do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))

    def _request_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body


@contextmanager
def serving_streams() -> Iterator[StreamServer]:
    """A server that listens until the block is left."""
    server = StreamServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
