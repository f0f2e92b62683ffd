"""Every fault on every API's recorded streams, and on bytes that nobody recorded."""

import random
from collections import Counter
from functools import cache
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.corpus import Stream, streams
from tests.interactions import make_interaction, make_request
from wiretape.cassettes.dialects.delta import End, Error
from wiretape.cassettes.dialects.detection import api_of_path
from wiretape.cassettes.dialects.http_error import http_error
from wiretape.cassettes.dialects.registry import DIALECTS
from wiretape.cassettes.meaning import read_meaning
from wiretape.cassettes.model import Headers, Interaction
from wiretape.replay.faults import DoesNotApply, parse_fault
from wiretape.replay.faults.error_bodies import error_body
from wiretape.replay.wire_image import wire_image

TEXTS = (
    *("cut(after=50%)", "cut(after=9 bytes)", "cut(after=15ms)", "reset(after=1)"),
    *("stall(after=50%)", "stall(after=1, for=1s)", "slow_first_byte(by=1s)"),
    *("slow(bytes_per_second=100000)", "drop", "drop(every=3)", "duplicate", "reorder"),
    *("corrupt", "corrupt(what=utf8)", "corrupt(what=json)", "corrupt(what=crc)"),
    *("rechunk(how=1)", "rechunk(how=crlf)", "rechunk(how=utf8)", "rechunk(how=whole)"),
    *("rechunk(how=random)", "rechunk(how=event)", "error_event", "error_event(after=50%)"),
    *("error_event(after=0, rest=kept)", "status", "no_done", "double_terminal"),
    "wrong_content_type",
)
LARGEST = 100_000
"""Bytes: the longest bodies teach nothing here."""
OF_AN_API = 3


def recorded(body: bytes, content_type: str, target: str = "/", size: int = 500) -> Interaction:
    """A body that came in reads of `size` bytes."""
    headers: Headers = (("content-type", content_type), ("transfer-encoding", "chunked"))
    pieces = [(10 * n, body[at : at + size]) for n, at in enumerate(range(0, len(body), size), 1)]
    return make_interaction(pieces, request=make_request(target=target), headers=headers)


@cache
def chosen() -> list[tuple[str, Interaction]]:
    """A few of each API."""
    taken: Counter[str] = Counter()
    found: list[tuple[str, Interaction]] = []
    for stream in streams():
        if len(stream.body) > LARGEST or stream.status >= 400:
            continue
        one = recorded(stream.body, stream.content_type, _target(stream))
        meaning = read_meaning(one)
        if meaning.streamed and meaning.api in DIALECTS and taken[meaning.api] < OF_AN_API:
            taken[meaning.api] += 1
            found.append((meaning.api, one))
    return found


def _target(stream: Stream) -> str:
    return urlsplit(stream.url).path or "/"


@pytest.mark.corpus
@pytest.mark.parametrize("text", TEXTS)
def test_a_fault_on_every_api(text: str) -> None:
    applied = set()
    for api, one in chosen():
        try:
            result = parse_fault(text).applied(one, random.Random(1))
        except DoesNotApply:
            continue
        applied.add(api)
        assert result != one or text.startswith("rechunk"), (api, text)
        wire_image(result, result.timeline)
        read_meaning(result)
    assert len(applied) >= {
        "corrupt(what=crc)": 1,
        "rechunk(how=utf8)": 4,
        "rechunk(how=crlf)": 8,
    }.get(text, 12), applied


@pytest.mark.corpus
@pytest.mark.parametrize("text", ["error_event(after=50%)", "error_event(after=0, rest=kept)"])
def test_an_error_in_the_stream_is_understood_as_one(text: str) -> None:
    apis = set()
    for api, one in chosen():
        try:
            result = parse_fault(text).applied(one, random.Random(1))
        except DoesNotApply as reason:
            assert "of anthropic.messages" in str(reason)  # noqa: PT017 - results of a batch
            continue
        errors = [delta for delta in read_meaning(result).deltas if isinstance(delta, Error)]
        assert errors, (api, one.request.target)
        assert errors[0].message.startswith("The server had an error"), (api, errors)
        apis.add(api)
    assert len(apis) >= 13, apis


@pytest.mark.corpus
def test_without_its_end_no_stream_says_that_it_is_over() -> None:
    for api, one in chosen():
        try:
            result = parse_fault("no_done").applied(one, random.Random(1))
        except DoesNotApply:
            continue
        ends = {delta.via for delta in read_meaning(result).deltas if isinstance(delta, End)}
        assert ends <= {"eof"}, (api, one.request.target)


@pytest.mark.parametrize("code", [400, 413, 422, 429, 500, 503, 529, 599])
@pytest.mark.parametrize("api", [*DIALECTS, ""])
def test_a_status_is_understood_with_its_words(api: str, code: int) -> None:
    error = http_error(code, "", error_body(api, code), 0)
    assert error.message
    assert not error.message.startswith("{")


def test_the_path_tells_whose_error_it_is() -> None:
    for target, start in (
        ("/v1/messages", b'{"type":"error"'),
        ("/v1/chat/completions", b'{"error":{"message"'),
        ("/api/chat", b'{"error":"'),
        ("/v1beta/models/g:streamGenerateContent", b'{"error":{"code":429'),
    ):
        assert api_of_path(target)
        result = parse_fault("status").applied(
            recorded(b"", "text/event-stream", target), random.Random(1)
        )
        assert result.response is not None
        assert result.response.body.startswith(start)


TYPES = (
    *("text/event-stream", "application/x-ndjson", "application/json", ""),
    *("application/vnd.amazon.eventstream", "audio/mpeg"),
)
PARTS = (
    *(b"data: 1\n\n", b'data: {"a":1}\r\n\r\n', b": x\n\n", b"\n", b"\xef\xbb\xbf", b"[", b"]"),
    *(b'{"done":true}\n', b",", b"data: \xc3\xa4\n\n", b"event: e\n", b"data: [DONE]\n\n"),
)
BODIES = st.binary(max_size=200) | st.lists(st.sampled_from(PARTS), max_size=12).map(b"".join)


@given(BODIES, st.sampled_from(TYPES), st.sampled_from(TEXTS), st.integers(1, 40), st.randoms())
def test_any_bytes_are_faulted_or_refused(
    body: bytes, content_type: str, text: str, size: int, rng: random.Random
) -> None:
    one = recorded(body, content_type, "/v1/chat/completions", size)
    try:
        result = parse_fault(text).applied(one, rng)
    except DoesNotApply:
        return
    wire_image(result, result.timeline)
    if result.response is not None:
        sizes = [chunk.size for chunk in result.timeline.received]
        assert sum(sizes) == len(result.response.body) == result.timeline.ending.offset
    times = [chunk.at_ns for chunk in result.timeline.received]
    assert [*times, result.timeline.ending.at_ns] == sorted([*times, result.timeline.ending.at_ns])
