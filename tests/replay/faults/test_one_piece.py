"""What faults do to a body that came in one piece, and not as a stream of events."""

import gzip

import pytest

from tests.replay.faults.test_faults import body, chat, faulted
from wiretape.cassettes.model import Headers, Interaction
from wiretape.replay.faults import DoesNotApply

JSON_BODY = '{"choices":[{"text":"zwölf Boxkämpfer"}]}'.encode()
ONE_PIECE: Headers = (("Content-Type", "application/json"), ("Content-Length", "43"))


def one_piece(data: bytes = JSON_BODY, headers: Headers = ONE_PIECE) -> Interaction:
    return chat(((10, data),), headers=headers)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("cut(after=0)", b""),
        ("cut(after=50%)", JSON_BODY[:21]),
        ("reset(after=10%)", JSON_BODY[:4]),
        ("stall(after=50%)", JSON_BODY[:21]),
        ("reset(after=3 bytes)", JSON_BODY[:3]),
        ("corrupt(what=json)", JSON_BODY[:-1]),
        ("slow(bytes_per_second=5)", JSON_BODY),
        ("rechunk(how=utf8)", JSON_BODY),
        ("rechunk(how=7)", JSON_BODY),
    ],
)
def test_a_body_in_one_piece(text: str, left: bytes) -> None:
    assert len(JSON_BODY) == 43
    result = faulted(text, one_piece())
    assert body(result) == left
    assert result.timeline != one_piece().timeline


@pytest.mark.parametrize("seed", range(5))
def test_corrupting_a_body_in_one_piece(seed: int) -> None:
    flipped = body(faulted("corrupt", one_piece(), seed))
    assert sum(a != b for a, b in zip(flipped, JSON_BODY, strict=True)) == 1
    assert b"\xff" in body(faulted("corrupt(what=utf8)", one_piece(), seed))
    packed = gzip.compress(JSON_BODY)
    coded = (("Content-Type", "application/json"), ("Content-Encoding", "gzip"))
    flipped = body(faulted("corrupt", one_piece(packed, coded), seed))
    assert sum(a != b for a, b in zip(flipped, JSON_BODY, strict=True)) == 1


def test_what_a_body_in_one_piece_has_not() -> None:
    audio = one_piece(b"\xff\xfbabc\x00", (("Content-Type", "audio/mpeg"),))
    for text, why in (
        ("corrupt(what=utf8)", "no UTF-8 text"),
        ("corrupt(what=json)", "no JSON object"),
        ("rechunk(how=utf8)", "no UTF-8 text"),
        ("stall(after=1)", "no stream of events"),
    ):
        with pytest.raises(DoesNotApply, match=why):
            faulted(text, audio)
    with pytest.raises(DoesNotApply, match="has no body"):
        faulted("slow(bytes_per_second=5)", one_piece(b""))
    packed = gzip.compress("ä\n\n".encode() * 50)
    for how in ("utf8", "crlf"):
        with pytest.raises(DoesNotApply, match="of a content coding"):
            faulted(
                f"rechunk(how={how})", chat(((1, packed),), headers=(("Content-Encoding", "gzip"),))
            )
