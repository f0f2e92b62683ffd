"""How many server-sent events a second are read, on one core: framing, dialect, and both.

The bodies are those of a recorded Responses stream and of a recorded Chat stream, their deltas
repeated to `--events` (without the recorded streams: events of the same shape, made here); read
event by event, as providers send them, or in reads of that many bytes. Beside us in the same pass,
variants interleaved: the decoders of openai-python and httpx-sse, which give events and no meaning,
and openai-python's whole `Stream`, which gives its own types. All work on the same reads. CPU time
is counted, not the clock's, so that other programs weigh less. Needs openai and httpx-sse.

    python -m benchmarks.meaning [--events 100000] [--reads event 260 65536] [--runs 5]
"""

import argparse
import gc
import json
import os
import statistics
import sys
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import httpx2
from httpx_sse._decoders import SSEDecoder as HttpxDecoder
from httpx_sse._decoders import SSELineDecoder
from openai import OpenAI, Stream
from openai._streaming import SSEDecoder
from openai.types.chat import ChatCompletionChunk
from openai.types.responses import ResponseStreamEvent

from tests.corpus import FILE, streams
from wiretape.cassettes.dialects.dialect import Dialect
from wiretape.cassettes.dialects.registry import DIALECTS
from wiretape.cassettes.framing.decoding import frames_in
from wiretape.cassettes.framing.frame import Frame

SLOW_SHARE = 10
"""openai-python's `Stream` reads one event for so many of the others: it takes long."""


class Workload(NamedTuple):
    """One body, and who says what it means."""

    name: str
    api: str
    body: bytes
    events: int
    cast_to: Any
    """openai-python's type of an event."""


def repeated(body: bytes, marker: bytes, events: int) -> tuple[bytes, int]:
    """A body with its marked events again and again where the first of them stood."""
    whole = body.replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n\n")
    marked = [event for event in whole if marker in event]
    first = whole.index(marked[0])
    start = whole[:first]
    end = [event for event in whole[first:] if marker not in event]
    times = max(1, (events - len(start) - len(end)) // len(marked))
    pieces = [*start, *(marked * times), *end]
    return b"".join(event + b"\n\n" for event in pieces), len(pieces)


def compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def synthetic(kind: str) -> bytes:
    """A short stream with events of the size that is usual at OpenAI, about 260 bytes."""
    if kind == "chat":
        delta = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        choice = {"index": 0, "delta": {"content": " word"}, "logprobs": None}
        events = [
            {**delta, "choices": [{**choice, "finish_reason": None}], "obfuscation": "x" * 40}
        ]
        return b"".join(b"data: %b\n\n" % compact(event) for event in events * 50)
    where = {"item_id": "msg_" + "0" * 50, "output_index": 0, "content_index": 0}
    text = {"delta": " word", "logprobs": [], "obfuscation": "x" * 12}
    kind = "response.output_text.delta"
    data = compact({"type": kind, "sequence_number": 7, **where, **text})
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), data) * 50


def recorded(api: str, marker: bytes, kind: str) -> bytes:
    """The recorded stream of OpenAI with the most deltas."""
    if not FILE.exists():
        return synthetic(kind)
    found = [one.body for one in streams() if one.api == api and "openai.com" in one.provider_host]
    return max(found, key=lambda body: body.count(marker))


def workloads(events: int) -> list[Workload]:
    chosen = []
    for name, api, kind, marker, cast_to in (
        ("Responses", "responses", "responses", b"response.output_text.delta", ResponseStreamEvent),
        ("Chat", "chat-completions", "chat", b'"delta":{"content"', ChatCompletionChunk),
    ):
        dialect = "openai.responses" if kind == "responses" else "openai.chat"
        body, count = repeated(recorded(api, marker, kind), marker, events)
        chosen.append(Workload(name, dialect, body, count, cast_to))
    return chosen


def framing(reads: Iterable[bytes], work: Workload) -> int:
    return sum(1 for _ in frames_in("sse", ((data, 0) for data in reads)))


def both(reads: Iterable[bytes], work: Workload) -> int:
    dialect: Dialect = DIALECTS[work.api]()
    count = 0
    for frame in frames_in("sse", ((data, 0) for data in reads)):
        assert isinstance(frame, Frame)
        dialect.read(frame)
        count += 1
    return count


def openai_decoder(reads: Iterable[bytes], work: Workload) -> int:
    return sum(1 for _ in SSEDecoder().iter_bytes(iter(reads)))


def httpx_decoder(reads: Iterable[bytes], work: Workload) -> int:
    """As `EventSource.iter_sse` does it, without a response."""
    text, lines, decoder = (
        getincrementaldecoder("utf-8")("replace"),
        SSELineDecoder(),
        HttpxDecoder(),
    )
    count = 0
    for data in reads:
        for line in lines.decode(text.decode(data)):
            count += decoder.decode(line.rstrip("\n")) is not None
    return count


class Reads(httpx2.SyncByteStream):
    def __init__(self, reads: Iterable[bytes]) -> None:
        self._reads = reads

    def __iter__(self) -> Iterator[bytes]:
        yield from self._reads


_client = OpenAI(api_key="any", base_url="http://127.0.0.1:1")


def openai_stream(reads: Iterable[bytes], work: Workload) -> int:
    """What a program pays that iterates over `client.responses.create(stream=True)`."""
    request = httpx2.Request("POST", "http://127.0.0.1:1")
    response = httpx2.Response(200, stream=Reads(reads), request=request)
    return sum(1 for _ in Stream[Any](cast_to=work.cast_to, response=response, client=_client))


Variant = Callable[[Iterable[bytes], Workload], int]

VARIANTS: dict[str, Variant] = {
    "wiretape: framing": framing,
    "wiretape: framing + dialect": both,
    "openai-python: decoder": openai_decoder,
    "httpx-sse: decoder": httpx_decoder,
    "openai-python: Stream": openai_stream,
}


def cut(body: bytes, reads: str) -> list[bytes]:
    """`event`, or the bytes of a read: 260 splits nearly every event."""
    if reads == "event":
        return [event + b"\n\n" for event in body.removesuffix(b"\n\n").split(b"\n\n")]
    size = int(reads)
    return [body[start : start + size] for start in range(0, len(body), size)]


def measure(variant: Variant, reads: list[bytes], work: Workload, least: int) -> float:
    """Events a second of CPU time."""
    gc.collect()
    start = time.process_time()
    count = variant(reads, work)
    seconds = time.process_time() - start
    if count < least:
        raise SystemExit(f"{count:,} events where {least:,} were expected")
    return count / seconds


def dialect_alone(frames: list[Frame]) -> Variant:
    """The dialect over frames that are there already."""

    def run(reads: Iterable[bytes], work: Workload) -> int:
        dialect: Dialect = DIALECTS[work.api]()
        for frame in frames:
            dialect.read(frame)
        return len(frames)

    return run


def rates(work: Workload, how: str, runs: int) -> dict[str, float]:
    """The median of each variant, which take turns."""
    reads = cut(work.body, how)
    frames = [one for one in frames_in("sse", [(work.body, 0)]) if isinstance(one, Frame)]
    variants = {**VARIANTS, "wiretape: dialect": dialect_alone(frames)}
    found: dict[str, list[float]] = {}
    for number in range(runs):
        print(
            f"\r{work.name}, reads of {how}, run {number + 1} ",
            end="",
            file=sys.stderr,
        )
        for name, variant in variants.items():
            slow = variant is openai_stream
            some = reads[: len(reads) // SLOW_SHARE] if slow else reads
            least = 1 if slow else work.events - 1  # `[DONE]` is no event to some
            found.setdefault(name, []).append(measure(variant, some, work, least))
    print("\r" + " " * 60 + "\r", end="", file=sys.stderr)
    return {name: statistics.median(rate) for name, rate in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description="Server-sent events read a second.")
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--reads", nargs="+", default=["event", "260", "65536"])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="the medians as JSON on stdout")
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    told = []
    for work in workloads(options.events):
        for how in options.reads:
            medians = rates(work, how, options.runs)
            size = len(work.body) / work.events
            told.append({"stream": work.name, "event_bytes": size, "reads": how, **medians})
            if not options.json:
                events = f"{work.events:,} events of {size:.0f} bytes"
                print(f"{work.name}: {events}, reads of {how}")
                for name, rate in sorted(medians.items()):
                    print(f"  {name:<28}{rate:>12,.0f} events/s {1e6 / rate:>8.2f} µs an event")
    if options.json:
        print(json.dumps(told))


if __name__ == "__main__":
    main()
