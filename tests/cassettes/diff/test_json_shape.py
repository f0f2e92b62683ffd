"""Places, types and words of JSON, and which headers count."""

from typing import Any

import pytest

from wiretape.cassettes.diff.headers import header_names, is_volatile
from wiretape.cassettes.diff.json_shape import DEEPEST, json_facts


def keys(value: Any) -> set[tuple[str, str]]:
    return {(place, what) for kind, place, what in json_facts(value) if kind == "key"}


def words(value: Any) -> set[tuple[str, str]]:
    return {(place, what) for kind, place, what in json_facts(value) if kind == "value"}


def test_arrays_are_folded() -> None:
    assert keys({"a": [1, None, {"b": True}]}) == {
        ("$", "object"),
        ("$.a", "array"),
        ("$.a[]", "number"),
        ("$.a[]", "null"),
        ("$.a[]", "object"),
        ("$.a[].b", "boolean"),
    }


def test_objects_are_named_by_their_type() -> None:
    value = {"type": "root", "item": {"type": "message", "id": "x"}}
    assert ("$.item<message>.id", "string") in keys(value)
    assert words(value) == {("$.type", "root"), ("$.item.type", "message")}


@pytest.mark.parametrize(
    "key",
    [
        "12",
        "3f2a9c0d",
        "123e4567-e89b-12d3-a456-426614174000",
        "call_9XkQw12345ab",
        "msg_bdrk_01A09q90qw90lq91",
        "5zwrmdlsra2e",
    ],
)
def test_keys_that_are_ids_are_folded(key: str) -> None:
    found = keys({key: {"n": 1}, "usage": {}})
    assert {("$.{}.n", "number"), ("$.usage", "object")} <= found


@pytest.mark.parametrize(
    "key",
    [
        "input_tokens",
        "amazon-bedrock-invocationMetrics",
        "cache_creation_input_tokens",
        "ephemeral_5m_input_tokens",
        "accepted",
        "deadbeef",
        "contentBlockIndex",
    ],
)
def test_names_are_no_ids(key: str) -> None:
    assert (f"$.{key}", "number") in keys({key: 1})


def test_odd_names_are_quoted_and_large_objects_are_maps() -> None:
    assert ("$['a b']", "number") in keys({"a b": 1})
    assert len(keys({f"k{n}": 1 for n in range(200)})) == 2


def test_what_is_the_users_own_has_a_type_alone() -> None:
    call = {"name": "f", "input": {"city": "Berlin"}, "arguments": {"x": 1}}
    assert keys(call) == {
        ("$", "object"),
        ("$.name", "string"),
        ("$.input", "object"),
        ("$.arguments", "object"),
    }


def test_text_is_no_word() -> None:
    assert words({"status": "a whole sentence", "finish_reason": "stop", "role": None}) == {
        ("$.finish_reason", "stop")
    }


def test_depth_has_an_end() -> None:
    value: Any = 1
    for _ in range(3 * DEEPEST):
        value = [value]
    assert len(keys(value)) == DEEPEST + 2


def test_headers_that_come_and_go() -> None:
    names = ("X-RateLimit-Remaining-Tokens", "request-id", "CF-Ray", "Date", "Content-Length")
    assert header_names(tuple((name, "1") for name in names)) == frozenset()
    assert header_names((("X-New", "1"), ("Content-Type", "x"))) == {"x-new", "content-type"}
    for name in ("openai-processing-ms", "anthropic-ratelimit-tokens-reset", "transfer-encoding"):
        assert is_volatile(name)
    for name in ("openai-version", "server", "anthropic-version", "x-api-warning"):
        assert not is_volatile(name)
