"""What all formats of `wiretape diff` share: what was asked for, heads, sums. Pure."""

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from msgspec.structs import replace

from wiretape.cassettes.diff.comparison import Aspect, Comparison, Difference, Side
from wiretape.cli.diff_options import ASPECTS, HELD, UNPAIRED, Asked, aspect_of
from wiretape.cli.units import counted

LISTED = 4
"""Aspects that are named where all of them are the same."""

RANGES = 20
"""Numbers of interactions, or ranges of them, that are named."""


class View(Protocol):
    """A format: text for each comparison as it comes, and for the end."""

    def add(self, number: int, comparison: Comparison) -> str:
        """What to write of the comparison with this number, from 1."""

    def end(self, total: "Total") -> str:
        """What to write at the end."""


class Total:
    """The sums of a run."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self.compared = 0
        """Exchanges that two sides or more have."""
        self.uncompared: Counter[str] = Counter()
        """Of the others that two sides or more have, why there was nothing to compare."""
        self.same = 0
        self.different = 0
        self.unpaired = 0
        """Exchanges that some side lacks; those with two sides or more are compared as well."""
        self.by_aspect: Counter[str] = Counter()
        """Exchanges with a difference in the aspect, of those that count."""
        self.failed = False

    def add(self, comparison: Comparison) -> None:
        """One comparison more."""
        aspects = {one.aspect for side in comparison.differences for one in side if one.counts}
        if is_compared(comparison):
            self.compared += 1
            self.same += not aspects
            self.different += bool(aspects)
        elif comparison.uncompared and len(there(comparison)) > 1:
            self.uncompared[comparison.uncompared] += 1
        self.by_aspect.update(sorted(aspects))
        lacking = {UNPAIRED} if lacks(comparison) and UNPAIRED in self._asked.aspects else set()
        self.unpaired += bool(lacking)
        self.failed = self.failed or bool((aspects | lacking) & self._asked.fail_on)

    def words(self) -> str:
        """`5 compared: 2 the same, 3 different (text 3, usage 1); 1 not on all sides`."""
        ordered = sorted(self.by_aspect.items(), key=lambda item: (-item[1], item[0]))
        where = ", ".join(f"{aspect} {count:,}" for aspect, count in ordered)
        different = f"{self.different:,} different" + (f" ({where})" if where else "")
        line = f"{self.compared:,} compared: {self.same:,} the same, {different}"
        line += "".join(
            f"; {count:,} not compared ({why})" for why, count in self.uncompared.items()
        )
        return f"{line}; {self.unpaired:,} not on all sides" if self.unpaired else line


class Alone:
    """What one side alone has, side by side and file by file."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], list[int]] = {}

    def takes(self, comparison: Comparison) -> bool:
        """Whether it is one of these; it is kept then."""
        if len(there(comparison)) > 1:
            return False
        place = there(comparison)[0]
        side = comparison.sides[place]
        if side is not None:
            key = comparison.labels[place], side.file
            self._numbers.setdefault(key, []).append(side.interaction.number)
        return True

    def words(self) -> list[tuple[str, str]]:
        """Label, and what it alone has: `a.tape.zst 1, 9, 12-34`."""
        return [
            (label, f"{file} {numbers_words(numbers)}")
            for (label, file), numbers in self._numbers.items()
        ]


def narrowed(comparison: Comparison, asked: Asked) -> Comparison:
    """The comparison with what was asked for alone in it.

    That a side has no such interaction is no difference here: `lacks` tells it.
    """
    having = there(comparison)
    differences = tuple(
        tuple(one for one in found if one.aspect in asked.aspects) if place in having[1:] else ()
        for place, found in enumerate(comparison.differences, 1)
    )
    rows = tuple(row for row in comparison.rows if row.aspect in asked.aspects)
    verdict = comparison.verdict
    if len(having) < 2:
        verdict = f"only on {comparison.labels[having[0]]}"
    elif not asked.aspects.issuperset(_in_the_line(comparison)):
        verdict = _verdict(differences, asked, held_aspects(comparison))
    why = comparison.uncompared or _unheld(comparison, asked)
    return replace(comparison, differences=differences, rows=rows, verdict=verdict, uncompared=why)


def _unheld(comparison: Comparison, asked: Asked) -> str:
    """Where pace and usage alone are compared, to a tolerance, and no side could be held to it."""
    aspects = asked.aspects & set(ASPECTS)
    if not asked.held or not aspects <= HELD or held_aspects(comparison):
        return ""
    return f"{_listed(sorted(asked.held))} not measured on two sides"


def held_aspects(comparison: Comparison) -> set[str]:
    """Of pace and usage, those of which a measure was held to its tolerance."""
    return {aspect_of(name) for name in comparison.held}


def _in_the_line(comparison: Comparison) -> set[str]:
    """What the line tells of: without the others it is as true."""
    if len(comparison.labels) == 2:
        return set(ASPECTS)
    counted = {one.aspect for side in comparison.differences for one in side if one.counts}
    return counted.union(_ALWAYS)


_ALWAYS = ("status", "ending", "text", "reasoning", "tools", "finish", "errors")
"""What the line on many sides tells of where it is the same too."""


def _verdict(differences: Sequence[Sequence[Difference]], asked: Asked, held: set[str]) -> str:
    """The line where not everything was asked for."""
    found = {one.aspect for side in differences for one in side if one.counts}
    if differing := [aspect for aspect in ASPECTS if aspect in found]:
        return f"differs in {_listed(differing)}"
    compared = [aspect for aspect in ASPECTS if aspect in asked.aspects]
    if len(compared) > LISTED:
        return "same in what was asked for"
    noted = {one.aspect for side in differences for one in side} & HELD
    unheld = asked.held & asked.aspects - held
    apart = noted | unheld | ({"pace"} & asked.aspects - asked.held)
    same = [aspect for aspect in compared if aspect not in apart]
    clauses = [f"same {_listed(same)}"] if same else []
    return "; ".join([*clauses, *(_uncounted(one, noted, asked, unheld) for one in sorted(apart))])


def _uncounted(aspect: str, noted: set[Aspect], asked: Asked, unheld: frozenset[str]) -> str:
    """What to say of pace or usage that does not make the sides different."""
    if aspect in unheld:
        return f"{aspect} not measured on two sides"
    if aspect in asked.held:
        return f"{aspect} differs within the tolerance"
    if aspect in noted:
        return f"{aspect} differs, but counts only beyond a --tolerance"
    return f"{aspect} not compared: give --tolerance"


def is_compared(comparison: Comparison) -> bool:
    """Whether two sides or more have it, and something that can be compared."""
    return len(there(comparison)) > 1 and not (comparison.uncompared and comparison.same)


def there(comparison: Comparison) -> list[int]:
    """The places of the sides that have it."""
    return [place for place, side in enumerate(comparison.sides) if side is not None]


def lacks(comparison: Comparison) -> bool:
    """Whether some side has no such interaction."""
    return None in comparison.sides


def place_words(side: Side | None) -> str:
    """`a.tape.zst 3`: file and number."""
    return "" if side is None else f"{side.file} {side.interaction.number}"


def said(difference: Difference) -> str:
    """The words of a difference behind its aspect; in brackets where it does not count."""
    words = difference.words.removeprefix(f"{difference.aspect}: ")
    return words if difference.counts else f"({words})"


def names_words(names: Sequence[str]) -> str:
    """`openai v. groq`, `openai v. groq, azure, mistral`."""
    first, *others = names
    return f"{first} v. {', '.join(others)}" if others else first


def numbers_words(numbers: Sequence[int]) -> str:
    """`1, 9, 12, 14-34`, as `wiretape trim --keep` takes them; of many, the first."""
    ranges: list[list[int]] = []
    for number in sorted(numbers):
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    told = [str(low) if low == high else f"{low}-{high}" for low, high in ranges[:RANGES]]
    left = sum(high - low + 1 for low, high in ranges[RANGES:])
    return ", ".join(told) + (f" and {left:,} more" if left else "")


def sums_words(total: Total) -> str:
    """The line at the end, with its subject."""
    return f"{counted(total.compared, 'interaction')} {total.words().partition(' ')[2]}"


def _listed(names: Sequence[str]) -> str:
    *before, last = names
    return f"{', '.join(before)} and {last}" if before else last
