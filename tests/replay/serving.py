"""A replay server on a clock the test moves, for the tests of this room."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, Literal
from urllib.parse import urlsplit

from tests.interactions import MS, numbered
from tests.raw_http import RawClient, fetch
from wiretape.cassettes.model import Interaction
from wiretape.replay import ManualClock, Pace, Player, ReplayServer
from wiretape.replay.player import AfterLast

ASKED = b'{"model":"m","input":"hi","stream":true}'
"""The body of `make_request`."""


class Served:
    """A running server, its player and its clock."""

    def __init__(self, server: ReplayServer, player: Player, clock: ManualClock) -> None:
        self.server = server
        self.player = player
        self.clock = clock
        self.url = server.url

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        assert parts.hostname is not None
        assert parts.port is not None
        return parts.hostname, parts.port

    async def ask(self, target: str = "/openai/v1/responses", body: bytes = ASKED) -> RawClient:
        """A client that has sent the usual request."""
        client = await RawClient.connect(self.url)
        client.send_request("POST", target, (("Content-Type", "application/json"),), body)
        return client

    async def playing(self, count: int) -> None:
        """Wait until `count` streams have their zero. The clock must not move before."""
        while self.server.playing != count:
            await self.settle()

    async def advance(self, milliseconds: float) -> None:
        """Let time pass for the streams, and what they write arrive."""
        self.clock.advance(round(milliseconds * MS))
        await self.settle()

    async def settle(self) -> None:
        """A round trip: what the server had sent before it has arrived after it."""
        assert (await fetch(self.url, "GET", "/__wiretape/health")).status == 200


@asynccontextmanager
async def serving(
    interactions: Iterable[Interaction],
    *,
    pace: Pace = Pace(),  # noqa: B008 - frozen
    framing: Literal["exact", "frames"] = "exact",
    after_last: AfterLast = "repeat",
    **options: Any,
) -> AsyncIterator[Served]:
    clock = ManualClock()
    player = Player(numbered(tuple(interactions)), after_last=after_last)
    server = ReplayServer(player, pace=pace, framing=framing, clock=clock, **options)
    await server.start()
    try:
        yield Served(server, player, clock)
    finally:
        await server.close()
