"""A key beside what a content coding holds: fuzzing found it kept where no decoder looks."""

import gzip
import io
import zlib
from collections import Counter

import pytest
import zstandard

from tests.fuzz.targets import KEY
from tests.wire_bodies import CODINGS
from wiretape.cassettes.redaction import Redactor

EVENT = b"data: 1\n\n"


def _gzip_named() -> bytes:
    file = io.BytesIO()
    with gzip.GzipFile(KEY.decode(), "wb", fileobj=file, mtime=0) as packed:
        packed.write(EVENT)
    return file.getvalue()


def _bare_deflate(body: bytes) -> bytes:
    coder = zlib.compressobj(wbits=-15)
    return coder.compress(body) + coder.flush()


def _skipped_by_zstd() -> bytes:
    """RFC 8878 section 3.1.2."""
    skippable = b"\x50\x2a\x4d\x18" + len(KEY).to_bytes(4, "little") + KEY
    return zstandard.compress(EVENT) + skippable


def _skipped_by_brotli() -> bytes:
    """A block of metadata, then the last one (RFC 7932 section 9.2)."""
    # WBITS 16 (0), not the last (0), no nibbles (11), reserved (0), one byte of length (01).
    head = 3 << 2 | 1 << 5 | (len(KEY) - 1) << 7
    return head.to_bytes(2, "little") + KEY + b"\x03"


BESIDE = {
    "the name in a gzip head": ("gzip", _gzip_named()),
    "a skippable frame": ("zstd", _skipped_by_zstd()),
    "metadata": ("br", _skipped_by_brotli()),
    "behind an empty deflate": ("deflate", _bare_deflate(b"") + KEY),
    "behind an empty zlib": ("deflate", zlib.compress(b"") + KEY),
    "behind an empty gzip": ("gzip", gzip.compress(b"") + KEY),
    **{
        f"behind {coding} and {gap!r}": (coding, code(EVENT) + gap + KEY)
        for coding, code in CODINGS.items()
        if coding
        for gap in (b"", b"\0", b"\x1f\x8b")
    },
}


@pytest.mark.parametrize(("coding", "body"), BESIDE.values(), ids=BESIDE)
def test_it_is_not_kept(coding: str, body: bytes) -> None:
    redactor = Redactor()
    redactor.learn((("Authorization", f"Bearer {KEY.decode()}"),), "/")
    headers = (("Content-Type", "text/event-stream"), ("Content-Encoding", coding))
    stream = redactor.response_stream(headers, Counter())
    kept = stream.feed(body) + stream.finish()
    assert KEY in body
    assert KEY not in kept
    assert len(kept) == len(body) or stream.lost
