"""A coded body decoded read by read, so that what was inside keeps the time it came at.

The same codings and the same limit as `content`, in the other direction of use: pieces go in as
they arrived, and what each of them made readable comes out. Knows bytes and times only.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator

import brotli  # type: ignore[import-untyped]  # it has no annotations of its own
import zstandard

from wiretape.cassettes.codec.content import MOST_DECODED, TooLarge

Read = tuple[bytes, int]
"""Bytes, and when they arrived in nanoseconds."""

_PIECE = 1024 * 1024
_SLICE = 1024
"""Bytes given at a time to a decoder that knows no limit of its own (zstd)."""

Pieces = Callable[[bytes], Iterator[bytes]]
"""What some more coded bytes make readable; raises BrokenCoding."""


class BrokenCoding(ValueError):
    """The bytes go on as no such coding does; what was readable before has been given."""


def decoded_reads(coding: str, reads: Iterable[Read], limit: int = MOST_DECODED) -> Iterator[Read]:
    """Take one coding off. Raises TooLarge, and BrokenCoding where the coding breaks."""
    pieces = _decoder(coding)
    size = 0
    for data, at_ns in reads:
        for piece in pieces(data):
            size += len(piece)
            if size > limit:
                raise TooLarge
            if piece:
                yield piece, at_ns


def _decoder(coding: str) -> Pieces:
    if coding == "br":
        return _brotli()
    if coding == "zstd":
        return _zstd()
    return _zlib(coding == "deflate")


def _zlib(deflate: bool) -> Pieces:
    decoder = None if deflate else zlib.decompressobj(31)

    def pieces(data: bytes) -> Iterator[bytes]:
        nonlocal decoder
        if decoder is None:
            # RFC 1950 section 2.2; some servers send the bare blocks instead.
            decoder = zlib.decompressobj(15 if data[:1] and data[0] & 15 == 8 else -15)
        while data:
            try:
                piece = decoder.decompress(data, _PIECE)
            except zlib.error as error:
                raise BrokenCoding(str(error)) from error
            yield piece
            data = decoder.unconsumed_tail
            if decoder.eof and not data:
                data = decoder.unused_data
                if data and deflate:
                    raise BrokenCoding("bytes behind the end of the coding")
                decoder = zlib.decompressobj(31)  # members may follow (RFC 1952 section 2.2)
            elif not piece:
                return

    return pieces


def _brotli() -> Pieces:
    decoder = brotli.Decompressor()

    def pieces(data: bytes) -> Iterator[bytes]:
        while True:
            try:
                piece = decoder.process(data, output_buffer_limit=_PIECE)
            except brotli.error as error:
                raise BrokenCoding(str(error)) from error
            yield piece
            data = b""
            if decoder.is_finished() or (not piece and decoder.can_accept_more_data()):
                return

    return pieces


def _zstd() -> Pieces:
    decoder = zstandard.ZstdDecompressor().decompressobj()

    def pieces(data: bytes) -> Iterator[bytes]:
        nonlocal decoder
        at = 0
        while at < len(data):
            taken = data[at : at + _SLICE]
            try:
                yield decoder.decompress(taken)
            except zstandard.ZstdError as error:
                if "memory" in str(error):
                    raise TooLarge from error
                raise BrokenCoding(str(error)) from error
            at += len(taken)
            if decoder.eof:
                at -= len(decoder.unused_data)
                decoder = zstandard.ZstdDecompressor().decompressobj()

    return pieces
