"""Rules applied to an interaction that is on a tape already.

What a recorder does as bytes come is done here at once, with the same redactor, so that the
same rules leave the same. Knows the model; reading and writing tapes is the store's business.
"""

from collections import Counter

from msgspec.structs import replace

from wiretape.cassettes.model import Interaction, Response
from wiretape.cassettes.redaction.redactor import Redactor
from wiretape.cassettes.redaction.stream import BodyStream


def redact_interaction(interaction: Interaction, redactor: Redactor) -> Interaction:
    """The interaction as the redactor's rules leave it; the same one where nothing holds.

    Use one redactor for the interactions of one session, in order, so that each value keeps its
    stand-in. A body that cannot be kept is empty, has no chunks, and is named in `lost`.
    """
    request, response = interaction.request, interaction.response
    counts: Counter[str] = Counter()
    redactor.learn(request.headers, request.target)
    sent = redactor.request_stream(request.headers, counts)
    kept_request = replace(
        request,
        target=redactor.target(request.target, counts),
        headers=redactor.headers(request.headers, counts),
        body=_through(sent, request.body),
    )
    timeline, lost = interaction.timeline, [interaction.lost, sent.lost]
    if sent.lost:
        timeline = replace(timeline, sent=())
    kept_response = None
    if response is not None:
        received = redactor.response_stream(response.headers, counts)
        kept_response = _response(response, received, redactor, counts)
        lost.append(received.lost)
        if received.lost:
            timeline = replace(timeline, received=())
    ending = replace(timeline.ending, detail=_words(timeline.ending.detail, redactor, counts))
    return replace(
        interaction,
        request=kept_request,
        response=kept_response,
        timeline=replace(timeline, ending=ending),
        redacted=dict(Counter(interaction.redacted) + counts),
        lost="; ".join(filter(None, lost)),
    )


def _response(
    response: Response, received: BodyStream, redactor: Redactor, counts: Counter[str]
) -> Response:
    return replace(
        response,
        reason=_words(response.reason, redactor, counts),
        headers=redactor.headers(response.headers, counts),
        body=_through(received, response.body),
        trailers=redactor.headers(response.trailers, counts),
    )


def _words(text: str, redactor: Redactor, counts: Counter[str]) -> str:
    return _through(redactor.stream(counts), text.encode("utf-8", "surrogateescape")).decode(
        "utf-8", "surrogateescape"
    )


def _through(stream: BodyStream, body: bytes) -> bytes:
    return stream.feed(body) + stream.finish()
