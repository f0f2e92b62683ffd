"""Runs the programs beside this file: clients from npm, each a process of its own.

Knows how they are asked and what they print; no tape.
"""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.clients.taped import Api, Said, said, said_by
from tests.clients.trying import unavailable
from tests.provider_recount import server_sent

FOLDER = Path(__file__).parent
INSTALLED = FOLDER / "node_modules"
LINE = 1 << 26
"""Bytes of the longest line that a program prints."""


def version(package: str) -> str:
    """Of a package from npm. Fails the test, or skips it, where npm's clients are not there."""
    described = INSTALLED / package / "package.json"
    if shutil.which("node") is None:
        unavailable("node is not installed")
    if not described.exists():
        unavailable(f"{package} is not installed")
    return str(json.loads(described.read_bytes())["version"])


async def ask(
    program: str, api: Api, way: Callable[[str], str], base_url: str, questions: Iterable[str]
) -> list[Said]:
    """Have one client ask a question after the other, each in its way."""
    found = []
    async with _running(program, base_url) as process:
        for question in questions:
            answered = await _answered(process, {"prompt": question, "way": way(question)})
            found.append(_said(api, answered))
    return found


@asynccontextmanager
async def _running(program: str, base_url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program that waits for questions, and ends by itself when there are no more."""
    process = await asyncio.create_subprocess_exec(
        *("node", str(FOLDER / program), base_url),
        env={"PATH": os.environ["PATH"], "NO_PROXY": "127.0.0.1"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LINE,
    )
    assert process.stdin is not None
    try:
        yield process
    except BaseException:
        if process.returncode is None:
            process.kill()
        raise
    finally:
        process.stdin.close()
        await process.wait()
    assert process.returncode == 0


async def _answered(process: asyncio.subprocess.Process, question: dict[str, str]) -> Any:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(question).encode() + b"\n")
    await process.stdin.drain()
    line = await process.stdout.readline()
    assert line, f"{question} ended the program"
    return json.loads(line)


def _said(api: Api, given: dict[str, Any]) -> Said:
    """From what a program prints: the client's own objects, the body, or what it made of them."""
    if "events" in given:
        told = said(api, given["events"])
        assert given.get("final", told.text) == told.text
        return told
    if "sse" in given:
        sent = server_sent(given["sse"].encode())
        return said_by(api, ((name, json.loads(data)) for name, data in sent if data != "[DONE]"))
    tools = tuple((name, arguments) for name, arguments in given.pop("tools"))
    return Said(**given, tools=tools)
