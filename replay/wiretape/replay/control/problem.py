"""What is wrong with a call of the control API: a problem as RFC 9457 has it.

One line of words a person can act on, a code for programs. Knows nothing of the rest.
"""

from http import HTTPStatus
from typing import Annotated

import msgspec
from msgspec import Meta

CONTENT_TYPE = "application/problem+json"


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of an answer that is none."""

    status: Annotated[int, Meta(ge=400, le=599)]
    title: Annotated[str, Meta(description="What the status means.")]
    detail: Annotated[str, Meta(description="One line: what is wrong, and what to do.")]
    code: Annotated[str, Meta(description="For programs.")]


class Refused(Exception):
    """A call that is answered with a problem. `allow`: the methods there are, with 405."""

    def __init__(self, status: int, code: str, detail: str, *, allow: str = "") -> None:
        super().__init__(detail)
        self.problem = problem(status, code, detail)
        self.allow = allow


def problem(status: int, code: str, detail: str) -> Problem:
    """A problem of no type of its own (`about:blank`): its title is that of its status."""
    return Problem(status=status, title=HTTPStatus(status).phrase, detail=detail, code=code)
