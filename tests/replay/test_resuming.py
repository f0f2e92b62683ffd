"""Streams that are taken up again behind an event which the tape has no request for."""

import gzip
from typing import Any

import openai
import pytest
from msgspec.structs import replace

from tests.interactions import MS, SSE_CHUNKED, make_interaction, make_request, numbered
from tests.raw_http import fetch
from tests.replay.serving import serving
from wiretape.cassettes.answering import Miss
from wiretape.cassettes.model import Chunk, Interaction
from wiretape.replay import Pace, Player

ID = "resp_1"
STREAM = f"/v1/responses/{ID}?stream=true"


def event(number: int, kind: str = "response.output_text.delta", **more: str) -> bytes:
    rest = "".join(f',"{name}":"{value}"' for name, value in more.items())
    return (
        f'event: {kind}\ndata: {{"type":"{kind}","sequence_number":{number}{rest}}}\n\n'
    ).encode()


EVENTS = [
    b'event: response.created\ndata: {"type":"response.created","sequence_number":0,'
    b'"response":{"id":"resp_1","object":"response","output":[]}}\n\n',
    *(event(number, delta=f"w{number} ", item_id="i", output_index="0") for number in range(1, 5)),
    b": keep-alive\n\n",
    event(5, "response.output_text.done", text="w"),
]


def made(target: str = "/v1/responses", method: str = "POST", **more: Any) -> Interaction:
    body = b"" if method == "GET" else b'{"model":"m","input":"hi","stream":true,"background":true}'
    pieces = more.pop("pieces", [(10 + 10 * n, data) for n, data in enumerate(EVENTS)])
    return make_interaction(pieces, request=make_request(method, target, body), **more)


def resumed(player: Player, target: str, *headers: tuple[str, str]) -> Interaction | Miss:
    return player.answer("openai", make_request("GET", target, b"", headers))


def body_of(answer: Interaction | Miss) -> bytes:
    assert isinstance(answer, Interaction), answer
    assert answer.response is not None
    return answer.response.body


@pytest.mark.parametrize("base", [made(), made(STREAM, "GET")])
@pytest.mark.parametrize("after", range(6))
def test_the_frames_behind_a_sequence_number(base: Interaction, after: int) -> None:
    player = Player([base])
    answer = resumed(player, f"{STREAM}&starting_after={after}")
    behind = EVENTS[after + 1 :] if after < 5 else []
    assert body_of(answer) == b"".join(behind)
    assert isinstance(answer, Interaction)
    zero = (10 + 10 * after + (10 if after == 5 else 0)) * MS
    whole = base.timeline.received[len(EVENTS) - len(behind) :]
    assert answer.timeline.received == tuple(Chunk(one.at_ns - zero, one.size) for one in whole)
    assert answer.timeline.head_ns == 0
    assert answer.timeline.ending.at_ns == base.timeline.ending.at_ns - zero
    assert (player.played, player.misses) == (1, 0)
    assert player.unplayed == (1,)  # the whole stream was not asked for


def test_the_same_resume_is_the_same_object() -> None:
    player = Player([made()])
    asked = [resumed(player, f"{STREAM}&starting_after=2") for _ in range(2)]
    assert asked[0] is asked[1]


@pytest.mark.parametrize(
    "target",
    [
        f"{STREAM}&starting_after=6",
        f"{STREAM}&starting_after=-1",
        f"{STREAM}&starting_after=x",
        f"{STREAM}&starting_after={'9' * 5000}",
        f"/v1/responses/{ID}?starting_after=2",
        "/v1/responses/resp_2?stream=true&starting_after=2",
        f"/v2/responses/{ID}?stream=true&starting_after=2",
    ],
)
def test_what_is_not_on_the_tape_is_a_miss(target: str) -> None:
    player = Player([made(), make_interaction([(1, b"{}")], headers=())])
    assert isinstance(resumed(player, target), Miss)


def test_a_recorded_resume_comes_first() -> None:
    own = made(f"{STREAM}&starting_after=2", "GET", pieces=[(1, EVENTS[4])])
    player = Player(numbered([made(), own]))
    assert body_of(resumed(player, f"{STREAM}&starting_after=2")) == EVENTS[4]
    assert body_of(resumed(player, f"{STREAM}&starting_after=3")) == b"".join(EVENTS[4:])


def test_the_longest_whole_stream_is_the_base() -> None:
    cut = made(pieces=[(1, b"".join(EVENTS[:4]))], ending="client_left")
    player = Player(numbered([cut, made(STREAM, "GET"), cut]))
    answer = resumed(player, f"{STREAM}&starting_after=1")
    assert isinstance(answer, Interaction)
    assert answer.number == 2
    only = resumed(Player([cut]), f"{STREAM}&starting_after=1")
    assert isinstance(only, Interaction)
    assert (body_of(only), only.timeline.ending.kind) == (b"".join(EVENTS[2:4]), "client_left")


def test_frames_that_share_a_read_and_a_coding() -> None:
    whole = b"".join(EVENTS)
    coded = made(
        pieces=[(7, gzip.compress(whole))], headers=(*SSE_CHUNKED, ("Content-Encoding", "gzip"))
    )
    for base in (made(pieces=[(7, whole)]), coded):
        answer = resumed(Player([base]), f"{STREAM}&starting_after=3")
        assert body_of(answer) == b"".join(EVENTS[4:])
        assert isinstance(answer, Interaction)
        assert [one.at_ns for one in answer.timeline.received] == [0]


def test_event_ids_of_interactions() -> None:
    frames = [
        b'data: {"event_type":"interaction.start","interaction":{"id":"int_1"},'
        b'"event_id":"e1"}\n\n',
        b'data: {"event_type":"content.delta","event_id":"e2"}\n\n',
        b'data: {"event_type":"interaction.complete","event_id":"e3"}\n\n',
        b"data: [DONE]\n\n",
    ]
    pieces = [(float(n), data) for n, data in enumerate(frames)]
    player = Player([made("/v1beta/interactions", pieces=pieces)])
    target = "/v1beta/interactions/int_1?alt=sse&stream=true&last_event_id="
    assert body_of(resumed(player, f"{target}e2")) == b"".join(frames[2:])
    assert isinstance(resumed(player, f"{target}e9"), Miss)


def test_last_event_id_of_any_stream_of_the_path() -> None:
    def ids(*numbers: str) -> list[tuple[float, bytes]]:
        return [(n, f"id: {one}\ndata: {{}}\n\n".encode()) for n, one in enumerate(numbers, 1)]

    post = made("/mcp", pieces=ids("p1", "p2", "p3"))
    get = made("/mcp", "GET", pieces=ids("g1", "g2"))
    recorded = replace(
        made("/mcp", "GET", pieces=ids("g9")),
        request=make_request("GET", "/mcp", b"", (("last-event-id", "g1"),)),
    )
    player = Player(numbered([recorded, post, get]))

    def after(last: str) -> bytes:
        return body_of(resumed(player, "/mcp", ("Last-Event-ID", last)))

    assert body_of(resumed(player, "/mcp")).startswith(b"id: g1")  # not the first of the key
    assert after("p1") == b"id: p2\ndata: {}\n\nid: p3\ndata: {}\n\n"
    assert after("p3") == b""
    assert after("g1") == b"id: g9\ndata: {}\n\n"  # the tape's own
    assert after("g2") == b""
    assert body_of(resumed(player, "/mcp")).startswith(b"id: g1")


def test_a_json_rpc_answer_that_is_resumed_has_the_id_of_its_request() -> None:
    asked = b'{"jsonrpc":"2.0","id":7,"method":"tools/call"}'
    frames = b'id: a\ndata: \n\nid: b\ndata: {"jsonrpc":"2.0","id":7,"result":{}}\n\n'
    base = make_interaction([(1, frames)], request=make_request(target="/mcp", body=asked))
    player = Player([base])
    player.answer("openai", make_request(target="/mcp", body=asked.replace(b"7", b"9")), "x")
    for session, expected in (("x", b"9"), ("y", b"7")):
        again = make_request("GET", "/mcp", b"", (("Last-Event-ID", "a"),))
        assert b'"id":%b,' % expected in body_of(player.answer("openai", again, session))


async def test_openai_goes_on_where_it_was() -> None:
    async with serving([made()], pace=Pace(instant=True)) as served:
        async with openai.AsyncOpenAI(base_url=f"{served.url}/openai/v1", api_key="any") as client:
            whole = await client.responses.create(
                model="m", input="hi", stream=True, background=True
            )
            seen = []
            async for one in whole:
                seen.append(one)
                if one.sequence_number == 2:
                    break
            await whole.close()
            rest = await client.responses.retrieve(ID, stream=True, starting_after=2)
            seen += [one async for one in rest]
        assert [one.sequence_number for one in seen] == list(range(6))


async def test_the_length_of_what_is_left() -> None:
    whole = b"".join(EVENTS)
    sized = made(
        pieces=[(1, whole)],
        headers=(("Content-Type", "text/event-stream"), ("Content-Length", str(len(whole)))),
    )
    async with serving([sized], pace=Pace(instant=True)) as served:
        target = f"/openai{STREAM}&starting_after=4"
        answer = await fetch(served.url, "GET", target)
        rest = EVENTS[5] + EVENTS[6]
        assert (answer.body, answer.head.get("content-length")) == (rest, str(len(rest)))
        assert answer.complete
