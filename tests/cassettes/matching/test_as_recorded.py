"""What asks in a test finds what was recorded with a real key."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiretape.cassettes.matching import differences, request_key
from wiretape.cassettes.model import Request
from wiretape.cassettes.redaction import Redactor, as_recorded

REAL = "planted-key-0123456789abcdef/+=="


def live(key: str, told: str = "hi", query: str = "key") -> Request:
    """A request that authenticates in every way there is."""
    body = {
        "model": "m",
        "messages": [{"role": "user", "content": told}],
        "tools": [
            {"type": "mcp", "authorization": key, "headers": {"X-Any": f"Bearer {key}"}},
            {"type": "mcp", "server_url": f"https://mcp.example/sse?token={key.strip('=')}&a=1"},
        ],
        "api_key": key,
    }
    return Request(
        method="POST",
        target=f"/v1/chat/completions?{query}={key}&alt=sse",
        version="1.1",
        headers=(
            ("Authorization", f"Bearer {key}"),
            ("Content-Type", "application/json"),
            ("X-Api-Key", key),
            ("OpenAI-Organization", f"org-{key}"),
            ("Cookie", f"session={key}"),
        ),
        body=json.dumps(body).encode(),
    )


def recorded(request: Request) -> Request:
    """As a recording session leaves it, in the middle of other traffic."""
    redactor, counts = Redactor(), Counter[str]()
    for earlier in (live("another-key-of-this-session"), request):
        redactor.learn(earlier.headers, earlier.target)
        redactor.headers(earlier.headers, counts)
    return Request(
        method=request.method,
        target=redactor.target(request.target, counts),
        version=request.version,
        headers=redactor.headers(request.headers, counts),
        body=redactor.request_body(request.body, request.headers, counts),
    )


def assert_found(asked: Request, tape: Request) -> None:
    found = as_recorded(asked)
    assert differences("openai", found, "openai", tape) == ()
    assert request_key("openai", found) == request_key("openai", tape)


@pytest.mark.parametrize("key", [REAL, "dummy", "x", "dummy-key", "planted-key-of-another-length"])
def test_another_key_finds_the_recording(key: str) -> None:
    tape = recorded(live(REAL))
    assert REAL.encode() not in tape.body
    assert_found(live(key), tape)


@pytest.mark.parametrize("key", [REAL, "another-dummy-key"])
def test_a_key_in_the_text_finds_the_recording(key: str) -> None:
    assert_found(live(key, f"is {key} my key?"), recorded(live(REAL, f"is {REAL} my key?")))


def test_another_text_does_not() -> None:
    asked, tape = as_recorded(live("dummy", "ho")), recorded(live(REAL))
    (difference,) = differences("openai", asked, "openai", tape)
    assert difference.where == "$.messages[0].content"
    assert request_key("openai", asked) != request_key("openai", tape)


def test_a_form_or_bytes_with_the_key_find_the_recording() -> None:
    def upload(key: str) -> Request:
        body = f'--b\r\nX: y; name="f"\r\n\r\n{key}\r\n--b--'.encode()
        kind = ("Content-Type", "multipart/form-data; boundary=b")
        headers = (("Authorization", f"Bearer {key}"), kind)
        return Request(method="POST", target="/f", version="1.1", headers=headers, body=body)

    assert_found(upload("another-dummy-key"), recorded(upload(REAL)))


def test_a_request_from_a_tape_comes_out_as_it_went_in() -> None:
    tape = recorded(live(REAL, f"is {REAL} my key?"))
    assert as_recorded(tape) == tape


keys = st.text("abcdefgh0123456789-_/+=", min_size=1, max_size=40)


@given(keys, keys)
def test_any_key_finds_the_recording(one: str, other: str) -> None:
    # A dummy key that is a word of the request is searched for in it; this one is not.
    one, other = f"Q{one}", f"Z{other}"
    assert_found(live(other), recorded(live(one)))


@given(keys)
def test_the_key_is_nowhere_in_what_is_recorded(key: str) -> None:
    key = f"Q7-planted-{key}"
    tape = recorded(live(key, f"{key} and {key}"))
    everything = repr((tape.target, tape.headers, tape.body))
    assert key not in everything


@given(st.binary(max_size=60), st.text(max_size=30), st.text(max_size=20))
def test_no_bytes_are_an_error(body: bytes, target: str, odd: str) -> None:
    headers = ((odd, odd), ("authorization", f"Basic {odd}"), ("x-api-key", odd))
    asked = Request(method=odd, target=target, version="1.1", headers=headers, body=body)
    once = as_recorded(asked)
    assert len(once.body) == len(body)
    request_key("openai", once)
