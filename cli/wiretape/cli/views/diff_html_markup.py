"""Markup in which foreign text can do nothing: escaped, and its invisible characters shown.

Whatever is not `Markup` is text. A recorded answer is foreign input: it may hold markup, characters
that turn the reading order (CVE-2021-42574), or whole sentences of characters that are not seen.
Pure; knows nothing of comparisons.
"""

import html
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TypeAlias

_BIDI = "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
"""Characters that reorder or break what is read (Unicode Standard Annex 9)."""

_UNSEEN = "\u00ad\u180e\u200b\u2060-\u2064\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
"""Characters of no width that change no letter; joiners and variation selectors do, and stay."""

_HIDDEN = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{_BIDI}{_UNSEEN}\ud800-\udfff]")
"""Half a surrogate pair cannot be written as UTF-8; the rest cannot be seen, or acts."""

_VOID = frozenset({"meta", "br"})


class Markup(str):
    """A piece of HTML, safe as it stands."""

    __slots__ = ()


Child: TypeAlias = "str | int | Iterable[Child] | None"
"""What may stand inside an element; None is nothing."""

NONE: Mapping[str, str | int | None] = MappingProxyType({})
"""No attributes."""


def element(
    name: str, attributes: Mapping[str, str | int | None] = NONE, *children: Child
) -> Markup:
    """`<name ...>children</name>`; an attribute of None is left out."""
    opened = name + "".join(
        f' {key}="{attribute(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Markup(f"<{opened}>")
    return Markup(f"<{opened}>{joined(*children)}</{name}>")


def joined(*children: Child) -> Markup:
    """Pieces one behind the other; those that are text are made harmless."""
    return Markup("".join(map(_one, children)))


def _one(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child
    if isinstance(child, str | int):
        return text(str(child))
    return "".join(map(_one, child))


def text(foreign: str) -> Markup:
    """Text that is seen as it is."""
    return Markup(_HIDDEN.sub(_shown, html.escape(foreign, quote=False)))


def attribute(foreign: str) -> str:
    """The same inside the quotes of an attribute."""
    return html.escape(_HIDDEN.sub(lambda found: f"[{_code(found)}]", foreign))


def shortened(foreign: str, most: int) -> str:
    """At most so many characters, with a word for what is cut."""
    if len(foreign) <= most:
        return foreign
    return f"{foreign[:most]} … ({len(foreign) - most:,} more characters)"


def _shown(found: re.Match[str]) -> str:
    return f'<span class="control">{_code(found)}</span>'


def _code(found: re.Match[str]) -> str:
    return f"U+{ord(found[0]):04X}"
