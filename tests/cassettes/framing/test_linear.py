"""The decoders look at each byte a few times at most, however it comes: counted, not timed.

Counted is what a decoder searches in its reads; `python -m benchmarks.framing` shows the time.
"""

from collections.abc import Iterator
from typing import Any, SupportsIndex

import pytest

from wiretape.cassettes.framing.decoding import frames_in
from wiretape.cassettes.framing.frame import Framing

SIZE = 30_000
LOOKS = 6
"""Times that a byte may be looked at: once for each of LF, CR and blank line, and as often again
where a frame goes on in the next read."""


class Searched(bytes):
    """Bytes that count how many of them are searched."""

    looked_at = 0

    def find(self, sub: Any, start: Any = 0, end: Any = None, /) -> int:
        found = super().find(sub, start, end)
        stop = min(len(self), len(self) if end is None else end)
        Searched.looked_at += max(0, (stop if found < 0 else found + len(sub)) - start)
        return found

    def __contains__(self, key: SupportsIndex | bytes) -> bool:  # type: ignore[override]
        assert isinstance(key, bytes)
        return self.find(key) >= 0


BODIES: dict[str, tuple[Framing, bytes]] = {
    "events": ("sse", b"event: x\ndata: 12345678\n\n"),
    "events with CRLF": ("sse", b"event: x\r\ndata: 12345678\r\n\r\n"),
    "events with CR": ("sse", b"data: 1\r\r"),
    "line ends mixed": ("sse", b"data: 1\r\n\ndata: 2\n\r\ndata: 3\r\r\n: c\r\n\n\n"),
    "events, a CR in each": ("sse", b"data: 1\ndata: \r2\n\n"),
    "comments": ("sse", b": c\n"),
    "blank lines": ("sse", b"\n"),
    "one line": ("sse", b"data: x"),
    "one event of short lines": ("sse", b"data: x\n"),
    "one event of short lines with CR": ("sse", b"data: x\r"),
    "lines of JSON": ("ndjson", b'{"a":1}\n'),
    "one line of JSON": ("ndjson", b"123456789"),
}


def reads(body: bytes, size: int) -> Iterator[tuple[bytes, int]]:
    for at in range(0, len(body), size):
        yield Searched(body[at : at + size]), at


@pytest.mark.parametrize("size", [1, 17, 1000, SIZE])
@pytest.mark.parametrize("name", BODIES)
def test_each_byte_is_looked_at_a_few_times(name: str, size: int) -> None:
    framing, part = BODIES[name]
    body = part * (SIZE // len(part))
    Searched.looked_at = 0
    raw = sum(len(frame.raw) for frame in frames_in(framing, reads(body, size)))
    assert raw == len(body)
    assert 0 < Searched.looked_at <= LOOKS * len(body)
