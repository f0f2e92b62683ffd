"""How much of a text a listing gets: a name, not a body in its place.

Models and targets come from clients and providers, and the index has a limit that readers hold
it to. Knows text only.
"""

LONGEST = 256
"""Characters. The longest name of a model in use has 100, of a path 120."""

CUT = "…"


def shown(text: str) -> str:
    """The text or, where it is longer than LONGEST, its beginning and a mark."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + CUT


def is_cut(text: str) -> bool:
    """Whether `shown` may have cut it: what is cut has the longest length, and the mark."""
    return len(text) == LONGEST and text.endswith(CUT)
