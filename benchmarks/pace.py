"""How exactly the recorded pace is kept: error per chunk against the tape.

Each server runs in a process of its own, the client in this one. The client opens all
connections, lets the server settle, starts the streams spread over a second and stamps every
read; the error of a chunk is the distance between the time its last byte was read, counted
from when its request was sent, and its time on the tape. What the client itself adds is in it.
Every body is compared with the tape; one wrong byte stops the benchmark.

    python -m benchmarks.pace [--streams 1 100 1000] [--runs 3]
"""

import argparse
import contextlib
import gc
import json
import os
import select
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.workload import chunk_bodies, chunk_times, request_bytes

SERVERS = {
    "wiretape": "benchmarks.replay_server",
    "sleep_per_stream": "benchmarks.sleep_per_stream",
}
SETTLE_SECONDS = 0.5
SPREAD_SECONDS = 1.0
SILENCE_SECONDS = 10.0
READ_BYTES = 16384
LAST_CHUNK = b"0\r\n\r\n"
PERCENTILES = (50, 90, 99, 100)
ROOT = Path(__file__).parents[1]


class Measured(NamedTuple):
    """One run: absolute errors in ms at PERCENTILES, and the server's CPU."""

    errors_ms: tuple[float, ...]
    signed_p50_ms: float
    cpu_percent: float


class Stream:
    """One connection: when it was asked for, and when and how much each read gave."""

    __slots__ = ("data", "reads", "sent_ns", "sock")

    def __init__(self, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port))
        self.sock.setblocking(False)
        self.data = bytearray()
        self.reads: list[tuple[int, int]] = []
        self.sent_ns = 0


def run_streams(port: int, count: int) -> list[Stream]:
    """Play the workload on `count` streams; give them back when all have ended.

    A bare epoll loop: at a thousand streams there are 53,000 reads a second, and each
    microsecond of the client's own stands in the figures.
    """
    streams = [Stream(port) for _ in range(count)]
    by_fd = {stream.sock.fileno(): stream for stream in streams}
    poll = select.epoll()
    for fd in by_fd:
        poll.register(fd, select.EPOLLIN)
    time.sleep(SETTLE_SECONDS)
    request = request_bytes()
    start_ns = time.monotonic_ns()
    spread_ns = SPREAD_SECONDS * 1e9 / count
    asked = ended = 0
    while ended < count:
        while asked < count and time.monotonic_ns() >= start_ns + asked * spread_ns:
            streams[asked].sent_ns = time.monotonic_ns()
            streams[asked].sock.send(request)
            asked += 1
        ready = poll.poll(0.001 if asked < count else SILENCE_SECONDS)
        if not ready and asked == count:
            raise SystemExit(f"nothing came for {SILENCE_SECONDS:g} s")
        for fd, _ in ready:
            stream = by_fd[fd]
            data = stream.sock.recv(READ_BYTES)
            now_ns = time.monotonic_ns()
            if not data:
                raise SystemExit("the server closed a stream before its end")
            stream.data += data
            stream.reads.append((now_ns, len(stream.data)))
            ended += data.endswith(LAST_CHUNK)
    poll.close()
    for stream in streams:
        stream.sock.close()
    return streams


def errors_of(stream: Stream, times_ns: list[int], bodies: list[bytes]) -> list[int]:
    """Nanoseconds by which each chunk came late (or early, below 0). Checks every byte."""
    data = bytes(stream.data)
    offset = data.index(b"\r\n\r\n") + 4
    reads = iter(stream.reads)
    read_ns, read_to = next(reads)
    errors: list[int] = []
    for due_ns, body in zip(times_ns, bodies, strict=True):
        framed = b"%x\r\n%b\r\n" % (len(body), body)
        if data[offset : offset + len(framed)].lower() != framed.lower():
            raise SystemExit(f"wrong bytes at {offset} of a response")
        end = offset + len(framed) - 2
        while read_to < end:
            read_ns, read_to = next(reads)
        errors.append(read_ns - stream.sent_ns - due_ns)
        offset += len(framed)
    if data[offset:] != LAST_CHUNK:
        raise SystemExit("wrong bytes at the end of a response")
    return errors


def measure(port: int, pid: int, count: int) -> Measured:
    """One run against a server that listens."""
    gc.collect()
    gc.disable()
    cpu_before, wall_before = cpu_seconds(pid), time.monotonic()
    streams = run_streams(port, count)
    cpu = (cpu_seconds(pid) - cpu_before) / (time.monotonic() - wall_before)
    gc.enable()
    times, bodies = chunk_times(), chunk_bodies()
    signed = sorted(e for stream in streams for e in errors_of(stream, times, bodies))
    errors = sorted(map(abs, signed))
    return Measured(
        tuple(errors[min(len(errors) - 1, len(errors) * p // 100)] / 1e6 for p in PERCENTILES),
        signed[len(signed) // 2] / 1e6,
        100 * cpu,
    )


@contextlib.contextmanager
def serving(module: str) -> Iterator[tuple[int, int]]:
    """A server in a process of its own: its port and process id."""
    with subprocess.Popen(
        [sys.executable, "-m", module], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        try:
            pin(process.pid, 0)
            assert process.stdout is not None
            port = process.stdout.readline()
            if not port:
                raise SystemExit(f"{module} did not start; its own words stand above")
            yield int(port), process.pid
        finally:
            process.terminate()


def pin(pid: int, core: int) -> None:
    """Server and client each on a core of their own, where there are two."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(pid, {core})


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far; 0 where /proc does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def medians(runs: list[Measured]) -> Measured:
    columns = zip(*(run.errors_ms for run in runs), strict=True)
    return Measured(
        tuple(statistics.median(column) for column in columns),
        statistics.median(run.signed_p50_ms for run in runs),
        statistics.median(run.cpu_percent for run in runs),
    )


def show(count: int, name: str, measured: Measured) -> None:
    errors = " ".join(f"{error:9.2f}" for error in measured.errors_ms)
    print(f"{count:>7}  {name:<18}{errors}  {measured.cpu_percent:8.0f} %")


def main() -> None:
    parser = argparse.ArgumentParser(description="Error per chunk against the tape.")
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 100, 1000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="the medians as JSON on stdout")
    options = parser.parse_args()
    pin(0, 1)
    told: list[dict[str, object]] = []
    if not options.json:
        print("Absolute error per chunk, ms; median of", options.runs, "runs, interleaved\n")
        print("streams  server                  p50       p90       p99       max  server CPU")
    for count in options.streams:
        runs: dict[str, list[Measured]] = {name: [] for name in SERVERS}
        for number in range(options.runs):
            for name, module in SERVERS.items():
                print(f"\r{count} streams, run {number + 1}, {name} ", end="", file=sys.stderr)
                with serving(module) as (port, pid):
                    runs[name].append(measure(port, pid, count))
        print("\r" + " " * 60 + "\r", end="", file=sys.stderr)
        for name in SERVERS:
            median = medians(runs[name])
            told.append({"streams": count, "server": name, **median._asdict()})
            if not options.json:
                show(count, name, median)
    if options.json:
        print(json.dumps(told))


if __name__ == "__main__":
    main()
