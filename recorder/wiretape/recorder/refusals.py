"""Requests that are answered by the proxy itself, with the reason in JSON.

A refusal is not an interaction: the provider said nothing. Knows what a request says, and how
to answer it; nothing of connections or tapes.
"""

import msgspec
from aiohttp import web

from wiretape.cassettes.http1 import header, tokens
from wiretape.cassettes.model import Headers


class Refusal(msgspec.Struct, frozen=True):
    """An answer of ours: HTTP status, a code for programs, a line for people."""

    status: int
    code: str
    message: str


def refusal_of(method: str, target: str, headers: Headers) -> Refusal | None:
    """Why a request cannot be passed on, as far as its head says."""
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
    return None


def refuse(refusal: Refusal) -> web.Response:
    """The response to send."""
    return answer_json(
        {"error": {"code": refusal.code, "message": refusal.message}}, refusal.status
    )


def answer_json(value: object, status: int = 200) -> web.Response:
    """A JSON document of ours, named as such."""
    return web.Response(
        status=status,
        body=msgspec.json.encode(value),
        content_type="application/json",
        headers={"Server": "wiretape"},
    )
