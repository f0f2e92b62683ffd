"""Flows that are no whole exchange: errors, streams that were not stored, other protocols."""

from typing import Any

import pytest

from tests.cassettes.interop.test_vectors import ASKED
from wiretape.cassettes.interop import Unreadable, import_bytes
from wiretape.cassettes.interop.tnetstring import MOST_DEPTH, read_tnetstrings


def dumped(value: Any) -> bytes:
    """A typed netstring, as mitmproxy writes it."""
    match value:
        case None:
            kind, data = b"~", b""
        case bool():
            kind, data = b"!", str(value).lower().encode()
        case int():
            kind, data = b"#", str(value).encode()
        case float():
            kind, data = b"^", repr(value).encode()
        case str():
            kind, data = b";", value.encode()
        case bytes():
            kind, data = b",", value
        case dict():
            kind = b"}"
            data = b"".join(dumped(key) + dumped(one) for key, one in value.items())
        case _:
            kind, data = b"]", b"".join(map(dumped, value))
    return b"%d:%b%b" % (len(data), data, kind)


REQUEST = {
    "method": b"GET", "scheme": b"https", "host": "api.openai.com", "port": 443, "path": b"/v1/x",
    "headers": [[b"Host", b"api.openai.com"]], "content": b"", "timestamp_start": 100.0,
    "timestamp_end": 100.5,
}  # fmt: skip
RESPONSE = {
    "status_code": 200, "reason": b"OK", "http_version": b"HTTP/2.0", "content": b"hi",
    "headers": [[b"X", b"\xfc"]], "trailers": [[b"T", b"1"]], "timestamp_start": 100.75,
    "timestamp_end": 101.0,
}  # fmt: skip
FLOW: dict[str, Any] = {
    "type": "http", "version": 21, "request": REQUEST, "response": RESPONSE, "error": None,
    "websocket": None,
}  # fmt: skip


def test_a_whole_flow() -> None:
    (only,) = import_bytes(dumped(FLOW), ASKED).interactions
    assert only.upstream == "openai"
    assert only.response is not None
    assert only.response.headers == (("X", "\xfc"), ("Content-Length", "2"))
    assert only.response.trailers == (("T", "1"),)
    assert (only.timeline.head_ns, only.timeline.ending.at_ns) == (250_000_000, 500_000_000)
    assert only.imported == "from mitmproxy; it was HTTP/2"


def test_an_error_is_an_ending() -> None:
    error = {"msg": "connection closed by sk-proj-abcdefghijklmnop1234567890", "timestamp": 102.0}
    (only,) = import_bytes(dumped(FLOW | {"response": None, "error": error}), ASKED).interactions
    assert only.response is None
    assert only.timeline.ending.kind == "cut"
    assert only.timeline.ending.at_ns == 1_500_000_000
    assert only.timeline.ending.detail.startswith("connection closed by [REDACT***")


def test_times_that_are_not_there() -> None:
    response = RESPONSE | {"timestamp_end": None}
    (only,) = import_bytes(dumped(FLOW | {"response": response}), ASKED).interactions
    assert only.timeline.timing == "none"


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"type": "tcp"}, "a flow of type 'tcp', not http"),
        ({"websocket": {"messages": []}}, "a WebSocket"),
        ({"response": None}, "no response came"),
        ({"response": RESPONSE | {"content": None}}, "the body of the response (it was streamed)"),
        ({"request": REQUEST | {"content": None}}, "the body of the request"),
        ({"request": REQUEST | {"path": b"*"}}, "names no host and path"),
        ({"request": REQUEST | {"headers": [[b"A"]]}}, "holds what is no pair"),
        ({"response": RESPONSE | {"status_code": b"x"}}, "no whole number"),
        ({"response": RESPONSE | {"status_code": 101}}, "another upgrade"),
    ],
)
def test_what_is_left(change: dict[str, Any], cause: str) -> None:
    found = import_bytes(dumped(FLOW | change) + dumped(FLOW), ASKED)
    assert len(found.interactions) == 1
    assert [one.place for one in found.left] == ["flow 1"]
    assert cause in found.left[0].cause


@pytest.mark.parametrize(
    "data",
    [
        b"3:abc?",
        b"3:xyz!",
        b"1:x#",
        b"4:1:a,}",
        b"999999999999:a,",
        b"x",
        b"1:a",
        b"-1:a,",
        b"2:\xff\xff;",
    ],
)
def test_what_is_no_netstring(data: bytes) -> None:
    with pytest.raises(Unreadable, match="byte 0"):
        list(read_tnetstrings(data))


def test_depth_is_bounded() -> None:
    value: Any = 1
    for _ in range(MOST_DEPTH + 2):
        value = [value]
    with pytest.raises(Unreadable, match="deep"):
        list(read_tnetstrings(dumped(value)))
