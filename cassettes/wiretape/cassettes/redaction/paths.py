"""Paths into JSON, as they are written in the rules.

    user, $.user              the member `user` of the outermost object
    tools[*].authorization    of every element of the array `tools`
    tools[*].headers.*        every member of `headers`
    **.api_key                at any depth

Knows neither JSON texts nor what a rule does with a place it matches.
"""

import re

import msgspec

Place = tuple[str | None, ...]
"""Where a value stands: names of members from the outermost object in, None for an element of
an array."""

ANY_NAME = "*"

_STEP = re.compile(r"\[\*\]|[^.\[\]]+")


class Path(msgspec.Struct, frozen=True):
    """One path of the rules, taken apart."""

    text: str
    anchored: bool
    """Whether it begins at the outermost object."""
    steps: Place

    @property
    def last(self) -> str | None:
        """The name of the member, ANY_NAME, or None for an element."""
        return self.steps[-1]

    def matches(self, place: Place) -> bool:
        """Whether a value that stands at `place` is meant."""
        steps = self.steps
        extra = len(place) - len(steps)
        if extra < 0 or (self.anchored and extra):
            return False
        return all(
            step == name or (step == ANY_NAME and name is not None)
            for step, name in zip(steps, place[extra:], strict=True)
        )


def parse_path(text: str) -> Path:
    """Take a path of the rules apart. Raises ValueError where it names no place."""
    anchored = not text.startswith("**.")
    rest = text.removeprefix("**.").removeprefix("$.")
    steps = tuple(None if step == "[*]" else step for step in _STEP.findall(rest))
    if not steps or "".join("[*]" if s is None else f".{s}" for s in steps)[1:] != rest:
        raise ValueError(f"not a path into JSON: {text!r}; write $.name, list[*].name or **.name")
    return Path(text=text, anchored=anchored, steps=steps)


def by_last_name(paths: tuple[Path, ...]) -> dict[str | None, tuple[Path, ...]]:
    """The paths by the name they end in, so that most values need no comparison at all."""
    found: dict[str | None, tuple[Path, ...]] = {}
    for path in paths:
        found[path.last] = (*found.get(path.last, ()), path)
    return found
