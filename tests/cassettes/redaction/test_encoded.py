"""Bodies with a content coding: looked through, kept as they came, or masked at their length."""

import gzip
import json
import random
import zlib
from collections import Counter
from collections.abc import Callable

import brotli  # type: ignore[import-untyped]
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from tests.cassettes.redaction.planted import EXAMPLES, FILLING
from wiretape.cassettes.codec import content
from wiretape.cassettes.model import Headers
from wiretape.cassettes.redaction import Redactor, encoded

KEY = "planted-" + FILLING[:24]
SECRET = b"sk-proj-" + FILLING.encode()


def raw_deflate(data: bytes) -> bytes:
    coder = zlib.compressobj(9, zlib.DEFLATED, -15)
    return coder.compress(data) + coder.flush()


CODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": lambda data: gzip.compress(data, 1),
    "deflate": zlib.compress,
    "deflate raw": raw_deflate,
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor(level=3).compress,
}
coded = pytest.mark.parametrize("coding", CODERS)


def head(coding: str, content_type: str = "application/json") -> Headers:
    return (("Content-Type", content_type), ("Content-Encoding", coding.removesuffix(" raw")))


def response(body: bytes, coding: str, *, pieces: int = 1) -> tuple[bytes, str, Counter[str]]:
    redactor, counts = Redactor(), Counter[str]()
    redactor.learn((("x-api-key", KEY),), "/")
    stream = redactor.response_stream(head(coding), counts)
    size = len(body) // pieces + 1
    given = b"".join(stream.feed(body[i : i + size]) for i in range(0, len(body), size))
    assert given == b"", "nothing is given out before it was looked through"
    return stream.finish(), stream.lost, counts


def plain_of(body: bytes, coding: str) -> bytes:
    return content.decode(coding.removesuffix(" raw"), body).body


TEXT = b"".join(b'data: {"n":%d,"delta":" word-%d"}\n\n' % (n, n * 7919) for n in range(300))


@coded
@pytest.mark.parametrize("pieces", [1, 7])
def test_a_body_without_a_secret_is_kept_to_the_byte(coding: str, pieces: int) -> None:
    body = CODERS[coding](TEXT)
    assert response(body, coding, pieces=pieces) == (body, "", {})


@coded
def test_a_secret_inside_is_masked_at_equal_length(coding: str) -> None:
    plain = TEXT + b'{"error":"wrong key %b, or %b"}' % (KEY.encode(), SECRET)
    body = CODERS[coding](plain)
    kept, lost, counts = response(body, coding)
    assert (len(kept), lost) == (len(body), "")
    inside = plain_of(kept, coding)
    assert len(inside) == len(plain)
    assert inside.startswith(TEXT + b'{"error":"wrong key [REDACT')
    assert KEY.encode() not in inside
    assert SECRET[10:] not in inside
    name = coding.removesuffix(" raw")
    assert counts == {"credential": 1, "value:sk-proj-": 1, f"content-coding:{name}": 1}
    assert response(kept, coding) == (kept, "", {})


@coded
def test_a_body_that_breaks_off_is_kept_or_masked_as_far_as_it_goes(coding: str) -> None:
    clean = CODERS[coding](TEXT * 20)
    clean = clean[: len(clean) * 2 // 3]
    assert response(clean, coding) == (clean, "", {})
    chance = random.Random(3)
    tail = bytes(chance.choices(b"abcdefgh \n", k=300_000))
    whole = CODERS[coding](SECRET + b" " + TEXT + tail)
    cut = whole[: len(whole) * 3 // 4]
    kept, lost, _ = response(cut, coding)
    if coding == "zstd":
        assert (kept, "at equal length" in lost) == (b"", True)
    else:
        assert (len(kept), lost) == (len(cut), "")
        decoded = content.decode(coding.removesuffix(" raw"), kept)
        assert decoded.body.startswith(b"[REDACT")
        assert TEXT[:9000] in decoded.body
        assert not decoded.complete
        assert not decoded.broken


@coded
def test_bytes_that_no_decoder_takes_are_searched_as_they_are(coding: str) -> None:
    plain = b'{"error":"no coding at all, but %b"}' % KEY.encode()
    kept, lost, counts = response(plain, coding)
    assert (len(kept), lost, counts) == (len(plain), "", {"credential": 1})
    assert KEY.encode() not in kept


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_what_follows_a_damage_is_not_kept_where_a_secret_came_before(coding: str) -> None:
    body = CODERS[coding](SECRET) + b"neither a member nor a frame"
    kept, lost, counts = response(body, coding)
    assert (kept, counts) == (b"", {})
    assert (
        lost
        == f"the response's body: a secret inside its {coding} could not be masked at equal length"
    )


def test_members_and_frames_may_follow_one_another() -> None:
    for coding in ("gzip", "zstd"):
        body = CODERS[coding](TEXT) + CODERS[coding](b"and " + SECRET)
        kept, lost, _ = response(body, coding)
        assert (len(kept), lost) == (len(body), "")
        assert plain_of(kept, coding).startswith(TEXT + b"and [REDACT")


def test_codings_may_be_put_on_one_another() -> None:
    body = gzip.compress(brotli.compress(TEXT))
    assert response(body, "br, gzip") == (body, "", {})
    kept, lost, _ = response(gzip.compress(brotli.compress(SECRET)), "br, gzip")
    assert (kept, bool(lost)) == (b"", True)


@pytest.mark.parametrize("coding", ["compress", "dcb", "gzip, aes128gcm"])
def test_a_coding_that_nothing_here_reads_is_not_kept(coding: str) -> None:
    kept, lost, _ = response(b"anything", coding)
    assert kept == b""
    assert lost.startswith("the response's body: a coding of it cannot be read")


@pytest.mark.parametrize("coding", ["identity", "utf-8", "none", ""])
def test_what_is_no_coding_is_a_plain_body(coding: str) -> None:
    stream = Redactor().response_stream(head(coding), Counter())
    assert stream.feed(b"data: 1\n\n") == b"data: 1\n\n"


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_meets_the_limit(coding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    body = CODERS[coding](bytes(40_000_000))
    with pytest.raises(content.TooLarge):
        content.decode(coding, body, 39_999_999)
    assert len(content.decode(coding, body, 40_000_000).body) == 40_000_000
    monkeypatch.setattr(encoded, "MOST_DECODED", 1_000_000)
    kept, lost, _ = response(body, coding)
    assert kept == b""
    assert lost == "the response's body: it decodes to more than 1,000,000 bytes"


def test_an_empty_body_is_that() -> None:
    assert response(b"", "gzip") == (b"", "", {})


def test_a_request_is_redacted_inside_its_coding_by_its_fields_too() -> None:
    redactor, counts = Redactor(), Counter[str]()
    plain = json.dumps({"text": TEXT.decode(), "api_key": FILLING}).encode()
    for coding, code in CODERS.items():
        kept = redactor.request_body(code(plain), head(coding), counts)
        assert json.loads(plain_of(kept, coding))["api_key"].startswith("[REDACT***")
        assert redactor.holds_whole(head(coding, "audio/wav"))


sizes = st.integers(0, 60)


@given(st.sampled_from(sorted(CODERS)), st.binary(max_size=200), sizes)
def test_any_body_is_coded_in_any_size_that_is_said_or_not_at_all(
    coding: str, body: bytes, more: int
) -> None:
    like = CODERS[coding](body)
    name = coding.removesuffix(" raw")
    size = len(like) + more
    found = content.encode(name, body, size, complete=True, like=like)
    if found is not None:
        assert len(found) == size
        assert plain_of(found, coding) == body
    elif name != "zstd":
        assert more < 15  # from there on every number of bytes can be filled


@given(st.sampled_from(sorted(CODERS)), st.binary(max_size=300))
def test_no_bytes_are_an_error(coding: str, body: bytes) -> None:
    kept, lost, _ = response(body, coding)
    assert len(kept) == len(body) or lost


@coded
@pytest.mark.parametrize("rule", ["value:sk-proj-", "value:pem", "value:jwt"])
def test_the_planted_secret_is_in_nothing_that_is_kept(coding: str, rule: str) -> None:
    secret = EXAMPLES[rule][0].encode()
    body = CODERS[coding](b"short " + secret + b" ends")
    kept, lost, _ = response(body, coding)
    assert (len(kept) == len(body)) != bool(lost)
    assert secret not in plain_of(kept, coding)
