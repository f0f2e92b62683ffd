"""Each rule finds its own mistake and nothing else; good answers give nothing."""

from collections.abc import Iterator

import pytest

from tests.cassettes.conformance.mutations import Mutation, good, mutations
from wiretape.cassettes.conformance.catalogue import ALL, BY_ID
from wiretape.cassettes.conformance.checking import check
from wiretape.cassettes.conformance.rule import PROFILES, Finding, Profile, Rule

MUTATIONS = mutations()


def profile_of(rule: Rule, mutation: Mutation) -> Profile:
    if mutation.profile is not None:
        return mutation.profile
    return next(one for one in PROFILES if one in rule.profiles)


def cases() -> Iterator[object]:
    for name, ways in sorted(MUTATIONS.items()):
        for mutation in ways:
            yield pytest.param(name, mutation, id=f"{name}: {mutation.words}")


def told(findings: tuple[Finding, ...]) -> list[str]:
    return [f"{one.rule} ({one.severity}) frame {one.frame}: {one.words}" for one in findings]


@pytest.mark.parametrize(("name", "mutation"), list(cases()))
def test_a_mutation_is_found_by_its_rule_and_no_other(name: str, mutation: Mutation) -> None:
    findings = check(mutation.exchange(), profile=profile_of(BY_ID[name], mutation))
    own = [one for one in findings if one.rule == name]
    assert own, f"not found; instead: {told(findings)}"
    others = [one for one in findings if one.rule != name and one.severity == "error"]
    assert told(tuple(others)) == []
    if mutation.frame is not None:
        assert own[0].frame == mutation.frame


@pytest.mark.parametrize("name", sorted(good()))
def test_a_good_answer_gives_nothing(name: str) -> None:
    before, colon, _ = name.partition(":")
    profile: Profile = next((one for one in PROFILES if colon and one == before), "open-responses")
    assert told(check(good()[name](), profile=profile)) == []


def test_every_rule_has_a_mutation() -> None:
    assert [rule.id for rule in ALL if not MUTATIONS.get(rule.id)] == []


def test_every_mutation_has_a_rule() -> None:
    assert sorted(set(MUTATIONS) - set(BY_ID)) == []


@pytest.mark.parametrize("name", sorted(good()))
def test_findings_point_at_frames_that_exist(name: str) -> None:
    exchange = good()[name]()
    offsets = {frame.number: frame.offset for frame in exchange.frames}
    for profile in PROFILES:
        for finding in check(exchange, profile=profile):
            assert finding.offset == (offsets[finding.frame] if finding.frame else 0)
