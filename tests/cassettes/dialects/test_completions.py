"""Legacy completions, and the bare text that Writer streams at their path."""

from typing import Any

from hypothesis import given, settings

from tests.cassettes.dialects.reading_streams import (
    broken_frames,
    frame,
    lines,
    meaning,
    only,
    read,
    read_whole,
    unknown_paths,
)
from wiretape.cassettes.dialects.answer import TextPart
from wiretape.cassettes.dialects.answering import answer_of
from wiretape.cassettes.dialects.completions import CompletionsDialect
from wiretape.cassettes.dialects.delta import End, Error, Finish

Json = Any

HEAD = {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "m"}
USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
DONE = frame(99, b"[DONE]")


def chunk(text: str | None, finish: str | None = None, **more: Json) -> Json:
    choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": finish, **more}
    return {**HEAD, "choices": [choice], "usage": None}


def test_a_stream_and_a_whole_answer_say_the_same() -> None:
    last = {**HEAD, "choices": [], "usage": USAGE}
    streamed = read(
        CompletionsDialect(), [*lines(chunk("He"), chunk("y"), chunk("", "length"), last), DONE]
    )
    whole = read_whole(CompletionsDialect(), {**chunk("Hey", "length"), "usage": USAGE})
    assert meaning(streamed) == meaning(whole)
    assert answer_of(streamed).choices[0].texts == (TextPart("text", "Hey"),)
    assert unknown_paths(streamed) == []


def test_several_choices() -> None:
    deltas = read(
        CompletionsDialect(), lines(chunk("b", index=1), chunk("a"), chunk("", "stop", index=1))
    )
    assert [choice.text for choice in answer_of(deltas).choices] == ["a", "b"]


def test_a_last_chunk_with_a_delta_for_its_text() -> None:
    odd = {**HEAD, "choices": [{"delta": {}, "finish_reason": "stop"}]}
    deltas = read(CompletionsDialect(), lines(chunk("a"), odd))
    assert [one.raw_reason for one in only(Finish, deltas)] == ["stop"]
    assert only(End, deltas)[0].clean


def test_writers_bare_text() -> None:
    deltas = read(CompletionsDialect(), lines({"value": "He"}, {"value": "y"}, {"value": ""}))
    assert answer_of(deltas).text == "Hey"
    assert only(End, deltas)[0].clean
    odd = read(CompletionsDialect(), lines({"value": 3, "new": 4}))
    assert unknown_paths(odd) == ["$.value", "$.new"]


def test_an_error_in_the_middle() -> None:
    deltas = read(CompletionsDialect(), lines(chunk("a"), {"error": {"message": "m"}}))
    assert [one.message for one in only(Error, deltas)] == ["m"]
    assert not only(End, deltas)[0].clean


@settings(max_examples=150, deadline=None)
@given(broken_frames([chunk("a"), chunk("", "stop"), {"value": "a"}], ["", "error"]))
def test_nothing_that_a_frame_can_hold_is_an_exception(frames: Json) -> None:
    assert len(only(End, read(CompletionsDialect(), frames))) == 1
    for one in frames:
        assert isinstance(CompletionsDialect().read_whole(one.data, 1)[-1], End)
