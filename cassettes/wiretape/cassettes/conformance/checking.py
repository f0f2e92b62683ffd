"""All that the rules have to say about one exchange. Pure."""

from collections.abc import Collection

from wiretape.cassettes.conformance.catalogue import BY_ID, FAMILIES
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
    wanted = frozenset(
        rule.id
        for rule in BY_ID.values()
        if (profile in rule.profiles if rules is None else rule.id in rules)
        and rule.id not in ignore
    )
    findings = [
        finding
        for family in FAMILIES
        if not family.apis or exchange.api in family.apis
        if any(rule.id in wanted for rule in family.rules)
        for finding in family.check(exchange)
        if finding.rule in wanted
    ]
    return tuple(sorted(findings, key=lambda finding: finding.frame))


def has_rules(api: str) -> bool:
    """Whether there are rules for the grammar of an API."""
    return any(api in family.apis for family in FAMILIES)
