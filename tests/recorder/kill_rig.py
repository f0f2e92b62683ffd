"""Kills a recorder in the middle of its work, many times, and looks at what is left.

Run as `python -m tests.recorder.kill_rig FOLDER ROUNDS SEED`. Each round forks a child that runs
the proxy and its upstream, puts it under the load of clients that run here, kills it with
SIGKILL once a random number of ends were seen, and then compares the cassette with what the
clients saw. Prints one line a round; exits 1 at the first promise that is broken.
"""

import asyncio
import os
import random
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from tests.raw_http import ConnectionEnded, RawClient
from tests.recorder.recording import recorded
from tests.scripted_upstream import (
    LAST_CHUNK,
    Script,
    ScriptedUpstream,
    chunk,
    chunked_head,
    length_head,
)
from wiretape.cassettes.folding import fold
from wiretape.cassettes.journal import journal_path
from wiretape.recorder import RecordingProxy, Upstream

CLIENTS = 8
KEY = "sk-proj-planted0123456789planted0123456789"


def scripts() -> Iterator[Script]:
    """Streams of several reads, whole documents, and the key in two halves."""
    event = b"data: " + b"x" * 200 + b"\n\n"
    stream = [chunk(event)] * 20
    yield [chunked_head(), *stream, LAST_CHUNK]
    yield [length_head(6), b"abc", b"def"]
    yield [chunked_head(), chunk(KEY[:9].encode()), chunk(KEY[9:].encode()), LAST_CHUNK]
    yield [b"HTTP/1.1 204 No Content\r\n\r\n"]


def child(cassette: Path, ready: int) -> NoReturn:
    """The recorder and its upstream, until killed."""

    async def run() -> None:
        async with ScriptedUpstream(*list(scripts()) * 1_000) as upstream:
            proxy = RecordingProxy(cassette, {"up": Upstream("up", upstream.url)})
            await proxy.start()
            os.write(ready, proxy.url.encode())
            os.close(ready)
            await asyncio.Event().wait()

    asyncio.run(run())
    os._exit(1)


async def client(url: str, names: Iterator[int], seen: set[str], kill_at: int, pid: int) -> None:
    """Asks again and again; the one that sees the last allowed end kills the recorder."""
    try:
        async with await RawClient.connect(url) as connection:
            for name in names:
                target = f"/{name}"
                connection.send_request(
                    "GET", f"/up{target}", (("Authorization", f"Bearer {KEY}"),)
                )
                response = await connection.read_response()
                if not response.complete:
                    return
                seen.add(target)
                if len(seen) == kill_at:
                    os.kill(pid, signal.SIGKILL)
    except (ConnectionEnded, ConnectionError):
        return


async def load(url: str, seen: set[str], kill_at: int, pid: int) -> None:
    """All clients, until the connections are gone."""
    names = iter(range(100_000))
    await asyncio.gather(*(client(url, names, seen, kill_at, pid) for _ in range(CLIENTS)))


def play_round(cassette: Path, kill_at: int) -> str:
    """One round; returns what went wrong, or nothing."""
    reading, ready = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        child(cassette, ready)
    os.close(ready)
    with os.fdopen(reading) as pipe:
        url = pipe.read()
    seen: set[str] = set()
    asyncio.run(load(url, seen, kill_at, pid))
    os.waitpid(pid, 0)
    if KEY.encode() in journal_path(cassette).read_bytes():
        return "the key is in the journal"
    folded = fold(cassette)
    kept = {one.request.target: one for one in recorded(cassette)}
    lost = {target for target in seen if target not in kept}
    lost |= {
        target for target in seen & set(kept) if kept[target].timeline.ending.kind != "complete"
    }
    print(
        f"killed at {kill_at}: {len(seen)} ends seen, {len(kept)} kept, {folded and folded.cut} cut"
    )
    if {one.timeline.ending.kind for one in kept.values()} - {"complete", "cut"}:
        return "an ending that is neither complete nor cut"
    return f"lost: {sorted(lost)}" if lost else ""


def main(folder: Path, rounds: int, seed: int) -> None:
    """All rounds, each on a cassette of its own."""
    choose = random.Random(seed)
    for n in range(rounds):
        problem = play_round(folder / f"{n}.tape.zst", choose.randint(1, 120))
        if problem:
            sys.exit(f"round {n}, seed {seed}: {problem}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
