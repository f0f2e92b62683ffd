"""The demo from start to end: provider, record, seal, replay, compare."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import click
import msgspec

from wiretape.cassettes.errors import CassetteError
from wiretape.cassettes.folding import fold
from wiretape.cassettes.journal import journal_path
from wiretape.cassettes.model import Interaction
from wiretape.cassettes.store import Cassette
from wiretape.cli.console import say
from wiretape.cli.demo.client import Received, ask
from wiretape.cli.demo.comparing import Compared, view_of_received, view_of_tape
from wiretape.cli.demo.processes import Process
from wiretape.cli.demo.scripts import MODEL_PREFIX, Script, scripts
from wiretape.cli.errors import DemoFailed, NotTheDemos

UPSTREAM = "openai"
"""The provider stands in for OpenAI, so that a client of the demo's replay is any of theirs."""


class Demo(msgspec.Struct, frozen=True):
    """What the demo came to."""

    compared: tuple[Compared, ...]
    cassette: Path


def make_room(cassette: Path, *, replace: bool) -> None:
    """Take away what an earlier demo left. Raises NotTheDemos, and what folding raises."""
    if not cassette.exists() and not journal_path(cassette).exists():
        return
    if replace:
        fold(cassette)  # an interrupted demo leaves a journal, and so does a real recording
    if not replace or (cassette.exists() and not _is_of_a_demo(cassette)):
        raise NotTheDemos(cassette)
    cassette.unlink(missing_ok=True)


def _is_of_a_demo(cassette: Path) -> bool:
    try:
        with Cassette.open(cassette) as tape:
            return all(entry.model.startswith(MODEL_PREFIX) for entry in tape.index)
    except CassetteError:
        return False


async def run_demo(cassette: Path) -> Demo:
    """Record the scripts to `cassette`, replay them from it, and compare."""
    asked = scripts()
    live = await _record(cassette, asked)
    async with Process(
        "the replay server", "wiretape.cli", "replay", str(cassette), "--port", "0"
    ) as server:
        say(f"replaying them: wiretape replay {cassette}")
        replayed = await _ask_all(server.url, asked)
    return Demo(_compare(cassette, asked, live, replayed), cassette)


async def serve_on(cassette: Path, port: int = 0) -> None:
    """Leave a replay server running until it ends or the demo is interrupted."""
    arguments = ("wiretape.cli", "replay", str(cassette), "--port", str(port))
    async with Process("the replay server", *arguments) as server:
        script = scripts()[0]
        body = msgspec.json.encode(script.request).decode()
        say(f"the replay server runs on at {server.url} (Ctrl-C ends it); try it:")
        click.echo(f"curl -N {server.url}/{UPSTREAM}{script.path} -d '{body}'", err=True)
        await server.ended()


async def _record(cassette: Path, asked: Sequence[Script]) -> list[Received]:
    async with AsyncExitStack() as stack:
        provider = await stack.enter_async_context(
            Process("the provider", "wiretape.cli.demo.provider", "--port", "0")
        )
        upstream = f"{UPSTREAM}={provider.url}"
        arguments = ("record", "--to", str(cassette), "--port", "0", "--upstream", upstream)
        proxy = await stack.enter_async_context(Process("the recorder", "wiretape.cli", *arguments))
        say(f"recording {len(asked)} streams: wiretape record --to {cassette}")
        live = await _ask_all(proxy.url, asked)
        if await proxy.end() != 0:
            raise DemoFailed(f"the recorder failed: {proxy.said[-1]}")
    return live


async def _ask_all(url: str, asked: Sequence[Script]) -> list[Received]:
    base = f"{url}/{UPSTREAM}"
    return await asyncio.gather(*(ask(base, one.path, one.request) for one in asked))


def _compare(
    cassette: Path,
    asked: Sequence[Script],
    live: Sequence[Received],
    replayed: Sequence[Received],
) -> tuple[Compared, ...]:
    with Cassette.open(cassette) as tape:
        by_model: dict[str, Interaction] = {one.notes.model_asked: one for one in tape}
    missing = [script.title for script in asked if script.model not in by_model]
    if missing:
        raise DemoFailed(f"{cassette}: not on the tape: {', '.join(missing)}")
    return tuple(
        Compared(
            script.title,
            view_of_received(first),
            view_of_tape(by_model[script.model]),
            view_of_received(second),
        )
        for script, first, second in zip(asked, live, replayed, strict=True)
    )
