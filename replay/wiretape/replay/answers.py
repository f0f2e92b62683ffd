"""What the server says in its own voice: JSON bodies that a client's SDK can print.

The SDKs of OpenAI and Anthropic show `error.message` to their user, so the whole reason is one
sentence there; `x-should-retry: false` keeps them from asking again what will not change.
Knows aiohttp's Response and the answers of a Player; nothing of streams.
"""

from typing import Any

import msgspec
from aiohttp import web

from wiretape.cassettes.answering import Difference, Miss
from wiretape.cassettes.client_variables import provider_in
from wiretape.cassettes.model import Request

_SHOWN = 80
"""Characters of a value within a sentence; the body of the answer has it whole."""


class Refusal(web.Response):
    """An error as JSON: `{"error": {"code", "message", ...}}`."""

    def __init__(self, status: int, code: str, message: str, details: dict[str, object]) -> None:
        content = {"error": {"code": code, "message": message, **details}}
        super().__init__(
            status=status,
            body=msgspec.json.encode(content) + b"\n",
            content_type="application/json",
            headers={"Server": "wiretape", "x-should-retry": "false"},
        )
        self.code = code
        self.message = message


def refusal(
    status: int, code: str, message: str, *, close: bool = False, **details: object
) -> Refusal:
    """`close`: the connection is of no more use, since not all of the request was read."""
    answer = Refusal(status, code, message, details)
    if close:
        answer.force_close()
    return answer


def missed(upstream: str, request: Request, miss: Miss) -> Refusal:
    """503: no recording answers the request. Names the nearest one and how it differs.
    `request`: as recorded, since the client's user may keep what it says."""
    return refusal(
        503,
        miss.code,
        _sentence(upstream, request, miss),
        nearest=_nearest(upstream, request, miss),
        differences=[msgspec.to_builtins(difference) for difference in miss.differences],
    )


def unknown_upstream(request: Request, upstreams: frozenset[str]) -> Refusal:
    """404: the target says not which of several upstreams is meant. `request`: as recorded."""
    names = ", ".join(sorted(upstreams))
    return refusal(
        404,
        "unknown_upstream",
        f"{_short(_path(request))} names no upstream of this tape; "
        f"begin the path with one of: {names}",
        upstreams=sorted(upstreams),
    )


def asked_text(upstream: str, request: Request, miss: Miss) -> str:
    """A request in words: `POST /v1/responses of openai`. `request`: as recorded."""
    path = _path(request)
    if not (other := other_provider(upstream, request, miss)):
        return f"{request.method} {_short(path)} of {upstream or 'any upstream'}"
    return f"{request.method} {_short(path[len(other) + 1 :])} of {other} (not on the tape)"


def other_provider(upstream: str, request: Request, miss: Miss) -> str:
    """The provider that is meant where a tape of one upstream is asked for another's: the name of
    that one may be left out, so that the other's is part of a path. Empty as a rule.

    Paths of some begin with another's name (`/openai/v1` of Groq), and so do their recordings.
    """
    name = provider_in(_path(request))
    if not name or name == upstream:
        return ""
    for one in miss.differences:
        if one.where == "path" and not one.recorded.startswith((f"/{name}/", "…")):
            return name
    return ""


def _nearest(upstream: str, request: Request, miss: Miss) -> dict[str, Any] | None:
    if miss.nearest is None:
        return None
    recorded = {difference.where: difference.recorded for difference in miss.differences}
    return {
        "number": miss.nearest,
        "upstream": recorded.get("upstream", upstream),
        "method": recorded.get("method", request.method),
        "path": recorded.get("path", _path(request)),
    }


def _sentence(upstream: str, request: Request, miss: Miss) -> str:
    asked = asked_text(upstream, request, miss)
    if miss.code == "recordings_used_up":
        return f"every recording of this {asked} has been played; the last is {miss.nearest}"
    if miss.nearest is None:
        return f"no recording answers {asked}: the tape is empty"
    sentence = f"no recording answers {asked}; the nearest is {miss.nearest}"
    if not miss.differences:
        return sentence
    more = len(miss.differences) - 1
    rest = f", and {more} more" if more else ""
    return f"{sentence}, which differs in {_difference(miss.differences[0])}{rest}"


def _difference(one: Difference) -> str:
    return f"{one.where} (asked {_short(one.asked)}, recorded {_short(one.recorded)})"


def _path(request: Request) -> str:
    return request.target.partition("?")[0]


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
