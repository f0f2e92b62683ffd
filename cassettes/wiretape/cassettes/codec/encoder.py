"""From interactions to the bytes of a cassette. The mirror of decoder.py.

Writes to a binary file it is given; knows nothing of paths, locks or replacing files.
FORMAT.md is the law here.
"""

from collections.abc import Iterable
from typing import BinaryIO, Literal

import msgspec

from wiretape.cassettes.codec.frames import MAX_FRAME_TEXT, compress_frame
from wiretape.cassettes.codec.index import IndexEntry, encode_index, entry_of
from wiretape.cassettes.codec.legal import problem_of
from wiretape.cassettes.codec.lines import (
    FORMAT_VERSION,
    MAX_INTERACTION_TEXT,
    NS_PER_US,
    CassetteLine,
    ChunkTable,
    EndingCell,
    RequestLine,
    ResponseLine,
    SessionLine,
    TimelineLine,
    Unwritable,
    encode_line,
)
from wiretape.cassettes.model import Chunk, Interaction, Notes, Session

BLOCK_TEXT = 256 * 1024
"""A block is closed once it holds this much text: small enough to read one interaction
cheaply, large enough that neighbours compress each other (1.28 against 1.42 of the bare
bodies for one interaction a frame, on real streams)."""


def encode_head(tool: str) -> bytes:
    """The text of a cassette's first line."""
    return encode_line(CassetteLine(wiretape=FORMAT_VERSION, tool=tool))


def encode_session(session: Session) -> bytes:
    """The text of a session's line."""
    return encode_line(
        SessionLine(session=session.number, started=session.started, tool=session.tool)
    )


def encode_interaction(interaction: Interaction) -> bytes:
    """The text of an interaction: request, response where there is one, timeline.

    Raises Unwritable for what no reader would take.
    """
    if problem := problem_of(interaction):
        raise Unwritable(problem)
    request, response = interaction.request, interaction.response
    text = encode_line(
        RequestLine(
            n=interaction.number,
            session=interaction.session,
            start_us=interaction.start_ns // NS_PER_US,
            upstream=interaction.upstream,
            base=interaction.base,
            method=request.method,
            target=request.target,
            version=request.version,
            headers=request.headers,
            bytes=len(request.body),
        ),
        request.body,
    )
    if response is not None:
        text += encode_line(
            ResponseLine(
                n=interaction.number,
                version=response.version,
                status=response.status,
                reason=response.reason,
                headers=response.headers,
                bytes=len(response.body),
            ),
            response.body,
        )
    text += encode_line(_timeline_line(interaction))
    if len(text) > MAX_INTERACTION_TEXT:
        raise Unwritable(f"{len(text):,} bytes of text, the limit is {MAX_INTERACTION_TEXT:,}")
    return text


def _timeline_line(interaction: Interaction) -> TimelineLine:
    timeline = interaction.timeline
    ending = timeline.ending
    return TimelineLine(
        n=interaction.number,
        sent=_chunk_table(timeline.sent),
        received=_chunk_table(timeline.received),
        ending=EndingCell(
            kind=ending.kind,
            at_us=ending.at_ns // NS_PER_US,
            offset=ending.offset,
            detail=ending.detail,
        ),
        head_us=None if timeline.head_ns is None else timeline.head_ns // NS_PER_US,
        trailers=() if interaction.response is None else interaction.response.trailers,
        notes=None if interaction.notes == Notes() else interaction.notes,
        redacted=interaction.redacted,
        lost=interaction.lost,
        timing=timeline.timing,
        imported=interaction.imported,
    )


def _chunk_table(chunks: tuple[Chunk, ...]) -> ChunkTable:
    # Absolute times are rounded, then subtracted, so that rounding never adds up.
    times = [chunk.at_ns // NS_PER_US for chunk in chunks]
    gaps = tuple(now - before for before, now in zip([0, *times], times, strict=False))
    return ChunkTable(gaps_us=gaps, sizes=tuple(chunk.size for chunk in chunks))


class CassetteEncoder:
    """Writes one cassette: head, then blocks, then the index; in that order and once."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._state: Literal["head", "blocks", "finished"] = "head"
        self._offset = 0
        self._entries: list[IndexEntry] = []
        self._block: list[bytes] = []
        self._block_size = 0
        self._block_entries: list[IndexEntry] = []

    def head(self, text: bytes) -> None:
        """Write the first frames: the cassette's line and a line for each session."""
        self._advance("head", "blocks")
        while text:
            end = len(text)
            if end > MAX_FRAME_TEXT:
                end = text.rindex(b"\n", 0, MAX_FRAME_TEXT) + 1
            self._write(compress_frame(text[:end]))
            text = text[end:]

    def copy_block(self, block: bytes, entries: Iterable[IndexEntry]) -> None:
        """Take over the frames of a block as they are, with the entries of what is in it."""
        self._expect("blocks")
        self._flush()
        self._entries += [msgspec.structs.replace(entry, offset=self._offset) for entry in entries]
        self._write(block)

    def add(self, interaction: Interaction) -> None:
        """Write one interaction. Its number must follow the one before it. Raises Unwritable."""
        self.add_text(encode_interaction(interaction), entry_of(interaction))

    def add_text(self, text: bytes, entry: IndexEntry) -> None:
        """Write the text of one interaction; its entry is given its place here."""
        self._expect("blocks")
        if self._block_size and self._block_size + len(text) > MAX_FRAME_TEXT:
            self._flush()
        self._block_entries.append(
            msgspec.structs.replace(entry, text_offset=self._block_size, text_length=len(text))
        )
        self._block.append(text)
        self._block_size += len(text)
        if self._block_size >= BLOCK_TEXT:
            self._flush()

    def finish(self) -> None:
        """Write the open block and the index."""
        self._flush()
        self._advance("blocks", "finished")
        self._write(encode_index(self._entries))

    def _flush(self) -> None:
        if not self._block:
            return
        text = b"".join(self._block)
        start = self._offset
        for at in range(0, len(text), MAX_FRAME_TEXT):
            self._write(compress_frame(text[at : at + MAX_FRAME_TEXT]))
        self._entries.extend(
            msgspec.structs.replace(entry, offset=start, length=self._offset - start)
            for entry in self._block_entries
        )
        self._block, self._block_size, self._block_entries = [], 0, []

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._offset += len(data)

    def _expect(self, state: str) -> None:
        if self._state != state:
            raise RuntimeError(f"called in state {self._state!r}, expected {state!r}")

    def _advance(
        self, state: Literal["head", "blocks"], following: Literal["blocks", "finished"]
    ) -> None:
        self._expect(state)
        self._state = following
