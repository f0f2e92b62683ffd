"""The ids of a request that come from the turns before."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from wiretape.cassettes.matching import MintedIds, agreement, minted_ids
from wiretape.cassettes.model import Headers, Request


def request(body: Any = b"", method: str = "POST", headers: Headers = ()) -> Request:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Request(method, "/v1/responses", "1.1", headers, raw)


def test_each_id_once_in_the_order_of_the_key() -> None:
    body = {
        "previous_response_id": "resp",
        "input": [{"call_id": "b", "id": "i"}, {"call_id": "a"}, {"call_id": "b"}],
        "conversation": {"id": "c"},
        "metadata": {"call_id": "none"},
        "text": {"call_id": 1},
    }
    found = minted_ids(request(body))
    assert found == MintedIds("resp", ("c", "b", "i", "a", "resp"))


def test_what_a_request_goes_on_with() -> None:
    assert minted_ids(request({"previous_interaction_id": "int"})).previous == "int"
    assert minted_ids(request({"call_id": "a"})).previous is None
    assert minted_ids(request(headers=(("last-Event-ID", "e"),))) == MintedIds("e")
    assert minted_ids(request()) == MintedIds()


def test_agreement() -> None:
    asked = MintedIds("r", ("r", "a", "b"))
    assert agreement(asked, asked) == 3
    assert agreement(asked, MintedIds("r", ("r", "x", "b"))) == 2
    assert agreement(asked, MintedIds("x", ("x", "a", "r"))) == 1


@given(st.binary(max_size=50))
def test_any_bytes(body: bytes) -> None:
    minted_ids(request(body))
