"""How fast bodies are taken apart into frames, and that the time grows as the bytes do.

First frames a second for each framing, in reads of several sizes. Then the same bytes in sizes
that double, at one byte a read and in one long line: where the time is linear, each row takes
twice as long as the one before. (Where a frame first outgrows what the allocator keeps at hand,
near 10 MiB, the pages that the system has to give for it show as one larger step.) CPU time is
counted, on one core, the best of `--runs`.

    python -m benchmarks.framing [--runs 3]
"""

import argparse
import gc
import json
import time
import zlib
from collections.abc import Iterator

from wiretape.cassettes.framing.decoding import frames_in
from wiretape.cassettes.framing.frame import Framing

MIB = 1 << 20
EVENTS = 50_000
PAYLOAD = json.dumps(
    {
        "type": "response.output_text.delta",
        "sequence_number": 17,
        "item_id": "msg_0123456789abcdef0123456789abcdef0123456789abcdef",
        "output_index": 0,
        "content_index": 0,
        "delta": " world",
        "logprobs": [],
        "obfuscation": "abcdefghij",
    }
).encode()


def eventstream_message(payload: bytes) -> bytes:
    """One of Bedrock's."""
    headers = b"".join(
        bytes([len(name)]) + name + b"\x07" + len(value).to_bytes(2, "big") + value
        for name, value in (
            (b":event-type", b"contentBlockDelta"),
            (b":content-type", b"application/json"),
            (b":message-type", b"event"),
        )
    )
    total = 16 + len(headers) + len(payload)
    prelude = total.to_bytes(4, "big") + len(headers).to_bytes(4, "big")
    message = prelude + zlib.crc32(prelude).to_bytes(4, "big") + headers + payload
    return message + zlib.crc32(message).to_bytes(4, "big")


EVENT = b"event: response.output_text.delta\ndata: " + PAYLOAD + b"\n\n"
BODIES: dict[str, tuple[Framing, bytes, bytes, bytes]] = {
    "SSE, name and data": ("sse", b"", EVENT, b""),
    "SSE, data alone": ("sse", b"", b"data: " + PAYLOAD + b"\n\n", b""),
    "SSE, with ids": ("sse", b"", b"id: 1\n" + EVENT, b""),
    "SSE, CRLF": ("sse", b"", EVENT.replace(b"\n", b"\r\n"), b""),
    "NDJSON": ("ndjson", b"", PAYLOAD + b"\n", b""),
    "eventstream": ("eventstream", b"", eventstream_message(PAYLOAD), b""),
    "JSON array": ("json_array", b"[" + PAYLOAD, b",\n" + PAYLOAD, b"]"),
    "WebSocket": ("websocket", b"", b"\x81\x7e" + len(PAYLOAD).to_bytes(2, "big") + PAYLOAD, b""),
}
"""Framing, and what stands before, in and after the repeated part."""


def cut(body: bytes, size: int) -> Iterator[tuple[bytes, int]]:
    """Reads of that many bytes, made when asked for."""
    for at in range(0, len(body), size):
        yield body[at : at + size], at


def seconds(framing: Framing, body: bytes, size: int, runs: int) -> tuple[float, int]:
    """CPU time of the best run, less that of cutting; and the number of frames."""
    best, count = float("inf"), 0
    for _ in range(runs):
        gc.collect()
        start = time.process_time()
        count = sum(1 for _ in frames_in(framing, cut(body, size)))
        spent = time.process_time() - start
        start = time.process_time()
        for _ in cut(body, size):
            pass
        best = min(best, spent - (time.process_time() - start))
    return best, count


def throughput(runs: int) -> None:
    sizes = ("one each", "4 KiB", "64 KiB")
    print(f"frames/s, {len(EVENT)} bytes an SSE event, reads of")
    print(f"{'':24}" + "".join(f"{size:>14}" for size in sizes))
    for name, (framing, before, part, after) in BODIES.items():
        body = before + part * EVENTS + after
        rates = []
        for size in (len(part), 4096, 65_536):
            spent, count = seconds(framing, body, size, runs)
            rates.append(count / spent)
        print(f"{name:24}" + "".join(f"{rate:14,.0f}" for rate in rates), flush=True)


def growth(title: str, framing: Framing, bodies: Iterator[bytes], size: int, runs: int) -> None:
    print(f"\n{title}")
    before = 0.0
    for body in bodies:
        spent, count = seconds(framing, body, size, runs)
        ratio = f"{spent / before:6.2f} times" if before else ""
        mib = len(body) / MIB
        print(f"{mib:8.1f} MiB {count:9,} frames {spent:9.3f} s {ratio}", flush=True)
        before = spent


def growths(runs: int) -> None:
    events = (EVENT * (mib * MIB // len(EVENT)) for mib in (1, 2, 4, 8))
    growth("SSE events, one byte a read", "sse", events, 1, runs)
    line = (b"data: " + b"x" * (mib * MIB) + b"\n\n" for mib in (1, 2, 4, 8))
    growth("one SSE line, one byte a read", "sse", line, 1, runs)
    line = (b"data: " + b"x" * (mib * MIB) + b"\n\n" for mib in (8, 16, 32, 64))
    growth("one SSE line, reads of 64 KiB", "sse", line, 65_536, runs)
    line = (b"data: x\n" * (mib * MIB // 8) + b"\n" for mib in (2, 4, 8, 16))
    growth("one SSE event of short lines, reads of 64 KiB", "sse", line, 65_536, runs)
    line = (b"data: x\r\r" * (mib * MIB // 9) for mib in (1, 2, 4, 8))
    growth("SSE events that end with CR, one read", "sse", line, 1 << 30, runs)
    line = (b'{"a":"' + b"x" * (mib * MIB) + b'"}\n' for mib in (8, 16, 32, 64))
    growth("one NDJSON line, reads of 64 KiB", "ndjson", line, 65_536, runs)
    line = (b'["' + b"x" * (mib * MIB) + b'"]' for mib in (8, 16, 32, 64))
    growth("one string in a JSON array, reads of 64 KiB", "json_array", line, 65_536, runs)
    line = (b"[" + b'{"a":[]},' * (mib * MIB // 9) + b"0]" for mib in (1, 2, 4))
    growth("small elements of a JSON array, one byte a read", "json_array", line, 1, runs)
    line = (eventstream_message(b"x" * (mib * MIB)) for mib in (3, 6, 12, 24))
    growth("one eventstream message, reads of 64 KiB", "eventstream", line, 65_536, runs)
    line = (
        b"\x82\x7f" + (mib * MIB).to_bytes(8, "big") + b"x" * (mib * MIB) for mib in (8, 16, 32, 64)
    )
    growth("one WebSocket message, reads of 64 KiB", "websocket", line, 65_536, runs)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.framing")
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    throughput(arguments.runs)
    growths(arguments.runs)


if __name__ == "__main__":
    main()
