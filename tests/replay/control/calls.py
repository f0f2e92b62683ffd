"""Calls of the control API over a real socket, each answer held against its own document."""

from typing import Any

import jsonschema_rs
import msgspec

from tests.raw_http import RawResponse, fetch
from wiretape.cassettes.model import Headers
from wiretape.replay.control.openapi import document
from wiretape.replay.control.routes import PREFIX, routes_at


async def call(
    url: str,
    method: str,
    path: str,
    body: object = None,
    headers: Headers = (),
    *,
    before: str = "",
) -> Any:
    """The JSON of an answer, whatever its status. `before`: what stands before the prefix."""
    return read(method, path, await raw_call(url, method, path, body, headers, before=before))


async def raw_call(
    url: str,
    method: str,
    path: str,
    body: object = None,
    headers: Headers = (),
    *,
    before: str = "",
) -> RawResponse:
    sent = b"" if body is None else body if isinstance(body, bytes) else msgspec.json.encode(body)
    return await fetch(url, method, before + PREFIX + path, headers, sent)


def read(method: str, path: str, answer: RawResponse) -> Any:
    """The JSON of an answer, of the shape that the document promises."""
    assert answer.head.get("cache-control") == "no-store"
    given = msgspec.json.decode(answer.body)
    routes, _ = routes_at(path.partition("?")[0])
    route = routes.get(method)
    if route is None:
        assert given["status"] == answer.status
        return given
    whole = document()
    responses = whole["paths"][PREFIX + route.path][method.lower()]["responses"]
    promised = responses.get(str(answer.status), responses["default"])
    (kind, content), *_ = promised["content"].items()
    assert answer.head.get("content-type") == kind
    schema = {**content["schema"], "components": whole["components"]}
    jsonschema_rs.validator_for(schema).validate(given)
    return given
