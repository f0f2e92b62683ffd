"""Chat Completions: each quirk of each vendor, read from a short stream made by hand."""

import base64
import hashlib
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings

from tests.cassettes.dialects.reading_streams import (
    broken_frames,
    frame,
    lines,
    meaning,
    only,
    read,
    read_body,
    read_whole,
    unknown_paths,
)
from tests.corpus import streams
from wiretape.cassettes.dialects.answer import Answer, Choice, TextPart
from wiretape.cassettes.dialects.answering import answer_of
from wiretape.cassettes.dialects.chat import ChatDialect
from wiretape.cassettes.dialects.completions import CompletionsDialect
from wiretape.cassettes.dialects.delta import (
    Delta,
    End,
    Error,
    Finish,
    Keepalive,
    Media,
    Meta,
    Reasoning,
    ReasoningOpaque,
    Start,
    Text,
    ToolOutput,
    Transcript,
    Usage,
)

Json = Any

HEAD = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
DONE = frame(99, b"[DONE]")


def chunk(delta: Json = None, finish: str | None = None, index: int = 0, **more: Json) -> Json:
    choice = {"index": index, "delta": delta, "finish_reason": finish, **more.pop("choice", {})}
    return {**HEAD, "choices": [choice], **more}


def bare(**more: Json) -> Json:
    return {**HEAD, "choices": [], **more}


def told(*chunks: Json, done: bool = True) -> list[Delta]:
    return read(ChatDialect(), [*lines(*chunks), *([DONE] if done else [])])


def answer(*chunks: Json) -> Answer:
    return answer_of(told(*chunks))


def usage(prompt: int, completion: int, total: int, **more: Json) -> Json:
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": total,
        **more,
    }


def metas(deltas: list[Delta]) -> list[tuple[str, Json]]:
    return [(delta.what, delta.value) for delta in only(Meta, deltas)]


def test_a_stream_of_openai() -> None:
    deltas = told(
        chunk({"role": "assistant", "content": "", "refusal": None}, obfuscation="x"),
        chunk({"content": "He"}, choice={"logprobs": {"content": []}}),
        chunk({"content": "llo"}),
        chunk({}, "stop"),
        bare(usage=usage(3, 2, 5, prompt_tokens_details={"cached_tokens": 1})),
    )
    assert deltas == [
        Start(1, 1000, "chat.completion.chunk", id="c1", model="m", role="assistant", created=1),
        Text(2, 2000, "content", "content", delta="He"),
        Text(3, 3000, "content", "content", delta="llo"),
        Finish(4, 4000, "finish_reason", reason="stop", raw_reason="stop"),
        Usage(5, 5000, "usage", input=3, input_cached=1, output=2, total=5),
        End(99, 99000, via="sentinel"),
    ]


def test_azure_begins_with_the_filter_of_the_prompt() -> None:
    filtered = {"hate": {"filtered": False, "severity": "safe"}}
    first = {
        "choices": [],
        "created": 0,
        "id": "",
        "model": "",
        "object": "",
        "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": filtered}],
    }
    deltas = told(
        first,
        chunk({"content": "a"}, choice={"content_filter_results": {}}),
        chunk({"content": "b"}, choice={"content_filter_results": filtered}),
        chunk({"content": "c"}, choice={"content_filter_results": filtered}),
        chunk(None, choice={"content_filter_offsets": {"check_offset": 1}}),
        chunk({}, "content_filter"),
    )
    assert [delta.id for delta in only(Start, deltas)] == ["c1"]
    assert metas(deltas) == [
        ("prompt_filter", first["prompt_filter_results"]),
        ("content_filter", {"content_filter_results": filtered}),
        ("content_filter", {"content_filter_offsets": {"check_offset": 1}}),
    ]
    assert only(Finish, deltas)[0].reason == "content_filter"
    assert unknown_paths(deltas) == []


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_reasoning_beside_the_text(name: str) -> None:
    said = answer(chunk({name: "Hm"}), chunk({name: "m."}), chunk({"content": "Yes"}, "stop"))
    assert [(part.form, part.text) for part in said.choices[0].reasoning] == [("raw", "Hmm.")]
    assert said.text == "Yes"


def test_reasoning_under_two_names_is_told_once() -> None:
    deltas = told(chunk({"reasoning": "Hm", "reasoning_content": "Hm"}))
    assert [delta.delta for delta in only(Reasoning, deltas)] == ["Hm"]
    assert unknown_paths(deltas) == []
    differ = told(chunk({"reasoning": "Hm", "reasoning_content": "Ah"}))
    assert [delta.delta for delta in only(Reasoning, differ)] == ["Ah"]
    assert unknown_paths(differ) == ["$.choices[0].delta.reasoning"]


def test_openrouters_details_tell_the_form_of_reasoning() -> None:
    def details(*blocks: Json, text: str | None = None) -> Json:
        return chunk({"content": "", "reasoning": text, "reasoning_details": list(blocks)})

    deltas = told(
        details({"type": "reasoning.text", "text": "raw", "index": 0, "format": "f"}, text="raw"),
        details({"type": "reasoning.text", "signature": "sig", "index": 0, "format": "f"}),
        details({"type": "reasoning.summary", "summary": "sum", "index": 1}, text="sum"),
        details({"type": "reasoning.encrypted", "data": "blob", "id": "rs_1", "index": 2}),
        details({"type": "reasoning.encrypted", "data": "blob2"}, text="only here"),
        details({"type": "reasoning.new"}),
    )
    assert [(one.part, one.form, one.delta) for one in only(Reasoning, deltas)] == [
        ("reasoning:0", "raw", "raw"),
        ("reasoning:1.summary", "summary", "sum"),
        ("reasoning", "raw", "only here"),
    ]
    assert [(one.part, one.form, one.size) for one in only(ReasoningOpaque, deltas)] == [
        ("reasoning:0", "signature", 3),
        ("reasoning:2", "encrypted", 4),
        ("reasoning", "encrypted", 5),
    ]
    assert unknown_paths(deltas) == ["$.choices[0].delta.reasoning_details[0]"]


def test_litellms_thinking_blocks() -> None:
    blocks = [
        {"type": "thinking", "thinking": "Hm", "signature": "sig"},
        {"type": "redacted_thinking", "data": "blob"},
    ]
    said = answer(chunk({"reasoning_content": "Hm", "thinking_blocks": blocks}))
    assert [part.text for part in said.choices[0].reasoning] == ["Hm"]
    assert [one.form for one in said.choices[0].opaque] == ["signature", "redacted"]


def test_mistrals_content_is_a_list() -> None:
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}], "closed": True}
    reference = {"type": "reference", "reference_ids": [3]}
    said = answer(
        chunk({"content": [{**thinking, "signature": "sig"}]}),
        chunk({"content": [thinking, {"type": "text", "text": "1"}, reference]}, p="abc"),
        chunk({"content": "44"}, "stop", usage=usage(3, 2, 5, service_tier="standard")),
    )
    choice = said.choices[0]
    assert (choice.text, [part.text for part in choice.reasoning]) == ("144", ["HmHm"])
    assert [one.form for one in choice.opaque] == ["signature"]
    assert [(one.ctype, one.file_id) for one in choice.citations] == [("reference", "3")]


def test_parts_of_content_that_others_have() -> None:
    deltas = told(
        chunk(
            {
                "content": [
                    "plain",
                    {"type": "reasoning", "summary": [{"type": "summary_text", "text": "sum"}]},
                    {"type": "refusal", "refusal": "no"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
                    {"type": "new"},
                    7,
                ]
            }
        ),
        chunk({"content": 7}),
    )
    said = answer_of(deltas).choices[0]
    assert (said.text, said.refusal) == ("plain", "no")
    assert [(one.form, one.text) for one in said.reasoning] == [("summary", "sum")]
    assert [(one.mime, one.size) for one in said.media] == [("image/png", 3)]
    content = "$.choices[0].delta.content"
    assert unknown_paths(deltas) == [f"{content}[4]", f"{content}[5]", content]


def test_groq_has_its_usage_aside_and_runs_tools_itself() -> None:
    call = {"index": 0, "type": "search", "name": "search", "arguments": '{"query":"x"}'}
    said = told(
        chunk({"role": "assistant"}, x_groq={"id": "req_1", "seed": 1}),
        chunk({"executed_tools": [call]}),
        chunk({"executed_tools": [{**call, "output": "found"}]}),
        chunk({"content": "It is"}),
        chunk({}, "stop", x_groq={"id": "req_1", "usage": usage(3, 2, 5, queue_time=0.5)}),
    )
    whole = answer_of(said)
    assert whole.usage is not None
    assert (whole.usage.input, whole.usage.total) == (3, 5)
    assert ("provider_times", {"queue_time": 0.5}) in metas(said)
    (tool,) = whole.choices[0].tool_calls
    assert (tool.name, tool.origin, tool.args, tool.outputs) == (
        "search",
        "hosted",
        {"query": "x"},
        ("found",),
    )
    assert len(only(ToolOutput, said)) == 1
    assert whole.choices[0].finish is not None
    assert whole.choices[0].finish.reason == "stop"
    assert unknown_paths(said) == []


def test_groq_fails_in_its_own_field() -> None:
    (error,) = only(Error, told(bare(x_groq={"id": "r", "error": "over capacity"})))
    assert (error.message, error.raw_type) == ("over capacity", "x_groq.error")


def test_xai_counts_reasoning_beside_the_completion() -> None:
    details = {"completion_tokens_details": {"reasoning_tokens": 7}, "cost_in_usd_ticks": 10**9}
    deltas = told(bare(usage=usage(3, 2, 12, **details)))
    (count,) = only(Usage, deltas)
    assert (count.output, count.reasoning, count.total, count.cost) == (9, 7, 12, 0.1)
    assert metas(deltas) == []
    (alone,) = only(Usage, told(bare(usage={**usage(3, 2, 0, **details), "total_tokens": None})))
    assert alone.output == 9


def test_others_count_reasoning_in_the_completion() -> None:
    details = {"completion_tokens_details": {"reasoning_tokens": 7}}
    (count,) = only(Usage, told(bare(usage=usage(3, 9, 12, **details))))
    assert (count.output, count.reasoning) == (9, 7)


def test_a_total_that_is_no_sum_is_said() -> None:
    assert metas(told(bare(usage=usage(3, 2, 6)))) == [
        ("usage_inconsistent", {"input": 3, "output": 2, "total": 6})
    ]


def test_more_reasoning_than_completion_is_beside_it() -> None:
    """xAI without its total, behind a gateway that leaves out what else tells it."""
    details = {"completion_tokens_details": {"reasoning_tokens": 100}}
    (count,) = only(
        Usage, told(bare(usage={"prompt_tokens": 10, "completion_tokens": 5, **details}))
    )
    assert (count.output, count.reasoning) == (105, 100)
    (within,) = only(
        Usage, told(bare(usage={"prompt_tokens": 10, "completion_tokens": 100, **details}))
    )
    assert within.output == 100


def test_counts_may_be_written_as_floats() -> None:
    floats = {"prompt_tokens": 28.0, "completion_tokens": 2.0, "total_tokens": 30.0}
    details = {"prompt_tokens_details": {"cached_tokens": 4.0}}
    (count,) = only(Usage, told(bare(usage={**floats, **details})))
    assert (count.input, count.input_cached, count.output, count.total) == (28, 4, 2, 30)
    assert not metas(told(bare(usage={**floats, **details})))


def test_usage_is_where_the_vendor_puts_it() -> None:
    deepseek = usage(3, 2, 5, prompt_cache_hit_tokens=1, prompt_cache_miss_tokens=2)
    (last,) = only(Usage, told(chunk({"content": ""}, "stop", usage=deepseek)))
    assert (last.input_cached, last.mode) == (1, "final")
    (moonshot,) = only(Usage, told(chunk({}, "stop", choice={"usage": usage(3, 2, 5)})))
    assert moonshot.total == 5
    every = only(Usage, told(chunk({"content": "a"}, usage=usage(3, 1, 4))))
    assert [count.mode for count in every] == ["running"]
    (router,) = only(Usage, told(chunk({}, "stop", usage=usage(3, 2, 5, cost=0.25))))
    assert router.cost == 0.25


def test_perplexity_repeats_its_sources_and_all_it_said() -> None:
    found = [
        {"title": "One", "url": "https://one", "snippet": "first", "date": "2026"},
        {"title": "Two", "url": "https://two", "snippet": "second"},
    ]

    def piece(delta: str, said: str, finish: str | None = None, **more: Json) -> Json:
        message = {"role": "assistant", "content": said}
        cost = {"total_cost": 0.005}
        return chunk(
            {"role": "assistant", "content": delta},
            finish,
            choice={"message": message},
            citations=["https://two"],
            search_results=found,
            usage=usage(3, 1, 4, cost=cost, search_context_size="low"),
            **more,
        )

    last = piece("", "Hello", "stop", object="chat.completion.done")
    deltas = told(piece("Hel", "Hel"), piece("lo", "Hello"), last, done=False)
    said = answer_of(deltas)
    assert said.text == "Hello"
    assert [(one.url, one.title, one.quoted) for one in said.choices[0].citations] == [
        ("https://two", "Two", "second"),
        ("https://one", "One", "first"),
    ]
    assert said.usage is not None
    assert (said.usage.cost, said.usage.mode) == (0.005, "final")
    assert only(End, deltas) == [End(3, 99_000, via="eof", clean=True)]
    assert unknown_paths(deltas) == []
    assert metas(deltas) == []


def test_perplexity_of_old_has_nothing_but_all_it_said() -> None:
    def piece(said: str, finish: str | None = None) -> Json:
        message = {"role": "assistant", "content": said}
        choice = {"index": 0, "message": message, "finish_reason": finish}
        return {**HEAD, "choices": [choice]}

    deltas = told(piece("Hel"), piece("Hello"), piece("Hello", "stop"))
    assert [delta.delta for delta in only(Text, deltas)] == ["Hel", "lo"]


@pytest.mark.parametrize(
    ("said", "shown"), [("Hullo", "snapshot_mismatch"), ("", "synthetic text")]
)
def test_a_last_message_is_checked(said: str, shown: str) -> None:
    last = chunk({"content": ""}, "stop", choice={"message": {"content": "Hello"}})
    deltas = told(*([chunk({"content": said})] if said else []), last)
    assert answer_of(deltas).choices[0].texts == (TextPart("content", "Hello"),)
    assert [what for what, _ in metas(deltas)] == ([shown] if said else [])
    assert [one.synthetic for one in only(Text, deltas)] == [not said]


def test_writer_gives_each_delta_twice() -> None:
    def piece(content: str | None, finish: str | None = None) -> Json:
        empty = {"sources": None, "status": None}
        delta = {"content": content, "graph_data": empty, "llm_data": None}
        return chunk(delta, finish, choice={"message": delta, "trace_details": None})

    deltas = told(piece("a"), piece("b"), piece("c", "stop"), piece(None, "stop"))
    assert answer_of(deltas).text == "abc"
    assert (metas(deltas), unknown_paths(deltas)) == ([], [])


def test_openrouter_tells_its_provider_and_the_providers_reason() -> None:
    body = (
        b": OPENROUTER PROCESSING\n\n"
        b'data: {"id":"g","object":"chat.completion.chunk","provider":"A","model":"m","choices":'
        b'[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}\n\n'
        b'data: {"id":"g","object":"chat.completion.chunk","provider":"A","model":"m","choices":'
        b'[{"index":0,"delta":{"content":""},"finish_reason":"stop",'
        b'"native_finish_reason":"end_turn"}]}\n\n'
        b'data: {"id":"g","object":"chat.completion.chunk","provider":"A","model":"m","choices":'
        b'[{"index":0,"delta":{"content":""},"finish_reason":"stop",'
        b'"native_finish_reason":"end_turn"}],"usage":{"prompt_tokens":1,"completion_tokens":1,'
        b'"total_tokens":2}}\n\ndata: [DONE]\n\n'
    )
    deltas = read_body(ChatDialect(), "sse", body)
    assert [delta.form for delta in only(Keepalive, deltas)] == ["comment"]
    assert metas(deltas) == [("provider", "A")]
    assert [(one.raw_reason, one.detail) for one in only(Finish, deltas)] == [("stop", "end_turn")]


def test_openrouters_images_and_annotations() -> None:
    png = base64.b64encode(b"\x89PNG").decode()
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{png}"}}
    cited = {"url": "https://a", "title": "A", "start_index": 1, "end_index": 4, "content": "q"}
    deltas = told(
        chunk({"images": [image]}),
        chunk({"annotations": [{"type": "url_citation", "url_citation": cited}]}),
        chunk({"images": [{"type": "image_url", "image_url": {"url": "https://i/x.png"}}, 3]}),
    )
    first, second = only(Media, deltas)
    assert (first.size, first.sha256, first.final) == (
        4,
        hashlib.sha256(b"\x89PNG").hexdigest(),
        True,
    )
    assert second.size == len("https://i/x.png")
    (citation,) = answer_of(deltas).choices[0].citations
    assert (citation.url, citation.start, citation.end, citation.quoted) == ("https://a", 1, 4, "q")
    assert unknown_paths(deltas) == ["$.choices[0].delta.images[1]"]


def test_google_hangs_thoughts_on_the_extra_content() -> None:
    thought = {"google": {"thought": True}}
    deltas = told(
        chunk({"content": "Hm", "extra_content": thought}),
        chunk({"content": "Yes", "extra_content": {"google": {"thought_signature": "sig"}}}),
        chunk({"extra_content": {"other": 1}}),
    )
    said = answer_of(deltas).choices[0]
    assert (said.text, [part.text for part in said.reasoning]) == ("Yes", ["Hm"])
    assert [one.size for one in said.opaque] == [3]
    assert unknown_paths(deltas) == ["$.choices[0].delta.extra_content"]


def test_sound_comes_in_pieces_and_is_whole_at_the_end() -> None:
    pieces = [b"RIFF", b"data"]
    encoded = [base64.b64encode(piece).decode() for piece in pieces]
    deltas = told(
        chunk({"audio": {"id": "a", "transcript": "Hel"}}),
        chunk({"audio": {"data": encoded[0]}}),
        chunk({"audio": {"transcript": "lo", "data": encoded[1]}}),
        chunk({"audio": {"expires_at": 5}}, "stop"),
    )
    assert [one.delta for one in only(Transcript, deltas)] == ["Hel", "lo"]
    assert [(one.partial_index, one.size, one.final) for one in only(Media, deltas)] == [
        (0, 4, False),
        (1, 4, False),
        (None, 8, True),
    ]
    (media,) = answer_of(deltas).choices[0].media
    assert (media.mime, media.sha256) == ("audio/wav", hashlib.sha256(b"RIFFdata").hexdigest())


def test_choices_may_be_missing_null_or_more_than_one() -> None:
    deltas = told(
        {**HEAD, "choices": None},
        HEAD,
        chunk({"content": "b"}, index=1),
        chunk({"content": "a"}),
        chunk(None, "stop", index=1),
        {**HEAD, "choices": [{"delta": None, "finish_reason": "length"}]},
        {**HEAD, "choices": [None, 3]},
    )
    said = answer_of(deltas)
    assert [(one.index, one.text) for one in said.choices] == [(0, "a"), (1, "b")]
    assert [one.finish.reason for one in said.choices if one.finish] == ["length", "stop"]
    assert unknown_paths(deltas) == ["$.choices[0]", "$.choices[1]"]


def test_what_comes_after_a_finish_counts() -> None:
    said = answer(chunk({"content": "a"}, "stop"), chunk({"content": "b"}), chunk({}, "length"))
    assert said.text == "ab"
    assert said.choices[0].finish is not None
    assert said.choices[0].finish.raw_reason == "length"


def test_a_refusal() -> None:
    said = answer(chunk({"refusal": "I "}), chunk({"refusal": "won't"}, "stop"))
    assert said.choices[0].refusal == "I won't"


def test_why_vllm_stopped() -> None:
    (finish,) = only(Finish, told(chunk({}, "stop", choice={"stop_reason": 151643})))
    assert finish.detail == "151643"
    (together,) = only(Finish, told(chunk({}, "eos")))
    assert (together.reason, together.raw_reason) == ("stop", "eos")


ERRORS = {
    "openai": ({"error": {"message": "m", "type": "t", "code": "c"}}, ("c", "t", "m", None)),
    "string": ({"error": "m"}, ("", "", "m", None)),
    "vllm": ({"object": "error", "message": "m", "type": "t", "code": 400}, ("400", "t", "m", 400)),
    "vllm now": ({"error": {"message": "m", "type": "t", "code": 500}}, ("500", "t", "m", 500)),
    "llama.cpp": (
        {"error": {"code": 500, "message": "m", "type": "server_error"}},
        ("500", "server_error", "m", 500),
    ),
    "google": ({"error": {"code": 400, "message": "m", "status": "S"}}, ("400", "S", "m", 400)),
    "fastapi": ({"detail": "m"}, ("", "", "m", None)),
    "mistral": ({"object": "error", "message": {"detail": []}}, ("", "", '{"detail":[]}', None)),
    "nested": ({"error": {"error": {"message": "m"}}}, ("", "", "m", None)),
    "bare": ({"code": "c", "message": "m"}, ("c", "", "m", None)),
    "empty": ({"error": {"code": None}}, ("", "", '{"code":null}', None)),
}


@pytest.mark.parametrize("shape", ERRORS)
def test_errors_in_the_middle(shape: str) -> None:
    value, expected = ERRORS[shape]
    deltas = told(chunk({"content": "a"}), value, done=False)
    (error,) = only(Error, deltas)
    assert (error.code, error.type, error.message, error.http_status) == expected
    assert only(End, deltas) == [End(2, 99_000, via="eof", clean=False)]
    (whole,) = only(Error, read_whole(ChatDialect(), value))
    assert whole.message == error.message


def test_a_chunk_with_choices_is_no_error() -> None:
    deltas = told(chunk({"content": "a"}, detail="d", message="m", code="c"))
    assert only(Error, deltas) == []
    assert unknown_paths(deltas) == ["$.detail", "$.message", "$.code"]


def test_openrouters_error_comes_with_a_choice() -> None:
    error = {"code": 502, "message": "gone"}
    deltas = told(chunk({"content": ""}, "error", error=error, choice={"error": error}))
    assert [one.http_status for one in only(Error, deltas)] == [502]
    assert [one.reason for one in only(Finish, deltas)] == ["error"]


def test_googles_error_is_wrapped_in_an_array() -> None:
    (error,) = only(Error, read_whole(ChatDialect(), [{"error": {"code": 429, "message": "m"}}]))
    assert error.http_status == 429


def test_an_error_named_by_its_event() -> None:
    frames = [frame(1, b'{"message":"m"}', "error"), frame(2, b'"m"', "error")]
    assert [one.message for one in only(Error, read(ChatDialect(), frames))] == ["m", "m"]


def test_gpustack_ends_with_a_field_that_is_no_event() -> None:
    body = b'data: {"choices":[]}\n\nerror: {"error":{"message":"failed to decode"}}\n\n'
    deltas = read_body(ChatDialect(), "sse", body)
    assert [one.message for one in only(Error, deltas)] == ["failed to decode"]
    assert only(End, deltas)[0].clean is False
    (plain,) = only(Error, read_body(ChatDialect(), "sse", b"error: out of memory\n\n"))
    assert plain.message == "out of memory"


def test_half_a_stream_has_no_clean_end() -> None:
    (end,) = only(End, told(chunk({"content": "a"}), done=False))
    assert (end.via, end.clean) == ("eof", False)


def test_the_end_is_told_once() -> None:
    assert len(only(End, read(ChatDialect(), [DONE, DONE, *lines(chunk({"content": "a"}))]))) == 1


def test_what_is_no_json_is_said() -> None:
    (error,) = only(Error, read(ChatDialect(), [frame(1, b"{"), DONE]))
    assert (error.origin, error.terminal) == ("decode", False)
    deltas = ChatDialect().read_whole(b"<html>", 1)
    assert [one.origin for one in only(Error, deltas)] == ["decode"]
    assert only(End, deltas)[0].clean is False


def test_what_is_nested_too_deep_is_said() -> None:
    """Just under the depth that can be decoded, there is no stack left to compare two."""
    for depth in range(1000, 500, -1):
        deep = b'{"choices":[],"service_tier":' + b'{"a":' * depth + b"1" + b"}" * depth + b"}"
        deltas = read(ChatDialect(), [frame(1, deep), frame(2, deep)])
        assert {type(delta) for delta in deltas} <= {Error, Meta, End}, depth


def test_what_is_not_known_is_kept() -> None:
    deltas = told(chunk({"new": 1}, choice={"newer": 2}, newest=3), [1])
    assert unknown_paths(deltas) == [
        "$.choices[0].delta.new",
        "$.choices[0].newer",
        "$.newest",
        "$",
    ]


PARTS: dict[str, tuple[list[Json], Json]] = {
    "text": ([{"content": "Hel"}, {"content": "lo"}], {"content": "Hello"}),
    "reasoning": (
        [{"reasoning_content": "H"}, {"reasoning_content": "m"}, {"content": "Y"}],
        {"reasoning_content": "Hm", "content": "Y"},
    ),
    "refusal": ([{"refusal": "n"}, {"refusal": "o"}], {"content": None, "refusal": "no"}),
    "tools": (
        [
            {"tool_calls": [{"index": 1, "id": "c1", "function": {"name": "f", "arguments": "{"}}]},
            {"tool_calls": [{"index": 1, "function": {"arguments": "}"}}]},
            {"tool_calls": [{"index": 2, "id": "c2", "function": {"name": "g", "arguments": ""}}]},
        ],
        {
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}},
                {"id": "c2", "type": "function", "function": {"name": "g", "arguments": ""}},
            ]
        },
    ),
    "sound": (
        [{"audio": {"data": "AAAA", "transcript": "a"}}, {"audio": {"data": "BBBB"}}],
        {"audio": {"id": "a", "data": "AAAABBBB", "transcript": "a", "expires_at": 1}},
    ),
    "function": (
        [{"function_call": {"name": "f", "arguments": "{"}}, {"function_call": {"arguments": "}"}}],
        {"function_call": {"name": "f", "arguments": "{}"}},
    ),
}


@pytest.mark.parametrize("what", PARTS)
def test_a_whole_completion_says_what_a_stream_says(what: str) -> None:
    deltas, message = PARTS[what]
    count = usage(3, 2, 5)
    streamed = told(*map(chunk, deltas), chunk({}, "stop"), bare(usage=count))
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": "stop"}
    whole = {**HEAD, "object": "chat.completion", "choices": [choice], "usage": count}
    assert meaning(read_whole(ChatDialect(), whole)) == meaning(streamed)
    assert meaning(streamed).choices[0] != Choice(0)
    assert unknown_paths(read_whole(ChatDialect(), whole)) == []


def test_blank_lines_before_a_whole_answer() -> None:
    body = b'\n\n\n{"id":"c","object":"chat.completion","choices":[{"message":{"content":"a"}}]}'
    assert answer_of(ChatDialect().read_whole(body, 1)).text == "a"


@pytest.mark.corpus
def test_recorded_streams_hold_nothing_unknown() -> None:
    spoken = {"chat-completions": ChatDialect, "completions": CompletionsDialect}
    counted: Counter[type[Delta]] = Counter()
    for stream in streams():
        dialect = spoken.get(stream.api)
        if dialect is None:
            continue
        deltas = read_body(dialect(), "sse", stream.body)
        assert unknown_paths(deltas) == [], stream.url
        counted.update(map(type, deltas))
    # The one failure: GPUStack's decoder gives up in the middle.
    assert (counted[End], counted[Error]) == (184, 1)


EXAMPLES = [
    chunk(
        {
            "role": "assistant",
            "content": [{"type": "thinking", "thinking": [{"type": "text", "text": "a"}]}, "b"],
            "refusal": "no",
            "reasoning": "r",
            "reasoning_details": [{"type": "reasoning.text", "text": "a", "index": 0}],
            "tool_calls": [
                {"index": 0, "id": "c", "type": "function", "function": {"name": "f"}},
                {"id": "d", "type": "custom", "custom": {"name": "g", "input": "x"}},
            ],
            "function_call": {"name": "f", "arguments": "{}"},
            "executed_tools": [{"index": 0, "name": "x", "arguments": "{}", "output": "o"}],
            "audio": {"data": "AAAA", "transcript": "a"},
            "images": [{"image_url": {"url": "data:image/png;base64,AAAA"}}],
            "annotations": [{"type": "url_citation", "url_citation": {"url": "u"}}],
            "extra_content": {"google": {"thought": True}},
        },
        "stop",
        choice={"message": {"content": "a"}, "content_filter_results": {"hate": {}}},
        usage=usage(1, 2, 3, cost={"total_cost": 1}, completion_tokens_details={}),
        citations=["u", {"url": "v"}],
        search_results=[{"url": "u", "title": "t"}],
        x_groq={"id": "r", "usage": usage(1, 2, 3)},
        prompt_filter_results=[{}],
        service_tier="default",
    ),
    chunk({"content": "a"}),
    {"error": {"message": "m", "code": 500}},
    {"object": "error", "message": "m"},
    {**HEAD, "choices": [{"index": 0, "message": {"content": "a", "tool_calls": []}}]},
]


@settings(max_examples=300, deadline=None)
@given(broken_frames(EXAMPLES, ["", "error", "message"]))
def test_nothing_that_a_frame_can_hold_is_an_exception(frames: Json) -> None:
    assert len(only(End, read(ChatDialect(), frames))) == 1
    for one in frames:
        assert isinstance(ChatDialect().read_whole(one.data, 1)[-1], End)
