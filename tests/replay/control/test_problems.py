"""What is wrong with a call is told in one line, as a problem."""

import msgspec
import pytest

from tests.interactions import make_interaction
from tests.raw_http import RawClient
from tests.replay.control.calls import call, raw_call
from tests.replay.serving import serving
from wiretape.cassettes.model import Headers
from wiretape.replay.control.serving import BODY_LIMIT

CASES: dict[str, tuple[str, str, object, int, str, str]] = {
    "unknown": ("GET", "nope", None, 404, "unknown_control", "there is no /__wiretape/nope"),
    "nothing": ("GET", "", None, 404, "unknown_control", "there are health, cassettes"),
    "below": ("GET", "health/1", None, 404, "unknown_control", "there is no"),
    "no number": ("DELETE", "faults/x", None, 404, "unknown_control", "there is no"),
    "number 0": ("DELETE", "faults/0", None, 404, "unknown_control", "there is no"),
    "other digits": ("GET", "journal/%D9%A1", None, 404, "unknown_control", "there is no"),
    "no entry": ("GET", "journal/9", None, 404, "no_such_entry", "no entry 9"),
    "method": ("PUT", "faults", None, 405, "wrong_method", "takes DELETE, GET, HEAD, POST"),
    "options": ("OPTIONS", "verify", None, 405, "wrong_method", "takes POST, not OPTIONS"),
    "field": ("GET", "journal?sesion=x", None, 400, "bad_query", "unknown field `sesion`"),
    "query": ("GET", "health?x=1", None, 400, "bad_query", "unknown field `x`"),
    "twice": ("GET", "journal?limit=1&limit=2", None, 400, "bad_query", "says limit twice"),
    "no int": ("GET", "journal?limit=ten", None, 400, "bad_query", "`int`, got `str`"),
    "float": ("GET", "journal?limit=1.0", None, 400, "bad_query", "`int`, got `str`"),
    "too big": ("GET", "journal?limit=1001", None, 400, "bad_query", "`int` <= 1000"),
    "huge": ("GET", f"journal?after={'9' * 400}", None, 400, "bad_query", "`int`, got `str`"),
    "negative": ("GET", "journal?offset=-1", None, 400, "bad_query", "`int` >= 0"),
    "outcome": ("GET", "journal?outcome=hit", None, 400, "bad_query", "enum value 'hit'"),
    "time": ("GET", "journal?since=yesterday", None, 400, "bad_query", "`$.since`"),
    "no zone": ("GET", "journal?since=2026-01-01T00:00:00", None, 400, "bad_query", "timezone"),
    "no UTF-8": ("GET", "journal?path=%FF", None, 400, "bad_query", "cannot be read"),
    "crowd": ("GET", f"journal?{'a&' * 60}", None, 400, "bad_query", "Max number of fields"),
    "long": ("GET", f"journal?session={'x' * 257}", None, 400, "bad_query", "length <= 256"),
    "part": ("POST", "reset?only=all", None, 400, "bad_query", "enum value 'all'"),
    "no body": ("POST", "verify", None, 400, "bad_body", "request, at_least, at_most, exactly"),
    "a body": ("POST", "reset", b"{}", 400, "bad_body", "takes no body"),
    "no JSON": ("POST", "verify", b"{exactly: 1}", 400, "bad_body", "is no JSON"),
    "half": ("POST", "verify", b'{"exactly": 1', 400, "bad_body", "is no JSON"),
    "deep": ("POST", "verify", b"[" * 200_000, 400, "bad_body", "is no JSON"),
    "name twice": (
        "POST",
        "verify",
        b'{"exactly":0,"exactly":1}',
        400,
        "bad_body",
        "exactly is said twice",
    ),
    "within": (
        "POST",
        "verify",
        b'{"request":{"json":{"a":1,"a":2}}}',
        400,
        "bad_body",
        "a is said",
    ),
    "a list": ("POST", "verify", b"[]", 400, "bad_body", "Expected `object`, got `array`"),
    "body field": ("POST", "verify", {"times": 1}, 400, "bad_body", "it may hold request"),
    "inner": ("POST", "verify", {"request": {"url": 1}}, 400, "bad_body", "unknown field `url`"),
    "half one": ("POST", "verify", {"exactly": 1.5}, 400, "bad_body", "`int`, got `float`"),
    "less than 0": ("POST", "verify", {"at_most": -1}, 400, "bad_body", "`int` >= 0"),
    "no fault": ("POST", "faults", {}, 400, "bad_body", "required field `fault`"),
    "bad fault": ("POST", "faults", {"fault": "cut"}, 400, "bad_fault", "cut needs after"),
}


@pytest.mark.parametrize("name", CASES)
async def test_a_call_that_is_none(name: str) -> None:
    method, path, body, status, code, words = CASES[name]
    async with serving([make_interaction()]) as served:
        answer = await raw_call(served.url, method, path, body)
        problem = msgspec.json.decode(answer.body)
        assert answer.head.get("content-type") == "application/problem+json"
        assert (answer.status, problem["status"], problem["code"]) == (status, status, code)
        assert words in problem["detail"]
        assert len(problem["detail"]) < 600
        assert problem["detail"].isprintable()
        assert (await call(served.url, "GET", "health"))["status"] == "ok"
    if status == 405:
        assert answer.head.get("allow") in problem["detail"]


REFUSED: dict[str, tuple[Headers, str, int, str]] = {
    "session": ((("X-Wiretape-Session", "x" * 300),), "health", 400, "bad_session"),
    "origin": ((("Origin", "http://evil.test"),), "faults", 403, "cross_origin"),
    "host": ((("Host", "evil.test"),), "journal", 421, "wrong_host"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_who_is_refused_is_told_so_as_well(name: str) -> None:
    headers, path, status, code = REFUSED[name]
    async with serving([make_interaction()]) as served:
        for method in ("GET", "POST", "DELETE"):
            problem = await call(served.url, method, path, None, headers)
            assert (problem["status"], problem["code"]) == (status, code)


async def test_a_body_over_the_limit_is_not_read() -> None:
    async with serving([make_interaction()]) as served, await RawClient.connect(served.url) as one:
        one.send(
            b"POST /__wiretape/verify HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
            % (BODY_LIMIT + 1)
        )
        answer = await one.read_response("POST")
        assert (answer.status, msgspec.json.decode(answer.body)["code"]) == (413, "body_too_large")


async def test_what_cannot_be_shown_is_not() -> None:
    async with serving([make_interaction()]) as served, await RawClient.connect(served.url) as one:
        one.send(b"GET /__wiretape/%1b\xff[31m%0a HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = await one.read_response("GET")
        assert b"\x1b" not in answer.body
