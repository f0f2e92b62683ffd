"""What the writers of other tools' files share: URLs, and what such a file cannot say.

Knows the model; the writers know a format each.
"""

from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urlsplit

import msgspec

from wiretape.cassettes.codec.content import READABLE, TooLarge, decode
from wiretape.cassettes.http1 import tokens
from wiretape.cassettes.interop.exchange import Left
from wiretape.cassettes.model import Interaction, Response, Session

Sessions = dict[int, Session]


class Export(msgspec.Struct, frozen=True):
    """A written file, and what is not in it as it was."""

    data: bytes
    written: int
    remarks: tuple[Left, ...]
    decoded: int = 0
    """How many bodies stand in it without the content coding that they came in."""


Exporter = Callable[[Iterable[Interaction], Sessions, str], Export]
"""Interactions, their sessions by number, and the program that writes."""


def url_of(interaction: Interaction) -> str:
    """Where the request went. A target that begins with the base's own path is not given it
    twice, as the recorder does."""
    parts = urlsplit(interaction.base)
    target = interaction.request.target
    path = target.partition("?")[0]
    if parts.path and (path == parts.path or path.startswith(parts.path + "/")):
        return f"{parts.scheme}://{parts.netloc}{target}"
    return interaction.base.rstrip("/") + target


def answered(interactions: Iterable[Interaction], remarks: list[Left]) -> Iterator[Interaction]:
    """Those that another tool can play; the others, and what is not told of these, are named."""
    for interaction in interactions:
        place = f"interaction {interaction.number}"
        if interaction.response is None:
            remarks.append(Left(place, "no response came, so there is none to write"))
            continue
        kind = interaction.timeline.ending.kind
        if kind != "complete":
            cause = f"it ended as {kind}, which the file cannot say: it plays as whole"
            remarks.append(Left(place, cause))
        yield interaction


def without_coding(answer: Response) -> bytes | None:
    """The body with all its content codings off; None where it has none, or one that does not
    come off whole."""
    codings = [one for one in tokens(answer.headers, "content-encoding") if one != "identity"]
    if not codings or not answer.body:
        return None
    body = answer.body
    for coding in reversed(codings):
        if coding not in READABLE:
            return None
        try:
            found = decode(coding, body)
        except TooLarge:
            return None
        if not found.complete:
            return None
        body = found.body
    return body
