"""The SSE decoder against the standard's own algorithm, on any bytes in any reads."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cassettes.framing.accounting import STEP_NS, Item, decoded, in_any_reads
from tests.cassettes.framing.whatwg import Dispatched, interpret
from wiretape.cassettes.framing.frame import Frame, Malformed

PIECES = (
    *(b"\n", b"\r", b"\r\n", b"\n\n", b"\r\r", b":", b" ", b": ", b"\0", b"\xff", b"\xc3"),
    *(b"data", b"data:", b"data: ", b"data: x\n\n", b"data: {}\r\n\r\n", b"data: y\r\r"),
    *(b"event", b"event: ", b"event: a\n", b"event: b\ndata: 1\n\n", b"event: c\r\ndata: 2\r\n"),
    *(b"id: ", b"id: 7\n", b"id\n", b"id: 1\0\n", b"retry: ", b"retry: 15\n", b"retry: x\n"),
    *(b": keep-alive\n\n", b": hi\n", b"\xef\xbb\xbf", b"\xef\xbb", "ä€😀".encode(), b"\x85"),
    *("\u2028".encode(), b"x: y\n", b"DATA: n\n", b"\x0b", b"\x0c", b"[DONE]"),
)

bodies = st.one_of(
    st.binary(max_size=60), st.lists(st.sampled_from(PIECES), max_size=16).map(b"".join)
)
places = st.lists(st.integers(0, 10_000), max_size=6)


def dispatched(items: list[Item]) -> list[Dispatched]:
    """What an EventSource dispatches for these frames; the last id holds until there is another."""
    events: list[Dispatched] = []
    last_event_id = ""
    for item in items:
        if isinstance(item, Frame):
            last_event_id = item.headers.get("id", last_event_id)
            if item.kind == "data":
                data = item.data.decode("utf-8", "replace")
                events.append(Dispatched(item.name or "message", data, last_event_id))
    return events


@settings(max_examples=600, deadline=None)
@given(bodies, places)
def test_any_bytes_in_any_reads(body: bytes, cuts: list[int]) -> None:
    items = in_any_reads("sse", body, [place % (len(body) + 1) for place in cuts])
    expected = interpret(body)
    assert dispatched(items) == expected.events
    retries = [
        item.headers["retry"]
        for item in items
        if isinstance(item, Frame) and "retry" in item.headers
    ]
    if not expected.discarded:
        assert (int(retries[-1]) if retries else None) == expected.retry
    malformed = [item for item in items if isinstance(item, Malformed)]
    assert malformed == (items[-1:] if expected.discarded else [])
    assert all(item.cause == "truncated" for item in malformed)


lines = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=30)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(lines, st.lists(lines, min_size=1, max_size=3)), max_size=5),
    st.sampled_from(["\n", "\r\n", "\r"]),
    places,
)
def test_what_was_encoded_comes_back(
    events: list[tuple[str, list[str]]], end: str, cuts: list[int]
) -> None:
    body = "".join(
        f"event: {name}{end}" + "".join(f"data: {line}{end}" for line in data) + end
        for name, data in events
    ).encode()
    items = in_any_reads("sse", body, [place % (len(body) + 1) for place in cuts])
    assert [(item.kind, item.name, item.data) for item in items if isinstance(item, Frame)] == [
        ("data", name, "\n".join(data).encode()) for name, data in events
    ]
    assert len(items) == len(events)


def test_a_frame_that_ends_with_cr_has_the_time_of_the_cr() -> None:
    """It is given with the next byte, but an EventSource dispatches it at the CR."""
    first, second = decoded("sse", [b"data: 1\r", b"\r", b"data: 2\r\r"])
    assert (first.first_ns, first.last_ns) == (STEP_NS, 2 * STEP_NS)
    assert (second.first_ns, second.last_ns) == (3 * STEP_NS, 3 * STEP_NS)


def test_a_comment_has_the_time_of_its_own_bytes() -> None:
    comment, event = decoded("sse", [b": keep-alive\n", b"", b"data: 1\n\n"])
    assert (comment.first_ns, comment.last_ns) == (STEP_NS, STEP_NS)
    assert (event.first_ns, event.last_ns) == (3 * STEP_NS, 3 * STEP_NS)


def test_frames_without_headers_share_them() -> None:
    """Half a million frames, one empty dict."""
    frames = decoded("sse", [b"data: 1\n\n", b"event: x\ndata: 2\n\n: c\n\nda", b"ta: 3\n\n"])
    assert len({id(item.headers) for item in frames if isinstance(item, Frame)}) == 1
