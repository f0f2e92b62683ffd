"""Bytes of a tape on a terminal: nothing in them may act on it.

A recorded body is foreign input; an escape sequence in it could retitle the window, hide lines
or answer for the user (CWE-150). Control characters become visible ones. Pure.
"""

import codecs
import re

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""Characters that reorder what is read (Unicode Standard Annex 9)."""

_UNSAFE = re.compile(f"\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{_BIDI}]")
_CONTROL_PICTURES = 0x2400
_DELETE = 0x7F


def harmless(text: str) -> str:
    """The text with every character that acts on a terminal made visible; LF, TAB, CRLF stay."""
    return _UNSAFE.sub(_visible, text)


def harmless_line(text: str) -> str:
    """The same for what must stay on its line: all that ends one (UAX 14), and TAB."""
    text = text.replace("\u2028", "<2028>").replace("\u2029", "<2029>")
    return harmless(text.replace("\r", "␍").replace("\n", "␊").replace("\t", "␉"))


def _visible(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        return chr(_CONTROL_PICTURES + code)
    return "␡" if code == _DELETE else f"<{code:02x}>"


class TerminalText:
    """The same for a stream: bytes in pieces, split anywhere, as UTF-8."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""

    def feed(self, data: bytes, *, final: bool = False) -> str:
        """What is safe to write now; a CR waits for what follows it."""
        text = self._held + self._decoder.decode(data, final)
        self._held = "\r" if text.endswith("\r") and not final else ""
        return harmless(text[:-1] if self._held else text)
