"""The main job: provider, recorder, cassette, replay; live and replayed are the same.

Real sockets from end to end. The provider sends what a script says; what the live client saw
is compared with what a client of the replay server sees.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import corpus
from tests.raw_http import RawClient, RawResponse
from wiretape.cassettes import Cassette
from wiretape.cassettes.http1 import encode_chunk, encode_last_chunk, encode_response_head
from wiretape.cassettes.model import Headers
from wiretape.recorder import RecordingProxy, Upstream
from wiretape.replay import Pace, Player, ReplayServer

INSTANT = Pace(instant=True)
HOP_HEADERS = {"content-encoding", "content-length", "transfer-encoding", "connection"}


class Answer(msgspec.Struct, frozen=True):
    """What the provider sends, and in which pieces."""

    head: bytes
    pieces: tuple[bytes, ...]


class Asked(msgspec.Struct, frozen=True):
    method: str
    target: str
    body: bytes


def chunked(status: int, headers: Headers, pieces: Sequence[bytes]) -> Answer:
    head = encode_response_head("1.1", status, "OK", (*headers, ("Transfer-Encoding", "chunked")))
    return Answer(head, (*(encode_chunk(piece) for piece in pieces), encode_last_chunk()))


def cut_at_random(body: bytes, rng: random.Random, most: int = 5) -> list[bytes]:
    borders = sorted(rng.randrange(1, len(body)) for _ in range(most)) if len(body) > 1 else []
    pieces = [body[a:b] for a, b in zip([0, *borders], [*borders, len(body)], strict=True)]
    return [piece for piece in pieces if piece]


@asynccontextmanager
async def provider(answers: Sequence[Answer]) -> AsyncIterator[str]:
    """A server that answers with the script that the header X-Answer names."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).lower():
                fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
                await reader.readexactly(int(fields.get(b"content-length", 0)))
                answer = answers[int(fields[b"x-answer"])]
                for piece in (answer.head, *answer.pieces):
                    writer.write(piece)
                    await asyncio.sleep(0)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def ask_all(url: str, asked: Sequence[Asked]) -> list[RawResponse]:
    """Ask one after the other over one connection."""
    responses = []
    async with await RawClient.connect(url) as client:
        for number, one in enumerate(asked):
            headers = (("X-Answer", str(number)), ("Content-Type", "application/json"))
            client.send_request(one.method, "/provider" + one.target, headers, one.body)
            responses.append(await client.read_response(one.method))
    return responses


async def record(
    path: Path, asked: Sequence[Asked], answers: Sequence[Answer]
) -> list[RawResponse]:
    async with provider(answers) as base:
        proxy = RecordingProxy(path, {"provider": Upstream("provider", base)})
        await proxy.start()
        try:
            return await ask_all(proxy.url, asked)
        finally:
            kept = await proxy.close()
            assert kept.problem == ""
            assert kept.interactions == len(asked)


async def replay(path: Path, asked: Sequence[Asked]) -> list[RawResponse]:
    with Cassette.open(path) as cassette:
        server = ReplayServer(Player(cassette), pace=INSTANT)
    await server.start()
    try:
        return await ask_all(server.url, asked)
    finally:
        await server.close()


async def assert_same_live_and_replayed(
    path: Path, asked: Sequence[Asked], answers: Sequence[Answer]
) -> list[RawResponse]:
    live = await record(path, asked, answers)
    with Cassette.open(path) as cassette:
        kept = list(cassette)
    for response, interaction in zip(live, kept, strict=True):
        assert interaction.response is not None
        assert interaction.response.body == response.body
        assert interaction.response.headers == response.headers
        assert [chunk.size for chunk in interaction.timeline.received] == [
            len(chunk) for chunk in response.chunks
        ]
        assert interaction.timeline.ending.kind == "complete"
    assert await replay(path, asked) == live
    return live


@pytest.mark.corpus
async def test_every_recorded_stream_of_the_corpus(tmp_path: Path) -> None:
    rng = random.Random(1)
    streams = corpus.streams()
    asked, answers = [], []
    for stream in streams:
        target = urlsplit(stream.url)
        body = msgspec.json.encode(stream.request_body)
        query = f"?{target.query}" if target.query else ""
        # Some hosts of the corpus are blanked out to `<NAME>`, which is then part of the path.
        path = "/" + target.path.partition("/")[2]
        asked.append(Asked(stream.method, path + query, body))
        headers = tuple(
            (name, value)
            for name, values in stream.response_headers.items()
            for value in values
            if name.lower() not in HOP_HEADERS
        )
        answers.append(chunked(stream.status, headers, cut_at_random(stream.body, rng)))
    live = await assert_same_live_and_replayed(tmp_path / "corpus.tape.zst", asked, answers)
    assert [response.body for response in live] == [stream.body for stream in streams]
    assert len(live) == 362


@settings(max_examples=25, deadline=None)
@given(
    bodies=st.lists(
        st.lists(st.binary(min_size=1, max_size=5000), min_size=1, max_size=8),
        min_size=1,
        max_size=4,
    )
)
def test_any_bytes_in_any_pieces(
    bodies: list[list[bytes]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("any") / "any.tape.zst"
    asked = [Asked("POST", f"/v1/{n}", b"{}") for n in range(len(bodies))]
    answers = [chunked(200, (("Content-Type", "x/y"),), pieces) for pieces in bodies]
    live = asyncio.run(assert_same_live_and_replayed(path, asked, answers))
    assert [response.body for response in live] == [b"".join(pieces) for pieces in bodies]
