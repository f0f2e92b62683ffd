"""One entry of the journal: an exchange as it may be kept and shown.

Holds no credential, and no more bytes than it says. Knows exchanges and notes; nothing of the
journal that keeps it.
"""

from datetime import datetime

import msgspec
from msgspec.structs import replace

from wiretape.cassettes.answering import Difference, Miss
from wiretape.cassettes.codec.content import READABLE, TooLarge, decode
from wiretape.cassettes.model import Request
from wiretape.cassettes.notes import notes_of
from wiretape.cassettes.redaction.encoded import unread_codings
from wiretape.replay.exchange import Exchange, Outcome
from wiretape.replay.faults.catalogue import fault_text

LONGEST_BODY = 1 << 20
"""Bytes of a body that are kept: the context of most agents, whole."""
MOST_DECODED = 16 << 20
"""Bytes a body with a content coding may become, for as long as it is looked into."""
LONGEST_TEXT = 4096
"""Characters of a header's value, of a query and of a value that differs."""
MOST_DIFFERENCES = 100

_EACH = 1024
"""Bytes an entry costs beside its texts, about."""


class Place(msgspec.Struct, frozen=True):
    """Where a recording stands."""

    cassette: str
    """The path as the server was given it; empty where it was given recordings alone."""
    number: int
    """In that cassette."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked, and what answered."""

    number: int
    """From 1, in the order in which requests were whole."""
    time: datetime
    session: str
    upstream: str
    model: str
    """The one asked for; empty where the request names none."""
    request: Request
    """Redacted and bounded, its body without content codings."""
    body_bytes: int
    """Of the body, whatever is kept of it."""
    body_cut: bool
    """Whether less of the body is kept than came."""
    body_coded: bool
    """Whether the body is kept with its content coding, which could not be taken off."""
    outcome: Outcome
    status: int | None
    recording: int | None
    """Its number on the server's tape."""
    place: Place | None
    faults: tuple[str, ...]
    code: str
    """Of a miss or a refusal."""
    refusal: str
    miss: Miss | None

    @property
    def body_known(self) -> bool:
        """Whether all that the body says can be read here."""
        return not (self.body_cut or self.body_coded)

    @property
    def path(self) -> str:
        return self.request.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.request.target.partition("?")[2]

    @property
    def size(self) -> int:
        """Bytes it costs, about."""
        request, miss = self.request, self.miss
        headers = sum(len(name) + len(value) for name, value in request.headers)
        differences = () if miss is None else miss.differences
        told = sum(len(one.where) + len(one.asked) + len(one.recorded) for one in differences)
        return _EACH + len(request.body) + len(request.target) + headers + told


def entry_of(
    exchange: Exchange, redacted: Request, place: Place | None, number: int, time: datetime
) -> Entry:
    """The entry of an exchange. `redacted`: its request as a recording would hold it."""
    miss = exchange.miss
    body, coded = _uncoded(redacted)
    redacted = replace(redacted, body=body)
    # The redactor keeps nothing of what it cannot look through.
    unkept = exchange.unread or bool(exchange.request.body and not body)
    return Entry(
        number=number,
        time=time,
        session=exchange.session,
        upstream=exchange.upstream,
        model=notes_of(exchange.upstream, redacted, None).model_asked[:LONGEST_TEXT],
        request=_bounded(redacted),
        body_bytes=len(body) or len(exchange.request.body),
        body_cut=unkept or len(body) > LONGEST_BODY,
        body_coded=coded,
        outcome=exchange.outcome,
        status=exchange.status,
        recording=None if exchange.played is None else exchange.played.number,
        place=place,
        faults=tuple(map(fault_text, exchange.faults)),
        code=exchange.code if miss is None else miss.code,
        refusal=exchange.refusal,
        miss=None if miss is None else _bounded_miss(miss),
    )


def _uncoded(request: Request) -> tuple[bytes, bool]:
    """The body without its content codings; with them, and True, where one cannot be read."""
    body = request.body
    if not body:
        return body, False
    for coding in unread_codings(request.headers):
        try:
            decoded = decode(coding, body, MOST_DECODED) if coding in READABLE else None
        except TooLarge:
            decoded = None
        if decoded is None or not decoded.complete:
            return request.body, True
        body = decoded.body
    return body, False


def _bounded(request: Request) -> Request:
    # The path stays whole, as long as a server takes one: a glob looks at its end.
    path, mark, query = request.target.partition("?")
    return replace(
        request,
        target=f"{path}{mark}{_cut(query)}",
        headers=tuple((name[:LONGEST_TEXT], _cut(value)) for name, value in request.headers),
        body=request.body[:LONGEST_BODY],
    )


def _bounded_miss(miss: Miss) -> Miss:
    return replace(
        miss,
        differences=tuple(
            Difference(_cut(one.where), _cut(one.asked), _cut(one.recorded))
            for one in miss.differences[:MOST_DIFFERENCES]
        ),
    )


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 3]}..."
