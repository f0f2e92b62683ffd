"""Kills recorders at random moments under load and looks at what they left.

    python -m tests.torture [--kills N] [--seed S] [--folder DIR]

Each round starts a recorder on the cassette of the round before, puts clients on it, kills it
with SIGKILL, folds the journal (killing that too, now and then) and holds the cassette against
what the clients saw. Some recorders are killed while they start, which is while they recover.
Prints the seed, a line for each fifty kills and the figures at the end; exits 1 at the first
promise that is broken, with what repeats it and the files left where they are.
"""

import argparse
import asyncio
import itertools
import os
import random
import shutil
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path

from tests.torture.judging import Broken, Judge, assert_secret
from tests.torture.killing import read_url, reap, start_folding, start_recorder
from tests.torture.load import Load
from wiretape.cassettes.folding import fold

SESSIONS = 6
"""Recorders on one cassette, one after the other, before a new one is begun."""

CLIENTS = (1, 2, 10)
"""At a time: few, so that what waits is written by the clock; many, so that it is by its size."""

LONGEST_SECONDS = 0.3
"""From the readiness of a recorder to its death."""


class Torture:
    """All rounds of one run."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.kills = self.start_kills = self.fold_kills = 0
        self.ends = self.open = self.most_lost_bytes = 0
        self.oldest_lost_seconds = 0.0
        self._folder = folder
        self._seed = seed
        self._rng = random.Random(seed)
        self._numbers = itertools.count(1)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._upstream = f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def run(self, kills: int) -> None:
        """Raises Broken."""
        while self.kills < kills:
            cassette = self._folder / "t.tape.zst"
            judge = Judge()
            for _ in range(min(SESSIONS, kills - self.kills)):
                self._round(cassette, judge)
            self._add(judge)
            cassette.unlink(missing_ok=True)

    def _round(self, cassette: Path, judge: Judge) -> None:
        if self._rng.random() < 0.2:
            self._kill_at_start(cassette)
        pid, pipe = start_recorder(cassette, self._upstream, self._listening)
        load = Load(self._listening, self._seed, self._numbers)
        clients, delay = self._rng.choice(CLIENTS), self._rng.uniform(0, LONGEST_SECONDS)
        asyncio.run(load.run(read_url(pipe), pid, clients, delay))
        if not reap(pid):
            raise Broken("the recorder ended by itself")
        self.kills += 1
        assert_secret(self._folder)
        judge.expect(load)
        while self._rng.random() < 0.5:
            self._kill_folding(cassette)
        if self._rng.random() < 0.8:
            fold(cassette)
            judge.look_at(cassette)
            left = sorted(path.name for path in self._folder.iterdir())
            if left not in ([cassette.name], []):
                raise Broken(f"left behind: {left}")
        else:
            self._recover_by_starting(cassette, judge)
        if self.kills % 50 == 0:
            print(f"{self.kills} kills, {self.start_kills} at the start, {self.fold_kills} folding")

    def _recover_by_starting(self, cassette: Path, judge: Judge) -> None:
        """The next recorder folds the journal."""
        pid, pipe = start_recorder(cassette, self._upstream, self._listening)
        read_url(pipe)
        os.kill(pid, signal.SIGKILL)
        reap(pid)
        fold(cassette)
        judge.look_at(cassette)

    def _kill_at_start(self, cassette: Path) -> None:
        pid, pipe = start_recorder(cassette, self._upstream, self._listening)
        time.sleep(self._rng.uniform(0, 0.03))
        os.kill(pid, signal.SIGKILL)
        reap(pid)
        os.close(pipe)
        self.start_kills += 1

    def _kill_folding(self, cassette: Path) -> None:
        pid = start_folding(cassette)
        time.sleep(self._rng.uniform(0, 0.015))
        os.kill(pid, signal.SIGKILL)
        self.fold_kills += reap(pid)
        assert_secret(self._folder)

    def _add(self, judge: Judge) -> None:
        self.ends += judge.ends
        self.open += judge.open
        self.most_lost_bytes = max(self.most_lost_bytes, judge.most_lost_bytes)
        self.oldest_lost_seconds = max(self.oldest_lost_seconds, judge.oldest_lost_seconds)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="wiretape-torture-"))
    print(f"seed {arguments.seed}, in {folder}", flush=True)
    torture = Torture(folder, arguments.seed)
    began = time.monotonic()
    try:
        torture.run(arguments.kills)
    except Broken as broken:
        sys.exit(
            f"kill {torture.kills}, seed {arguments.seed}: {broken}; the files are in {folder}"
        )
    shutil.rmtree(folder)
    print(
        f"{torture.kills} recorders killed under load, {torture.start_kills} while starting, "
        f"{torture.fold_kills} while folding, in {time.monotonic() - began:.0f} s: "
        f"{torture.ends:,} ends seen by clients, all kept; {torture.open:,} open, kept as cut; "
        f"the oldest byte lost came {torture.oldest_lost_seconds * 1000:.0f} ms before the kill, "
        f"the most bytes lost at once were {torture.most_lost_bytes:,}"
    )


if __name__ == "__main__":
    main()
