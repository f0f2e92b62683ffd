"""A secret that the session never sent is in no file either, whatever kind of body it is in."""

import gzip
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import pytest
import zstandard

from tests.cassettes.redaction.planted import EXAMPLES, RULES, secret_part
from tests.cassettes.redaction.test_eventstream import message, payloads
from tests.raw_http import fetch
from tests.recorder.recording import recording
from tests.scripted_upstream import LAST_CHUNK, Gate, ScriptedUpstream, chunk, chunked_head
from wiretape.cassettes.codec.content import decode
from wiretape.cassettes.store import Cassette

SECRET = EXAMPLES["value:hf_"][0].encode()
TEXT = b"data: some text to be compressed, some text\n\n" * 20
PLAIN = TEXT + b'data: {"token":"%b"}\n\n' % SECRET

BODIES = {
    "sse": (
        "text/event-stream",
        "",
        [TEXT + b'data: {"token":"%b' % SECRET[:9], SECRET[9:] + b'"}'],
    ),
    "gzip": ("text/event-stream", "gzip", [gzip.compress(PLAIN)]),
    "br": ("text/event-stream", "br", [brotli.compress(PLAIN)]),
    "zstd": ("text/event-stream", "zstd", [zstandard.compress(PLAIN)]),
    "eventstream": (
        "application/vnd.amazon.eventstream",
        "",
        [message(b'{"p":"abc"}')[:9], message(b'{"p":"abc"}')[9:] + message(SECRET)],
    ),
}


def assert_nowhere(folder: Path, secret: bytes = SECRET) -> None:
    """No file under `folder` holds the secret, nor does the text of a cassette."""
    for path in folder.rglob("*"):
        assert path.is_dir() or secret not in path.read_bytes()
        if path.suffix == ".zst":
            with Cassette.open(path) as cassette:
                assert secret not in b"".join(cassette.text())


@pytest.mark.parametrize("kind", BODIES)
async def test_a_secret_of_someone_else(tmp_path: Path, kind: str) -> None:
    content_type, coding, pieces = BODIES[kind]
    fields = [f"Content-Encoding: {coding}"] if coding else []
    gates = [Gate() for _ in pieces]
    script = [step for pair in zip(gates, map(chunk, pieces), strict=True) for step in pair]
    async with (
        ScriptedUpstream(
            [chunked_head(content_type, *fields), *script, LAST_CHUNK], [chunked_head(), LAST_CHUNK]
        ) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        client.send_request("GET", "/up/")
        await client.read_exactly(len(chunked_head(content_type, *fields)))
        for gate, piece in zip(gates, pieces, strict=True):
            gate.open()
            assert await client.read_exactly(len(chunk(piece))) == chunk(piece)
            await fetch(session.proxy.url, "GET", "/up/")  # its end takes along what waits
            assert_nowhere(tmp_path)
        await client.read_exactly(len(LAST_CHUNK))
        await session.close()
    assert_nowhere(tmp_path)
    with Cassette.open(session.proxy.cassette) as cassette:
        kept = cassette.read(1)
    assert kept.response is not None
    body = kept.response.body
    assert [one.size for one in kept.timeline.received] == [len(piece) for piece in pieces]
    assert kept.lost == ""
    assert kept.redacted["value:hf_"] == 1
    if coding:
        assert decode(coding, body).body.startswith(TEXT + b'data: {"token":"[REDACT')
        assert kept.redacted[f"content-coding:{coding}"] == 1
    if kind == "eventstream":
        assert payloads(body)[0] == b'{"p":"abc"}'
        assert SECRET not in body


@pytest.mark.parametrize("rule", RULES)
async def test_each_rule_in_both_directions(tmp_path: Path, rule: str) -> None:
    secret = EXAMPLES[rule][0].replace("\n", "\\n").encode()
    body = b'{"text":"%b"}' % secret
    async with (
        ScriptedUpstream([chunked_head(), chunk(body), LAST_CHUNK]) as upstream,
        recording(tmp_path, upstream) as session,
    ):
        headers = (("Content-Type", "application/json"),)
        response = await fetch(session.proxy.url, "POST", "/up/", headers, body)
        assert response.body == body
        assert upstream.asked[0].body == body
        kept = await session.only()
    assert kept.redacted[rule] == 2
    assert_nowhere(tmp_path, secret_part(secret.decode()).encode())


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(TEXT)),
        ("br", brotli.compress(TEXT)),
        ("zstd", zstandard.compress(TEXT)),
    ],
    ids=["gzip", "br", "zstd"],
)
async def test_a_coded_body_without_a_secret_is_kept_to_the_byte(
    tmp_path: Path, coding: str, body: bytes
) -> None:
    async with (
        ScriptedUpstream(
            [chunked_head("text/plain", f"Content-Encoding: {coding}"), chunk(body), LAST_CHUNK]
        ) as upstream,
        recording(tmp_path, upstream) as session,
    ):
        await fetch(session.proxy.url, "GET", "/up/")
        kept = await session.only()
    assert kept.response is not None
    assert (kept.response.body, kept.lost, kept.redacted) == (body, "", {})


async def test_a_coding_that_cannot_be_read_is_passed_on_and_not_kept(tmp_path: Path) -> None:
    async with (
        ScriptedUpstream(
            [chunked_head("text/plain", "Content-Encoding: dcz"), chunk(SECRET), LAST_CHUNK]
        ) as upstream,
        recording(tmp_path, upstream) as session,
    ):
        assert (await fetch(session.proxy.url, "GET", "/up/")).body == SECRET
        kept = await session.only()
    assert kept.response is not None
    assert kept.response.body == b""
    assert kept.lost == "the response's body: a coding of it cannot be read (dcz)"
    assert kept.timeline.received == ()
    assert kept.timeline.ending.offset == len(SECRET)
    assert session.kept is not None
    assert session.kept.lost == 1
    assert_nowhere(tmp_path)
