"""The recorded provider streams: every byte in one frame, in any reads, and none malformed."""

from collections import Counter

import pytest

from tests.cassettes.framing.accounting import account, cut, decoded, timeless
from tests.corpus import streams
from wiretape.cassettes.framing.frame import Frame

FRAMINGS = {
    "text/event-stream": "sse",
    "application/vnd.amazon.eventstream": "eventstream",
    "application/x-ndjson": "ndjson",
    "application/x-jsonl": "ndjson",
    "application/stream+json": "ndjson",
}

CHUNK = 100
SMALL = 20_000
"""Bytes of a stream that is read byte by byte as well: four in five are not longer."""


@pytest.mark.corpus
def test_every_byte_of_every_stream_is_in_a_frame() -> None:
    seen: Counter[str] = Counter()
    for stream in streams():
        framing = FRAMINGS[stream.content_type.partition(";")[0]]
        body = stream.body
        pieces = [body]
        whole = decoded(framing, pieces)
        account(whole, pieces)
        for size in (CHUNK, 1) if len(body) <= SMALL else (CHUNK,):
            pieces = cut(body, range(size, len(body), size))
            items = decoded(framing, pieces)
            account(items, pieces)
            assert timeless(items) == timeless(whole)
        seen["streams"] += 1
        seen["bytes"] += len(body)
        seen.update(item.kind if isinstance(item, Frame) else item.cause for item in whole)
    print(dict(seen))
    assert seen["streams"] == 362
    assert set(seen) == {"streams", "bytes", "data", "comment", "empty"}
