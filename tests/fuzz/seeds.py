"""What a fuzzer begins with: good input for each target, and words to put into it.

Knows the formats as far as it takes to make a small one of each.
"""

from io import BytesIO
from pathlib import Path

import zstandard

from tests.cassettes.framing.archives import vectors
from tests.fuzz.targets import FRAMINGS, KEY, sample
from tests.scripted_upstream import LAST_CHUNK, chunk, chunked_head, close_head, length_head
from tests.small_journal import entries
from tests.wire_bodies import CODINGS, WIRE_BODIES
from wiretape.cassettes.codec.index import FOOTER, FRAME_HEAD_SIZE
from wiretape.cassettes.journal import encode_entry
from wiretape.cassettes.store import Cassette

DEEP = 3_000
"""Of brackets in each other: beyond what Python lets a parser descend."""

WORDS = (
    KEY,
    b"[" * DEEP,
    b'{"a":' * DEEP,
    b'{"model":"m","a":' + b"[" * DEEP + b"]" * DEEP + b"}",
    b"9" * 30,
    b"9" * 5_000,
    b"-1",
    b"null",
    b"1e400",
    b'"\\ud800"',
    b'"\xff"',
    b'{"record":"unknown","bytes":3}\nabc\n',
    b"\r\n0\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Content-Length: 99999999999999999999\r\n",
)
"""What takes parsers by surprise."""


def seeds(target: str) -> list[bytes]:
    """Good input for a target."""
    return _SEEDS[target]


def _text() -> bytes:
    """The text of the sample's blocks."""
    with Cassette(Path("sample"), BytesIO(sample())) as cassette:
        return b"".join(map(cassette.read_text, cassette.index))


def _index_text() -> bytes:
    data = sample()
    length, _, _ = FOOTER.unpack(data[-FOOTER.size :])
    packed = data[-length + FRAME_HEAD_SIZE : -FOOTER.size]
    return zstandard.ZstdDecompressor().decompress(packed)


def _journal() -> bytes:
    return b"".join(map(encode_entry, entries()))


def _lines() -> bytes:
    """Each entry as `journal_lines` takes it."""
    lines = []
    for entry in entries():
        line, _, payload = encode_entry(entry).partition(b"\n")
        content = line.partition(b'"entry":')[2][:-1]
        lines.append(content + (b">%d" % (len(payload) - 1) if payload else b""))
    return b"\n".join(lines)


def _bodies() -> list[bytes]:
    """Every wire type under every coding, behind the three bytes that choose how."""
    wholes = [body.whole for body in WIRE_BODIES] + [b'{"api_key":"' + KEY + b'","n":1}']
    coded = [code(whole) for code in CODINGS.values() for whole in wholes]
    return [bytes([kind, 1, 2]) + body for kind, body in enumerate(coded)]


def _responses() -> list[bytes]:
    pieces = (chunk(b"data: 1\n\n"), chunk(b"data: 2\n\n"))
    trailers = b"0\r\nX-A: 1\r\n\r\n"
    heads_first = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n"
    wholes = [
        b"".join((chunked_head(), *pieces, LAST_CHUNK)),
        b"".join((chunked_head(), *pieces, trailers)),
        heads_first + length_head(5) + b"hello",
        length_head(5) + b"hello, and more",
        close_head() + b"hello",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
    ]
    return [bytes([kind, 3, 4]) + whole for kind in (0, 1) for whole in wholes]


def _framed() -> list[bytes]:
    """Every vector, behind the three bytes that choose its framing and its reads."""
    return [bytes([FRAMINGS.index(one.framing), 5, 6]) + one.body for one in vectors()]


def _foreign() -> list[bytes]:
    """What other tools recorded."""
    folder = Path(__file__).parents[1] / "vectors" / "interop"
    return [path.read_bytes() for path in sorted(folder.glob("[!R]*"))]


_SEEDS = {
    "foreign_file": _foreign(),
    "framing": _framed(),
    "cassette_file": [sample()],
    "cassette_text": [_text()],
    "cassette_index": [_index_text()],
    "journal_reader": [_journal()],
    "journal_file": [_journal()],
    "journal_lines": [_lines()],
    "redactor": _bodies(),
    "redactor_heads": [b"/v1/x?key=" + KEY + b"&a=1\nX-Api-Key\n" + KEY + b"\nCookie\na=b; c=d"],
    "response_reader": _responses(),
    "notes": [b'{"model":"m","a":[{"b":1}]}', b'data: {"response":{"model":"m"},"a":1}\n\n'],
    "matching": [b'/v1/x?key=a&alt=sse\nBearer abc\n{"model":"m","messages":[{"role":"user"}]}'],
}
