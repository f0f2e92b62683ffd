"""The proxy with an Answerer: what is on the tape is played, the rest recorded or refused."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.interactions import JSON_HEADERS, MS, make_interaction, numbered
from tests.raw_http import RawClient
from tests.recorder.recording import Session, files_in, recorded, recording, until
from tests.scripted_upstream import LAST_CHUNK, RESET, ScriptedUpstream, chunk, chunked_head
from wiretape.cassettes.answering import Miss
from wiretape.cassettes.model import Interaction, Request
from wiretape.recorder import Limits, RecordingProxy, TapeAnswerer
from wiretape.replay import ManualClock, Pace, Player, TapeAnswers

LIVE = (chunked_head(), chunk(b"data: live\n\n"), LAST_CHUNK)
KNOWN = b'{"model":"m","input":"hi","stream":true}'
NEW = b'{"model":"m","input":"other","stream":true}'
INSTANT = Pace(instant=True)


def on_tape(**options: Any) -> Interaction:
    """A recording of the usual request."""
    return make_interaction(upstream="up", **options)


def answers(
    *interactions: Interaction, pace: Pace = INSTANT, clock: ManualClock | None = None
) -> TapeAnswers:
    tape = numbered(interactions or (on_tape(),))
    return TapeAnswers(Player(tape, after_last="error"), pace=pace, clock=clock)


@asynccontextmanager
async def proxy(
    folder: Path, upstream: ScriptedUpstream | str, answerer: TapeAnswerer, **options: Any
) -> AsyncIterator[tuple[Session, RawClient]]:
    async with (
        recording(folder, upstream, answerer=answerer, **options) as session,
        await session.client() as client,
    ):
        yield session, client


def ask(client: RawClient, body: bytes = KNOWN, target: str = "/up/v1/responses") -> None:
    client.send_request("POST", target, JSON_HEADERS, body)


async def bodies(client: RawClient, asked: Iterable[bytes]) -> list[bytes]:
    """The answers to requests on one connection, one after the other."""
    found = []
    for body in asked:
        ask(client, body)
        found.append((await client.read_response()).body)
    return found


async def test_a_match_is_played_with_its_chunks_and_not_recorded(tmp_path: Path) -> None:
    async with (
        ScriptedUpstream(LIVE) as upstream,
        proxy(tmp_path, upstream, answers()) as (session, client),
    ):
        ask(client)
        response = await client.read_response()
        assert response.chunks == (b"data: one\n\n", b"data: two\n\n")
        assert response.headers == on_tape().response.headers  # type: ignore[union-attr]
        kept = await session.close()
    assert (kept.played, kept.missed, kept.interactions) == (1, 0, 0)
    assert upstream.connections == 0
    assert files_in(tmp_path) == []


async def test_a_miss_is_recorded(tmp_path: Path) -> None:
    async with (
        ScriptedUpstream(LIVE) as upstream,
        proxy(tmp_path, upstream, answers()) as (session, client),
    ):
        client.send_request(
            "POST", "/up/v1/responses", (("Transfer-Encoding", "chunked"), *JSON_HEADERS)
        )
        client.send(chunk(NEW[:10]) + chunk(NEW[10:]) + LAST_CHUNK)
        assert (await client.read_response()).body == b"data: live\n\n"
        one = await session.only()
    assert upstream.asked[0].body == NEW
    assert one.request.body == NEW
    assert sum(sent.size for sent in one.timeline.sent) == len(NEW)
    assert session.kept is not None
    assert (session.kept.played, session.kept.missed) == (0, 0)


async def test_one_connection_is_played_to_and_recorded_in_turn(tmp_path: Path) -> None:
    tape = answers(on_tape(), on_tape())
    async with (
        ScriptedUpstream(LIVE) as upstream,
        proxy(tmp_path, upstream, tape) as (session, client),
    ):
        played, live = b"data: one\n\ndata: two\n\n", b"data: live\n\n"
        # The third time there is no recording left: that one is recorded.
        order = (KNOWN, NEW, KNOWN, KNOWN)
        assert await bodies(client, order) == [played, live, played, live]
        await session.close()
    assert [one.request.body for one in recorded(tmp_path / "t.tape.zst")] == [NEW, KNOWN]


async def test_requests_sent_at_once_are_answered_in_order(tmp_path: Path) -> None:
    async with (
        ScriptedUpstream(LIVE) as upstream,
        proxy(tmp_path, upstream, answers()) as (_, client),
    ):
        for body in (KNOWN, NEW):
            ask(client, body)
        found = [(await client.read_response()).body for _ in range(2)]
    assert found == [b"data: one\n\ndata: two\n\n", b"data: live\n\n"]


async def test_a_played_reset_is_a_reset(tmp_path: Path) -> None:
    broken = on_tape(ending="reset", end_ms=30)
    async with (
        ScriptedUpstream(LIVE) as upstream,
        proxy(tmp_path, upstream, answers(broken)) as (session, client),
    ):
        ask(client)
        response = await client.read_response()
        assert (response.complete, response.ended) == (False, "reset")
        assert response.body == b"data: one\n\ndata: two\n\n"
        kept = await session.close()
    assert (kept.played, kept.interactions) == (1, 0)


async def test_a_recorded_reset_behind_a_played_answer_is_one(tmp_path: Path) -> None:
    script = (chunked_head(), chunk(b"data: half\n\n"), RESET)
    async with (
        ScriptedUpstream(script) as upstream,
        proxy(tmp_path, upstream, answers()) as (session, client),
    ):
        await bodies(client, [KNOWN])
        ask(client, NEW)
        assert (await client.read_response()).ended == "reset"
        assert (await session.only()).timeline.ending.kind == "reset"


async def test_it_is_played_at_its_pace(tmp_path: Path) -> None:
    clock = ManualClock()
    tape = answers(pace=Pace(speed=2), clock=clock)
    async with (
        ScriptedUpstream(LIVE) as upstream,
        proxy(tmp_path, upstream, tape) as (session, client),
    ):
        ask(client)
        await until(lambda: tape.playing)
        assert session.proxy.live == 1
        clock.advance(int(2.5 * MS))
        await client.read_head()
        clock.advance(int(2.5 * MS))
        assert await client.read_chunk() == b"data: one\n\n"
        clock.advance(10 * MS - 1)
        assert client.received == b""
        clock.advance(1)
        assert await client.read_chunk() == b"data: two\n\n"


async def test_a_client_that_leaves_is_played_to_no_more(tmp_path: Path) -> None:
    tape = answers(pace=Pace(), clock=ManualClock())
    async with (
        ScriptedUpstream(LIVE) as upstream,
        proxy(tmp_path, upstream, tape) as (session, client),
    ):
        ask(client)
        await until(lambda: tape.playing)
        client.close()
        await until(lambda: not session.proxy.live)
        assert tape.playing == 0


async def test_stopping_waits_for_what_is_played_and_then_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Else aiohttp would end it too, a second later.
    monkeypatch.setattr("wiretape.recorder.proxy._CLOSE_SECONDS", 600)
    clock = ManualClock()
    tape = answers(on_tape(), on_tape(), pace=Pace(), clock=clock)
    async with (
        ScriptedUpstream(LIVE) as upstream,
        proxy(tmp_path, upstream, tape) as (session, client),
    ):
        other = await session.client()
        ask(client)
        await until(lambda: tape.playing)
        finishing = asyncio.create_task(session.proxy.finish(600))
        await until(lambda: session.proxy.stopping)
        clock.advance(30 * MS)
        assert (await client.read_response()).complete
        await finishing
        other.close()
    async with proxy(tmp_path, upstream.url, tape) as (session, client):
        ask(client)
        await until(lambda: tape.playing)
        async with asyncio.timeout(60):
            await session.close()
        assert (await client.read_end())[1] == "eof"


async def test_without_recording_a_miss_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    async with (
        ScriptedUpstream(LIVE) as upstream,
        proxy(tmp_path, upstream, answers(), records=False) as (session, client),
    ):
        ask(client, NEW)
        response = await client.read_response()
        assert response.status == 503
        said = json.loads(response.body)["error"]
        assert (said["code"], said["nearest"]["number"]) == ("no_recording", 1)
        assert said["differences"] == [{"where": "$.input", "asked": '"other"', "recorded": '"hi"'}]
        # The connection goes on.
        assert await bodies(client, [KNOWN]) == [b"data: one\n\ndata: two\n\n"]
        client.send_request("GET", "/__wiretape/health")
        health = json.loads((await client.read_response()).body)
        assert (health["status"], health["played"]) == ("playing", 1)
        assert files_in(tmp_path) == []
        kept = await session.close()
    assert (kept.played, kept.missed) == (1, 1)
    assert upstream.connections == 0
    assert files_in(tmp_path) == []


async def test_what_is_on_the_tape_needs_no_upstream(tmp_path: Path) -> None:
    elsewhere = make_interaction(upstream="far")
    async with proxy(tmp_path, "http://127.0.0.1:9", answers(elsewhere)) as (session, client):
        ask(client, target="/far/v1/responses")
        assert (await client.read_response()).status == 200
        ask(client, NEW, target="/far/v1/responses")
        unknown = await client.read_response()
        assert (unknown.status, json.loads(unknown.body)["error"]["code"]) == (
            404,
            "unknown_upstream",
        )
        ask(client, NEW)
        assert (await client.read_response()).status == 502
        assert (await session.close()).unreachable == 1


async def test_a_key_that_was_redacted_matches(tmp_path: Path) -> None:
    asked = b'{"model":"m","api_key":"sk-0123456789abcdefghij"}'
    async with (
        ScriptedUpstream(LIVE) as upstream,
        recording(tmp_path, upstream) as session,
        await session.client() as client,
    ):
        await bodies(client, [asked])
        masked = await session.only()
    assert b"0123456789" not in masked.request.body
    async with proxy(tmp_path, "http://127.0.0.1:9", answers(masked)) as (session, client):
        assert await bodies(client, [asked]) == [b"data: live\n\n"]


async def test_each_session_has_the_tape_from_its_beginning(tmp_path: Path) -> None:
    async with (
        ScriptedUpstream(LIVE) as upstream,
        proxy(tmp_path, upstream, answers(), records=False) as (_, client),
    ):
        found = []
        in_header = ("X-Wiretape-Session", "a test")
        for target, more in (
            ("/up/v1/responses", (in_header,)),
            ("/up/v1/responses", (in_header,)),
            ("/__session/a%20test/up/v1/responses", ()),
            ("/__session/b/up/v1/responses", ()),
            ("/up/v1/responses", ()),
        ):
            client.send_request("POST", target, (*JSON_HEADERS, *more), KNOWN)
            found.append((await client.read_response()).status)
    assert found == [200, 503, 503, 200, 200]


@pytest.mark.parametrize("records", [True, False])
@pytest.mark.parametrize(
    ("target", "header", "code", "words"),
    [
        ("/__session/a%00/up/v1/x", (), "bad_session", "256 printable characters"),
        ("/__session//up/v1/x", (), "bad_session", "/__session/NAME/"),
        ("/up/v1/x", ("X-Wiretape-Session", "x" * 300), "bad_session", "got 300"),
        ("/__session/a/up/v1/x", ("X-Wiretape-Session", "b"), "bad_session", "another"),
        ("/up/v1/responses", ("X-Wiretape-Fault", "reset"), "no_faults_here", "wiretape replay"),
    ],
)
async def test_what_a_replay_would_refuse_or_do_is_refused(
    tmp_path: Path, *, records: bool, target: str, header: tuple[str, str], code: str, words: str
) -> None:
    """A session that is none; and a fault, which nobody may take for one that was laid on."""
    async with (
        ScriptedUpstream(LIVE) as upstream,
        proxy(tmp_path, upstream, answers(), records=records) as (_, client),
    ):
        client.send_request("POST", target, (*JSON_HEADERS, *((header,) if header else ())), KNOWN)
        response = await client.read_response()
        error = msgspec.json.decode(response.body)["error"]
    assert (response.status, error["code"], upstream.connections) == (400, code, 0)
    assert words in error["message"]


async def test_a_session_is_nothing_of_the_providers(tmp_path: Path) -> None:
    async with (
        ScriptedUpstream(LIVE) as upstream,
        proxy(tmp_path, upstream, answers()) as (session, client),
    ):
        ask(client, NEW, "/__session/b/up/v1/responses?x=1")
        assert (await client.read_response()).status == 200
        one = await session.only()
    assert upstream.asked[0].target == one.request.target == "/v1/responses?x=1"


async def test_a_defect_of_the_answerer_is_told_without_the_request(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(TapeAnswers):
        def answer(self, upstream: str, request: Request, session: str = "") -> Interaction | Miss:
            raise KeyError(request.body)

    async with (
        ScriptedUpstream(LIVE) as upstream,
        proxy(tmp_path, upstream, Broken(Player([]))) as (_, client),
    ):
        ask(client)
        response = await client.read_response()
    assert response.status == 500
    assert json.loads(response.body)["error"]["code"] == "internal_error"
    assert "KeyError" in caplog.text
    assert KNOWN.decode() not in caplog.text
    assert upstream.connections == 0


async def test_a_body_over_the_limit_is_refused(tmp_path: Path) -> None:
    async with (
        ScriptedUpstream(LIVE) as upstream,
        proxy(tmp_path, upstream, answers(), limits=Limits(body=16)) as (_, client),
    ):
        client.send_request("POST", "/up/v1/x", (("Transfer-Encoding", "chunked"),))
        client.send(chunk(b"a" * 17))
        assert (await client.read_response()).status == 413
    assert upstream.connections == 0


async def test_a_body_with_broken_framing_is_refused(tmp_path: Path) -> None:
    async with (
        ScriptedUpstream(LIVE) as upstream,
        proxy(tmp_path, upstream, answers()) as (session, client),
    ):
        client.send_request("POST", "/up/v1/x", (("Transfer-Encoding", "chunked"),))
        client.send(chunk(b"fine"))
        await until(lambda: session.proxy.live)
        client.send(b"no size\r\n")
        assert (await client.read_response()).status == 400
    assert upstream.connections == 0


@pytest.mark.parametrize("body", [KNOWN, NEW], ids=["played", "recorded"])
async def test_a_client_that_waits_is_told_to_go_on_once(tmp_path: Path, body: bytes) -> None:
    async with (
        ScriptedUpstream(LIVE) as upstream,
        proxy(tmp_path, upstream, answers()) as (_, client),
    ):
        expects = (("Expect", "100-continue"), ("Content-Length", str(len(body))), *JSON_HEADERS)
        client.send_request("POST", "/up/v1/responses", expects)
        assert (await client.read_head()).status == 100
        client.send(body)
        assert (await client.read_response()).status == 200


async def test_a_client_of_http_1_0_gets_no_chunks(tmp_path: Path) -> None:
    async with proxy(tmp_path, "http://127.0.0.1:9", answers()) as (_, client):
        client.send_request("POST", "/up/v1/responses", JSON_HEADERS, KNOWN, version="1.0")
        response = await client.read_response()
        assert response.body == b"data: one\n\ndata: two\n\n"
        assert (response.complete, response.ended) == (True, "eof")


def test_one_that_neither_plays_nor_records_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="neither plays nor records"):
        RecordingProxy(tmp_path / "t.tape.zst", {}, records=False)
