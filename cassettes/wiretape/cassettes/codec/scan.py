"""Finding the interactions of a cassette without its index.

For a cassette whose writer was stopped, and for recovery. Reads whole frames in order; a block
ends where an interaction ends with its frame, as the encoder makes them.
"""

from pathlib import Path
from typing import NamedTuple

import msgspec

from wiretape.cassettes.codec.decoder import (
    CassetteDecoder,
    check_first_line,
    decode_interaction,
    next_line,
    next_record,
)
from wiretape.cassettes.codec.index import IndexEntry, entry_of
from wiretape.cassettes.codec.lines import CassetteLine, SessionLine, UnknownLine
from wiretape.cassettes.errors import CassetteCorrupt


class Scan(NamedTuple):
    """What stands in a cassette file, found by reading all of it."""

    head_end: int
    """Where the blocks begin."""
    entries: tuple[IndexEntry, ...]
    blocks_end: int
    """Where the last whole block ends; what follows is the index, or torn."""
    index_at: int | None
    """Where the index begins, whole or not."""
    damage: CassetteCorrupt | None
    """What ended the reading before the end of the file, if anything did."""


def scan(path: Path, decoder: CassetteDecoder) -> Scan:
    """Read every block up to the index, the first damage, or the end.

    Raises NotACassette, UnsupportedVersion or CassetteCorrupt where even the head is not whole.
    """
    entries: list[IndexEntry] = []
    head_end = blocks_end = 0
    block, damage = b"", None
    try:
        for frame in decoder.frames():
            if frame.skippable:
                break
            text, end = decoder.text_of(frame), frame.offset + len(frame.data)
            if frame.offset == 0:
                check_first_line(path, text)
            if blocks_end == head_end and not block and _is_head(path, frame.offset, text):
                head_end = blocks_end = end
                continue
            block += text
            found = _entries_of_block(path, blocks_end, block)
            entries.extend(
                msgspec.structs.replace(entry, offset=blocks_end, length=end - blocks_end)
                for entry in found
            )
            if found:
                blocks_end, block = end, b""
    except CassetteCorrupt as error:
        if not head_end:
            raise
        damage = error
    if not head_end:
        raise CassetteCorrupt(path, 0, "the file ends within its first frame")
    index_at = blocks_end if decoder.skippable_at(blocks_end) else None
    return Scan(head_end, tuple(entries), blocks_end, index_at, damage)


def _is_head(path: Path, offset: int, text: bytes) -> bool:
    """Whether the first line of a known kind is one of the head's."""
    line, _ = next_line(path, offset, text, 0)
    position = 0
    while isinstance(line, UnknownLine):
        position = next_record(path, offset, text, position).end
        if position == len(text):
            return True
        line, _ = next_line(path, offset, text, position)
    return isinstance(line, CassetteLine | SessionLine)


def _entries_of_block(path: Path, offset: int, text: bytes) -> list[IndexEntry]:
    """The entries of a text that ends with an interaction; none where it goes on.

    The encoder splits a long interaction over frames and lets nothing else share them, so
    only a text without a single whole interaction may go on in the next frame.
    """
    entries: list[IndexEntry] = []
    position = 0
    while position < len(text):
        try:
            interaction, end = decode_interaction(path, offset, text, position)
        except CassetteCorrupt:
            if entries:
                raise
            return []
        entries.append(entry_of(interaction, position, end - position))
        position = end
    return entries
