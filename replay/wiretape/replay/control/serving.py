"""The control API on a server's connections: the one part of it that knows aiohttp.

Everything that goes wrong below its prefix is told as a problem, also what the server would say
itself. A call is small; a body over the limit is not read.
"""

import re

from aiohttp import web

from wiretape.replay.answers import Refusal
from wiretape.replay.asking import (
    BODY_SILENCE,
    BodyTooLarge,
    origin_form,
    read_request,
    session_of,
)
from wiretape.replay.control.calling import Said, call, said_problem
from wiretape.replay.control.operations import Controlled
from wiretape.replay.control.problem import problem
from wiretape.replay.errors import BadSession

BODY_LIMIT = 1 << 20
"""Bytes of a call's body."""

_OURS = re.compile(r"(?:/__session/[^/?]+)?/__wiretape/")


def is_control(asked: web.BaseRequest) -> bool:
    """Whether a request is for the server itself."""
    return _OURS.match(origin_form(asked.raw_path)) is not None


async def answer(asked: web.BaseRequest, served: Controlled) -> web.Response:
    """The answer to a request that is let in. Raises what reading it raises."""
    try:
        request = await read_request(asked, BODY_LIMIT)
        session, request = session_of(request)
    except BodyTooLarge:
        limit = f"the body of a call is over the limit of {BODY_LIMIT:,} bytes"
        return _response(said_problem(problem(413, "body_too_large", limit)), close=True)
    except TimeoutError:
        silence = f"no more of the body came in {BODY_SILENCE:g} s; send it whole"
        return _response(said_problem(problem(408, "body_incomplete", silence)), close=True)
    except BadSession as error:
        return _response(said_problem(problem(400, "bad_session", str(error))))
    return _response(call(served, request.method, request.target, request.body, session))


def as_problem(refusal: Refusal) -> web.Response:
    """What the server says of any request, as the control API says it."""
    told = problem(refusal.status, refusal.code, refusal.message)
    return _response(said_problem(told), close=True)


def _response(said: Said, *, close: bool = False) -> web.Response:
    headers = {"Server": "wiretape", "Content-Type": said.content_type, "Cache-Control": "no-store"}
    if said.allow:
        headers["Allow"] = said.allow
    response = web.Response(status=said.status, body=said.body, headers=headers)
    if close:
        response.force_close()
    return response
