"""Responses over a WebSocket: one after another, on lanes, steered, and closed."""

import msgspec

from tests.cassettes.dialects.reading_streams import only, read
from tests.cassettes.dialects.responses_events import (
    Event,
    added,
    completed,
    created,
    message,
    text_events,
)
from wiretape.cassettes.dialects.answering import answer_of
from wiretape.cassettes.dialects.delta import End, Error, Meta, Text
from wiretape.cassettes.dialects.responses import ResponsesDialect
from wiretape.cassettes.framing.frame import Frame


def socket(*events: Event) -> list[Frame]:
    return [
        Frame(number, "data", "", (data := msgspec.json.encode(event)), data, 0, number, number)
        for number, event in enumerate(events, 1)
    ]


def test_responses_that_follow_one_another_on_a_socket() -> None:
    turn = [created(), added(0, message()), *text_events(0, "msg_1", "Hel", "lo"), completed()]
    asked = {"type": "response.create", "model": "m", "input": "hi"}
    frames = socket(asked, *turn, asked, *turn)
    frames = [msgspec.structs.replace(one, sent=b'"response.create"' in one.data) for one in frames]
    deltas = read(ResponsesDialect(), frames)
    assert [(one.part, one.delta) for one in only(Text, deltas)] == [
        *(("0.0", "Hel"), ("0.0", "lo"), ("r2.0.0", "Hel"), ("r2.0.0", "lo")),
    ]
    assert [meta.what for meta in only(Meta, deltas)] == ["sent", "sent"]
    assert [end.via for end in only(End, deltas)] == ["terminal_event"] * 2


def test_lanes_of_a_socket_are_apart() -> None:
    turn = [created(), added(0, message()), *text_events(0, "msg_1", "Hel", "lo"), completed()]
    lanes = [{**event, "stream_id": name} for event in turn for name in ("a", "b")]
    deltas = read(ResponsesDialect(), socket(*lanes))
    assert [part.text for part in answer_of(deltas).choices[0].texts] == ["Hello", "Hello"]


def test_steering() -> None:
    steer = {"id": "s", "previous_response_id": "resp_1"}
    events = [
        created(),
        {"type": "response.steer.accepted", "sequence_number": 1, "steer": steer},
        {"type": "response.steer.failed", "steer": steer, "error": {"code": "c", "message": "m"}},
        completed(),
    ]
    deltas = read(ResponsesDialect(), socket(*events))
    assert [meta.value["type"] for meta in only(Meta, deltas)] == [
        "response.steer.accepted",
        "response.steer.failed",
    ]
    assert only(Error, deltas) == []


def test_a_socket_that_closes_in_the_middle() -> None:
    close = Frame(9, "close", "", b"", b"", 0, 9, 9)
    deltas = read(ResponsesDialect(), [*socket(created()), close])
    assert [(end.via, end.clean) for end in only(End, deltas)] == [("ws_close", False)]
    again = read(ResponsesDialect(), [*socket(created(), completed()), close])
    assert [end.via for end in only(End, again)] == ["terminal_event"]
