"""What a client asked: the request as the model has it, and the upstream it is meant for.

Knows aiohttp's request; nothing of recordings beyond the names of their upstreams, nor of what a
session was given.
"""

import asyncio
import re

import msgspec
from aiohttp import web

from wiretape.cassettes import session_names
from wiretape.cassettes.model import Headers, Request
from wiretape.replay.errors import BadSession

BODY_LIMIT = 1 << 30
"""Bytes of a request body: four times what any provider takes."""

BODY_SILENCE = 60.0
"""Seconds without a byte of a body that is not whole. aiohttp keeps it to itself when a chunk in
a later read is malformed, so that this is the only way to see it."""

_AUTHORITY = re.compile(r"^[a-z][a-z0-9+.-]*://[^/?#]*", re.IGNORECASE)


class BodyTooLarge(Exception):
    """The body is over the limit; the rest of it was not read."""


async def read_request(asked: web.BaseRequest, max_body: int = BODY_LIMIT) -> Request:
    """The request with its whole body.

    Raises BodyTooLarge above `max_body` bytes, TimeoutError after BODY_SILENCE.
    """
    if (asked.content_length or 0) > max_body:
        raise BodyTooLarge
    if asked.headers.get("Expect", "").lower() == "100-continue" and asked.transport:
        asked.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = await _read_body(asked, max_body)
    return msgspec.structs.replace(head_of(asked), body=body)


def head_of(asked: web.BaseRequest) -> Request:
    """The request without its body."""
    return Request(
        method=asked.method,
        target=origin_form(asked.raw_path),
        version=f"{asked.version.major}.{asked.version.minor}",
        headers=headers_of(asked),
        body=b"",
    )


def origin_form(target: str) -> str:
    """The target without scheme and host, which a client may send (RFC 9112 section 3.2.2)."""
    if target.startswith("/"):
        return target
    path = _AUTHORITY.sub("", target, count=1)
    return path if path.startswith(("/", "*")) else "/" + path


def upstream_of(target: str, upstreams: frozenset[str]) -> tuple[str, str] | None:
    """The upstream a target is meant for, and the target as it was recorded there.

    `/NAME/v1/x` is `/v1/x` of NAME. Where only one upstream is on the tape its name may be left
    out; on an empty tape any target is of the upstream "". None where no name fits.
    """
    name, rest = _split_name(target)
    if name in upstreams:
        return name, rest
    if len(upstreams) <= 1:
        return next(iter(upstreams), ""), target
    return None


def session_of(request: Request) -> tuple[str, Request]:
    """The session a request belongs to, "" for the default one, and the request without a path
    prefix that says so. Raises BadSession."""
    try:
        session, target = session_names.session_of(request.target, request.headers)
    except ValueError as error:
        raise BadSession(str(error)) from None
    if target == request.target:
        return session, request
    return session, msgspec.structs.replace(request, target=target)


def headers_of(asked: web.BaseRequest) -> Headers:
    """The header pairs as they were on the wire."""
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in asked.raw_headers
    )


def _split_name(target: str) -> tuple[str, str]:
    """The first segment of a path, and the target without it."""
    path, mark, query = target.partition("?")
    name, _, rest = path.removeprefix("/").partition("/")
    return name, f"/{rest}{mark}{query}"


async def _read_body(asked: web.BaseRequest, max_body: int) -> bytes:
    if not asked.body_exists:
        return b""
    if asked.content.is_eof():  # all of it has come: nothing to wait for
        body = await asked.content.read()
        if len(body) > max_body:
            raise BodyTooLarge
        return body
    whole = bytearray()
    while not asked.content.at_eof():
        async with asyncio.timeout(BODY_SILENCE):
            whole += await asked.content.readany()
        if len(whole) > max_body:
            raise BodyTooLarge
    return bytes(whole)
