"""Where secrets stand in a request's JSON."""

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiretape.cassettes.model import Headers
from wiretape.cassettes.redaction import Redactor
from wiretape.cassettes.redaction.json_spans import STAND_IN_PATHS
from wiretape.cassettes.redaction.rules import (
    REDACTED_BODY_LINKS,
    REDACTED_BODY_PATHS,
    REDACTED_QUERY_KEYS,
    REDACTED_SERVER_LINKS,
)

JSON_BODY: Headers = (("Content-Type", "application/json; charset=utf-8"),)
SECRET = "s3cret-s3cret"
MASK = "[REDACT*****]"
STAND_IN = "[REDACT 1***]"


def redacted(body: bytes, headers: Headers = JSON_BODY) -> tuple[bytes, Counter[str]]:
    counts: Counter[str] = Counter()
    kept = Redactor().request_body(body, headers, counts)
    assert len(kept) == len(body)
    return kept, counts


def at(path: str, leaf: Any) -> Any:
    """A JSON value with the leaf where the path says."""
    value = leaf
    for step in reversed(path.replace("**", "deep.er").replace("[*]", ".[*]").split(".")):
        value = [0, value] if step == "[*]" else {"x": None, "any" if step == "*" else step: value}
    return value


@pytest.mark.parametrize("path", REDACTED_BODY_PATHS)
def test_a_leaf_of_the_list_is_masked(path: str) -> None:
    kept, counts = redacted(json.dumps(at(path, SECRET)).encode())
    assert json.loads(kept) == at(path, STAND_IN if f"body:{path}" in STAND_IN_PATHS else MASK)
    assert counts == {f"body:{path}": 1}


@pytest.mark.parametrize("path", REDACTED_BODY_PATHS)
def test_only_a_string_is_masked(path: str) -> None:
    for leaf in (7, None, True, "", [SECRET], {"note": SECRET}):
        if path.endswith("*") or (path.endswith("client_secret") and isinstance(leaf, dict)):
            continue
        body = json.dumps(at(path, leaf)).encode()
        assert redacted(body) == (body, {})


@pytest.mark.parametrize("path", REDACTED_BODY_LINKS)
def test_only_the_secrets_of_an_address_are_masked(path: str) -> None:
    address = "https://{0}@host/a.png?alt=1&X-Amz-Signature={0}&v=1&sig=abc#sig=x"
    kept, counts = redacted(json.dumps(at(path, address.format(SECRET))).encode())
    expected = address.format(MASK).replace("abc", "***")
    assert json.loads(kept) == at(path, expected)
    assert counts == {f"body:{path} query": 2, f"body:{path} userinfo": 1}


@pytest.mark.parametrize(
    "address",
    [
        "https://host/watch?v=1&code=abc&key=2&auth=3",
        "what is a?token=1",
        "data:image/png;base64,AAAA",
        "https://host/@ada?x=a@b",
    ],
)
def test_an_address_without_secrets_is_kept(address: str) -> None:
    body = json.dumps({"image_url": {"url": address.replace("?token", "? token")}}).encode()
    assert redacted(body) == (body, {})


def test_an_address_may_be_escaped() -> None:
    body = rb'{"url":"https:\/\/ada:pw@host\/?a=1\u0026sig=ab\/cd\u0026b=2"}'
    kept, _ = redacted(body)
    assert kept == rb'{"url":"https:\/\/******@host\/?a=1\u0026sig=******\u0026b=2"}'


@pytest.mark.parametrize("path", REDACTED_SERVER_LINKS)
@pytest.mark.parametrize("key", sorted(REDACTED_QUERY_KEYS))
def test_every_secret_key_holds_in_the_address_of_a_server(path: str, key: str) -> None:
    address = f"https://host/mcp?v=1&{key}={{}}&w=2"
    kept, counts = redacted(json.dumps(at(path, address.format(SECRET))).encode())
    assert json.loads(kept) == at(path, address.format(MASK))
    assert counts == {f"body:{path} query": 1}


SCHEMA = {"type": "object", "properties": {"password": "str", "x": {"api_key": "the key"}}}


@pytest.mark.parametrize(
    "body",
    [
        {"tools": [{"parameters": SCHEMA}]},
        {"tools": [{"function": {"name": "f", "parameters": SCHEMA}}]},
        {"tools": [{"name": "f", "input_schema": SCHEMA}]},
        {"toolConfig": {"tools": [{"toolSpec": {"inputSchema": {"json": SCHEMA}}}]}},
        {"tools": [{"functionDeclarations": [{"parameters": SCHEMA}]}]},
        {"text": {"format": {"schema": SCHEMA}}},
        {"response_format": {"json_schema": {"schema": SCHEMA}}},
    ],
)
def test_a_json_schema_is_never_touched(body: Any) -> None:
    whole = json.dumps({**body, "after": {"password": SECRET}}).encode()
    kept, counts = redacted(whole)
    assert json.loads(kept) == {**body, "after": {"password": MASK}}
    assert counts == {"body:**.password": 1}


def test_short_values_become_asterisks_and_length_counts_bytes_as_written() -> None:
    body = '{"password":"abc","a":{"api_key":"\\u00e9é\\"x"}}'.encode()
    assert redacted(body)[0] == b'{"password":"***","a":{"api_key":"[REDACT***]"}}'


def test_names_of_members_are_no_values_and_text_is_no_structure() -> None:
    body = json.dumps(
        {"messages": [{"content": 'the "api_key": "x" of', "role": "password"}], "input": "api_key"}
    ).encode()
    assert redacted(body) == (body, {})


def test_the_name_of_a_member_may_be_escaped_where_another_leads_there() -> None:
    kept, _ = redacted(b'{"api_key":"abc","pass\\u0077ord":"abc"}')
    assert kept == b'{"api_key":"***","pass\\u0077ord":"***"}'


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (b'{"api_key":"abcdefgh', b'{"api_key":"[REDACT]'),
        (b'{"api_key":"abcdefg\\', b'{"api_key":"[REDACT]'),
        (b'{"api_key":"abc"}]{"api_key":"abc"}', b'{"api_key":"***"}]{"api_key":"abc"}'),
        (b'{"api_key":"abc"}\n{"api_key":"abc"}', b'{"api_key":"***"}\n{"api_key":"***"}'),
        (b'{"api_key" "abc"', b'{"api_key" "abc"'),
        (b'{"api_key":"abc" "abc"', b'{"api_key":"***" "***"'),
        (b'"api_key":"abc"', b'"api_key":"abc"'),
        (b'[[{"api_key":"\xff\xfe"}', b'[[{"api_key":"**"}'),
    ],
)
def test_broken_json_is_searched_up_to_where_it_breaks(body: bytes, kept: bytes) -> None:
    assert redacted(body)[0] == kept


def test_a_text_of_brackets_is_given_up_on() -> None:
    body = b"[" * 100_000 + b'{"api_key":"abc"}'
    assert redacted(body) == (body, {})


def test_other_bodies_are_searched_for_credentials_only() -> None:
    headers = (("content-type", "multipart/form-data; boundary=x"), ("x-api-key", SECRET))
    redactor, counts = Redactor(), Counter[str]()
    redactor.learn(headers, "/")
    body = b'{"password":"abcdefgh","x":"s3cret-s3cret"}'
    kept = redactor.request_body(body, headers, counts)
    assert kept == b'{"password":"abcdefgh","x":"[REDACT*****]"}'
    assert not redactor.holds_whole(headers)


@pytest.mark.parametrize(
    ("content_type", "whole"),
    [
        ("application/json", True),
        ("Application/VND.x+JSON;charset=utf-8", True),
        ("application/x-www-form-urlencoded", True),
        ("multipart/form-data; boundary=json", False),
        ("application/octet-stream", False),
        ("audio/wav", False),
    ],
)
def test_what_may_be_json_is_held_until_whole(content_type: str, whole: bool) -> None:
    assert Redactor().holds_whole((("content-type", content_type),)) is whole


def test_a_body_of_no_type_may_be_json() -> None:
    assert Redactor().holds_whole(())


names = st.sampled_from(["api_key", "url", "tools", "headers", "x", 'q"', "client_secret", "value"])
leaves = st.one_of(st.none(), st.integers(), st.text(max_size=20), st.just("https://a?sig=abc&b"))
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4)
)


def without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            k: "" if k == "api_key" and isinstance(v, str) else without_secrets(v)
            for k, v in value.items()
        }
    return [without_secrets(v) for v in value] if isinstance(value, list) else value


def leaves_under(value: Any, name: str) -> list[str]:
    if isinstance(value, dict):
        own = [v for k, v in value.items() if k == name and isinstance(v, str)]
        return own + [leaf for v in value.values() for leaf in leaves_under(v, name)]
    return (
        [leaf for v in value for leaf in leaves_under(v, name)] if isinstance(value, list) else []
    )


@given(values, st.booleans(), st.sampled_from([None, 1]))
def test_json_stays_json_and_no_leaf_of_the_list_survives(
    value: Any, ascii_only: bool, indent: int | None
) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    kept, _ = redacted(body)
    for leaf in leaves_under(json.loads(kept), "api_key"):
        assert leaf.strip("*") in ("", "[REDACT]") or leaf.startswith("[REDACT*")
    assert redacted(kept)[0] == kept


@given(
    st.lists(
        st.sampled_from(
            [
                b'"',
                b"\\",
                b"{",
                b"}",
                b"[",
                b"]",
                b",",
                b":",
                b'"api_key":',
                b'"url":"http://a?sig=',
                b"abc",
                b"\xff",
            ]
        )
    ).map(b"".join)
)
def test_no_bytes_are_an_error(body: bytes) -> None:
    kept, _ = redacted(body)
    assert redacted(kept)[0] == kept
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("wiretape.cassettes.redaction.json_spans.PIECE", 7)  # as a large one
        assert redacted(body)[0] == kept


@pytest.mark.parametrize("piece", [1, 7, 1 << 20])
@pytest.mark.parametrize(
    "body",
    [
        b'{"api_key" \n : "someone"}',
        b'{"a":"api_key","b":["api_key","c"],"api_key":"someone"}',
        b'{"url":"http://a/?sig=someone"}',
        b'{"url":"http://a/b","image_url" : "http://me:someone@a/"}',
        b'{"url":"http://a/?sig=someone',
    ],
)
def test_wherever_a_name_stands_it_is_found(
    body: bytes, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wiretape.cassettes.redaction.json_spans.PIECE", piece)
    for size in range(20):
        assert b"someone" not in redacted(b" " * size + body)[0]
