"""Where the frames of a body end: for playing one HTTP chunk a frame.

Finds borders only and decodes nothing. Pure, linear in the body, and total: any bytes give
borders in rising order, none beyond the body; what follows the last one is an unfinished
frame. Knows nothing of responses beyond their content type.
"""

import re
from collections.abc import Callable

Borders = Callable[[bytes], list[int]]
"""Body to the offsets just behind each complete frame."""

_SSE_END = re.compile(rb"(?>\r\n|\r|\n)(?>\r\n|\r|\n)")
"""A line's end and a blank line (WHATWG HTML, section 9.2.6). Atomic: CRLF is never CR, LF."""

_EVENTSTREAM_MIN = 16
"""Prelude of 12 bytes and the message's CRC of 4: the smallest message there is."""


def borders_for(content_type: str | None) -> Borders | None:
    """The finder for a content type, or None where its bodies have no frames known here."""
    if content_type is None:
        return None
    return _FINDERS.get(content_type.partition(";")[0].strip().lower())


def sse_borders(body: bytes) -> list[int]:
    """Ends of server-sent events: a blank line, with LF, CRLF or CR.

    Further blank lines open the next frame: the one before them must not wait for them.
    """
    return [match.end() for match in _SSE_END.finditer(body)]


def ndjson_borders(body: bytes) -> list[int]:
    """Ends of lines; only LF ends one."""
    borders: list[int] = []
    end = 0
    while (end := body.find(b"\n", end) + 1) > 0:
        borders.append(end)
    return borders


def eventstream_borders(body: bytes) -> list[int]:
    """Ends of AWS eventstream messages, by the length each begins with (u32, big-endian).

    A length that no message can have ends the search: what follows has no known borders.
    """
    borders: list[int] = []
    start = 0
    while start + 4 <= len(body):
        size = int.from_bytes(body[start : start + 4], "big")
        if size < _EVENTSTREAM_MIN or start + size > len(body):
            break
        start += size
        borders.append(start)
    return borders


_FINDERS: dict[str, Borders] = {
    "text/event-stream": sse_borders,
    "application/x-ndjson": ndjson_borders,
    "application/ndjson": ndjson_borders,
    "application/jsonl": ndjson_borders,
    "application/vnd.amazon.eventstream": eventstream_borders,
}
