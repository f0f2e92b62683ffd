"""Records real clients through the real proxy and plays to them from the real server."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from tests.clients.calls import Bases
from wiretape.cassettes import Cassette
from wiretape.recorder import RecordingProxy, Upstream
from wiretape.replay import Pace, Player, ReplayServer

Answer = TypeVar("Answer")


@asynccontextmanager
async def recording(cassette: Path, provider: str) -> AsyncIterator[Bases]:
    """A proxy before `provider`, which speaks every dialect."""
    async with recording_of(cassette, provider, "openai", "anthropic") as url:
        yield Bases.under(url)


@asynccontextmanager
async def recording_of(cassette: Path, provider: str, *names: str) -> AsyncIterator[str]:
    """The same, for upstreams of these names; gives the URL."""
    proxy = RecordingProxy(cassette, {name: Upstream(name, provider) for name in names})
    await proxy.start()
    try:
        yield proxy.url
    finally:
        kept = await proxy.close()
    assert (kept.problem, kept.lost) == ("", 0)


@asynccontextmanager
async def replaying(cassette: Path) -> AsyncIterator[Bases]:
    """A server that plays the cassette without its pauses. Everything on it must be asked for."""
    with Cassette.open(cassette) as tape:
        player = Player(tape, after_last="error")
    server = ReplayServer(player, pace=Pace(instant=True))
    await server.start()
    try:
        yield Bases.under(server.url)
    finally:
        await server.close()
    assert (player.unplayed, player.misses) == ((), 0)


async def live_and_replayed(
    cassette: Path, provider: str, ask: Callable[[Bases], Awaitable[Answer]]
) -> tuple[Answer, Answer]:
    """What `ask` gives through the recorder, and what it gives from the tape of that."""
    async with recording(cassette, provider) as bases:
        live = await ask(bases)
    async with replaying(cassette) as bases:
        replayed = await ask(bases)
    return live, replayed
