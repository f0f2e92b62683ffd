"""Who the replay server serves, and how much it takes on."""

import logging

import msgspec
import pytest

from tests.interactions import make_interaction
from tests.loop_time import LoopTime
from tests.raw_http import RawClient, RawResponse, fetch
from tests.recorder.recording import until
from tests.replay.serving import ASKED, serving
from wiretape.cassettes.model import Headers
from wiretape.replay import OpenToNetwork, Player, ReplayServer
from wiretape.replay.admitting import MAX_CONNECTIONS, most_connections

TOKEN = "a-token-of-24-characters"
TARGET = "/openai/v1/responses"


def code_of(response: RawResponse) -> str:
    found = msgspec.json.decode(response.body)
    code: str = found["code"] if "code" in found else found["error"]["code"]
    return code


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.7.7", "nope.invalid"])
async def test_not_open_to_the_network_without_a_token(host: str) -> None:
    server = ReplayServer(Player(()), host=host)
    with pytest.raises(OpenToNetwork, match="X-Wiretape-Token"):
        await server.start()


async def test_a_token_that_is_too_short() -> None:
    with pytest.raises(OpenToNetwork, match="too short"):
        await ReplayServer(Player(()), token="sesame").start()


async def test_the_token(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    interactions = [make_interaction(((0, b"data: 1\n\n"),))]
    async with serving(interactions, host="0.0.0.0", token=TOKEN) as served:
        url = served.url.replace("0.0.0.0", "127.0.0.1")
        for target in (TARGET, "/__wiretape/health"):
            for sent, code in (("", "token_missing"), (TOKEN[1:], "token_wrong")):
                wrong: Headers = (("X-Wiretape-Token", sent),) if sent else ()
                refused = await fetch(url, "POST", target, wrong, ASKED)
                assert (refused.status, code_of(refused)) == (401, code)
        assert served.player.played == 0
        headers = (("x-wiretape-token", TOKEN), ("Host", "box.lan"))
        assert (await fetch(url, "GET", "/__wiretape/health", headers)).status == 200
        miss = await fetch(url, "POST", TARGET, headers, b"{}")
    assert (miss.status, code_of(miss)) == (503, "no_recording")
    assert TOKEN.encode() not in miss.body
    assert TOKEN not in caplog.text


PAGES: dict[str, tuple[Headers, int, str]] = {
    "rebound": ((("Host", "evil.test:8787"),), 421, "wrong_host"),
    "bracketed": ((("Host", "[::1].evil.test"),), 421, "wrong_host"),
    "with user information": ((("Host", "localhost@evil.test"),), 421, "wrong_host"),
    "cross origin": ((("Host", "localhost"), ("Origin", "http://evil.test")), 403, "cross_origin"),
    "an image": ((("Host", "localhost"), ("Sec-Fetch-Site", "Cross-Site")), 403, "cross_origin"),
    "two origins": (
        (("Host", "localhost"), ("Origin", "http://localhost"), ("Origin", "http://evil.test")),
        403,
        "cross_origin",
    ),
    "sandboxed": ((("Host", "localhost"), ("Origin", "null")), 403, "cross_origin"),
}


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_of_elsewhere(name: str) -> None:
    headers, status, code = PAGES[name]
    async with serving([make_interaction()]) as served:
        for target in (TARGET, "/__wiretape/health"):
            refused = await fetch(served.url, "POST", target, headers, ASKED)
            assert (refused.status, code_of(refused)) == (status, code)
            assert refused.head.get("access-control-allow-origin") is None
        assert served.player.played == 0


async def test_connections_up_to_the_limit() -> None:
    async with serving([make_interaction()], max_connections=1) as served:
        first = await RawClient.connect(served.url)
        first.send_request("GET", "/__wiretape/health")
        assert (await first.read_response()).status == 200
        async with await RawClient.connect(served.url) as second:
            second.send_request("GET", "/__wiretape/health")
            refused = await second.read_response()
            assert await second.read_end() == (b"", "eof")
        async with await RawClient.connect(served.url) as third:
            first.send_request("GET", "/__wiretape/health")
            assert (await first.read_response()).status == 200
            first.close()
            await until(lambda: served.server.connections == 1)
            third.send_request("GET", "/__wiretape/health")
            assert (await third.read_response()).status == 200
    assert (refused.status, code_of(refused)) == (503, "too_many_connections")


def test_as_many_connections_as_there_are_files(monkeypatch: pytest.MonkeyPatch) -> None:
    for files, most in ((1024, 960), (10, 1), (1 << 20, MAX_CONNECTIONS), (-1, MAX_CONNECTIONS)):
        monkeypatch.setattr("resource.getrlimit", lambda _, files=files: (files, files))
        assert most_connections() == most


async def test_a_body_that_is_too_large() -> None:
    async with serving([make_interaction()], max_body=100) as served:
        for headers in ((), (("Transfer-Encoding", "chunked"),)):
            body = bytes(101) if not headers else b"65\r\n" + bytes(101) + b"\r\n0\r\n\r\n"
            refused = await fetch(served.url, "POST", TARGET, headers, body)
            assert (refused.status, code_of(refused)) == (413, "body_too_large")
            assert "100 bytes" in refused.body.decode()


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: loc"])
async def test_a_head_that_does_not_come(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte now and then buys no time."""
    time = LoopTime(monkeypatch)
    async with (
        serving([make_interaction()]) as served,
        await RawClient.connect(served.url) as client,
    ):
        client.send(sent)
        await served.settle()
        for _ in range(7):
            await time.advance(10)
            client.send(b"a" if sent else b"")
        assert not client.has_ended
        await time.advance(10)
        assert await client.read_end() == (b"", "eof")
