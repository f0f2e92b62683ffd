"""Bytes of a tape to stdout: exact into a pipe or a file, harmless on a terminal."""

import sys
from typing import BinaryIO

from wiretape.cli.views.terminal import TerminalText


class TapeOutput:
    """Writes and, where asked, flushes at once."""

    def __init__(self, *, at_once: bool = False) -> None:
        self._file: BinaryIO = sys.stdout.buffer
        self._text = TerminalText() if sys.stdout.isatty() else None
        self._at_once = at_once

    def write(self, data: bytes) -> None:
        """Write bytes of the tape, split anywhere."""
        self._write(data if self._text is None else self._text.feed(data).encode())

    def finish(self) -> None:
        """Write what was held back; no more comes."""
        self._write(b"" if self._text is None else self._text.feed(b"", final=True).encode())
        self._file.flush()

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        if self._at_once:
            self._file.flush()
