"""Headers and targets: what is replaced, what stays, what only gets a stand-in."""

from collections import Counter

import pytest

from wiretape.cassettes.model import Headers
from wiretape.cassettes.redaction import Redactor
from wiretape.cassettes.redaction.rules import (
    PSEUDONYMISED_HEADERS,
    REDACTED_HEADERS,
    REDACTED_QUERY_KEYS,
)

KEY = "planted-key-0123456789"


def redacted(*headers: tuple[str, str]) -> tuple[Headers, Counter[str]]:
    counts: Counter[str] = Counter()
    return Redactor().headers(headers, counts), counts


def target(text: str) -> tuple[str, Counter[str]]:
    counts: Counter[str] = Counter()
    return Redactor().target(text, counts), counts


@pytest.mark.parametrize("name", sorted(REDACTED_HEADERS))
def test_a_header_of_the_list_is_replaced_whatever_its_case(name: str) -> None:
    kept, counts = redacted((name.title(), KEY))
    assert kept == ((name.title(), "[REDACTED]"),)
    assert counts == {f"header:{name}": 1}


@pytest.mark.parametrize("suffix", ["-token", "-secret", "-api-key", "-password", "-signature"])
def test_a_header_with_a_suffix_of_the_list_is_replaced(suffix: str) -> None:
    kept, counts = redacted((f"X-Acme{suffix}", KEY))
    assert kept == ((f"X-Acme{suffix}", "[REDACTED]"),)
    assert counts == {f"header:*{suffix}": 1}


@pytest.mark.parametrize(
    "name",
    [
        "access-control-allow-credentials",
        "azureml-model-session",
        "num_tokens",
        "x-ratelimit-remaining-tokens",
        "anthropic-ratelimit-input-tokens-reset",
        "x-ratelimit-key",
        "idempotency-key",
    ],
)
def test_a_name_that_only_sounds_secret_is_kept(name: str) -> None:
    assert redacted((name, "true")) == (((name, "true"),), {})


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (f"Bearer {KEY}", "Bearer [REDACTED]"),
        (f"basic {KEY}", "basic [REDACTED]"),
        ("AWS4-HMAC-SHA256 Credential=a/b, Signature=c", "AWS4-HMAC-SHA256 [REDACTED]"),
        ("correct horse battery", "[REDACTED]"),
        ("Bearer", "[REDACTED]"),
        ("", ""),
        ("Bearer [REDACTED]", "Bearer [REDACTED]"),
    ],
)
def test_the_word_of_a_scheme_stays(value: str, kept: str) -> None:
    assert redacted(("Authorization", value))[0] == (("Authorization", kept),)


def test_a_cookie_is_replaced_wholly() -> None:
    kept, _ = redacted(("set-cookie", "token abc; Path=/"), ("cookie", "bearer x"))
    assert kept == (("set-cookie", "[REDACTED]"), ("cookie", "[REDACTED]"))


def test_only_the_secret_subprotocols_of_a_websocket_are_replaced() -> None:
    name = "Sec-WebSocket-Protocol"
    kept, counts = redacted(
        (name, f"realtime, openai-insecure-api-key.{KEY},  rt_{KEY}, start_rt_1, openai-beta.v1")
    )
    assert kept[0][1] == (
        "realtime, openai-insecure-api-key.[REDACTED],  rt_[REDACTED], start_rt_1, openai-beta.v1"
    )
    assert counts == {"header:sec-websocket-protocol": 2}


@pytest.mark.parametrize("name", sorted(PSEUDONYMISED_HEADERS))
def test_a_header_that_says_who_gets_one_stand_in_per_value(name: str) -> None:
    redactor, counts = Redactor(), Counter[str]()
    values = [redactor.headers(((name, value),), counts)[0][1] for value in ("ada", "bob", "ada")]
    assert values == [f"[{name}-1]", f"[{name}-2]", f"[{name}-1]"]
    assert redactor.headers(((name, values[1]),), counts)[0][1] == values[1]
    assert counts == {f"header:{name}": 3}  # a stand-in stands for itself, and is not counted


def test_a_credential_is_found_in_any_header() -> None:
    redactor, counts = Redactor(), Counter[str]()
    redactor.learn((("x-api-key", KEY),), "/")
    kept = redactor.headers((("location", f"/a/{KEY}/b?{KEY}"), ("x-id", "7")), counts)
    assert kept == (("location", "/a/[REDACTED]/b?[REDACTED]"), ("x-id", "7"))
    assert counts == {"credential": 2}


@pytest.mark.parametrize("key", sorted(REDACTED_QUERY_KEYS))
def test_a_query_key_of_the_list_is_replaced(key: str) -> None:
    kept, counts = target(f"/v1/x?a=1&{key.upper()}=s3cret&b=%20")
    assert kept == f"/v1/x?a=1&{key.upper()}=%5BREDACTED%5D&b=%20"
    assert counts == {f"query:{key}": 1}


@pytest.mark.parametrize(
    "kept",
    [
        "/v1/models/g:streamGenerateContent?alt=sse&&x&=1&keys=2&b=%zz&a=/?#",
        "/v1/x",
        "/v1/x?",
        "*",
        "",
        "/v1/x?key=",
        "/v1/x?key=%5BREDACTED%5D",
        "/v1/a@b/http://c",
    ],
)
def test_every_other_byte_of_a_target_stays(kept: str) -> None:
    assert target(kept)[0] == kept


def test_the_key_of_a_query_may_be_written_in_percents() -> None:
    assert target("/x?api%5Fkey=abc")[0] == "/x?api%5Fkey=%5BREDACTED%5D"


def test_user_information_is_replaced() -> None:
    kept, counts = target("http://ada:s3@cret@host:1/x?a=b@c")
    assert kept == "http://%5BREDACTED%5D@host:1/x?a=b@c"
    assert counts == {"userinfo": 1}


def test_a_credential_in_the_path_is_replaced() -> None:
    redactor, counts = Redactor(), Counter[str]()
    redactor.learn((("authorization", "Bearer a/b+c/d+e/"),), "/")
    assert redactor.target("/bot/a%2fb%2bc%2fd%2be%2f/x", counts) == "/bot/%5BREDACTED%5D/x"
    assert redactor.target("/bot/a/b+c/d+e//x", counts) == "/bot/%5BREDACTED%5D/x"
    assert counts == {"credential": 2}


def test_text_that_no_wire_has_is_no_error() -> None:
    redactor, counts = Redactor(), Counter[str]()
    headers = (("authorization", "Bearer \udcff\u4e2d12345678"), ("x", "\udcff"))
    redactor.learn(headers, "/\udcff?\udcff=1&key=\udcff\u4e2d")
    assert redactor.headers(headers, counts)[1] == ("x", "\udcff")
    assert redactor.target("/\udcff?\udcff=1", counts) == "/\udcff?\udcff=1"


def test_a_long_path_is_looked_at_once() -> None:
    target = "/u/" + "a" * 250_000
    counts: Counter[str] = Counter()
    assert Redactor().target(target, counts) == target  # at the square of its length: an hour


def test_a_key_that_stands_where_a_name_belongs() -> None:
    key = "sk-proj-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcd"
    kept, counts = redacted((key, "x"), ("Accept", "*/*"))
    assert kept == (("redacted", "x"), ("Accept", "*/*"))
    assert sum(counts.values()) == 1
    assert redacted(*kept) == (kept, {})


def test_a_text_that_quotes_a_request() -> None:
    counts: Counter[str] = Counter()
    redactor = Redactor()
    redactor.learn((("x-api-key", KEY),), "/")
    assert redactor.text(f"no {KEY!r} here", counts) == "no '[REDACTED]' here"
    assert counts.total() == 1
