"""What the control API takes: the queries and bodies of its calls.

Knows filters. What is said of each field here stands in the OpenAPI document.
"""

import math
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from wiretape.replay.control.answers import Part
from wiretape.replay.control.filtering import Filter, Session, Wanted

MOST_A_PAGE = 1000
LONGEST_FAULTS = 2000
"""Characters, as in the header of a request."""

Limit = Annotated[int, Meta(description="The most on a page.", ge=0, le=MOST_A_PAGE)]
Offset = Annotated[int, Meta(description="How many to leave out first.", ge=0, le=10**9)]
Count = Annotated[int, Meta(ge=0, le=10**9)]

NUMBERS = frozenset({"after", "at_least", "at_most", "exactly", "limit", "offset", "status"})
"""Fields that are numbers, which do not always come as such: all of a query is text."""


class Nothing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A call that takes no query."""


class Paging(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    limit: Limit = 100
    offset: Offset = 0


class JournalQuery(Filter, frozen=True, kw_only=True, forbid_unknown_fields=True):
    limit: Limit = 100
    offset: Offset = 0
    order: Literal["oldest", "newest"] = "oldest"


class UnplayedQuery(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    session: Session | UnsetType = UNSET


class ResetQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    session: Session | UnsetType = UNSET
    only: Annotated[Part, Meta(description="By default all three.")] | UnsetType = UNSET


class Verification(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which requests, and how many; all that is said must hold, `at_least` 1 where nothing is."""

    request: Wanted = Wanted()
    at_least: Count | UnsetType = UNSET
    at_most: Count | UnsetType = UNSET
    exactly: Count | UnsetType = UNSET

    def holds(self, count: int) -> bool:
        return self.least <= count <= self.most

    @property
    def least(self) -> int:
        said = [one for one in (self.at_least, self.exactly) if one is not UNSET]
        return max(said, default=0 if self.bounded else 1)

    @property
    def most(self) -> float:
        said = [one for one in (self.at_most, self.exactly) if one is not UNSET]
        return min(said, default=math.inf)

    @property
    def bounded(self) -> bool:
        """Whether there may be too many."""
        return self.most != math.inf

    @property
    def expected(self) -> str:
        """In words."""
        said = {"at least": self.at_least, "at most": self.at_most, "exactly": self.exactly}
        words = [f"{name} {number}" for name, number in said.items() if number is not UNSET]
        return " and ".join(words) or _ONCE


_ONCE = "at least 1, since nothing else was said"


class FaultsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    session: (
        Annotated[
            str,
            Meta(
                description="Those that meet this session alone. That which the request itself "
                "belongs to, where it names one.",
                max_length=256,
            ),
        ]
        | UnsetType
    ) = UNSET


class NewFaults(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    fault: Annotated[
        str,
        Meta(
            description="A fault, or several with semicolons between them. The settings of a fault "
            "are taken in any order, white space anywhere between them.",
            examples=["cut(after=7)", "status(code=429, retry_after=1, times=2)"],
            min_length=1,
            max_length=LONGEST_FAULTS,
        ),
    ]
