"""What `wiretape check` prints: findings, rules, totals. Pure.

What a provider sent stands in the words of findings, so every line is made harmless.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from wiretape.cassettes.conformance.catalogue import ALL
from wiretape.cassettes.conformance.rule import PROFILES, Finding, Profile, Rule
from wiretape.cassettes.model import Interaction
from wiretape.cli.units import counted
from wiretape.cli.views.terminal import harmless_line


class Checked(msgspec.Struct, frozen=True):
    """One interaction, and what was found."""

    interaction: Interaction
    api: str
    """Empty where it is none that is known."""
    remarks: tuple[str, ...]
    """What stood in the way of reading it."""
    has_rules: bool
    """Whether there are rules for the grammar of its API."""
    findings: tuple[Finding, ...]


class Total:
    """The sums of a run."""

    def __init__(self) -> None:
        self.interactions = 0
        self.strange = 0
        self.by_severity: Counter[str] = Counter()
        self.without_rules: Counter[str] = Counter()
        """APIs of whose grammar there are no rules, and how many of theirs there were."""

    def add(self, checked: Checked) -> None:
        """One interaction more."""
        self.interactions += 1
        self.strange += not checked.api
        if checked.api and not checked.has_rules:
            self.without_rules[checked.api] += 1
        self.by_severity.update(finding.severity for finding in checked.findings)

    @property
    def errors(self) -> int:
        return self.by_severity["error"]

    def words(self, profile: Profile, *, by_name: bool) -> str:
        """`2 errors, 0 warnings, 1 note in 5 interactions, 1 of them of no known API; ...`."""
        found = ", ".join(
            counted(self.by_severity[severity], severity)
            for severity in ("error", "warning", "note")
        )
        strange = f", {self.strange:,} of them of no known API" if self.strange else ""
        asked = "the rules named" if by_name else f"profile {profile}"
        return f"{found} in {counted(self.interactions, 'interaction')}{strange} ({asked})"

    def unchecked(self) -> str:
        """What only the framing was checked of; empty where there is no such thing."""
        apis = ", ".join(f"{api} ({count:,})" for api, count in self.without_rules.most_common())
        return f"no rules of the grammar of {apis}: only the framing was checked" if apis else ""


def lines(file: Path, checked: Checked) -> Iterator[str]:
    """The lines of an interaction; none where there is nothing to say."""
    start = f"{file}: {checked.interaction.number}"
    for words in _remarks(checked):
        yield harmless_line(f"{start}: {words}")
    by_rule: dict[str, list[Finding]] = {}
    for finding in checked.findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    for alike in by_rule.values():
        yield harmless_line(f"{start}{_place(alike[0])}: {_words(alike)}")


def row(file: Path, checked: Checked) -> Iterator[str]:
    """The same as one line of JSON, with every finding."""
    interaction = checked.interaction
    yield msgspec.json.encode(
        {
            "file": str(file),
            "number": interaction.number,
            "upstream": interaction.upstream,
            "path": interaction.request.target,
            "api": checked.api,
            "remarks": tuple(_remarks(checked)),
            "findings": checked.findings,
        }
    ).decode()


def _remarks(checked: Checked) -> Iterator[str]:
    """What no finding says as well."""
    for remark in checked.remarks:
        if not any(finding.words in remark for finding in checked.findings):
            yield remark
    if not checked.api and not checked.remarks:
        yield "the answer of no API that is known"


def _place(finding: Finding) -> str:
    if not finding.frame:
        return ""
    return f", frame {finding.frame}, byte {finding.offset:,}"


def _words(alike: list[Finding]) -> str:
    first = alike[0]
    path = f" ({first.path})" if first.path else ""
    more = ""
    if len(alike) > 1:
        more = f" (and {len(alike) - 1:,} more, the last in frame {alike[-1].frame})"
    return f"{first.severity} {first.rule}: {first.words}{path}{more}"


def rules_listed(
    only: Iterable[str], ignored: Iterable[str], profile: Profile | None
) -> list[Rule]:
    """The rules chosen by name or else by profile, all where neither is given; sorted by id."""
    wanted, left_out = frozenset(only), frozenset(ignored)
    return [
        rule
        for rule in ALL
        if (rule.id in wanted if wanted else profile is None or profile in rule.profiles)
        and rule.id not in left_out
    ]


def rules_text(rules: list[Rule]) -> Iterator[str]:
    """A line for each: id, severity, source, profiles, sentence."""
    widest = max((len(rule.id) for rule in rules), default=0)
    every = max(map(len, map(_profiles, rules)), default=0)
    for rule in rules:
        yield (
            f"{rule.id:{widest}}  {rule.severity:7}  {rule.source:8}  {_profiles(rule):{every}}  "
            f"{rule.sentence}"
        )


def rules_json(rules: list[Rule]) -> Iterator[str]:
    """A line of JSON for each."""
    for rule in rules:
        members = msgspec.structs.asdict(rule)
        members["profiles"] = _asking(rule)
        yield msgspec.json.encode(members).decode()


def _profiles(rule: Rule) -> str:
    return ",".join(_asking(rule))


def _asking(rule: Rule) -> list[Profile]:
    return [profile for profile in PROFILES if profile in rule.profiles]
