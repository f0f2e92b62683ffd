"""`docs/torture.md`: what the official SDKs make of every fault.

`python -m tests.clients.torture_document` writes it anew. Records three programs for real, from the
scripted provider, and lets `wiretape torture` at them.
"""

import asyncio
import json
import sys
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from tests.clients.commands import ROOT, WIRETAPE, environment, run
from tests.clients.scripted_provider import scripted_provider
from tests.clients.tape import recording
from wiretape.cli.torture.judging import WORDS

FILE = ROOT / "docs" / "torture.md"
TIMEOUT_S = "12"
JOBS = "2"


class Client(NamedTuple):
    """A program with an SDK."""

    title: str
    package: str
    program: Path


CLIENTS = (
    Client("openai, Chat Completions", "openai", ROOT / "examples" / "ask.py"),
    Client("openai, Responses", "openai", ROOT / "examples" / "ask_responses.py"),
    Client("anthropic, Messages", "anthropic", ROOT / "tests" / "clients" / "ask_messages.py"),
)

HEAD = """\
# What the official SDKs make of every fault

Made by `python -m tests.clients.torture_document`; a test holds the two equal. Each cell is a run
of `wiretape torture TAPE -- python PROGRAM`: a short program that asks one question, prints the
answer as it streams in, and catches no exception. The programs are `examples/ask.py`,
`examples/ask_responses.py` and `tests/clients/ask_messages.py`. Their SDKs have their own timeouts
and retries as they come; a run may take {timeout} s. What each fault
does is in [faults.md](faults.md), what each verdict means below.

"""

FOOT = """
**survived**: the same output as without the fault, exit code 0. **clear error**: an exit code and
words. **took a part for the whole**: exit code 0 and other output, though the answer was broken on
the wire: its connection ended too soon, it lacked what says that it is over, or it was an error.
The answer's text, as `wiretape show` reads it from the tape, is in the output without the fault and
not in this one, however much else is; where the output never holds that text, this one is shorter.
So is shorter output where a client could tell that something was wrong. **altered output**: any
other output with exit code 0: the answer was whole or its content was another, or nothing shows
that a part is missing. What came whole when the client asked again was not broken. **hung**: had to
be ended. **ignored Retry-After**: asked again sooner than told. **crashed**: a signal, an exit code
without a word, or the error of a decoder in the place of one that says what happened. **does not
apply**: nothing was tried; where that is so of a quarter, the last line says so. Hung, ignored
Retry-After, crashed and a part for the whole make `wiretape torture` exit with 1; where no fault
applied it exits with 2.

A run is over when the process has ended, whatever it left behind: what of its process group is
still there is ended, and what still holds its output has half a second to write to it.

## What there is to see

- Neither SDK asks again once a stream has begun; the statuses are retried, and Retry-After is kept.
- The default read timeout of both is ten minutes: a stream that falls silent hangs for as long.
  `timeout=` of the client is for that.
- A body that ends in order, but without its last event, raises nothing: a program has to look for
  the finish reason, or for `response.completed`, itself.
- An error in a stream of Responses raises nothing either: `error` and `response.failed` are events
  like any other. In Chat Completions and Messages it is an exception.
- What is no UTF-8 or no JSON comes out as the error of Python's decoder, which no `except
  openai.APIError` catches.
- A cut comes out of anthropic as the HTTP library's own error.
- The content type is not looked at: a stream that is called `text/html` is read all the same.
"""


async def column(client: Client, folder: Path) -> dict[str, str]:
    """Fault to what the client makes of it."""
    tape = folder / f"{client.program.stem}.tape.zst"
    program = (sys.executable, str(client.program))
    async with scripted_provider() as provider, recording(tape, provider) as bases:
        await run(program, {**bases.environment, **_KEYS})
    tried = await _tortured(tape, program)
    return {_shown(one["fault"]): _cell(one) for one in tried}


_KEYS = {"OPENAI_API_KEY": "no-key", "ANTHROPIC_API_KEY": "no-key"}


async def _tortured(tape: Path, program: tuple[str, ...]) -> list[dict[str, Any]]:
    options = ("--json", "--timeout", TIMEOUT_S, "--jobs", JOBS)
    process = await asyncio.create_subprocess_exec(
        *(*WIRETAPE, "torture", *options, str(tape), "--", *program),
        env=environment(_KEYS),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode in (0, 1), errors.decode()
    faults: list[dict[str, Any]] = json.loads(output)["faults"]
    return faults


def _shown(fault: str) -> str:
    """The rate of the slow line is that of each tape."""
    return "slow(bytes_per_second=...)" if fault.startswith("slow(") else fault


def _cell(one: dict[str, Any]) -> str:
    words = WORDS[one["verdict"]]
    shown = f"**{words}**" if one["bad"] else words
    if one["verdict"] in ("error", "crashed"):
        return f"{shown}: `{one['words'].partition(':')[0].rpartition('.')[2]}`"
    return shown


def text(columns: dict[str, dict[str, str]]) -> str:
    """The whole document; `columns` by the clients' titles."""
    packages = sorted({client.package for client in CLIENTS})
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    rows = [
        f"Versions: {versions}; Python {sys.version_info.major}.{sys.version_info.minor}.",
        "",
        f"| fault | {' | '.join(columns)} |",
        f"|---{'|---' * len(columns)}|",
    ]
    rows += [
        f"| `{fault}` | {' | '.join(one[fault] for one in columns.values())} |"
        for fault in next(iter(columns.values()))
    ]
    return HEAD.format(timeout=TIMEOUT_S) + "\n".join(rows) + "\n" + FOOT


def documented(client: Client) -> dict[str, str]:
    """The column of a client as the document has it."""
    rows = [line.strip("|").split("|") for line in FILE.read_text().splitlines() if line[:1] == "|"]
    place = [cell.strip() for cell in rows[0]].index(client.title)
    return {row[0].strip().strip("`"): row[place].strip() for row in rows[2:]}


async def _write() -> None:
    with TemporaryDirectory() as folder:
        FILE.write_text(text({one.title: await column(one, Path(folder)) for one in CLIENTS}))


if __name__ == "__main__":
    asyncio.run(_write())
