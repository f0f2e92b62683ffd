"""A tape's answers on the connections of another server: of the recorder's proxy, where it plays.

That one listens, reads the request and keeps the connection; which recording answers it, with
which bytes, at which pace and how it ends is decided here, by what the replay server is made of.
Knows the Player, images and the schedule; the other room only by the protocol it has for this
(`TapeAnswerer`).
"""

from aiohttp import web

from wiretape.cassettes.answering import Miss
from wiretape.cassettes.model import Interaction, Request
from wiretape.replay.answers import missed
from wiretape.replay.clock import Clock, MonotonicClock
from wiretape.replay.image_shelf import ImageShelf
from wiretape.replay.pacing import RECORDED_PACE, Pace
from wiretape.replay.player import Player
from wiretape.replay.playing import Playing
from wiretape.replay.schedule import Schedule
from wiretape.replay.wire_image import Framing


class TapeAnswers:
    """Plays what a Player finds. `clock`: as that of ReplayServer."""

    def __init__(
        self,
        player: Player,
        *,
        pace: Pace = RECORDED_PACE,
        framing: Framing = "exact",
        clock: Clock | None = None,
    ) -> None:
        self._player = player
        self._images = ImageShelf(pace, framing)
        self._own_clock = MonotonicClock()
        self._clock: Clock = self._own_clock if clock is None else clock
        self._schedule = Schedule(self._clock)
        self._playing: set[Playing] = set()

    @property
    def upstreams(self) -> frozenset[str]:
        """The names of the upstreams on the tape."""
        return self._player.upstreams

    @property
    def playing(self) -> int:
        """Streams open now."""
        return len(self._playing)

    def answer(self, upstream: str, request: Request, session: str = "") -> Interaction | Miss:
        """The next recording of the request in the session, or why there is none."""
        return self._player.answer(upstream, request, session)

    async def play(self, interaction: Interaction, asked: web.BaseRequest) -> bool:
        """Play it to its end; whether the connection may serve another request after that.

        Times count from this call: the request has been read. Cancelled, it stops.
        """
        transport = asked.transport
        if transport is None:
            return False
        image = self._images.image_of(interaction, to_http_1_0=asked.version < (1, 1))
        drain = asked.writer.drain
        playing = Playing(image, transport, drain, self._schedule, self._clock.now())
        self._playing.add(playing)
        try:
            await playing.play()
        finally:
            self._playing.discard(playing)
            # What comes next on the connection may be no stream of ours.
            transport.set_write_buffer_limits()
        return image.keep_alive and asked.keep_alive and not playing.stopped

    def missed(self, upstream: str, request: Request, miss: Miss) -> web.Response:
        """503: no recording answers the request. Names the nearest one and how it differs."""
        return missed(upstream, self._player.as_recorded(request), miss)

    def stop(self) -> None:
        """End every open stream where it stands."""
        for playing in list(self._playing):
            playing.stop()

    def close(self) -> None:
        """Give back what the clock holds."""
        self._own_clock.close()
