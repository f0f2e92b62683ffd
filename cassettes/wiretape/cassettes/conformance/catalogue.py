"""Every rule there is, and which checker finds it in which APIs.

A new module of rules has its row in `FAMILIES`. Knows rules; no exchange, no terminal.
"""

from collections.abc import Iterable

import msgspec

from wiretape.cassettes.conformance import responses_rules
from wiretape.cassettes.conformance.rule import Checker, Rule


class Family(msgspec.Struct, frozen=True):
    """The rules of one checker."""

    rules: tuple[Rule, ...]
    check: Checker
    apis: frozenset[str] = frozenset()
    """Ids of the APIs it is about; empty where it is about all."""


FAMILIES = (
    Family(
        responses_rules.RULES,
        responses_rules.check_responses,
        frozenset({"openai.responses", "openai.responses.ws"}),
    ),
)


def _sorted(families: Iterable[Family]) -> tuple[Rule, ...]:
    return tuple(
        sorted((rule for family in families for rule in family.rules), key=lambda rule: rule.id)
    )


ALL: tuple[Rule, ...] = _sorted(FAMILIES)
"""Sorted by id."""

BY_ID: dict[str, Rule] = {rule.id: rule for rule in ALL}
