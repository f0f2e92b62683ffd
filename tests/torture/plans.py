"""What an upstream sends for the request of a number: the same for whoever asks.

The upstream plays a plan, and the judge holds the tape against it. Pure: knows no sockets and
no clock; a seed and a number give the plan.
"""

import random
from dataclasses import dataclass
from typing import Literal

from wiretape.cassettes.http1 import BodyFraming, encode_chunk, encode_last_chunk
from wiretape.cassettes.model import EndingKind

KEY = "sk-proj-planted0123456789planted0123456789"

Kind = Literal["stream", "quick", "quiet", "burst", "lines", "key", "empty", "cut", "reset"]
WEIGHTS: dict[Kind, int] = {
    "stream": 8,
    "quick": 4,
    "quiet": 3,
    "burst": 2,
    "lines": 2,
    "key": 2,
    "empty": 1,
    "cut": 1,
    "reset": 1,
}

SILENCES = (0.15, 5.0)
"""Seconds within a stream: nothing else makes the journal write what it has by then."""


@dataclass(frozen=True)
class Plan:
    """One response: its framing, its pieces with the pauses before them, its ending."""

    kind: Kind
    framing: BodyFraming
    pieces: tuple[tuple[float, bytes], ...]
    """Seconds to wait, then bytes of the body to send in one write."""
    ending: EndingKind
    upload: bytes
    """Body of the request."""
    json: bool
    """Whether the request says that its body is JSON."""

    @property
    def body(self) -> bytes:
        return b"".join(data for _, data in self.pieces)

    @property
    def head(self) -> bytes:
        status = "204 No Content" if self.framing == "none" else "200 OK"
        whole = len(self.body) + (100 if self.ending in ("cut", "reset") else 0)
        framed = {
            "chunked": "Transfer-Encoding: chunked\r\n",
            "length": f"Content-Length: {whole}\r\n",
            "close": "Connection: close\r\n",
            "none": "",
        }[self.framing]
        return f"HTTP/1.1 {status}\r\nContent-Type: text/event-stream\r\n{framed}\r\n".encode()

    def on_the_wire(self, data: bytes) -> bytes:
        """A piece as it is written."""
        return encode_chunk(data) if self.framing == "chunked" else data

    @property
    def last(self) -> bytes:
        """What is written behind the last piece."""
        whole = self.framing == "chunked" and self.ending == "complete"
        return encode_last_chunk() if whole else b""


def plan_of(seed: int, number: int) -> Plan:
    """The plan of a request."""
    rng = random.Random(seed * 1_000_003 + number)
    kind = rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    upload, json = _upload(rng, number)
    framing: BodyFraming = "chunked"
    ending: EndingKind = "complete"
    match kind:
        case "stream" | "cut" | "reset":
            pieces = _events(rng, number, rng.randint(3, 30), 0.02)
            framing = rng.choice(("chunked", "length"))
            ending = "complete" if kind == "stream" else kind
        case "quick":
            pieces = _events(rng, number, 150, 0.003)
        case "quiet":
            pieces = _events(rng, number, 2, 0.0)
            pieces = (pieces[0], (rng.choice(SILENCES), pieces[1][1]))
        case "burst":
            framing = rng.choice(("length", "close"))
            pieces = tuple((0.0, rng.randbytes(8192)) for _ in range(rng.randint(2, 8)))
        case "lines":
            framing = "close"
            pieces = _events(rng, number, 6, 0.02)
        case "key":
            half = rng.randint(1, len(KEY) - 1)
            event = f"data: {number} ".encode()
            pieces = ((0.0, event + KEY[:half].encode()), (0.01, KEY[half:].encode() + b"\n\n"))
        case "empty":
            framing, pieces = "none", ()
    return Plan(kind, framing, pieces, ending, upload, json)


def _events(
    rng: random.Random, number: int, count: int, longest: float
) -> tuple[tuple[float, bytes], ...]:
    return tuple(
        (
            rng.choice((0.0, 0.0, rng.uniform(0, longest))),
            f"data: {number}.{n} {'x' * rng.randint(10, 400)}\n\n".encode(),
        )
        for n in range(count)
    )


def _upload(rng: random.Random, number: int) -> tuple[bytes, bool]:
    """A JSON document that names the key, some bytes, or nothing."""
    form = rng.choice(("json", "json", "bytes", "none"))
    if form == "json":
        filling = "y" * rng.randint(0, 3000)
        return f'{{"n":{number},"api_key":"{KEY}","input":"{filling}"}}'.encode(), True
    return (rng.randbytes(rng.randint(1, 9000)), False) if form == "bytes" else (b"", False)
