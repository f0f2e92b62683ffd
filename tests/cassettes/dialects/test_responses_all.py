"""All that the Responses API may send: every event of the official SDK, every recorded stream, and
anything at all."""

from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai.types.responses import (
    Response,
    ResponseOutputItem,
    ResponsesServerEvent,
    ResponseStreamEvent,
)

from tests.cassettes.dialects.reading_streams import (
    any_json,
    broken,
    broken_frames,
    meaning,
    only,
    read,
    read_body,
    read_whole,
    unknown_paths,
)
from tests.cassettes.dialects.responses_events import (
    about,
    added,
    call,
    completed,
    created,
    done,
    message,
    reasoning,
    response,
)
from tests.corpus import Stream, streams
from wiretape.cassettes.dialects.answering import answer_of
from wiretape.cassettes.dialects.delta import Delta, Meta, Unknown
from wiretape.cassettes.dialects.payload import decode_json
from wiretape.cassettes.dialects.responses import ResponsesDialect
from wiretape.cassettes.dialects.responses_events import ITEMS, RESPONSE_KEYS
from wiretape.cassettes.framing.frame import Frame

Json = Any


def members(union: Any) -> list[Any]:
    """The models of an SDK's union."""
    found = get_args(union)
    return list(get_args(found[0]) or found if len(found) > 1 and found[1:] else found)


def types_of(union: Any) -> set[str]:
    return {
        name for model in members(union) for name in get_args(model.model_fields["type"].annotation)
    }


def test_every_event_of_the_sdk_is_known() -> None:
    """A newer SDK with an event that is not known here fails this with its name."""
    declared = types_of(ResponseStreamEvent) | types_of(ResponsesServerEvent)
    assert len(declared) >= 59
    unknown = set()
    for name in declared:
        event = msgspec.json.encode({"type": name})
        deltas = ResponsesDialect().read(Frame(1, "data", name, event, event, 0, 1, 1))
        if any(isinstance(delta, Unknown) and delta.path == "$" for delta in deltas):
            unknown.add(name)
    assert unknown == set()


def test_every_member_of_the_sdks_events_items_and_responses_is_known() -> None:
    assert types_of(ResponseOutputItem) - ITEMS == set()
    assert set(Response.model_fields) - RESPONSE_KEYS == set()
    for model in members(ResponseStreamEvent):
        (name,) = get_args(model.model_fields["type"].annotation)
        event = {field.alias or key: None for key, field in model.model_fields.items()}
        data = msgspec.json.encode({**event, "type": name})
        deltas = ResponsesDialect().read(Frame(1, "data", name, data, data, 0, 1, 1))
        assert unknown_paths(deltas) == [], name
    for model in members(ResponseOutputItem):
        (name,) = get_args(model.model_fields["type"].annotation)
        item = {field.alias or key: None for key, field in model.model_fields.items()}
        deltas = read_whole(ResponsesDialect(), response("completed", [{**item, "type": name}]))
        assert unknown_paths(deltas) == [], name


EVENTS: list[Json] = [
    created(),
    added(0, reasoning("why", encrypted_content="x")),
    about("reasoning_summary_text.delta", 0, "rs_1", summary_index=0, delta="why"),
    about("reasoning_text.delta", 0, "rs_1", content_index=0, delta="hm"),
    about("reasoning_text.done", 0, "rs_1", content_index=0, text="hm"),
    added(1, message("Hello")),
    about("content_part.added", 1, "msg_1", content_index=0, part={"type": "refusal"}),
    about("output_text.delta", 1, "msg_1", content_index=0, delta="x", stream_id="a"),
    about("output_text.done", 1, "msg_1", content_index=0, text="xy"),
    about(
        "content_part.done", 1, "msg_1", content_index=0, part={"text": "x", "annotations": [{}]}
    ),
    about(
        "output_text.annotation.added",
        1,
        "msg_1",
        content_index=0,
        annotation_index=0,
        annotation={"type": "url_citation", "start_index": 1},
    ),
    done(1, message("Hello")),
    added(2, call()),
    about("function_call_arguments.delta", 2, "fc_1", delta="{}"),
    about("function_call_arguments.done", 2, "fc_1", arguments="{}", name="f"),
    about("web_search_call.searching", 3, "ws_1"),
    about("image_generation_call.partial_image", 4, partial_image_b64="AA", partial_image_index=0),
    about("shell_call_command.delta", 5, command_index=0, delta="ls"),
    about("shell_call_command.done", 5, command_index=0, command="ls"),
    about("shell_call_output_content.delta", 6, command_index=0, delta={"stdout": "x"}),
    about("shell_call_output_content.done", 6, command_index=0, output=[{"stdout": "x"}]),
    done(5, {"type": "shell_call", "call_id": "c", "action": {"commands": ["ls"]}}),
    done(6, {"type": "shell_call_output", "call_id": "c", "output": [{"stdout": "x"}]}),
    done(7, {"type": "code_interpreter_call", "outputs": [{"logs": "x"}, {"url": "data:,x"}]}),
    done(8, {"type": "image_generation_call", "result": "AA", "output_format": "png"}),
    done(9, {"type": "mcp_call", "arguments": "{}", "error": {}, "server_label": "s"}),
    {"type": "response.audio.delta", "delta": "AA"},
    {"type": "response.audio.done"},
    {"type": "error", "error": {"code": 1, "message": "m"}},
    {"type": "keepalive"},
    completed(message("Hello"), call("{}"), usage={"input_tokens": 1, "total_tokens": 3}),
    {"type": "response.failed", "response": response("failed", error={"code": "c"})},
]
NAMES = ["", *sorted({event["type"] for event in EVENTS})]


@settings(max_examples=400)
@given(broken_frames(EVENTS, NAMES))
def test_nothing_that_may_come_raises(frames: list[Frame]) -> None:
    deltas = read(ResponsesDialect(), frames)
    assert all(isinstance(delta, Delta) for delta in deltas)
    assert msgspec.json.encode(answer_of(deltas)) is not None


@settings(max_examples=300)
@given(st.lists(broken(EVENTS), max_size=12))
def test_events_in_any_order_and_broken_do_not_raise(events: list[Json]) -> None:
    frames = [
        Frame(number, "data", "", (data := repr_json(event)), data, 0, number, number)
        for number, event in enumerate(events, 1)
    ]
    answer_of(read(ResponsesDialect(), frames))


@settings(max_examples=300)
@given(
    broken([response("completed", [item["item"] for item in EVENTS if "item" in item])]) | any_json
)
def test_no_whole_answer_raises(value: Json) -> None:
    answer_of(list(ResponsesDialect().read_whole(repr_json(value), 1)))


def repr_json(value: Json) -> bytes:
    try:
        return msgspec.json.encode(value)
    except (OverflowError, UnicodeEncodeError):
        return repr(value).encode("utf-8", "surrogatepass")


@given(st.binary(max_size=40))
def test_no_bytes_raise(data: bytes) -> None:
    ResponsesDialect().read(Frame(1, "data", "", data, data, 0, 1, 1))
    ResponsesDialect().read_whole(data, 1)


@pytest.mark.parametrize("depth", [200, 900, 950, 980, 990, 5000])
def test_json_that_is_nested_deep(depth: int) -> None:
    deep = b"[" * depth + b"]" * depth
    events = (
        b'{"type":"response.output_item.done","output_index":0,"item":{"type":"x","a":%b}}',
        b'{"type":"response.output_item.done","output_index":0,"item":{"type":"x","a":%b}}',
        b'{"type":"response.output_item.done","output_index":1,"item":'
        b'{"type":"shell_call","action":%b}}',
        b'{"type":"response.function_call_arguments.delta","output_index":2,"delta":%b}',
    )
    dialect = ResponsesDialect()
    for event in (*events, *events):
        data = event % deep
        dialect.read(Frame(1, "data", "", data, data, 0, 1, 1))
    dialect.read_whole(b'{"output":[{"type":"y","content":%b}]}' % deep, 1)


def test_half_and_whole_snapshots_cost_what_they_are_long() -> None:
    """Snapshots between deltas do not make the work square: none looks at all that was said."""
    dialect = ResponsesDialect()
    piece = "x" * 1000
    looked = 0
    for number in range(1, 400):
        events = (
            about("output_text.delta", 0, content_index=0, delta=piece),
            about("output_text.done", 0, content_index=0, text="y"),
        )
        for event in events:
            data = msgspec.json.encode(event)
            dialect.read(Frame(number, "data", "", data, data, 0, 1, 1))
        (part,) = dialect._lanes[""].items.all[0].every_part()
        looked = max(looked, len(part.pieces))
    assert looked <= 2


pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def recorded() -> list[Stream]:
    return [stream for stream in streams() if stream.api == "responses"]


@pytest.mark.corpus
def test_every_recorded_stream_is_known_and_says_what_its_last_event_says() -> None:
    found = recorded()
    assert len(found) == 52
    for stream in found:
        deltas = read_body(ResponsesDialect(), "sse", stream.body)
        assert unknown_paths(deltas) == []
        assert not [meta for meta in only(Meta, deltas) if meta.what == "snapshot_mismatch"]
        assert not any(getattr(delta, "synthetic", False) for delta in deltas)
        last: Any = decode_json(stream.body.rstrip().rpartition(b"data: ")[2])
        assert last["type"] == "response.completed"
        assert meaning(deltas) == meaning(read_whole(ResponsesDialect(), last["response"]))
        assert answer_of(deltas).ended
