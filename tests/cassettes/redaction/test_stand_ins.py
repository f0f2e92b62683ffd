"""What says who or where keeps its stand-in, and fits when a client sends it back."""

import json
from collections import Counter

import msgspec
import pytest

from tests.cassettes.redaction.test_patterns import bytewise
from wiretape.cassettes.matching import DEFAULT_RULES, differences, request_key
from wiretape.cassettes.model import Headers, Request, Response
from wiretape.cassettes.redaction import Redactor, as_recorded

JSON: Headers = (("Content-Type", "application/json"),)
SESSION = "1868a90c-7e5f-4b1c-9a6e-planted00001"
HANDLE = "Cihxc2RmYXNkZmFzZGZhc2Rm-planted"
UPLOAD = "https://host.example/upload/planted?expires=1"


def recorded(redactor: Redactor, request: Request, response: Response) -> tuple[Request, Response]:
    """As a recording session leaves them."""
    counts: Counter[str] = Counter()
    redactor.learn(request.headers, request.target)
    received = redactor.response_stream(response.headers, counts)
    body = b"".join([*map(received.feed, bytewise(response.body)), received.finish()])
    replace = msgspec.structs.replace
    return (
        replace(
            request,
            headers=redactor.headers(request.headers, counts),
            body=redactor.request_body(request.body, request.headers, counts),
        ),
        replace(response, headers=redactor.headers(response.headers, counts), body=body),
    )


def post(body: object, *headers: tuple[str, str]) -> Request:
    return Request("POST", "/mcp", "1.1", (*JSON, *headers), json.dumps(body).encode())


def answer(body: object, *headers: tuple[str, str]) -> Response:
    return Response("1.1", 200, "OK", (*JSON, *headers), json.dumps(body).encode())


def assert_found(asked: Request, tape: Request) -> None:
    rules = msgspec.structs.replace(DEFAULT_RULES, headers=("mcp-session-id",))
    found = as_recorded(asked)
    assert differences("mcp", found, "mcp", tape, rules) == ()
    assert request_key("mcp", found, rules) == request_key("mcp", tape, rules)


def test_the_id_of_an_mcp_session_goes_round() -> None:
    redactor = Redactor()
    header = "Mcp-Session-Id"
    other = recorded(redactor, post({}), answer({}, (header, "another-session")))
    first = recorded(redactor, post({"a": 1}), answer({}, (header, SESSION)))
    second = recorded(redactor, post({"a": 2}, (header.lower(), SESSION)), answer({}))
    given = dict(first[1].headers)[header]
    assert given == "[mcp-session-id-2]"
    assert dict(other[1].headers)[header] == "[mcp-session-id-1]"
    # Only visible ASCII is legal in it; a client may look.
    assert all(0x21 <= ord(sign) <= 0x7E for sign in given)
    assert dict(second[0].headers)["mcp-session-id"] == given
    # The replaying client knows the stand-in and nothing else.
    assert_found(post({"a": 2}, (header, given)), second[0])


@pytest.mark.parametrize(
    ("name", "value", "back"),
    [
        ("newHandle", HANDLE, {"setup": {"sessionResumption": {"handle": HANDLE}}}),
        ("upload_url", UPLOAD, {"file": {"upload_url": UPLOAD}}),
    ],
)
def test_what_a_body_hands_out_goes_round(name: str, value: str, back: object) -> None:
    redactor = Redactor()
    given = answer({"x": {name: value}, "y": [{name: value + "2"}, {name: value}]})
    first = recorded(redactor, post({"a": 1}), given)
    second = recorded(redactor, post(back), answer({}))
    body = json.loads(first[1].body)
    stand_in, other = body["x"][name], body["y"][0][name]
    assert len(first[1].body) == len(given.body)
    assert (stand_in, other) == (shown(value, 1), shown(value + "2", 2))
    assert body["y"][1][name] == stand_in
    assert second[0].body == json.dumps(back).replace(value, stand_in).encode()
    replayed = json.dumps(back).replace(value, stand_in).encode()
    assert_found(msgspec.structs.replace(post({}), body=replayed), second[0])
    # Nor does a client miss that comes with one of its own.
    own = json.dumps(back).replace(value, "of-another-length").encode()
    assert_found(msgspec.structs.replace(post({}), body=own), second[0])
    assert as_recorded(second[0]) == second[0]


def shown(value: str, number: int) -> str:
    return f"[REDACT {number}".ljust(len(value) - 1, "*") + "]"


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (b'{"newHandle":"abc"}', b'{"newHandle":"***"}'),
        (b'{"newHandle":"abcdefghi"}', b'{"newHandle":"[REDACT*]"}'),
        (b'{"newHandle":"abcdefghij"}', b'{"newHandle":"[REDACT 1]"}'),
        (b'{"newHandle" : "abcdefghij"}', b'{"newHandle" : "[REDACT 1]"}'),
        (b'{"newHandle":""}', b'{"newHandle":""}'),
        (b'{"newHandle":null}', b'{"newHandle":null}'),
        (b'{"newHandle":"abcdefgh', b'{"newHandle":"[REDACT]'),
        (rb'{"upload_url":"https:\/\/a\"b"}', rb'{"upload_url":"[REDACT 1****]"}'),
        (b'{"text":"a newHandle": "x"}', b'{"text":"a newHandle": "x"}'),
    ],
)
def test_a_stand_in_has_the_length_of_what_it_stands_for(body: bytes, kept: bytes) -> None:
    for pieces in ([body], bytewise(body)):
        stream = Redactor().stream(Counter())
        assert b"".join([*map(stream.feed, pieces), stream.finish()]) == kept


def test_one_value_has_one_stand_in_however_it_is_written() -> None:
    redactor, counts = Redactor(), Counter[str]()
    stream = redactor.stream(counts)
    body = rb'{"upload_url":"https:\/\/a.example\/x"}{"upload_url":"https://a.example/x"}'
    kept = stream.feed(body) + stream.finish()
    assert kept.count(b"[REDACT 1*") == 2
    assert counts == {"body:**.upload_url": 2}


def test_a_string_too_long_to_wait_for_is_masked_as_it_comes() -> None:
    body = b'{"upload_url":"' + b"x" * 10_000 + b'","n":1}'
    stream = Redactor().stream(Counter())
    given = b""
    for at in range(0, len(body), 1000):
        given += stream.feed(body[at : at + 1000])
        assert at + 1000 - len(given) <= 4096
    given += stream.finish()
    assert len(given) == len(body)
    assert b"x" not in given
    assert given.endswith(b'*","n":1}')
