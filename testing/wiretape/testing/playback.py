"""A tape behind a port: the replay server of one view, on the serving thread. Meanwhile no provider
is asked past it.

What the server and its Player hold is touched on that thread alone; everything here is called
from the thread of the test. Knows the replay room.
"""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from wiretape.cassettes.model import Interaction
from wiretape.cassettes.store import Cassette
from wiretape.replay import Exchange, Pace, PortTaken, ReplayServer
from wiretape.replay.faults import Fault, Faulted, FaultPlan, Turn
from wiretape.testing.blocking import BLOCK, Playing, places_of
from wiretape.testing.environment import providers_before
from wiretape.testing.journal import Asked, NarrowingPlayer, State
from wiretape.testing.serving import ServingThread
from wiretape.testing.settings import Settings, Speed


class _Laid(msgspec.Struct):
    """A fault, and what became of it."""

    fault: Fault
    text: str
    met: bool = False
    reason: str = ""


class Playback:
    """Plays from `start` to `close`."""

    def __init__(
        self, tape: Iterable[Interaction], settings: Settings, serving: ServingThread
    ) -> None:
        self._serving = serving
        self._player = NarrowingPlayer(tape, settings)
        self._asked: list[Asked] = []
        self._laid: dict[int, _Laid] = {}
        self._faults = FaultPlan(watch=self._watch)
        self._speed: Speed = settings.speed
        named = (text.partition("=")[2] for text in settings.upstreams)
        self._live = places_of((*named, *providers_before()))
        """Providers beside those that are known."""
        self._playing = Playing()
        self._server: ReplayServer | None = None
        self.url = ""

    @property
    def speed(self) -> Speed:
        return self._speed

    @speed.setter
    def speed(self, speed: Speed) -> None:
        """Takes effect with the next request; streams that play now end where they stand."""
        self._speed = speed
        if self._server is not None:
            self._serving.run(self._restart())

    @property
    def state(self) -> State:
        """What has happened up to now."""
        return self._serving.call(self._state)

    def start(self) -> None:
        """Listen, where the last view did if that is free. Raises CannotListen."""
        self._serving.run(self._start())
        self._playing = Playing(self._live, places_of([self.url]))
        BLOCK.begin_playing(self._playing)

    def close(self) -> None:
        if self._server is not None:
            BLOCK.end_playing(self._playing)
            self._serving.run(self._server.close())
            self._server = None

    def lay(self, text: str) -> tuple[int, ...]:
        """Lay faults over what comes from now on. Raises BadFault."""
        return self._serving.call(self._lay, text)

    def lift(self, ids: Iterable[int]) -> None:
        self._serving.call(lambda: [self._faults.remove(number) for number in ids])

    def _state(self) -> State:
        player = self._player
        idle = tuple(
            f"{laid.text}{': ' if laid.reason else ''}{laid.reason}"
            for laid in self._laid.values()
            if not laid.met
        )
        return State(tuple(self._asked), tuple(map(player.recording, player.unplayed)), idle)

    def _lay(self, text: str) -> tuple[int, ...]:
        ids = self._faults.add(text)
        laid = self._faults.list()
        for number in ids:
            self._laid[number] = _Laid(laid[number], text)
        return ids

    def _note(self, exchange: Exchange) -> None:
        played = None if exchange.played is None else exchange.played.number
        self._asked.append(
            self._player.asked_of(
                exchange.upstream,
                exchange.request,
                played,
                exchange.miss,
                refusal=exchange.refusal,
            )
        )

    def _watch(self, turn: Turn, done: Faulted) -> None:
        for laid in self._laid.values():
            laid.met = laid.met or laid.fault in done.applied
            for fault, reason in done.refused:
                if fault == laid.fault:
                    laid.reason = reason

    async def _start(self) -> None:
        try:
            self._server = await self._listen(self._serving.port)
        except PortTaken:  # by a view that is open, or by somebody else since
            self._server = await self._listen(0)
        self.url = self._server.url
        self._serving.port = int(self.url.rpartition(":")[2])

    async def _restart(self) -> None:
        assert self._server is not None
        await self._server.close()
        self._server = await self._listen(int(self.url.rpartition(":")[2]))

    async def _listen(self, port: int) -> ReplayServer:
        pace = pace_of(self._speed)
        server = ReplayServer(
            self._player, pace=pace, port=port, faults=self._faults, watch=self._note
        )
        await server.start()
        return server


def read_tape(cassette: Path) -> tuple[Interaction, ...]:
    """All of a cassette. Raises what opening one raises, and CassetteCorrupt where a part of it
    is missing."""
    with Cassette.open(cassette) as tape:
        tape.require_whole()
        return tuple(tape)


def pace_of(speed: Speed) -> Pace:
    return Pace(instant=True) if speed == "instant" else Pace(speed=speed)
