"""Wire images, byte for byte."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.interactions import (
    MS,
    SSE_CHUNKED,
    make_interaction,
    make_request,
    make_unanswered,
    with_length,
)
from wiretape.cassettes.model import Chunk, EndingKind, Headers, Interaction
from wiretape.cassettes.timeline import instant
from wiretape.replay.wire_image import Framing, WireImage, wire_image

SSE_LENGTH_4 = with_length(SSE_CHUNKED, 4)
SSE_CLOSE: Headers = (("Content-Type", "text/event-stream"),)
NDJSON: Headers = (("Content-Type", "application/x-ndjson"), ("Transfer-Encoding", "chunked"))


def image_of(
    interaction: Interaction, framing: Framing = "exact", *, to_http_1_0: bool = False
) -> WireImage:
    return wire_image(interaction, interaction.timeline, framing, to_http_1_0=to_http_1_0)


def parts(image: WireImage) -> list[tuple[float, bytes]]:
    """(milliseconds, bytes) of each part, the head of the response left out."""
    offsets = list(pairwise([0, *image.ends]))
    assert not offsets or offsets[-1][1] == len(image.data)
    return [
        (due_ns / MS, image.data[start:end])
        for due_ns, (start, end) in zip(image.due_ns, offsets, strict=True)
    ][1:]


def test_chunked_is_byte_exact() -> None:
    recorded = make_interaction(
        [(10, b"data: one\n\n"), (30, b"data: two\n\n")],
        headers=(
            ("content-TYPE", "text/event-stream"),
            ("X-Twice", "1"),
            ("Transfer-Encoding", "chunked"),
            ("x-twice", "2"),
            ("X-Latin", "caf\xe9"),
        ),
        reason="Fine",
        trailers=(("X-Checksum", "abc"),),
        end_ms=35,
    )
    image = image_of(recorded)
    assert image.data == (
        b"HTTP/1.1 200 Fine\r\n"
        b"content-TYPE: text/event-stream\r\n"
        b"X-Twice: 1\r\n"
        b"Transfer-Encoding: chunked\r\n"
        b"x-twice: 2\r\n"
        b"X-Latin: caf\xe9\r\n\r\n"
        b"b\r\ndata: one\n\n\r\n"
        b"b\r\ndata: two\n\n\r\n"
        b"0\r\nX-Checksum: abc\r\n\r\n"
    )
    assert list(image.due_ns) == [5 * MS, 10 * MS, 30 * MS, 35 * MS]
    assert image.keep_alive
    assert (image.ending, image.end_ns) == ("complete", 35 * MS)


def test_with_a_length_the_borders_are_times() -> None:
    image = image_of(make_interaction([(10, b"ab"), (20, b"cd")], headers=SSE_LENGTH_4, end_ms=50))
    assert parts(image) == [(10, b"ab"), (20, b"cd")]
    assert image.keep_alive
    assert image.end_ns == 20 * MS  # nothing on the wire marks a later end


def test_delimited_by_closing() -> None:
    image = image_of(make_interaction([(10, b"ab"), (20, b"cd")], headers=SSE_CLOSE, end_ms=50))
    assert parts(image) == [(10, b"ab"), (20, b"cd")]
    assert not image.keep_alive
    assert image.end_ns == 50 * MS


def test_an_empty_body() -> None:
    assert parts(image_of(make_interaction([]))) == [(5, b"0\r\n\r\n")]
    image = image_of(make_interaction([], headers=(("Content-Length", "0"),)))
    assert parts(image) == []
    assert image.keep_alive


@pytest.mark.parametrize("status", [204, 304])
def test_statuses_without_a_body(status: int) -> None:
    image = image_of(make_interaction([], status=status, headers=(("ETag", '"x"'),)))
    assert parts(image) == []
    assert image.keep_alive


def test_head_keeps_the_length_and_has_no_body() -> None:
    request = make_request("HEAD", body=b"")
    image = image_of(make_interaction([], request=request, headers=(("Content-Length", "42"),)))
    assert image.data == b"HTTP/1.1 200 OK\r\nContent-Length: 42\r\n\r\n"
    assert image.keep_alive
    image = image_of(make_interaction([], request=request))
    assert image.data.endswith(b"Transfer-Encoding: chunked\r\n\r\n")


@pytest.mark.parametrize("ending", ["cut", "reset", "timeout", "client_left"])
def test_an_unfinished_stream_has_no_last_chunk(ending: EndingKind) -> None:
    image = image_of(make_interaction([(10, b"ab")], ending=ending, end_ms=40))
    assert parts(image) == [(10, b"2\r\nab\r\n")]
    assert not image.keep_alive
    assert (image.ending, image.end_ns) == (ending, 40 * MS)


def test_a_length_that_the_body_does_not_have_ends_the_connection() -> None:
    headers = with_length(SSE_CHUNKED, 1000)
    for ending in ("cut", "complete"):
        image = image_of(make_interaction([(10, b"ab")], headers=headers, ending=ending))
        assert b"Content-Length: 1000\r\n" in image.data
        assert not image.keep_alive


def test_lengths_that_contradict_each_other_end_the_connection() -> None:
    headers: Headers = (("Content-Length", "2"), ("Content-Length", "3"))
    assert not image_of(make_interaction([(10, b"ab")], headers=headers)).keep_alive
    headers = (("Content-Length", "2"), ("Content-Length", "2"))
    assert image_of(make_interaction([(10, b"ab")], headers=headers)).keep_alive


@pytest.mark.parametrize(
    ("version", "connection", "kept"),
    [
        ("1.1", None, True),
        ("1.1", "close", False),
        ("1.0", None, False),
        ("1.0", "Keep-Alive", True),
    ],
)
def test_the_connection_is_kept_as_the_recording_says(
    version: str, connection: str | None, kept: bool
) -> None:
    headers = SSE_LENGTH_4 if connection is None else (*SSE_LENGTH_4, ("Connection", connection))
    image = image_of(make_interaction([(10, b"abcd")], version=version, headers=headers))
    assert image.data.startswith(f"HTTP/{version} 200 OK\r\n".encode())
    assert image.keep_alive is kept


def test_other_versions_are_served_as_http_1_1() -> None:
    image = image_of(make_interaction([(10, b"ab")], version="2", headers=SSE_CLOSE))
    assert image.data.startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize(
    ("connection", "kept"),
    [
        ((), b""),
        ((("Connection", "Close"),), b"Connection: Close\r\n"),
        ((("Connection", "keep-alive"), ("Keep-Alive", "timeout=5")), b""),
    ],
)
def test_to_a_client_without_chunks(connection: Headers, kept: bytes) -> None:
    headers = (*SSE_CHUNKED, *connection, ("Trailer", "X-T"), ("X-Kept", "1"))
    recorded = make_interaction(
        [(10, b"ab"), (20, b"cd")], headers=headers, trailers=(("X-T", "1"),)
    )
    image = image_of(recorded, to_http_1_0=True)
    assert image.data == (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" + kept + b"X-Kept: 1\r\n\r\nabcd"
    )
    assert parts(image) == [(10, b"ab"), (20, b"cd")]
    assert not image.keep_alive


def test_nothing_came() -> None:
    endings: dict[EndingKind, EndingKind] = {
        "cut": "cut",
        "reset": "reset",
        "timeout": "timeout",
        "complete": "cut",
    }
    for ending, played in endings.items():
        image = image_of(make_unanswered(ending=ending, end_ms=20))
        assert (image.data, len(image.ends), image.ending) == (b"", 0, played)
        assert image.end_ns == 20 * MS
        assert not image.keep_alive


def test_no_part_is_due_before_the_one_it_follows() -> None:
    image = image_of(make_interaction([(3, b"ab"), (2, b"cd")], head_ms=5, end_ms=1))
    assert [at_ms for at_ms, _ in parts(image)] == [5, 5, 5]
    assert image.end_ns == 5 * MS


def test_a_chunk_table_that_says_less_or_more_than_the_body() -> None:
    recorded = make_interaction([(10, b"abcd")])
    less = replace(recorded.timeline, received=(Chunk(10 * MS, 1),))
    assert parts(wire_image(recorded, less))[:-1] == [(10, b"1\r\na\r\n"), (10, b"3\r\nbcd\r\n")]
    more = replace(recorded.timeline, received=(Chunk(10 * MS, 9), Chunk(20 * MS, 1)))
    assert parts(wire_image(recorded, more))[:-1] == [(10, b"4\r\nabcd\r\n")]


def test_an_empty_read_is_no_chunk() -> None:
    image = image_of(make_interaction([(10, b"ab"), (15, b""), (20, b"cd")]))
    assert image.data.endswith(b"\r\n\r\n2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n")


# Frames


def test_a_frame_is_due_when_its_last_byte_was() -> None:
    recorded = make_interaction(
        [(10, b"data: 1\n\ndata: 2\n\nda"), (20, b"ta: "), (30, b"3\n\n"), (40, b"data: 4\n\n")]
    )
    assert parts(image_of(recorded, "frames")) == [
        (10, b"9\r\ndata: 1\n\n\r\n"),
        (10, b"9\r\ndata: 2\n\n\r\n"),
        (30, b"9\r\ndata: 3\n\n\r\n"),
        (40, b"9\r\ndata: 4\n\n\r\n"),
        (40, b"0\r\n\r\n"),
    ]


def test_what_is_no_whole_frame_goes_as_it_came() -> None:
    recorded = make_interaction(
        [(10, b"data: 1\n\nda"), (20, b"ta: "), (30, b"2")], ending="cut", headers=SSE_CHUNKED
    )
    assert parts(image_of(recorded, "frames")) == [
        (10, b"9\r\ndata: 1\n\n\r\n"),
        (10, b"2\r\nda\r\n"),
        (20, b"4\r\nta: \r\n"),
        (30, b"1\r\n2\r\n"),
    ]


def test_frames_of_a_body_with_a_length_are_kept_by_time() -> None:
    headers: Headers = (("Content-Type", "application/x-ndjson"), ("Content-Length", "6"))
    recorded = make_interaction([(10, b"1"), (20, b"\n2\n3"), (30, b"\n")], headers=headers)
    assert parts(image_of(recorded, "frames")) == [(20, b"1\n"), (20, b"2\n"), (30, b"3\n")]


def test_lines_of_ndjson() -> None:
    recorded = make_interaction([(10, b"{}"), (20, b"\n{}\n{")], headers=NDJSON)
    assert [data for _, data in parts(image_of(recorded, "frames"))] == [
        b"3\r\n{}\n\r\n",
        b"3\r\n{}\n\r\n",
        b"1\r\n{\r\n",
        b"0\r\n\r\n",
    ]


@pytest.mark.parametrize(
    "headers",
    [
        (("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")),
        (*SSE_CHUNKED, ("Content-Encoding", "gzip")),
        (("Transfer-Encoding", "chunked"),),
    ],
)
def test_bodies_whose_frames_cannot_be_seen_go_as_they_came(headers: Headers) -> None:
    recorded = make_interaction([(10, b"a\n\nb"), (20, b"c\n\n")], headers=headers)
    assert image_of(recorded, "frames").data == image_of(recorded).data


# Any chunking

pieces = st.lists(st.tuples(st.integers(0, 5), st.binary(max_size=6)), max_size=12)
sse_text = st.lists(st.sampled_from([b"\r", b"\n", b"d", b": x"]), max_size=30).map(b"".join)


def dechunked(data: bytes) -> tuple[list[bytes], bytes]:
    """HTTP chunks, and what follows the last one."""
    chunks: list[bytes] = []
    while data:
        size, _, rest = data.partition(b"\r\n")
        if size == b"0":
            return chunks, rest
        chunks.append(rest[: int(size, 16)])
        data = rest[int(size, 16) + 2 :]
    return chunks, b""


def timed(steps: list[tuple[int, bytes]]) -> list[tuple[float, bytes]]:
    at_ms = 10
    read: list[tuple[float, bytes]] = []
    for gap_ms, data in steps:
        at_ms += gap_ms
        read.append((at_ms, data))
    return read


@settings(deadline=None)  # machines are slow at times
@given(pieces)
def test_exact_gives_every_chunk_at_its_time(steps: list[tuple[int, bytes]]) -> None:
    read = timed(steps)
    carrying = [(at_ms, data) for at_ms, data in read if data]
    image = image_of(make_interaction(read))
    body = image.data[image.ends[0] :]
    assert dechunked(body) == ([data for _, data in carrying], b"\r\n")
    assert [at_ms for at_ms, _ in parts(image)][:-1] == [at_ms for at_ms, _ in carrying]
    plain = image_of(make_interaction(read, headers=SSE_CLOSE))
    assert parts(plain) == carrying


@settings(deadline=None)  # machines are slow at times
@given(sse_text, st.lists(st.integers(1, 5)), st.booleans())
def test_frames_give_the_same_bytes_never_early(
    body: bytes, sizes: list[int], complete: bool
) -> None:
    steps: list[tuple[int, bytes]] = []
    rest = body
    for size in [*sizes, len(body) or 1]:
        steps.append((1, rest[:size]))
        rest = rest[size:]
    read = timed(steps)
    image = image_of(make_interaction(read, headers=SSE_CLOSE), "frames")
    assert b"".join(data for _, data in parts(image)) == body
    sent = 0
    for at_ms, data in parts(image):
        sent += len(data)
        arrived = sum(len(part) for recorded_ms, part in read if recorded_ms <= at_ms)
        assert arrived >= sent
        before = sum(len(part) for recorded_ms, part in read if recorded_ms < at_ms)
        assert before < sent, "a part must not wait longer than for its last byte"


def test_instant_is_due_at_once() -> None:
    recorded = make_interaction()
    image = wire_image(recorded, instant(recorded.timeline))
    assert set(image.due_ns) == {0}
    assert image.end_ns == 0
    assert image.data == image_of(recorded).data
