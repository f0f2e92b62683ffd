"""zstd frames (RFC 8878): one block of text each, verified before it is used.

Knows compression and nothing of what the text says. A cassette's text stands in frames that
carry their content size and a checksum, so that a reader knows how much to expect before it
unpacks and whether it got it.
"""

from pathlib import Path

import zstandard

from wiretape.cassettes.errors import CassetteCorrupt, LimitExceeded

LEVEL = 3
"""1.07 times the size of level 19 on real bodies, at a hundredth of its time."""

MAX_FRAME_TEXT = 1024 * 1024
"""No frame holds more text than this, so no reader unpacks more before the checksum."""

FRAME_MAGIC = b"\x28\xb5\x2f\xfd"
SKIPPABLE_MAGIC = b"\x57\x2a\x4d\x18"
"""0x184D2A57: of the sixteen numbers for skippable frames, ours."""

LONGEST_FRAME_HEAD = 18
"""Magic number, descriptor, window, dictionary, content size (RFC 8878 section 3.1.1.1)."""

_SKIPPABLE_TAIL = b"\x2a\x4d\x18"
_RLE_BLOCK = 1
_RESERVED_BLOCK = 3


def compress_frame(text: bytes) -> bytes:
    """One frame with content size and checksum; the same bytes for the same text."""
    compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True, write_content_size=True)
    return compressor.compress(text)


def decompress_frame(path: Path, offset: int, frame: bytes) -> bytes:
    """The text of one whole frame that stands at `offset` of `path`.

    Raises CassetteCorrupt, or LimitExceeded before a byte is unpacked.
    """
    try:
        size = zstandard.frame_content_size(frame)
    except zstandard.ZstdError as error:
        raise CassetteCorrupt(path, offset, f"not a zstd frame ({error})") from error
    if size < 0:
        raise CassetteCorrupt(path, offset, "a frame without its content size")
    if size > MAX_FRAME_TEXT:
        raise LimitExceeded(path, offset, "the text of the frame", size, MAX_FRAME_TEXT)
    if not zstandard.get_frame_parameters(frame).has_checksum:
        raise CassetteCorrupt(path, offset, "a frame without its checksum")
    try:
        return zstandard.ZstdDecompressor().decompress(frame)
    except zstandard.ZstdError as error:
        raise CassetteCorrupt(path, offset, f"the frame does not unpack ({error})") from error


def may_be_ours(begin: bytes) -> bool:
    """Whether a file that begins so has a first frame as a cassette's are."""
    if not begin.startswith(FRAME_MAGIC):
        return False
    try:
        size = zstandard.frame_content_size(begin)
        return 0 <= size <= MAX_FRAME_TEXT and zstandard.get_frame_parameters(begin).has_checksum
    except zstandard.ZstdError:
        return False


def is_skippable(data: bytes | memoryview, at: int = 0) -> bool:
    """Whether a skippable frame of any number begins there (RFC 8878 section 3.1.2)."""
    head = bytes(data[at : at + 4])
    return len(head) == 4 and head[0] & 0xF0 == 0x50 and head[1:] == _SKIPPABLE_TAIL


def frame_length(data: bytes | memoryview, at: int = 0) -> int | None:
    """Length in bytes of the frame that begins at `at`, without unpacking it.

    None where `data` ends before the frame does. Raises ValueError where no frame begins
    there or its blocks are not legal (RFC 8878 sections 3.1.1 and 3.1.2).
    """
    if len(data) - at < 8:
        return None
    if is_skippable(data, at):
        length = 8 + int.from_bytes(data[at + 4 : at + 8], "little")
        return length if at + length <= len(data) else None
    if bytes(data[at : at + 4]) != FRAME_MAGIC:
        raise ValueError(f"expected a frame, found {bytes(data[at : at + 4]).hex(' ')}")
    return _zstd_frame_length(data, at)


def _zstd_frame_length(data: bytes | memoryview, at: int) -> int | None:
    descriptor = data[at + 4]
    single_segment = descriptor >> 5 & 1
    content_size_bytes = (single_segment, 2, 4, 8)[descriptor >> 6]
    dictionary_bytes = (0, 1, 2, 4)[descriptor & 3]
    checksum_bytes = 4 * (descriptor >> 2 & 1)
    position = at + 5 + (1 - single_segment) + dictionary_bytes + content_size_bytes
    last = False
    while not last:
        if position + 3 > len(data):
            return None
        block = int.from_bytes(data[position : position + 3], "little")
        last, kind, size = bool(block & 1), block >> 1 & 3, block >> 3
        if kind == _RESERVED_BLOCK:
            raise ValueError(f"a block of the reserved type {position - at} bytes into the frame")
        position += 3 + (1 if kind == _RLE_BLOCK else size)
    end = position + checksum_bytes
    return end - at if end <= len(data) else None
