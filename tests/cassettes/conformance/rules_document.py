"""`docs/rules.md`, made from the catalogue.

`python -m tests.cassettes.conformance.rules_document` writes it; whoever changes a rule, or adds
a mutation, runs it. Counting the mutations is a matter of the tests, so the writing is too.
"""

from collections.abc import Iterable
from pathlib import Path

from tests.cassettes.conformance.mutations import Mutation, good, mutations
from wiretape.cassettes.conformance.catalogue import ALL, FAMILIES
from wiretape.cassettes.conformance.clients import CLIENTS
from wiretape.cassettes.conformance.framing_rules import apis_of
from wiretape.cassettes.conformance.rule import PROFILES, Rule

FILE = Path(__file__).parents[3] / "docs" / "rules.md"

HEAD = """\
# The rules of `wiretape check`

Made from the rules by `python -m tests.cassettes.conformance.rules_document`; a test holds the two
equal.

There are {rules} rules, and each is seen to find its own mistake and nothing else: {mutations}
answers, good but broken in one place, yield the rule of that place and no other error; {good} good
ones yield nothing at all.

**Severity**

| severity | means |
|---|---|
| error | against what the source says must be; `wiretape check` exits with 1 |
| warning | against what it says should be, or a known client goes wrong on it |
| note | legal, and worth knowing |

**Source**: `prose` is the words of a specification or of a provider's reference, `schema` its
machine-readable description,
`inferred` what follows from them without being written there, `sdk` what an official SDK or a
widely used client relies on. The two texts of Open Responses contradict each other in nine places,
so a rule always says which of them it is from; where one text allows outright what the other
forbids, it is a warning, unless clients break on it.

**Profile**: `open-responses` is the specification to the letter (release 2026-04-24), `openai`
what OpenAI's API does, its superset included, `sdk` only what breaks official SDKs. `openai` is
taken where no `--profile` is given. `--rule ID` checks a rule whatever the profile. Of APIs other
than Responses, `open-responses` asks for framing alone, and `openai` for what the API's own
provider does: vendors that speak its language in their own way are told where they differ.

| where the texts contradict each other | rules |
|---|---|
| `[DONE]` at the end: a MUST of the prose, not in the schema, not sent by OpenAI | \
`responses.done-missing`, `responses.done-present` |
| requests: JSON in the prose, forms as well in the schema | `responses.request-not-json` |
| `status` of items: a MUST of the prose, not in the schema of two of them | \
`responses.item-status-missing` |
| `encrypted_content`: null in an example of the prose, a string in the schema | \
`responses.encrypted-content-null` |
| extensions: allowed by the prose, refused by the closed unions of the schema | \
`responses.extension-declared` |
| types of errors: five in the prose, another in its example | `responses.error-type` |
| `item` of `output_item.added` and `.done`: carried in the prose, nullable in the schema | \
`responses.item-null` |
| reasoning sent back: with its content in the prose, without in the schema | \
`responses.request-reasoning-content` |
| requests: `messages` in an example of the prose, `input` in the schema | \
`responses.request-messages` |
"""


def text() -> str:
    """The whole document."""
    found = mutations()
    number = sum(map(len, found.values()))
    parts = [HEAD.format(rules=len(ALL), mutations=number, good=len(good()))]
    sections = sorted({rule.id.partition(".")[0] for rule in ALL})
    for section in sections:
        rules = [rule for rule in ALL if rule.id.partition(".")[0] == section]
        parts.append(f"## {section}\n\n{_apis(rules)}\n")
        parts.append("\n".join(_table(rules, found)) + "\n")
    return "\n".join(parts)


def _apis(rules: Iterable[Rule]) -> str:
    own = set(rules)
    apis = {api for family in FAMILIES if own & set(family.rules) for api in family.apis}
    if apis:
        return f"Of {_listed(sorted(apis))}."
    if not any(map(apis_of, own)):
        return "Of every API."
    return "Of every API, but for rules about a client: those are of the APIs that it speaks."


def _of(rule: Rule) -> str:
    """The APIs of a rule about framing, in short."""
    apis = apis_of(rule)
    if not apis:
        return "every"
    openai = {api for api in CLIENTS if api.startswith("openai.")}
    missing, others = openai - set(apis), [api for api in apis if api not in openai]
    if len(missing) > 1:
        return _listed(apis)
    left_out = f" (not {_listed(missing)})" if missing else ""
    return ", ".join(filter(None, (f"`openai.*`{left_out}", _listed(others))))


def _listed(apis: Iterable[str]) -> str:
    return ", ".join(f"`{api}`" for api in apis)


def _table(rules: Iterable[Rule], found: dict[str, tuple[Mutation, ...]]) -> Iterable[str]:
    rules = tuple(rules)
    narrow = any(map(apis_of, rules))
    yield f"| rule |{' of |' * narrow} severity | source | profiles | mutations | what must hold |"
    yield f"|---|{'---|' * narrow}---|---|---|---|---|"
    for rule in rules:
        of = f" {_of(rule)} |" if narrow else ""
        asking = ", ".join(profile for profile in PROFILES if profile in rule.profiles)
        profiles = "all" if len(rule.profiles) == len(PROFILES) else asking
        number = len(found.get(rule.id, ()))
        yield (
            f"| `{rule.id}` |{of} {rule.severity} | {rule.source} | {profiles} | {number} "
            f"| {rule.sentence} |"
        )


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
