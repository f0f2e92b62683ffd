"""The server over real sockets, on a clock that the test moves: it waits for nothing."""

import asyncio
import json
import socket
import struct

import pytest

from tests.interactions import MS, SSE_CHUNKED, make_interaction, make_request, with_length
from tests.raw_http import RawClient, fetch
from tests.replay.serving import ASKED, serving
from wiretape.cassettes.model import Headers
from wiretape.replay import CannotListen, ManualClock, Pace, Player, PortTaken, ReplayServer

INSTANT = Pace(instant=True)


# Time


async def test_bytes_come_at_their_time_and_not_before() -> None:
    recorded = make_interaction([(10, b"one"), (30, b"two")], head_ms=5, end_ms=35)
    async with serving([recorded]) as served, await served.ask() as client:
        await served.playing(1)
        await served.advance(4.999999)
        assert client.received == b""
        await served.advance(0.000001)
        assert (await client.read_head()).headers == SSE_CHUNKED
        await served.advance(4.999999)
        assert client.received == b""
        await served.advance(0.000001)
        assert await client.read_chunk() == b"one"
        await served.advance(20)
        assert await client.read_chunk() == b"two"
        assert client.received == b""
        await served.advance(5)
        assert await client.read_chunk() == b""
        assert await client.read_trailers() == ()


async def test_a_late_wake_sends_all_that_is_due_as_the_same_chunks() -> None:
    recorded = make_interaction([(10, b"one"), (30, b"two"), (50, b"three")])
    async with serving([recorded]) as served, await served.ask() as client:
        await served.playing(1)
        await served.advance(1000)
        response = await client.read_response()
        assert response.chunks == (b"one", b"two", b"three")
        assert response.complete


async def test_the_zero_is_the_last_byte_of_the_request() -> None:
    recorded = make_interaction([(10, b"one")], head_ms=0)
    async with serving([recorded]) as served, await RawClient.connect(served.url) as client:
        headers: Headers = (("Content-Length", str(len(ASKED))),)
        client.send_request("POST", "/openai/v1/responses", headers, ASKED[:-1])
        await served.settle()
        await served.advance(500)
        assert client.received == b""
        client.send(ASKED[-1:])
        await client.read_head()
        await served.advance(9)
        assert client.received == b""
        await served.advance(1)
        assert await client.read_chunk() == b"one"


async def test_with_a_length_the_borders_are_times() -> None:
    recorded = make_interaction(
        [(10, b"one"), (30, b"two")], headers=with_length(SSE_CHUNKED, 6), head_ms=0
    )
    async with serving([recorded]) as served, await served.ask() as client:
        await client.read_head()
        await served.advance(10)
        assert client.received == b"one"
        await served.advance(20)
        assert client.received == b"onetwo"


async def test_two_clients_at_once_each_on_their_own_zero() -> None:
    recorded = make_interaction([(10, b"one"), (30, b"two")], head_ms=0)
    async with serving([recorded]) as served, await served.ask() as first:
        await first.read_head()
        await served.advance(15)
        assert await first.read_chunk() == b"one"
        async with await served.ask() as second:
            await second.read_head()
            await served.advance(10)
            assert first.received == b""
            assert await second.read_chunk() == b"one"
            await served.advance(5)
            assert await first.read_chunk() == b"two"
            assert second.received == b""
            await served.advance(15)
            assert await second.read_chunk() == b"two"


async def test_speed_and_longest_gap() -> None:
    recorded = make_interaction([(10, b"one"), (1010, b"two")], head_ms=0)
    async with (
        serving([recorded], pace=Pace(speed=2, max_gap_ns=100 * MS)) as served,
        await served.ask() as client,
    ):
        await client.read_head()
        await served.advance(5)
        assert await client.read_chunk() == b"one"
        await served.advance(49)
        assert client.received == b""
        await served.advance(1)
        assert await client.read_chunk() == b"two"


async def test_instant_needs_no_time() -> None:
    recorded = make_interaction([(10, b"one"), (30, b"two")], end_ms=900)
    async with serving([recorded], pace=INSTANT) as served, await served.ask() as client:
        response = await client.read_response()
        assert response.chunks == (b"one", b"two")
        assert served.clock.now() == 0


async def test_instant_of_many_slices() -> None:
    body = bytes(range(256)) * 20_000
    recorded = make_interaction([(10, body[:100_000]), (20, body[100_000:])])
    async with serving([recorded], pace=INSTANT) as served, await served.ask() as client:
        response = await client.read_response()
        assert response.chunks == (body[:100_000], body[100_000:])


async def test_one_http_chunk_a_frame() -> None:
    recorded = make_interaction([(10, b"data: 1\n\nda"), (20, b"ta: 2\n\n")])
    async with (
        serving([recorded], pace=INSTANT, framing="frames") as served,
        await served.ask() as client,
    ):
        assert (await client.read_response()).chunks == (b"data: 1\n\n", b"data: 2\n\n")


async def test_punctuality_is_counted() -> None:
    async with serving([make_interaction()], pace=INSTANT) as served, await served.ask() as client:
        await client.read_response()
        kept = served.server.punctuality
        assert (kept.writes, kept.frames, kept.coalesced) == (1, 4, 3)


# Bytes


async def test_head_body_and_trailers_are_the_recorded_ones_and_nothing_else() -> None:
    headers: Headers = (
        ("X-Twice", "1"),
        ("content-type", "text/event-stream"),
        ("TRANSFER-ENCODING", "chunked"),
        ("x-twice", "2"),
        ("Retry-After", "7"),
    )
    recorded = make_interaction(
        status=429, reason="Slow Down", headers=headers, trailers=(("X-Sum", "1"),)
    )
    async with serving([recorded], pace=INSTANT) as served, await served.ask() as client:
        response = await client.read_response()
    assert response.head.raw == (
        b"HTTP/1.1 429 Slow Down\r\nX-Twice: 1\r\ncontent-type: text/event-stream\r\n"
        b"TRANSFER-ENCODING: chunked\r\nx-twice: 2\r\nRetry-After: 7\r\n\r\n"
    )
    assert response.chunks == (b"data: one\n\n", b"data: two\n\n")
    assert response.trailers == (("X-Sum", "1"),)


async def test_a_connection_serves_many_requests() -> None:
    plain = make_interaction(
        [(10, b"{}")],
        request=make_request("GET", "/v1/models", b"", ()),
        headers=(("Content-Length", "2"),),
    )
    head = make_interaction(
        [],
        request=make_request("HEAD", "/v1/models", b"", ()),
        headers=(("Content-Length", "2"),),
    )
    empty = make_interaction(
        [], request=make_request("DELETE", "/v1/x", b"", ()), status=204, headers=()
    )
    async with (
        serving([make_interaction(), plain, head, empty], pace=INSTANT) as served,
        await RawClient.connect(served.url) as client,
    ):
        for _ in range(2):
            for method, target, body in (
                ("POST", "/v1/responses", ASKED),
                ("GET", "/v1/models", b""),
                ("HEAD", "/v1/models", b""),
                ("DELETE", "/v1/x", b""),
            ):
                client.send_request(method, target, (), body)
                response = await client.read_response(method)
                assert response.complete
                assert response.ended is None
                assert response.status == (204 if method == "DELETE" else 200)


async def test_pipelined_requests_are_answered_in_order() -> None:
    async with (
        serving([make_interaction()], pace=INSTANT) as served,
        await served.ask() as client,
    ):
        client.send_request("POST", "/v1/responses", (), ASKED)
        first, second = await client.read_response(), await client.read_response()
        assert first.body == second.body == b"data: one\n\ndata: two\n\n"


async def test_an_http_1_0_client_gets_no_chunks() -> None:
    async with (
        serving([make_interaction()], pace=INSTANT) as served,
        await RawClient.connect(served.url) as client,
    ):
        client.send_request("POST", "/v1/responses", (), ASKED, version="1.0")
        response = await client.read_response()
        recorded = make_interaction().response
        assert recorded is not None
        assert response.headers == tuple(
            pair for pair in recorded.headers if pair[0].lower() != "transfer-encoding"
        )
        assert (response.body, response.ended) == (b"data: one\n\ndata: two\n\n", "eof")


async def test_a_client_that_asks_to_close_is_closed() -> None:
    async with (
        serving([make_interaction()], pace=INSTANT) as served,
        await RawClient.connect(served.url) as client,
    ):
        client.send_request("POST", "/v1/responses", (("Connection", "close"),), ASKED)
        assert (await client.read_response()).complete
        assert await client.read_end() == (b"", "eof")


# Requests


async def test_expect_100_continue() -> None:
    async with (
        serving([make_interaction()], pace=INSTANT) as served,
        await RawClient.connect(served.url) as client,
    ):
        headers: Headers = (("Expect", "100-continue"), ("Content-Length", str(len(ASKED))))
        client.send_request("POST", "/v1/responses", headers)
        assert await client.read_until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.send(ASKED)
        assert (await client.read_response()).status == 200


async def test_a_chunked_request_body() -> None:
    async with (
        serving([make_interaction()], pace=INSTANT) as served,
        await RawClient.connect(served.url) as client,
    ):
        client.send_request("POST", "/v1/responses", (("Transfer-Encoding", "chunked"),))
        for part in (ASKED[:5], ASKED[5:]):
            client.send(b"%x\r\n%b\r\n" % (len(part), part))
            await served.settle()
        client.send(b"0\r\n\r\n")
        assert (await client.read_response()).status == 200


async def test_a_request_body_that_does_not_come_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("wiretape.replay.asking.BODY_SILENCE", 0)
    async with (
        serving([make_interaction()], pace=INSTANT) as served,
        await RawClient.connect(served.url) as client,
    ):
        client.send_request("POST", "/v1/responses", (("Transfer-Encoding", "chunked"),))
        response = await client.read_response()
        assert response.status == 408
        assert json.loads(response.body)["error"]["code"] == "body_incomplete"


async def test_a_request_body_in_malformed_chunks_is_refused() -> None:
    async with (
        serving([make_interaction()], pace=INSTANT) as served,
        await RawClient.connect(served.url) as client,
    ):
        client.send(
            b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
        )
        assert (await client.read_response()).status == 400
        assert (await client.read_end())[1] == "eof"


NO_HTTP = {
    "tls": (b"\x16\x03\x01\x02\x00\r\n\r\n", "Received HTTPS traffic on an HTTP port"),
    "a space before the colon": (b"GET / HTTP/1.1\r\nX : b\r\n\r\n", "Invalid header token"),
    "NUL": (b"GET / HTTP/1.1\r\nX: sk-key\x00\r\n\r\n", "Invalid header value char"),
    "a long header": (
        b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",
        "Got more than 65536 bytes when reading",
    ),
    "a broken chunk": (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "Invalid character in chunk size",
    ),
}


@pytest.mark.parametrize("name", NO_HTTP)
async def test_what_is_no_http_is_refused_as_all_else(name: str) -> None:
    """In JSON, with a cause, and nothing of what was sent."""
    sent, cause = NO_HTTP[name]
    async with (
        serving([make_interaction()], pace=INSTANT) as served,
        await RawClient.connect(served.url) as client,
    ):
        client.send(sent)
        response = await client.read_response()
        assert (await client.read_end())[1] == "eof"
    assert response.status == 400
    assert response.head.get("content-type") == "application/json"
    assert response.head.get("x-should-retry") == "false"
    message = f"the request is no valid HTTP/1.1: {cause}"
    assert json.loads(response.body) == {"error": {"code": "bad_request", "message": message}}


async def test_a_body_over_the_limit_is_refused_unread() -> None:
    async with (
        serving([make_interaction()], pace=INSTANT) as served,
        await RawClient.connect(served.url) as client,
    ):
        headers: Headers = (("Content-Length", str(2 << 30)),)
        client.send_request("POST", "/v1/responses", headers)
        response = await client.read_response()
        assert response.status == 413
        error = json.loads(response.body)["error"]
        assert error["code"] == "body_too_large"
        assert "1,073,741,824 bytes" in error["message"]


async def test_a_client_that_leaves_within_its_request_is_no_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with serving([make_interaction()], pace=INSTANT) as served:
        for reset in (False, True):
            client = await RawClient.connect(served.url)
            client.send_request("POST", "/v1/responses", (("Content-Length", "100"),), b"x")
            await served.settle()
            if reset:
                linger = struct.pack("ii", 1, 0)
                sock = client.transport.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            client.transport.abort()
            await served.settle()
    assert caplog.text == ""


async def test_large_heads_are_taken() -> None:
    many: Headers = (("X-Long", "x" * 60_000), *((f"X-{n}", "y") for n in range(400)))
    async with serving([make_interaction()], pace=INSTANT) as served:
        response = await fetch(served.url, "POST", "/v1/responses", many, ASKED)
        assert response.status == 200


async def test_websocket_is_refused_in_words() -> None:
    headers: Headers = (
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Version", "13"),
    )
    async with serving([make_interaction()]) as served:
        response = await fetch(served.url, "GET", "/openai/v1/responses", headers)
        assert response.status == 501
        assert json.loads(response.body)["error"]["code"] == "websocket_unsupported"


async def test_what_is_no_http_is_refused_and_not_logged(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    async with (
        serving([make_interaction()]) as served,
        await RawClient.connect(served.url) as client,
    ):
        client.send(b"GET / HTTP/1.1\r\nAuthorization: Bearer sk-planted\x00\r\n\r\n")
        assert (await client.read_response()).status == 400
    assert caplog.text == ""
    assert capfd.readouterr().err == ""


# Misses


async def test_a_miss_explains_itself() -> None:
    async with serving([make_interaction()]) as served:
        body = ASKED.replace(b"hi", b"ho")
        response = await fetch(served.url, "POST", "/openai/v1/responses", (), body)
        assert response.status == 503
        assert response.head.get("content-type") == "application/json"
        assert response.head.get("x-should-retry") == "false"
        error = json.loads(response.body)["error"]
        assert error["code"] == "no_recording"
        assert error["message"].startswith(
            "no recording answers POST /v1/responses of openai; "
            "the nearest is 1, which differs in $"
        )
        assert "\n" not in error["message"]
        assert error["nearest"] == {
            "number": 1,
            "upstream": "openai",
            "method": "POST",
            "path": "/v1/responses",
        }
        (difference,) = error["differences"]
        assert set(difference) == {"where", "asked", "recorded"}
        assert "ho" in difference["asked"]
        assert "hi" in difference["recorded"]
        assert served.player.misses == 1


async def test_a_miss_tells_no_key() -> None:
    key = "sk-proj-" + "k" * 40
    headers = (("Authorization", f"Bearer {key}"),)
    async with serving([make_interaction()]) as served:
        response = await fetch(served.url, "GET", f"/openai/v1/poll/{key}x", headers)
        assert response.status == 503
        assert b"/v1/poll/%5BREDACTED%5D" in response.body
        assert key.encode() not in response.body
    two = [make_interaction(), make_interaction(upstream="anthropic")]
    async with serving(two) as served:
        response = await fetch(served.url, "GET", f"/v1/poll/{key}x", headers)
        assert json.loads(response.body)["error"]["code"] == "unknown_upstream"
        assert key.encode() not in response.body


@pytest.mark.parametrize(
    ("recorded", "said"),
    [
        ("/v1/responses", "POST /v1/messages of anthropic (not on the tape);"),
        # A gateway whose own paths begin so.
        ("/anthropic/v1/complete", "POST /anthropic/v1/messages of openai;"),
    ],
)
async def test_another_provider_than_that_of_the_tape(recorded: str, said: str) -> None:
    async with serving([make_interaction(request=make_request(target=recorded))]) as served:
        response = await fetch(served.url, "POST", "/anthropic/v1/messages", (), ASKED)
        assert said in json.loads(response.body)["error"]["message"]


async def test_a_miss_on_an_empty_tape() -> None:
    async with serving([]) as served:
        response = await fetch(served.url, "POST", "/openai/v1/responses", (), ASKED)
        error = json.loads(response.body)["error"]
        assert (response.status, error["code"], error["nearest"]) == (503, "no_recording", None)
        assert "the tape is empty" in error["message"]


async def test_recordings_used_up() -> None:
    async with serving([make_interaction()], pace=INSTANT, after_last="error") as served:
        for status in (200, 503, 503):
            response = await fetch(served.url, "POST", "/openai/v1/responses", (), ASKED)
            assert response.status == status
        error = json.loads(response.body)["error"]
        assert error["code"] == "recordings_used_up"
        assert error["message"].endswith("has been played; the last is 1")


async def test_the_connection_outlives_a_miss() -> None:
    async with (
        serving([make_interaction()], pace=INSTANT) as served,
        await RawClient.connect(served.url) as client,
    ):
        client.send_request("GET", "/nowhere")
        assert (await client.read_response()).status == 503
        client.send_request("POST", "/v1/responses", (), ASKED)
        assert (await client.read_response()).status == 200


async def test_a_name_is_needed_where_there_are_several_upstreams() -> None:
    both = [make_interaction(upstream="openai"), make_interaction(upstream="groq", status=201)]
    async with serving(both, pace=INSTANT) as served:
        for target, status in (
            ("/openai/v1/responses", 200),
            ("/groq/v1/responses", 201),
            ("/v1/responses", 404),
        ):
            assert (await fetch(served.url, "POST", target, (), ASKED)).status == status
        response = await fetch(served.url, "POST", "/v1/responses", (), ASKED)
        error = json.loads(response.body)["error"]
        assert error["code"] == "unknown_upstream"
        assert error["message"].endswith("begin the path with one of: groq, openai")


async def test_health() -> None:
    async with serving([make_interaction(), make_interaction()], pace=INSTANT) as served:
        await fetch(served.url, "POST", "/openai/v1/responses", (), ASKED)
        response = await fetch(served.url, "GET", "/__wiretape/health")
        health = json.loads(response.body)
        assert health["status"] == "ok"
        assert health["upstreams"] == ["openai"]
        assert (health["played"], health["misses"], health["unplayed"]) == (1, 0, 1)
        assert (await fetch(served.url, "GET", "/__wiretape/other")).status == 404


# Listening


async def test_a_port_that_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        server = ReplayServer(Player([]), port=port)
        with pytest.raises(PortTaken, match=f"port {port} of 127.0.0.1 is taken"):
            await server.start()
        await server.close()


@pytest.mark.parametrize(
    ("host", "port", "words"),
    [
        ("no-such-host.invalid", 0, "no such host"),
        ("192.0.2.1", 0, "Cannot assign requested address"),
        ("127.0.0.1", 65536, "a port is a number from 0 to 65535"),
        ("x" * 300, 0, "no such host"),
    ],
)
async def test_where_one_cannot_listen(host: str, port: int, words: str) -> None:
    server = ReplayServer(Player([]), host=host, port=port, token="a-token-of-24-characters")
    with pytest.raises(CannotListen, match=words) as caught:
        await server.start()
    assert "\n" not in str(caught.value)
    await server.close()


async def test_the_url_is_known_once_it_listens() -> None:
    server = ReplayServer(Player([]))
    with pytest.raises(RuntimeError, match="has not been started"):
        _ = server.url
    await server.start()
    assert server.url.startswith("http://127.0.0.1:")
    await server.close()


async def test_the_clock_of_the_machine() -> None:
    server = ReplayServer(Player([make_interaction([(1, b"one"), (2, b"two")])]))
    await server.start()
    response = await fetch(server.url, "POST", "/v1/responses", (), ASKED)
    assert response.chunks == (b"one", b"two")
    await server.close()


async def test_closing_ends_open_streams_and_stalls(monkeypatch: pytest.MonkeyPatch) -> None:
    # Where closing had to wait for them to end, it would wait for an hour.
    monkeypatch.setattr("wiretape.replay.server._SHUTDOWN_SECONDS", 3600)
    clock = ManualClock()
    recorded = [
        make_interaction([(10, b"one"), (1_000_000, b"two")], head_ms=0),
        make_interaction([(0, b"one")], head_ms=0, ending="timeout"),
    ]
    server = ReplayServer(Player(recorded), clock=clock)
    await server.start()
    clients = [await RawClient.connect(server.url) for _ in recorded]
    for client in clients:
        client.send_request("POST", "/v1/responses", (), ASKED)
        await client.read_head()
    await server.close()
    for client in clients:
        assert (await client.read_end())[1] == "eof"
        client.close()
    assert server.playing == 0
    assert not [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
