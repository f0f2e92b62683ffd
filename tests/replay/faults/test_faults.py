"""What each fault does to a recording; the recording stays as it was."""

import gzip
import random
from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from tests.interactions import (
    MS,
    SSE_CHUNKED,
    make_interaction,
    make_request,
    make_unanswered,
    with_length,
)
from wiretape.cassettes.dialects.delta import Error
from wiretape.cassettes.framing.decoding import frames_in
from wiretape.cassettes.framing.frame import Frame, Malformed
from wiretape.cassettes.meaning import read_meaning
from wiretape.cassettes.model import Headers, Interaction
from wiretape.replay.faults import DoesNotApply, parse_fault
from wiretape.replay.faults.message import message

ONE, TWO, THREE, DONE = (
    b'data: {"n":1}\n\n',
    b'data: {"n":2}\n\n',
    b'data: {"n":3}\n\n',
    b"data: [DONE]\n\n",
)
PIECES = ((10, ONE), (20, b": ping\n\n" + TWO), (30, THREE), (40, DONE))
CHAT = make_request(target="/v1/chat/completions")
MODEL_NDJSON: Headers = (
    ("Content-Type", "application/x-ndjson"),
    ("Transfer-Encoding", "chunked"),
)


def chat(pieces: Iterable[tuple[float, bytes]] = PIECES, **more: Any) -> Interaction:
    return make_interaction(pieces, request=CHAT, **more)


def faulted(text: str, interaction: Interaction, seed: int = 0) -> Interaction:
    before = msgspec.json.encode(interaction.timeline), interaction.response
    result = parse_fault(text).applied(interaction, random.Random(seed))
    assert (msgspec.json.encode(interaction.timeline), interaction.response) == before
    if result.response is not None:
        assert sum(chunk.size for chunk in result.timeline.received) == len(result.response.body)
        assert result.timeline.ending.offset == len(result.response.body)
    times = [chunk.at_ns for chunk in result.timeline.received]
    assert times == sorted(times)
    assert parse_fault(text).applied(interaction, random.Random(seed)) == result
    return result


def body(interaction: Interaction) -> bytes:
    assert interaction.response is not None
    return interaction.response.body


def reads(interaction: Interaction) -> list[tuple[float, bytes]]:
    found, start = [], 0
    for chunk in interaction.timeline.received:
        found.append((chunk.at_ns / MS, body(interaction)[start : start + chunk.size]))
        start += chunk.size
    return found


@pytest.mark.parametrize(("name", "kind"), [("cut", "cut"), ("reset", "reset")])
@pytest.mark.parametrize(
    ("after", "left", "at_ms"),
    [
        ("0", [], 5),
        ("1", [(10, ONE)], 10),
        ("2", [(10, ONE), (20, b": ping\n\n" + TWO)], 20),
        ("50%", [(10, ONE), (20, b": ping\n\n" + TWO)], 20),
        ("4 events", list(PIECES), 40),
        ("17 bytes", [(10, ONE), (20, b": ")], 20),
        ("25ms", [(10, ONE), (20, b": ping\n\n" + TWO)], 25),
    ],
)
def test_breaking_off(
    name: str, kind: str, after: str, left: list[tuple[float, bytes]], at_ms: float
) -> None:
    result = faulted(f"{name}(after={after})", chat())
    assert reads(result) == left
    assert (result.timeline.ending.kind, result.timeline.ending.at_ns) == (kind, at_ms * MS)


def test_before_the_head_nothing_is_answered() -> None:
    result = faulted("cut(after=3ms)", chat())
    assert result.response is None
    assert result.timeline.ending.at_ns == 3 * MS


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("cut(after=5)", "the stream has 4 events, not 5"),
        ("cut(after=900 bytes)", "the body has 67 bytes, not 900"),
        ("cut(after=40ms)", "the response is over by 0.04 s"),
    ],
)
def test_what_is_not_there_cannot_be_cut(text: str, why: str) -> None:
    with pytest.raises(DoesNotApply) as refused:
        faulted(text, chat())
    assert str(refused.value) == why


def test_a_cut_leaves_content_length_as_it_was() -> None:
    whole = chat(headers=with_length(SSE_CHUNKED, sum(len(data) for _, data in PIECES)))
    result = faulted("cut(after=1)", whole)
    assert result.response is not None
    assert whole.response is not None
    assert result.response.headers == whole.response.headers
    with pytest.raises(DoesNotApply, match="all that Content-Length says has come"):
        faulted("cut(after=4)", whole)


def test_a_stall_moves_what_follows() -> None:
    result = faulted("stall(after=2, for=2s)", chat())
    assert [at_ms for at_ms, _ in reads(result)] == [10, 20, 2030, 2040]
    assert result.timeline.ending.at_ns == 2040 * MS
    assert body(result) == body(chat())
    # Within a read: what comes before goes out before.
    torn = chat(((10, ONE + TWO), (20, DONE)))
    assert reads(faulted("stall(after=1, for=1s)", torn)) == [(10, ONE), (1010, TWO), (1020, DONE)]


def test_a_stall_for_ever_has_no_end() -> None:
    result = faulted("stall(after=3)", chat())
    assert reads(result) == list(PIECES[:3])
    assert result.timeline.ending.kind == "timeout"


def test_slow_first_byte() -> None:
    result = faulted("slow_first_byte(by=3s)", chat())
    assert result.timeline.head_ns == 3005 * MS
    assert [at_ms for at_ms, _ in reads(result)] == [3010, 3020, 3030, 3040]


def test_slow() -> None:
    result = faulted("slow(bytes_per_second=100)", chat(((10, b"x" * 25), (900, b"y" * 5))))
    assert reads(result) == [(110, b"x" * 10), (210, b"x" * 10), (260, b"x" * 5), (950, b"y" * 5)]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("drop(n=2)", ONE + b": ping\n\n" + THREE + DONE),
        ("drop(n=1, every=2)", b": ping\n\n" + TWO + DONE),
        ("drop(every=2)", ONE + b": ping\n\n" + THREE),
        ("duplicate(n=1)", ONE + ONE + b": ping\n\n" + TWO + THREE + DONE),
        ("reorder(n=2)", ONE + b": ping\n\n" + THREE + TWO + DONE),
        ("no_done", ONE + b": ping\n\n" + TWO + THREE),
        ("double_terminal", ONE + b": ping\n\n" + TWO + THREE + DONE + DONE),
    ],
)
def test_events_changed(text: str, left: bytes) -> None:
    assert body(faulted(text, chat())) == left


def test_reordering_keeps_the_times() -> None:
    assert reads(faulted("reorder(n=3)", chat()))[2:] == [(30, DONE), (40, THREE)]


def test_the_seed_chooses() -> None:
    chosen = {body(faulted("drop", chat(), seed)) for seed in range(20)}
    assert len(chosen) == 4
    assert len(body(faulted("drop(count=3)", chat()))) < 30


def test_there_is_no_such_event() -> None:
    with pytest.raises(DoesNotApply, match="no event 5 to do it to, only 4"):
        faulted("drop(n=5)", chat())
    with pytest.raises(DoesNotApply, match="only 3"):
        faulted("reorder(n=4)", chat())


def test_keepalives_are_no_events() -> None:
    ping = b'event: ping\ndata: {"type": "ping"}\n\n'
    result = faulted("cut(after=2)", chat(((10, ONE + ping + ping), (20, TWO + ping))))
    assert body(result) == ONE + ping + ping + TWO


def test_content_length_follows_the_body() -> None:
    size = sum(len(data) for _, data in PIECES)
    result = faulted("drop(n=1)", chat(headers=with_length(SSE_CHUNKED, size)))
    assert result.response is not None
    assert ("Content-Length", str(size - len(ONE))) in result.response.headers


def test_a_content_coding_comes_off() -> None:
    packed = gzip.compress(b"".join(data for _, data in PIECES))
    headers = with_length((*SSE_CHUNKED, ("Content-Encoding", "gzip")), len(packed))
    whole = chat(((10, packed[:30]), (20, packed[30:])), headers=headers)
    result = faulted("drop(n=1)", whole)
    assert result.response is not None
    assert result.response.body == b": ping\n\n" + TWO + THREE + DONE
    names = dict(result.response.headers)
    assert "Content-Encoding" not in names
    assert names["Content-Length"] == str(len(result.response.body))
    # Bytes are those of the wire.
    assert body(faulted("cut(after=12 bytes)", whole)) == packed[:12]


def test_a_coding_that_cannot_be_taken_off() -> None:
    headers = (*SSE_CHUNKED, ("Content-Encoding", "magic"))
    with pytest.raises(DoesNotApply, match="'magic' cannot be taken off"):
        faulted("drop", chat(headers=headers))


@pytest.mark.parametrize(
    "text", ["drop", "no_done", "error_event", "corrupt(at=1)", "cut(after=1)"]
)
def test_what_is_no_stream_has_no_events(text: str) -> None:
    whole = chat(((10, b'{"choices":[]}'),), headers=(("Content-Type", "application/json"),))
    with pytest.raises(DoesNotApply, match="no stream of events"):
        faulted(text, whole)
    with pytest.raises(DoesNotApply, match="no response was recorded"):
        faulted(text, make_unanswered())


def events_of(interaction: Interaction, framing: Any = "sse") -> list[Frame | Malformed]:
    return list(frames_in(framing, [(body(interaction), 0)]))


@pytest.mark.parametrize("seed", range(10))
def test_corrupting(seed: int) -> None:
    before = body(chat())
    flipped = body(faulted("corrupt", chat(), seed))
    assert len(flipped) == len(before)
    assert sum(a != b for a, b in zip(flipped, before, strict=True)) == 1
    assert flipped.count(b"\n") == before.count(b"\n")
    assert b"\xff" in body(faulted("corrupt(what=utf8)", chat(), seed))
    broken = body(faulted("corrupt(what=json, at=2)", chat(), seed))
    assert broken == before.replace(b'{"n":2}', b'{"n":2')
    assert body(faulted("corrupt(at=3 bytes)", chat(), seed))[3] != before[3]


def aws(kind: str, payload: bytes) -> bytes:
    headers = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    return message(headers, payload)


def converse() -> Interaction:
    pieces = (
        (10.0, aws("messageStart", b'{"role":"assistant"}')),
        (20.0, aws("contentBlockDelta", b'{"contentBlockIndex":0,"delta":{"text":"hi"}}')),
        (30.0, aws("messageStop", b'{"stopReason":"end_turn"}')),
    )
    headers = (
        ("Content-Type", "application/vnd.amazon.eventstream"),
        ("Transfer-Encoding", "chunked"),
    )
    asked = make_request(target="/model/m/converse-stream")
    return make_interaction(pieces, request=asked, headers=headers)


def test_checksums_are_right_unless_they_are_what_is_corrupted() -> None:
    for text in ("corrupt", "corrupt(what=utf8)", "corrupt(what=json)", "drop", "error_event"):
        result = faulted(text, converse())
        assert all(isinstance(frame, Frame) for frame in events_of(result, "eventstream")), text
    first = len(body(converse()).partition(b'{"role"')[0])
    result = faulted(f"corrupt(at={first + 3} bytes)", converse())
    assert body(result)[first + 3] != body(converse())[first + 3]
    assert all(isinstance(frame, Frame) for frame in events_of(result, "eventstream"))
    for at in (0, 9, first - 1):
        with pytest.raises(DoesNotApply, match="none of a payload"):
            faulted(f"corrupt(at={at} bytes)", converse())
    frames = events_of(faulted("corrupt(what=crc, at=2)", converse()), "eventstream")
    assert [isinstance(frame, Malformed) for frame in frames] == [False, True, False]
    with pytest.raises(DoesNotApply, match="only the messages of an AWS eventstream"):
        faulted("corrupt(what=crc)", chat())


@pytest.mark.parametrize(
    ("how", "chunks"),
    [
        ("1", [bytes([byte]) for byte in "dä\r\n\r\n".encode()]),
        ("4 bytes", ["dä\r".encode(), b"\n\r\n"]),
        ("crlf", ["dä\r".encode(), b"\n\r", b"\n"]),
        ("utf8", [b"d\xc3", b"\xa4\r\n\r\n"]),
        ("whole", ["dä\r\n\r\n".encode()]),
    ],
)
def test_rechunking(how: str, chunks: list[bytes]) -> None:
    result = faulted(f"rechunk(how={how})", chat(((10, "dä\r\n\r\n".encode()),)))
    assert [data for _, data in reads(result)] == chunks
    assert {at_ms for at_ms, _ in reads(result)} == {10}


def test_rechunking_keeps_the_bytes_and_is_never_early() -> None:
    for how in ("1", "7", "crlf", "whole", "random", "event"):
        result = faulted(f"rechunk(how={how})", chat())
        assert body(result) == body(chat())
        arrived = 0
        for at_ms, data in reads(result):
            arrived += len(data)
            there = sum(len(data) for when, data in PIECES if when <= at_ms)
            assert arrived <= there, how
    spaced = faulted("rechunk(how=40, gap=50ms)", chat())
    assert [at_ms for at_ms, _ in reads(spaced)] == [30, 80]
    with pytest.raises(DoesNotApply, match="no character of more than one byte"):
        faulted("rechunk(how=utf8)", chat())


def test_blank_lines_of_lf_are_split() -> None:
    assert reads(faulted("rechunk(how=crlf)", chat(((10, ONE),)))) == [(10, ONE[:-1]), (10, b"\n")]


def test_status() -> None:
    result = faulted("status(code=429, retry_after=1.5s)", chat())
    assert result.response is not None
    assert (result.response.status, result.response.reason) == (429, "Too Many Requests")
    assert ("retry-after", "2") in result.response.headers
    assert ("content-length", str(len(result.response.body))) in result.response.headers
    assert msgspec.json.decode(result.response.body)["error"]["code"] == "rate_limit_exceeded"
    assert faulted("status(code=529)", chat()).response.reason == "Overloaded"  # type: ignore[union-attr]


def test_wrong_content_type() -> None:
    result = faulted("wrong_content_type", chat())
    assert result.response is not None
    assert result.response.headers[0] == ("Content-Type", "text/html")
    assert reads(result) == list(PIECES)


ARRAY = (
    (10.0, b'[{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}\n'),
    (20.0, b',\r\n{"candidates":[{"finishReason":"STOP"}]}\n'),
    (30.0, b"]"),
)


@pytest.mark.parametrize(
    "text",
    [
        "drop(n=1)",
        "drop(n=2)",
        "drop(every=1)",
        "duplicate(n=1)",
        "reorder(n=1)",
        "error_event",
        "error_event(after=0)",
        "error_event(after=0, rest=kept)",
        "no_done",
        "double_terminal",
    ],
)
def test_an_array_stays_an_array(text: str) -> None:
    asked = make_request(target="/v1beta/models/g:streamGenerateContent")
    whole = make_interaction(ARRAY, request=asked, headers=(("Content-Type", "application/json"),))
    result = faulted(text, whole)
    assert isinstance(msgspec.json.decode(body(result)), list), body(result)


def test_lines_stay_lines() -> None:
    lines = ((10.0, b'{"message":{"content":"a"},"done":false}\n'), (20.0, b'{"done":true}'))
    asked = make_request(target="/api/chat")
    whole = make_interaction(lines, request=asked, headers=MODEL_NDJSON)
    assert body(faulted("double_terminal", whole)).endswith(b'{"done":true}\n{"done":true}')
    assert body(faulted("no_done", whole)) == lines[0][1]
    assert body(faulted("reorder(n=1)", whole)).startswith(b'{"done":true}\n{"message"')


def test_a_byte_order_mark_stays_first() -> None:
    marked = chat(((10, b"\xef\xbb\xbf" + ONE), (20, TWO)))
    assert body(faulted("drop(n=1)", marked)) == b"\xef\xbb\xbf" + TWO
    assert body(faulted("duplicate(n=1)", marked)) == b"\xef\xbb\xbf" + ONE + ONE + TWO
    assert body(faulted("reorder(n=1)", marked)) == b"\xef\xbb\xbf" + TWO + ONE


def test_an_error_of_responses_is_numbered_on() -> None:
    created = {"type": "response.created", "sequence_number": 0, "response": {"id": "resp_1"}}
    first = b"event: response.created\ndata: " + msgspec.json.encode(created) + b"\n\n"
    result = faulted("error_event(message='so sorry')", make_interaction(((10, first),)))
    frames = [frame for frame in events_of(result) if isinstance(frame, Frame)]
    assert [frame.name for frame in frames] == ["response.created", "error", "response.failed"]
    failed = msgspec.json.decode(frames[2].data)
    assert failed["sequence_number"] == 2
    assert failed["response"]["id"] == "resp_1"
    assert failed["response"]["error"] == {"code": "server_error", "message": "so sorry"}
    assert [delta.message for delta in read_meaning(result).deltas if isinstance(delta, Error)] == [
        "so sorry"
    ]


def test_faults_of_a_recording_that_was_cut_itself() -> None:
    cut = chat(PIECES[:2], ending="cut", headers=with_length(SSE_CHUNKED, 900))
    result = faulted("drop(n=1)", cut)
    assert result.timeline.ending.kind == "cut"
    assert result.response is not None
    assert ("Content-Length", str(900 - len(ONE))) in result.response.headers
    lost = replace(cut, timeline=replace(cut.timeline, received=cut.timeline.received[:1]))
    assert faulted("duplicate(n=2)", lost).response is not None
