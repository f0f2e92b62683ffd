"""Which profiles ask for a rule of Responses, in the few ways that occur."""

from wiretape.cassettes.conformance.rule import EVERY_PROFILE, Profile

LETTER: frozenset[Profile] = frozenset({"open-responses"})
"""The specification says so, OpenAI's API does otherwise."""

WIRE: frozenset[Profile] = frozenset({"open-responses", "openai"})
"""Both hold to it, and clients bear it where it is not so."""

OPENAI: frozenset[Profile] = frozenset({"openai"})

CLIENTS: frozenset[Profile] = frozenset({"openai", "sdk"})
"""The specification asks for more, or for something else."""

ALL: frozenset[Profile] = EVERY_PROFILE
"""And the official SDKs rely on it."""
