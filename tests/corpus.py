"""The recorded provider streams beside the checkout: data for tests, never copied from there.

`WIRETAPE_STREAMS` names the folder; by default it is `../shared/streams` beside the checkout.
"""

import base64
import io
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zstandard

FOLDER = Path(os.environ.get("WIRETAPE_STREAMS", Path(__file__).parents[2] / "shared" / "streams"))
FILE = FOLDER / "corpus.jsonl.zst"


class Stream(msgspec.Struct, frozen=True):
    """One interaction that a real provider answered."""

    path: str
    """Of the file in its source, named after the test that recorded it."""
    provider_host: str
    api: str
    method: str
    url: str
    status: int
    response_headers: dict[str, list[str]]
    content_type: str
    body_base64: str
    request_body: Any = None

    @property
    def body(self) -> bytes:
        """The response body, transfer and content coding removed."""
        return base64.b64decode(self.body_base64)


def streams() -> list[Stream]:
    """All of them; skips the test, with the reason, where the folder is absent."""
    if not FILE.exists():
        pytest.skip(f"no recorded provider streams at {FOLDER}; WIRETAPE_STREAMS names another")
    with FILE.open("rb") as packed, zstandard.ZstdDecompressor().stream_reader(packed) as reader:
        lines = io.BufferedReader(reader)
        return [msgspec.json.decode(line, type=Stream) for line in lines]
