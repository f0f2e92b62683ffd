"""A provider made of a script, to record from without a key: python provider.py

It speaks Chat Completions, streamed. With tools it wants the weather in the first turn, in the
second the Fahrenheit, and answers in the third; without, it answers at once. Its ids are new every
time, as a provider's are.
"""

import json
import sys
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def deltas(messages: list[dict], tools: list[dict]) -> Iterator[dict]:
    """What the model says next, in the pieces in which it comes."""
    said = [message["content"] for message in messages if message["role"] == "tool"]
    city = messages[0]["content"].removeprefix("How warm is it in ").removesuffix("?")
    yield {"role": "assistant", "content": ""}
    if not tools:
        yield from words(f"It is warm in {city}, about 20 °C.")
    elif not said:
        yield from call("weather", {"city": city})
    elif len(said) == 1:
        yield from call("fahrenheit", {"value": int(said[0])})
    else:
        yield from words(f"It is {said[0]} °C in {city}, or {said[1]} °F.")


def words(text: str) -> Iterator[dict]:
    for word in text.split(" "):
        yield {"content": f"{word} "}


def call(name: str, arguments: dict) -> Iterator[dict]:
    """A tool call: its head, then its arguments in two halves."""
    head = {"index": 0, "id": f"call_{uuid.uuid4().hex}", "type": "function"}
    yield {"tool_calls": [{**head, "function": {"name": name, "arguments": ""}}]}
    text = json.dumps(arguments, ensure_ascii=False)
    for half in (text[: len(text) // 2], text[len(text) // 2 :]):
        yield {"tool_calls": [{"index": 0, "function": {"arguments": half}}]}


class Provider(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        about = {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "object": "chat.completion.chunk",
            "created": 1_700_000_000,
            "model": asked["model"],
        }
        reason = "stop"
        for delta in deltas(asked["messages"], asked.get("tools", [])):
            reason = "tool_calls" if "tool_calls" in delta else reason
            self.send_event({**about, "choices": [{"index": 0, "delta": delta}]})
        end = {"index": 0, "delta": {}, "finish_reason": reason}
        self.send_event({**about, "choices": [end]})
        self.send_chunk(b"data: [DONE]\n\n")
        self.send_chunk(b"")

    def send_event(self, content: dict) -> None:
        self.send_chunk(f"data: {json.dumps(content, ensure_ascii=False)}\n\n".encode())

    def send_chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Nothing to say."""


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8099
    server = ThreadingHTTPServer(("127.0.0.1", port), Provider)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
