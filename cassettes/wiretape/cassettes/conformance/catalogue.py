"""Every rule there is, and which checker finds it in which APIs.

A new module of rules has its row in `FAMILIES`. Knows rules; no exchange, no terminal.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from fnmatch import fnmatchcase

import msgspec

from wiretape.cassettes.conformance import (
    bedrock_rules,
    chat_rules,
    framing_rules,
    gemini_rules,
    messages_rules,
    ollama_rules,
    responses_rules,
)
from wiretape.cassettes.conformance.rule import Checker, Rule


class Family(msgspec.Struct, frozen=True):
    """The rules of one checker."""

    rules: tuple[Rule, ...]
    check: Checker
    apis: frozenset[str] = frozenset()
    """Ids of the APIs it is about; empty where it is about all."""


FAMILIES = (
    Family(framing_rules.RULES, framing_rules.check_framing),
    Family(
        responses_rules.RULES,
        responses_rules.check_responses,
        frozenset({"openai.responses", "openai.responses.ws"}),
    ),
    Family(chat_rules.RULES, chat_rules.check_chat, frozenset({"openai.chat"})),
    Family(
        messages_rules.RULES,
        messages_rules.check_messages,
        frozenset({"anthropic.messages", "bedrock.invoke"}),
    ),
    Family(gemini_rules.RULES, gemini_rules.check_gemini, frozenset({"gemini.generate"})),
    Family(
        bedrock_rules.RULES,
        bedrock_rules.check_bedrock,
        frozenset({"bedrock.converse", "bedrock.invoke"}),
    ),
    Family(
        ollama_rules.RULES,
        ollama_rules.check_ollama,
        frozenset({"ollama.chat", "ollama.generate"}),
    ),
)


def _sorted(families: Iterable[Family]) -> tuple[Rule, ...]:
    return tuple(
        sorted((rule for family in families for rule in family.rules), key=lambda rule: rule.id)
    )


ALL: tuple[Rule, ...] = _sorted(FAMILIES)
"""Sorted by id."""

BY_ID: dict[str, Rule] = {rule.id: rule for rule in ALL}


def matching(pattern: str) -> tuple[str, ...]:
    """The ids that a pattern means: an id, or one with `*` and `?`."""
    return tuple(rule.id for rule in ALL if fnmatchcase(rule.id, pattern))


def nearest(name: str) -> str:
    """The id most like a name; empty where none is at all like it."""
    ends = {rule.id.partition(".")[2]: rule.id for rule in ALL}
    close = get_close_matches(name, BY_ID, n=1, cutoff=0.5)
    return close[0] if close else next(map(ends.get, get_close_matches(name, ends, n=1)), "") or ""
