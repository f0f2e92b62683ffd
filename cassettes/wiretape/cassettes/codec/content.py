"""Content codings of HTTP bodies (RFC 9110 section 8.4): what a provider compressed unasked.

Decodes within a limit, as far as the body goes; and codes a changed body anew in exactly as
many bytes as it had, with filling that every decoder steps over. Knows bytes only: neither
headers nor what a body means.
"""

import struct
import zlib
from collections.abc import Callable, Iterator

import brotli  # type: ignore[import-untyped]  # it has no annotations of its own
import msgspec
import zstandard

READABLE = frozenset({"gzip", "x-gzip", "deflate", "br", "zstd"})
"""The codings that are decoded here."""

MOST_DECODED = 128 * 1024 * 1024
"""Bytes a body may become. A bomb meets it after as many bytes, whatever it claims to hold."""

_SLICE = 1024
"""Bytes given to a decoder that knows no limit of its own (zstd): 32 MiB at the very most."""
_PIECE = 1024 * 1024

_GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_GZIP, _ZLIB, _RAW = 31, 15, -15
"""Window bits of zlib: which wrapping."""


class Decoded(msgspec.Struct, frozen=True):
    """What a coded body holds."""

    body: bytes
    complete: bool
    """Whether the coding ended where the bytes did."""
    broken: bool = False
    """Whether it went on as no coding does; False where it only broke off."""


class TooLarge(ValueError):
    """The body decodes to more than the limit, or asks for more memory than there is for it."""


def decode(coding: str, data: bytes, limit: int = MOST_DECODED) -> Decoded:
    """Take one coding off, as far as it can be. Raises TooLarge."""
    if coding == "deflate" and not _is_zlib(data):
        return _inflated(data, _RAW, limit)  # what some servers mean by it
    if coding == "br":
        return _gathered(_brotli_pieces(data), limit)
    if coding == "zstd":
        return _gathered(_zstd_pieces(data), limit)
    return _inflated(data, _ZLIB if coding == "deflate" else _GZIP, limit)


def encode(coding: str, body: bytes, size: int, *, complete: bool, like: bytes) -> bytes | None:
    """Put a coding on, in exactly `size` bytes; None where that cannot be done.

    Without `complete` the result breaks off at its end, as `like`, the bytes it replaces, did;
    it may then hold a little less of the body.
    """
    if not complete:
        return None if coding == "zstd" else _broken_off(coding, body, size, like)
    if coding == "br":
        candidates = _brotli_candidates(body, size)
    elif coding == "zstd":
        candidates = _zstd_candidates(body, size)
    else:
        wrap = _in_gzip if coding != "deflate" else _in_zlib if _is_zlib(like) else _bare
        candidates = _deflate_candidates(body, size, wrap)
    for candidate in candidates:
        if len(candidate) == size and decode(coding, candidate) == Decoded(body, complete=True):
            return candidate
    return None


def _is_zlib(data: bytes) -> bool:
    """RFC 1950 section 2.2."""
    return len(data) < 2 or (data[0] & 15 == 8 and (data[0] << 8 | data[1]) % 31 == 0)


# Decoding.

Piece = bytes | bool
"""A piece of the body, or last of all whether it was complete; nothing last where it broke."""


def _inflated(data: bytes, bits: int, limit: int) -> Decoded:
    return _gathered(_inflate_pieces(data, bits), limit)


def _gathered(pieces: Iterator[Piece], limit: int) -> Decoded:
    found: list[bytes] = []
    size = 0
    for piece in pieces:
        if isinstance(piece, bool):
            return Decoded(b"".join(found), complete=piece)
        found.append(piece)
        size += len(piece)
        if size > limit:
            raise TooLarge
    return Decoded(b"".join(found), complete=False, broken=True)


def _inflate_pieces(data: bytes, bits: int) -> Iterator[Piece]:
    while True:
        decoder = zlib.decompressobj(bits)
        waiting = data
        while not decoder.eof:
            try:
                piece = decoder.decompress(waiting, _PIECE)
            except zlib.error:
                return
            yield piece
            waiting = decoder.unconsumed_tail
            if not waiting and not piece and not decoder.eof:
                yield False
                return
        data = decoder.unused_data
        if not data:
            yield True
            return
        if bits != _GZIP:
            return
        # Members may follow one another (RFC 1952 section 2.2).


def _brotli_pieces(data: bytes) -> Iterator[Piece]:
    decoder = brotli.Decompressor()
    waiting = data
    while not decoder.is_finished():
        try:
            piece = decoder.process(waiting, output_buffer_limit=_PIECE)
        except brotli.error:
            return
        yield piece
        waiting = b""
        if not piece and decoder.can_accept_more_data():
            yield decoder.is_finished()
            return
    yield True


def _zstd_pieces(data: bytes) -> Iterator[Piece]:
    at = 0
    while True:
        decoder = zstandard.ZstdDecompressor().decompressobj()
        while not decoder.eof:
            if at >= len(data):
                yield False
                return
            try:
                piece = decoder.decompress(data[at : at + _SLICE])
            except zstandard.ZstdError as error:
                if "memory" in str(error):
                    raise TooLarge from error
                return
            at += _SLICE
            yield piece
        at = min(at, len(data)) - len(decoder.unused_data)
        if at >= len(data):
            yield True
            return


# Coding anew, with filling.

# Empty deflate blocks that begin and end with a byte (RFC 1951 section 3.2): a stored one, and
# stored ones behind one and two of fixed codes.
_FILLING = (b"\x00\x00\x00\xff\xff", b"\x02\x00\x00\x00\xff\xff", b"\x02\x08\x00\x00\x00\xff\xff")

_CHEAP = 1024 * 1024
"""Bytes of a body up to which many ways of coding it are tried for one that fits."""

Wrap = Callable[[bytes, bytes], bytes]


def _deflate_candidates(body: bytes, size: int, wrap: Wrap) -> Iterator[bytes]:
    memory = (9, 8, 6, 4, 2) if len(body) <= _CHEAP else (9,)
    for level in (9, 6, 4, 1):
        for memory_level in memory:
            coder = zlib.compressobj(level, zlib.DEFLATED, _RAW, memory_level)
            blocks = coder.compress(body) + coder.flush()
            room = size - len(wrap(blocks, body))
            if (filling := _filling(room)) is not None:
                yield wrap(filling + blocks, body)


def _filling(room: int) -> bytes | None:
    """`room` bytes of blocks that hold nothing; None where no number of them is as long."""
    for six in range(3):
        for seven in range(3):
            left = room - 6 * six - 7 * seven
            if left >= 0 and left % 5 == 0:
                return _FILLING[0] * (left // 5) + _FILLING[1] * six + _FILLING[2] * seven
    return None


def _in_gzip(blocks: bytes, body: bytes) -> bytes:
    return _GZIP_HEAD + blocks + struct.pack("<II", zlib.crc32(body), len(body) & 0xFFFFFFFF)


def _in_zlib(blocks: bytes, body: bytes) -> bytes:
    return b"\x78\x9c" + blocks + struct.pack(">I", zlib.adler32(body))


def _bare(blocks: bytes, body: bytes) -> bytes:
    return blocks


def _brotli_candidates(body: bytes, size: int) -> Iterator[bytes]:
    for quality in (5, 9, 11):
        coder = brotli.Compressor(quality=quality)
        blocks = coder.process(body) + coder.flush()
        # Byte 6 is an empty block of metadata, byte 3 the empty last one (RFC 7932 section 9.2).
        yield blocks + b"\x06" * (size - len(blocks) - 1) + b"\x03"
        yield brotli.compress(body, quality=quality)


def _zstd_candidates(body: bytes, size: int) -> Iterator[bytes]:
    levels = (3, 1, 6, 9, 12, 15, 19) if len(body) <= _CHEAP else (3, 9)
    for level in levels:
        for checksum in (False, True):
            for content_size in (False, True):
                frame = zstandard.ZstdCompressor(
                    level=level, write_checksum=checksum, write_content_size=content_size
                ).compress(body)
                room = size - len(frame)
                # A skippable frame fills the rest (RFC 8878 section 3.1.2); it has 8 bytes itself.
                if room >= 8:
                    frame += struct.pack("<II", 0x184D2A50, room - 8) + bytes(room - 8)
                yield frame


def _broken_off(coding: str, body: bytes, size: int, like: bytes) -> bytes:
    """All of the body, and the filling breaks off."""
    if coding == "br":
        brotli_coder = brotli.Compressor(quality=9)
        blocks = brotli_coder.process(body) + brotli_coder.flush()
        return bytes((blocks + b"\x06" * size)[:size])
    coder = zlib.compressobj(9, zlib.DEFLATED, _RAW, 9)
    blocks = coder.compress(body) + coder.flush(zlib.Z_SYNC_FLUSH)
    begin = _GZIP_HEAD if coding != "deflate" else b"\x78\x9c" if _is_zlib(like) else b""
    return (begin + blocks + _FILLING[0] * (size // 5 + 1))[:size]
