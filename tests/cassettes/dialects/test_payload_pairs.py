"""Surrogate pairs cut into two frames: the answer has the character, whoever cut it."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cassettes.dialects.reading_streams import any_json, frame
from tests.interactions import make_interaction, make_request
from wiretape.cassettes import Exchange, Meaning, check, read_meaning
from wiretape.cassettes.dialects.delta import Meta
from wiretape.cassettes.dialects.payload import decode_json
from wiretape.cassettes.dialects.payload_pairs import rejoined
from wiretape.cassettes.framing.frame import Frame, Malformed

Json = Any

RESPONSES, CHAT, MESSAGES = "/v1/responses", "/v1/chat/completions", "/v1/messages"
GEMINI = "/v1beta/models/g:streamGenerateContent?alt=sse"
CUT = ["x\ud83d", "\ude00y"]


def of_responses(pieces: list[str], whole: str) -> list[Json]:
    place = {"item_id": "m", "output_index": 0, "content_index": 0}
    item = {"id": "m", "type": "message", "role": "assistant", "status": "completed"}
    part = {"type": "output_text", "text": whole, "annotations": []}
    return [
        {"type": "response.created", "response": {"id": "r", "status": "in_progress"}},
        {"type": "response.output_item.added", "output_index": 0, "item": {**item, "content": []}},
        *({"type": "response.output_text.delta", **place, "delta": piece} for piece in pieces),
        {"type": "response.output_text.done", **place, "text": whole},
        {
            "type": "response.output_item.done",
            "output_index": 0,
            "item": {**item, "content": [part]},
        },
        {
            "type": "response.completed",
            "response": {
                "id": "r",
                "status": "completed",
                "output": [{**item, "content": [part]}],
            },
        },
    ]


def of_chat(*pieces: Json, choice: int = 0) -> list[Json]:
    return [{"id": "c", "choices": [{"index": choice, "delta": piece}]} for piece in pieces]


def of_messages(pieces: list[str]) -> list[Json]:
    delta = [{"type": "text_delta", "text": piece} for piece in pieces]
    return [
        {"type": "message_start", "message": {"id": "m", "model": "c", "role": "assistant"}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *({"type": "content_block_delta", "index": 0, "delta": one} for one in delta),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_stop"},
    ]


def of_gemini(pieces: list[str]) -> list[Json]:
    contents = [{"role": "model", "parts": [{"text": piece}]} for piece in pieces]
    return [{"candidates": [{"index": 0, "content": content}]} for content in contents]


def meant(target: str, events: list[Json]) -> Meaning:
    """What the events mean, sent as Python writes them: halves escaped."""
    return read_meaning(made(target, events))


def made(target: str, events: list[Json]) -> Any:
    body = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)
    return make_interaction(
        [(10, body)],
        request=make_request(target=target, body=b'{"stream":true}'),
        headers=(("Content-Type", "text/event-stream"),),
    )


SPOKEN: dict[str, tuple[str, list[Json]]] = {
    "responses": (RESPONSES, of_responses(CUT, "x😀y")),
    "chat": (CHAT, of_chat(*({"content": piece} for piece in CUT))),
    "messages": (MESSAGES, of_messages(CUT)),
    "gemini": (GEMINI, of_gemini(CUT)),
}


@pytest.mark.parametrize("api", SPOKEN)
def test_a_pair_that_is_cut_is_one_character(api: str) -> None:
    meaning = meant(*SPOKEN[api])
    assert meaning.answer.text == "x😀y"
    assert not [one for one in meaning.deltas if isinstance(one, Meta)]
    msgspec.json.encode((meaning.deltas, meaning.answer))


def test_the_text_that_is_done_does_not_differ() -> None:
    interaction = made(*SPOKEN["responses"])
    read = read_meaning(interaction)
    findings = check(Exchange(interaction, read.api, read.framing, read.frames, read.deltas))
    assert not [one for one in findings if "differs" in one.rule]


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        (["x\ud83d"], "x\ufffd"),
        (["\ude00y"], "\ufffdy"),
        (["x\ud83d", "y", "\ude00"], "x\ufffdy\ufffd"),
        (["\ud83d", "\ude00\ud83d", "\ude01"], "😀😁"),
        (["\ud83d", "", "\ude00"], "😀"),
        (["\ud83d\ud83d", "\ude00\ude00"], "\ufffd😀\ufffd"),
    ],
)
def test_halves(pieces: list[str], text: str) -> None:
    for target, events in (
        (CHAT, of_chat(*({"content": piece} for piece in pieces))),
        (MESSAGES, of_messages(pieces)),
        (RESPONSES, of_responses(pieces, text)),
    ):
        meaning = meant(target, events)
        assert meaning.answer.text == text
        msgspec.json.encode((meaning.deltas, meaning.answer))


def halved(value: Json) -> Json:
    """The value with half a pair behind every string that is not a type, and in another member."""
    if isinstance(value, dict):
        inner = {
            name: member if name in ("type", "object") else halved(member)
            for name, member in value.items()
        }
        return {**inner, "new\ud83d": "\ude00"}
    if isinstance(value, list):
        return [halved(element) for element in value]
    return value + "\ud83d" if isinstance(value, str) else value


CALLS: dict[str, tuple[str, list[Json]]] = {
    "chat calls": (
        CHAT,
        of_chat(
            {
                "tool_calls": [{"id": "i", "function": {"name": "f", "arguments": "{}"}}],
                "extra_content": {"google": {"thought_signature": "s"}},
            },
            {"reasoning": "r", "annotations": [{"type": "url_citation", "url": "u"}]},
        ),
    ),
    "gemini calls": (
        GEMINI,
        [
            {
                "candidates": [
                    {
                        "content": {
                            "parts": [
                                {
                                    "functionCall": {
                                        "name": "f",
                                        "id": "1",
                                        "partialArgs": [{"jsonPath": "$['a']", "stringValue": "s"}],
                                    },
                                    "thoughtSignature": "s",
                                }
                            ]
                        },
                        "finishReason": "STOP",
                    }
                ]
            }
        ],
    ),
}


@pytest.mark.parametrize("api", [*SPOKEN, *CALLS])
def test_everything_can_be_written_whatever_is_half(api: str) -> None:
    target, events = (SPOKEN | CALLS)[api]
    interaction = made(target, [halved(event) for event in events])
    read = read_meaning(interaction)
    findings = check(Exchange(interaction, read.api, read.framing, read.frames, read.deltas))
    assert read.deltas
    msgspec.json.encode((read.deltas, read.answer, read.remarks, list(findings)))


def test_choices_are_not_mixed_up() -> None:
    events = [
        *of_chat({"content": "a\ud83d"}),
        *of_chat({"content": "b\ud83d"}, choice=1),
        *of_chat({"content": "\ude01"}, choice=1),
        *of_chat({"content": "\ude00"}),
    ]
    assert [choice.text for choice in meant(CHAT, events).answer.choices] == ["a😀", "b😁"]


def test_a_pair_cut_in_arguments() -> None:
    first = {"index": 0, "id": "i", "type": "function"}
    calls = [
        {**first, "function": {"name": "f", "arguments": '{"x":"\ud83d'}},
        {"index": 0, "function": {"arguments": '\ude00"}'}},
    ]
    (choice,) = meant(CHAT, of_chat(*({"tool_calls": [call]} for call in calls))).answer.choices
    assert choice.tool_calls[0].args == {"x": "😀"}


def test_half_a_pair_in_arguments_does_not_keep_them_from_being_read() -> None:
    call = {"index": 0, "id": "i", "function": {"name": "f", "arguments": '{"x":"\\ud83d"}'}}
    (choice,) = meant(CHAT, of_chat({"tool_calls": [call]})).answer.choices
    assert choice.tool_calls[0].args == {"x": "\ufffd"}


def test_only_the_data_changes_and_only_where_it_must() -> None:
    data = [rb'{"a":"1\ud83d","b":1e4}', rb'{"c":"\ud83d\ude00"}', rb'{"a":"\ude00"}']
    frames = [frame(number, one) for number, one in enumerate(data, 1)]
    joined = rejoined(frames)
    assert joined[1] is frames[1]
    assert [one.raw for one in joined] == data
    assert isinstance(joined[2], Frame)
    assert decode_json(joined[2].data) == {"a": "😀"}
    untouched = (frames[1], Malformed(2, "protocol", "", b"?", 0, 0, 0), frames[2])
    assert rejoined(untouched) is untouched


@given(
    st.lists(
        any_json.map(lambda value: json.dumps(value).encode())
        | st.binary(max_size=9)
        | st.lists(st.sampled_from(["\ud83d", "\ude00", "a"]), max_size=3).map(
            lambda halves: json.dumps({"t": "".join(halves)}).encode()
        ),
        max_size=6,
    )
)
def test_frames_that_are_anything(data: list[bytes]) -> None:
    frames = [frame(number, one) for number, one in enumerate(data, 1)]
    for before, after in zip(frames, rejoined(frames), strict=True):
        assert isinstance(after, Frame)
        assert (before.raw, before.number) == (after.raw, after.number)
        decode_json(after.data)


def test_json_nested_deep_with_a_half() -> None:
    deep = b"[" * 900 + rb'"\ud83d"' + b"]" * 900
    frames = [frame(1, deep), frame(2, deep.replace(b"d83d", b"de00")), frame(3, b"[" * 10**5)]
    assert rejoined(frames) == tuple(frames)


@pytest.mark.parametrize("number", ["1e400", "NaN", "-Infinity"])
def test_numbers_that_cannot_be_written_again(number: str) -> None:
    frames = [frame(1, rb'{"a":"\ud83d"}'), frame(2, rb'{"a":"\ude00","b":%b}' % number.encode())]
    assert rejoined(frames) == tuple(frames)
