"""A recorded response as it goes on the wire: one run of bytes, and when each part is due.

Built once for an interaction and shared by every stream that plays it, so that any run of due
parts is one slice with no copy. Pure: knows the model and HTTP/1.1 as bytes, no socket, no
clock and no speed (it is given the timeline to play).
"""

from array import array
from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import Literal

import msgspec

from wiretape.cassettes.http1 import (
    BodyFraming,
    encode_chunk,
    encode_last_chunk,
    encode_response_head,
    header,
    keeps_alive,
    response_framing,
    tokens,
)
from wiretape.cassettes.model import Chunk, EndingKind, Headers, Interaction, Response, Timeline
from wiretape.replay.frame_borders import borders_for

Framing = Literal["exact", "frames"]
"""What one part of a body is: a recorded chunk, or a frame of its content type."""

_WIRE_VERSIONS = ("1.0", "1.1")


class WireImage(msgspec.Struct, frozen=True, eq=False):
    """Bytes, the parts they fall into, and how it stops.

    Part i ends at byte `ends[i]` and is due `due_ns[i]` nanoseconds after the request's last
    byte; both arrays never fall. The first part is the head of the response.
    """

    data: bytes
    ends: "array[int]"
    due_ns: "array[int]"
    ending: EndingKind
    end_ns: int
    """When the ending is due, at or after the last part."""
    keep_alive: bool
    """Whether the connection may serve another request after this."""


def wire_image(
    interaction: Interaction,
    timeline: Timeline,
    framing: Framing = "exact",
    *,
    to_http_1_0: bool = False,
) -> WireImage:
    """The image of an interaction played along `timeline`.

    `timeline` has the chunk sizes of the recorded one, with times of its own. `to_http_1_0`:
    the client speaks HTTP/1.0 and knows no chunks, so the body is delimited by closing
    (RFC 9112 section 7.1); nothing else of it changes.
    """
    response = interaction.response
    if response is None:
        return _silence(timeline)
    delimited = response_framing(interaction.request.method, response.status, response.headers)
    if to_http_1_0 and delimited == "chunked":
        response = msgspec.structs.replace(response, headers=_unchunked(response.headers))
        delimited = "close"
    body = b"" if delimited == "none" else response.body
    pieces = _pieces(response.headers, body, timeline.received, framing)
    complete = timeline.ending.kind == "complete"
    parts = [(timeline.head_ns or 0, _head(response))]
    chunked = delimited == "chunked"
    parts += [(at_ns, encode_chunk(data) if chunked else data) for at_ns, data in pieces]
    if chunked and complete:
        parts.append((timeline.ending.at_ns, encode_last_chunk(response.trailers)))
    stays = complete and not to_http_1_0 and _reusable(response, delimited, len(body))
    return _image(parts, timeline, stays)


def _image(parts: list[tuple[int, bytes]], timeline: Timeline, stays: bool) -> WireImage:
    # No part is due before the one it stands behind, whatever the tape says.
    due_ns = array("q", accumulate((at_ns for at_ns, _ in parts), max))
    last_ns = due_ns[-1]
    return WireImage(
        data=b"".join(data for _, data in parts),
        ends=array("Q", accumulate(len(data) for _, data in parts)),
        due_ns=due_ns,
        ending=timeline.ending.kind,
        # Where the connection stays, nothing on the wire marks the end but the last byte.
        end_ns=last_ns if stays else max(last_ns, timeline.ending.at_ns),
        keep_alive=stays,
    )


def _silence(timeline: Timeline) -> WireImage:
    """Nothing came, and then it ended."""
    kind = timeline.ending.kind
    return WireImage(
        data=b"",
        ends=array("Q"),
        due_ns=array("q"),
        ending="cut" if kind == "complete" else kind,
        end_ns=timeline.ending.at_ns,
        keep_alive=False,
    )


def _head(response: Response) -> bytes:
    # A recording of another tool may be of HTTP/2; what is served here is HTTP/1.
    version = response.version if response.version in _WIRE_VERSIONS else "1.1"
    return encode_response_head(version, response.status, response.reason, response.headers)


def _pieces(
    headers: Headers, body: bytes, received: tuple[Chunk, ...], framing: Framing
) -> list[tuple[int, bytes]]:
    """The body cut at its borders, each piece with the time when its last byte was there."""
    ends, times = _arrivals(received, len(body))
    borders = ends
    if framing == "frames":
        borders = _frame_borders(headers, body)
        # What is no frame (an unfinished one, or a type that has none) goes as it came.
        borders += ends[bisect_right(ends, borders[-1] if borders else 0) :]
    pieces: list[tuple[int, bytes]] = []
    start = 0
    for end in borders:
        pieces.append((times[bisect_left(ends, end)], body[start:end]))
        start = end
    return pieces


def _arrivals(received: tuple[Chunk, ...], size: int) -> tuple[list[int], list[int]]:
    """Rising ends of the chunks that carry something, and their times; they cover `size`.

    A chunk table that says less than the body has (a recording with losses) gives the rest to
    its last time; one that says more is cut.
    """
    ends: list[int] = []
    times: list[int] = []
    end = at_ns = 0
    for chunk in received:
        at_ns = max(at_ns, chunk.at_ns)
        if chunk.size and end < size:
            end = min(end + chunk.size, size)
            ends.append(end)
            times.append(at_ns)
    if end < size:
        ends.append(size)
        times.append(at_ns)
    return ends, times


def _frame_borders(headers: Headers, body: bytes) -> list[int]:
    """Where the frames end; none where they cannot be seen under a content coding."""
    find = borders_for(header(headers, "content-type"))
    if find is None or tokens(headers, "content-encoding") - {"identity"}:
        return []
    return find(body)


def _reusable(response: Response, delimited: BodyFraming, size: int) -> bool:
    """Whether a client can tell where the body ended without the connection closing."""
    if delimited == "close" or not keeps_alive(response.version, response.headers):
        return False
    if delimited == "length":
        stated = {v.strip() for n, v in response.headers if n.lower() == "content-length"}
        return stated == {str(size)}
    return True


def _unchunked(headers: Headers) -> Headers:
    """Without what speaks of chunks, and what promises that the connection stays. None is added:
    a body without a length ends with the connection (RFC 9112 section 6.3)."""
    return tuple(
        (name, value)
        for name, value in headers
        if name.lower() not in ("transfer-encoding", "trailer", "keep-alive")
        and not (name.lower() == "connection" and "keep-alive" in value.lower())
    )
