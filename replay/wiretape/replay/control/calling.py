"""A call of the control API from what was asked to what is said: read, check, run, encode.

Free of any server: a method, a target and a body come in, a status and bytes go out. Whatever is
wrong with a call becomes a problem of one line.
"""

import json
import re
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from msgspec.structs import replace

from wiretape.replay.control.openapi import document_bytes
from wiretape.replay.control.operations import Controlled, NotVerified
from wiretape.replay.control.problem import CONTENT_TYPE, Problem, Refused
from wiretape.replay.control.queries import NUMBERS
from wiretape.replay.control.routes import JSON, NAMES, PREFIX, Given, Route, routes_at

_SHOWN = 80
"""Characters of what a client said within a sentence."""

_MOST_PARAMETERS = 50

_WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)


class Said(msgspec.Struct, frozen=True):
    """An answer, to be sent as it is."""

    status: int
    content_type: str
    body: bytes
    allow: str = ""
    """The methods there are, with 405."""


def call(served: Controlled, method: str, target: str, body: bytes, session: str = "") -> Said:
    """Answer a call. `target`: from the prefix on. `session`: the one the request names itself,
    for the calls that take one."""
    path, _, query = target.removeprefix(PREFIX).partition("?")
    try:
        route, number = _route(method, path)
        given = Given(_query(route, query, session), _body(route, body, session), number)
        answer = document_bytes() if route.run is None else route.run(served, given)
        return _said(route, answer)
    except Refused as refused:
        return said_problem(refused.problem, refused.allow)


def said_problem(problem: Problem, allow: str = "") -> Said:
    return Said(problem.status, CONTENT_TYPE, msgspec.json.encode(problem) + b"\n", allow)


def _said(route: Route, answer: Any) -> Said:
    if isinstance(answer, NotVerified):
        return said_problem(answer)
    if isinstance(answer, bytes):
        return Said(route.status, route.media, answer)
    return Said(route.status, JSON, msgspec.json.encode(answer) + b"\n")


def _route(method: str, path: str) -> tuple[Route, int]:
    routes, number = routes_at(path)
    if not routes:
        names = ", ".join(NAMES)
        raise Refused(
            404, "unknown_control", f"there is no {PREFIX}{_short(path)}; there are {names}"
        )
    found = routes.get("GET" if method == "HEAD" else method)
    if found is None:
        allowed = sorted({*routes, *(("HEAD",) if "GET" in routes else ())})
        allow = ", ".join(allowed)
        raise Refused(
            405,
            "wrong_method",
            f"{PREFIX}{path} takes {allow}, not {_short(method)}",
            allow=allow,
        )
    return found, number


def _query(route: Route, text: str, session: str) -> Any:
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS
        )
    except ValueError as error:  # UnicodeDecodeError is one
        raise Refused(400, "bad_query", f"the query cannot be read: {error}") from None
    given: dict[str, str | int] = {}
    for name, value in pairs:
        if name in given:
            raise Refused(400, "bad_query", f"the query says {_short(name)} twice; say it once")
        given[name] = int(value) if name in NUMBERS and _WHOLE.fullmatch(value) else value
    if session and "session" in route.query.__struct_fields__:
        said = given.get("session")
        given["session"] = _one_session(session, said if isinstance(said, str) else None)
    return _read(lambda: msgspec.convert(given, route.query), "query", route.query)


def _body(route: Route, body: bytes, session: str) -> Any:
    if route.body is None:
        if body.strip():
            raise Refused(400, "bad_body", "this call takes no body")
        return None
    wanted = route.body
    if not body.strip():
        fields = ", ".join(wanted.__struct_fields__)
        raise Refused(400, "bad_body", f"this call wants JSON in its body: {fields}")
    read = _read(lambda: msgspec.convert(_whole(_decoded(body)), wanted), "body", wanted)
    if not session or not hasattr(read, "request"):
        return read
    filter_ = read.request
    said = filter_.session if isinstance(filter_.session, str) else None
    return replace(read, request=replace(filter_, session=_one_session(session, said)))


def _decoded(body: bytes) -> Any:
    """Raises ValueError also of a name that is said twice in an object."""
    value = msgspec.json.decode(body)
    # Only the names are looked at: digits without end are no number to Python.
    json.loads(body, object_pairs_hook=_said_once, parse_int=str, parse_float=str)
    return value


def _said_once(pairs: list[tuple[str, Any]]) -> None:
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        twice = next(name for name in names if names.count(name) > 1)
        raise msgspec.ValidationError(f"{_short(twice)} is said twice; say it once")


def _whole(value: Any) -> Any:
    """A body with 2.0 as 2: to JSON Schema both are whole numbers, to msgspec one is."""
    if not isinstance(value, dict):
        return value
    return {
        name: int(one)
        if name in NUMBERS and isinstance(one, float) and one.is_integer()
        else (_whole(one) if name == "request" else one)
        for name, one in value.items()
    }


def _one_session(named: str, said: str | None) -> str:
    if said is not None and said != named:
        raise Refused(
            400, "bad_session", "the session that is asked for is another than the request's own"
        )
    return named


def _read(read: Any, what: str, kind: type[msgspec.Struct]) -> Any:
    try:
        return read()
    except msgspec.ValidationError as error:
        fields = ", ".join(kind.__struct_fields__)
        told = f"the {what} is not as it should be: {_short(str(error), 200)}"
        known = f"; it may hold {fields}" if "unknown field" in told else ""
        raise Refused(400, f"bad_{what}", told + known) from None
    except (ValueError, RecursionError) as error:
        told = f"the {what} is no JSON: {_short(str(error), 200)}"
        raise Refused(400, f"bad_{what}", told) from None


def _short(text: str, width: int = _SHOWN) -> str:
    """Within one line, whatever a client said."""
    line = "".join(one if one.isprintable() else "�" for one in text)
    return line if len(line) <= width else f"{line[: width - 3]}..."
