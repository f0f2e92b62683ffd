"""The layout that Ruby's VCR began and VCR.py took over: a request with a `uri`, a response with a
`status` of its own, headers as lists of values. How a body stands differs.
"""

from collections.abc import Callable
from typing import Any

from wiretape.cassettes.interop.exchange import Exchange
from wiretape.cassettes.interop.fields import header_pairs, table, text, whole

Body = Callable[[Any, str], bytes]
"""A body as the format has it, and what to call it where it is none."""


def vcr_exchange(part: Any, place: str, body: Body) -> Exchange:
    """The exchange in an interaction. Raises Refused."""
    both = table(part, "the interaction")
    asked = table(both.get("request"), "request")
    answer = table(both.get("response"), "response")
    status = table(answer.get("status"), "response.status")
    return Exchange(
        place=place,
        method=text(asked.get("method"), "request.method").upper(),
        url=text(asked.get("uri"), "request.uri"),
        request_headers=header_pairs(asked.get("headers"), "request.headers"),
        request_body=body(asked.get("body"), "request.body"),
        status=whole(status.get("code"), "response.status.code"),
        reason=text(status.get("message"), "response.status.message"),
        response_headers=header_pairs(answer.get("headers"), "response.headers"),
        response_body=body(answer.get("body"), "response.body"),
    )
