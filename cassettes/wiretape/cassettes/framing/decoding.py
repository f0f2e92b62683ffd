"""The decoder for each framing, and a body read with it from the first byte to the last.

Knows the names of the framings; which one a body has is told by its headers and first bytes, and
that is not asked here.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from wiretape.cassettes.framing.base import Decoder
from wiretape.cassettes.framing.eventstream import EventstreamDecoder
from wiretape.cassettes.framing.frame import Frame, FrameDecoder, Framing, Malformed, NeedData
from wiretape.cassettes.framing.json_array import JsonArrayDecoder
from wiretape.cassettes.framing.ndjson import NdjsonDecoder
from wiretape.cassettes.framing.sse import SseDecoder
from wiretape.cassettes.framing.websocket import WebSocketDecoder


class WholeDecoder(Decoder):
    """A body that is no stream: one frame with all of it, none where it is empty."""

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()
        self._first_ns = 0
        self._last_ns = 0

    def feed(self, data: bytes, at_ns: int) -> None:
        """Take what one read gave. Raises FedAfterEnd once `feed_eof` was called."""
        self._open()
        if data:
            if not self._held:
                self._first_ns = at_ns
            self._held += data
            self._last_ns = at_ns

    def feed_eof(self) -> None:
        """There is no more: that is the frame."""
        self._ended = True
        if self._held:
            body = bytes(self._held)
            self._held.clear()
            self._give("data", body, body, self._first_ns, self._last_ns)


_DECODERS: Final[dict[Framing, type[FrameDecoder]]] = {
    "sse": SseDecoder,
    "ndjson": NdjsonDecoder,
    "eventstream": EventstreamDecoder,
    "json_array": JsonArrayDecoder,
    "websocket": WebSocketDecoder,
    "json": WholeDecoder,
}


def decoder_for(framing: Framing) -> FrameDecoder:
    """A new decoder; for a WebSocket, of what was received without compression."""
    return _DECODERS[framing]()


def frames_in(framing: Framing, reads: Iterable[tuple[bytes, int]]) -> Iterator[Frame | Malformed]:
    """All frames of a body. `reads` are the bytes of each read and when it came, in nanoseconds;
    the content coding must have been removed."""
    decoder = decoder_for(framing)
    for data, at_ns in reads:
        decoder.feed(data, at_ns)
        while not isinstance(frame := decoder.next_frame(), NeedData):
            yield frame
    decoder.feed_eof()
    while not isinstance(frame := decoder.next_frame(), NeedData):
        yield frame
