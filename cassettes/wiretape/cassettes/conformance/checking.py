"""All that the rules have to say about one exchange. Pure."""

from collections.abc import Collection
from functools import lru_cache

from wiretape.cassettes.conformance.catalogue import BY_ID, FAMILIES, Family
from wiretape.cassettes.conformance.rule import Exchange, Finding, Profile


def check(
    exchange: Exchange,
    *,
    profile: Profile = "openai",
    rules: Collection[str] | None = None,
    ignore: Collection[str] = (),
) -> tuple[Finding, ...]:
    """The findings of the rules that the profile asks for, in the order of their frames; those
    about the whole answer first.

    `rules` are ids: only these, whatever the profile. `ignore` are ids that are not wanted.
    """
    chosen = None if rules is None else frozenset(rules)
    wanted, families = _wanted(profile, chosen, frozenset(ignore), exchange.api)
    findings = [
        finding
        for family in families
        for finding in family.check(exchange)
        if finding.rule in wanted
    ]
    return tuple(sorted(findings, key=lambda finding: finding.frame))


@lru_cache(maxsize=256)
def _wanted(
    profile: Profile, rules: frozenset[str] | None, ignore: frozenset[str], api: str
) -> tuple[frozenset[str], tuple[Family, ...]]:
    """The ids that are asked for, and the families that have one of them for an API."""
    wanted = frozenset(
        rule.id
        for rule in BY_ID.values()
        if (profile in rule.profiles if rules is None else rule.id in rules)
        and rule.id not in ignore
    )
    families = tuple(
        family
        for family in FAMILIES
        if (not family.apis or api in family.apis)
        and any(rule.id in wanted for rule in family.rules)
    )
    return wanted, families


def has_rules(api: str) -> bool:
    """Whether there are rules for the grammar of an API."""
    return any(api in family.apis for family in FAMILIES)
