"""Two values in a line of words, so that a reader sees in what they are not alike.

Long ones are clipped around the first place that differs; white space, characters that are not
seen and the ways of Unicode to write one letter are written out where nothing else differs. Pure.
"""

from unicodedata import category, decomposition

from wiretape.cassettes.dialects.delta import Json
from wiretape.cassettes.diff.tokens import first_place, normal
from wiretape.cassettes.diff.two import READABLE, shown

BEFORE = 20
"""Characters that are shown before the place that differs."""

_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}


def shown_apart(a: Json, b: Json) -> tuple[str, str]:
    """Both as `shown` has them, where a reader can tell these from one another."""
    plain = shown(a), shown(b)
    if not isinstance(a, str) or not isinstance(b, str):
        return plain
    if not all(map(_is_clipped, plain)) and normal(plain[0]) != normal(plain[1]):
        return plain
    return around_the_first(a, b)


def _is_clipped(line: str) -> bool:
    return len(line) == READABLE and line.endswith("...")


def around_the_first(a: str, b: str) -> tuple[str, str]:
    """Both around the first place that differs; in quotes where that is not to be seen."""
    place = first_place(a, b)
    start = max(0, place - BEFORE)
    windows = [text[start : start + READABLE] for text in (a, b)]
    told = [" ".join(window.split()) for window in windows]
    if normal(told[0]) == normal(told[1]) or not all(told):
        told = [f'"{_visible(window)}"' for window in windows]
    clipped = [
        f"{'...' if start else ''}{one}{'...' if start + READABLE < len(text) else ''}"
        for one, text in zip(told, (a, b), strict=True)
    ]
    return clipped[0], clipped[1]


def _visible(text: str) -> str:
    return "".join(map(_one, text))


def _one(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character == " " or (character.isascii() and character.isprintable()):
        return character
    seen = category(character)[0] in "LNPS" and not decomposition(character)
    return character if seen else f"<U+{ord(character):04X}>"
