"""Whole interactions, read: what real providers sent, and what nobody should have sent."""

import gzip
from collections import Counter
from urllib.parse import urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import corpus
from tests.interactions import make_interaction, make_request, make_unanswered
from wiretape.cassettes.dialects.delta import Error, Text, Unknown
from wiretape.cassettes.meaning import read_meaning
from wiretape.cassettes.model import Headers, Interaction

EVENTS: Headers = (("Content-Type", "text/event-stream"),)
JSON: Headers = (("Content-Type", "application/json"),)

CHAT = (
    b'data: {"object":"chat.completion.chunk","id":"c","model":"m","choices":[{"index":0,"delta":'
    b'{"role":"assistant","content":"Hel"}}]}\n\n',
    b'data: {"object":"chat.completion.chunk","id":"c","model":"m","choices":[{"index":0,"delta":'
    b'{"content":"lo"},"finish_reason":"stop"}]}\n\n',
    b"data: [DONE]\n\n",
)
CHAT_WHOLE = (
    b'{"object":"chat.completion","id":"c","model":"m","choices":[{"index":0,"finish_reason":"stop",'
    b'"message":{"role":"assistant","content":"Hello"}}]}'
)
CHAT_REQUEST = make_request(target="/v1/chat/completions")


def chat(*pieces: bytes, headers: Headers = EVENTS, status: int = 200) -> Interaction:
    return make_interaction(
        [(10.0 * n, piece) for n, piece in enumerate(pieces, 1)],
        request=CHAT_REQUEST,
        headers=headers,
        status=status,
    )


def from_corpus(stream: corpus.Stream) -> Interaction:
    url = urlsplit(stream.url)
    request = make_request(
        method=stream.method,
        target=f"{url.path}?{url.query}" if url.query else url.path,
        body=msgspec.json.encode(stream.request_body),
    )
    headers = (("Content-Type", stream.content_type),)
    return make_interaction([(10, stream.body)], request=request, headers=headers)


@pytest.mark.corpus
def test_every_real_stream_is_read_whole(capsys: pytest.CaptureFixture[str]) -> None:
    known: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    for stream in corpus.streams():
        meaning = read_meaning(from_corpus(stream))
        assert b"".join(frame.raw for frame in meaning.frames) == stream.body
        assert meaning.streamed
        if not meaning.api:
            assert any("which API" in remark for remark in meaning.remarks)
            unknown[stream.provider_host] += 1
            continue
        known[meaning.api] += 1
        assert not any(isinstance(delta, Unknown) for delta in meaning.deltas)
        assert meaning.answer.ended or meaning.answer.errors
    # watsonx and Replicate: APIs that the catalogue does not name.
    assert unknown == {
        "us-south.ml.cloud.ibm.com": 2,
        "streaming-api.svc.us.c.replicate.net": 1,
    }
    assert known.total() == 359
    with capsys.disabled():
        print(f"\n{known.total()} real streams of {len(known)} APIs read, {unknown.total()} kept")


def test_streamed_and_unstreamed_say_the_same() -> None:
    streamed, whole = read_meaning(chat(*CHAT)), read_meaning(chat(CHAT_WHOLE, headers=JSON))
    assert (streamed.streamed, whole.streamed) == (True, False)
    assert streamed.answer.text == whole.answer.text == "Hello"
    assert streamed.answer == whole.answer or (
        streamed.answer.choices[0].texts == whole.answer.choices[0].texts
    )


def test_deltas_have_the_time_of_the_read_that_made_them_whole() -> None:
    first, rest = CHAT[0][:20], CHAT[0][20:]
    texts = [d for d in read_meaning(chat(first, rest, *CHAT[1:])).deltas if isinstance(d, Text)]
    assert [(text.delta, text.at_ns) for text in texts] == [("Hel", 20_000_000), ("lo", 30_000_000)]


def test_a_compressed_stream_keeps_its_times() -> None:
    coded = gzip.compress(b"".join(CHAT))
    meaning = read_meaning(chat(coded, headers=(*EVENTS, ("Content-Encoding", "gzip"))))
    assert (meaning.answer.text, meaning.remarks) == ("Hello", ())
    torn = read_meaning(
        chat(coded[:-30] + b"\xff" * 30, headers=(*EVENTS, ("Content-Encoding", "gzip")))
    )
    assert any("damaged" in remark for remark in torn.remarks)


def test_an_unknown_coding_is_said() -> None:
    meaning = read_meaning(chat(*CHAT, headers=(*EVENTS, ("Content-Encoding", "compress"))))
    assert meaning.remarks == ("content coding 'compress' cannot be taken off",)


def test_a_lying_content_type_is_said_and_the_rest_goes_on() -> None:
    meaning = read_meaning(chat(*CHAT, headers=JSON))
    assert meaning.answer.text == "Hello"
    assert meaning.remarks == (
        "the content type is application/json, the body is server-sent events",
    )


def test_an_unknown_api_is_kept_and_said() -> None:
    request = make_request(target="/v1/else")
    meaning = read_meaning(
        make_interaction([(1, b'data: {"x":1}\n\n')], request=request, headers=EVENTS)
    )
    assert [d.value for d in meaning.deltas if isinstance(d, Unknown)] == [{"x": 1}]
    assert meaning.remarks == ("neither the path /v1/else nor the body tells which API this is",)


def test_a_binary_body_is_said() -> None:
    request = make_request(target="/v1/files/1/content")
    headers = (("Content-Type", "image/png"),)
    meaning = read_meaning(
        make_interaction([(1, b"\x89PNG\x00")], request=request, headers=headers)
    )
    assert meaning.remarks == ("the body, 5 bytes, is neither JSON nor a stream that is known",)


def audio(body: bytes, path: str, content_type: str) -> Interaction:
    request = make_request(target=f"/v1/audio/{path}")
    headers = (("Content-Type", content_type),)
    return make_interaction([(1, body)], request=request, headers=headers)


def test_sound_that_begins_like_a_stream_is_sound() -> None:
    for start in (b"\x00\x00\x01\x00\x00\x00\x00\x00", b"data: ", b"{"):
        meaning = read_meaning(audio(start + b"\xff\x7f" * 300, "speech", "audio/pcm"))
        assert (meaning.framing, meaning.remarks, meaning.answer.errors) == ("json", (), ())
        assert [media.size for media in meaning.answer.choices[0].media] == [len(start) + 600]


def test_a_transcript_of_plain_text_is_read_and_not_complained_of() -> None:
    for text in ("hello", ": hello", "data: hello", "1\n00:00:00,000 --> 00:00:01,000\nhello\n"):
        meaning = read_meaning(audio(text.encode(), "transcriptions", "text/plain"))
        said = "".join(one.text for one in meaning.answer.choices[0].transcripts)
        assert (said, meaning.remarks) == (text, ())


def test_a_page_that_says_it_is_a_stream_is_none() -> None:
    page = b"<!DOCTYPE html>\n<html>\n\n<p>Down.</p>\n</html>\n\n"
    assert read_meaning(chat(page)).remarks == ("nothing in the body is an event",)
    assert read_meaning(chat(b": ping\n\n")).remarks == ()
    assert read_meaning(chat(b"event: ping\n\n")).remarks == ()


def test_a_body_of_which_nothing_is_understood_is_said() -> None:
    body = b'data: {"candidates":[{"index":0,"content":{"parts":[{"text":"x"}]}}]}\n\n'
    words = "nothing in the body could be understood as openai.chat"
    assert read_meaning(chat(body)).remarks == (words,)
    assert read_meaning(chat(body[6:], headers=JSON)).remarks == (words,)
    assert words not in read_meaning(chat(CHAT[0], body)).remarks


@pytest.mark.parametrize("count", ["9" * 400, "-5", "9007199254740993"])
def test_counts_that_cannot_be_meant_are_left_out(count: str) -> None:
    usage = b'data: {"object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":7,'
    usage += f'"completion_tokens":{count},"total_tokens":9}}}}\n\n'.encode()
    meaning = read_meaning(chat(CHAT[0], usage, CHAT[1], usage, CHAT[2]))
    told = meaning.answer.usage
    assert told is not None
    assert (told.input, told.output) == (7, None)
    assert [remark for remark in meaning.remarks if "usage" in remark] == [
        "usage that cannot be meant is left out: output negative or beyond 9,007,199,254,740,992"
    ]


def test_half_a_stream_is_read_as_far_as_it_goes() -> None:
    interaction = make_interaction(
        [(1, CHAT[0]), (2, CHAT[1][:30])], request=CHAT_REQUEST, headers=EVENTS, ending="reset"
    )
    meaning = read_meaning(interaction)
    assert meaning.answer.text == "Hel"
    assert not meaning.answer.ended
    assert [error.type for error in meaning.answer.errors] == ["reset"]
    assert any("truncated" in remark or "frame" in remark for remark in meaning.remarks)
    assert any("reset" in remark for remark in meaning.remarks)


def test_hanging_up_behind_the_last_word_is_no_error() -> None:
    pieces = [(float(n), piece) for n, piece in enumerate(CHAT, 1)]
    left = make_interaction(pieces, request=CHAT_REQUEST, headers=EVENTS, ending="client_left")
    meaning = read_meaning(left)
    assert (meaning.answer.errors, meaning.answer.ended) == ((), True)
    assert any("client left" in remark for remark in meaning.remarks)


@pytest.mark.parametrize("before", [b"", b'data: {"candidates":[]}\n\n'])
def test_a_bare_error_at_the_end_of_a_gemini_stream(before: bytes) -> None:
    request = make_request(target="/v1beta/models/m:streamGenerateContent?alt=sse")
    error = b'{"error":{"code":503,"message":"overloaded","status":"UNAVAILABLE"}}'
    interaction = make_interaction([(1, before + error)], request=request, headers=EVENTS)
    meaning = read_meaning(interaction)
    assert [one.message for one in meaning.answer.errors] == ["overloaded"]


ERRORS = {
    b'{"error":{"message":"no","type":"invalid","code":"bad"}}': ("bad", "invalid", "no"),
    b'{"error":"words"}': ("", "", "words"),
    b'[{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"slow"}}]': (
        "429",
        "RESOURCE_EXHAUSTED",
        "slow",
    ),
    b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}': (
        "",
        "overloaded_error",
        "Overloaded",
    ),
    b'{"message":"denied"}': ("", "", "denied"),
    b'{"detail":"Not Found"}': ("", "", "Not Found"),
    b"<html>busy</html>": ("", "", "<html>busy</html>"),
    b"": ("", "", "Too Many"),
}


@pytest.mark.parametrize("body", ERRORS)
def test_an_error_status_is_an_error(body: bytes) -> None:
    interaction = make_interaction(
        [(1, body)] if body else [],
        request=CHAT_REQUEST,
        headers=JSON,
        status=429,
        reason="Too Many",
    )
    (error,) = read_meaning(interaction).answer.errors
    assert (error.origin, error.http_status) == ("http", 429)
    assert (error.code, error.type, error.message) == ERRORS[body]


def test_no_response_at_all() -> None:
    meaning = read_meaning(make_unanswered(request=CHAT_REQUEST))
    assert meaning.api == "openai.chat"
    assert meaning.remarks == ("no response came: cut",)
    assert [type(delta) for delta in meaning.deltas] == [Error]


TARGETS = (
    "/v1/responses", "/v1/chat/completions", "/v1/completions", "/v1/messages", "/v1/threads/runs",
    "/m:streamGenerateContent", "/v1/interactions", "/model/m/converse-stream",
    "/model/m/invoke-with-response-stream", "/api/chat", "/v2/chat", "/v1/chat",
    "/v1/conversations", "/mcp", "/message:stream", "/v1/audio/speech", "/v1/images/edits",
    "/v1/audio/transcriptions", "/x",
)  # fmt: skip
TYPES = (
    "text/event-stream", "application/json", "application/x-ndjson", "audio/mpeg", "",
    "application/vnd.amazon.eventstream",
)  # fmt: skip


@given(
    st.sampled_from(TARGETS),
    st.sampled_from(TYPES),
    st.sampled_from(("", "gzip", "br", "zstd", "deflate", "x")),
    st.lists(st.binary(max_size=60) | st.sampled_from(CHAT)),
)
def test_any_bytes_are_read(target: str, kind: str, coding: str, pieces: list[bytes]) -> None:
    headers: Headers = (("Content-Type", kind), ("Content-Encoding", coding))
    request = make_request(target=target)
    reads = [(float(n), piece) for n, piece in enumerate(pieces) if piece]
    meaning = read_meaning(make_interaction(reads, request=request, headers=headers))
    if not coding:
        assert b"".join(frame.raw for frame in meaning.frames) == b"".join(pieces)
