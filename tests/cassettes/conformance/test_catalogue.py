"""The rules as a list: ids, sentences, profiles, choosing, and the document made of them."""

import re

import pytest

from tests.cassettes.conformance import rules_document
from tests.cassettes.conformance.exchanges import exchange, sse
from tests.cassettes.conformance.responses_answers import hello, numbered
from wiretape.cassettes.conformance.catalogue import ALL, BY_ID, FAMILIES, matching, nearest
from wiretape.cassettes.conformance.checking import check, has_rules
from wiretape.cassettes.conformance.openresponses import document
from wiretape.cassettes.conformance.responses.kinds import CORE, CORE_ITEMS
from wiretape.cassettes.conformance.responses.snapshots import KEYS
from wiretape.cassettes.conformance.rule import PROFILES, Rule

ID = re.compile(r"[a-z]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*){1,2}")


def test_ids_are_unique_and_sorted() -> None:
    ids = [rule.id for rule in ALL]
    assert ids == sorted(set(ids))
    assert len(ids) == sum(len(family.rules) for family in FAMILIES)


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.id)
def test_a_rule_is_well_formed(rule: Rule) -> None:
    assert ID.fullmatch(rule.id)
    assert rule.profiles
    assert rule.profiles <= set(PROFILES)
    assert rule.sentence.endswith((".", ".)"))
    assert "|" not in rule.sentence


def test_the_document_is_made_of_the_rules() -> None:
    written = rules_document.FILE.read_text(encoding="utf-8")
    assert written == rules_document.text(), (
        "run `python -m tests.cassettes.conformance.rules_document`"
    )


def test_every_rule_that_the_document_names_exists() -> None:
    named = set(re.findall(r"`([a-z]+\.[a-z0-9-]+)`", rules_document.HEAD))
    assert named - {"output_item.added"} <= set(BY_ID)


def test_rules_are_chosen_by_pattern() -> None:
    assert matching("responses.sequence-gap") == ("responses.sequence-gap",)
    assert "responses.sequence-order" in matching("*.sequence-*")
    assert matching("sequence-gap") == ()


def test_the_nearest_id() -> None:
    assert nearest("responses.sequence-gaps") == "responses.sequence-gap"
    assert nearest("sequence-gap") == "responses.sequence-gap"
    assert nearest("xyzzy") == ""


def test_rules_named_are_checked_whatever_the_profile() -> None:
    stream = exchange(sse(numbered(hello()), done=False))
    assert check(stream, profile="sdk") == ()
    named = check(stream, profile="sdk", rules={"responses.done-missing"})
    assert [one.rule for one in named] == ["responses.done-missing"]


def test_rules_ignored_are_not_checked() -> None:
    stream = exchange(sse(numbered(hello()), done=False))
    assert [one.rule for one in check(stream, profile="open-responses")] == [
        "responses.done-missing"
    ]
    assert check(stream, profile="open-responses", ignore={"responses.done-missing"}) == ()


def test_rules_of_one_api_say_nothing_of_another() -> None:
    body = sse(numbered(hello())[3:], done=False)
    findings = check(exchange(body, api="x"), profile="open-responses")
    assert [one for one in findings if one.rule.startswith("responses.")] == []
    assert not has_rules("x")
    assert has_rules("openai.responses")


def test_the_tables_agree_with_the_published_document() -> None:
    schemas = document()["components"]["schemas"]
    assert tuple(sorted(KEYS)) == tuple(sorted(schemas["ResponseResource"]["required"]))
    content = document()["paths"]["/responses"]["post"]["responses"]["200"]["content"]
    names = [
        one["$ref"].rpartition("/")[2] for one in content["text/event-stream"]["schema"]["oneOf"]
    ]
    assert set(CORE) == {schemas[name]["properties"]["type"]["enum"][0] for name in names}
    items = [one["$ref"].rpartition("/")[2] for one in schemas["ItemField"]["oneOf"]]
    assert set(CORE_ITEMS) == {schemas[name]["properties"]["type"]["enum"][0] for name in items}
