"""A provider that says what it was asked, for tests that record."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar

import msgspec

from tests.testing.tapes import answers


class Live(BaseHTTPRequestHandler):
    """Says `live` and what it was asked."""

    asked: ClassVar[list[str]] = []
    failing: ClassVar[bool] = False

    def do_POST(self) -> None:
        question = msgspec.json.decode(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append(question["input"])
        body = answers([f"live {question['input']}"])[0].encode()
        self.send_response(500 if self.failing else 200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        """Of something that is no provider."""
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"sunny")

    def log_message(self, *_: object) -> None:
        """Nothing to say."""


@contextmanager
def live_provider() -> Iterator[str]:
    """Its base URL, while it runs."""
    Live.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Live) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
