"""The index at the end of a cassette: what a listing shows, and where each interaction stands.

It is the payload of a skippable frame, so `zstd -dc` steps over it:

    payload = packed entries (zstd) | u64 length of the whole skippable frame
            | u32 CRC-32 of the packed entries | magic "WTIndex1"

Numbers are little-endian. Knows frames, and the model for what an entry holds.
"""

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import msgspec
import zstandard

from wiretape.cassettes.codec.frames import LEVEL, SKIPPABLE_MAGIC
from wiretape.cassettes.codec.lines import as_on_tape
from wiretape.cassettes.codec.shown import LONGEST, shown
from wiretape.cassettes.errors import IndexCorrupt, LimitExceeded
from wiretape.cassettes.model import EndingKind, Interaction

MAGIC = b"WTIndex1"
FOOTER = struct.Struct("<QI8s")
FRAME_HEAD_SIZE = 8

LEAST_LIMIT = 1024 * 1024
LIMIT_RATIO = 1_000
"""Bytes of index text for each byte in front of it. Interactions as like as two eggs come to
about 16; a larger claim is taken for damage or malice."""


class IndexEntry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One interaction: where it stands, then what a listing shows of it, texts as `shown`."""

    number: int
    offset: int
    """Offset in the file of the first frame of its block."""
    length: int
    """Length in bytes of the frames of its block."""
    text_offset: int
    """Where its text begins in the text of the block."""
    text_length: int
    session: int
    start_ns: int
    upstream: str
    method: str
    target: str
    status: int | None
    model: str
    sent_bytes: int
    received_bytes: int
    chunks: int
    head_ns: int | None
    first_byte_ns: int | None
    """When the first read of the response's body came; None where that was not measured."""
    end_ns: int
    ending: EndingKind
    lost: bool = False


def entry_of(interaction: Interaction, text_offset: int = 0, text_length: int = 0) -> IndexEntry:
    """The entry of an interaction whose block has no place in the file yet."""
    timeline, response = interaction.timeline, interaction.response
    timed = timeline.received and timeline.timing == "reads"
    first_byte_ns = timeline.received[0].at_ns if timed else None
    return IndexEntry(
        number=interaction.number,
        offset=0,
        length=0,
        text_offset=text_offset,
        text_length=text_length,
        session=interaction.session,
        start_ns=as_on_tape(interaction.start_ns),
        upstream=shown(interaction.upstream),
        method=shown(interaction.request.method),
        target=shown(interaction.request.target),
        status=None if response is None else response.status,
        model=shown(interaction.notes.model_answered or interaction.notes.model_asked),
        sent_bytes=len(interaction.request.body),
        received_bytes=0 if response is None else len(response.body),
        chunks=len(timeline.received),
        head_ns=None if timeline.head_ns is None else as_on_tape(timeline.head_ns),
        first_byte_ns=None if first_byte_ns is None else as_on_tape(first_byte_ns),
        end_ns=as_on_tape(timeline.ending.at_ns),
        ending=timeline.ending.kind,
        lost=bool(interaction.lost),
    )


def _shown(entry: IndexEntry) -> IndexEntry:
    """An entry as it is made today; earlier ones held every text whole."""
    texts = entry.upstream, entry.method, entry.target, entry.model
    if max(map(len, texts)) <= LONGEST:
        return entry
    upstream, method, target, model = map(shown, texts)
    return msgspec.structs.replace(
        entry, upstream=upstream, method=method, target=target, model=model
    )


def encode_index(entries: Sequence[IndexEntry]) -> bytes:
    """The whole skippable frame."""
    packed = zstandard.ZstdCompressor(level=LEVEL).compress(msgspec.json.encode(entries))
    size = len(packed) + FOOTER.size
    footer = FOOTER.pack(FRAME_HEAD_SIZE + size, zlib.crc32(packed), MAGIC)
    return SKIPPABLE_MAGIC + size.to_bytes(4, "little") + packed + footer


def index_length(footer: bytes) -> int | None:
    """Length of the skippable frame whose last bytes these are; None where they are not."""
    if len(footer) != FOOTER.size:
        return None
    length, _, magic = FOOTER.unpack(footer)
    return int(length) if magic == MAGIC else None


def decode_index(path: Path, offset: int, frame: bytes) -> tuple[IndexEntry, ...]:
    """The entries of the skippable frame at `offset` of `path`.

    Raises IndexCorrupt or LimitExceeded.
    """
    size = len(frame) - FRAME_HEAD_SIZE
    expected_head = SKIPPABLE_MAGIC + size.to_bytes(4, "little") if size >= 0 else b""
    if frame[:FRAME_HEAD_SIZE] != expected_head:
        raise IndexCorrupt(path, offset, "the index does not begin where its end says")
    packed = frame[FRAME_HEAD_SIZE : -FOOTER.size]
    _, crc, _ = FOOTER.unpack(frame[-FOOTER.size :])
    found = zlib.crc32(packed)
    if found != crc:
        raise IndexCorrupt(path, offset, f"index checksum {found:08x}, expected {crc:08x}")
    try:
        text_size = zstandard.frame_content_size(packed)
        limit = LEAST_LIMIT + LIMIT_RATIO * offset
        if text_size > limit:
            raise LimitExceeded(path, offset, "the index", text_size, limit)
        text = zstandard.ZstdDecompressor().decompress(packed)
        return tuple(map(_shown, msgspec.json.decode(text, type=tuple[IndexEntry, ...])))
    except (zstandard.ZstdError, ValueError, RecursionError) as error:
        raise IndexCorrupt(path, offset, f"the index does not decode ({error})") from error
