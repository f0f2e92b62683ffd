"""One response being played to one client: a wire image, a zero, and how far it has come.

Writes slices of the image straight to the transport when the schedule says so, waits where
the client does not keep up, and ends as the recording did. Knows transports and the schedule;
nothing of matching, nor of how the image came about.
"""

import asyncio
import contextlib
import socket
import struct
import sys
from bisect import bisect_right
from collections.abc import Awaitable, Callable
from typing import Literal

from wiretape.replay.schedule import Schedule
from wiretape.replay.wire_image import WireImage

MAX_SLICE = 1 << 20
"""Bytes of one write. What a client has not taken yet is copied by asyncio: this bounds it."""

Drain = Callable[[], Awaitable[None]]
"""Waits until the transport has given everything to the kernel."""

_Pause = Literal["drain", "ended"]
"""Why a stream waits no more for time: a slice has to leave first, or nothing is left."""


class Playing:
    """A stream on the schedule (see `schedule.Stream`).

    `zero_ns`: the moment on the schedule's clock from which the image's times count.
    """

    __slots__ = (
        "_drain",
        "_due_ns",
        "_ends",
        "_image",
        "_pause",
        "_schedule",
        "_sent",
        "_transport",
        "_view",
        "_zero_ns",
        "position",
        "stopped",
    )

    def __init__(
        self,
        image: WireImage,
        transport: asyncio.Transport,
        drain: Drain,
        schedule: Schedule,
        zero_ns: int,
    ) -> None:
        self.position = 0
        """Parts of the image that are on their way."""
        self._image = image
        self._view = memoryview(image.data)
        self._ends = image.ends
        self._due_ns = image.due_ns
        self._sent = 0
        self.stopped = False
        """Whether `stop` ended it before the recording did."""
        self._transport = transport
        self._drain = drain
        self._schedule = schedule
        self._zero_ns = zero_ns
        self._pause: asyncio.Future[_Pause] = asyncio.get_running_loop().create_future()

    async def play(self) -> None:
        """Play to the end. Cancelled, it leaves the schedule: the client has gone.

        When this returns, closing the connection (or not) is left to the caller, but for a
        reset, which is made here.
        """
        # The transport then says "pause" while it holds anything at all, so that at most one
        # slice is outstanding and a client that stops reading costs no more.
        self._transport.set_write_buffer_limits(high=0)
        try:
            while not self.stopped and await self._next_pause() == "drain":
                await self._drain()
                # A client as quick as we are never makes the drain wait; others are due too.
                await asyncio.sleep(0)
            if self._image.ending == "reset" and not self.stopped:
                await self._reset()
        finally:
            self._schedule.drop(self)

    def stop(self) -> None:
        """End now, whatever is still due. A client that does not read is left behind."""
        self.stopped = True
        if self._pause.done():
            self._transport.abort()
        else:
            self._pause.set_result("ended")

    def write_due(self, now_ns: int) -> int | None:
        if self._pause.done() or self._transport.is_closing():
            return None
        if self._transport.get_write_buffer_size():
            self._pause.set_result("drain")
            return None
        self._write(now_ns - self._zero_ns)
        return self._next_due(now_ns)

    async def _next_pause(self) -> _Pause:
        self._pause = asyncio.get_running_loop().create_future()
        self._schedule.start(self)
        return await self._pause

    def _write(self, elapsed_ns: int) -> None:
        """One slice with everything due, or the first MAX_SLICE bytes of it."""
        position = bisect_right(self._due_ns, elapsed_ns, self.position)
        if position == 0:
            return
        self.position = position
        end = min(self._ends[position - 1], self._sent + MAX_SLICE)
        if end > self._sent:
            self._transport.write(self._view[self._sent : end])
            self._sent = end

    def _next_due(self, now_ns: int) -> int | None:
        if self.position and self._sent < self._ends[self.position - 1]:
            self._pause.set_result("drain")
            return None
        if self.position < len(self._due_ns):
            return self._zero_ns + self._due_ns[self.position]
        end_ns = self._zero_ns + self._image.end_ns
        if now_ns < end_ns:
            return end_ns
        # A recording that stalled to its end stalls: only the client or we can end it.
        if self._image.ending != "timeout":
            self._pause.set_result("ended")
        return None

    async def _reset(self) -> None:
        """RST to the client, once what came before it is on the wire."""
        await self._drain()
        sock: socket.socket | None = self._transport.get_extra_info("socket")
        if sock is None or self._transport.is_closing():
            return
        # Closing without lingering throws away what the kernel has not sent, and nothing
        # calls when it has: its queue has to be looked at.
        while _unsent(sock) and not self._transport.is_closing():  # noqa: ASYNC110
            await asyncio.sleep(_UNSENT_POLL)
        if not self._transport.is_closing():
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._transport.abort()


_UNSENT_POLL = 0.002
"""Seconds between two looks at the kernel's queue; only a slow client makes us look twice."""
_SIOCOUTQNSD = 0x894B
"""Linux: bytes in the send queue that have not been sent (tcp(7) has its sibling SIOCOUTQ)."""


def _unsent(sock: socket.socket) -> int:
    """Bytes the kernel still has to send; 0 where it does not say."""
    if sys.platform == "linux":
        import fcntl

        with contextlib.suppress(OSError):
            answer = fcntl.ioctl(sock.fileno(), _SIOCOUTQNSD, b"\0\0\0\0")
            return int.from_bytes(answer, sys.byteorder)
    return 0
