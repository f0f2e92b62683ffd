"""What real tools recorded, imported: the same bytes, and nothing said that is not so."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.clients.interop.provider import BINARY, MODELS, STREAM
from tests.clients.interop.questions import KEY, SENT
from wiretape.cassettes.codec.content import decode
from wiretape.cassettes.http1 import header
from wiretape.cassettes.interop import Asked, Imported, Source, import_bytes
from wiretape.cassettes.model import Interaction, Response, Timing

VECTORS = Path(__file__).parents[2] / "vectors" / "interop"
OPENAI = {"openai": "https://api.openai.com"}
NOW = "2026-11-23T10:00:00.000000Z"
ASKED = Asked(OPENAI, "wiretape 1", NOW)

RECORDED: tuple[tuple[str, Source, Timing], ...] = (
    ("vcrpy-httpx.yaml", "vcrpy", "none"),
    ("vcrpy-requests.yaml", "vcrpy", "none"),
    ("vcrpy-requests.json", "vcrpy", "none"),
    ("cassetter.yaml", "cassetter", "none"),
    ("ruby-vcr.yml", "ruby-vcr", "none"),
    ("ruby-vcr-exact.yml", "ruby-vcr", "none"),
    ("go-vcr-1.yaml", "go-vcr", "none"),
    ("mitmproxy.flows", "mitmproxy", "ends"),
    ("mitmproxy.har", "har", "ends"),
    ("chromium.har", "har", "ends"),
)


def imported(name: str, asked: Asked = ASKED) -> Imported:
    return import_bytes((VECTORS / name).read_bytes(), asked)


def response(interaction: Interaction) -> Response:
    assert interaction.response is not None
    return interaction.response


@pytest.mark.parametrize(("name", "source", "timing"), RECORDED)
def test_the_bytes_of_the_wire_come_back(name: str, source: Source, timing: Timing) -> None:
    found = imported(name)
    assert found.left == ()
    by_path = {one.request.target: one for one in found.interactions}
    chat = by_path["/v1/chat/completions"]
    assert response(chat).body == STREAM
    assert chat.request.body == SENT
    assert {one.timeline.timing for one in found.interactions} == {timing}
    if "json" not in Path(name).suffix:
        assert response(by_path["/v1/files/1/content"]).body == BINARY
    # The same where the format is said; what is not of it is refused.
    again = imported(name, Asked(OPENAI, "wiretape 1", NOW, source))
    assert again == found


@pytest.mark.parametrize("name", [name for name, _, _ in RECORDED])
def test_heads_agree_with_their_bytes(name: str) -> None:
    for one in imported(name).interactions:
        answer = response(one)
        chunked = header(answer.headers, "transfer-encoding") == "chunked"
        length = header(answer.headers, "content-length")
        assert chunked != (length == str(len(answer.body))), answer.headers
        coding = header(answer.headers, "content-encoding")
        if coding:
            assert decode(coding, answer.body).body == MODELS
        if "/v1/models" in one.request.target and not coding:
            assert answer.body == MODELS or name == "cassetter.yaml"


@pytest.mark.parametrize("name", [name for name, _, _ in RECORDED])
def test_no_secret_comes_along(name: str) -> None:
    assert KEY.encode() in (VECTORS / name).read_bytes() or name == "cassetter.yaml"
    for one in imported(name).interactions:
        assert KEY not in repr(one)
        assert "a=1" not in repr(response(one).headers)


def test_cookies_that_came_twice_are_two_headers() -> None:
    for name in ("vcrpy-httpx.yaml", "ruby-vcr.yml", "go-vcr-1.yaml", "mitmproxy.flows"):
        names = [pair[0].lower() for pair in response(imported(name).interactions[0]).headers]
        assert names.count("set-cookie") == 2, name


def test_a_coding_that_the_tool_took_off_is_said() -> None:
    models = imported("vcrpy-requests.yaml").interactions[1]
    assert response(models).body == MODELS
    assert header(response(models).headers, "content-encoding") is None
    assert "Content-Encoding (gzip) was taken off" in models.imported
    # mitmproxy's own file has the bytes as they came.
    flow = imported("mitmproxy.flows").interactions[1]
    assert header(response(flow).headers, "content-encoding") == "gzip"
    assert flow.imported == "from mitmproxy"


def test_json_of_cassetter_is_written_as_long_as_it_says() -> None:
    chat, models, _ = imported("cassetter.yaml").interactions
    assert chat.request.body == SENT  # of the four spellings the one of 108 bytes
    assert response(models).body == (
        b'{"object": "list", "data": [{"id": "small-1", "object": "model"}]}'
    )
    assert "JSON is written anew" in models.imported


def test_times_of_a_har_are_those_of_the_head_and_the_end() -> None:
    found = imported("devtools.har")
    chat = found.interactions[0].timeline
    assert chat.head_ns == 700_250_000
    assert chat.ending.at_ns == 950_750_000
    assert [chunk.at_ns for chunk in chat.received] == [950_750_000]
    # The epoch is when the request was on its way: 3.9 ms after the entry's start.
    assert found.session.started == "2026-11-22T22:01:13.123900Z"
    assert found.interactions[1].start_ns == 3_876_100_000


def test_http_2_of_devtools_becomes_what_a_replay_can_send() -> None:
    chat, image = imported("devtools.har").interactions
    assert chat.upstream == "openai"
    assert chat.request.headers == (
        ("Host", "api.openai.com"),
        ("authorization", "Bearer [REDACTED]"),
        ("content-type", "application/json"),
        ("Content-Length", "47"),
    )
    assert response(chat).version == "1.1"
    assert [name for name, _ in response(chat).headers] == [
        "content-type",
        "set-cookie",
        "set-cookie",
        "Transfer-Encoding",
    ]
    assert "it was HTTP/2" in chat.imported
    assert "(br) was taken off" in chat.imported
    assert image.upstream == "cdn-example"
    assert image.request.target == "/a.png?x=1"
    assert response(image).body == b"\x89PNG"
    assert header(response(image).headers, "content-length") == "4"


def test_what_a_cassette_cannot_hold_is_named_with_its_place() -> None:
    assert {one.place: one.cause for one in imported("devtools.har").left} == {
        "entry 2": "a WebSocket",
        "entry 3": "the file does not hold the body of the response",
        "entry 4": "no response came (status 0)",
    }


def test_the_later_layout_of_go_vcr() -> None:
    (only,) = imported("go-vcr-3.yaml").interactions
    assert only.timeline.timing == "head"
    assert only.timeline.head_ns == only.timeline.ending.at_ns == 1_215_541_000
    assert response(only).body.endswith(b"data: [DONE]\n\n")
    assert header(response(only).headers, "transfer-encoding") == "chunked"
    assert "it was HTTP/2" in only.imported


def test_dates_that_the_files_have() -> None:
    assert imported("vcrpy-httpx.yaml").session.started == NOW
    assert imported("ruby-vcr.yml").session.started == "2026-11-23T04:15:30.000000Z"
    found = imported("cassetter.yaml")
    targets = [one.request.target for one in found.interactions]
    # cassetter writes the last one first.
    assert targets == ["/v1/chat/completions", "/v1/models?limit=2", "/v1/files/1/content"]


def test_fixtures_of_aimock() -> None:
    found = imported("aimock-greeting.json", replace(ASKED, model="gpt-5-mini"))
    hello, weather, stop = found.interactions
    assert hello.request.body == (
        b'{"model":"gpt-5-mini","messages":[{"role":"user","content":"hello"}],"stream":true}'
    )
    assert weather.notes.model_asked == "small-1"
    assert b'"content":"Hello! How can I hel"' in response(hello).body
    assert b'"name":"get_weather"' in response(weather).body
    assert b'"finish_reason":"tool_calls"' in response(weather).body
    assert response(stop).status == 429
    assert all("made from a fixture" in one.imported for one in found.interactions)
    assert [one.place for one in found.left] == ["fixture 4", "fixture 5"]


def test_a_fixture_that_no_client_could_ask_for_is_left() -> None:
    found = imported("aimock-greeting.json")
    assert len(found.interactions) == 1
    assert [one.place for one in found.left if "--model NAME" in one.cause] == [
        "fixture 1",
        "fixture 3",
    ]


def test_what_aimock_measured() -> None:
    (only,) = imported("aimock-recorded.json").interactions
    assert only.timeline.timing == "ends"
    assert 0 < (only.timeline.head_ns or 0) < only.timeline.ending.at_ns


def test_a_key_is_known_before_anything_is_redacted() -> None:
    """An answer may hold the key of a request that comes later."""
    key = "opaque-and-of-no-provider-0123456789"
    document = f"""
interactions:
- request: {{url: 'http://h/a'}}
  response: {{code: 200, body: 'your key is {key}'}}
- request: {{url: 'http://h/b', headers: {{Authorization: ['Bearer {key}']}}}}
  response: {{code: 200}}
"""
    first, second = import_bytes(document.encode(), ASKED).interactions
    assert key not in repr((first, second))
    assert len(response(first).body) == len(f"your key is {key}")
