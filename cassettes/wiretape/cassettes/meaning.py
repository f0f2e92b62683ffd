"""An interaction read: its frames, its deltas, its answer, and what could not be read.

Takes the content coding off, finds the framing and the API, and hands the bytes through. Total:
a body that is binary, half there, damaged or not what its headers say is read as far as it goes,
with the reason in `remarks`. Knows interactions, framing and dialects; no files, no terminal.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from wiretape.cassettes.codec.content import READABLE, TooLarge
from wiretape.cassettes.codec.content_reads import BrokenCoding, Read, decoded_reads
from wiretape.cassettes.dialects.answer import Answer
from wiretape.cassettes.dialects.answering import answer_of
from wiretape.cassettes.dialects.counting import believed
from wiretape.cassettes.dialects.delta import (
    Delta,
    End,
    Error,
    Keepalive,
    Meta,
    Start,
    Unknown,
)
from wiretape.cassettes.dialects.detection import SSE_FIELDS, api_of, api_of_path, framing_of
from wiretape.cassettes.dialects.http_error import http_error
from wiretape.cassettes.dialects.payload import Decode, NotJson, decode_json
from wiretape.cassettes.dialects.payload_pairs import rejoined
from wiretape.cassettes.dialects.registry import DIALECTS
from wiretape.cassettes.dialects.unknown import UnknownDialect
from wiretape.cassettes.framing.decoding import frames_in
from wiretape.cassettes.framing.frame import Frame, Framing, Malformed
from wiretape.cassettes.framing.sse import BOM
from wiretape.cassettes.http1 import header
from wiretape.cassettes.model import Interaction, Response

HTTP_ERROR = 400
"""Statuses from here on are errors (RFC 9110 section 15)."""

_STREAMED = frozenset[Framing]({"sse", "ndjson", "eventstream", "json_array", "websocket"})


class Meaning(msgspec.Struct, frozen=True):
    """What an interaction means."""

    api: str
    """Id of the API, e.g. `openai.responses`; empty where nothing tells it."""
    framing: Framing
    frames: tuple[Frame | Malformed, ...] = ()
    deltas: tuple[Delta, ...] = ()
    answer: Answer = Answer()
    remarks: tuple[str, ...] = ()
    """What stood in the way, each in words."""
    decode: Decode = decode_json
    """What the JSON of the frames was decoded with."""

    @property
    def streamed(self) -> bool:
        """Whether the answer came in frames."""
        return self.framing in _STREAMED


class Body(msgspec.Struct, frozen=True):
    """The body of a response, content coding removed."""

    data: bytes
    frames: tuple[Frame | Malformed, ...]
    last_ns: int
    decode: Decode


def read_meaning(interaction: Interaction, decode: Decode = decode_json) -> Meaning:
    """Read an interaction, as far as it can be read. Who looks into the frames afterwards, too,
    gives a `decode` that remembers."""
    response = interaction.response
    named = api_of_path(interaction.request.target)
    if response is None:
        ending = interaction.timeline.ending
        broken = tuple(_transport_error(interaction))
        return Meaning(
            named,
            "json",
            deltas=broken,
            answer=answer_of(broken),
            remarks=(f"no response came: {ending.detail or ending.kind}",),
        )
    remarks: list[str] = []
    reads = _decoded(interaction, response, remarks)
    data = b"".join([piece for piece, _ in reads])
    content_type = header(response.headers, "content-type") or ""
    framed = framing_of(content_type, data, named)
    if framed.remark:
        remarks.append(framed.remark)
    frames = rejoined(tuple(frames_in(framed.framing, reads)))
    spoken = api_of(named, (frame for frame in frames if isinstance(frame, Frame)), decode)
    if spoken.remark:
        remarks.append(spoken.remark)
    last_ns = reads[-1][1] if reads else interaction.timeline.ending.at_ns
    body = Body(data, frames, last_ns, decode)
    told = _said(response, spoken.api, framed.framing, body)
    if not any(map(_is_end, told)):
        # A client may hang up, or a server break off, behind the last word: that is a remark.
        told.extend(_transport_error(interaction))
    deltas = believed(told, remarks)
    remarks.extend(_broken(interaction, spoken.api, framed.framing, body, deltas))
    answer = answer_of(deltas)
    return Meaning(spoken.api, framed.framing, frames, deltas, answer, tuple(remarks), decode)


def _decoded(interaction: Interaction, response: Response, remarks: list[str]) -> list[Read]:
    """The reads of the body, content coding removed, as far as it can be."""
    codings = [
        coding
        for coding in reversed(_listed(response))
        if coding not in ("identity", "none", "utf-8")
    ]
    reads: Iterable[Read] = _reads(interaction, response)
    for coding in codings:
        if coding not in READABLE:
            remarks.append(f"content coding {coding!r} cannot be taken off")
            return []
        reads = decoded_reads(coding, reads)
    decoded: list[Read] = []
    try:
        decoded.extend(reads)
    except BrokenCoding as error:
        remarks.append(f"the {', '.join(codings)} coding of the body is damaged: {error}")
    except TooLarge:
        remarks.append("the body decodes to more than the limit; read as far as that")
    return decoded


def _listed(response: Response) -> list[str]:
    return [
        coding.strip().lower()
        for name, value in response.headers
        if name.lower() == "content-encoding"
        for coding in value.split(",")
        if coding.strip()
    ]


def _reads(interaction: Interaction, response: Response) -> Iterator[Read]:
    start = 0
    for chunk in interaction.timeline.received:
        yield response.body[start : start + chunk.size], chunk.at_ns
        start += chunk.size
    if start < len(response.body):
        yield response.body[start:], interaction.timeline.ending.at_ns


def _is_end(delta: Delta) -> bool:
    """Whether the provider said that it was over."""
    return isinstance(delta, End) and delta.clean and delta.via != "eof"


def _said(response: Response, api: str, framing: Framing, body: Body) -> list[Delta]:
    dialect = DIALECTS.get(api, UnknownDialect)()
    dialect.decode = body.decode
    if response.status >= HTTP_ERROR and framing in ("json", "json_array"):
        return [http_error(response.status, response.reason, body.data, body.last_ns)]
    if framing not in _STREAMED:
        return list(dialect.read_whole(body.data, body.last_ns)) if body.data else []
    deltas: list[Delta] = []
    for frame in body.frames:
        if isinstance(frame, Frame):
            deltas += dialect.read(frame)
        elif api == "gemini.generate" and frame.raw.startswith(b"{"):
            # Gemini's error stands in an SSE body as bare JSON; its SDK reads it unfinished.
            deltas += dialect.read(_unframed(frame))
    deltas += dialect.finish(body.last_ns)
    return deltas


def _unframed(bare: Malformed) -> Frame:
    return Frame(
        bare.number, "data", "", bare.raw, bare.raw, bare.offset, bare.first_ns, bare.last_ns
    )


def _broken(
    interaction: Interaction, api: str, framing: Framing, body: Body, deltas: Sequence[Delta]
) -> Iterator[str]:
    """What kept the body from being read whole, in words."""
    for frame in body.frames:
        if isinstance(frame, Malformed):
            yield f"frame {frame.number} at byte {frame.offset:,}: {frame.words}"
    understood = any(not isinstance(delta, _NOTHING_SAID) for delta in deltas)
    binary = framing == "json" and bool(body.data) and isinstance(body.decode(body.data), NotJson)
    if binary and not understood:
        yield f"the body, {len(body.data):,} bytes, is neither JSON nor a stream that is known"
    elif not api and body.data:
        path = interaction.request.target.partition("?")[0]
        yield f"neither the path {path} nor the body tells which API this is"
    elif not understood and any(isinstance(delta, Unknown) for delta in deltas):
        yield f"nothing in the body could be understood as {api}"
    elif framing == "sse" and _is_no_stream(body):
        yield "nothing in the body is an event"
    ending = interaction.timeline.ending
    if ending.kind != "complete":
        yield f"{_ENDINGS[ending.kind]}, after {ending.offset:,} bytes"


_NOTHING_SAID = (Start, Unknown, Keepalive, Meta, End, Error)


def _is_no_stream(body: Body) -> bool:
    """Whether no line is one of an event stream: a page of HTML that says it is one."""
    return bool(body.data.strip()) and not any(
        line.startswith(SSE_FIELDS) for line in body.data.removeprefix(BOM).splitlines()
    )


def _transport_error(interaction: Interaction) -> Iterator[Delta]:
    """What the ending means, where it is no end of the answer."""
    ending = interaction.timeline.ending
    if ending.kind != "complete":
        yield Error(
            0,
            ending.at_ns,
            origin="transport",
            type=ending.kind,
            message=ending.detail or _ENDINGS[ending.kind],
        )


_ENDINGS = {
    "cut": "the connection was closed before the response was complete",
    "reset": "the connection was reset",
    "timeout": "nothing came for longer than the recorder waited",
    "client_left": "the client left before the response was complete",
}
