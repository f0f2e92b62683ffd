"""Faults on the wire: real sockets, a clock that the test moves."""

import json

import pytest

from tests.interactions import SSE_CHUNKED, make_interaction, make_request, with_length
from tests.raw_http import RawClient, RawResponse
from tests.replay.serving import ASKED, Served, serving
from wiretape.cassettes.model import Headers
from wiretape.replay import Pace
from wiretape.replay.faults import FaultPlan

INSTANT = Pace(instant=True)
TAPE = make_interaction(((10, b"data: 1\n\n"), (20, b"data: 2\n\n"), (30, b"data: 3\n\n")))
SECOND = make_interaction(((10, b"data: the second\n\n"),))


async def asked(
    served: Served, fault: str = "", body: bytes = ASKED, session: str = ""
) -> RawResponse:
    headers: Headers = (("Content-Type", "application/json"),)
    if fault:
        headers = (*headers, ("X-Wiretape-Fault", fault))
    if session:
        headers = (*headers, ("X-Wiretape-Session", session))
    async with await RawClient.connect(served.url) as client:
        client.send_request("POST", "/openai/v1/responses", headers, body)
        return await client.read_response("POST")


@pytest.mark.parametrize(("name", "end"), [("cut", "eof"), ("reset", "reset")])
@pytest.mark.parametrize("headers", [SSE_CHUNKED, with_length(SSE_CHUNKED, 27)])
async def test_breaking_off_at_its_time(name: str, end: str, headers: Headers) -> None:
    tape = make_interaction(
        ((10, b"data: 1\n\n"), (20, b"data: 2\n\n"), (30, b"data: 3\n\n")), headers=headers
    )
    plan = FaultPlan([f"{name}(after=2)"])
    async with serving([tape], faults=plan) as served, await served.ask() as client:
        await served.playing(1)
        await served.advance(19)
        assert not client.has_ended
        await served.advance(1)
        rest, how = await client.read_end()
        assert how == end
        assert rest.count(b"data: ") == 2
        assert b"0\r\n\r\n" not in rest


async def test_a_stall_for_a_time() -> None:
    plan = FaultPlan(["stall(after=1, for=2s)"])
    async with serving([TAPE], faults=plan) as served, await served.ask() as client:
        await served.playing(1)
        await served.advance(2019)
        assert client.received.count(b"data: ") == 1
        await served.advance(11)
        response = await client.read_response("POST")
        assert response.complete
        assert len(response.chunks) == 3


async def test_a_stall_for_ever_is_ended_by_the_client() -> None:
    plan = FaultPlan(["stall"])
    async with serving([TAPE], faults=plan, pace=INSTANT) as served, await served.ask() as client:
        await client.read_head()
        assert await client.read_chunk() == b"data: 1\n\n"
        await served.advance(3_600_000)
        assert client.received == b""
        assert not client.has_ended


async def test_seconds_are_seconds_at_any_speed() -> None:
    plan = FaultPlan(["slow_first_byte(by=3s)"])
    async with serving([TAPE], faults=plan, pace=INSTANT) as served, await served.ask() as client:
        await served.playing(1)
        await served.advance(2999)
        assert client.received == b""
        await served.advance(1)
        assert (await client.read_response("POST")).complete


async def test_every_chunk_is_one_byte() -> None:
    async with serving([TAPE], faults=FaultPlan(["rechunk(how=1)"]), pace=INSTANT) as served:
        response = await asked(served)
        assert response.complete
        assert {len(chunk) for chunk in response.chunks} == {1}


async def test_frames_are_kept_where_the_server_plays_frames() -> None:
    torn = make_interaction(((10, b"data: 1\n\ndata: 2\n\ndata"), (20, b": 3\n\n")))
    async with serving([torn], faults=FaultPlan(["drop(n=2)"]), pace=INSTANT) as served:
        assert (await asked(served)).chunks == (b"data: 1\n\ndata", b": 3\n\n")
    plan = FaultPlan(["drop(n=2)"])
    async with serving([torn], faults=plan, pace=INSTANT, framing="frames") as served:
        assert (await asked(served)).chunks == (b"data: 1\n\n", b"data: 3\n\n")
    plan = FaultPlan(["rechunk(how=whole)"])
    async with serving([torn], faults=plan, pace=INSTANT, framing="frames") as served:
        assert len((await asked(served)).chunks) == 1


async def test_a_status_so_many_times_and_then_the_tape_in_its_order() -> None:
    plan = FaultPlan(["status(code=503, times=2, retry_after=1)"])
    async with serving([TAPE, SECOND], faults=plan, pace=INSTANT, after_last="error") as served:
        turned_away = [await asked(served) for _ in range(2)]
        assert [response.status for response in turned_away] == [503, 503]
        assert turned_away[0].head.get("retry-after") == "1"
        assert (await asked(served)).body == b"data: 1\n\ndata: 2\n\ndata: 3\n\n"
        assert (await asked(served)).body == b"data: the second\n\n"
        assert served.player.unplayed == ()
        used_up = await asked(served)
        assert json.loads(used_up.body)["error"]["code"] == "recordings_used_up"


async def test_sessions_are_counted_apart() -> None:
    plan = FaultPlan(["status", "drop(n=1, nth=2)"])
    async with serving([TAPE], faults=plan, pace=INSTANT) as served:
        for session in ("a", "b"):
            answers = [await asked(served, session=session) for _ in range(2)]
            assert [answer.status for answer in answers] == [429, 200]
            assert answers[1].body == b"data: 2\n\ndata: 3\n\n"


async def test_the_tape_is_untouched() -> None:
    plan = FaultPlan(["drop(n=1, nth=1)"])
    async with serving([TAPE], faults=plan, pace=INSTANT) as served:
        assert (await asked(served)).body == b"data: 2\n\ndata: 3\n\n"
        assert (await asked(served)).body == b"data: 1\n\ndata: 2\n\ndata: 3\n\n"
        served.server.faults.add("drop(n=3)")
        assert (await asked(served)).body == b"data: 1\n\ndata: 2\n\n"


async def test_a_request_asks_for_its_own_fault() -> None:
    async with serving([TAPE], pace=INSTANT) as served:
        assert (await asked(served, "drop(n=1); duplicate(n=1)")).body == (
            b"data: 2\n\ndata: 2\n\ndata: 3\n\n"
        )
        assert len((await asked(served)).chunks) == 3
        statuses = [(await asked(served, "status(times=2)")).status for _ in range(3)]
        assert statuses == [429, 429, 200]


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        ("cutt(after=1)", "bad_fault", "there is no fault 'cutt'"),
        ("cut(after=9)", "fault_does_not_apply", "the stream has 3 events, not 9"),
    ],
)
async def test_a_request_whose_fault_cannot_be(fault: str, code: str, words: str) -> None:
    async with serving([TAPE, SECOND], pace=INSTANT) as served:
        response = await asked(served, fault)
        assert response.status == 400
        error = json.loads(response.body)["error"]
        assert error["code"] == code
        assert words in error["message"]
        # It used up no recording.
        assert (await asked(served)).body.startswith(b"data: 1\n\n")


async def test_a_fault_of_the_server_that_does_not_apply_lets_the_tape_play() -> None:
    async with serving([TAPE], faults=FaultPlan(["cut(after=9)"]), pace=INSTANT) as served:
        assert (await asked(served)).complete


async def test_a_miss_is_a_miss() -> None:
    async with serving([TAPE], faults=FaultPlan(["status"]), pace=INSTANT) as served:
        response = await asked(served, body=b'{"input":"unheard of"}')
        assert json.loads(response.body)["error"]["code"] == "no_recording"


async def test_a_client_of_http_1_0() -> None:
    tape = make_interaction(((1, b"data: 1\n\n"),), request=make_request("GET", "/v1/x", b"", ()))
    plan = FaultPlan(["duplicate(n=1)"])
    async with (
        serving([tape], faults=plan, pace=INSTANT) as served,
        await RawClient.connect(served.url) as client,
    ):
        client.send_request("GET", "/openai/v1/x", version="1.0")
        response = await client.read_response("GET")
        assert response.body == b"data: 1\n\ndata: 1\n\n"
        assert response.ended == "eof"
