"""A recording proxy before a scripted upstream, and what it left: for the tests of this room."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.raw_http import RawClient
from tests.scripted_upstream import ScriptedUpstream
from wiretape.cassettes.journal import Entry, journal_path, read_entries
from wiretape.cassettes.model import Interaction
from wiretape.cassettes.store import Cassette
from wiretape.recorder import Kept, RecordingProxy, Upstream


class Session:
    """A proxy with one upstream called `up`."""

    def __init__(self, proxy: RecordingProxy) -> None:
        self.proxy = proxy
        self.kept: Kept | None = None

    async def client(self) -> RawClient:
        """A new connection to the proxy."""
        return await RawClient.connect(self.proxy.url)

    async def close(self) -> Kept:
        """Seal; done anyway at the end."""
        if self.kept is None:
            self.kept = await self.proxy.close()
        return self.kept

    async def only(self) -> Interaction:
        """Seal, and give the one interaction that was kept."""
        await self.close()
        (interaction,) = recorded(self.proxy.cassette)
        return interaction

    def journal(self) -> list[Entry]:
        """What stands in the journal at this moment."""
        with journal_path(self.proxy.cassette).open("rb") as file:
            return [placed.entry for placed in read_entries(file)]


@asynccontextmanager
async def recording(
    folder: Path, upstream: ScriptedUpstream | str, **options: Any
) -> AsyncIterator[Session]:
    """Record to `folder/t.tape.zst`."""
    base = upstream if isinstance(upstream, str) else upstream.url
    upstreams: Mapping[str, Upstream] = {"up": Upstream("up", base)}
    proxy = RecordingProxy(folder / "t.tape.zst", upstreams, **options)
    await proxy.start()
    session = Session(proxy)
    try:
        yield session
    finally:
        await session.close()


def recorded(path: Path) -> list[Interaction]:
    """Everything on a cassette."""
    with Cassette.open(path) as cassette:
        return list(cassette)


def files_in(folder: Path) -> list[str]:
    """Names of everything a folder holds."""
    return sorted(path.name for path in folder.iterdir())


async def until(holds: Callable[[], object]) -> None:
    """Turn the loop until something holds that no event tells of (the state of a kernel's
    buffer, of another's object). Waits for no time to pass.
    """
    while not holds():  # noqa: ASYNC110
        await asyncio.sleep(0)


async def until_still(value: Callable[[], int]) -> int:
    """Turn the loop until a number stays as it is: every buffer on the way is full."""
    before = -1
    while value() != before:
        before = value()
        for _ in range(500):  # turns in which nothing moves
            await asyncio.sleep(0)
    return before


async def until_stuck(upstream: ScriptedUpstream) -> int:
    """Turn the loop until every buffer on the way is full; returns what the upstream got rid of."""
    await until(lambda: upstream.written)
    return await until_still(lambda: upstream.written)
