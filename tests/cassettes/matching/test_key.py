"""Which requests are the same."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wiretape.cassettes.matching import (
    DEFAULT_RULES,
    OPT_IN_HEADERS,
    MatchRules,
    differences,
    request_key,
)
from wiretape.cassettes.model import Headers, Request

CHAT = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
JSON_TYPE: Headers = (("Content-Type", "application/json"),)


def request(
    body: Any = b"",
    target: str = "/v1/chat/completions",
    method: str = "POST",
    headers: Headers = JSON_TYPE,
) -> Request:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Request(method=method, target=target, version="1.1", headers=headers, body=raw)


def same(one: Request, other: Request, rules: MatchRules = DEFAULT_RULES) -> bool:
    """Whether the keys are equal; what differs is asked as well, and must agree."""
    equal = request_key("openai", one, rules) == request_key("openai", other, rules)
    assert equal == (differences("openai", one, "openai", other, rules) == ())
    return equal


def same_bodies(one: Any, other: Any, target: str = "/v1/responses") -> bool:
    return same(request(one, target), request(other, target))


def test_a_key_is_a_digest_in_hex() -> None:
    key = request_key("openai", request(CHAT))
    assert len(key) == 64
    assert int(key, 16)


def test_the_upstream_is_part_of_the_key() -> None:
    assert request_key("openai", request(CHAT)) != request_key("groq", request(CHAT))


def test_method_and_path_are_part_of_the_key() -> None:
    assert not same(request(method="GET"), request(method="POST"))
    assert not same(request(target="/v1/a"), request(target="/v1/b"))


def test_the_host_is_not() -> None:
    assert same(request(target="http://one:1/v1/a?x=1"), request(target="/v1/a?x=1"))
    assert same(request(target="http://one"), request(target="/"))
    one, other = (request(headers=(("Host", host),)) for host in ("a", "b"))
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a=1&b=2", "b=2&a=1"),
        ("a=%41+b", "a=A%20b"),
        ("a=1&key=abc", "a=1"),
        ("API-Version=2024-02-01", "api-version=2025"),
        ("beta=true", ""),
        ("a=1&&", "a=1"),
        ("x-amz-signature=1", "X-Amz-Signature=2&sig=3"),
    ],
)
def test_queries_that_are_the_same(one: str, other: str) -> None:
    assert same(request(target=f"/x?{one}"), request(target=f"/x?{other}"))


@pytest.mark.parametrize(
    "name", ["alt", "stream", "starting_after", "last_event_id", "variant", "model", "session_id"]
)
def test_query_keys_that_count(name: str) -> None:
    assert not same(request(target=f"/x?{name}=1"), request(target=f"/x?{name}=2"))
    assert not same(request(target=f"/x?{name}=1"), request(target="/x"))
    assert not same(
        request(target=f"/x?{name}=1&{name}=2"), request(target=f"/x?{name}=2&{name}=1")
    )


def test_headers_count_only_where_asked_for() -> None:
    for name in (*OPT_IN_HEADERS, "user-agent", "authorization", "x-stainless-os"):
        one = request(CHAT, headers=(*JSON_TYPE, (name.title(), "1")))
        other = request(CHAT, headers=(*JSON_TYPE, (name, "2")))
        assert same(one, other)
        asked_for = msgspec.structs.replace(DEFAULT_RULES, headers=(name,))
        assert not same(one, other, asked_for)
        assert not same(one, request(CHAT), asked_for)
        assert same(one, one, asked_for)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1, "b": [2]}, {"b": [2], "a": 1}),
        ({"a": 1.0}, {"a": 1}),
        ({"a": -0.0}, {"a": 0}),
        ({"a": None}, {}),
        ({"a": {"b": None}}, {"a": {}}),
        ({}, {"stream": False}),
        ({"stream": None}, {"stream": False}),
        (b'{ "a" : "\\u0041" }', b'{"a":"A"}'),
        ({"user": "ada"}, {"user": "bob"}),
        ({"client_metadata": {"turn_id": "1"}}, {"client_metadata": {"turn_id": "2"}}),
        ({"metadata": {"a": 1}}, {}),
        ({"jsonrpc": "2.0", "id": 1}, {"jsonrpc": "2.0", "id": "x"}),
        ({"jsonrpc": "2.0", "params": {"_meta": 1}}, {"jsonrpc": "2.0", "params": {}}),
        ({"a": {"encrypted_content": "x"}}, {"a": {"encrypted_content": "yy"}}),
        ({"a": [{"thoughtSignature": "x"}]}, {"a": [{"thoughtSignature": "y"}]}),
        (
            {"a": [{"type": "redacted_thinking", "data": "x"}]},
            {"a": [{"type": "redacted_thinking", "data": "y"}]},
        ),
        ({"api_key": "[REDACT*****]"}, {"api_key": "*****"}),
        ({"x": "a [REDACT] b"}, {"x": "a [REDACT*******]** b"}),
        ({"url": "https://a/?sig=***&b"}, {"url": "https://a/?sig=[REDACT***]&b"}),
    ],
)
def test_bodies_that_are_the_same(one: Any, other: Any) -> None:
    assert same_bodies(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (CHAT, {**CHAT, "model": "n"}),
        ({"a": 1}, {"a": 1.5}),
        ({"a": 1}, {"a": True}),
        ({"a": 1}, {"a": "1"}),
        ({"a": [1, 2]}, {"a": [2, 1]}),
        ({"a": [None]}, {"a": []}),
        ({}, {"stream": True}),
        ({}, b""),
        ({}, []),
        ({"a": {"user": "ada"}}, {"a": {"user": "bob"}}),
        ({"id": 1}, {"id": 2}),
        ({"params": {"_meta": 1}}, {"params": {}}),
        ({"store": True}, {"store": False}),
        ({"service_tier": "flex"}, {"service_tier": "auto"}),
        ({"stream_options": {"include_usage": True}}, {}),
        ({"a": [{"type": "x", "data": "x"}]}, {"a": [{"type": "x", "data": "y"}]}),
        ({"signature": {"a": 1}}, {"signature": {"a": 2}}),
        ({"x": "*"}, {"x": "**"}),
        ({"x": 9007199254740993}, {"x": 9007199254740992}),
    ],
)
def test_bodies_that_are_not(one: Any, other: Any) -> None:
    assert not same_bodies(one, other)


@pytest.mark.parametrize("path", ["/api/chat", "/api/generate"])
def test_a_missing_stream_means_true_at_ollama(path: str) -> None:
    assert same_bodies({}, {"stream": True}, path)
    assert not same_bodies({}, {"stream": False}, path)


def turns(call: str, other_call: str, response: str) -> dict[str, Any]:
    return {
        "previous_response_id": response,
        "input": [
            {"type": "function_call", "id": f"fc_{call}", "call_id": call, "name": "f"},
            {"type": "function_call", "id": f"fc_{other_call}", "call_id": other_call, "name": "g"},
            {"type": "function_call_output", "call_id": call, "output": "1"},
        ],
    }


def test_ids_match_by_their_place_in_the_conversation() -> None:
    assert same_bodies(turns("a", "b", "r1"), turns("c", "d", "r2"))
    swapped = turns("a", "b", "r1")
    swapped["input"][2]["call_id"] = "b"
    assert not same_bodies(turns("a", "b", "r1"), swapped)


@pytest.mark.parametrize(
    "conversation",
    [
        lambda i: {
            "messages": [
                {"role": "assistant", "tool_calls": [{"id": i, "function": {"name": "f"}}]},
                {"role": "tool", "tool_call_id": i, "content": "1"},
            ]
        },
        lambda i: {
            "messages": [
                {"role": "assistant", "content": [{"type": "tool_use", "id": i, "name": "f"}]},
                {"role": "user", "content": [{"type": "tool_result", "tool_use_id": i}]},
            ]
        },
        lambda i: {"messages": [{"content": [{"toolUse": {"toolUseId": i, "name": "f"}}]}]},
        lambda i: {"contents": [{"parts": [{"functionCall": {"id": i, "name": "f"}}]}]},
        lambda i: {"conversation": i, "container": i},
        lambda i: {"conversation": {"id": i}, "container": {"id": i}},
        lambda i: {"tools": [{"type": "code_interpreter", "container": i}]},
        lambda i: {"previous_interaction_id": i, "input": [{"type": "function_call", "id": i}]},
        lambda i: {"inputs": [{"object": "entry", "id": i, "tool_call_id": i}]},
        lambda i: {"messages": [{"id": i, "role": "user", "content": "hi"}]},
        lambda i: {"messages": [{"role": "assistant", "audio": {"id": i}}]},
        lambda i: {"input": [{"type": "mcp_approval_response", "approval_request_id": i}]},
        lambda i: {"input": [{"call_id": i, "acknowledged_safety_checks": [{"id": i}]}]},
        lambda i: {"input": [{"type": "code_interpreter_call", "container_id": i}]},
        lambda i: {"content": [{"type": "tool_use", "id": i, "caller": {"tool_id": i}}]},
        lambda i: {"message": {"messageId": i, "contextId": i, "taskId": i}},
        lambda i: {"jsonrpc": "2.0", "id": i, "params": {"message": {"messageId": i}}},
        lambda i: {"jsonrpc": "2.0", "method": "tasks/get", "params": {"id": i}},
        lambda i: {"jsonrpc": "2.0", "params": {"requestId": i}},
    ],
    ids=[
        *("chat", "messages", "converse", "gemini", "strings", "objects", "container"),
        *("interactions", "conversations", "agui", "audio", "approval", "computer", "shell"),
        *("caller", "a2a_rest", "a2a", "tasks", "cancelled"),
    ],
)
def test_minted_ids_do_not_count(conversation) -> None:  # type: ignore[no-untyped-def]
    assert same_bodies(conversation("one"), conversation("two"))


def test_an_id_that_is_none_of_the_providers_counts() -> None:
    tool: list[Any] = [{"jsonrpc": "2.0", "params": {"arguments": {"id": i}}} for i in "ab"]
    assert not same_bodies(*tool)
    assert not same_bodies({"params": {"id": "a"}}, {"params": {"id": "b"}})
    assert not same_bodies({"tools": [{"id": "a"}]}, {"tools": [{"id": "b"}]})


def test_binary_data_counts_by_what_it_holds() -> None:
    plain = "A" * 300
    assert not same_bodies({"x": plain + "BBBB"}, {"x": plain + "CCCC"})
    assert not same_bodies(
        {"x": f"data:image/png;base64,{plain}"}, {"x": f"data:image/gif;base64,{plain}"}
    )
    assert same_bodies({"x": "+/" * 200}, {"x": "-_" * 200})


def multipart(boundary: str, *parts: tuple[str, bytes]) -> Request:
    body = b"".join(
        b'--%b\r\nContent-Disposition: form-data; filename="x"; name="%b"\r\n\r\n%b\r\n'
        % (boundary.encode(), name.encode(), content)
        for name, content in parts
    )
    return request(
        body + f"--{boundary}--\r\n".encode(),
        headers=(("content-type", f'multipart/form-data; boundary="{boundary}"'),),
    )


def test_multipart_counts_by_name_and_content() -> None:
    one = multipart("aaa", ("model", b"m"), ("file", b"\x00\r\n--b"))
    assert same(one, multipart("bbb", ("file", b"\x00\r\n--b"), ("model", b"m")))
    assert not same(one, multipart("aaa", ("model", b"m"), ("file", b"\x01")))
    assert not same(one, multipart("aaa", ("model", b"m")))
    assert not same(one, multipart("aaa", ("model", b"m"), ("fail", b"\x00\r\n--b")))
    assert same(multipart("a", ("x", b"[REDACT]")), multipart("b", ("x", b"[REDACT***]")))


def test_broken_multipart_counts_by_its_bytes() -> None:
    headers = (("content-type", "multipart/form-data; boundary=a"),)
    one, other = (request(body, headers=headers) for body in (b"--a\r\nx", b"--a\r\ny"))
    assert same(one, one)
    assert not same(one, other)


def test_other_bodies_count_by_their_bytes() -> None:
    headers = (("content-type", "application/octet-stream"),)
    assert same(request(b"\x00\xff", headers=headers), request(b"\x00\xff", headers=headers))
    assert not same(request(b"\x00\xff", headers=headers), request(b"\x00\xfe", headers=headers))
    assert not same(request(b'{"a":1', headers=headers), request(b'{"a":2', headers=headers))


@pytest.mark.parametrize("depth", [99, 100, 101, 102, 5_000, 100_000])
def test_what_is_too_deep_counts_by_its_bytes(depth: int) -> None:
    one, other = (b"[" * depth + inner + b"]" * depth for inner in (b"1", b"2"))
    assert same_bodies(one, one)
    assert not same_bodies(one, other)


def test_every_list_of_the_rules_can_be_replaced() -> None:
    strict = MatchRules(
        ignored_query=(), dropped=(), dropped_json_rpc=(), ids=(), opaque=(), streaming_paths=()
    )
    pairs: list[tuple[Any, Any]] = [
        ({"user": "a"}, {"user": "b"}),
        ({"jsonrpc": "2.0", "id": 1}, {"jsonrpc": "2.0", "id": 2}),
        ({"call_id": "a"}, {"call_id": "b"}),
        ({"signature": "a"}, {"signature": "b"}),
    ]
    for one, other in pairs:
        assert same(request(one), request(other))
        assert not same(request(one), request(other), strict)
    assert not same(request(target="/x?beta=1"), request(target="/x?beta=2"), strict)
    ollama = request({}, "/api/chat")
    assert not same(ollama, request({"stream": True}, "/api/chat"), strict)
    loose = msgspec.structs.replace(DEFAULT_RULES, dropped=("**.content", "$.temperature"))
    assert same(request(CHAT), request({**CHAT, "messages": [{"role": "user"}]}), loose)


@pytest.mark.parametrize("path", ["$.", "tools[*]", "a.*", "a..b"])
def test_a_rule_that_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        request_key("openai", request(CHAT), MatchRules(dropped=(path,)))


leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
)
names = st.sampled_from(
    ["id", "call_id", "type", "user", "data", "input", "stream", "jsonrpc", "x"]
)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4)
)


@given(values, values)
def test_no_differences_if_and_only_if_the_keys_are_equal(one: Any, other: Any) -> None:
    same_bodies(one, other)
    assert same_bodies(one, one)


def reordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: reordered(value[name]) for name in reversed(value)}
    return [reordered(v) for v in value] if isinstance(value, list) else value


@given(values)
def test_the_order_of_members_never_counts(value: Any) -> None:
    assert same_bodies(value, reordered(value))


@given(
    st.binary(max_size=60),
    st.text(max_size=20),
    st.sampled_from(["application/json", "multipart/form-data; boundary=-", "", "\udcff"]),
    st.text(st.characters(), max_size=10),
)
@example(b"", "", "", "\ud800")
def test_no_bytes_are_an_error(body: bytes, target: str, content_type: str, odd: str) -> None:
    asked = request(
        body, f"{target}?{odd}={odd}", odd, (("content-type", content_type), (odd, odd))
    )
    rules = MatchRules(headers=(odd,))
    assert same(asked, asked, rules)
    request_key(odd, asked, rules)
