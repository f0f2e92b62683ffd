"""A body as runs: bytes with the time they came at, and the read they came in.

What faults take apart and put together again. Content-Length follows the body, where there is one;
the borders of the recorded reads stay where nothing was changed. Pure.
"""

import codecs
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

from msgspec.structs import replace

from wiretape.cassettes.codec.content import READABLE, TooLarge
from wiretape.cassettes.codec.content_reads import BrokenCoding, decoded_reads
from wiretape.cassettes.http1 import header, tokens
from wiretape.cassettes.model import Chunk, Ending, Headers, Interaction, Response, Timeline
from wiretape.replay.faults.fault import DoesNotApply

MOST_PIECES = 1_000_000
"""Pieces a fault cuts a body into; each costs some 100 bytes of memory and a slot of time."""


_NONE = -2
"""No read at all; -1 is that of bytes that come before the first."""


class Run(NamedTuple):
    """Bytes, when they came in nanoseconds, and in which read of the recording, from 0."""

    data: bytes
    at_ns: int
    read: int


def answered(interaction: Interaction) -> Response:
    """The response. Raises DoesNotApply where none was recorded."""
    if interaction.response is None:
        raise DoesNotApply("no response was recorded")
    return interaction.response


def is_text(body: bytes) -> bool:
    """Whether all of it is UTF-8, but for a character that a cut may have left in two."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(body)
    except UnicodeDecodeError:
        return False
    return True


def runs_of(interaction: Interaction) -> list[Run]:
    """The body in the reads it came in; what the chunk table lacks came with the last of them."""
    body = answered(interaction).body
    runs: list[Run] = []
    start = at_ns = read = 0
    for read, chunk in enumerate(interaction.timeline.received):
        at_ns = max(at_ns, chunk.at_ns)
        if piece := body[start : start + chunk.size]:
            runs.append(Run(piece, at_ns, read))
        start += chunk.size
    if start < len(body):
        runs.append(Run(body[start:], at_ns, read))
    return runs


def split_runs(runs: Iterable[Run], sizes: Iterable[int]) -> list[list[Run]]:
    """Runs cut into groups of so many bytes each; what is left over is a group of its own."""
    left = list(reversed(list(runs)))
    groups: list[list[Run]] = []
    for size in sizes:
        group: list[Run] = []
        while size > 0 and left:
            run = left.pop()
            if len(run.data) > size:
                left.append(run._replace(data=run.data[size:]))
                run = run._replace(data=run.data[:size])
            group.append(run)
            size -= len(run.data)
        groups.append(group)
    groups.append(left[::-1])
    return groups


def with_runs(
    interaction: Interaction, runs: Sequence[Run], *, ending: Ending | None = None
) -> Interaction:
    """The interaction with another body. Runs of one read that stand side by side are one again.

    The ending is the recorded one, at its time or with the last run, where `ending` gives none.
    """
    response = answered(interaction)
    body = b"".join(run.data for run in runs)
    received: list[Chunk] = []
    at_ns, read = 0, _NONE
    for run in runs:
        at_ns = max(at_ns, run.at_ns)
        if run.read == read and received[-1].at_ns == at_ns:
            received[-1] = Chunk(at_ns, received[-1].size + len(run.data))
        else:
            received.append(Chunk(at_ns, len(run.data)))
        read = run.read
    end = ending or interaction.timeline.ending
    grown = len(body) - len(response.body)
    return replace(
        interaction,
        response=replace(response, body=body, headers=_longer(response.headers, grown)),
        timeline=replace(
            interaction.timeline,
            received=tuple(received),
            ending=replace(end, at_ns=max(end.at_ns, at_ns), offset=len(body)),
        ),
    )


def in_pieces(interaction: Interaction, pieces: Sequence[tuple[int, int]]) -> Interaction:
    """The same body in other chunks: (bytes, nanoseconds) of each. Nothing comes before its time
    or the piece before it."""
    if len(pieces) > MOST_PIECES:
        raise DoesNotApply(f"it would fall into {len(pieces):,} pieces, more than {MOST_PIECES:,}")
    times = accumulate((at_ns for _, at_ns in pieces), max)
    received = tuple(
        Chunk(at_ns, size) for (size, _), at_ns in zip(pieces, times, strict=True) if size
    )
    last_ns = received[-1].at_ns if received else 0
    ending = interaction.timeline.ending
    ending = replace(ending, at_ns=max(ending.at_ns, last_ns))
    return replace(
        interaction, timeline=replace(interaction.timeline, received=received, ending=ending)
    )


def shifted(timeline: Timeline, by_ns: int) -> Timeline:
    """All of the response later by so much."""
    return replace(
        timeline,
        head_ns=None if timeline.head_ns is None else timeline.head_ns + by_ns,
        received=tuple(Chunk(chunk.at_ns + by_ns, chunk.size) for chunk in timeline.received),
        ending=replace(timeline.ending, at_ns=timeline.ending.at_ns + by_ns),
    )


def without_coding(interaction: Interaction) -> Interaction:
    """The response as if the provider had not compressed it: body decoded, each byte at the time
    of the read that made it readable, and no Content-Encoding. Raises DoesNotApply."""
    response = answered(interaction)
    codings = [
        coding.strip().lower()
        for name, value in response.headers
        if name.lower() == "content-encoding"
        for coding in value.split(",")
    ]
    codings = [coding for coding in codings if coding not in ("", "identity")]
    if not codings:
        return interaction
    runs = runs_of(interaction)
    for coding in reversed(codings):
        runs = _decoded(interaction, coding, runs)
    bare = tuple(pair for pair in response.headers if pair[0].lower() != "content-encoding")
    return with_runs(replace(interaction, response=replace(response, headers=bare)), runs)


def _decoded(interaction: Interaction, coding: str, runs: list[Run]) -> list[Run]:
    if coding not in READABLE:
        raise DoesNotApply(f"its content coding {coding!r} cannot be taken off")
    # The place of a read stands in for its time, which several may share.
    reads = [(run.data, place) for place, run in enumerate(runs)]
    decoded: list[Run] = []
    try:
        for data, place in decoded_reads(coding, reads):
            decoded.append(runs[place]._replace(data=data))
    except TooLarge:
        raise DoesNotApply(f"its body is too large once the {coding} coding is off") from None
    except BrokenCoding as error:
        # A recording that was cut has the beginning of a coded body.
        if interaction.timeline.ending.kind == "complete":
            raise DoesNotApply(f"its {coding} coding is damaged: {error}") from None
    return decoded


def _longer(headers: Headers, by: int) -> Headers:
    """Content-Length, where there is one, by so many bytes more. One that never fitted the body
    (a recording that was cut) goes on not fitting it."""
    stated = (header(headers, "content-length") or "").strip()
    if not by or not stated.isdecimal() or "chunked" in tokens(headers, "transfer-encoding"):
        return headers
    length = str(max(0, int(stated) + by))
    return tuple(
        (name, length if name.lower() == "content-length" else value) for name, value in headers
    )
