"""The OpenAPI 3.1 document of the control API, made of the table of its calls.

What a call takes and gives is read from the very types that it is read and answered with, so that
the two cannot differ. Knows routes only.
"""

from functools import cache
from typing import Any

import msgspec

from wiretape.replay.control.operations import NotVerified, tool_version
from wiretape.replay.control.problem import CONTENT_TYPE, Problem
from wiretape.replay.control.routes import JSON, PREFIX, ROUTES, Route
from wiretape.replay.faults.pattern import faults_pattern

_DESCRIPTION = (
    "What a replay server was asked, what it played, and what is to go wrong. A request that names "
    "a session, by an X-Wiretape-Session header or a path that begins with /__session/NAME, asks "
    "for that session where a call takes one."
)


@cache
def document() -> dict[str, Any]:
    """The document."""
    kinds = _kinds()
    shapes, components = msgspec.json.schema_components(
        kinds, ref_template="#/components/schemas/{name}"
    )
    # Not said where the type is: it takes a while to make, and the server takes more than it does.
    components["NewFaults"]["properties"]["fault"]["pattern"] = faults_pattern()
    shape_of = dict(zip(kinds, shapes, strict=True))
    queries = {route.query.__name__ for route in ROUTES}
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        operation = _operation(route, shape_of, components)
        paths.setdefault(PREFIX + route.path, {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Wiretape control API",
            "version": tool_version(),
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{}, {"token": []}],
        "paths": paths,
        "components": {
            "schemas": {name: one for name, one in components.items() if name not in queries},
            "securitySchemes": {
                "token": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-Wiretape-Token",
                    "description": "Where the server was started with --token.",
                }
            },
        },
    }


def document_bytes() -> bytes:
    """The same as JSON."""
    return msgspec.json.format(msgspec.json.encode(document()), indent=1) + b"\n"


def _kinds() -> list[Any]:
    """Every shape that is spoken of."""
    found: dict[Any, None] = {Problem: None, NotVerified: None}
    for route in ROUTES:
        for kind in (route.query, route.body, route.answer):
            if kind is not None:
                found[kind] = None
    return list(found)


def _operation(
    route: Route, shape_of: dict[Any, Any], components: dict[str, Any]
) -> dict[str, Any]:
    operation: dict[str, Any] = {"operationId": route.name, "summary": route.summary}
    if parameters := [*_in_path(route), *_in_query(route, components)]:
        operation["parameters"] = parameters
    if route.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {JSON: {"schema": shape_of[route.body]}},
        }
    operation["responses"] = _responses(route, shape_of)
    return operation


def _responses(route: Route, shape_of: dict[Any, Any]) -> dict[str, Any]:
    shape = {"type": "string"} if route.media != JSON else {"type": "object"}
    if route.answer is not None:
        shape = shape_of[route.answer]
    responses: dict[str, Any] = {
        str(route.status): {
            "description": route.summary,
            "content": {route.media: {"schema": shape}},
        }
    }
    for status, words in route.problems:
        kind = NotVerified if route.name == "verify" and status == 409 else Problem
        responses[str(status)] = _problem(words, shape_of[kind])
    responses["default"] = _problem("A problem, told in one line.", shape_of[Problem])
    return responses


def _problem(words: str, shape: Any) -> dict[str, Any]:
    return {"description": words, "content": {CONTENT_TYPE: {"schema": shape}}}


def _in_path(route: Route) -> list[dict[str, Any]]:
    if "{number}" not in route.path:
        return []
    shape = {"type": "integer", "minimum": 1, "maximum": 10**15}
    return [{"name": "number", "in": "path", "required": True, "schema": shape}]


def _in_query(route: Route, components: dict[str, Any]) -> list[dict[str, Any]]:
    properties: dict[str, Any] = components[route.query.__name__]["properties"]
    parameters = []
    for name, shape in properties.items():
        said = dict(shape)
        parameter: dict[str, Any] = {"name": name, "in": "query"}
        if words := said.pop("description", ""):
            parameter["description"] = words
        parameters.append({**parameter, "schema": said})
    return parameters
