"""Payloads, decoded without ever failing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiretape.cassettes.dialects.payload import NotJson, decode_json, unwrapped_base64

DECODED = {
    b'{"a":1}': {"a": 1},
    b'"\xff"': "�",
    rb'{"a":"\ud83d"}': {"a": "�"},
    rb'{"\ude00":["x\ud83d\ude00"]}': {"�": ["x😀"]},
    rb'"\\ud83d"': r"\ud83d",
}


@pytest.mark.parametrize("data", DECODED)
def test_what_json_says(data: bytes) -> None:
    assert decode_json(data) == DECODED[data]


@pytest.mark.parametrize("data", [b"", b"{", b"NaN", rb'{"a":"\ud83d"', rb'["\ud83d",NaN]'])
def test_what_is_no_json_says_why(data: bytes) -> None:
    problem = decode_json(data)
    assert isinstance(problem, NotJson)
    assert problem.words


def test_both_alphabets_of_base64() -> None:
    assert unwrapped_base64("-_-_") == unwrapped_base64("+/+/") == b"\xfb\xff\xbf"
    assert unwrapped_base64("YQ") == b"a"
    assert unwrapped_base64("ä") is None
    assert unwrapped_base64("a") is None


@given(st.binary() | st.text().map(lambda text: f'"\\ud800{text}"'.encode("utf-8", "replace")))
def test_any_bytes(data: bytes) -> None:
    decode_json(data)
    decode_json(b"[" * 5000 + data)
