"""How each rule is shown to find its own mistake and nothing else: the form, and where to look.

A module of rules, `conformance/NAME_rules.py`, has a module `mutations_NAME.py` beside this file
(`framing_rules.py` has `mutations_framing.py`; `mutations_responses*.py` are several). It is found
by its name and holds two constants:

    GOOD: dict[str, Callable[[], Exchange]]
        Complete answers by a name for people. Each yields no finding at all under its profile,
        `open-responses` unless the name starts with another one and a colon (`openai: ...`).

    MUTATIONS: dict[str, tuple[Mutation, ...]]
        Rule id to one or more ways in which a good answer is broken. Each yields a finding of
        that rule, no other error, and (where `frame` is given) at that frame.

Then `python -m tests.cassettes.conformance.rules_document` writes `docs/rules.md` anew.

`test_mutations.py` runs them and fails where a rule of the catalogue has none; `docs/rules.md`
counts them. `exchange()` in `exchanges.py` makes an Exchange from the bytes of a body:

    MUTATIONS = {
        "sse.bom": (Mutation("one at the start", lambda: exchange(BOM + GOOD_BODY)),),
    }
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from wiretape.cassettes.conformance.rule import Exchange, Profile


class Mutation(NamedTuple):
    """One way to break a good answer."""

    words: str
    """What was done to it."""
    exchange: Callable[[], Exchange]
    frame: int | None = None
    """Number of the frame where it must be found; 0 for the whole answer; None where it is the
    same to the test."""
    profile: Profile | None = None
    """Under which profile to look; None takes the first that asks for the rule, in the order
    open-responses, openai, sdk."""


def _modules() -> list[str]:
    return sorted(path.stem for path in Path(__file__).parent.glob("mutations_*.py"))


def good() -> dict[str, Callable[[], Exchange]]:
    """Every good answer, by name."""
    found: dict[str, Callable[[], Exchange]] = {}
    for name in _modules():
        found |= import_module(f"tests.cassettes.conformance.{name}").GOOD
    return found


def mutations() -> dict[str, tuple[Mutation, ...]]:
    """Every mutation, by rule id."""
    found: dict[str, tuple[Mutation, ...]] = {}
    for name in _modules():
        for rule, ways in import_module(f"tests.cassettes.conformance.{name}").MUTATIONS.items():
            found[rule] = (*found.get(rule, ()), *ways)
    return found
