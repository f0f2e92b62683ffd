"""`wiretape` as a process of its own, and cassettes for it to look at."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.interactions import make_interaction, make_request
from wiretape.cassettes.model import Interaction, Session
from wiretape.cassettes.store import Cassette, append

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("cassettes", "recorder", "replay", "testing", "cli")
WIRETAPE = (sys.executable, "-m", "wiretape.cli")

PATIENCE_S = 30
"""A process that takes longer hangs; nothing is measured by it."""

STARTED = "2026-11-22T22:01:13.000000Z"


def environment(**more: str) -> dict[str, str]:
    """Ours, with the rooms importable whether or not wiretape is installed."""
    rooms = os.pathsep.join(str(ROOT / room) for room in ROOMS)
    return {**os.environ, "PYTHONPATH": rooms, "COLUMNS": "80", **more}


def run(
    *arguments: str | Path,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    prefix: Sequence[str] = (),
    stdin: bytes = b"",
) -> subprocess.CompletedProcess[bytes]:
    """Run to the end."""
    return subprocess.run(
        [*prefix, *WIRETAPE, *map(str, arguments)],
        cwd=cwd,
        env=env or environment(),
        input=stdin,
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )


class Running:
    """A `wiretape` that goes on, from its readiness line to its end."""

    def __init__(
        self,
        *arguments: str | Path,
        cwd: Path,
        prefix: Sequence[str] = (),
        **variables: str,
    ) -> None:
        """`prefix`: a program that runs what follows it, with less than our rights."""
        self.said: list[str] = []
        """Lines of stderr so far."""
        self.url = ""
        self._command = [*prefix, *WIRETAPE]
        self._arguments = [str(argument) for argument in arguments]
        self._cwd = cwd
        self._environment = environment(**variables)

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            *self._arguments,
            cwd=self._cwd,
            env=self._environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        line = await self.until(" at http://")
        self.url = line.partition(" at ")[2].split(" ")[0]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)  # with the command it recorded
        await self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    async def until(self, words: str) -> str:
        """Read stderr up to the first line with `words` in it."""
        assert self._process.stderr is not None
        async with asyncio.timeout(PATIENCE_S):
            while line := (await self._process.stderr.readline()).decode():
                self.said.append(line.rstrip("\n"))
                if words in line:
                    return self.said[-1]
        raise AssertionError(f"it ended without {words!r}: {self.said}")

    async def printed(self) -> str:
        """The next line of stdout."""
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            return (await self._process.stdout.readline()).decode().rstrip("\n")

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for the end."""
        self._process.send_signal(number)
        return await self.end()

    async def end(self) -> int:
        """Wait for the end; `said` has all of stderr then."""
        async with asyncio.timeout(PATIENCE_S):
            _, rest = await self._process.communicate()
        self.said += rest.decode().splitlines()
        assert self._process.returncode is not None
        return self._process.returncode


def make_tape(path: Path, interactions: Iterable[Interaction] | None = None) -> Path:
    """A cassette; by default of three interactions that ended in different ways."""
    append(path, Session(1, STARTED, "wiretape 0.1.0"), interactions or three_interactions())
    return path


def three_interactions() -> tuple[Interaction, ...]:
    """Complete, reset, and binary."""
    return (
        make_interaction(),
        make_interaction(
            ((100, b"data: half\n\n"), (1300, b"data: ")),
            start_ms=1500,
            upstream="anthropic",
            request=make_request(target="/v1/messages", body=b'{"model":"claude"}'),
            ending="reset",
            end_ms=1400,
            detail="Connection reset by peer",
        ),
        make_interaction(
            ((20, b"\x00\xff\x1b[31m" * 40),),
            start_ms=3000,
            request=make_request("GET", "/v1/files/1", b"", ()),
            headers=(("Content-Type", "application/octet-stream"), ("Content-Length", "280")),
        ),
    )


def index_start(path: Path) -> int:
    """Where the blocks of a cassette end and its index begins."""
    with Cassette.open(path) as cassette:
        return max(entry.offset + entry.length for entry in cassette.index)


def cut_index(path: Path) -> None:
    """Leave a cassette as a writer does that was stopped before the index."""
    path.write_bytes(path.read_bytes()[: index_start(path)])


def names_in(folder: Path) -> list[str]:
    """The names of what is in a folder."""
    return sorted(path.name for path in folder.iterdir())
