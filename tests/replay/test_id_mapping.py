"""Ids that the provider minted and the client sends back, and ids that the client counts itself."""

import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.interactions import (
    JSON_HEADERS,
    SSE_CHUNKED,
    make_interaction,
    make_request,
    numbered,
    with_length,
)
from tests.raw_http import fetch
from tests.replay.serving import serving
from wiretape.cassettes.answering import Miss
from wiretape.cassettes.model import Chunk, Headers, Interaction, Request
from wiretape.replay import Pace, Player
from wiretape.replay.id_mapping import json_rpc_id, with_json_rpc_id


def posting(body: dict[str, Any]) -> Request:
    return make_request(body=json.dumps(body).encode())


def turn(previous: str | None, call: str = "c") -> Request:
    output = {"type": "function_call_output", "call_id": call, "output": "15"}
    return posting({"model": "m", "previous_response_id": previous, "input": [output]})


def tape(*requests: Request) -> Player:
    return Player(numbered([make_interaction(request=one) for one in requests]))


def number(answer: Interaction | Miss) -> int:
    assert isinstance(answer, Interaction), answer
    return answer.number


def answers(player: Player, *requests: Request) -> list[int]:
    return [number(player.answer("openai", one)) for one in requests]


def test_a_turn_goes_on_with_the_answer_that_the_client_was_given() -> None:
    player = tape(turn("resp_a", "call_a"), turn("resp_b", "call_b"), turn("resp_b", "call_b"))
    asked = [turn("resp_b", "call_b"), turn("resp_a", "call_a"), turn("resp_b", "call_b")]
    assert answers(player, *asked) == [2, 1, 3]
    # Those of another conversation are not drawn on.
    assert answers(player, *asked[:2]) == [3, 1]


def test_the_answer_before_counts_for_more_than_other_ids() -> None:
    player = tape(turn("resp_a", "call_a"), turn("resp_b", "call_b"))
    assert answers(player, turn("resp_b", "call_a")) == [2]
    assert answers(player, turn("resp_b", "fresh")) == [2]
    assert answers(player, turn("fresh", "call_b")) == [2]


def test_an_answer_that_nobody_was_given() -> None:
    """As the compliance suite of Open Responses asks: `resp_missing_` and the time."""
    given = make_interaction([(1, b'data: {"id":"resp_a"}\n\n')])
    good, bad = turn("resp_a"), turn("resp_missing_1")
    rest = [make_interaction(request=one) for one in (good, bad)]
    player = Player(numbered([given, *rest]))
    assert answers(player, turn("resp_missing_2"), turn("resp_a")) == [3, 2]


def test_ids_that_are_on_no_tape_take_the_recordings_in_order() -> None:
    player = tape(turn("resp_a", "call_a"), turn("resp_b", "call_b"))
    assert answers(player, turn("x", "1"), turn("y", "2"), turn("z", "3")) == [1, 2, 2]


@pytest.mark.parametrize(
    "conversation",
    [
        lambda i: {"messages": [{"role": "tool", "tool_call_id": i}]},
        lambda i: {"messages": [{"content": [{"type": "tool_result", "tool_use_id": i}]}]},
        lambda i: {"messages": [{"content": [{"toolResult": {"toolUseId": i}}]}]},
        lambda i: {"contents": [{"parts": [{"functionCall": {"id": i, "name": "f"}}]}]},
        lambda i: {"input": [{"type": "item_reference", "id": i}]},
        lambda i: {"conversation": i},
        lambda i: {"conversation": {"id": i}},
        lambda i: {"container": i},
        lambda i: {"previous_interaction_id": i},
        lambda i: {"input": [{"type": "mcp_approval_response", "approval_request_id": i}]},
        lambda i: {"messages": [{"role": "assistant", "audio": {"id": i}}]},
        lambda i: {"jsonrpc": "2.0", "method": "tasks/get", "params": {"id": i}},
        lambda i: {"jsonrpc": "2.0", "id": i, "params": {"message": {"contextId": i}}},
    ],
)
def test_ids_by_their_place(conversation) -> None:  # type: ignore[no-untyped-def]
    player = tape(posting(conversation("id_1")), posting(conversation("id_2")))
    asked = [posting(conversation(name)) for name in ("id_2", "id_1", "fresh")]
    assert answers(player, *asked) == [2, 1, 2]


REQUEST = b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"f","id":"x"}}'


def called(body: bytes, *, headers: Headers = JSON_HEADERS, size: int = 0) -> Interaction:
    """An answer to REQUEST, in reads of `size` bytes."""
    size = size or len(body) or 1
    pieces = [(float(at + 1), body[at : at + size]) for at in range(0, len(body), size)]
    return make_interaction(pieces, request=make_request(body=REQUEST), headers=headers)


def given_id(interaction: Interaction, wanted: bytes) -> bytes:
    answer = with_json_rpc_id(interaction, wanted)
    assert answer.response is not None
    assert json_rpc_id(answer.request.body) == wanted
    assert sum(chunk.size for chunk in answer.timeline.received) == len(answer.response.body)
    return answer.response.body


@pytest.mark.parametrize("size", [0, 1, 7])
@pytest.mark.parametrize("wanted", [b"12345", b'"a-b"', b"0", b"1.5"])
def test_the_id_of_the_answer_is_that_of_the_request(wanted: bytes, size: int) -> None:
    body = '{ "result" : {"id":7,"t":"é}","jsonrpc":1}, "id" : 7 ,"jsonrpc":"2.0" }\n'.encode()
    answer = given_id(called(body, size=size), wanted)
    assert answer == body.replace(b'"id" : 7 ', b'"id" : ' + wanted + b" ")


def test_the_reads_and_their_times_stay() -> None:
    body = b'{"jsonrpc":"2.0","id":7,"result":{}}'
    one = with_json_rpc_id(called(body, size=10), b'"abc"')
    before = called(body, size=10).timeline.received
    ours = [Chunk(c.at_ns, c.size + (4 if n == 2 else 0)) for n, c in enumerate(before)]
    assert list(one.timeline.received) == ours


def test_of_a_stream_only_the_answers() -> None:
    note = b'event: message\nid: 1\ndata: {"jsonrpc":"2.0","method":"notifications/progress"}\n\n'
    asks = b'data: {"jsonrpc":"2.0","id":7,"method":"sampling/createMessage"}\n\n'
    answer = b'data: {"jsonrpc":"2.0","id":7,"result":{"id":7}}\n\n'
    error = b'data: {"jsonrpc":"2.0","id":7,"error":{"code":1,"message":"no"}}\n\n'
    null = b'data: {"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"?"}}\n\n'
    stream = called(note + asks + answer + error + null, headers=SSE_CHUNKED, size=13)
    assert given_id(stream, b'"x"') == (
        note
        + asks
        + answer.replace(b'0","id":7', b'0","id":"x"')
        + error.replace(b"7", b'"x"')
        + null
    )


def test_a_coded_answer() -> None:
    coded = called(
        gzip.compress(b'{"jsonrpc":"2.0","id":7,"result":1}'),
        headers=(*JSON_HEADERS, ("Content-Encoding", "gzip")),
    )
    assert given_id(coded, b"8") == b'{"jsonrpc":"2.0","id":8,"result":1}'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"not JSON",
        b'{"jsonrpc":"2.0","id":7',
        b'{"jsonrpc":"2.0","id":7,"x":' * 9,
        b"[",
    ],
)
def test_what_holds_no_answer_stays(body: bytes) -> None:
    assert given_id(called(body), b"8") == body


@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:id7jsonrpc ', max_size=60))
def test_any_bytes(body: bytes | str) -> None:
    raw = body.encode() if isinstance(body, str) else body
    json_rpc_id(raw + b'"jsonrpc"')
    with_json_rpc_id(called(raw + b'"jsonrpc"'), b"8")


def test_what_is_no_json_rpc_is_the_recording_itself() -> None:
    plain = make_interaction()
    assert with_json_rpc_id(plain, b"8") is plain
    player = Player([called(b'{"jsonrpc":"2.0","id":7,"result":1}')])
    same = player.answer("openai", make_request(body=REQUEST))
    assert same is player._tape[0]


async def test_over_a_socket_with_the_right_length() -> None:
    body = b'{"jsonrpc":"2.0","id":7,"result":{}}'
    headers = with_length(JSON_HEADERS, len(body))
    async with serving([called(body, headers=headers)], pace=Pace(instant=True)) as served:
        for wanted in (b'"a long one of a client"', b"1", b"7"):
            asked = REQUEST.replace(b"7", wanted, 1)
            answer = await fetch(served.url, "POST", "/openai/v1/responses", JSON_HEADERS, asked)
            expected = body.replace(b"7", wanted)
            assert answer.complete
            assert answer.body == expected
            assert answer.head.get("content-length") == str(len(expected))


async def test_what_a_fault_held_back_follows_the_request_that_gets_it() -> None:
    body = b'{"jsonrpc":"2.0","id":7,"result":{}}'
    headers = with_length(JSON_HEADERS, len(body))
    async with serving([called(body, headers=headers)], pace=Pace(instant=True)) as served:
        served.server.faults.add("status(code=503, times=1)")
        for wanted, status in ((b"1", 503), (b"2", 200)):
            asked = REQUEST.replace(b"7", wanted, 1)
            answer = await fetch(served.url, "POST", "/openai/v1/responses", JSON_HEADERS, asked)
            assert answer.status == status
        assert answer.body == body.replace(b"7", b"2")
