"""Requests that are asked again, and polling."""

import json
from typing import Any

import openai
import pytest

from tests.interactions import (
    JSON_HEADERS,
    make_interaction,
    make_request,
    make_unanswered,
    numbered,
)
from tests.replay.serving import serving
from wiretape.cassettes.answering import Miss
from wiretape.cassettes.model import Interaction, Request
from wiretape.replay import Pace, Player
from wiretape.replay.player import AfterLast


def asking(retry: int = 0, header: str = "x-stainless-retry-count") -> Request:
    value = f"attempt={retry + 1}; max=3" if header.startswith("amz") else str(retry)
    return make_request(headers=(*JSON_HEADERS, (header, value)))


def made(status: int = 200, retry: int = 0, **more: str) -> Interaction:
    return make_interaction(status=status, request=asking(retry), **more)  # type: ignore[arg-type]


def played(
    tape: list[Interaction], *retries: int, after_last: AfterLast = "repeat", header: str = ""
) -> list[int]:
    """The numbers of the recordings given; 0 for a miss."""
    player = Player(numbered(tape), after_last=after_last)
    found = []
    for retry in retries:
        asked = asking(retry, header or "x-stainless-retry-count")
        answer = player.answer("openai", asked)
        found.append(0 if isinstance(answer, Miss) else answer.number)
    return found


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503, 529])
def test_a_retry_of_a_recorded_failure_gets_what_came_then(status: int) -> None:
    assert played([made(status), made(retry=1), made()], 0, 1, 0) == [1, 2, 3]


def test_the_retry_was_recorded_by_a_client_that_does_not_say_so() -> None:
    assert played([made(429), made(429), made()], 0, 1, 2) == [1, 2, 3]
    assert played([make_unanswered(request=asking()), made()], 0, 1) == [1, 2]
    assert played([made(ending="cut"), made()], 0, 1) == [1, 2]


def test_a_retry_of_a_success_is_the_same_call_and_gets_the_same_again() -> None:
    assert played([made(), made()], 0, 1, 2, 0, 1) == [1, 1, 1, 2, 2]
    assert played([made(400), made()], 0, 1, 0) == [1, 1, 2]


def test_aws_says_it_in_words_of_its_own() -> None:
    assert played([made(), made()], 0, 1, 0, header="amz-sdk-request") == [1, 1, 2]


def test_a_success_that_was_asked_for_again_at_recording() -> None:
    """The client had no more patience then."""
    assert played([made(), made(retry=1), made()], 0, 1, 0) == [1, 2, 3]


def test_where_all_are_used_up() -> None:
    assert played([made()], 0, 1, 0, after_last="error") == [1, 1, 0]
    assert played([made(429)], 0, 1, after_last="error") == [1, 0]
    assert played([made(429)], 0, 1) == [1, 1]


def test_a_retry_that_is_the_first_to_come_begins_at_the_first() -> None:
    assert played([made(), made()], 1, 0) == [1, 2]


def test_polling_goes_through_the_recordings_and_stays_at_the_last() -> None:
    poll = make_request("GET", "/v1/responses/resp_1", b"", ())
    player = Player(numbered([make_interaction(request=poll) for _ in range(3)]))
    found = [player.answer("openai", poll) for _ in range(5)]
    assert [one.number for one in found if isinstance(one, Interaction)] == [1, 2, 3, 3, 3]


# As the SDK of OpenAI retries and polls.

BODY = {"input": "hi", "model": "m", "background": True}
JSON = (("Content-Type", "application/json"), ("Transfer-Encoding", "chunked"))


def answered(status: str, method: str = "POST") -> Interaction:
    """A response, and how far it has come."""
    said: dict[str, Any] = {"id": "resp_1", "object": "response", "status": status, "output": []}
    target, body = ("/v1/responses", BODY) if method == "POST" else ("/v1/responses/resp_1", None)
    request = make_request(method, target, json.dumps(body).encode() if body else b"")
    return make_interaction([(1, json.dumps(said).encode())], headers=JSON, request=request)


def refused(status: int) -> Interaction:
    request = make_request(body=json.dumps(BODY).encode())
    headers = (*JSON, ("retry-after-ms", "1"))
    return make_interaction([(1, b"{}")], status=status, headers=headers, request=request)


async def statuses(tape: list[Interaction], *, faults: str = "") -> list[str | None]:
    """Of a call in the background, and of three polls."""
    async with serving(tape, pace=Pace(instant=True)) as served:
        if faults:
            served.server.faults.add(faults)
        url = f"{served.url}/openai/v1"
        async with openai.AsyncOpenAI(base_url=url, api_key="any", max_retries=3) as client:
            begun = await client.responses.create(**BODY)  # type: ignore[call-overload]
            polled = [await client.responses.retrieve("resp_1") for _ in range(3)]
    return [begun.status, *(one.status for one in polled)]


async def test_openai_polls_to_the_end_and_beyond() -> None:
    tape = [answered("queued"), answered("in_progress", "GET"), answered("completed", "GET")]
    assert await statuses(tape) == ["queued", "in_progress", "completed", "completed"]


@pytest.mark.parametrize("failures", [1, 2])
async def test_openai_retries_through_what_was_recorded(failures: int) -> None:
    polls = [answered("in_progress", "GET"), answered("completed", "GET")]
    tape = [*(refused(429) for _ in range(failures)), answered("queued"), *polls]
    assert await statuses(tape) == ["queued", "in_progress", "completed", "completed"]


async def test_openai_retries_a_fault_and_loses_no_recording() -> None:
    tape = [answered("queued"), answered("in_progress", "GET"), answered("completed", "GET")]
    faults = "status(code=503, times=1); status(code=429, retry_after=0s, times=1)"
    found = await statuses(tape, faults=faults)
    assert found == ["queued", "in_progress", "completed", "completed"]
