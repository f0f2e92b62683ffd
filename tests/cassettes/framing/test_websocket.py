"""The WebSocket decoder against aiohttp's own writer, and both directions in one log."""

import asyncio
import zlib
from typing import Any

import pytest
from aiohttp import WSMsgType
from aiohttp.http import WebSocketWriter
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cassettes.framing.accounting import Item, cut, ready
from wiretape.cassettes.framing import websocket
from wiretape.cassettes.framing.frame import Frame, Malformed
from wiretape.cassettes.framing.websocket import (
    Deflate,
    WebSocketDecoder,
    agreed_deflate,
    one_log,
)


class Written:
    """Takes what a writer writes: both its protocol and its transport."""

    _paused = False

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> None:
        self.data += data

    def writelines(self, pieces: list[bytes]) -> None:
        self.data += b"".join(pieces)

    def is_closing(self) -> bool:
        return False


def through_aiohttp(
    messages: list[tuple[WSMsgType, bytes]], *, sent: bool, deflate: Deflate | None
) -> bytes:
    """What aiohttp puts on the wire for these messages."""
    written: Any = Written()

    async def write() -> None:
        writer = WebSocketWriter(
            written,
            written,
            use_mask=sent,
            compress=deflate.window_bits if deflate else 0,
            notakeover=bool(deflate and not deflate.context_takeover),
        )
        for kind, data in messages:
            await writer.send_frame(data, kind)

    asyncio.run(write())
    return bytes(written.data)


KINDS = {
    WSMsgType.TEXT: ("data", "text"),
    WSMsgType.BINARY: ("data", "binary"),
    WSMsgType.PING: ("ping", None),
    WSMsgType.PONG: ("pong", None),
}

texts = st.tuples(st.just(WSMsgType.TEXT), st.text(max_size=200).map(str.encode))
binaries = st.tuples(
    st.just(WSMsgType.BINARY),
    st.binary(max_size=70) | st.integers(65_530, 65_540).map(bytes),
)
controls = st.tuples(st.sampled_from([WSMsgType.PING, WSMsgType.PONG]), st.binary(max_size=125))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(texts | binaries | controls, max_size=6),
    st.booleans(),
    st.none() | st.builds(Deflate, st.booleans(), st.integers(9, 15)),
    st.lists(st.integers(0, 100_000), max_size=6),
)
def test_what_aiohttp_writes_comes_back(
    messages: list[tuple[WSMsgType, bytes]],
    sent: bool,
    deflate: Deflate | None,
    places: list[int],
) -> None:
    body = through_aiohttp(messages, sent=sent, deflate=deflate)
    frames = read(cut(body, [at % (len(body) + 1) for at in places]), sent=sent, deflate=deflate)
    seen = [
        (frame.kind, frame.headers.get("opcode"), frame.data)
        for frame in frames
        if isinstance(frame, Frame)
    ]
    assert seen == [(*KINDS[kind], data) for kind, data in messages]
    assert len(frames) == len(messages)
    assert {frame.sent for frame in frames} <= {sent}
    assert b"".join(frame.raw for frame in frames) == body


def test_what_aiohttp_closes_with() -> None:
    body = through_aiohttp(
        [(WSMsgType.CLOSE, b"\x03\xf3" + "später".encode())], sent=True, deflate=None
    )
    (frame,) = read([body], sent=True)
    assert isinstance(frame, Frame)
    assert (frame.kind, frame.headers) == ("close", {"code": "1011", "reason": "später"})


def read(pieces: list[bytes], *, sent: bool = False, deflate: Deflate | None = None) -> list[Item]:
    decoder = WebSocketDecoder(sent=sent, deflate=deflate)
    items: list[Item] = []
    for number, piece in enumerate(pieces, 1):
        decoder.feed(piece, number)
        items += ready(decoder)
    decoder.feed_eof()
    return items + ready(decoder)


def text(payload: bytes) -> bytes:
    return bytes([0x81, len(payload)]) + payload


def test_what_is_too_much_once_decompressed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "MOST_INFLATED", 1000)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = (packer.compress(bytes(5000)) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]
    refused, after = read([b"\xc2" + bytes([len(packed)]) + packed, text(b"on")], deflate=Deflate())
    assert isinstance(refused, Malformed)
    assert "more than 1,000 bytes" in refused.words
    assert isinstance(after, Frame)


def test_a_block_that_says_it_is_the_last_one() -> None:
    """RFC 7692 section 7.2.3.4: the next message has no context."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(b"hello") + packer.flush(zlib.Z_FINISH) + b"\0"
    wire = b"\xc1" + bytes([len(packed)]) + packed
    assert [item.data for item in read([wire, wire], deflate=Deflate()) if isinstance(item, Frame)]
    assert {
        item.data for item in read([wire * 2], deflate=Deflate()) if isinstance(item, Frame)
    } == {b"hello"}


def test_times_are_those_of_the_bytes() -> None:
    """A fragment, half a ping, the other half, and the last fragment, in a read each."""
    fragment, ping, message = read([b"\x01\x01a", b"\x89", b"\x00", b"\x80\x01b"])
    assert (fragment.first_ns, fragment.last_ns) == (1, 1)
    assert (ping.first_ns, ping.last_ns) == (2, 3)
    assert (message.first_ns, message.last_ns) == (4, 4)


def test_both_directions_in_one_log() -> None:
    received = read([text(b"a"), text(b"b") + text(b"c")])
    client = WebSocketDecoder(sent=True)
    for at_ns, payload in ((0, b"\x81\x80mask"), (2, b"\x81\x80mask"), (9, b"\x81")):
        client.feed(payload, at_ns)
    client.feed_eof()
    log = list(one_log(received, ready(client)))
    assert [frame.number for frame in log] == [1, 2, 3, 4, 5, 6]
    assert [(frame.last_ns, frame.sent, frame.offset) for frame in log] == [
        (0, True, 0),
        (1, False, 0),
        (2, True, 6),
        (2, False, 3),
        (2, False, 6),
        (9, True, 12),
    ]
    assert isinstance(log[-1], Malformed)
    assert list(one_log([], [])) == []


@pytest.mark.parametrize(
    ("extensions", "sent", "received"),
    [
        ("", None, None),
        ("x-webkit-deflate-frame", None, None),
        ("permessage-deflate", Deflate(), Deflate()),
        (
            "permessage-deflate; server_no_context_takeover",
            Deflate(),
            Deflate(context_takeover=False),
        ),
        (
            "permessage-deflate;client_no_context_takeover ; client_max_window_bits=10",
            Deflate(context_takeover=False, window_bits=10),
            Deflate(),
        ),
        (
            'permessage-deflate; server_max_window_bits="12", other',
            Deflate(),
            Deflate(window_bits=12),
        ),
        ("permessage-deflate; server_max_window_bits=99", Deflate(), Deflate()),
    ],
)
def test_what_the_handshake_agreed_on(
    extensions: str, sent: Deflate | None, received: Deflate | None
) -> None:
    assert agreed_deflate(extensions, sent=True) == sent
    assert agreed_deflate(extensions, sent=False) == received
