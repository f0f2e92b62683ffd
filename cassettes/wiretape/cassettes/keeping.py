"""What a cassette can hold of an interaction, where a journal has more.

A reader has limits and takes no head that a replay could not send; so what is beyond them is left
out before it is written, and `lost` says what and why. Rare: the recorder refuses such heads, and
no provider reads or writes a body a million times. Knows the model and the codec's limits.
"""

from msgspec.structs import replace

from wiretape.cassettes.codec.legal import NOT_IN_A_HEAD, request_problem, response_problem
from wiretape.cassettes.codec.lines import MAX_INTERACTION_TEXT, MAX_LINE
from wiretape.cassettes.model import Chunk, Headers, Interaction

MOST_CHUNKS = 1_000_000
"""Of one direction. Two such tables, of 13 digits a time and 10 a size, are 50 MB: within the limit
of a line together with all else that stands in it."""

MOST_BODIES = MAX_INTERACTION_TEXT - MAX_LINE
"""Bytes of both bodies together."""


def keepable(interaction: Interaction) -> Interaction:
    """The interaction as it can be written: the same one as a rule."""
    lost: list[str] = []
    if request_problem(interaction):
        lost.append("characters of the request's head that cannot stand in one")
        interaction = _with_clean_request(interaction)
    if problem := request_problem(interaction):
        lost[:] = [f"the request's body ({problem})"]
        timeline = replace(interaction.timeline, sent=())
        request = replace(interaction.request, body=b"")
        interaction = replace(interaction, request=request, timeline=timeline)
    if problem := response_problem(interaction):
        lost.append(f"the response ({problem})")
        interaction = _without_response(interaction)
    interaction = _with_fewer_chunks(interaction, lost)
    interaction = _within_size(interaction, lost)
    if not lost:
        return interaction
    return replace(interaction, lost="; ".join(filter(None, (interaction.lost, *lost))))


def _with_clean_request(interaction: Interaction) -> Interaction:
    asked = interaction.request
    headers: Headers = tuple((_clean(name), _clean(value)) for name, value in asked.headers)
    request = replace(
        asked,
        method=_clean(asked.method),
        target=_clean(asked.target),
        version=_clean(asked.version),
        headers=headers,
    )
    return replace(interaction, request=request)


def _clean(text: str) -> str:
    return NOT_IN_A_HEAD.sub("?", text)


def _without_response(interaction: Interaction) -> Interaction:
    timeline = replace(interaction.timeline, head_ns=None, received=())
    return replace(interaction, response=None, timeline=timeline)


def _with_fewer_chunks(interaction: Interaction, lost: list[str]) -> Interaction:
    timeline = interaction.timeline
    if max(len(timeline.sent), len(timeline.received)) <= MOST_CHUNKS:
        return interaction
    lost.append(f"the borders and times of the reads behind the first {MOST_CHUNKS:,}")
    timeline = replace(timeline, sent=_fewer(timeline.sent), received=_fewer(timeline.received))
    return replace(interaction, timeline=timeline)


def _fewer(chunks: tuple[Chunk, ...]) -> tuple[Chunk, ...]:
    """The last one holds what is too many, and stands where the last of them stood."""
    if len(chunks) <= MOST_CHUNKS:
        return chunks
    rest = chunks[MOST_CHUNKS - 1 :]
    joined = Chunk(rest[-1].at_ns, sum(chunk.size for chunk in rest))
    return (*chunks[: MOST_CHUNKS - 1], joined)


def _within_size(interaction: Interaction, lost: list[str]) -> Interaction:
    request, response, timeline = interaction.request, interaction.response, interaction.timeline
    if len(request.body) > MOST_BODIES:
        lost.append(f"the request's body, {len(request.body):,} bytes")
        request, timeline = replace(request, body=b""), replace(timeline, sent=())
    if response is not None and len(request.body) + len(response.body) > MOST_BODIES:
        lost.append(f"the response's body, {len(response.body):,} bytes")
        response, timeline = replace(response, body=b""), replace(timeline, received=())
    return replace(interaction, request=request, response=response, timeline=timeline)
