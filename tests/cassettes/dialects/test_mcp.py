"""MCP over HTTP: streams and single answers of a server."""

import base64
import hashlib
from typing import Any

import pytest
from hypothesis import given

from tests.dialect_reading import (
    answer,
    garbled,
    never_raises,
    read,
    said,
    sse,
    whole_answer,
)
from wiretape.cassettes.dialects.answering import answer_of
from wiretape.cassettes.dialects.delta import (
    Citation,
    Delta,
    End,
    Error,
    Finish,
    Keepalive,
    Media,
    Meta,
    Start,
    Text,
    Unknown,
)
from wiretape.cassettes.dialects.mcp import McpDialect

Json = Any


def note(method: str, **params: Json) -> Json:
    return {"jsonrpc": "2.0", "method": method, "params": params}


def response(**result: Json) -> Json:
    return {"jsonrpc": "2.0", "id": 1, "result": result}


def deltas(*messages: Json) -> list[Delta]:
    return read(McpDialect(), sse(*messages))


def of(kind: type[Delta], found: list[Delta]) -> list[Any]:
    return [delta for delta in found if type(delta) is kind]


PROGRESS = note("notifications/progress", progressToken=1, progress=0.5, total=1, message="half")
CALLED = response(content=[{"type": "text", "text": "12 °C"}], isError=False)


def test_progress_then_the_result_ends_the_stream() -> None:
    found = deltas(PROGRESS, CALLED)
    (progress,), (end,), (finish,) = of(Meta, found), of(End, found), of(Finish, found)
    assert (progress.what, progress.value["message"]) == ("progress", "half")
    (call,) = answer_of(found).choices[0].tool_calls
    assert (call.outputs, call.is_error) == (("12 °C",), False)
    assert finish.reason == "stop"
    assert (end.via, end.clean) == ("terminal_event", True)


def test_a_stream_without_its_response_is_not_clean() -> None:
    (end,) = of(End, deltas(PROGRESS))
    assert (end.via, end.clean) == ("eof", False)


def test_the_priming_event_is_a_keepalive() -> None:
    body = b"id: 0\nretry: 3000\ndata:\n\n" + sse(CALLED)
    (alive,) = of(Keepalive, read(McpDialect(), body))
    assert alive.form == "blank"


def test_one_json_answer_says_the_same() -> None:
    assert said(whole_answer(McpDialect(), CALLED)) == said(answer(McpDialect(), sse(CALLED)))


def test_content_of_each_type() -> None:
    data = base64.b64encode(b"PNG").decode()
    found = deltas(
        response(
            content=[
                {"type": "text", "text": "a", "annotations": {}, "_meta": {}},
                {"type": "image", "data": data, "mimeType": "image/png"},
                {"type": "audio", "data": data, "mimeType": "audio/wav"},
                {"type": "resource", "resource": {"uri": "x:1", "text": "inside"}},
                {"type": "resource", "resource": {"uri": "x:2", "blob": data}},
                {"type": "resource_link", "uri": "x:3", "name": "n"},
            ],
            structuredContent={"n": 1},
            isError=True,
            resultType="complete",
        )
    )
    (call,) = answer_of(found).choices[0].tool_calls
    assert (call.outputs, call.is_error) == (("a", "inside", {"n": 1}), True)
    assert [media.modality for media in of(Media, found)] == ["image", "audio", "other"]
    assert {media.sha256 for media in of(Media, found)} == {hashlib.sha256(b"PNG").hexdigest()}
    assert [(one.ctype, one.url, one.title) for one in of(Citation, found)] == [
        ("resource_link", "x:3", "n")
    ]
    assert of(Finish, found)[0].reason == "error"
    assert not of(Unknown, found)


@pytest.mark.parametrize(
    ("code", "kind"), [(-32601, "method_not_found"), (-32042, ""), ("odd", "")]
)
def test_an_error_ends_the_stream(code: Json, kind: str) -> None:
    error = {"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": "no"}}
    found = deltas(error)
    (told,), (end,) = of(Error, found), of(End, found)
    assert (told.code, told.type, told.message) == (str(code), kind, "no")
    assert end.via == "terminal_event"


def test_what_initialize_and_lists_give() -> None:
    info = {"name": "weather", "version": "1"}
    found = deltas(response(protocolVersion="2025-11-25", serverInfo=info, capabilities={}))
    assert of(Start, found)[0].model == "weather"
    assert of(Meta, found)[0].what == "initialize"
    (listed,) = of(Meta, deltas(response(tools=[{"name": "f"}])))
    assert (listed.what, listed.value) == ("result", {"tools": [{"name": "f"}]})


def test_what_a_resource_gives() -> None:
    found = deltas(
        response(contents=[{"uri": "x:1", "text": "in"}, {"uri": "x:2", "blob": "UE5H"}])
    )
    assert answer_of(found).text == "in"
    assert of(Media, found)[0].sha256 == hashlib.sha256(b"PNG").hexdigest()


def test_input_that_is_required_is_a_pause() -> None:
    found = deltas(response(resultType="input_required", requestState="s"))
    assert of(Finish, found)[0].reason == "pause"


def test_what_the_server_asks_and_notes() -> None:
    ask = {"jsonrpc": "2.0", "id": 9, "method": "elicitation/create", "params": {"message": "?"}}
    found = deltas(
        ask,
        {"jsonrpc": "2.0", "id": 10, "method": "ping"},
        note("notifications/message", level="info", data="x"),
        note("notifications/future", a=1),
    )
    assert [meta.what for meta in of(Meta, found)] == ["request", "log"]
    assert [alive.form for alive in of(Keepalive, found)] == ["ping_event"]
    (unknown,) = of(Unknown, found)
    assert unknown.raw_type == "notifications/future"
    assert not of(End, found)[0].clean


def test_a_batch_is_read_message_by_message() -> None:
    found = deltas([PROGRESS, CALLED, 7])
    assert of(Meta, found)[0].what == "progress"
    assert of(End, found)[0].via == "terminal_event"
    assert of(Unknown, found)[0].path == "$[2]"


def test_what_is_not_known_is_kept_with_its_path() -> None:
    content = [{"type": "smell"}, 5, {"type": "text", "text": "a", "odd": 1}]
    found = of(Unknown, deltas({**response(content=content, new=1), "top": 2}, {"jsonrpc": "2.0"}))
    assert [one.path for one in found] == [
        "$.top",
        "$.result.new",
        "$.result.content[0]",
        "$.result.content[1]",
        "$.result.content[2].odd",
        "$",
    ]


def test_text_is_no_answer_of_a_model() -> None:
    assert not of(Text, deltas(CALLED))


@given(
    garbled(
        [
            PROGRESS,
            CALLED,
            [PROGRESS, CALLED],
            response(content=[{"type": "resource", "resource": {"blob": "UE5H"}}]),
            response(content=[{"type": "image", "data": "UE5H", "mimeType": "image/png"}]),
            response(contents=[{"text": "a"}]),
            response(protocolVersion="1", serverInfo={"name": "n"}),
            {"jsonrpc": "2.0", "id": 1, "error": {"code": 1, "message": "no"}},
            {"jsonrpc": "2.0", "id": 1, "method": "ping"},
        ]
    )
)
def test_never_raises(body: bytes) -> None:
    never_raises(McpDialect, body)
