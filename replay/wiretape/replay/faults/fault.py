"""What a fault is: settings that make a faulted interaction of a whole one.

Knows the model only. What a fault does to a body is in its own file, how its settings are written
in `parsing`, which requests it meets and how often in `plan`.
"""

import random
from typing import ClassVar, Literal, Protocol, runtime_checkable

import msgspec

from wiretape.cassettes.model import Interaction

AmountUnit = Literal["events", "percent", "bytes", "time"]


class DoesNotApply(Exception):
    """The response is not of a kind that the fault can happen to. The message says why."""


class NoEvents(DoesNotApply):
    """It is no stream of events: what counts them has nothing to count."""


class Amount(msgspec.Struct, frozen=True):
    """How much of a response."""

    count: int
    """Events, percent of the events, bytes of the body, or nanoseconds since the request."""
    unit: AmountUnit


class Duration(msgspec.Struct, frozen=True):
    """A time that passes."""

    ns: int


class Aim(msgspec.Struct, frozen=True, kw_only=True):
    """Which requests a fault meets: settings that every fault has."""

    units: ClassVar[tuple[AmountUnit, ...]] = ("events", "percent", "bytes", "time")
    """What an amount among the settings may be of."""
    path: str = ""
    """A glob over the request's path, with or without the upstream's name: `*/messages`."""
    nth: int = 0
    """Only the request of this number, from 1, among those of its path in a session."""
    times: int = 0
    """How often it meets one and the same request, counted where it applied; then the tape plays,
    from the recording that the fault met. 0 is always."""


@runtime_checkable
class Fault(Protocol):
    """A fault with its settings. Frozen and comparable, so that a plan can count by it."""

    @property
    def path(self) -> str: ...

    @property
    def nth(self) -> int: ...

    @property
    def times(self) -> int: ...

    def applied(self, interaction: Interaction, rng: random.Random) -> Interaction:
        """The interaction as it is played in its place.

        Pure: the same interaction and the same state of `rng` give the same result. Times are
        those at which it is played, so that 2 s are 2 s at any speed. Raises DoesNotApply.
        """
        ...
