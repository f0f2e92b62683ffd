"""Ollama: lines of chat and generate, and whole answers."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cassettes.dialects.reading_streams import (
    broken_frames,
    lines,
    meaning,
    only,
    read,
    read_body,
    read_whole,
    unknown_paths,
)
from tests.corpus import streams
from wiretape.cassettes.dialects.answering import answer_of
from wiretape.cassettes.dialects.delta import End, Error, Media, Meta, Start, ToolArgs, Unknown
from wiretape.cassettes.dialects.ollama import OllamaDialect
from wiretape.cassettes.framing.frame import Frame

Line = dict[str, Any]


def chat(done: bool = False, **message: Any) -> Line:
    told = {"role": "assistant", "content": ""} | message
    return {"model": "llama3", "created_at": "2026-01-01T00:00:00Z", "message": told, "done": done}


def generate(**members: Any) -> Line:
    line = {"model": "llama3", "created_at": "2026-01-01T00:00:00Z", "response": "", "done": False}
    return line | members


COUNTS = {
    "done_reason": "stop",
    "total_duration": 9,
    "load_duration": 1,
    "prompt_eval_count": 17,
    "prompt_eval_duration": 2,
    "eval_count": 5,
    "eval_duration": 6,
}
CALLS = [
    {"function": {"name": "weather", "arguments": {"city": "Berlin"}}},
    {"id": "call_2", "function": {"index": 1, "name": "now", "arguments": {}}},
]
CHAT = [
    chat(thinking="Let me "),
    chat(thinking="think."),
    chat(content="Hel"),
    chat(content="lo"),
    chat(tool_calls=CALLS[:1]),
    chat(tool_calls=CALLS[1:]),
    chat(done=True) | COUNTS,
]
CHAT_WHOLE = chat(done=True, content="Hello", thinking="Let me think.", tool_calls=CALLS) | COUNTS
GENERATE = [
    generate(thinking="hm"),
    generate(response="Hel"),
    generate(response="lo"),
    generate(done=True, context=[1, 2]) | COUNTS,
]
GENERATE_WHOLE = generate(done=True, response="Hello", thinking="hm", context=[1, 2]) | COUNTS


def test_a_chat_is_read() -> None:
    deltas = read(OllamaDialect(), lines(*CHAT))
    assert unknown_paths(deltas) == []
    answer = answer_of(deltas)
    (choice,) = answer.choices
    assert (answer.model, answer.text) == ("llama3", "Hello")
    assert [part.text for part in choice.reasoning] == ["Let me think."]
    assert [
        (call.part, call.name, call.call_id, call.args, call.origin) for call in choice.tool_calls
    ] == [
        ("tool:0", "weather", "", {"city": "Berlin"}, "client"),
        ("tool:1", "now", "call_2", {}, "client"),
    ]
    assert {one.encoding for one in only(ToolArgs, deltas)} == {"object"}
    assert answer.usage is not None
    assert (answer.usage.input, answer.usage.output, answer.usage.total) == (17, 5, None)
    assert choice.finish is not None
    assert (choice.finish.reason, choice.finish.raw_reason) == ("tool_calls", "stop")
    assert [(one.via, one.frame) for one in only(End, deltas)] == [("terminal_event", 7)]


def test_there_is_one_start_with_the_time_as_the_server_gave_it() -> None:
    (start,) = only(Start, read(OllamaDialect(), lines(*CHAT)))
    assert (start.role, start.created) == ("assistant", "2026-01-01T00:00:00Z")


def test_a_generated_text_is_read() -> None:
    deltas = read(OllamaDialect(), lines(*GENERATE))
    assert unknown_paths(deltas) == []
    answer = answer_of(deltas)
    assert answer.text == "Hello"
    (choice,) = answer.choices
    assert [part.text for part in choice.reasoning] == ["hm"]
    assert choice.finish is not None
    assert choice.finish.reason == "stop"


@pytest.mark.parametrize(
    ("stream", "whole"), [(CHAT, CHAT_WHOLE), (GENERATE, GENERATE_WHOLE)], ids=["chat", "generate"]
)
def test_whole_answers_are_the_same_answers(stream: list[Line], whole: Line) -> None:
    deltas = read_whole(OllamaDialect(), whole)
    assert meaning(deltas) == meaning(read(OllamaDialect(), lines(*stream)))
    assert [(one.via, one.clean) for one in only(End, deltas)] == [("eof", True)]


def test_what_the_server_measured_is_told() -> None:
    (told,) = only(Meta, read(OllamaDialect(), lines(*GENERATE)))
    assert told.what == "durations"
    assert told.value["total_duration"] == 9
    assert len(told.value) == 4


def test_a_prompt_that_was_cached_has_no_count() -> None:
    line = generate(done=True, eval_count=5, done_reason="length")
    answer = answer_of(read(OllamaDialect(), lines(line)))
    assert answer.usage is not None
    assert (answer.usage.input, answer.usage.output) == (None, 5)


def test_a_text_after_the_calls_is_an_end_of_its_own() -> None:
    stream = [chat(tool_calls=CALLS[:1]), chat(content="done"), chat(done=True) | COUNTS]
    finish = answer_of(read(OllamaDialect(), lines(*stream))).choices[0].finish
    assert finish is not None
    assert finish.reason == "stop"


def test_arguments_as_text() -> None:
    call = {"function": {"name": "f", "arguments": '{"a": 1}'}}
    answer = answer_of(read(OllamaDialect(), lines(chat(tool_calls=[call]))))
    assert answer.choices[0].tool_calls[0].args == {"a": 1}


def test_images() -> None:
    stream = [generate(completed=1, total=4), generate(image="aGVsbG8=", done=True)]
    deltas = read(OllamaDialect(), lines(*stream))
    (picture,) = only(Media, deltas)
    assert (picture.modality, picture.size) == ("image", 5)
    assert [(one.what, one.value) for one in only(Meta, deltas)] == [
        ("progress", {"completed": 1, "total": 4})
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [({"error": "no memory"}, "no memory"), ({"error": {"message": "no"}, "status": 1}, "no")],
)
def test_an_error_at_any_line(line: Line, words: str) -> None:
    deltas = read(OllamaDialect(), lines(chat(content="Hel"), line))
    (error,) = only(Error, deltas)
    assert (error.frame, error.origin, error.message) == (2, "stream", words)
    assert [(one.via, one.clean) for one in only(End, deltas)] == [("eof", False)]
    (body_error,) = only(Error, read_whole(OllamaDialect(), line))
    assert body_error.origin == "http"


def test_a_cut_stream_has_no_clean_end() -> None:
    assert [one.clean for one in only(End, read(OllamaDialect(), lines(*CHAT[:3])))] == [False]


def test_what_is_not_known_is_kept() -> None:
    call = {"function": {"name": "f", "arguments": {}, "mood": 1}, "colour": "red"}
    stream = lines(
        chat(content="a", tone="warm") | {"planet": 3},
        chat(tool_calls=[call]),
        [1],
        chat(content=5),
    )
    unknown = only(Unknown, read(OllamaDialect(), stream))
    assert [(one.frame, one.path) for one in unknown] == [
        (1, "$.message.tone"),
        (1, "$.planet"),
        (2, "$.message.tool_calls[0].function.mood"),
        (2, "$.message.tool_calls[0].colour"),
        (3, "$"),
        (4, "$.message.content"),
    ]


@given(broken_frames([*CHAT, *GENERATE, {"error": "x"}], [""]))
def test_any_frames_are_read(frames: list[Frame]) -> None:
    deltas = read(OllamaDialect(), frames)
    assert len(only(End, deltas)) == 1
    answer_of(deltas)


@given(broken_frames([CHAT_WHOLE, GENERATE_WHOLE], [""]), st.binary(max_size=30))
def test_any_body_is_read(frames: list[Frame], body: bytes) -> None:
    for data in [body, *(one.data for one in frames)]:
        answer_of(OllamaDialect().read_whole(data, 1))


@pytest.mark.corpus
def test_recorded_streams_are_read_and_understood() -> None:
    found = [one for one in streams() if one.api == "ollama"]
    for stream in found:
        deltas = read_body(OllamaDialect(), "ndjson", stream.body)
        assert unknown_paths(deltas) == []
        assert [(one.via, one.clean) for one in only(End, deltas)] == [("terminal_event", True)]
        assert not only(Error, deltas)
    assert len(found) == 5
