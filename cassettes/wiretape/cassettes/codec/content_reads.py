"""A coded body decoded read by read, so that what was inside keeps the time it came at.

The same codings and the same limit as `content`, in the other direction of use: pieces go in as
they arrived, and what each of them made readable comes out. Knows bytes and times only.
"""

import zlib
from collections.abc import Iterable, Iterator
from typing import Protocol

import brotli  # type: ignore[import-untyped]  # it has no annotations of its own
import zstandard

from wiretape.cassettes.codec.content import MOST_DECODED, TooLarge

Read = tuple[bytes, int]
"""Bytes, and when they arrived in nanoseconds."""

_PIECE = 1024 * 1024
_SLICE = 1024
"""Bytes given at a time to a decoder that knows no limit of its own (zstd)."""


class _Decoder(Protocol):
    def pieces(self, data: bytes) -> Iterator[bytes]:
        """What some more coded bytes make readable. Raises BrokenCoding."""

    def is_finished(self) -> bool:
        """Whether the coding may end here."""


class BrokenCoding(ValueError):
    """The bytes go on as no such coding does; what was readable before has been given."""


def decoded_reads(coding: str, reads: Iterable[Read], limit: int = MOST_DECODED) -> Iterator[Read]:
    """Take one coding off. Raises TooLarge, and BrokenCoding where the coding breaks."""
    decoder = _decoder(coding)
    size = 0
    for data, at_ns in reads:
        for piece in decoder.pieces(data):
            size += len(piece)
            if size > limit:
                raise TooLarge
            if piece:
                yield piece, at_ns
    if not decoder.is_finished():
        raise BrokenCoding("it breaks off")


def _decoder(coding: str) -> _Decoder:
    if coding == "br":
        return _Brotli()
    if coding == "zstd":
        return _Zstd()
    return _Deflate() if coding == "deflate" else _Gzip()


class _Gzip:
    def __init__(self) -> None:
        self._decoder = zlib.decompressobj(31)
        self._between = True
        """Whether a member, of which several may follow one another, has not begun."""

    def pieces(self, data: bytes) -> Iterator[bytes]:
        while data:
            self._between = False
            yield from _inflated(self._decoder, data)
            if not self._decoder.eof:
                return
            data = self._decoder.unused_data
            self._decoder = zlib.decompressobj(31)  # RFC 1952 section 2.2
            self._between = True

    def is_finished(self) -> bool:
        return self._between


class _Deflate:
    def __init__(self) -> None:
        self._decoder: zlib._Decompress | None = None

    def pieces(self, data: bytes) -> Iterator[bytes]:
        if self._decoder is None and data:
            # RFC 1950 section 2.2; some servers send the bare blocks instead.
            self._decoder = zlib.decompressobj(15 if data[0] & 15 == 8 else -15)
        if self._decoder is not None:
            yield from _inflated(self._decoder, data)
            if self._decoder.unused_data:
                raise BrokenCoding("bytes behind its end")

    def is_finished(self) -> bool:
        return self._decoder is None or self._decoder.eof


def _inflated(decoder: "zlib._Decompress", data: bytes) -> Iterator[bytes]:
    while data and not decoder.eof:
        try:
            piece = decoder.decompress(data, _PIECE)
        except zlib.error as error:
            raise BrokenCoding(str(error)) from error
        yield piece
        data = decoder.unconsumed_tail
        if not piece:
            return


class _Brotli:
    def __init__(self) -> None:
        self._decoder = brotli.Decompressor()
        self._began = False

    def pieces(self, data: bytes) -> Iterator[bytes]:
        while True:
            self._began = self._began or bool(data)
            try:
                piece = self._decoder.process(data, output_buffer_limit=_PIECE)
            except brotli.error as error:
                raise BrokenCoding(str(error)) from error
            yield piece
            data = b""
            if self._decoder.is_finished() or (not piece and self._decoder.can_accept_more_data()):
                return

    def is_finished(self) -> bool:
        return not self._began or bool(self._decoder.is_finished())


class _Zstd:
    def __init__(self) -> None:
        self._decoder = zstandard.ZstdDecompressor().decompressobj()
        self._between = True

    def pieces(self, data: bytes) -> Iterator[bytes]:
        at = 0
        while at < len(data):
            taken = data[at : at + _SLICE]
            try:
                yield self._decoder.decompress(taken)
            except zstandard.ZstdError as error:
                if "memory" in str(error):
                    raise TooLarge from error
                raise BrokenCoding(str(error)) from error
            at += len(taken)
            self._between = self._decoder.eof
            if self._decoder.eof:
                at -= len(self._decoder.unused_data)
                self._decoder = zstandard.ZstdDecompressor().decompressobj()

    def is_finished(self) -> bool:
        return self._between
