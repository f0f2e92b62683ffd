"""What an interaction must be like to stand on a cassette: one answer for writer and reader.

The reader takes nothing that a replay could not play, and so the writer writes nothing else.
The recorder asks the same of a head before it passes it on. Knows the model only.
"""

import re
from collections.abc import Iterable, Iterator

from wiretape.cassettes.model import Chunk, Headers, Interaction

STATUSES = range(100, 1000)
"""Status codes that clients read: three digits, the first of them no 0 (RFC 9110 section 15)."""

NOT_IN_A_HEAD = re.compile("[\r\n\0]|[^\x00-\xff]")
"""Ends of lines and NUL (RFC 9110 section 5.5), and what is no byte of ISO-8859-1."""


def out_of_place(texts: Iterable[str]) -> str | None:
    """The first of the texts that may not be part of a head, as it would be a line of its own on
    the wire, or could not be put there.
    """
    texts = tuple(texts)
    if not NOT_IN_A_HEAD.search("".join(texts)):  # nearly always
        return None
    return next((text for text in texts if NOT_IN_A_HEAD.search(text)), None)


def problem_of(interaction: Interaction) -> str:
    """Why it may not stand on a cassette; empty where it may."""
    return request_problem(interaction) or response_problem(interaction)


def request_problem(interaction: Interaction) -> str:
    """What is wrong with the request; empty where nothing is."""
    asked = interaction.request
    text = out_of_place([asked.method, asked.target, asked.version, *_texts(asked.headers)])
    if text is not None:
        return _misplaced(text)
    return _chunks_problem("request", interaction.timeline.sent, len(asked.body))


def response_problem(interaction: Interaction) -> str:
    """What is wrong with the response; empty where nothing is, or there is none."""
    response, received = interaction.response, interaction.timeline.received
    if response is None:
        return _chunks_problem("response", received, 0)
    if response.status not in STATUSES:
        return f"a response with status {response.status}"
    heads = (*response.headers, *response.trailers)
    text = out_of_place([response.version, response.reason, *_texts(heads)])
    if text is not None:
        return _misplaced(text)
    return _chunks_problem("response", received, len(response.body))


def _texts(headers: Headers) -> Iterator[str]:
    return (part for pair in headers for part in pair)


def _misplaced(text: str) -> str:
    return f"{text[:40]!r} cannot stand in a head"


def _chunks_problem(what: str, chunks: tuple[Chunk, ...], size: int) -> str:
    sizes = [chunk.size for chunk in chunks]
    total = sum(sizes)
    if total == size and min(sizes, default=0) >= 0:
        return ""
    return f"{what} chunks of {total} bytes for a body of {size}"
