"""What the proxy answers itself: one clear line of JSON, and nothing on the tape."""

import asyncio
import socket
import ssl
from pathlib import Path

import msgspec
import pytest
import trustme

from tests.raw_http import RawResponse, fetch
from tests.recorder.recording import files_in, recording
from tests.scripted_upstream import ScriptedUpstream, chunk, chunked_head, length_head
from wiretape.cassettes.model import Headers


def error(response: RawResponse) -> tuple[str, str]:
    """Code and message of a refusal."""
    assert (
        response.head.get(
            "content-type",
        )
        == "application/json"
    )
    document = msgspec.json.decode(response.body)["error"]
    return document["code"], document["message"]


UPGRADE: Headers = (("Connection", "Upgrade"), ("Upgrade", "websocket"))
SIGNED: Headers = (("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAX/x, Signature=abc"),)
REFUSED = {
    "unknown": ("GET", "/nope/v1", (), 404, "unknown_upstream", "known names: up"),
    "no name": ("GET", "/", (), 404, "unknown_upstream", "--upstream NAME=URL"),
    "azure": ("GET", "/azure/x", (), 404, "unknown_upstream", "--upstream azure=https://"),
    "websocket": ("GET", "/up/v1/realtime", UPGRADE, 501, "websocket_not_supported", "WebSocket"),
    "signed": ("POST", "/up/model/m/converse", SIGNED, 501, "signed_request", "Bearer"),
    "absolute": ("GET", "http://api.test/v1", (), 400, "not_a_forward_proxy", "base URL"),
    "connect": ("CONNECT", "api.test:443", (), 400, "not_a_forward_proxy", "base URL"),
    "own": ("GET", "/__wiretape/nope", (), 404, "unknown_page", "/__wiretape/health"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_refused(tmp_path: Path, name: str) -> None:
    method, target, headers, status, code, words = REFUSED[name]
    async with (
        ScriptedUpstream([length_head(0)]) as upstream,
        recording(tmp_path, upstream) as session,
    ):
        response = await fetch(session.proxy.url, method, target, headers)
        kept = await session.close()
    assert response.status == status
    assert error(response)[0] == code
    assert words in error(response)[1]
    assert upstream.connections == 0
    assert kept.interactions == 0
    assert files_in(tmp_path) == []


async def test_health(tmp_path: Path) -> None:
    async with recording(tmp_path, "http://localhost:1") as session:
        response = await fetch(session.proxy.url, "GET", "/__wiretape/health")
    assert response.status == 200
    assert msgspec.json.decode(response.body) == {
        "status": "recording",
        "open": 0,
        "interactions": 0,
        "unreachable": 0,
        "problem": "",
        "upstreams": ["up"],
    }


async def test_an_upstream_that_is_not_there(tmp_path: Path) -> None:
    silent = socket.socket()
    silent.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets the port
    port = silent.getsockname()[1]
    async with recording(tmp_path, f"http://127.0.0.1:{port}/base") as session:
        response = await fetch(
            session.proxy.url, "GET", "/up/v1", (("Authorization", "Bearer sk-planted"),)
        )
        kept = await session.close()
    silent.close()
    assert response.status == 502
    code, message = error(response)
    assert code == "upstream_unreachable"
    assert f"http://127.0.0.1:{port}/base" in message
    assert "Connection refused" in message
    assert "planted" not in message
    assert (kept.interactions, kept.unreachable) == (0, 1)


async def test_a_host_that_does_not_exist(tmp_path: Path) -> None:
    async with recording(tmp_path, "http://nope.invalid") as session:
        response = await fetch(session.proxy.url, "GET", "/up/v1")
    assert response.status == 502
    assert error(response)[0] == "upstream_not_found"


async def test_tls_is_verified(tmp_path: Path) -> None:
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(tls)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    script = [chunked_head() + chunk(b"one") + b"0\r\n\r\n"]
    async with ScriptedUpstream(script, tls=tls) as upstream:
        (tmp_path / "good").mkdir()
        async with recording(tmp_path / "good", upstream, ssl_context=trusting) as session:
            good = await fetch(session.proxy.url, "GET", "/up/v1")
            kept = await session.only()
        async with recording(tmp_path, upstream) as session:
            untrusted = await fetch(session.proxy.url, "GET", "/up/v1")
        async with recording(
            tmp_path, upstream.url.replace("localhost", "127.0.0.1"), ssl_context=trusting
        ) as session:
            other_name = await fetch(session.proxy.url, "GET", "/up/v1")
    assert good.body == b"one"
    assert kept.response is not None
    assert kept.response.body == b"one"
    assert len(upstream.asked) == 1
    for refused in (untrusted, other_name):
        assert refused.status == 502
        assert error(refused)[0] == "upstream_untrusted"
        assert "certificate" in error(refused)[1]


async def test_tls_to_a_server_without_it(tmp_path: Path) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    plain = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = plain.sockets[0].getsockname()[1]
    async with plain, recording(tmp_path, f"https://127.0.0.1:{port}") as session:
        response = await fetch(session.proxy.url, "GET", "/up/v1")
    assert response.status == 502
    assert error(response)[0] == "upstream_untrusted"
    assert "handshake failed" in error(response)[1]
