"""What is learned from a request, and in which writings it is found again."""

import json
import re
from base64 import b64encode
from collections import Counter
from urllib.parse import quote

import pytest

from wiretape.cassettes.model import Headers
from wiretape.cassettes.redaction import Redactor

KEY = "planted-key-0123456789"
JSON_BODY: Headers = (("content-type", "application/json"),)


def left(text: str, headers: Headers, target: str = "/") -> str:
    """What is left of a response body that says `text`."""
    redactor, counts = Redactor(), Counter[str]()
    redactor.learn(headers, target)
    stream = redactor.stream(counts)
    body = stream.feed(text.encode()) + stream.finish()
    assert len(body) == len(text.encode())
    return body.decode()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Authorization", f"Bearer {KEY}"),
        ("Authorization", f"Odd {KEY}"),
        ("authorization", KEY),
        ("X-Api-Key", KEY),
        ("x-goog-api-key", f" {KEY} "),
        ("x-acme-token", KEY),
        ("Sec-WebSocket-Protocol", f"realtime, openai-insecure-api-key.{KEY}"),
        ("Authorization", "Basic " + b64encode(f"ada:{KEY}".encode()).decode()),
    ],
)
def test_a_credential_of_a_header_is_found(name: str, value: str) -> None:
    assert left(f"<{KEY}>", ((name, value),)) == "<[REDACT" + "*" * 14 + "]>"


@pytest.mark.parametrize(
    "target", [f"/x?key={KEY}", f"/x?a=1&Token={KEY}&b", f"http://ada:{KEY}@host/"]
)
def test_a_credential_of_a_target_is_found(target: str) -> None:
    assert left(f"<{KEY}>", (), target) == "<[REDACT" + "*" * 14 + "]>"


def test_basic_is_found_as_it_stood_too() -> None:
    encoded = b64encode(f"ada:{KEY}".encode()).decode()
    assert encoded not in left(f"got {encoded}", (("authorization", f"Basic {encoded}"),))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cookie", "theme=darkmode"),
        ("www-authenticate", "Bearer planted-key-0123456789"),
        ("webhook-signature", KEY),
        ("x-acme-signature", KEY),
        ("openai-organization", KEY),
        ("x-api-key", "dummy"),
        ("x-api-key", "1234567"),
        ("x-api-key", "[REDACTED]"),
        ("x-api-key", "********"),
        ("authorization", "Bearer [REDACTED]"),
        ("authorization", "Basic !"),
        ("authorization", "Basic \xff"),
    ],
)
def test_what_is_no_credential_is_not_searched_for(name: str, value: str) -> None:
    text = f"dummy 1234567 {KEY} darkmode [REDACTED] ******** Bearer Basic"
    assert left(text, ((name, value),)) == text


@pytest.mark.parametrize(
    "write",
    [
        str,
        lambda key: quote(key, safe=""),
        lambda key: quote(key, safe="/"),
        lambda key: re.sub("%..", lambda hit: hit[0].lower(), quote(key, safe="")),
        lambda key: json.dumps(key)[1:-1],
        lambda key: json.dumps(key)[1:-1].replace("/", "\\/"),
        lambda key: json.dumps(key)[1:-1].replace("+", "\\u002B"),
    ],
    ids=["raw", "percent", "percent but slash", "lower percent", "json", "php", "dotnet"],
)
def test_a_credential_is_found_however_it_is_written(write) -> None:  # type: ignore[no-untyped-def]
    key = 'ab/cd+ef"gh\\ij=='
    text = write(key)
    assert set(left(text, (("x-api-key", key),))) <= set("[REDACT*]")


def test_a_credential_of_a_query_is_found_decoded() -> None:
    assert set(left("ab/cd+ef", (), "/x?sig=ab%2Fcd%2Bef")) <= set("[REDACT*]")


def test_the_longest_credential_is_masked_as_one() -> None:
    headers = (("x-api-key", "abcdefgh"), ("x-auth-token", "abcdefghij"))
    assert left("abcdefghij abcdefgh", headers) == "[REDACT**] [REDACT]"


def test_credentials_that_overlap_leave_nothing_of_either() -> None:
    headers = (("x-api-key", "abcdefgh"), ("x-auth-token", "efghijklmn"))
    assert left("-abcdefghijklmn-", headers) == "-[REDACT]******-"


def test_a_credential_that_repeats_itself_is_masked_to_its_end() -> None:
    assert left("a" * 11, (("x-api-key", "aaaaaaaa"),)) == "[REDACT]***"


def test_counts_name_the_rule_and_no_value() -> None:
    redactor, counts = Redactor(), Counter[str]()
    redactor.learn((("x-api-key", KEY),), "/")
    redactor.request_body(f'{{"a": "{KEY} {KEY}"}}'.encode(), JSON_BODY, counts)
    assert counts == {"credential": 2}


@pytest.mark.parametrize("characters", ["/", "+", "/+=&", "+&", "/="])
@pytest.mark.parametrize("digits", ["04x", "04X"])
def test_escapes_of_json_encoders_hide_nothing(characters: str, digits: str) -> None:
    key = "sk-uu-AAAA/BBBB+CCCC=GG&HH"
    table = {ord(one): f"\\u{ord(one):{digits}}" for one in characters}
    written = key.translate(table)
    assert json.loads(f'"{written}"') == key
    assert "AAAA" not in left(written, (("Authorization", f"Bearer {key}"),))


def test_secret_fields_of_a_form_are_masked() -> None:
    counts = Counter[str]()
    form = (("Content-Type", "application/x-www-form-urlencoded"),)
    body = b"grant_type=x&client_secret=abcdefgh12&scope=a%20b&API_KEY=xyz"
    kept = Redactor().request_body(body, form, counts)
    assert kept == b"grant_type=x&client_secret=[REDACT**]&scope=a%20b&API_KEY=***"
    assert counts == {"form:client_secret": 1, "form:api_key": 1}
    assert Redactor().request_body(kept, form, Counter()) == kept
