"""`wiretape record` onto a disk that fails, and what is asked of it."""

import random
from pathlib import Path

from tests.cli.processes import Running
from tests.raw_http import fetch
from tests.scripted_upstream import LAST_CHUNK, Script, ScriptedUpstream, chunk, chunked_head
from wiretape.cassettes.model import Interaction
from wiretape.cassettes.store import Cassette

PIECES = tuple(random.Random(1).randbytes(20_000) for _ in range(3))
"""No compression makes them small."""

BODY = b"".join(PIECES)

SCRIPT: Script = [chunked_head("a/b"), *map(chunk, PIECES), LAST_CHUNK]


def recorder(
    cassette: Path, upstream: ScriptedUpstream, *, prefix: tuple[str, ...] = ()
) -> Running:
    """The recorder as a process of its own."""
    return Running(
        *("record", "--to", cassette, "--port", "0", "--upstream", f"up={upstream.url}"),
        cwd=cassette.parents[1],
        prefix=prefix,
    )


async def ask(process: Running) -> None:
    """A stream through the recorder: not a byte less, whatever the disk does."""
    response = await fetch(process.url, "GET", "/up/v1/x")
    assert response.complete
    assert response.body == BODY


def kept(cassette: Path) -> list[Interaction]:
    with Cassette.open(cassette) as tape:
        return list(tape)


def is_whole(one: Interaction) -> bool:
    """Whether nothing of a stream is missing."""
    return one.response is not None and (one.response.body, one.lost) == (BODY, "")


def says(process: Running, *words: str) -> bool:
    """Whether one line of what the recorder said has all the words."""
    return any(all(word in line for word in words) for line in process.said)
