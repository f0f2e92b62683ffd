"""What the recorder adds to each event on its way: direct, through Wiretape, through stock aiohttp.

An upstream stamps each event as it sends it; the client stamps the read that brought it. The
difference is the event's time on the way. Streams run at the gaps of `workload.py`, halved;
upstream, proxy and client are processes of their own, and the variants take turns. Every event
is counted; a missing one stops the benchmark. `aiohttp` is the proxy one writes first, which
keeps nothing.

    python -m benchmarks.recorder [--streams 100] [--runs 3]
"""

import argparse
import asyncio
import gc
import select
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import aiohttp
from aiohttp import web

from benchmarks.pace import cpu_seconds, pin
from benchmarks.workload import CHUNK_BYTES, CHUNKS, TARGET, chunk_times, request_bytes
from wiretape.recorder import RecordingProxy, Upstream

VARIANTS = ("direct", "wiretape", "aiohttp")
PERCENTILES = (50, 90, 99)
SPREAD_SECONDS = 1.0
SILENCE_SECONDS = 10.0
MARK = b'data: {"sent_ns":"'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
PAD = b"%020d" + b'","pad":"' + b"x" * (CHUNK_BYTES - len(MARK) - 20 - 13) + b'"}\n\n'
GAPS = [at_ns / 2e9 for at_ns in chunk_times()]


class StampingUpstream(asyncio.Protocol):
    """Sends the workload to whoever asks, each event stamped."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.loop = asyncio.get_running_loop()

    def data_received(self, data: bytes) -> None:
        if b"\r\n\r\n" in data:
            self.zero = self.loop.time()
            self.sent = 0
            self.transport.write(HEAD)
            self.loop.call_at(self.zero + GAPS[0], self.send)

    def send(self) -> None:
        if self.transport.is_closing():
            return
        frame = MARK + PAD % time.monotonic_ns()
        self.transport.write(b"%x\r\n%b\r\n" % (len(frame), frame))
        self.sent += 1
        if self.sent == CHUNKS:
            self.transport.write(b"0\r\n\r\n")
        else:
            self.loop.call_at(self.zero + GAPS[self.sent], self.send)


async def serve_upstream(_: int) -> None:
    server = await asyncio.get_running_loop().create_server(
        StampingUpstream, "127.0.0.1", 0, backlog=1024
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


async def serve_wiretape(port: int) -> None:
    folder = tempfile.mkdtemp()
    upstreams = {"bench": Upstream("bench", f"http://127.0.0.1:{port}")}
    proxy = RecordingProxy(Path(folder) / "bench.tape.zst", upstreams)
    await proxy.start()
    print(proxy.url.rpartition(":")[2], flush=True)
    await asyncio.Event().wait()


async def serve_aiohttp(port: int) -> None:
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def answer(request: web.Request) -> web.StreamResponse:
        body = await request.read()
        async with session.post(f"http://127.0.0.1:{port}{TARGET}", data=body) as upstream:
            response = web.StreamResponse(status=upstream.status)
            response.content_type = upstream.content_type
            response.enable_chunked_encoding()
            await response.prepare(request)
            async for data in upstream.content.iter_any():
                await response.write(data)
            await response.write_eof()
            return response

    app = web.Application()
    app.router.add_post("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


ROLES = {"direct": serve_upstream, "wiretape": serve_wiretape, "aiohttp": serve_aiohttp}


def start(role: str, port: int, core: int) -> tuple["subprocess.Popen[str]", int]:
    """A process in a role, and the port it listens on."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.recorder", "--role", role, "--port", str(port)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    pin(process.pid, core)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def run_streams(port: int, count: int) -> list[int]:
    """Nanoseconds each event was on its way."""
    socks = {}
    poll = select.epoll()
    for _ in range(count):
        sock = socket.create_connection(("127.0.0.1", port))
        sock.setblocking(False)
        socks[sock.fileno()] = sock
        poll.register(sock.fileno(), select.EPOLLIN)
    waiting = list(socks.values())
    tails = dict.fromkeys(socks, b"")
    taken: list[int] = []
    start_ns, asked = time.monotonic_ns(), 0
    while len(taken) < count * CHUNKS:
        while asked < count and time.monotonic_ns() >= start_ns + asked * 1e9 / count:
            waiting[asked].send(request_bytes())
            asked += 1
        ready = poll.poll(0.001 if asked < count else SILENCE_SECONDS)
        if not ready and asked == count:
            raise SystemExit(f"{len(taken)} of {count * CHUNKS} events came")
        for fd, _ in ready:
            data = socks[fd].recv(65536)
            now_ns = time.monotonic_ns()
            if not data:
                raise SystemExit("a stream was closed before its end")
            pieces = (tails[fd] + data).split(MARK)
            tails[fd] = (MARK if len(pieces) > 1 else b"") + pieces[-1]
            stamps = pieces[1:]
            if stamps and len(stamps[-1]) >= 20:
                tails[fd] = b""
            else:
                stamps = stamps[:-1]
            taken += [now_ns - int(stamp[:20]) for stamp in stamps]
    for sock in socks.values():
        sock.close()
    return sorted(taken)


def measure(variant: str, upstream_port: int, count: int) -> tuple[list[float], float]:
    """Percentiles in microseconds, and the CPU of what stands between, in percent."""
    if variant == "direct":
        taken = run_streams(upstream_port, count)
        return [at(taken, p) for p in PERCENTILES], 0.0
    process, port = start(variant, upstream_port, 0)
    try:
        run_streams(port, min(count, 10))  # warm
        gc.collect()
        gc.disable()
        cpu, wall = cpu_seconds(process.pid), time.monotonic()
        taken = run_streams(port, count)
        cpu = (cpu_seconds(process.pid) - cpu) / (time.monotonic() - wall)
        gc.enable()
    finally:
        process.terminate()
        process.wait()
    return [at(taken, p) for p in PERCENTILES], 100 * cpu


def at(taken: list[int], percentile: int) -> float:
    return taken[len(taken) * percentile // 100] / 1e3


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--streams", type=int, default=100)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--role", choices=ROLES)
    parser.add_argument("--port", type=int, default=0)
    asked = parser.parse_args()
    if asked.role:
        asyncio.run(ROLES[asked.role](asked.port))
        return
    upstream, upstream_port = start("direct", 0, 1)
    pin(0, 1)
    found: dict[str, list[tuple[list[float], float]]] = {name: [] for name in VARIANTS}
    try:
        for _ in range(asked.runs):
            for name in VARIANTS:
                found[name].append(measure(name, upstream_port, asked.streams))
    finally:
        upstream.terminate()
        upstream.wait()
    print(f"{asked.streams} streams; microseconds an event is on its way, median of runs")
    print("between         p50       p90       p99    CPU")
    for name, runs in found.items():
        figures = [statistics.median(run[0][i] for run in runs) for i in range(len(PERCENTILES))]
        cpu = statistics.median(run[1] for run in runs)
        print(f"{name:10}" + "".join(f"{figure:10,.0f}" for figure in figures) + f"{cpu:6.0f}%")


if __name__ == "__main__":
    main()
