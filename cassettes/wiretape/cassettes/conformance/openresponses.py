"""The OpenAPI document of Open Responses as validators that name the place of a mistake.

A validator tells of a union only that nothing in it fits. All unions of the document can be
decided beforehand, by the JSON type and then by `type`, so they are rewritten on loading into
`if` this is the branch, `then` it must be valid; the file itself stays as it was published.
Knows the document and the library that validates, nothing of streams.
"""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema_rs
import msgspec

from wiretape.cassettes.dialects.delta import Json

FILE = "openresponses.json"

MOST_SHOWN = 60
"""Characters of a value or a list that a problem shows."""


DEPTH = "depth"
"""Stands for the keyword where a value is nested too deep."""


class Problem(msgspec.Struct, frozen=True):
    """One place that is not as the schema says."""

    path: tuple[str | int, ...]
    keyword: str
    """Of the schema: `required`, `type`, `enum`..."""
    words: str
    missing: str = ""
    """The key that is missing, where the keyword is `required`."""


@cache
def document() -> dict[str, Json]:
    """The document as it was published."""
    found: dict[str, Json] = msgspec.json.decode(
        files("wiretape.cassettes.conformance").joinpath(FILE).read_bytes()
    )
    return found


@cache
def event_schemas() -> dict[str, str]:
    """The name of the schema of each event, by the event's type."""
    schemas = document()["components"]["schemas"]
    answer = document()["paths"]["/responses"]["post"]["responses"]["200"]["content"]
    names = [_name(one) for one in answer["text/event-stream"]["schema"]["oneOf"]]
    return {schemas[name]["properties"]["type"]["enum"][0]: name for name in names}


def problems(name: str, value: Json) -> Iterator[Problem]:
    """What is wrong with a value under the schema of that name."""
    try:
        errors = list(_validator(name).iter_errors(value))
    except ValueError:  # the library's limit is 255 levels
        yield Problem((), DEPTH, "nested too deep to be validated")
        return
    yield from map(_problem, errors)


@cache
def _validator(name: str) -> Any:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": f"#/components/schemas/{name}",
        "components": {"schemas": _decided()},
    }
    return jsonschema_rs.Draft202012Validator(schema, mask="the value")


@cache
def _decided() -> dict[str, Json]:
    schemas = document()["components"]["schemas"]
    return {name: _rewritten(schema, schemas) for name, schema in schemas.items()}


def _rewritten(schema: Json, schemas: dict[str, Json]) -> Json:
    """The schema with every union in it decided."""
    if isinstance(schema, list):
        return [_rewritten(one, schemas) for one in schema]
    if not isinstance(schema, dict):
        return schema
    rest = {
        key: _rewritten(value, schemas)
        for key, value in schema.items()
        if key not in ("oneOf", "anyOf", "discriminator", "description", "example", "default")
    }
    union = schema.get("oneOf") or schema.get("anyOf")
    if isinstance(union, list):
        rest["allOf"] = [*rest.get("allOf", []), *_decisions(union, schemas)]
    return rest


def _decisions(union: list[Json], schemas: dict[str, Json]) -> Iterator[dict[str, Json]]:
    branches = [leaf for branch in union for leaf in _leaves(branch, schemas)]
    shapes = [(_shape(branch, schemas), branch) for branch in branches]
    yield {"type": sorted({kind for (kind, _), _ in shapes})}
    names = [name for (_, name), _ in shapes if name]
    if names:
        choice = {"required": ["type"], "properties": {"type": {"enum": names}}}
        yield {"if": {"type": "object"}, "then": choice}
    for (kind, name), branch in shapes:
        guard: dict[str, Json] = {"type": kind}
        if name:
            guard |= {"required": ["type"], "properties": {"type": {"const": name}}}
        yield {"if": guard, "then": _rewritten(branch, schemas)}


def _leaves(branch: dict[str, Json], schemas: dict[str, Json]) -> Iterator[dict[str, Json]]:
    """The branches of a union inside a union count as branches of the outer one."""
    real = _followed(branch, schemas)
    inner = real.get("oneOf") or real.get("anyOf")
    if inner is None:
        yield branch
    else:
        for one in inner:
            yield from _leaves(one, schemas)


def _shape(branch: dict[str, Json], schemas: dict[str, Json]) -> tuple[str, str]:
    """The JSON type of a branch, and the `type` that its objects have, where they have one."""
    real = _followed(branch, schemas)
    named = real.get("properties", {}).get("type", {}).get("enum", [])
    return real.get("type", "object"), named[0] if len(named) == 1 else ""


def _followed(schema: dict[str, Json], schemas: dict[str, Json]) -> dict[str, Json]:
    """The schema that a reference means, also one that was given a description by `allOf`."""
    while True:
        if "$ref" in schema:
            schema = schemas[_name(schema)]
        elif "allOf" in schema and "type" not in schema:
            schema = schema["allOf"][0]
        else:
            return schema


def _name(reference: dict[str, Json]) -> str:
    return str(reference["$ref"]).rpartition("/")[2]


def _problem(error: Any) -> Problem:
    path, kind = tuple(error.instance_path), error.kind
    match kind.name:
        case "required":
            words, missing = f"{kind.property} is missing", kind.property
            return Problem((*path, missing), "required", words, missing)
        case "type":
            expected = " or ".join(kind.types)
            words = f"the value is {_type(error.instance)}, expected {expected}"
        case "enum":
            options = _short(", ".join(map(str, kind.options)))
            words = f"the value is {_short(repr(error.instance))}, expected one of {options}"
        case _:
            words = " ".join(error.message.split())
    return Problem(path, kind.name, words)


_TYPES = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}


def _type(value: Json) -> str:
    return _TYPES.get(type(value), "null")


def _short(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 3] + "..."
