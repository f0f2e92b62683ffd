"""A coded body, decoded read by read."""

import contextlib
import gzip
import zlib

import brotli  # type: ignore[import-untyped]
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from wiretape.cassettes.codec.content import TooLarge
from wiretape.cassettes.codec.content_reads import BrokenCoding, Read, decoded_reads

BODY = b"".join(b"data: %d\n\n" % number for number in range(2000))


def _bare(body: bytes) -> bytes:
    coder = zlib.compressobj(wbits=-15)
    return coder.compress(body) + coder.flush()


CODERS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}


def reads_of(data: bytes, size: int) -> list[Read]:
    return [(data[at : at + size], at) for at in range(0, len(data), size)]


@pytest.mark.parametrize("coding", CODERS)
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_any_reads_give_the_body(coding: str, size: int) -> None:
    coded = CODERS[coding](BODY)
    assert b"".join(data for data, _ in decoded_reads(coding, reads_of(coded, size))) == BODY


def test_bare_deflate_and_members_that_follow_one_another() -> None:
    assert b"".join(d for d, _ in decoded_reads("deflate", [(_bare(BODY), 0)])) == BODY
    two = gzip.compress(b"one") + gzip.compress(b"two")
    assert b"".join(d for d, _ in decoded_reads("gzip", reads_of(two, 5))) == b"onetwo"
    two = zstandard.compress(b"one") + zstandard.compress(b"two")
    assert b"".join(d for d, _ in decoded_reads("zstd", reads_of(two, 5))) == b"onetwo"


def test_what_a_read_made_readable_has_its_time() -> None:
    coder = zlib.compressobj(wbits=31)
    first = coder.compress(b"one") + coder.flush(zlib.Z_SYNC_FLUSH)
    second = coder.compress(b"two") + coder.flush()
    assert list(decoded_reads("gzip", [(first, 10), (second, 20)])) == [(b"one", 10), (b"two", 20)]


@pytest.mark.parametrize("coding", CODERS)
def test_half_a_body_is_read_as_far_as_it_goes(coding: str) -> None:
    coded = CODERS[coding](BODY)
    got: list[bytes] = []
    with pytest.raises(BrokenCoding, match="breaks off"):
        got.extend(d for d, _ in decoded_reads(coding, reads_of(coded[: len(coded) // 2], 64)))
    assert BODY.startswith(b"".join(got))


@pytest.mark.parametrize("coding", CODERS)
def test_nothing_is_whole(coding: str) -> None:
    assert list(decoded_reads(coding, [])) == []


@pytest.mark.parametrize("coding", CODERS)
def test_a_bomb_meets_the_limit(coding: str) -> None:
    bomb = CODERS[coding](bytes(10_000_000))
    with pytest.raises(TooLarge):
        list(decoded_reads(coding, [(bomb, 0)], limit=1_000_000))


@given(st.sampled_from(sorted(CODERS)), st.lists(st.binary(max_size=40)))
def test_any_bytes(coding: str, pieces: list[bytes]) -> None:
    with contextlib.suppress(BrokenCoding):
        list(decoded_reads(coding, [(piece, 0) for piece in pieces]))
