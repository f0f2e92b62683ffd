"""Bytes in, frames out: each vector whole, byte by byte, and split in two at every place."""

import pytest

from tests.cassettes.framing.accounting import in_any_reads
from tests.cassettes.framing.archives import Vector, line_of, vectors

VECTORS = vectors()


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_frames(vector: Vector) -> None:
    for place in range(len(vector.body) + 1):
        items = in_any_reads(vector.framing, vector.body, [place])
        assert [line_of(item) for item in items] == vector.frames


def test_there_are_vectors_of_every_framing() -> None:
    framings = {vector.framing.split()[0] for vector in VECTORS}
    assert framings == {"sse", "ndjson", "eventstream", "json_array", "websocket", "json"}
