"""Bedrock InvokeModel: whatever a model speaks inside its chunks."""

import base64
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cassettes.dialects.reading_streams import (
    any_json,
    broken_frames,
    frame,
    meaning,
    named,
    only,
    read,
    read_body,
    read_whole,
    sse,
    unknown_paths,
)
from tests.cassettes.dialects.test_bedrock import STREAM as CONVERSE
from tests.cassettes.dialects.test_bedrock import WHOLE as CONVERSE_WHOLE
from tests.cassettes.dialects.test_messages import STREAM as MESSAGES
from tests.cassettes.dialects.test_messages import WHOLE as MESSAGE
from tests.corpus import streams
from wiretape.cassettes.dialects.answering import answer_of
from wiretape.cassettes.dialects.bedrock import ConverseDialect
from wiretape.cassettes.dialects.bedrock_invoke import InvokeDialect
from wiretape.cassettes.dialects.delta import End, Error, Media, Meta, Unknown, Usage
from wiretape.cassettes.dialects.messages import MessagesDialect
from wiretape.cassettes.framing.frame import Frame

METRICS = "amazon-bedrock-invocationMetrics"
MEASURED = {"inputTokenCount": 10, "outputTokenCount": 5, "firstByteLatency": 1}


def wrapped(value: Any) -> dict[str, str]:
    """As a chunk has it."""
    return {"bytes": base64.b64encode(msgspec.json.encode(value)).decode(), "p": "abcd"}


def chunks(*values: Any) -> list[Frame]:
    return named(*(("chunk", wrapped(value)) for value in values))


def test_anthropics_events_are_those_of_messages() -> None:
    last = {**MESSAGES[-1], METRICS: MEASURED}
    deltas = read(InvokeDialect(), chunks(*MESSAGES[:-1], last))
    assert unknown_paths(deltas) == []
    assert meaning(deltas) == meaning(read(MessagesDialect(), sse(*MESSAGES)))
    assert [one.via for one in only(End, deltas)] == ["terminal_event"]
    assert [(one.what, one.value) for one in only(Meta, deltas)] == [
        ("invocationMetrics", MEASURED)
    ]


def test_novas_events_are_those_of_converse() -> None:
    events = [{name: bare(value)} for name, value in CONVERSE]
    deltas = read(InvokeDialect(), chunks(*events))
    assert unknown_paths(deltas) == []
    assert meaning(deltas) == meaning(read(ConverseDialect(), named(*CONVERSE)))


def bare(value: dict[str, Any]) -> dict[str, Any]:
    return {key: member for key, member in value.items() if key != "p"}


def test_nova_names_what_was_cached_in_its_own_way() -> None:
    usage = {"inputTokens": 1, "cacheReadInputTokenCount": 2, "outputTokens": 3}
    (told,) = only(Usage, read(InvokeDialect(), chunks({"metadata": {"usage": usage}})))
    assert (told.input, told.input_cached, told.output) == (3, 2, 3)


NATIVE: dict[str, tuple[list[dict[str, Any]], str, tuple[int, int]]] = {
    "titan": (
        [
            {"outputText": "Hel", "index": 0.0, "inputTextTokenCount": 28.0},
            {
                "outputText": "lo",
                "index": 0.0,
                "totalOutputTextTokenCount": 4.0,
                "completionReason": "FINISH",
            },
        ],
        "stop",
        (28, 4),
    ),
    "llama": (
        [
            {"generation": "Hel", "prompt_token_count": 9, "generation_token_count": 1},
            {
                "generation": "lo",
                "prompt_token_count": None,
                "generation_token_count": 2,
                "stop_reason": "length",
            },
        ],
        "length",
        (9, 2),
    ),
    "mistral": (
        [
            {"outputs": [{"text": "Hel", "stop_reason": None}]},
            {"outputs": [{"text": "lo", "stop_reason": "stop"}], METRICS: MEASURED},
        ],
        "stop",
        (10, 5),
    ),
    "old claude": (
        [
            {"type": "completion", "completion": "Hel", "stop_reason": None, "stop": None},
            {
                "type": "completion",
                "completion": "lo",
                "stop_reason": "stop_sequence",
                "stop": "\n\nHuman:",
                METRICS: MEASURED,
            },
        ],
        "stop_sequence",
        (10, 5),
    ),
    "command": (
        [
            {"text": "Hel", "is_finished": False, "index": 0},
            {"text": "lo", "is_finished": False, "index": 0},
            {"is_finished": True, "finish_reason": "MAX_TOKENS", METRICS: MEASURED},
        ],
        "length",
        (10, 5),
    ),
    "command r": (
        [
            {"event_type": "text-generation", "text": "Hel", "is_finished": False},
            {"event_type": "text-generation", "text": "lo", "is_finished": False},
            {
                "event_type": "stream-end",
                "is_finished": True,
                "finish_reason": "COMPLETE",
                "response": {"text": "Hello", "finish_reason": "COMPLETE"},
                METRICS: MEASURED,
            },
        ],
        "stop",
        (10, 5),
    ),
    "chat": (
        [
            {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "Hel"}}]},
            {
                "choices": [{"index": 0, "delta": {"content": "lo"}, "finish_reason": "stop"}],
                METRICS: MEASURED,
            },
        ],
        "stop",
        (10, 5),
    ),
}


@pytest.mark.parametrize("model", NATIVE)
def test_native_streams(model: str) -> None:
    events, reason, counts = NATIVE[model]
    deltas = read(InvokeDialect(), chunks(*events))
    assert unknown_paths(deltas) == []
    answer = answer_of(deltas)
    (choice,) = answer.choices
    assert answer.text == "Hello"
    assert choice.finish is not None
    assert choice.finish.reason == reason
    assert answer.usage is not None
    assert (answer.usage.input, answer.usage.output) == counts
    assert len(only(End, deltas)) == 1
    assert answer.ended


WHOLE: dict[str, dict[str, Any]] = {
    "titan": {
        "inputTextTokenCount": 2,
        "results": [{"tokenCount": 3, "outputText": "Hello", "completionReason": "FINISH"}],
    },
    "llama": {
        "generation": "Hello",
        "prompt_token_count": 2,
        "generation_token_count": 3,
        "stop_reason": "stop",
    },
    "mistral": {"outputs": [{"text": "Hello", "stop_reason": "stop"}]},
    "command": {
        "id": "i",
        "generations": [{"id": "g", "text": "Hello", "finish_reason": "COMPLETE"}],
        "prompt": "p",
    },
    "command r": {"response_id": "r", "text": "Hello", "finish_reason": "COMPLETE"},
    "jurassic": {
        "id": 1,
        "prompt": {},
        "completions": [{"data": {"text": "Hello"}, "finishReason": {"reason": "endoftext"}}],
    },
    "old claude": {"type": "completion", "completion": "Hello", "stop_reason": "stop"},
    "chat": {
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Hello"},
                "finish_reason": "stop",
            }
        ]
    },
}


@pytest.mark.parametrize("model", WHOLE)
def test_native_answers(model: str) -> None:
    deltas = read_whole(InvokeDialect(), WHOLE[model])
    assert unknown_paths(deltas) == []
    answer = answer_of(deltas)
    (choice,) = answer.choices
    assert answer.text == "Hello"
    assert choice.finish is not None
    assert choice.finish.reason == "stop"
    assert len(only(End, deltas)) == 1
    if model in ("titan", "llama"):
        assert answer.usage is not None
        assert (answer.usage.input, answer.usage.output) == (2, 3)


def test_whole_answers_of_apis() -> None:
    assert meaning(read_whole(InvokeDialect(), MESSAGE)) == meaning(
        read_whole(MessagesDialect(), MESSAGE)
    )
    assert meaning(read_whole(InvokeDialect(), CONVERSE_WHOLE)) == meaning(
        read_whole(ConverseDialect(), CONVERSE_WHOLE)
    )


def test_several_answers_are_choices() -> None:
    two = {"outputs": [{"text": "a", "stop_reason": "stop"}, {"text": "b", "stop_reason": "stop"}]}
    answer = answer_of(read_whole(InvokeDialect(), two))
    assert [(one.index, one.text) for one in answer.choices] == [(0, "a"), (1, "b")]


def test_images() -> None:
    (picture,) = only(Media, read_whole(InvokeDialect(), {"images": ["aGVsbG8="]}))
    assert (picture.modality, picture.size) == ("image", 5)


def test_an_answer_that_a_guardrail_wrote() -> None:
    told = {
        "outputText": "Input blocked",
        "index": 0.0,
        "amazon-bedrock-guardrailAction": "INTERVENED",
        "amazon-bedrock-trace": {"guardrail": {}},
    }
    deltas = read(InvokeDialect(), chunks(told))
    (choice,) = answer_of(deltas).choices
    assert choice.finish is not None
    assert (choice.finish.reason, choice.finish.raw_reason) == ("content_filter", "INTERVENED")
    assert [one.clean for one in only(End, deltas)] == [True]


def test_the_action_of_a_guardrail_is_told_when_it_changes() -> None:
    action = "amazon-bedrock-guardrailAction"
    events = [{"generation": "a", action: one} for one in ("NONE", "NONE", "INTERVENED")]
    told = only(Meta, read(InvokeDialect(), chunks(*events)))
    assert [(one.frame, one.value) for one in told] == [(1, "NONE"), (3, "INTERVENED")]


def test_exceptions() -> None:
    told = frame(1, b'{"message":"slow"}', "modelTimeoutException", message_type="exception")
    (error, end) = read(InvokeDialect(), [told])
    assert isinstance(error, Error)
    assert (error.type, error.message) == ("modelTimeoutException", "slow")
    assert isinstance(end, End)
    assert not end.clean


def test_an_error_body() -> None:
    (error,) = only(Error, read_whole(InvokeDialect(), {"message": "denied"}))
    assert (error.origin, error.message) == ("http", "denied")


def test_what_is_not_known_is_kept() -> None:
    frames = [
        *chunks({"hologram": 1}, {"generation": "a", "tone": "warm"}, [1]),
        frame(4, b'{"x":1}', "chunk"),
        frame(5, b'{"bytes":"e30=","q":1}', "chunk"),
        frame(6, b'{"bytes":"e30="}', "news"),
    ]
    unknown = only(Unknown, read(InvokeDialect(), frames))
    assert [(one.frame, one.path) for one in unknown] == [
        (1, "$.bytes"),
        (2, "$.tone"),
        (3, "$.bytes"),
        (4, "$"),
        (5, "$.q"),
        (6, "$"),
    ]


@pytest.mark.parametrize("data", [b"no base64!", b"bm8ganNvbg=="])
def test_what_cannot_be_decoded_is_an_error_of_decoding(data: bytes) -> None:
    (error,) = only(Error, read(InvokeDialect(), [frame(1, b'{"bytes":"%b"}' % data, "chunk")]))
    assert (error.origin, error.terminal) == ("decode", False)


def _wrapped(value: Any) -> Any:
    """Wrapped where it can be encoded."""
    try:
        return wrapped(value)
    except (OverflowError, UnicodeEncodeError):
        return value


EVENTS = [
    *MESSAGES,
    *({name: value} for name, value in CONVERSE),
    *(event for events, _, _ in NATIVE.values() for event in events),
]


@given(broken_frames(EVENTS, ["chunk", "chunk", "throttlingException"], _wrapped))
def test_any_frames_are_read(frames: list[Frame]) -> None:
    deltas = read(InvokeDialect(), frames)
    assert only(End, deltas)
    answer_of(deltas)


@given(broken_frames([*WHOLE.values(), MESSAGE, CONVERSE_WHOLE], [""]), st.binary(max_size=30))
def test_any_body_is_read(frames: list[Frame], body: bytes) -> None:
    for data in [body, *(one.data for one in frames)]:
        answer_of(InvokeDialect().read_whole(data, 1))


@given(any_json)
def test_any_value_inside_a_chunk_is_read(value: Any) -> None:
    try:
        data = msgspec.json.encode(value)
    except (OverflowError, UnicodeEncodeError):
        return
    payload = b'{"bytes":"%b"}' % base64.b64encode(data)
    answer_of(read(InvokeDialect(), [frame(1, payload, "chunk")]))


@pytest.mark.corpus
def test_recorded_streams_are_read_and_understood() -> None:
    found = [one for one in streams() if one.api == "bedrock-invoke"]
    for stream in found:
        deltas = read_body(InvokeDialect(), "eventstream", stream.body)
        assert unknown_paths(deltas) == []
        assert [one.clean for one in only(End, deltas)] == [True]
        assert not only(Error, deltas)
        assert answer_of(deltas).text
    assert len(found) == 4
