"""Messages of AWS eventstream: masked inside, lengths and borders kept, checksums made anew."""

import struct
import zlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cassettes.redaction.planted import EXAMPLES, RULES, secret_part
from tests.cassettes.redaction.test_patterns import bytewise, cut
from wiretape.cassettes.model import Headers
from wiretape.cassettes.redaction import Redactor

KEY = "planted-key-0123456789"
HEAD: Headers = (("Content-Type", "application/vnd.amazon.eventstream"),)


def message(payload: bytes, **headers: str) -> bytes:
    """One message; names of headers without their colon."""
    packed = b"".join(
        struct.pack(f">B{len(name) + 1}sBH", len(name) + 1, f":{name}".encode(), 7, len(value))
        + value.encode()
        for name, value in headers.items()
    )
    start = struct.pack(">II", 16 + len(packed) + len(payload), len(packed))
    start += struct.pack(">I", zlib.crc32(start))
    content = start + packed + payload
    return content + struct.pack(">I", zlib.crc32(content))


def payloads(body: bytes) -> list[bytes]:
    """The payloads of whole messages, both checksums held."""
    found = []
    while body:
        total, headers, crc = struct.unpack_from(">III", body)
        assert zlib.crc32(body[:8]) == crc
        assert zlib.crc32(body[: total - 4]) == struct.unpack_from(">I", body, total - 4)[0]
        found.append(body[12 + headers : total - 4])
        body = body[total:]
    return found


def through(pieces: list[bytes]) -> tuple[bytes, Counter[str]]:
    redactor, counts = Redactor(), Counter[str]()
    redactor.learn((("x-api-key", KEY),), "/")
    stream = redactor.response_stream(HEAD, counts)
    return b"".join([*map(stream.feed, pieces), stream.finish()]), counts


@pytest.mark.parametrize("rule", RULES)
def test_a_planted_secret_is_masked_and_the_checksums_hold(rule: str) -> None:
    secret = EXAMPLES[rule][0].replace("\n", "\\n")
    body = message(b'{"p":"ab"}') + message(f'{{"text":"{secret}"}}'.encode()) + message(b"end")
    kept, counts = through([body])
    assert counts == {rule: 1}
    assert len(kept) == len(body)
    first, second, third = payloads(kept)
    assert (first, third) == (b'{"p":"ab"}', b"end")
    assert second.startswith(b'{"text":"')
    assert secret_part(secret).encode() not in kept
    assert through(bytewise(body)) == (kept, counts)


def test_a_header_of_a_message_is_searched_too() -> None:
    body = message(b"{}", **{"message-type": "error", "error-message": f"bad key {KEY}!"})
    kept, counts = through([body])
    assert payloads(kept) == [b"{}"]
    assert b"bad key [REDACT" in kept
    assert counts == {"credential": 1}


@pytest.mark.parametrize("size", [39, 45, 48, 57, 65, 90, 95, 97, 122])
def test_a_length_that_looks_like_a_letter_hides_no_secret(size: int) -> None:
    """0, 9, A, Z, _, a, z and the hyphen are lengths too."""
    secret = "sk-proj-" + "Ab3" * 40
    secret = secret[:size]
    body = message(b"{}", code="1", key=secret) + message(secret.encode(), word="sk")
    kept, counts = through([body])
    assert [len(payload) for payload in payloads(kept)] == [2, size]
    assert secret[8:].encode() not in kept
    assert counts == {"value:sk-proj-": 2}
    assert kept.count(b":code") == kept.count(b":key") == 1
    cut_off = message(b"end", key=secret)[:-7]
    assert secret[8:].encode() not in through([cut_off])[0]


def test_what_a_cover_goes_on_over_ends_with_the_value() -> None:
    """The length of the next name, `-` for 45, is none of the secret."""
    name = "n" * 44
    body = message(b"{}", key="sk-proj-" + "Ab3" * 10, **{name: "value"})
    kept, _ = through([body])
    assert payloads(kept) == [b"{}"]
    assert f"-:{name}".encode() in kept


@pytest.mark.parametrize(
    "headers", [b"\x03:ke\x07", b"\x03:ke\x0a", b"\xff:ke", b"\x03:ke\x07\xff\xff", b"\x00"]
)
def test_headers_that_cannot_be_read_are_searched(headers: bytes) -> None:
    packed = headers + b" " + KEY.encode() + b" "
    start = struct.pack(">II", 16 + len(packed), len(packed))
    start += struct.pack(">I", zlib.crc32(start))
    content = start + packed
    kept, counts = through([content + struct.pack(">I", zlib.crc32(content))])
    assert payloads(kept) == [b""]
    assert KEY.encode() not in kept
    assert counts == {"credential": 1}


def test_a_message_is_given_out_when_it_is_whole_and_as_it_came() -> None:
    stream = Redactor().response_stream(HEAD, Counter())
    one, two = message(b"one" * 50), message(b"two")
    assert stream.feed(one[:-1]) == b""
    assert stream.feed(one[-1:] + two[:5]) == one
    assert stream.feed(two[5:]) == two
    assert stream.finish() == b""


def test_a_wrong_checksum_stays_wrong() -> None:
    body = message(f"is {KEY} it".encode())[:-4] + b"\0\0\0\0"
    kept, _ = through([body])
    assert kept.endswith(b" it\0\0\0\0")
    assert KEY.encode() not in kept


@pytest.mark.parametrize(
    "broken",
    [
        b"HTTP error: " + KEY.encode(),
        struct.pack(">III", 40, 0, 7) + KEY.encode(),
        struct.pack(">II", 15, 0) + struct.pack(">I", zlib.crc32(struct.pack(">II", 15, 0))),
        message(KEY.encode())[:-1],
        b"\0\0",
    ],
)
def test_what_is_no_message_is_searched_as_bytes(broken: bytes) -> None:
    body = message(b"good") + broken + b" and " + KEY.encode() + b"."
    kept, counts = through([body])
    assert kept.startswith(message(b"good"))
    assert len(kept) == len(body)
    assert KEY.encode() not in kept
    assert counts == {"credential": broken.count(KEY.encode()) + 1}
    assert through(bytewise(body)) == (kept, counts)


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=40).map(message),
            st.just(message(f"<{KEY}>".encode())),
            st.binary(max_size=20),
            st.just(KEY.encode()),
        ),
        max_size=6,
    ),
    st.lists(st.integers(min_value=0), max_size=12),
)
def test_any_pieces_give_what_the_whole_gives(parts: list[bytes], places: list[int]) -> None:
    body = b"".join(parts)
    whole = through([body])
    assert len(whole[0]) == len(body)
    assert KEY.encode() not in whole[0]
    assert through(cut(body, places)) == whole
    assert through(bytewise(body)) == whole
