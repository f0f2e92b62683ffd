"""Gemini's generateContent: streams and whole answers, of both APIs that have it."""

import base64
import bisect
import hashlib
from typing import Any

import msgspec
import pytest
from hypothesis import given

from tests.corpus import streams
from tests.dialect_reading import (
    answer,
    garbled,
    never_raises,
    read,
    read_whole,
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
    PartEnd,
    PartStart,
    Reasoning,
    ReasoningOpaque,
    Start,
    Text,
    ToolArgs,
    ToolEnd,
    ToolOutput,
    ToolStart,
    Transcript,
    Unknown,
    Usage,
)
from wiretape.cassettes.dialects.gemini import GeminiDialect
from wiretape.cassettes.dialects.payload import NotJson, decode_json

Json = Any


def chunk(*parts: Json, **members: Json) -> Json:
    """A chunk with one candidate; members that are no chunk's are the candidate's."""
    top = {"usageMetadata", "modelVersion", "responseId", "promptFeedback"}
    candidate = {key: value for key, value in members.items() if key not in top}
    rest = {key: value for key, value in members.items() if key in top}
    return {
        "candidates": [{"content": {"parts": list(parts), "role": "model"}, **candidate}]
    } | rest


def deltas(*chunks: Json) -> list[Delta]:
    return read(GeminiDialect(), sse(*chunks))


def of(kind: type[Delta], found: list[Delta]) -> list[Any]:
    return [delta for delta in found if type(delta) is kind]


def test_text_is_one_part_and_the_body_ends_after_the_finish() -> None:
    found = deltas(
        chunk({"text": "Hel"}, index=0, modelVersion="gemini-2.5-flash", responseId="r1"),
        chunk({"text": "lo"}, finishReason="STOP"),
    )
    assert [type(delta) for delta in found] == [
        Start, PartStart, Text, Text, PartEnd, Finish, End,
    ]  # fmt: skip
    start, _, first, second, _, finish, end = found
    assert isinstance(start, Start)
    assert (start.id, start.model) == ("r1", "gemini-2.5-flash")
    assert first.part == second.part
    assert isinstance(finish, Finish)
    assert (finish.reason, finish.raw_reason) == ("stop", "STOP")
    assert isinstance(end, End)
    assert (end.via, end.clean) == ("eof", True)


def test_a_body_that_stops_before_the_finish_is_not_clean() -> None:
    (end,) = of(End, deltas(chunk({"text": "Hel"})))
    assert not end.clean


def test_thoughts_are_a_part_of_their_own_and_the_last_signature_belongs_to_the_text() -> None:
    found = deltas(
        chunk({"text": "Hm. ", "thought": True}),
        chunk({"text": "So.", "thought": True}),
        chunk({"text": "Yes"}),
        chunk({"text": "", "thoughtSignature": "c2ln"}, finishReason="STOP"),
    )
    thoughts, texts = of(Reasoning, found), of(Text, found)
    assert [(delta.delta, delta.form) for delta in thoughts] == [
        ("Hm. ", "summary"),
        ("So.", "summary"),
    ]
    assert len({delta.part for delta in thoughts}) == 1
    assert [delta.delta for delta in texts] == ["Yes"]
    (opaque,) = of(ReasoningOpaque, found)
    assert (opaque.form, opaque.size, opaque.part) == ("signature", 4, texts[0].part)
    assert opaque.sha256 == hashlib.sha256(b"c2ln").hexdigest()


def test_a_signature_ends_its_part() -> None:
    found = deltas(
        chunk({"text": "a", "thoughtSignature": "x"}),
        chunk({"text": "b"}, finishReason="STOP"),
    )
    assert len({delta.part for delta in of(Text, found)}) == 2


def test_a_signature_with_nothing_before_it_has_a_part() -> None:
    (opaque,) = of(ReasoningOpaque, deltas(chunk({"text": "", "thoughtSignature": "x"})))
    assert opaque.part


def test_a_call_in_one_piece_and_the_derived_finish() -> None:
    found = deltas(
        chunk(
            {
                "functionCall": {"name": "weather", "args": {"city": "Bern"}},
                "thoughtSignature": "s",
            },
            finishReason="STOP",
            finishMessage="Model generated function call(s).",
        )
    )
    (start,), (args,), (end,) = of(ToolStart, found), of(ToolArgs, found), of(ToolEnd, found)
    assert (start.name, start.origin) == ("weather", "client")
    assert (args.encoding, msgspec.json.decode(args.delta)) == ("object", {"city": "Bern"})
    assert start.part == args.part == end.part == of(ReasoningOpaque, found)[0].part
    (finish,) = of(Finish, found)
    assert (finish.reason, finish.raw_reason) == ("tool_calls", "STOP")
    assert finish.detail == "Model generated function call(s)."


def test_text_behind_a_call_makes_it_no_tool_calls_finish() -> None:
    found = deltas(
        chunk({"functionCall": {"name": "f", "args": {}}}),
        chunk({"text": "Done."}, finishReason="STOP"),
    )
    assert of(Finish, found)[0].reason == "stop"


def test_nothing_at_all_is_no_tool_calls_finish() -> None:
    assert of(Finish, deltas(chunk(finishReason="STOP")))[0].reason == "stop"


def test_a_call_without_arguments_has_an_empty_object() -> None:
    body = sse(chunk({"functionCall": {"name": "now"}}))
    (call,) = answer(GeminiDialect(), body).choices[0].tool_calls
    assert (call.name, call.args_raw, call.args) == ("now", "{}", {})
    (args,) = of(ToolArgs, read(GeminiDialect(), body))
    assert args.synthetic


STREAMED_CALL = (
    chunk({"functionCall": {"name": "book", "id": "c1", "willContinue": True}}),
    chunk(
        {
            "functionCall": {
                "partialArgs": [
                    {"jsonPath": "$.city", "stringValue": "New ", "willContinue": True}
                ],
                "willContinue": True,
            }
        }
    ),
    chunk(
        {
            "functionCall": {
                "partialArgs": [
                    {"jsonPath": "$.city", "stringValue": "Delhi"},
                    {"jsonPath": "$.nights", "numberValue": 2},
                    {"jsonPath": "$.guests[0].child", "boolValue": False},
                    {"jsonPath": "$.note", "nullValue": "NULL_VALUE"},
                ],
                "willContinue": True,
            }
        }
    ),
)
BOOKED = {"city": "New Delhi", "nights": 2, "guests": [{"child": False}], "note": None}


@pytest.mark.parametrize(
    "ending",
    [
        (chunk({"functionCall": {}}, finishReason="STOP"),),
        (chunk({"functionCall": {}}), chunk(finishReason="STOP")),
        (chunk({"text": ""}, finishReason="STOP"),),
        (),
    ],
    ids=["marker", "marker-then-finish", "no-marker", "cut"],
)
def test_arguments_in_pieces_with_and_without_the_end_marker(ending: tuple[Json, ...]) -> None:
    found = deltas(*STREAMED_CALL, *ending)
    assert len(of(ToolStart, found)) == len(of(ToolEnd, found)) == 1
    assert {delta.encoding for delta in of(ToolArgs, found)} == {"json_path"}
    (call,) = answer(GeminiDialect(), sse(*STREAMED_CALL, *ending)).choices[0].tool_calls
    assert (call.name, call.call_id, call.args) == ("book", "c1", BOOKED)


def test_a_second_call_ends_the_first_one() -> None:
    body = sse(*STREAMED_CALL, *STREAMED_CALL, chunk({"functionCall": {}}, finishReason="STOP"))
    calls = answer(GeminiDialect(), body).choices[0].tool_calls
    assert [(call.name, call.args) for call in calls] == [("book", BOOKED), ("book", BOOKED)]


def test_a_name_on_every_piece_does_not_begin_new_calls() -> None:
    named = [STREAMED_CALL[0]]
    for piece in STREAMED_CALL[1:]:
        call = piece["candidates"][0]["content"]["parts"][0]["functionCall"]
        named.append(chunk({"functionCall": {"name": "book", **call}}))
    (found,) = answer(GeminiDialect(), sse(*named)).choices[0].tool_calls
    assert found.args == BOOKED


def piece_of(call_id: str, path: str, number: int, *, more: bool = True) -> Json:
    pieces = [{"jsonPath": path, "numberValue": number}]
    call = {"id": call_id, "partialArgs": pieces, "willContinue": more}
    return chunk({"functionCall": {key: value for key, value in call.items() if value}})


def test_calls_that_are_open_at_once_are_told_apart_by_id() -> None:
    begun = [
        chunk({"functionCall": {"name": name, "id": call_id, "willContinue": True}})
        for name, call_id in (("f", "1"), ("g", "2"))
    ]
    found = deltas(
        *begun,
        piece_of("1", "$.x", 1),
        piece_of("2", "$.x", 2),
        piece_of("1", "$.y", 3, more=False),
        piece_of("", "$.y", 4),
        chunk({"functionCall": {}}, finishReason="STOP"),
    )
    calls = answer_of(found).choices[0].tool_calls
    assert [(call.name, call.call_id, call.args) for call in calls] == [
        ("f", "1", {"x": 1, "y": 3}),
        ("g", "2", {"x": 2, "y": 4}),
    ]
    assert len(of(ToolStart, found)) == 2
    assert [end.part for end in of(ToolEnd, found)] == [call.part for call in calls]


def test_calls_that_stay_open_are_ended_with_the_stream() -> None:
    begun = [
        chunk({"functionCall": {"name": "f", "id": call_id, "willContinue": True}})
        for call_id in ("1", "2")
    ]
    found = deltas(*begun, chunk(finishReason="STOP"))
    assert len(of(ToolEnd, found)) == 2
    assert [call.args for call in answer_of(found).choices[0].tool_calls] == [{}, {}]


def test_whole_arguments_behind_pieces_replace_them() -> None:
    end = chunk({"functionCall": {"args": {"city": "Agra"}}}, finishReason="STOP")
    (call,) = answer(GeminiDialect(), sse(*STREAMED_CALL, end)).choices[0].tool_calls
    assert call.args == {"city": "Agra"}


def test_an_end_marker_with_no_call_open_is_nothing() -> None:
    found = deltas(
        chunk({"functionCall": {"name": "f", "args": {}}}),
        chunk({"functionCall": {}}, finishReason="STOP"),
    )
    assert len(of(ToolStart, found)) == len(of(ToolEnd, found)) == 1
    assert not of(Unknown, found)


def test_code_and_its_result_are_one_hosted_tool() -> None:
    found = deltas(
        chunk({"executableCode": {"language": "PYTHON", "code": "print(1)"}}),
        chunk({"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1\n"}}),
        chunk({"executableCode": {"language": "PYTHON", "code": "1/0", "id": "x"}}),
        chunk({"codeExecutionResult": {"outcome": "OUTCOME_FAILED", "output": "no", "id": "x"}}),
        chunk({"text": "1"}, finishReason="STOP"),
    )
    starts, outputs = of(ToolStart, found), of(ToolOutput, found)
    assert [start.origin for start in starts] == ["hosted", "hosted"]
    assert [start.part for start in starts] == [output.part for output in outputs]
    assert [(output.content, output.stream, output.is_error) for output in outputs] == [
        ("1\n", "stdout", False),
        ("no", "stderr", True),
    ]
    assert {args.encoding for args in of(ToolArgs, found)} == {"freeform"}
    assert of(Finish, found)[0].reason == "stop"


def test_a_server_tool_and_its_response() -> None:
    found = answer(
        GeminiDialect(),
        sse(
            chunk({"toolCall": {"id": "t", "toolType": "GOOGLE_MAPS", "args": {"q": "x"}}}),
            chunk({"toolResponse": {"id": "t", "toolType": "GOOGLE_MAPS", "response": {"n": 1}}}),
        ),
    )
    (call,) = found.choices[0].tool_calls
    assert (call.name, call.origin, call.args) == ("GOOGLE_MAPS", "hosted", {"q": "x"})
    assert call.outputs == ({"n": 1},)


def test_results_find_their_calls_by_id() -> None:
    tool = {"toolType": "URL_CONTEXT"}
    found = answer(
        GeminiDialect(),
        sse(
            chunk({"toolCall": tool | {"id": "a"}}, {"toolCall": tool | {"id": "b"}}),
            chunk({"toolResponse": tool | {"id": "a", "response": {"n": 1}}}),
            chunk({"toolResponse": tool | {"id": "b", "response": {"n": 2}}}),
        ),
    )
    calls = found.choices[0].tool_calls
    assert [(call.call_id, call.outputs) for call in calls] == [
        ("a", ({"n": 1},)),
        ("b", ({"n": 2},)),
    ]


PICTURE = b"\x89PNG not really"


def inline(data: bytes, mime: str) -> Json:
    return {"inlineData": {"mimeType": mime, "data": base64.b64encode(data).decode()}}


def test_media_have_the_digest_of_their_bytes() -> None:
    found = deltas(
        chunk({"text": "Look:"}, inline(PICTURE, "image/png")),
        chunk({"fileData": {"mimeType": "video/mp4", "fileUri": "gs://b/v.mp4"}}),
    )
    picture, film = of(Media, found)
    assert (picture.modality, picture.size) == ("image", len(PICTURE))
    assert picture.sha256 == hashlib.sha256(PICTURE).hexdigest()
    assert (film.modality, film.size) == ("video", len("gs://b/v.mp4"))
    assert film.part != picture.part


def test_a_picture_that_is_a_thought_is_a_draft() -> None:
    draft = {**inline(b"draft", "image/png"), "thought": True}
    first, last = of(Media, deltas(chunk(draft), chunk(inline(PICTURE, "image/png"))))
    assert (first.final, last.final) == (False, True)


def test_audio_in_pieces_is_one_medium() -> None:
    streamed = answer(
        GeminiDialect(),
        sse(
            chunk(inline(b"abc", "audio/L16;rate=24000")),
            chunk(inline(b"defg", "audio/L16;rate=24000"), finishReason="STOP"),
        ),
    )
    whole = whole_answer(
        GeminiDialect(), chunk(inline(b"abcdefg", "audio/L16;rate=24000"), finishReason="STOP")
    )
    (sound,) = streamed.choices[0].media
    assert (sound.size, sound.sha256) == (7, hashlib.sha256(b"abcdefg").hexdigest())
    assert said(streamed) == said(whole)


def test_audio_of_another_type_is_another_medium() -> None:
    body = sse(chunk(inline(b"a", "audio/wav"), inline(b"b", "audio/mp3")))
    assert [one.mime for one in answer(GeminiDialect(), body).choices[0].media] == [
        "audio/wav",
        "audio/mp3",
    ]


def test_a_transcription() -> None:
    part = {**inline(b"abc", "audio/wav"), "audioTranscription": {"text": "hi"}}
    (transcript,) = of(Transcript, deltas(chunk(part)))
    assert transcript.delta == "hi"


GROUNDING = {
    "webSearchQueries": ["euro 2024"],
    "groundingChunks": [
        {"web": {"uri": "https://a.example", "title": "a"}},
        {"web": {"uri": "https://b.example", "title": "b"}},
        {"retrievedContext": {"uri": "gs://c", "title": "c"}},
    ],
    "groundingSupports": [
        {"segment": {"endIndex": 5, "text": "Spain"}, "groundingChunkIndices": [0, 1, 99]}
    ],
}


def test_grounding_is_told_once_with_its_bytes() -> None:
    found = deltas(
        chunk({"text": "Spain"}, groundingMetadata=GROUNDING),
        chunk({"text": "."}, groundingMetadata=GROUNDING, finishReason="STOP"),
    )
    assert [
        (one.ctype, one.url, one.start, one.end, one.unit, one.quoted)
        for one in of(Citation, found)
    ] == [
        ("web", "https://a.example", 0, 5, "byte", "Spain"),
        ("web", "https://b.example", 0, 5, "byte", "Spain"),
        ("retrievedContext", "gs://c", None, None, "", ""),
    ]
    (searches,) = of(Meta, found)
    assert searches.value == {"webSearchQueries": ["euro 2024"]}


def test_citations_are_told_once() -> None:
    cited = {"citations": [{"startIndex": 3, "endIndex": 9, "uri": "https://a.example"}]}
    sourced = {"citationSources": [{"endIndex": 9, "uri": "https://b.example"}]}
    found = deltas(
        chunk({"text": "a"}, citationMetadata=cited),
        chunk({"text": "b"}, citationMetadata=cited | sourced, finishReason="STOP"),
    )
    assert [(one.url, one.start, one.end, one.unit) for one in of(Citation, found)] == [
        ("https://a.example", 3, 9, ""),
        ("https://b.example", None, 9, "byte"),
    ]


def test_safety_is_told_when_it_changes() -> None:
    calm = [{"category": "HARM_CATEGORY_HARASSMENT", "probability": "NEGLIGIBLE"}]
    loud = [{"category": "HARM_CATEGORY_HARASSMENT", "probability": "HIGH"}]
    found = deltas(
        chunk({"text": "a"}, safetyRatings=calm),
        chunk({"text": "b"}, safetyRatings=calm),
        chunk(safetyRatings=loud, finishReason="SAFETY"),
    )
    assert [(meta.what, meta.value) for meta in of(Meta, found)] == [
        ("safety", calm),
        ("safety", loud),
    ]
    assert of(Finish, found)[0].reason == "content_filter"


def test_a_blocked_prompt_finishes_without_candidates() -> None:
    found = deltas({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "modelVersion": "m"})
    (finish,), (meta,), (end,) = of(Finish, found), of(Meta, found), of(End, found)
    assert (finish.reason, finish.raw_reason) == ("content_filter", "PROHIBITED_CONTENT")
    assert meta.what == "prompt_feedback"
    assert end.clean


def test_usage_is_inclusive_running_and_then_final() -> None:
    first = {"promptTokenCount": 10, "thoughtsTokenCount": 5, "totalTokenCount": 15}
    last = {
        "promptTokenCount": 10,
        "cachedContentTokenCount": 4,
        "toolUsePromptTokenCount": 3,
        "candidatesTokenCount": 7,
        "thoughtsTokenCount": 5,
        "totalTokenCount": 25,
        "promptTokensDetails": [
            {"modality": "TEXT", "tokenCount": 2},
            {"modality": "AUDIO", "tokenCount": 8},
        ],
        "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 7}],
    }
    found = deltas(
        chunk({"text": "a"}, usageMetadata=first),
        chunk({"text": "b"}, usageMetadata=last, finishReason="STOP"),
    )
    running, final = of(Usage, found)
    assert (running.mode, running.input, running.output) == ("running", 10, 5)
    assert (final.mode, final.input, final.input_cached, final.output) == ("final", 13, 4, 12)
    assert (final.reasoning, final.total) == (5, 25)
    assert (final.audio_in, final.audio_out, final.image_out) == (8, None, 7)
    assert not of(Meta, found)


def test_usage_that_does_not_add_up() -> None:
    wrong = {"promptTokenCount": 10, "candidatesTokenCount": 1, "totalTokenCount": 12}
    (meta,) = of(Meta, deltas(chunk(usageMetadata=wrong)))
    assert (meta.what, meta.value["total"]) == ("usage_inconsistent", 12)


ERROR = {"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}}


@pytest.mark.parametrize("error", [ERROR, [ERROR]], ids=["object", "in an array"])
def test_an_error_chunk(error: Json) -> None:
    found = deltas(chunk({"text": "a"}), error)
    (told,), (end,) = of(Error, found), of(End, found)
    assert (told.origin, told.code, told.type, told.http_status, told.message) == (
        "stream", "503", "UNAVAILABLE", 503, "overloaded",
    )  # fmt: skip
    assert not end.clean


def test_an_error_behind_the_finish_is_not_clean_either() -> None:
    (end,) = of(End, deltas(chunk({"text": "a"}, finishReason="STOP"), ERROR))
    assert not end.clean


def test_an_error_that_stands_in_the_stream_without_data() -> None:
    body = sse(chunk({"text": "a"})) + msgspec.json.format(msgspec.json.encode(ERROR)) + b"\n\n"
    (told,) = of(Error, read(GeminiDialect(), body))
    assert told.message == "overloaded"


def test_candidates_are_apart() -> None:
    both = {
        "candidates": [
            {"index": 0, "content": {"parts": [{"text": "a"}]}, "finishReason": "STOP"},
            {"index": 1, "content": {"parts": [{"text": "b"}]}, "finishReason": "MAX_TOKENS"},
        ]
    }
    found = answer(GeminiDialect(), sse(both))
    assert [(one.index, one.text) for one in found.choices] == [(0, "a"), (1, "b")]
    assert [one.finish.reason for one in found.choices if one.finish] == ["stop", "length"]


def test_what_is_not_known_is_kept_with_its_path() -> None:
    odd = chunk({"text": "a", "newPart": 1}, "no part", newMember=2) | {"newTop": 3}
    odd["candidates"].append("no candidate")
    found = of(Unknown, deltas(odd, 7))
    assert {(one.path, one.value) for one in found} == {
        ("$.newTop", 3),
        ("$.candidates[0].newMember", 2),
        ("$.candidates[0].content.parts[0].newPart", 1),
        ("$.candidates[0].content.parts[1]", "no part"),
        ("$.candidates[1]", "no candidate"),
        ("$", 7),
    }


def test_comments_blank_data_and_no_json() -> None:
    found = read(GeminiDialect(), b": hi\n\ndata:\n\ndata: {no\n\n")
    assert {delta.form for delta in of(Keepalive, found)} >= {"comment", "blank"}
    (error,) = of(Error, found)
    assert (error.origin, error.terminal) == ("decode", False)


MIXED = (
    chunk({"text": "Hm", "thought": True}, responseId="r", modelVersion="m"),
    chunk({"text": "Look"}, {"executableCode": {"code": "1", "language": "PYTHON"}}),
    chunk({"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}}),
    chunk(inline(PICTURE, "image/png"), {"text": "A"}),
    chunk({"text": "B", "thoughtSignature": "s"}, groundingMetadata=GROUNDING),
    chunk(
        {"functionCall": {"name": "f", "args": {"a": [1]}}, "thoughtSignature": "t"},
        finishReason="STOP",
        usageMetadata={"promptTokenCount": 1, "candidatesTokenCount": 2, "totalTokenCount": 3},
    ),
)


def test_the_array_framing_says_the_same() -> None:
    array = b"[" + b",\r\n".join(msgspec.json.encode(one) for one in MIXED) + b"\n]"
    streamed = answer(GeminiDialect(), sse(*MIXED))
    assert said(answer(GeminiDialect(), array, "json_array")) == said(streamed)
    assert said(whole_answer(GeminiDialect(), list(MIXED))) == said(streamed)


def test_a_whole_answer_says_the_same() -> None:
    parts = [
        {"text": "Hm", "thought": True},
        {"text": "Look"},
        {"executableCode": {"code": "1", "language": "PYTHON"}},
        {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}},
        inline(PICTURE, "image/png"),
        {"text": "AB", "thoughtSignature": "s"},
        {"functionCall": {"name": "f", "args": {"a": [1]}}, "thoughtSignature": "t"},
    ]
    whole = chunk(*parts, groundingMetadata=GROUNDING, finishReason="STOP")
    whole |= {"responseId": "r", "modelVersion": "m"}
    whole["usageMetadata"] = MIXED[-1]["usageMetadata"]
    assert said(whole_answer(GeminiDialect(), whole)) == said(answer(GeminiDialect(), sse(*MIXED)))
    assert {delta.frame for delta in read_whole(GeminiDialect(), whole)} == {0}


def test_a_body_that_is_no_json() -> None:
    found = GeminiDialect().read_whole(b"<html>", 5)
    assert [type(delta) for delta in found] == [Error, End]


@given(garbled([*MIXED, *STREAMED_CALL, ERROR, chunk(safetyRatings=[], citationMetadata={})]))
def test_never_raises(body: bytes) -> None:
    never_raises(GeminiDialect, body)


def test_json_nested_to_the_limit_never_raises() -> None:
    """What can just be decoded, can perhaps not be compared with what was told before."""

    def nested(depth: int, seen: int) -> bytes:
        deep = b"[" * depth + b"]" * depth
        return b'{"candidates":[{"safetyRatings":%b,"seen":%d}]}' % (deep, seen)

    most = bisect.bisect_left(range(100_000), True, key=lambda n: not decodes(nested(n, 1)))
    for depth in range(most - 40, most + 10):
        body = b"".join(b"data: " + nested(depth, seen) + b"\n\n" for seen in (1, 2))
        found = read(GeminiDialect(), body)
        assert isinstance(found[-1], End)


def decodes(data: bytes) -> bool:
    return not isinstance(decode_json(data), NotJson)


@pytest.mark.corpus
def test_corpus_streams_hold_nothing_unknown() -> None:
    read_in_all = 0
    for stream in streams():
        if stream.api == "gemini-generate":
            read_in_all += 1
            found = read(GeminiDialect(), stream.body)
            assert not of(Unknown, found), stream.url
            assert not of(Error, found), stream.url
            assert not [one for one in of(Meta, found) if one.what == "usage_inconsistent"]
            (end,) = of(End, found)
            assert end.clean, stream.url
    print(f"{read_in_all} Gemini streams read")
    assert read_in_all == 23
