"""The ids in a request that the provider minted in an earlier turn.

Requests of one key have their ids in the same places, so that they can be compared one by one:
which recorded conversation a request goes on with. Knows the canonical form.
"""

import msgspec

from wiretape.cassettes.http1 import header
from wiretape.cassettes.matching.canonical import path_of, walked
from wiretape.cassettes.matching.rules import DEFAULT_RULES, MatchRules, compiled
from wiretape.cassettes.model import Request

_PREVIOUS = ("previous_response_id", "previous_interaction_id")


class MintedIds(msgspec.Struct, frozen=True, gc=False):
    """Of one request."""

    previous: str | None = None
    """What it goes on with: the answer of the turn before, or the event that came last
    (`Last-Event-ID`)."""
    all: tuple[str, ...] = ()
    """Each once, in the order in which the key counts them."""


_NONE = MintedIds()


def minted_ids(request: Request, rules: MatchRules = DEFAULT_RULES) -> MintedIds:
    """The ids of a request, as `request_key` wants it. Raises nothing, whatever the bytes."""
    if not request.body:
        last = header(request.headers, "last-event-id")
        return _NONE if last is None else MintedIds(last)
    try:
        value, ids = walked(request.body, path_of(request.target), compiled(rules))
    except (ValueError, RecursionError):
        return _NONE
    ordinals = (value.get(name) for name in _PREVIOUS) if type(value) is dict else ()
    by_ordinal = {ordinal: text for text, ordinal in ids.items()}
    previous = next((by_ordinal.get(one) for one in ordinals if type(one) is str), None)
    return MintedIds(previous, tuple(ids))


def agreement(asked: MintedIds, recorded: MintedIds) -> int:
    """How many ids two requests of one key have in common."""
    return sum(one == other for one, other in zip(asked.all, recorded.all, strict=False))
