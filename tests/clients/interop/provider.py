"""A provider of fixed answers on a free port, for tools that record: prints its URL, then serves.

Standard library only, so that it runs beside any tool. The stream stands still between its events
(PAUSE_S), says what is not ASCII, and is split inside a character.
"""

import gzip
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAUSE_S = 0.02

_CHUNK = (
    'data: {{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1780000000,'
    '"model":"small-1","choices":[{{"index":0,"delta":{delta},"finish_reason":{finish}}}]}}\n\n'
)
_WORDS = ("Blue", " light", " scatters", " most", ": that is why \u2013 für", " uns", " 空", ".")

EVENTS = tuple(
    event.encode()
    for event in (
        _CHUNK.format(delta='{"role":"assistant","content":""}', finish="null"),
        *(_CHUNK.format(delta=f'{{"content":"{word}"}}', finish="null") for word in _WORDS),
        _CHUNK.format(delta="{}", finish='"stop"'),
        "data: [DONE]\n\n",
    )
)
STREAM = b"".join(EVENTS)
MODELS = b'{"object":"list","data":[{"id":"small-1","object":"model"}]}\n'
BINARY = bytes(range(256)) * 2


class _Provider(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Set-Cookie", "a=1")
        self.send_header("Set-Cookie", "b=2")
        self.end_headers()
        for event in EVENTS:
            middle = len(event) - 20
            for piece in (event[:middle], event[middle:]):
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            time.sleep(PAUSE_S)
        self.wfile.write(b"0\r\n\r\n")

    def do_GET(self) -> None:
        coded = self.path.startswith("/v1/models")
        body = gzip.compress(MODELS, mtime=0) if coded else BINARY
        self.send_response(200)
        if coded:
            self.send_header("Content-Encoding", "gzip")
        kind = "application/json" if coded else "application/octet-stream"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: a test reads what is printed."""


@contextmanager
def serving() -> Iterator[str]:
    """Its URL, while it serves in a thread."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Provider)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def main() -> None:
    """Serve until killed."""
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if sys.argv[1:] else 0), _Provider)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
