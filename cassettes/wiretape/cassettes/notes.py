"""What a person wants to know of an interaction at a glance: models, provider, version.

Reads it out of heads and bodies that are already redacted, when an interaction is put on the
cassette, never while it is recorded. A body that is not as expected gives no note and no error:
that it is odd is for `check` to say.
"""

from collections.abc import Iterator
from itertools import pairwise

import msgspec

from wiretape.cassettes.codec.shown import shown
from wiretape.cassettes.http1 import header
from wiretape.cassettes.model import Headers, Notes, Request, Response

ROUTERS = frozenset({"hf", "openrouter"})
"""Upstreams whose model names end in `:provider` (or a policy such as `:fastest`)."""

SEARCHED_BYTES = 256 * 1024
"""The answering model stands in the first data of a stream; further in nobody looks."""

_OPEN_RESPONSES_VERSION = "openresponses-version"


class _Named(msgspec.Struct, frozen=True):
    model: str = ""


class _Answer(msgspec.Struct, frozen=True, rename="camel"):
    """The places where providers name the model that answers: `model` (OpenAI, Ollama, most),
    `response.model` (Responses), `message.model` (Anthropic), `modelVersion` (Gemini)."""

    model: str = ""
    response: _Named | None = None
    message: _Named | None = None
    model_version: str = ""


_asked_decoder = msgspec.json.Decoder(_Named)
_answer_decoder = msgspec.json.Decoder(_Answer)


def notes_of(upstream: str, request: Request, response: Response | None) -> Notes:
    """The notes of an interaction, as `shown`; empty strings for what is not there."""
    asked = _model_asked(request)
    _, colon, suffix = asked.rpartition(":")
    return Notes(
        model_asked=shown(asked),
        model_answered="" if response is None else shown(_model_answered(response)),
        provider=shown(suffix) if colon and upstream in ROUTERS else "",
        open_responses_version=shown(
            _version(request.headers) or ("" if response is None else _version(response.headers))
        ),
    )


def _version(headers: Headers) -> str:
    return header(headers, _OPEN_RESPONSES_VERSION) or ""


def _model_asked(request: Request) -> str:
    try:
        named = _asked_decoder.decode(request.body).model
    except (ValueError, RecursionError):
        named = ""
    return named or _model_in_path(request.target)


def _model_in_path(target: str) -> str:
    """`/v1beta/models/NAME:streamGenerateContent` (Gemini), `/model/NAME/converse` (Bedrock)."""
    parts = target.partition("?")[0].split("/")
    for collection, following in pairwise(parts):
        if collection == "models" and ":" in following:
            return following.rpartition(":")[0]
        if collection == "model":
            return following
    return ""


def _model_answered(response: Response) -> str:
    for document in _documents(response):
        try:
            answer = _answer_decoder.decode(document)
        except (ValueError, RecursionError):
            continue
        nested = answer.response or answer.message or _Named()
        name = answer.model or nested.model or answer.model_version
        if name:
            return name
    return ""


def _documents(response: Response) -> Iterator[bytes]:
    """What may be a JSON document: the whole body, then its lines without `data:`."""
    if len(response.body) <= SEARCHED_BYTES:
        yield response.body
    for line in response.body[:SEARCHED_BYTES].split(b"\n"):
        document = line.removeprefix(b"data:").strip()
        if document.startswith(b"{"):
            yield document
