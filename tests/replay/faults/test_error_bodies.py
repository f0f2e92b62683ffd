"""The bodies of error statuses: named as each provider names them."""

import pytest

from tests.interactions import make_interaction, make_request
from tests.replay.faults.test_faults import PIECES, body, converse, faulted

CLIENTS = (400, 401, 403, 404, 408, 413, 422)
"""Statuses that say that the client is wrong."""


@pytest.mark.parametrize(
    ("target", "code", "named"),
    [
        *(("/v1/chat/completions", code, b'"type":"invalid_request_error"') for code in CLIENTS),
        ("/v1/chat/completions", 401, b'"code":"invalid_api_key"'),
        ("/v1/chat/completions", 500, b'"type":"server_error"'),
        *(("/v1/messages", code, b'"invalid_request_error"') for code in (400, 408, 422)),
        ("/v1/messages", 401, b'"authentication_error"'),
        ("/v1/messages", 504, b'"timeout_error"'),
        ("/v1/messages", 502, b'"api_error"'),
        *(("/v1beta/models/g:generateContent", code, b"INVALID_ARGUMENT") for code in (413, 422)),
        ("/v1beta/models/g:generateContent", 502, b"INTERNAL"),
    ],
)
def test_errors_are_named_as_the_provider_names_them(target: str, code: int, named: bytes) -> None:
    whole = make_interaction(PIECES, request=make_request(target=target))
    assert named in body(faulted(f"status(code={code})", whole))


@pytest.mark.parametrize(
    ("code", "named"),
    [
        (401, "UnrecognizedClientException"),
        (413, "ValidationException"),
        (422, "ValidationException"),
        (502, "InternalServerException"),
    ],
)
def test_errors_of_bedrock_are_named_in_a_header(code: int, named: str) -> None:
    result = faulted(f"status(code={code})", converse())
    assert result.response is not None
    assert ("x-amzn-errortype", named) in result.response.headers
