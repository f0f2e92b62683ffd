"""What the client sees and what the tape keeps, over real sockets, a read at a time."""

from pathlib import Path

import pytest

from tests.recorder.recording import recording, until, until_stuck
from tests.scripted_upstream import (
    CLOSE,
    LAST_CHUNK,
    Gate,
    Script,
    ScriptedUpstream,
    chunk,
    chunked_head,
    close_head,
    length_head,
)
from wiretape.cassettes.journal import Ended
from wiretape.cassettes.model import Headers

STREAMS = {
    "sse": ("text/event-stream", [b'data: {"a":1}\n\n', b"data: [DO", b"NE]\n\n"]),
    "ndjson": ("application/x-ndjson", [b'{"done":false}\n', b'{"done":true}\n']),
    "eventstream": (
        "application/vnd.amazon.eventstream",
        [b"\x00\x00\x00\x10\x00\x00\x00\x00\x05\xc2\x48\xeb", b"\x7d\x98\xc8\xff"],
    ),
    "json array": ("application/json", [b"[{}\n", b",{}", b"]"]),
    "binary": ("audio/mpeg", [bytes(range(256)), b"\r\n0\r\n\r\n", b"\x00" * 100]),
}


def gated(head: bytes, pieces: list[bytes]) -> tuple[Script, list[Gate]]:
    """A script that holds back every piece until its gate is opened."""
    gates = [Gate() for _ in pieces]
    steps = [step for gate, piece in zip(gates, pieces, strict=True) for step in (gate, piece)]
    return [head, *steps], gates


@pytest.mark.parametrize("kind", STREAMS)
async def test_a_chunked_stream_keeps_its_borders(tmp_path: Path, kind: str) -> None:
    content_type, pieces = STREAMS[kind]
    script, gates = gated(chunked_head(content_type), [chunk(piece) for piece in pieces])
    end = Gate()
    async with (
        ScriptedUpstream([*script, end, LAST_CHUNK]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send_request("POST", "/up/v1/x?stream=1", body=b"ask")
        head = await client.read_head()
        for gate, piece in zip(gates, pieces, strict=True):
            # Each piece is with the client before the upstream sends the next.
            gate.open()
            assert await client.read_chunk() == piece
        end.open()
        assert await client.read_chunk() == b""
        assert await client.read_trailers() == ()
        kept = await session.only()
    assert head.raw == chunked_head(content_type)
    assert kept.response is not None
    assert kept.response.headers == head.headers
    assert (kept.response.version, kept.response.status, kept.response.reason) == ("1.1", 200, "OK")
    assert kept.response.body == b"".join(pieces)
    assert [one.size for one in kept.timeline.received] == [len(piece) for piece in pieces]
    assert kept.timeline.ending.kind == "complete"
    assert kept.timeline.ending.offset == len(kept.response.body)
    times = [kept.timeline.head_ns or 0, *(one.at_ns for one in kept.timeline.received)]
    assert times == sorted(times)
    assert times[0] >= 0
    assert (kept.request.method, kept.request.target) == ("POST", "/v1/x?stream=1")
    assert kept.request.body == b"ask"
    assert upstream.asked[0].target == "/v1/x?stream=1"


async def test_a_body_with_a_length_keeps_its_borders(tmp_path: Path) -> None:
    pieces = [b'{"a":', b"1", b"}"]
    script, gates = gated(length_head(7), pieces)
    async with (
        ScriptedUpstream(script) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send_request("GET", "/up/")
        head = await client.read_head()
        for gate, piece in zip(gates, pieces, strict=True):
            gate.open()
            assert await client.read_exactly(len(piece)) == piece
        kept = await session.only()
    assert head.raw == length_head(7)
    assert kept.response is not None
    assert kept.response.body == b'{"a":1}'
    assert [one.size for one in kept.timeline.received] == [5, 1, 1]


async def test_a_body_that_ends_with_the_connection(tmp_path: Path) -> None:
    script, gates = gated(close_head(), [b"one", b"two"])
    async with (
        ScriptedUpstream([*script, CLOSE]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send_request("GET", "/up/")
        head = await client.read_head()
        gates[0].open()
        assert await client.read_exactly(3) == b"one"
        gates[1].open()
        assert await client.read_end() == (b"two", "eof")
        kept = await session.only()
    assert head.raw == close_head()
    assert kept.timeline.ending.kind == "complete"
    assert [one.size for one in kept.timeline.received] == [3, 3]


TOO_MANY = (
    b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nx-ratelimit-remaining-tokens: 0\r\n"
    b"Content-Length: 2\r\n\r\n{}"
)
WHOLE = {
    "429": ("POST", TOO_MANY),
    "204": ("DELETE", b"HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n"),
    "304": ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: x\r\n\r\n"),
    "HEAD": ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
    "HEAD chunked": ("HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
    "empty": ("GET", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    "empty chunked": ("GET", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "no reason": ("GET", b"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n"),
    "odd reason": ("GET", b"HTTP/1.1 299 \xe9t\xe9 Fine\r\nContent-Length: 0\r\n\r\n"),
    "headers": (
        "GET",
        b"HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\nX-a: \r\nSERVER: s\r\nB: \xe9\r\n"
        b"Content-Length: 3\r\n\r\nabc",
    ),
}


@pytest.mark.parametrize("name", WHOLE)
async def test_a_whole_response_is_passed_on_byte_for_byte(tmp_path: Path, name: str) -> None:
    method, raw = WHOLE[name]
    async with (
        ScriptedUpstream([raw]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        for _ in range(2):  # the connection is fit for another request
            client.send_request(method, "/up/v1")
            assert await client.read_exactly(len(raw)) == raw
        await session.close()
        assert client.received == b""
    assert session.kept is not None
    assert session.kept.by_ending == {"complete": 2}


async def test_trailers_and_informational_responses(tmp_path: Path) -> None:
    raw = chunked_head("text/plain", "Trailer: X-Sum") + chunk(b"abc") + b"0\r\nX-Sum: 7\r\n\r\n"
    async with (
        ScriptedUpstream([b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + raw]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send_request("GET", "/up/", (("TE", "trailers"),))
        response = await client.read_response()
        kept = await session.only()
    assert response.trailers == (("X-Sum", "7"),)
    assert response.status == 200
    assert kept.response is not None
    assert kept.response.trailers == (("X-Sum", "7"),)
    assert upstream.asked[0].get("te") == "trailers"


async def test_pieces_of_one_read_are_one_chunk(tmp_path: Path) -> None:
    one_read = chunked_head() + chunk(b"a") + chunk(b"b") + chunk(b"c")
    end = Gate()
    async with (
        ScriptedUpstream([one_read, end, LAST_CHUNK]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send_request("GET", "/up/")
        await client.read_head()
        assert await client.read_chunk() == b"abc"
        end.open()
        assert await client.read_chunk() == b""
        kept = await session.only()
    assert [one.size for one in kept.timeline.received] == [3]


ENDS: dict[str, tuple[bytes, Script]] = {
    "chunked": (chunked_head() + chunk(b"one"), [LAST_CHUNK]),
    "length": (length_head(6) + b"one", [b"two"]),
    "length in one read": (b"", [length_head(3) + b"one"]),
    "close": (close_head() + b"one", [CLOSE]),
    "no body": (b"", [b"HTTP/1.1 204 No Content\r\n\r\n"]),
}


@pytest.mark.parametrize("name", ENDS)
async def test_the_end_is_in_the_journal_before_the_client_sees_it(
    tmp_path: Path, name: str
) -> None:
    before, terminator = ENDS[name]
    gate = Gate()
    async with (
        ScriptedUpstream([before, gate, *terminator]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send_request("GET", "/up/")
        await gate.reached.wait()
        assert not any(isinstance(entry, Ended) for entry in session.journal())
        gate.open()
        response = await client.read_response()
        # Nothing was awaited since the client had the last byte of it.
        assert any(isinstance(entry, Ended) for entry in session.journal())
    assert response.complete


async def test_big_bodies_both_ways(tmp_path: Path) -> None:
    size = 8 * 1024 * 1024
    up, down = (bytes(range(n)) * (size // n + 1) for n in (251, 241))
    up, down = up[:size], down[:size]
    async with (
        ScriptedUpstream([length_head(size, "audio/mpeg"), down]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send_request("POST", "/up/", (("Content-Type", "audio/wav"),), up)
        response = await client.read_response()
        kept = await session.only()
    assert response.body == down
    assert upstream.asked[0].body == up
    assert kept.request.body == up
    assert kept.response is not None
    assert kept.response.body == down
    assert sum(one.size for one in kept.timeline.sent) == size


async def test_the_request_as_the_provider_gets_it(tmp_path: Path) -> None:
    headers: Headers = (
        ("Host", "127.0.0.1"),
        ("X-One", "1"),
        ("x-one", "2"),
        ("Accept-Encoding", "gzip, br"),
        ("Connection", "keep-alive, x-hop"),
        ("X-Hop", "for the proxy"),
        ("Keep-Alive", "timeout=5"),
        ("X-Wiretape-Token", "ours"),
    )
    async with (
        ScriptedUpstream([length_head(0)]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send_request("PATCH", "/up/a%2Fb/%C3%A9?q=a%20b&q=", headers, b"x")
        await client.read_response()
        kept = await session.only()
    assert upstream.asked[0].target == "/a%2Fb/%C3%A9?q=a%20b&q="
    assert upstream.asked[0].headers == (
        ("Host", f"localhost:{upstream.port}"),
        ("X-One", "1"),
        ("x-one", "2"),
        ("Content-Length", "1"),
        ("Accept-Encoding", "identity"),
    )
    assert kept.request.headers == (*headers[:-1], ("Content-Length", "1"))


async def test_a_chunked_upload_flows_while_it_is_made(tmp_path: Path) -> None:
    async with (
        ScriptedUpstream([length_head(2), b"ok"]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send_request(
            "POST",
            "/up/",
            (("Transfer-Encoding", "chunked"), ("Expect", "100-continue"), ("Host", "localhost")),
        )
        assert (await client.read_head()).status == 100
        client.send(chunk(b"one"))
        await until(lambda: upstream.asked and upstream.asked[0].body == b"one")
        client.send(chunk(b"two"))
        await until(lambda: upstream.asked[0].body == b"onetwo")
        client.send(LAST_CHUNK)
        assert (await client.read_response()).body == b"ok"
        kept = await session.only()
    assert upstream.asked[0].pieces == [b"one", b"two"]
    assert upstream.asked[0].get("expect") is None
    assert [one.size for one in kept.timeline.sent] == [3, 3]
    assert all(one.at_ns <= 0 for one in kept.timeline.sent)


async def test_an_http_1_0_client_gets_no_chunks(tmp_path: Path) -> None:
    raw = chunked_head("text/plain") + chunk(b"one") + chunk(b"two") + LAST_CHUNK
    async with (
        ScriptedUpstream([raw]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send_request("GET", "/up/", version="1.0")
        head = await client.read_head()
        body, how = await client.read_end()
        kept = await session.only()
    assert head.get("transfer-encoding") is None
    assert (body, how) == (b"onetwo", "eof")
    assert kept.response is not None
    assert ("Transfer-Encoding", "chunked") in kept.response.headers


async def test_connections_to_the_upstream_are_used_again(tmp_path: Path) -> None:
    async with (
        ScriptedUpstream([length_head(0)]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        for _ in range(3):
            client.send_request("GET", "/up/")
            await client.read_response()
        async with await session.client() as other:
            other.send_request("GET", "/up/", (("Connection", "close"),))
            await other.read_response()
            assert await other.read_end() == (b"", "eof")
    assert [asked.connection for asked in upstream.asked] == [1, 1, 1, 1]
    assert upstream.asked[3].get("connection") == "close"


async def test_a_slow_client_slows_the_upstream_and_not_the_memory(tmp_path: Path) -> None:
    size = 32 * 1024 * 1024
    block = bytes(1024 * 1024)
    filled = Gate()
    script: Script = [length_head(size, "audio/mpeg"), *[block] * 32, filled]
    async with (
        ScriptedUpstream(script) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.transport.pause_reading()
        client.send_request("GET", "/up/")
        assert await until_stuck(upstream) < size / 2  # the buffers of two sockets, not the body
        assert not filled.reached.is_set()
        client.transport.resume_reading()
        filled.open()
        assert len((await client.read_response()).body) == size
