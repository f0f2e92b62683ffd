"""What is fuzzed: each target takes any bytes, and raises where a promise does not hold.

Errors of the documented trees are answers, not findings. Hypothesis runs the targets in CI,
atheris for as long as it is let (`make fuzz`). Knows the rooms' readers; nothing of who calls.
"""

import random
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import zstandard

from tests.cassettes.framing.accounting import account, decoded, timeless
from tests.cassettes.sample import INTERACTIONS, SESSION
from wiretape.cassettes.codec.encoder import encode_head, encode_interaction, encode_session
from wiretape.cassettes.codec.frames import SKIPPABLE_MAGIC, compress_frame
from wiretape.cassettes.codec.index import FOOTER, FRAME_HEAD_SIZE, MAGIC
from wiretape.cassettes.errors import CassetteError
from wiretape.cassettes.folding import fold
from wiretape.cassettes.interop import Asked, GivenPace, Unreadable, import_bytes
from wiretape.cassettes.journal import journal_path, read_entries
from wiretape.cassettes.matching import differences, request_key
from wiretape.cassettes.model import Headers, Request, Response
from wiretape.cassettes.notes import notes_of
from wiretape.cassettes.redaction import Redactor, as_recorded
from wiretape.cassettes.store import Cassette, append
from wiretape.recorder.response_reader import ResponseHead, ResponseReader

Target = Callable[[bytes], None]

KEY = b"sk-proj-planted0123456789planted0123456789"

_SHM = Path("/dev/shm")
FAST = str(_SHM) if _SHM.is_dir() else None
"""Where files of the targets stand: in memory where the system has it."""


def read_all(data: bytes) -> None:
    """Read a cassette in every way there is. Raises what is not a CassetteError."""
    for by_scan in (False, True):
        with suppress(CassetteError):
            cassette = Cassette(Path("fuzzed"), BytesIO(data), by_scan=by_scan)
            for entry in cassette.index:
                with suppress(CassetteError):
                    cassette.read(entry.number)
            with suppress(CassetteError):
                b"".join(cassette.text())


def cassette_file(data: bytes) -> None:
    """Any bytes as a file."""
    read_all(data)


def cassette_text(data: bytes) -> None:
    """Any bytes as the text behind the head: the checksums are right."""
    head = compress_frame(encode_head("fuzz") + encode_session(SESSION))
    read_all(head + compress_frame(data))


def cassette_index(data: bytes) -> None:
    """Any bytes as the text of the index: its checksum is right."""
    packed = zstandard.ZstdCompressor().compress(data)
    size = len(packed) + FOOTER.size
    footer = FOOTER.pack(FRAME_HEAD_SIZE + size, zlib.crc32(packed), MAGIC)
    read_all(_BLOCKS + SKIPPABLE_MAGIC + size.to_bytes(4, "little") + packed + footer)


def journal_file(data: bytes) -> None:
    """Any bytes as a journal, beside a cassette: what was on that stays on it."""
    with tempfile.TemporaryDirectory(dir=FAST) as folder:
        cassette = Path(folder) / "t.tape.zst"
        cassette.write_bytes(_SAMPLE)
        journal_path(cassette).write_bytes(data)
        with suppress(CassetteError):
            fold(cassette)
        with Cassette.open(cassette) as kept:
            assert [kept.read(1), kept.read(2)] == _INTERACTIONS
        read_all(cassette.read_bytes())


def journal_lines(data: bytes) -> None:
    """Any lines as entries: their checksums are right. A line `>n` has n bytes of payload."""
    journal_file(b"".join(_entry(line) for line in data.split(b"\n") if line))


def journal_reader(data: bytes) -> None:
    """The reader alone: places that rise, and an end within the file."""
    with tempfile.TemporaryFile(dir=FAST) as file:
        file.write(data)
        file.seek(0)
        before = 0
        for _, offset, end in read_entries(file):
            assert before == offset < end <= len(data)
            before = end


def redactor(data: bytes) -> None:
    """Any body in any pieces: the same as the whole, of its length, and without the key."""
    kind, rng, body = _dealt(data)
    headers = _BODY_HEADERS[kind % len(_BODY_HEADERS)]
    if kind & 64:
        at = rng.randint(0, len(body))
        body = body[:at] + KEY + body[at:]
    for of_request in (False, True):
        whole, lost = _through([body], headers, of_request=of_request)
        assert (whole, lost) == _through(_cut(body, rng), headers, of_request=of_request)
        assert len(whole) == len(body) or (lost and len(whole) < len(body))
        assert KEY not in whole


def redactor_heads(data: bytes) -> None:
    """Any head: the key is in none of it, and what stays can be written as a head again."""
    parts = data.decode("latin-1").split("\n")
    pairs = tuple(zip(parts[1::2], parts[2::2], strict=False))
    redacting, counts = _redactor(), Counter[str]()
    redacting.learn(pairs, parts[0])
    target = redacting.target(parts[0], counts)
    headers = redacting.headers(pairs, counts)
    assert len(headers) == len(pairs)
    whole = "\n".join((target, *(text for pair in headers for text in pair)))
    assert KEY.decode() not in whole
    whole.encode("latin-1")


def response_reader(data: bytes) -> None:
    """Any bytes of an upstream in any reads: the same head, body and ending."""
    kind, rng, body = _dealt(data)
    method = ("GET", "HEAD")[kind % 2]
    assert _read(method, [body]) == _read(method, _cut(body, rng))


def notes(data: bytes) -> None:
    """Any body, of a request and of its response, can be looked into when a tape is sealed."""
    request = Request("POST", "/v1/x", "1.1", (), data)
    notes_of("hf", request, Response("1.1", 200, "OK", (), data))


def matching(data: bytes) -> None:
    """Any request has a key, before and after redaction, and does not differ from itself."""
    target, _, rest = data.partition(b"\n")
    value, _, body = rest.partition(b"\n")
    headers = (("Content-Type", "application/json"), ("X-Any", value.decode("latin-1")))
    request = Request("POST", target.decode("latin-1"), "1.1", headers, body)
    request_key("up", request)
    once = as_recorded(request)
    assert request_key("up", once) == request_key("up", as_recorded(request))
    assert differences("up", once, "up", once) == ()
    differences("up", request, "up", once)


def framing(data: bytes) -> None:
    """Any body in any reads: the same frames, each byte in one of them."""
    kind, rng, body = _dealt(data)
    name = FRAMINGS[kind % len(FRAMINGS)]
    whole = decoded(name, [body])
    account(whole, [body])
    pieces = _cut(body, rng)
    items = decoded(name, pieces)
    account(items, pieces)
    assert timeless(items) == timeless(whole)


def foreign_file(data: bytes) -> None:
    """A file of another tool: refused in words, or interactions that can be written."""
    with suppress(Unreadable):
        for interaction in import_bytes(data, _IMPORTED).interactions:
            encode_interaction(interaction)


TARGETS: dict[str, Target] = {
    target.__name__: target
    for target in (
        cassette_file,
        cassette_text,
        cassette_index,
        journal_reader,
        journal_file,
        journal_lines,
        redactor,
        redactor_heads,
        response_reader,
        notes,
        matching,
        framing,
        foreign_file,
    )
}

_IMPORTED = Asked({}, "wiretape", "2026-11-22T09:30:00Z", pace=GivenPace(1_000_000, 50.0))

FRAMINGS = (
    *("sse", "ndjson", "eventstream", "json_array", "json", "websocket", "websocket sent"),
    *("websocket deflate", "websocket deflate no_takeover", "websocket sent deflate"),
)
"""As `decoder_named` takes them."""

_BODY_HEADERS: tuple[Headers, ...] = (
    (("Content-Type", "text/event-stream"),),
    (("Content-Type", "application/json"),),
    (("Content-Type", "application/vnd.amazon.eventstream"),),
    (("Content-Type", "application/octet-stream"),),
    (("Content-Type", "application/json"), ("Content-Encoding", "gzip")),
    (("Content-Type", "text/event-stream"), ("Content-Encoding", "deflate")),
    (("Content-Type", "text/event-stream"), ("Content-Encoding", "br")),
    (("Content-Type", "application/vnd.amazon.eventstream"), ("Content-Encoding", "zstd")),
    (("Content-Type", "text/plain"), ("Content-Encoding", "gzip, zstd")),
)


def _dealt(data: bytes) -> tuple[int, random.Random, bytes]:
    """A kind, chance, and the rest."""
    return (data[0] if data else 0), random.Random(data[1:3]), data[3:]


def _cut(body: bytes, rng: random.Random) -> list[bytes]:
    """In up to ten pieces, or byte by byte."""
    if rng.random() < 0.2:
        return [body[at : at + 1] for at in range(len(body))]
    places = sorted(rng.randint(0, len(body)) for _ in range(rng.randint(0, 9)))
    return [body[a:b] for a, b in pairwise([0, *places, len(body)]) if a < b]


def _redactor() -> Redactor:
    redacting = Redactor()
    redacting.learn((("Authorization", f"Bearer {KEY.decode()}"),), "/")
    return redacting


def _through(pieces: list[bytes], headers: Headers, *, of_request: bool) -> tuple[bytes, str]:
    redacting, counts = _redactor(), Counter[str]()
    make = redacting.request_stream if of_request else redacting.response_stream
    stream = make(headers, counts)
    return b"".join([*map(stream.feed, pieces), stream.finish()]), stream.lost


def _read(method: str, reads: list[bytes]) -> tuple[ResponseHead | None, bytes, str, Headers]:
    reader = ResponseReader(method)
    head, body, end = None, b"", None
    for data in reads:
        brought = reader.feed(data)
        head, end = head or brought.head, brought.end
        body += brought.body
        if end is not None:
            break
    end = end or reader.feed_eof()
    return head, body, end.kind, end.trailers


def _entry(line: bytes) -> bytes:
    """An entry of a journal, its checksum right."""
    payload = b""
    if b">" in line:
        line, _, size = line.rpartition(b">")
        payload = bytes(int(size) if size.isdigit() and len(size) < 4 else 0)
    content = b'{"bytes":%d,"entry":%b}\n' % (len(payload), line)
    content += payload + b"\n" if payload else b""
    return b"%08x %b" % (zlib.crc32(content), content)


def sample() -> bytes:
    """A cassette of two interactions."""
    with tempfile.TemporaryDirectory(dir=FAST) as folder:
        append(Path(folder) / "t.tape.zst", SESSION, INTERACTIONS)
        return (Path(folder) / "t.tape.zst").read_bytes()


def _without_index(data: bytes) -> bytes:
    index = Cassette(Path("sample"), BytesIO(data)).index
    return data[: max(one.offset + one.length for one in index)]


_SAMPLE = sample()
_BLOCKS = _without_index(_SAMPLE)
_INTERACTIONS = list(Cassette(Path("sample"), BytesIO(_SAMPLE)))
