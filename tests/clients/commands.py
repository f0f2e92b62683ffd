"""Runs Wiretape's commands and client programs as processes of their own."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests.clients.calls import Bases

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = [str(ROOT / room) for room in ("cassettes", "recorder", "replay", "testing", "cli")]

WIRETAPE = (sys.executable, "-m", "wiretape.cli")
PROGRAM = (sys.executable, str(ROOT / "tests/clients/calls.py"))

_URL = re.compile(r"http://127\.0\.0\.1:\d+")


def upstreams(provider: str) -> tuple[str, ...]:
    """The options that put `provider` in the place of OpenAI and Anthropic."""
    return ("--upstream", f"openai={provider}", "--upstream", f"anthropic={provider}")


async def run_program(bases: Bases) -> str:
    """Run the client program, told of nothing but its base URLs; gives what it printed."""
    return await run(PROGRAM, bases.environment)


async def run(command: tuple[str, ...], more: Mapping[str, str] | None = None) -> str:
    """Run a command to its end; gives its standard output. It must exit with 0."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env=environment(more),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return output.decode()


@asynccontextmanager
async def serving(*arguments: str) -> AsyncIterator[Bases]:
    """Run `wiretape record` or `wiretape replay` on a free port, and end it by SIGTERM."""
    async with listening(*arguments) as url:
        yield Bases.under(url)


@asynccontextmanager
async def listening(*arguments: str) -> AsyncIterator[str]:
    """The same; gives the URL."""
    process = await asyncio.create_subprocess_exec(
        *WIRETAPE, *arguments, "--port", "0", env=environment(), stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    said = ""
    try:
        while (found := _URL.search(said)) is None:
            line = await process.stderr.readline()
            assert line, f"ended before it was ready: {said}"
            said += line.decode()
        yield found[0]
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        said += (await process.stderr.read()).decode()
        assert await process.wait() == 0, said


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """What the commands are given: where they are found, nothing of this process's own."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": os.pathsep.join(ROOMS),
        "NO_PROXY": "127.0.0.1",
        **(more or {}),
    }
