"""A planted key is in no file: not in the journal while it is open, not on the cassette."""

import logging
from pathlib import Path

import pytest

from tests.raw_http import fetch
from tests.recorder.recording import recorded, recording
from tests.scripted_upstream import (
    LAST_CHUNK,
    Gate,
    ScriptedUpstream,
    chunk,
    chunked_head,
    length_head,
)
from wiretape.cassettes.model import Headers
from wiretape.cassettes.store import Cassette

KEY = "sk-proj-planted0123456789planted0123456789"
BEARER: Headers = (("Authorization", f"Bearer {KEY}"), ("Content-Type", "application/json"))


def assert_nowhere(folder: Path) -> None:
    """No file under `folder` holds the key, nor does the text of a cassette."""
    for path in folder.rglob("*"):
        assert path.is_dir() or KEY.encode() not in path.read_bytes()
        if path.suffix == ".zst":
            with Cassette.open(path) as cassette:
                assert KEY.encode() not in b"".join(cassette.text())


ECHOES = {
    "body": [chunked_head() + chunk(f"data: {KEY}\n\n".encode())],
    "header": [chunked_head("text/plain", f"X-Echo: {KEY}") + chunk(b"x")],
    "reason": [f"HTTP/1.1 401 No {KEY}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()],
    "trailer": [
        chunked_head() + chunk(b"x"),
        f"0\r\nX-Echo: {KEY}\r\n\r\n".encode(),
    ],
    "error": [
        chunked_head("application/json", status="401 Unauthorized")
        + chunk(f'{{"error":"Incorrect API key provided: {KEY}."}}'.encode())
    ],
    "two halves": [
        chunked_head() + chunk(f"data: {KEY[:20]}".encode()),
        chunk(f"{KEY[20:]}\n\n".encode()),
    ],
}


@pytest.mark.parametrize("where", ECHOES)
async def test_a_key_that_comes_back(
    tmp_path: Path, where: str, caplog: pytest.LogCaptureFixture
) -> None:
    steps = ECHOES[where]
    gates = [Gate() for _ in steps]
    script = [step for gate, piece in zip(gates, steps, strict=True) for step in (gate, piece)]
    if where != "trailer":
        script.append(LAST_CHUNK)
    caplog.set_level(logging.DEBUG)
    async with (
        ScriptedUpstream(script, [length_head(0)]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send_request("POST", f"/up/v1?key={KEY}", BEARER, f'{{"api_key":"{KEY}"}}'.encode())
        await gates[0].reached.wait()
        for gate, piece in zip(gates, steps, strict=True):
            gate.open()
            # The client has every byte as it came.
            assert await client.read_exactly(len(piece)) == piece
            await fetch(session.proxy.url, "GET", "/up/")  # its end takes along what waits
            assert_nowhere(tmp_path)
        if where != "trailer":
            await client.read_exactly(len(LAST_CHUNK))
        await session.close()
    kept = recorded(session.proxy.cassette)[0]
    assert_nowhere(tmp_path)
    assert KEY not in caplog.text
    assert upstream.asked[0].get("authorization") == f"Bearer {KEY}"
    assert upstream.asked[0].target == f"/v1?key={KEY}"
    assert sum(kept.redacted.values()) >= 3
    assert kept.response is not None
    assert len(kept.response.body) == sum(one.size for one in kept.timeline.received)


async def test_a_malformed_request_is_not_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    async with (
        ScriptedUpstream([length_head(0)]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send(f"GET /up/ HTTP/1.1\r\nAuthorization: {KEY}\x01\r\n\r\n".encode())
        assert (await client.read_head()).status == 400
    captured = capfd.readouterr()
    assert KEY not in caplog.text + captured.out + captured.err
    assert upstream.asked == []


async def test_the_redactor_learns_before_an_answer_to_another_request(tmp_path: Path) -> None:
    """A key seen in one request is looked for in the bodies of all that follow."""
    async with (
        ScriptedUpstream([length_head(0)], [length_head(len(KEY)), KEY.encode()]) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send_request("POST", "/up/", BEARER, b"{}")
        await client.read_response()
        client.send_request("GET", "/up/")
        assert (await client.read_response()).body == KEY.encode()
    assert_nowhere(tmp_path)
