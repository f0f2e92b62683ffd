"""What HARs say in more than one way: bodies, charsets, forms, times."""

import base64
import json
from typing import Any

import pytest

from tests.cassettes.interop.test_vectors import ASKED
from wiretape.cassettes.interop import Imported, import_bytes
from wiretape.cassettes.model import Interaction

POST = {"method": "POST", "url": "https://api.openai.com/v1/x", "headers": []}


def imported(
    request: dict[str, Any] | None = None,
    content: dict[str, Any] | None = None,
    creator: str = "Firefox",
    headers: tuple[tuple[str, str], ...] = (),
    **entry: Any,
) -> Imported:
    pairs = [{"name": name, "value": value} for name, value in headers]
    answer = {"status": 200, "statusText": "OK", "headers": pairs, "content": content or {}}
    whole = {"request": POST | (request or {}), "response": answer, **entry}
    har = {"log": {"version": "1.2", "creator": {"name": creator}, "entries": [whole]}}
    return import_bytes(json.dumps(har).encode(), ASKED)


def only(found: Imported) -> Interaction:
    (one,) = found.interactions
    return one


def body(found: Imported) -> bytes:
    response = only(found).response
    assert response is not None
    return response.body


LATIN = (("Content-Type", "text/plain; charset=ISO-8859-1"),)
PLAIN = (("Content-Type", "text/event-stream"),)


def test_a_text_is_the_bytes_of_its_charset() -> None:
    assert body(imported(content={"text": "ü", "size": 1}, headers=LATIN)) == b"\xfc"
    # Some write the header and mean UTF-8; the size says it.
    assert body(imported(content={"text": "ü", "size": 2}, headers=LATIN)) == b"\xc3\xbc"
    assert body(imported(content={"text": "ü"}, headers=PLAIN)) == b"\xc3\xbc"
    # mitmproxy reads as latin-1 what has no charset.
    mojibake = {"text": "Ã¼", "size": 2}
    assert body(imported(content=mojibake, headers=PLAIN, creator="mitmproxy")) == b"\xc3\xbc"
    assert body(imported(content={"text": "空"}, headers=LATIN)) == "空".encode()
    nonsense = (("Content-Type", "text/plain; charset=x-no-such"),)
    assert body(imported(content={"text": "ü"}, headers=nonsense)) == b"\xc3\xbc"


def test_an_empty_body_is_one() -> None:
    assert body(imported(content={"text": "", "size": 0})) == b""
    assert body(imported()) == b""


@pytest.mark.parametrize(
    ("posted", "sent"),
    [
        ({"text": '{"a":"ü"}'}, '{"a":"ü"}'.encode()),
        ({"text": base64.b64encode(b"\x00\xff").decode(), "encoding": "base64"}, b"\x00\xff"),
        (
            {"params": [{"name": "a b", "value": "1"}, {"name": "c", "value": "ü"}]},
            b"a+b=1&c=%C3%BC",
        ),
        ({"text": ""}, b""),
    ],
)
def test_bodies_of_requests(posted: dict[str, Any], sent: bytes) -> None:
    one = only(imported({"postData": {"mimeType": "x", **posted}}))
    assert one.request.body == sent
    assert ("written anew" in one.imported) == ("params" in posted)


def test_a_request_body_that_is_not_there_is_said() -> None:
    (left,) = imported({"bodySize": 12}).left
    assert left.cause == "the file does not hold the body of the request"


@pytest.mark.parametrize(
    ("timings", "timing"),
    [
        ({"wait": 10, "receive": 5}, "ends"),
        ({"wait": 0, "receive": 0}, "none"),
        ({"wait": -1, "receive": -1}, "none"),
        ({"wait": True, "receive": 1}, "none"),
        ({"wait": 1e300, "receive": 1}, "none"),
        ({}, "none"),
        (None, "none"),
    ],
)
def test_times_that_cannot_be_meant_are_none(timings: Any, timing: str) -> None:
    assert only(imported(timings=timings)).timeline.timing == timing
