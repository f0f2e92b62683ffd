"""Requests that are answered by the proxy itself, with the reason in JSON.

A refusal is not an interaction: the provider said nothing. Knows what a request says, and how
to answer it; nothing of connections or tapes.
"""

from http import HTTPStatus

import msgspec
from aiohttp import web

from wiretape.cassettes.admission import denial_of
from wiretape.cassettes.http1 import encode_response_head, header, tokens
from wiretape.cassettes.model import Headers


class Refusal(msgspec.Struct, frozen=True):
    """An answer of ours: HTTP status, a code for programs, a line for people."""

    status: int
    code: str
    message: str


FAULT_HEADER = "x-wiretape-fault"
"""What a replay takes. Left alone, a test of a fault would pass without one."""

UNREAD = frozenset({400, 401, 403, 413, 421, 431, 501, 503})
"""Statuses behind which the connection closes: the request was not read to its end, or whoever
sent it should not send another.
"""


def refusal_of(
    method: str, target: str, headers: Headers, *, token: str = "", max_body: int | None = None
) -> Refusal | None:
    """Why a request cannot be passed on, as far as its head says."""
    denial = denial_of(headers, token)
    if denial is not None:
        return Refusal(denial.status, denial.code, denial.message)
    if max_body is not None and int(header(headers, "content-length") or 0) > max_body:
        return body_too_large(max_body)
    if method == "CONNECT" or not target.startswith("/"):
        return Refusal(
            400,
            "not_a_forward_proxy",
            "this is a reverse proxy: give the client the base URL http://HOST:PORT/NAME, "
            "do not set it as an HTTP proxy",
        )
    if "websocket" in tokens(headers, "upgrade"):
        return Refusal(
            501,
            "websocket_not_supported",
            "WebSocket is not recorded yet; use the provider's HTTP streaming",
        )
    if (header(headers, "authorization") or "").startswith("AWS4-HMAC-SHA256"):
        return Refusal(
            501,
            "signed_request",
            "a request signed for one host (AWS SigV4) cannot be passed on to another; "
            "use a Bedrock API key, sent as 'Authorization: Bearer ...'",
        )
    if header(headers, FAULT_HEADER) is not None:
        return Refusal(
            400,
            "no_faults_here",
            "faults are laid over what a replay plays, and this is a recorder: ask "
            "'wiretape replay', or 'wiretape record --mode none'",
        )
    return None


def body_too_large(limit: int) -> Refusal:
    """The body of a request is longer than the proxy takes."""
    return Refusal(
        413,
        "body_too_large",
        f"the request's body is over the limit of {limit:,} bytes (--max-body)",
    )


def refuse(refusal: Refusal) -> web.Response:
    """The response to send."""
    response = answer_json(_document(refusal), refusal.status)
    if refusal.status in UNREAD:
        response.force_close()
    return response


def encode_refusal(refusal: Refusal) -> bytes:
    """The response as bytes, for a connection that ends with it."""
    body = msgspec.json.encode(_document(refusal))
    headers = (
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Server", "wiretape"),
        ("Connection", "close"),
    )
    reason = HTTPStatus(refusal.status).phrase
    return encode_response_head("1.1", refusal.status, reason, headers) + body


def _document(refusal: Refusal) -> dict[str, dict[str, str]]:
    return {"error": {"code": refusal.code, "message": refusal.message}}


def answer_json(value: object, status: int = 200) -> web.Response:
    """A JSON document of ours, named as such."""
    return web.Response(
        status=status,
        body=msgspec.json.encode(value),
        content_type="application/json",
        headers={"Server": "wiretape"},
    )
