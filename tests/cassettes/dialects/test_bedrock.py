"""Bedrock Converse: eventstream messages and whole answers become the same answers."""

from typing import Any

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
    unknown_paths,
)
from tests.corpus import streams
from wiretape.cassettes.dialects.answering import answer_of
from wiretape.cassettes.dialects.bedrock import ConverseDialect
from wiretape.cassettes.dialects.delta import (
    Citation,
    End,
    Error,
    Media,
    Meta,
    PartEnd,
    PartStart,
    Text,
    ToolArgs,
    ToolOutput,
    Unknown,
    Usage,
)
from wiretape.cassettes.dialects.payload import sha256
from wiretape.cassettes.framing.frame import Frame

Event = tuple[str, dict[str, Any]]


def start(index: int, **told: Any) -> Event:
    return "contentBlockStart", {"contentBlockIndex": index, "start": told, "p": "abc"}


def delta(index: int, **told: Any) -> Event:
    return "contentBlockDelta", {"contentBlockIndex": index, "delta": told, "p": "abcdef"}


def stop(index: int) -> Event:
    return "contentBlockStop", {"contentBlockIndex": index, "p": "a"}


def message_stop(reason: str = "end_turn") -> Event:
    return "messageStop", {"stopReason": reason, "p": "a"}


BEGIN: Event = ("messageStart", {"role": "assistant", "p": "a"})
COUNTS = {"inputTokens": 10, "cacheReadInputTokens": 4, "outputTokens": 7, "totalTokens": 21}
METADATA: Event = ("metadata", {"usage": COUNTS, "metrics": {"latencyMs": 9}, "p": "ab"})
CITATION = {
    "title": "A book",
    "location": {"documentChar": {"documentIndex": 0, "start": 3, "end": 7}},
    "sourceContent": [{"text": "sa"}, {"text": "id"}],
}
PIXEL = "iVBORw0KGgo="

STREAM: list[Event] = [
    BEGIN,
    delta(0, reasoningContent={"text": "Let me "}),
    delta(0, reasoningContent={"text": "think."}),
    delta(0, reasoningContent={"signature": "c2ln"}),
    stop(0),
    delta(1, reasoningContent={"redactedContent": "c2VjcmV0"}),
    stop(1),
    delta(2, text="He "),
    delta(2, text="said."),
    delta(2, citation=CITATION),
    stop(2),
    start(3, toolUse={"toolUseId": "s1", "name": "ground", "type": "server_tool_use"}),
    delta(3, toolUse={"input": '{"query":'}),
    delta(3, toolUse={"input": ' "x"}'}),
    stop(3),
    start(4, toolResult={"toolUseId": "s1", "type": "ground_result", "status": "error"}),
    delta(4, toolResult=[{"text": "no"}]),
    delta(4, toolResult=[{"text": " luck"}, {"json": {"a": 1}}]),
    stop(4),
    start(5, image={"format": "png"}),
    delta(5, image={"source": {"bytes": PIXEL}}),
    stop(5),
    start(6, toolUse={"toolUseId": "c1", "name": "now"}),
    stop(6),
    message_stop("tool_use"),
    METADATA,
]
WHOLE = {
    "output": {
        "message": {
            "role": "assistant",
            "content": [
                {
                    "reasoningContent": {
                        "reasoningText": {"text": "Let me think.", "signature": "c2ln"}
                    }
                },
                {"reasoningContent": {"redactedContent": "c2VjcmV0"}},
                {"citationsContent": {"content": [{"text": "He said."}], "citations": [CITATION]}},
                {
                    "toolUse": {
                        "toolUseId": "s1",
                        "name": "ground",
                        "type": "server_tool_use",
                        "input": {"query": "x"},
                    }
                },
                {
                    "toolResult": {
                        "toolUseId": "s1",
                        "type": "ground_result",
                        "status": "error",
                        "content": [{"text": "no luck"}, {"json": {"a": 1}}],
                    }
                },
                {"image": {"format": "png", "source": {"bytes": PIXEL}}},
                {"toolUse": {"toolUseId": "c1", "name": "now", "input": {}}},
            ],
        }
    },
    "stopReason": "tool_use",
    "usage": COUNTS,
    "metrics": {"latencyMs": 9},
}


def test_a_stream_of_all_blocks_is_read() -> None:
    deltas = read(ConverseDialect(), named(*STREAM))
    assert unknown_paths(deltas) == []
    answer = answer_of(deltas)
    (choice,) = answer.choices
    assert answer.text == "He said."
    assert [part.text for part in choice.reasoning] == ["Let me think."]
    assert [(one.form, one.size) for one in choice.opaque] == [("signature", 4), ("redacted", 8)]
    assert [
        (call.part, call.name, call.call_id, call.origin, call.args, call.outputs, call.is_error)
        for call in choice.tool_calls
    ] == [
        (
            "3",
            "ground",
            "s1",
            "hosted",
            {"query": "x"},
            ([{"text": "no luck"}, {"json": {"a": 1}}],),
            True,
        ),
        ("6", "now", "c1", "client", {}, (), False),
    ]
    (picture,) = choice.media
    assert (picture.modality, picture.mime, picture.size) == ("image", "image/png", 8)
    assert picture.sha256 == sha256(b"\x89PNG\r\n\x1a\n")
    (citation,) = choice.citations
    assert (citation.ctype, citation.title, citation.quoted) == ("documentChar", "A book", "said")
    assert (citation.start, citation.end, citation.unit, citation.part) == (3, 7, "char", "2")
    assert choice.finish is not None
    assert choice.finish.reason == "tool_calls"
    assert answer.ended


def test_a_whole_answer_is_the_same_answer() -> None:
    deltas = read_whole(ConverseDialect(), WHOLE)
    assert unknown_paths(deltas) == []
    assert meaning(deltas) == meaning(read(ConverseDialect(), named(*STREAM)))
    assert {one.frame for one in deltas} == {0}


def test_each_part_that_begins_ends() -> None:
    """Texts begin without being announced."""
    deltas = read(ConverseDialect(), named(*STREAM))
    begun = [(one.part, one.ptype) for one in only(PartStart, deltas)]
    assert begun == [(one.part, one.ptype) for one in only(PartEnd, deltas)]
    assert [ptype for _, ptype in begun] == [
        "reasoning",
        "reasoning",
        "text",
        "tool_call",
        "tool_result",
        "image",
        "tool_call",
    ]


def test_usage_is_inclusive() -> None:
    (usage,) = only(Usage, read(ConverseDialect(), named(METADATA)))
    assert (usage.input, usage.input_cached, usage.output, usage.total) == (14, 4, 7, 21)


def test_a_total_that_does_not_add_up_is_told() -> None:
    usage = {"inputTokens": 1, "outputTokens": 2, "totalTokens": 4}
    deltas = read(ConverseDialect(), named(("metadata", {"usage": usage})))
    assert [(one.what, one.value) for one in only(Meta, deltas)] == [("usage_inconsistent", usage)]


def test_the_order_of_the_last_two_does_not_matter() -> None:
    one = read(ConverseDialect(), named(BEGIN, delta(0, text="a"), stop(0), METADATA, STREAM[-2]))
    other = read(ConverseDialect(), named(BEGIN, delta(0, text="a"), stop(0), *STREAM[-2:]))
    assert meaning(one) == meaning(other)
    assert [found.clean for found in only(End, one)] == [True]


def test_what_a_guardrail_and_a_model_add_is_told() -> None:
    own = {"stop_sequence": "#"}
    deltas = read(
        ConverseDialect(),
        named(
            (
                "messageStop",
                {"stopReason": "guardrail_intervened", "additionalModelResponseFields": own},
            ),
            ("metadata", {"trace": {"guardrail": {}}, "metrics": {"latencyMs": 1}}),
        ),
    )
    assert [(one.what, one.value) for one in only(Meta, deltas)] == [
        ("additionalModelResponseFields", own),
        ("metrics", {"latencyMs": 1}),
        ("trace", {"guardrail": {}}),
    ]
    finish = answer_of(deltas).choices[0].finish
    assert finish is not None
    assert finish.reason == "content_filter"


def test_a_call_without_arguments_has_an_empty_object() -> None:
    events = [start(0, toolUse={"toolUseId": "c", "name": "f"}), delta(0, toolUse={"input": ""})]
    deltas = read(ConverseDialect(), named(*events, stop(0)))
    assert answer_of(deltas).choices[0].tool_calls[0].args == {}
    assert [one.delta for one in only(ToolArgs, deltas)] == ["", "{}"]


@pytest.mark.parametrize(
    ("kind", "reason"), [({}, "tool_calls"), ({"type": "server_tool_use"}, "stop")]
)
def test_a_call_of_a_clients_tool_at_the_end_is_the_reason(
    kind: dict[str, str], reason: str
) -> None:
    use = {"toolUseId": "c", "name": "f"} | kind
    deltas = read(ConverseDialect(), named(start(0, toolUse=use), stop(0), message_stop()))
    finish = answer_of(deltas).choices[0].finish
    assert finish is not None
    assert finish.reason == reason


@pytest.mark.parametrize(
    "name",
    [
        "internalServerException",
        "modelStreamErrorException",
        "validationException",
        "throttlingException",
        "serviceUnavailableException",
    ],
)
def test_exceptions(name: str) -> None:
    told = frame(1, b'{"message":"words"}', name, message_type="exception", exception_type=name)
    (error, end) = read(ConverseDialect(), [told])
    assert isinstance(error, Error)
    assert (error.origin, error.type, error.message) == ("stream", name, "words")
    assert isinstance(end, End)
    assert not end.clean


def test_an_exception_has_what_the_model_itself_said() -> None:
    data = b'{"message":"failed","originalMessage":"too hot","originalStatusCode":529}'
    (error,) = only(Error, read(ConverseDialect(), [frame(1, data, "modelStreamErrorException")]))
    assert (error.message, error.http_status) == ("failed (too hot)", 529)


def test_an_error_message_of_the_framing() -> None:
    told = frame(1, b"", "InternalError", message_type="error", error_message="went wrong")
    (error,) = only(Error, read(ConverseDialect(), [told]))
    assert (error.type, error.message) == ("InternalError", "went wrong")


@pytest.mark.parametrize("body", [{"message": "denied"}, {"Message": "denied"}])
def test_an_error_body(body: dict[str, str]) -> None:
    (error,) = only(Error, read_whole(ConverseDialect(), body))
    assert (error.origin, error.message) == ("http", "denied")


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ({"web": {"url": "https://e.org", "domain": "e.org"}}, ("web", "https://e.org", "")),
        ({"documentPage": {"start": 1, "end": 2}}, ("documentPage", "", "page")),
        ({"documentChunk": {"start": 1, "end": 2}}, ("documentChunk", "", "block")),
        ({"searchResultLocation": {"start": 1}}, ("searchResultLocation", "", "block")),
    ],
)
def test_other_citations(location: dict[str, Any], expected: tuple[str, str, str]) -> None:
    deltas = read(ConverseDialect(), named(delta(0, citation={"location": location})))
    (found,) = only(Citation, deltas)
    assert (found.ctype, found.url, found.unit) == expected


def test_an_image_in_pieces_and_one_elsewhere() -> None:
    place = {"s3Location": {"uri": "s3://bucket/key"}}
    events = [
        start(0, image={"format": "jpeg"}),
        delta(0, image={"source": {"bytes": "aGVs"}}),
        delta(0, image={"source": {"bytes": "bG8="}}),
        stop(0),
        start(1, image={"format": "png"}),
        delta(1, image={"source": place, "error": {"message": "blurred"}}),
        stop(1),
    ]
    deltas = read(ConverseDialect(), named(*events))
    whole, elsewhere = only(Media, deltas)
    assert (whole.size, whole.sha256) == (5, sha256(b"hello"))
    assert (elsewhere.size, elsewhere.sha256) == (15, sha256(b"s3://bucket/key"))
    assert [one.message for one in only(Error, deltas)] == ["blurred"]


def test_whole_documents_and_sounds() -> None:
    content = [
        {"audio": {"format": "wav", "source": {"bytes": "aGVsbG8="}}},
        {"document": {"format": "pdf", "name": "n", "source": {"bytes": "aGVsbG8="}}},
    ]
    deltas = read_whole(ConverseDialect(), {"output": {"message": {"content": content}}})
    assert [(one.modality, one.mime, one.size) for one in only(Media, deltas)] == [
        ("audio", "audio/wav", 5),
        ("document", "pdf", 5),
    ]


def test_a_result_without_its_call_stands_alone() -> None:
    events = [start(1, toolResult={"toolUseId": "gone"}), delta(1, toolResult=[{"text": "r"}])]
    (output,) = only(ToolOutput, read(ConverseDialect(), named(*events)))
    assert (output.part, output.content) == ("1", [{"text": "r"}])


def test_what_is_not_known_is_kept() -> None:
    events = named(
        ("messageNews", {"x": 1}),
        start(0, hologram={}),
        delta(0, hologram={"x": 1}),
        delta(0, text="t", tone="warm"),
        ("messageStop", {"stopReason": "end_turn", "mood": 1}),
        ("metadata", {"usage": {"lightYears": 3}}),
        delta(0, text=5),
    )
    unknown = only(Unknown, read(ConverseDialect(), events))
    assert [(one.frame, one.path) for one in unknown] == [
        (1, "$"),
        (2, "$.start.hologram"),
        (3, "$.delta.hologram"),
        (4, "$.delta.tone"),
        (5, "$.mood"),
        (6, "$.usage.lightYears"),
        (7, "$.delta.text"),
    ]


def test_an_index_that_is_missing_is_the_last_one() -> None:
    events = [delta(2, text="a"), ("contentBlockDelta", {"delta": {"text": "b"}})]
    deltas = read(ConverseDialect(), named(*events))
    assert [(one.part, one.delta) for one in only(Text, deltas)] == [("2", "a"), ("2", "b")]


NAMES = [*dict(STREAM), "throttlingException", ""]


@given(broken_frames([value for _, value in STREAM] + [WHOLE], NAMES))
def test_any_frames_are_read(frames: list[Frame]) -> None:
    deltas = read(ConverseDialect(), frames)
    assert len(only(End, deltas)) == 1
    answer_of(deltas)


@given(broken_frames([WHOLE], [""]), st.binary(max_size=30), any_json)
def test_any_body_is_read(frames: list[Frame], body: bytes, value: Any) -> None:
    for data in [body, *(one.data for one in frames)]:
        answer_of(ConverseDialect().read_whole(data, 1))
    answer_of(read_whole(ConverseDialect(), {"output": {"message": {"content": [value]}}}))


@pytest.mark.corpus
def test_recorded_streams_are_read_and_understood() -> None:
    found = [one for one in streams() if one.api == "bedrock-converse"]
    for stream in found:
        deltas = read_body(ConverseDialect(), "eventstream", stream.body)
        assert unknown_paths(deltas) == []
        assert [one.clean for one in only(End, deltas)] == [True]
        assert not only(Error, deltas)
    assert len(found) == 18
