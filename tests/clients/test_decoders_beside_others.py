"""The framing decoders beside the libraries that clients read with: the same frames, of the
recorded streams and of what is made at random.

httpx-sse is given what both understand alike: no ids, no byte order mark, no cut event. What it
does otherwise is in tests/clients/test_decoder_quirks.py.
"""

import random
from collections.abc import Iterable, Iterator

import pytest

from tests.cassettes.framing.accounting import Item, cut, decoded
from tests.corpus import streams
from tests.wire_bodies import eventstream_message
from wiretape.cassettes.framing.frame import Frame
from wiretape.cassettes.framing.websocket import Deflate, WebSocketDecoder

pytestmark = pytest.mark.clients


def data_of(items: Iterable[Item]) -> list[tuple[str, bytes]]:
    return [
        (item.name, item.data) for item in items if isinstance(item, Frame) and item.kind == "data"
    ]


def through_httpx_sse(body: bytes) -> list[tuple[str, bytes]]:
    import httpx
    from httpx_sse import EventSource

    response = httpx.Response(200, headers={"content-type": "text/event-stream"}, content=body)
    events = EventSource(response).iter_sse()
    return [
        ("" if event.event == "message" else event.event, event.data.encode())
        for event in events
        if event.data
    ]


@pytest.mark.corpus
def test_httpx_sse_reads_the_recorded_streams_alike() -> None:
    count = events = 0
    for stream in streams():
        if stream.content_type.startswith("text/event-stream"):
            ours = data_of(decoded("sse", cut(stream.body, range(900, len(stream.body), 900))))
            theirs = through_httpx_sse(stream.body)
            named = [("" if name == "message" else name, data) for name, data in ours if data]
            assert named == theirs
            count, events = count + 1, events + len(ours)
    print(f"{count} streams, {events:,} events")
    assert count == 331


@pytest.mark.parametrize("seed", range(30))
def test_httpx_sse_reads_random_events_alike(seed: int) -> None:
    rng = random.Random(seed)
    letters = 'abc :{}"\\ä€😀\t'
    end = rng.choice(["\n", "\r\n", "\r"])
    body = ""
    for _ in range(20):
        text = ["".join(rng.choices(letters, k=rng.randint(1, 12))) for _ in range(3)]
        body += rng.choice(["", f"event: {text[0].strip()}x{end}", f": {text[0]}{end}"])
        body += "".join(f"data: {line}{end}" for line in text[: rng.randint(1, 3)]) + end
    raw = body.encode()
    places = [rng.randint(0, len(raw)) for _ in range(9)]
    assert data_of(decoded("sse", cut(raw, places))) == through_httpx_sse(raw)


def through_botocore(body: bytes) -> Iterator[tuple[str, bytes]]:
    from botocore.eventstream import EventStreamBuffer

    buffer = EventStreamBuffer()
    buffer.add_data(body)
    for message in buffer:
        yield message.headers.get(":event-type", ""), message.payload


@pytest.mark.corpus
def test_botocore_reads_the_recorded_streams_alike() -> None:
    count = messages = 0
    for stream in streams():
        if stream.content_type == "application/vnd.amazon.eventstream":
            ours = data_of(
                decoded("eventstream", cut(stream.body, range(70, len(stream.body), 70)))
            )
            assert ours == list(through_botocore(stream.body))
            count, messages = count + 1, messages + len(ours)
    print(f"{count} streams, {messages:,} messages")
    assert count == 22


@pytest.mark.parametrize("seed", range(30))
def test_botocore_reads_random_headers_alike(seed: int) -> None:
    """Headers of all types, as botocore decodes them, turned into the text that we give."""
    from botocore.eventstream import EventStreamBuffer

    rng = random.Random(seed)
    headers = {"".join(rng.choices("abc-:", k=5)): str(rng.random()) for _ in range(4)}
    body = eventstream_message(headers, rng.randbytes(rng.randint(0, 90)))
    buffer = EventStreamBuffer()
    buffer.add_data(body)
    (theirs,) = list(buffer)
    (ours,) = decoded("eventstream", cut(body, [rng.randint(0, len(body))]))
    assert isinstance(ours, Frame)
    assert (ours.headers, ours.data) == (theirs.headers, theirs.payload)


KINDS = {"TEXT": "data", "BINARY": "data", "PING": "ping", "PONG": "pong", "CLOSE": "close"}


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("takeover", [None, True, False], ids=["plain", "takeover", "alone"])
@pytest.mark.parametrize("sent", [False, True], ids=["received", "sent"])
def test_websockets_writes_what_we_read(sent: bool, takeover: bool | None, seed: int) -> None:
    """The library `websockets`, sans-IO: its frames, with fragments and pings among them."""
    from websockets.extensions.permessage_deflate import PerMessageDeflate
    from websockets.frames import Close, Opcode
    from websockets.frames import Frame as Wire

    rng = random.Random(seed)
    takes_over = bool(takeover)
    compressing = (
        [] if takeover is None else [PerMessageDeflate(not takes_over, not takes_over, 15, 15)]
    )

    def wire(opcode: Opcode, data: bytes, *, fin: bool = True) -> bytes:
        written: bytes = Wire(opcode, data, fin).serialize(mask=sent, extensions=compressing)
        return written

    body, expected = b"", []
    for _ in range(8):
        text = "".join(rng.choices("abc ä€😀", k=rng.choice([0, 1, 5, 200, 300, 70_000]))).encode()
        kind = rng.choice([Opcode.TEXT, Opcode.BINARY, Opcode.PING, Opcode.PONG])
        if kind in (Opcode.PING, Opcode.PONG):
            text = text[: rng.randint(0, 125)]
            body += wire(kind, text)
            expected.append((KINDS[kind.name], text))
            continue
        places = sorted(rng.randint(0, len(text)) for _ in range(rng.choice([0, 0, 1, 3])))
        pieces = cut(text, places)
        for n, piece in enumerate(pieces):
            body += wire(Opcode.CONT if n else kind, piece, fin=n == len(pieces) - 1)
            if n < len(pieces) - 1 and rng.random() < 0.5:
                body += wire(Opcode.PING, b"?")
                expected.append(("ping", b"?"))
        expected.append(("data", text))
    body += wire(Opcode.CLOSE, Close(1000, "bye").serialize())
    deflate = None if takeover is None else Deflate(context_takeover=takes_over)
    decoder = WebSocketDecoder(sent=sent, deflate=deflate)
    for n, piece in enumerate(cut(body, [rng.randint(0, len(body)) for _ in range(9)])):
        decoder.feed(piece, n)
    decoder.feed_eof()
    items = []
    while isinstance(item := decoder.next_frame(), Frame):
        items.append(item)
    assert decoder.next_frame() is not None
    seen = [(item.kind, item.data) for item in items if item.kind != "empty"]
    assert seen[:-1] == expected
    assert items[-1].headers == {"code": "1000", "reason": "bye"}
    assert b"".join(item.raw for item in items) == body
