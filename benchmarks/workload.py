"""The stream that the benchmarks play: 200 chunks with irregular gaps, always the same.

The gaps are those seen in recordings of providers: 15 % bursts below 1 ms, 80 % around 20 ms,
5 % stalls of 40 to 100 ms; the first chunk after 50 ms, 3.7 s in all, 53 chunks a second.
"""

import random

from wiretape.cassettes.model import (
    Chunk,
    Ending,
    Interaction,
    Request,
    Response,
    Timeline,
)

CHUNKS = 200
CHUNK_BYTES = 259
FIRST_NS = 50_000_000
REQUEST_BODY = b'{"model":"bench","input":"Tell me a story.","stream":true}'
TARGET = "/v1/responses"
HEADERS = (
    ("Content-Type", "text/event-stream; charset=utf-8"),
    ("Transfer-Encoding", "chunked"),
    ("Connection", "keep-alive"),
)


def chunk_times() -> list[int]:
    """Nanoseconds from the request to each chunk."""
    draw = random.Random(20_26)
    times = [FIRST_NS]
    for _ in range(CHUNKS - 1):
        times.append(times[-1] + round(_gap_ms(draw) * 1e6))
    return times


def chunk_bodies() -> list[bytes]:
    """One server-sent event a chunk, each of CHUNK_BYTES bytes."""
    draw = random.Random(20_27)
    return [_frame(number, draw) for number in range(CHUNKS)]


def tape() -> Interaction:
    """The stream as a recording."""
    times, bodies = chunk_times(), chunk_bodies()
    body = b"".join(bodies)
    return Interaction(
        number=1,
        session=1,
        start_ns=0,
        upstream="bench",
        base="http://bench.test",
        request=Request("POST", TARGET, "1.1", _REQUEST_HEADERS, REQUEST_BODY),
        response=Response("1.1", 200, "OK", HEADERS, body),
        timeline=Timeline(
            sent=(Chunk(0, len(REQUEST_BODY)),),
            head_ns=times[0],
            received=tuple(Chunk(at_ns, CHUNK_BYTES) for at_ns in times),
            ending=Ending("complete", times[-1], len(body)),
        ),
    )


def request_bytes() -> bytes:
    """The request that asks for it, as it goes on the wire."""
    head = (
        f"POST /bench{TARGET} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(REQUEST_BODY)}\r\n\r\n"
    )
    return head.encode() + REQUEST_BODY


_REQUEST_HEADERS = (("Content-Type", "application/json"),)


def _gap_ms(draw: random.Random) -> float:
    kind = draw.random()
    if kind < 0.15:
        return draw.uniform(0.05, 1)
    if kind < 0.95:
        return draw.gammavariate(4, 4.6)
    return draw.uniform(40, 100)


def _frame(number: int, draw: random.Random) -> bytes:
    start = b'data: {"type":"response.output_text.delta","sequence_number":%d,"delta":"' % number
    end = b'"}\n\n'
    filling = bytes(draw.choices(b"abcdefghij klmnop", k=CHUNK_BYTES - len(start) - len(end)))
    return start + filling + end
