"""Tapes and clients for the tests of the testing room.

Clients are the standard library's: what a view does is not to depend on an SDK.
"""

import json
import urllib.request
from collections.abc import Iterable
from pathlib import Path

from tests.interactions import make_interaction, make_request
from wiretape.cassettes.model import Interaction, Session
from wiretape.cassettes.store import append

SESSION = Session(0, "2026-01-01T00:00:00.000000Z", "test")


def recording(question: str = "hi", answer: str = "hello", upstream: str = "openai") -> Interaction:
    """One question and its answer, streamed in two reads 20 ms apart."""
    body = json.dumps({"model": "m", "input": question}).encode()
    pieces = ((10.0, f"data: {answer}\n\n".encode()), (30.0, b"data: [DONE]\n\n"))
    return make_interaction(pieces, upstream=upstream, request=make_request(body=body))


def write_tape(path: Path, *interactions: Interaction) -> Path:
    """A cassette of these, with its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    append(path, SESSION, interactions or (recording(),))
    return path


def ask(base_url: str, question: str = "hi") -> str:
    """The text of an answer. Raises urllib's HTTPError."""
    body = json.dumps({"model": "m", "input": question}).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{base_url}/responses", body, headers)
    with urllib.request.urlopen(request, timeout=20) as response:
        text: str = response.read().decode()
    return text


def answers(texts: Iterable[str]) -> list[str]:
    """As `ask` gives them."""
    return [f"data: {text}\n\ndata: [DONE]\n\n" for text in texts]
