"""Notes: where each provider names its models."""

import pytest

from tests.interactions import make_request
from wiretape.cassettes.model import Notes, Request, Response
from wiretape.cassettes.notes import notes_of


def answer(body: bytes) -> Response:
    return Response("1.1", 200, "OK", (), body)


def asked(model: str) -> Request:
    return make_request(body=b'{"stream":true,"model":"%b"}' % model.encode())


@pytest.mark.parametrize(
    ("body", "model"),
    [
        (b'{"id":"x","model":"gpt-5-2026"}', "gpt-5-2026"),
        (b': hi\n\ndata: {"id":1}\n\ndata: {"model":"m1","choices":[]}\n\n', "m1"),
        (b'event: response.created\ndata: {"response":{"model":"m2"}}\n\n', "m2"),
        (b'event: message_start\ndata:{"message":{"model":"claude"}}\r\n\r\n', "claude"),
        (b'data: {"candidates":[],"modelVersion":"gemini-3"}\n\n', "gemini-3"),
        (b'{"model":"llama3","done":false}\n{"model":"llama3","done":true}\n', "llama3"),
        (b'data: {"text":"\\"model\\": \\"not me\\""}\n\n', ""),
        (b"data: {broken\n\n\xff\xfe", ""),
        (b'{"model":7}', ""),
        (b"", ""),
    ],
)
def test_the_model_that_answered(body: bytes, model: str) -> None:
    assert notes_of("openai", make_request(), answer(body)).model_answered == model


@pytest.mark.parametrize(
    ("target", "model"),
    [
        ("/v1beta/models/gemini-3:streamGenerateContent?alt=sse", "gemini-3"),
        ("/model/anthropic.claude-v2:1/converse-stream", "anthropic.claude-v2:1"),
        ("/v1/models/gpt-5", ""),
        ("/v1/models", ""),
    ],
)
def test_the_model_asked_for_in_the_path(target: str, model: str) -> None:
    request = make_request(target=target, body=b"{}")
    assert notes_of("x", request, None) == Notes(model_asked=model)


def test_a_router_names_the_provider_behind_the_colon() -> None:
    assert notes_of("hf", asked("org/m:groq"), None) == Notes("org/m:groq", "", "groq")
    assert notes_of("ollama", asked("llama3:8b"), None).provider == ""
    assert notes_of("hf", asked("org/m"), None).provider == ""


def test_the_open_responses_version_of_either_side() -> None:
    versioned = (("OpenResponses-Version", "2026-10-01"),)
    request = make_request(headers=versioned)
    assert notes_of("x", request, None).open_responses_version == "2026-10-01"
    response = Response("1.1", 200, "OK", versioned, b"")
    assert notes_of("x", make_request(), response).open_responses_version == "2026-10-01"
