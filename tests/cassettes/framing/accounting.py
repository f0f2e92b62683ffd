"""What holds for every decoder and any bytes: each byte in one frame, in order, at its time.

Knows the decoders; nothing of where the bytes came from.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import msgspec

from wiretape.cassettes.framing.decoding import decoder_for
from wiretape.cassettes.framing.frame import (
    Frame,
    FrameDecoder,
    Framing,
    Malformed,
    NeedData,
)
from wiretape.cassettes.framing.websocket import Deflate, WebSocketDecoder

Item = Frame | Malformed

STEP_NS = 10
"""The n-th read, counted from 1, comes at n times that."""


def decoder_named(words: str) -> FrameDecoder:
    """`sse`, or `websocket sent deflate`."""
    framing, *options = words.split()
    if framing != "websocket":
        return decoder_for(msgspec.convert(framing, Framing))
    takeover = "no_takeover" not in options
    deflate = Deflate(context_takeover=takeover) if "deflate" in options else None
    return WebSocketDecoder(sent="sent" in options, deflate=deflate)


def decoded(framing: str, pieces: Iterable[bytes]) -> list[Item]:
    """All that the decoder gives for these reads, asked for after each of them."""
    decoder = decoder_named(framing)
    items: list[Item] = []
    for number, piece in enumerate(pieces, 1):
        decoder.feed(piece, number * STEP_NS)
        items += ready(decoder)
    decoder.feed_eof()
    items += ready(decoder)
    assert ready(decoder) == []
    return items


def ready(decoder: FrameDecoder) -> list[Item]:
    """What waits in the decoder."""
    items: list[Item] = []
    while not isinstance(item := decoder.next_frame(), NeedData):
        items.append(item)
    return items


def account(items: Sequence[Item], pieces: Sequence[bytes]) -> None:
    """Hold the items against the reads they came from."""
    body = b"".join(pieces)
    assert b"".join(item.raw for item in items) == body
    assert [item.number for item in items] == list(range(1, len(items) + 1))
    assert [item.offset for item in items] == _starts(items)
    times = [number * STEP_NS for number, piece in enumerate(pieces, 1) for _ in range(len(piece))]
    for item in items:
        if item.raw:
            last = item.offset + len(item.raw) - 1
            assert (item.first_ns, item.last_ns) == (times[item.offset], times[last]), item


def _starts(items: Sequence[Item]) -> list[int]:
    starts = [0]
    for item in items:
        starts.append(starts[-1] + len(item.raw))
    return starts[:-1]


def timeless(items: Iterable[Item]) -> list[Item]:
    """The items as if all came in one read."""
    return [msgspec.structs.replace(item, first_ns=0, last_ns=0) for item in items]


def cut(body: bytes, places: Iterable[int]) -> list[bytes]:
    """The body in pieces that end at these places."""
    return [body[a:b] for a, b in pairwise([0, *sorted(places), len(body)])]


def in_any_reads(framing: str, body: bytes, places: Iterable[int]) -> list[Item]:
    """The items of a body, which are the same whole, byte by byte and in these pieces."""
    whole = decoded(framing, [body])
    account(whole, [body])
    for pieces in (cut(body, range(1, len(body))), cut(body, places)):
        items = decoded(framing, pieces)
        account(items, pieces)
        assert timeless(items) == timeless(whole)
    return whole
